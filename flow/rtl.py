"""Plays samples through the core in RTL, on Verilator, and gives back what it did in the network's terms."""

from collections.abc import Generator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from model.config import CoreConfig
from model.encoding import Raster
from model.image import Image, Status
from model.network import IntArray
from model.result import Result, read_out
from rtl.core import Core
from rtl.counters import COUNTERS, Flag
from rtl.layouts import Kind
from tb.errors import SimulationError
from tb.phase import Phase, PhaseResult
from tb.play import Player

EVENTS = list[IntArray]
"""The axons that fire in each step of a sample, in the order in which they are streamed."""
TRACED = ("step", "neuron", "current", "potential_before", "potential_clamped", "potential_after", "spike")
"""Fields of a record of the trace port."""


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What the core did with one sample."""

    result: Result
    """Spikes and read-outs by the network's numbers of its neurons."""
    counters: dict[str, int]
    """What each counter of ``rtl.counters.COUNTERS`` gained; ``queue_peak``: its value since the image was loaded."""
    flags: tuple[str, ...]
    """Names of the sticky flags that are set."""
    cycles: int
    """Simulated clock cycles, idle ones around the sample included."""
    trace: dict[str, NDArray[np.int64]] | None
    """Records of the trace port by field, each of shape (steps * neurons,), if the core has one."""


class RtlCore:
    """A core in RTL that holds an image; building it takes minutes the first time, seconds later.

    ``waves``: write a waveform (VCD) of the first samples that are played to this file.
    """

    def __init__(self, image: Image, config: CoreConfig, *, trace: bool = False, waves: Path | None = None) -> None:
        self.image, self.config, self.network = image, config, image.network()
        self.trace = trace
        core = Core(config, trace=trace, simulation=True)
        self._player = Player(core, backend="native", fast=True, waves=waves)
        self._place = np.argsort(image.order)

    def play(self, samples: Sequence[EVENTS], *, seed: int = 1) -> Generator[Outcome]:
        """Load the image, then play ``samples`` one after another; each outcome comes as soon as it is there.

        May run in several threads at once, each with a simulator of its own. Raises SimulationError if the core breaks
        one of its own rules, does not take the image, or does not come to the end of a sample.
        """
        data = np.frombuffer(self.image.to_bytes(), np.uint8).astype(np.uint64)
        last = np.zeros_like(data)
        last[-1] = 1
        load = Phase(
            inputs={"image": self._player.pack("image", {"data": data, "last": last})},
            until={"status": int(Status.ARMED)},
            timeout=4 * len(data) + self._clearing + 10_000,
        )
        phases = [load, *(self._sample(events) for events in samples)]
        stream = self._player.stream(phases, seed=seed, seconds=24 * 3600.0)
        before = next(stream).values
        for events, phase in zip(samples, stream, strict=True):
            yield self._outcome(events, phase, before)
            before = phase.values

    @property
    def _clearing(self) -> int:
        """Cycles that the core may take to return every state to its start."""
        return (self.config.slots << self.config.target_bits) + 4 * self.config.neurons

    def _sample(self, events: EVENTS) -> Phase:
        kinds = [np.append(np.full(len(axons), Kind.EVENT.value), Kind.EOS.value) for axons in events]
        tokens = self._player.pack(
            "events",
            {
                "kind": np.append(np.concatenate([*kinds, np.zeros(0, np.int64)]), Kind.END.value).astype(np.uint64),
                "axon": np.append(
                    np.concatenate([*(np.append(axons, 0) for axons in events), np.zeros(0, np.int64)]), 0
                ).astype(np.uint64),
            },
        )
        # No step can cost more than every word, every queue entry, every source and every neuron, a few cycles each.
        step = self.image.words_used + self.image.capacity + 2 * self.config.sources + 100
        return Phase(
            inputs={"events": tokens},
            expect={"readouts": self.network.neurons.count},
            until={"spikes": self._player.match("spikes", kind=Kind.END.value)},
            timeout=4 * len(events) * step + self._clearing + 10_000,
        )

    def _outcome(self, events: EVENTS, phase: PhaseResult, before: Any) -> Outcome:
        network, steps = self.network, len(events)
        readouts = self._player.unpack("readouts", np.array(phase.outputs["readouts"], dtype=object))
        addresses = readouts["neuron"].astype(np.int64)
        if not np.array_equal(addresses, np.arange(network.neurons.count)):
            raise SimulationError(f"read-outs of neurons {addresses.tolist()}, expected each once in order")
        counters = {name: (phase.values[name] - before[name]) % (1 << 32) for name in COUNTERS}
        counters["queue_peak"] = phase.values["queue_peak"]
        result = read_out(
            network,
            spikes=self._spikes(phase.outputs["spikes"], steps),
            potential=readouts["potential"].astype(np.int64)[self._place],
            potential_sum=readouts["potential_sum"].astype(np.int64)[self._place],
            input_events=sum(map(len, events)),
            synaptic_operations=counters["synaptic_operations"],
        )
        return Outcome(
            result=result,
            counters=counters,
            flags=tuple(flag.name for flag in Flag if phase.values["flags"] >> flag & 1),
            cycles=phase.cycles,
            trace=self._trace(phase.outputs["trace"]) if self.trace else None,
        )

    def _spikes(self, tokens: list[int], steps: int) -> Raster:
        """The raster of a sample's output, shape (steps, neurons), by the network's numbers."""
        fields = self._player.unpack("spikes", np.array(tokens, np.uint64))
        kind, address = fields["kind"].astype(np.int64), fields["neuron"].astype(np.int64)
        ends = int(np.count_nonzero(kind == Kind.EOS.value))
        if ends != steps or kind[-1] != Kind.END.value or np.count_nonzero(kind == Kind.END.value) != 1:
            raise SimulationError(f"{ends} ends of step, the last token of kind {kind[-1]}; expected {steps}, then END")
        event = kind == Kind.EVENT.value
        raster = np.zeros((steps, self.network.neurons.count), np.bool_)
        unknown = address[event & (address >= self.network.neurons.count)]
        if len(unknown):
            raise SimulationError(f"spike of neuron address {unknown[0]}, expected 0..{raster.shape[1] - 1}")
        step = np.cumsum(kind == Kind.EOS.value)
        raster[step[event], self.image.order[address[event]]] = True
        if np.count_nonzero(raster) != np.count_nonzero(event):
            raise SimulationError("a neuron is reported twice in a step")
        return raster

    def _trace(self, tokens: list[int]) -> dict[str, NDArray[np.int64]]:
        fields = self._player.unpack("trace", np.array(tokens, dtype=object))
        trace = {name: fields[name].astype(np.int64) for name in TRACED}
        trace["neuron"] = self.image.order[trace["neuron"]]
        return trace
