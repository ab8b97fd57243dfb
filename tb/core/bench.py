# SPDX-License-Identifier: Apache-2.0
"""The bench of the core: loads images, plays samples, and gives back what the core did in the network's terms."""

from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from model.config import CoreConfig
from model.encoding import Raster, check_events
from model.image.image import Image, Status
from model.network import IntArray, Network
from model.result import Result, read_out
from rtl.core.counters import COUNTERS, Flag
from rtl.core.neurocore import Core
from rtl.layouts import Kind
from support.errors import InputError
from tb.core.view import core_view
from tb.errors import SimulationError
from tb.netlist.instance import Netlist, NetlistComponent
from tb.player.phase import Phase, PhaseResult
from tb.player.play import Backend, Player

EVENTS = list[IntArray]
"""The axons that fire in each step of a sample, in the order in which they are streamed."""
AXONS = 1 << 16
"""Addresses that the stream of events can carry, of axons that the image has or has not."""


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What the core did with one sample."""

    result: Result
    """Spikes and read-outs by the network's numbers of its neurons."""
    counters: dict[str, int]
    """What each of ``rtl.core.counters.COUNTERS`` gained; ``queue_peak``: its value since the image was loaded."""
    flags: tuple[str, ...]
    """Names of the sticky flags that are set."""
    cycles: int
    """Simulated clock cycles, idle ones around the sample included."""
    trace: dict[str, NDArray[np.int64]] | None
    """Records of the trace port by field of ``trace_layout``, each of shape (steps * neurons,), if the core has one."""


def sample_phases(samples: Sequence[EVENTS], phase: Callable[[int, EVENTS], Phase]) -> list[Phase]:
    """``phase(number, events)`` of each sample, numbers from 0. An InputError says which sample it is about."""
    phases = []
    for number, events in enumerate(samples):
        try:
            phases.append(phase(number, events))
        except InputError as error:
            raise InputError(f"sample {number}: {error}") from None
    return phases


def play_samples(player: Player, load: Phase, phases: Sequence[Phase], samples: Sequence[EVENTS], *, seed: int,
                 **options: Any) -> Generator[tuple[EVENTS, PhaseResult, Mapping[str, int]], None, None]:  # fmt: skip
    """Play ``load``, then the phase of each sample: its events, what came out, and the plain outputs before it.

    ``options`` are those of ``Player.stream``.
    """
    stream = player.stream([load, *phases], seed=seed, **{"seconds": 24 * 3600.0, **options})
    before = next(stream).values
    for events, phase in zip(samples, stream, strict=True):
        yield events, phase, before
        before = phase.values


