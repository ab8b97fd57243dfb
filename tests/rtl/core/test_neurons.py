# SPDX-License-Identifier: Apache-2.0
"""The neuron engine against the contract's formula, in exact rational arithmetic."""

from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cache
from typing import Any

import numpy as np
import pytest

from model.config import CoreConfig
from tb.errors import SimulationError
from tb.player.phase import Phase, PhaseResult
from tb.player.play import Backend, Player
from tests.rtl.designs import NeuronBench

SMALL = CoreConfig(neurons=11, axons=1, delays=2, rows=22, synapse_words=22, lanes=3, accumulator_bits=9, state_bits=10)
WIDE = CoreConfig(neurons=5, axons=1, delays=2, rows=10, synapse_words=10, lanes=2, accumulator_bits=31, state_bits=31)

RESTING = replace(SMALL, refractory_bits=2)


@cache
def player(config: CoreConfig, backend: Backend) -> Player:
    return Player(NeuronBench(config), backend=backend)


@dataclass
class Neuron:
    """One neuron, by the contract."""

    parameters: dict[str, int]
    vmax: int
    current: int = 0
    potential: int = 0
    total: int = 0
    spiked: int | None = None
    """Steps since the last spike."""
    longest: int = 0
    """The refractory period that is until the end of sample."""

    def step(self, arrivals: int) -> dict[str, int]:
        """Update with what arrives; the record of the trace port, without step and neuron."""
        p, before = self.parameters, self.potential
        self.current = int(Fraction(self.current * p["beta"], 4096)) + arrivals
        value = int(Fraction(before * p["alpha"], 4096)) + self.current + p["bias"]
        clamped = min(max(value, p["floor"]), self.vmax)
        spike = clamped >= p["threshold"]
        if self.spiked is not None:
            self.spiked += 1
            if self.spiked <= p["refractory"] or p["refractory"] == self.longest:
                clamped, spike = before, False
        if spike and self.longest and p["refractory"]:
            self.spiked = 0
        self.potential = clamped
        if spike and p["reset"] == 0:
            self.potential = 0
        if spike and p["reset"] == 1:
            self.potential = clamped - p["threshold"]
        self.total += self.potential
        return {
            "current": self.current,
            "potential_before": before,
            "potential_clamped": clamped,
            "potential_after": self.potential,
            "spike": int(spike),
        }


