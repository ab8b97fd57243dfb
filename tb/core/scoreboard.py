# SPDX-License-Identifier: Apache-2.0
"""Compares what the core did with what the golden model says: every spike, every potential, every traced update."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from model.config import preset
from model.golden import GoldenCore
from model.network import Network
from model.result import Result
from rtl.layouts import trace_layout
from tb.core.bench import EVENTS

Trace = dict[str, NDArray[np.int64]]
TRACED = tuple(name for name, _ in trace_layout(preset("tiny")))
"""Fields of a trace record; their names are those of every build."""


@dataclass(frozen=True, kw_only=True)
class Mismatch:
    """One value of the RTL that is not the golden model's."""

    sample: int
    step: int
    neuron: int
    """The network's number of the neuron."""
    what: str
    """spike, potential, potential sum, or a field of the trace port."""
    expected: int
    seen: int

    def __str__(self) -> str:
        return (
            f"sample {self.sample}, step {self.step}, neuron {self.neuron}: "
            f"{self.what} is {self.seen}, expected {self.expected}"
        )


def mismatches(sample: int, golden: Result, seen: Result) -> Iterator[Mismatch]:
    """Every value of one sample that differs, spikes first, in order of step and neuron."""
    steps = len(golden.spikes)
    for step, neuron in zip(*np.nonzero(golden.spikes != seen.spikes), strict=True):
        yield Mismatch(
            sample=sample, step=int(step), neuron=int(neuron), what="spike",
            expected=int(golden.spikes[step, neuron]), seen=int(seen.spikes[step, neuron]),
        )  # fmt: skip
    for what in ("potential", "potential_sum"):
        expected, got = getattr(golden, what), getattr(seen, what)
        for neuron in np.flatnonzero(expected != got):
            yield Mismatch(
                sample=sample, step=steps - 1, neuron=int(neuron), what=f"final {what.replace('_', ' ')}",
                expected=int(expected[neuron]), seen=int(got[neuron]),
            )  # fmt: skip


def pick(results: Result, sample: int) -> Result:
    """One sample of the result of many."""
    fields: dict[str, Any] = {name: getattr(results, name)[sample] for name in Result.__dataclass_fields__}
    return Result(**fields)


def expected_counters(network: Network, slots: int, events: EVENTS, golden: Result) -> dict[str, int]:
    """What the counters of a core with so many slots gain by a sample that loses no event.

    With more than one, weights are added ahead of their step, thus also some that would arrive after the end.
    """
    operations = int(golden.synaptic_operations)
    if slots > 1:
        steps = len(events)
        fired = np.zeros((steps, network.axons + network.neurons.count), np.int64)
        for step, axons in enumerate(events):
            fired[step, np.asarray(axons, np.int64)] = 1
        fired[1:, network.axons :] = golden.spikes[:-1]  # those of the last step go nowhere
        before = np.concatenate([np.zeros((1, fired.shape[1]), np.int64), np.cumsum(fired, 0)])
        sent = network.level // slots * slots  # steps from an arrival to the addition of its weights
        operations = int(before[np.maximum(steps - sent, 0), network.source].sum())
    return {"input_events": sum(map(len, events)), "synaptic_operations": operations}


def golden_trace(network: Network, events: EVENTS) -> Trace:
    """What the trace port must show for a sample, in order of step, then of the network's neuron numbers."""
    core = GoldenCore(network)
    count = network.neurons.count
    parts: dict[str, list[NDArray[Any]]] = {name: [np.zeros(0, np.int64)] for name in TRACED}
    for axons in events:
        record = core.step(axons)
        for name, values in (
            ("step", np.full(count, record.step)),
            ("neuron", np.arange(count)),
            ("current", record.current),
            ("potential_before", record.potential_before),
            ("potential_clamped", record.potential),
            ("potential_after", record.potential_after),
            ("spike", record.spike),
        ):
            parts[name].append(values.astype(np.int64))
    return {name: np.concatenate(values) for name, values in parts.items()}


def trace_mismatches(sample: int, golden: Trace, seen: Trace) -> Iterator[Mismatch]:
    """Every field of a trace that differs from the golden one, by step and neuron; a missing record is one, too."""
    order = np.lexsort((seen["neuron"], seen["step"]))
    where = {name: values[order] for name, values in seen.items()}
    expected, got = (list(zip(t["step"].tolist(), t["neuron"].tolist(), strict=True)) for t in (golden, where))
    if expected != got:
        count, seen_count = Counter(expected), Counter(got)
        step, neuron = min((count - seen_count) + (seen_count - count))
        yield Mismatch(
            sample=sample, step=step, neuron=neuron, what="number of trace records",
            expected=count[step, neuron], seen=seen_count[step, neuron],
        )  # fmt: skip
        return
    for name, values in golden.items():
        for index in np.flatnonzero(values != where[name]):
            step, neuron = expected[index]
            yield Mismatch(
                sample=sample, step=step, neuron=neuron, what=f"traced {name.replace('_', ' ')}",
                expected=int(values[index]), seen=int(where[name][index]),
            )  # fmt: skip
