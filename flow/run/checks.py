# SPDX-License-Identifier: Apache-2.0
"""What is compared of each sample that was simulated: results with the golden model, cycles with the cycle model."""

from abc import ABC, abstractmethod
from collections.abc import Generator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import Generic, TypeVar

import numpy as np

from model.config import CoreConfig
from model.cost.cycles import CycleModel
from model.fabric.bundle import Bundle
from model.fabric.cycles import FabricCycleModel
from model.image.image import Image
from model.result import Result
from rtl.core.counters import Flag
from tb.core.bench import EVENTS, CoreBench, Outcome
from tb.core.scoreboard import Mismatch, expected_counters, golden_trace, mismatches, pick, trace_mismatches
from tb.fabric.bench import FabricBench, FabricOutcome

Played = TypeVar("Played", Outcome, FabricOutcome)


@dataclass(frozen=True, kw_only=True)
class Checked:
    """One sample that was played and compared."""

    sample: int
    outcome: Outcome | FabricOutcome
    mismatches: int
    """Values that differ from the golden model's, the core's counts of events and operations too."""
    cycles_wrong: bool
    """Whether the cycle model predicted other cycles."""
    failure: str | None
    """What is wrong with the sample, the first of all; None if nothing is."""


class SampleCheck(ABC, Generic[Played]):
    """What is right for a build, sample by sample."""

    cores: Sequence[CoreConfig]
    """The builds of the cores in use."""

    @abstractmethod
    def outcomes(self, samples: Sequence[EVENTS]) -> Generator[Played, None, None]:
        """Play samples in a simulator of their own."""

    @abstractmethod
    def compare(self, sample: int, events: EVENTS, outcome: Played) -> Checked:
        """Compare what came of a sample with the models."""

    def play(self, mine: Sequence[int], events: Sequence[EVENTS]) -> Generator[Checked, None, None]:
        """Play some of the samples in a simulator of their own, and compare each."""
        with closing(self.outcomes([events[sample] for sample in mine])) as outcomes:
            for sample, outcome in zip(mine, outcomes, strict=True):
                yield self.compare(sample, events[sample], outcome)


def _verdict(sample: int, outcome: Outcome | FabricOutcome, *, flags: Sequence[str], wrong: Sequence[Mismatch],
             counts: Sequence[str], cycles: Sequence[str]) -> Checked:  # fmt: skip
    """What the differences of a sample come to. A flag comes first: what it stands for explains the rest."""
    said = [["; ".join(flags)] if flags else [], counts, cycles]
    raised, counted, timed = ([f"sample {sample}: {each}" for each in texts] for texts in said)
    return Checked(
        sample=sample,
        outcome=outcome,
        mismatches=len(wrong) + len(counts),
        cycles_wrong=bool(cycles),
        failure=next(iter([*raised, *map(str, wrong[:1]), *counted, *timed]), None),
    )


class CoreCheck(SampleCheck[Outcome]):
    """What is right for a core."""

    def __init__(self, bench: CoreBench, image: Image, golden: Result) -> None:
        self.bench, self.image, self._golden = bench, image, golden
        self.cores = [bench.config]
        self._network = image.network()
        self._cycles = CycleModel(image, bench.config)
        self._address = np.argsort(image.order)

    def outcomes(self, samples: Sequence[EVENTS]) -> Generator[Outcome, None, None]:
        """See the base class."""
        return self.bench.play(self.image, samples)

    def compare(self, sample: int, events: EVENTS, outcome: Outcome) -> Checked:
        """See the base class."""
        golden = pick(self._golden, sample)
        wrong = list(mismatches(sample, golden, outcome.result))
        if outcome.trace is not None:
            wrong += trace_mismatches(sample, golden_trace(self._network, events), outcome.trace)
        spikes = [self._address[np.flatnonzero(now)] for now in golden.spikes]
        expected, seen = self._cycles.sample(events, spikes), outcome.counters
        off = [
            f"{seen[name]} {name.replace('_', ' ')}, {getattr(expected, name)} by the cycle model"
            for name in ("cycles", "synapse_cycles", "synapse_words")
            if seen[name] != getattr(expected, name)
        ]
        # The golden counts follow from its spikes: where those differ, so do the counts.
        counted = {} if wrong else expected_counters(self._network, self.bench.config.slots, events, golden)
        counts = [
            f"{seen[name]} {name.replace('_', ' ')}, {value} by the golden model"
            for name, value in counted.items()
            if seen[name] != value
        ]
        flags = [flag_text(name, seen, self.image) for name in outcome.flags]
        return _verdict(sample, outcome, flags=flags, wrong=wrong, counts=counts, cycles=off)