def random_parameters(rng: np.random.Generator, config: CoreConfig) -> dict[str, int]:
    reset = int(rng.integers(3))
    edge = rng.random() < 0.3
    return {
        "alpha": [0, 4096, int(rng.integers(4097))][rng.integers(3)],
        "beta": int(rng.integers(2) * rng.integers(2049)),
        "bias": int(rng.integers(config.vmin, config.vmax + 1) if edge else rng.integers(-9, 10)),
        "threshold": [0 if reset == 1 else config.vmin, config.vmax + 1, config.vmax // 3, 5][rng.integers(4)],
        "floor": [config.vmin, config.vmax, 0, -20][rng.integers(4)],
        "reset": reset,
        **({"refractory": int(rng.integers(config.refractory_until_end + 1))} if config.refractory_bits else {}),
    }


def sample(bench: Player, config: CoreConfig, arrivals: np.ndarray) -> list[Phase]:
    """Two phases a step, per row of ``arrivals``, then the end of sample."""
    phases = []
    for values in arrivals:
        writes = [
            bench.pack("arrivals", {"address": (h // config.lanes) << 5 | h % config.lanes, "data": int(value)})
            for h, value in enumerate(values)
        ]
        phases.append(Phase(inputs={"arrivals": writes}, set={"quiet": 0}))
        phases.append(Phase(inputs={"steps": [0]}, until={"spikes": bench.match("spikes", kind=1)}))
    return [*phases, Phase(inputs={"steps": [1]}, expect={"finished": 1, "readouts": arrivals.shape[1]})]


def prepare(bench: Player, neurons: list[Neuron]) -> Phase:
    """Write the parameters, and clear the states without reading them out."""
    write = [bench.pack("parameters", {"address": h, "data": neuron.parameters}) for h, neuron in enumerate(neurons)]
    return Phase(
        inputs={"parameters": write, "steps": [1]},
        set={"neurons_used": len(neurons), "quiet": 1},
        expect={"finished": 1},
    )


def play(
    config: CoreConfig, neurons: list[Neuron], arrivals: np.ndarray, backend: Backend, **options: Any
) -> list[PhaseResult]:
    """Run one sample; the results of its phases, after that of the preparation."""
    bench = player(config, backend)
    return bench.run([prepare(bench, neurons), *sample(bench, config, arrivals)], **options)


def check(config: CoreConfig, neurons: list[Neuron], arrivals: np.ndarray, results: list[PhaseResult], backend: Backend
          ) -> None:  # fmt: skip
    bench = player(config, backend)
    for step, values in enumerate(arrivals):
        result = results[2 + 2 * step]
        expected = [{"step": step, "neuron": h, **neuron.step(int(value))}
                    for h, (neuron, value) in enumerate(zip(neurons, values, strict=True))]  # fmt: skip
        assert [bench.unpack("trace", token) for token in result.outputs["trace"]] == expected
        fired = [record["neuron"] for record in expected if record["spike"]]
        spikes = [bench.unpack("spikes", token) for token in result.outputs["spikes"]]
        assert [spike["neuron"] for spike in spikes[:-1]] == fired
        assert [spike["kind"] for spike in spikes] == [0] * len(fired) + [1]
        assert result.outputs["fired"] == fired
    readouts = [bench.unpack("readouts", token) for token in results[-1].outputs["readouts"]]
    assert readouts == [
        {"neuron": h, "potential": neuron.potential, "potential_sum": neuron.total} for h, neuron in enumerate(neurons)
    ]


@pytest.mark.parametrize(
    ("config", "backend", "seed", "stall", "used"),
    [
        (SMALL, "native", 0, 0.0, 11),
        (SMALL, "native", 1, 0.6, 10),
        (SMALL, "native", 2, 0.3, 1),
        (SMALL, "amaranth", 3, 0.4, 7),
        (WIDE, "native", 4, 0.3, 5),
        (RESTING, "native", 5, 0.0, 11),
        (RESTING, "native", 6, 0.4, 9),
    ],
)
def test_random_neurons(config: CoreConfig, backend: Backend, seed: int, stall: float, used: int) -> None:
    rng = np.random.default_rng(seed)
    neurons = [Neuron(random_parameters(rng, config), config.vmax, longest=config.refractory_until_end)
               for _ in range(used)]  # fmt: skip
    # beta is at most one half, so a current is at most twice the largest arrival.
    limit = 1 << (config.accumulator_bits - 3)
    arrivals = rng.integers(-limit, limit, (25, used)) * (rng.random((25, used)) < 0.7)
    results = play(config, neurons, arrivals, backend, stall=stall, seed=seed)
    check(config, neurons, arrivals, results, backend)


def test_state_is_zero_after_a_sample() -> None:
    """Two samples of the same input, one after the other, are the same; a third without input reads out zeros."""
    rng = np.random.default_rng(5)
    neurons = [Neuron(random_parameters(rng, SMALL), SMALL.vmax) for _ in range(11)]
    bench = player(SMALL, "native")
    once = sample(bench, SMALL, rng.integers(-60, 60, (6, 11)))
    nothing = sample(bench, SMALL, np.zeros((0, 11), int))
    prepared, *results = bench.run([prepare(bench, neurons), *once, *once, *nothing])
    assert prepared.outputs["readouts"] == []
    first, second = results[: len(once)], results[len(once) : -1]
    for name in ("spikes", "readouts"):
        assert [result.outputs[name] for result in first] == [result.outputs[name] for result in second]
    assert any(bench.unpack("readouts", token)["potential"] for token in first[-1].outputs["readouts"])
    assert [bench.unpack("readouts", token)["potential"] for token in results[-1].outputs["readouts"]] == [0] * 11


def test_one_neuron_a_cycle() -> None:
    neurons = [Neuron({"alpha": 0, "beta": 0, "bias": 0, "threshold": 0, "floor": 0, "reset": 0}, SMALL.vmax)] * 11
    results = play(SMALL, neurons, np.zeros((1, 11), int), "native")
    at = results[2].at["spikes"]
    assert at == list(range(at[0], at[0] + 12))


def test_a_current_out_of_range_is_asserted() -> None:
    """Two large arrivals without a leak of the current: the compiler refuses such a network, the core asserts."""
    parameters = {"alpha": 0, "beta": 4096, "bias": 0, "threshold": 0, "floor": 0, "reset": 0}
    neurons = [Neuron(parameters, SMALL.vmax)]
    with pytest.raises(SimulationError, match="current 600 of neuron 0 leaves its range"):
        play(SMALL, neurons, np.full((3, 1), 200), "native")