class CoreBench:
    """A core of one build; building it takes tens of seconds the first time, seconds later.

    ``backend``, ``fast``, ``waves``: as in ``tb.player.play.Player``. The core is built for simulation: its own rules
    are asserted while it runs. A waveform starts with the first sample, without the loading of the image.
    ``netlist``: what is played instead, made of the core without simulation's rules; a waveform has what it shows.
    """

    def __init__(self, config: CoreConfig, *, trace: bool = False, backend: Backend = "native", fast: bool = False,
                 waves: Path | None = None, netlist: Netlist | None = None) -> None:  # fmt: skip
        self.config, self.has_trace = config, trace
        core = Core(config, trace=trace, simulation=netlist is None)
        self.player = Player(NetlistComponent(core, netlist) if netlist else core, backend=backend, fast=fast,
                             waves=waves, view=core_view(config) if waves and not netlist else None, waves_from=1,
                             modules=netlist.sources if netlist else None)  # fmt: skip

    def load(self, data: bytes, **options: Any) -> Phase:
        """The phase that streams an image, right or wrong, until the core says what it makes of it."""
        tokens = np.frombuffer(data, np.uint8).astype(np.uint64)
        last = np.zeros_like(tokens)
        last[-1:] = 1
        return Phase(
            **{
                "inputs": {"image": self.player.pack("image", {"data": tokens, "last": last})},
                "cycles": 2,
                "settle": self._clearing,
                "timeout": 4 * len(data) + 2 * self._clearing + 10_000,
                **options,
            }
        )

    def play(
        self, image: Image, samples: Sequence[EVENTS], *, seed: int = 1, **options: Any
    ) -> Generator[Outcome, None, None]:
        """Load the image, then play ``samples`` one after another; each outcome comes as soon as it is there.

        ``options`` are those of ``Player.stream``. May run in several threads at once, each with a simulator of its
        own. Raises InputError, before anything is streamed, for an axon that fires twice in a step or is no address,
        SimulationError if the core breaks one of its own rules, does not take the image, or does not come to the end of
        sample.
        """
        network = image.network()
        load = self.load(image.to_bytes(), until={"status": int(Status.ARMED)}, settle=0)
        phases = sample_phases(samples, lambda _, events: self.sample(image, events))
        for events, phase, before in play_samples(self.player, load, phases, samples, seed=seed, **options):
            yield self._outcome(image, network, events, phase, before)

    @property
    def _clearing(self) -> int:
        """Cycles that the core may take to return every state to its start."""
        return self.config.accumulators_per_lane + 4 * self.config.neurons

    def sample(self, image: Image, events: EVENTS) -> Phase:
        """The phase that plays a sample until its END has come. Raises InputError, as ``play``."""
        _check(events)
        return self._until_end(image, [token for axons in events for token in (axons, Kind.EOS)])

    def unfinished_sample(self, image: Image, events: EVENTS, axons: IntArray) -> Phase:
        """The same, with the events ``axons`` of one more step whose end does not come before END."""
        _check([*events, axons])
        return self._until_end(image, [*(token for step in events for token in (step, Kind.EOS)), axons])

    def _until_end(self, image: Image, parts: Sequence[IntArray | Kind], *, slow: int = 1) -> Phase:
        """The phase that plays events and ends of step, then END; steps may take ``slow`` times as long."""
        none = np.zeros(0, np.int64)
        tokens = [(np.full(1, part), np.zeros(1, np.int64)) if isinstance(part, Kind)
                  else (np.full(len(part), Kind.EVENT), part) for part in (*parts, Kind.END)]  # fmt: skip
        packed = self.player.pack(
            "events",
            {
                "kind": np.concatenate([none, *(kind for kind, _ in tokens)]).astype(np.uint64),
                "axon": np.concatenate([none, *(axons for _, axons in tokens)]).astype(np.uint64),
            },
        )
        # No step can cost more than every word, every queue entry, every source and every neuron, a few cycles each.
        step = image.words_used + image.capacity + 2 * self.config.sources + 100
        return Phase(
            inputs={"events": packed},
            expect={"readouts": len(image.order)},
            until={"spikes": self.player.match("spikes", kind=Kind.END)},
            timeout=4 * slow * (len(parts) + 1) * step + 2 * self._clearing + 10_000,
        )

    def _outcome(
        self, image: Image, network: Network, events: EVENTS, phase: PhaseResult, before: Mapping[str, int]
    ) -> Outcome:
        readouts = self.player.unpack("readouts", np.array(phase.outputs["readouts"], dtype=object))
        addresses = readouts["neuron"].astype(np.int64)
        if not np.array_equal(addresses, np.arange(network.neurons.count)):
            raise SimulationError(f"read-outs of neurons {addresses.tolist()}, expected each once in order")
        counters = {name: (phase.values[name] - before[name]) % (1 << 32) for name in COUNTERS}
        counters["queue_peak"] = phase.values["queue_peak"]
        result = read_out(
            network,
            spikes=self._spikes(image, phase.outputs["spikes"], len(events)),
            potential=readouts["potential"].astype(np.int64)[np.argsort(image.order)],
            potential_sum=readouts["potential_sum"].astype(np.int64)[np.argsort(image.order)],
            input_events=sum(map(len, events)),
            synaptic_operations=counters["synaptic_operations"],
        )
        return Outcome(
            result=result,
            counters=counters,
            flags=tuple(flag.name for flag in Flag if phase.values["flags"] >> flag & 1),
            cycles=phase.cycles,
            trace=self._trace(image, phase.outputs["trace"]) if self.has_trace else None,
        )

    def _spikes(self, image: Image, tokens: list[int], steps: int) -> Raster:
        """The raster of a sample's output, shape (steps, neurons), by the network's numbers."""
        fields = self.player.unpack("spikes", np.array(tokens, np.uint64))
        kind, address = fields["kind"].astype(np.int64), fields["neuron"].astype(np.int64)
        ends = int(np.count_nonzero(kind == Kind.EOS))
        if ends != steps or kind[-1] != Kind.END or np.count_nonzero(kind == Kind.END) != 1:
            raise SimulationError(f"{ends} ends of step, the last token of kind {kind[-1]}; expected {steps}, then END")
        event = kind == Kind.EVENT
        count = len(image.order)
        raster = np.zeros((steps, count), np.bool_)
        unknown = address[event & (address >= count)]
        if len(unknown):
            raise SimulationError(f"spike of neuron address {unknown[0]}, expected 0..{raster.shape[1] - 1}")
        step = np.cumsum(kind == Kind.EOS)
        raster[step[event], image.order[address[event]]] = True
        if np.count_nonzero(raster) != np.count_nonzero(event):
            raise SimulationError("a neuron is reported twice in a step")
        return raster

    def _trace(self, image: Image, tokens: list[int]) -> dict[str, NDArray[np.int64]]:
        fields = self.player.unpack("trace", np.array(tokens, dtype=object))
        trace = {name: values.astype(np.int64) for name, values in fields.items()}
        trace["neuron"] = image.order[trace["neuron"]]
        return trace


def _check(events: EVENTS) -> None:
    """Raises InputError for an axon that is no address, or fires twice in a step."""
    for step, axons in enumerate(events):
        check_events(axons, AXONS, step)