def flag_text(name: str, counters: Mapping[str, int], image: Image) -> str:
    """What a sticky flag of a core stands for. ``counters``: of the core; ``image``: what it holds."""
    lost, capacity, steps = counters["lost_events"], image.capacity, image.max_steps
    meaning = {
        Flag.OVERFLOW: f"the queue overflowed: {lost:,} events lost with a capacity of {capacity}",
        Flag.UNKNOWN_AXON: f"{counters['unknown_events']:,} events of axons that the image does not have",
        Flag.TOO_LONG: f"more than the {steps} steps that the image is for",
        Flag.BAD_TOKEN: "a token of no kind on the event stream",
        Flag.FAILED_READ: f"{counters['failed_reads']:,} reads of the image failed: a memory has errors",
    }
    return f"{meaning[Flag[name]]} ({name})"


class FabricCheck(SampleCheck[FabricOutcome]):
    """What is right for a fabric."""

    def __init__(self, bench: FabricBench, bundle: Bundle, golden: Result) -> None:
        self.bench, self.bundle, self._golden = bench, bundle, golden
        self.cores = bench.config.cores[: bundle.cores]
        self._cycles = FabricCycleModel(bundle, bench.config)
        self._one_slot = all(core.slots == 1 for core in self.cores)

    def outcomes(self, samples: Sequence[EVENTS]) -> Generator[FabricOutcome, None, None]:
        """See the base class."""
        return self.bench.play(self.bundle, samples)

    def compare(self, sample: int, events: EVENTS, outcome: FabricOutcome) -> Checked:
        """See the base class."""
        golden = pick(self._golden, sample)
        wrong = list(mismatches(sample, golden, outcome.result))
        expected = self._cycles.sample(events, self.bundle.fired(golden.spikes))
        late = outcome.counters["cycles"] - expected.cycles
        # The model takes the host to be ahead of the cores after its first step; where it was not, they waited.
        starved = sum(core["starved_cycles"] for core in outcome.cores)
        words = tuple(core["synapse_words"] for core in outcome.cores)
        off = []
        if not 0 <= late <= starved:
            off.append(f"{outcome.counters['cycles']} cycles, {expected.cycles} by the cycle model")
        if words != expected.synapse_words:
            off.append(f"{words} synapse words, {expected.synapse_words} by the cycle model")
        # A unit with several slots adds weights ahead of their step, also some that would arrive after the end.
        operations, counted = int(outcome.result.synaptic_operations), int(golden.synaptic_operations)
        counts = []
        if self._one_slot and not wrong and operations != counted:
            counts.append(f"{operations} synaptic operations, {counted} by the golden model")
        flags = [self._flag(name, outcome) for name in outcome.flags]
        return _verdict(sample, outcome, flags=flags, wrong=wrong, counts=counts, cycles=off)

    def _flag(self, name: str, outcome: FabricOutcome) -> str:
        """What a flag of the fabric (``NAME``) or of a core in use (``core 1: NAME``) stands for."""
        core, _, own = name.removeprefix("core ").partition(": ")
        if not own or int(core) >= self.bundle.cores:
            return name
        return f"core {core}: {flag_text(own, outcome.cores[int(core)], self.bundle.images[int(core)])}"
