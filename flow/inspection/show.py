# SPDX-License-Identifier: Apache-2.0
"""An inspection as tables for a terminal."""

from collections.abc import Iterator, Sequence

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from flow.inspection.record import Inspection, Layer, Played, Spread
from flow.page.parts import count, percent

BARS = "▁▂▃▄▅▆▇█"
WIDTH = 40
"""Characters of a course over the steps."""
CLASSES = 5
"""Best classes that are shown."""


def course(values: Sequence[int]) -> str:
    """Values over the steps as a row of bars, the highest bar for the highest value; nothing for a zero."""
    size = -(-len(values) // WIDTH) or 1
    parts = [max(values[start : start + size]) for start in range(0, len(values), size)]
    top = max(parts, default=0)
    return "".join(BARS[(len(BARS) * part - 1) // top] if part else " " for part in parts)


def tables(seen: Inspection) -> Iterator[RenderableType]:
    """What is in it, then what happened."""
    title = f"{seen.name}: {seen.network}" if seen.network else seen.name
    parts = ((seen.axons, "axon"), (seen.neurons, "neuron"), (seen.synapses, "synapse"))
    said = ", ".join(f"{count(number)} {what}{'' if number == 1 else 's'}" for number, what in parts)
    yield Text(f"{title}, {said}")
    yield _cores(seen)
    yield _layers(seen.layers)
    if seen.sample:
        yield from _sample(seen.sample, seen.layers)


def _table(title: str, *head: str, texts: int = 1) -> Table:
    table = Table(title=Text(title), title_justify="left", title_style="bold", min_width=len(title))
    for place, name in enumerate(head):
        table.add_column(Text(name), justify="left" if place < texts else "right")
    return table


def _row(table: Table, *cells: str) -> None:
    # What stands in a file is no markup.
    table.add_row(*(Text(cell) for cell in cells))


def _cores(seen: Inspection) -> Table:
    """Memory: the sections of the image of each core, and the delay memories of a build for it."""
    names = ["image"] if len(seen.cores) == 1 else [f"core {number}" for number in range(len(seen.cores))]
    table = _table("Memory", "", *names)
    for section in seen.cores[0]["sections"]:
        _row(table, f"{section}, bytes", *(count(core["sections"][section]) for core in seen.cores))
    _row(table, "all, bytes", *(count(core["bytes"]) for core in seen.cores))
    for name in ("rows", "synapse_words", "queue_capacity", "max_steps"):
        _row(table, name.replace("_", " "), *(count(core[name]) for core in seen.cores))
    _row(table, "lane fill of all words", *(percent(core["lane_fill"]) for core in seen.cores))
    for unit in seen.cores[0]["delay_memory_bits"]:
        _row(table, f"delay memory of {unit}, bits", *(count(core["delay_memory_bits"][unit]) for core in seen.cores))
    return table


def _layers(found: Sequence[Layer]) -> Table:
    head = ("layer", "neurons", "read-out", "sources", "synapses", "delays, steps", "mean", "weights", "distinct")
    table = _table("Layers", *head)
    for number, layer in enumerate(found, 1):
        mean = count(layer.delays.mean, 1) if layer.delays else "none"
        distinct = count(layer.weights.distinct) if layer.weights else "none"
        figures = (count(each) for each in (layer.neurons, layer.readout, layer.sources, layer.synapses))
        _row(table, str(number), *figures, _range(layer.delays), mean, _range(layer.weights), distinct)
    return table


def _range(spread: Spread | None) -> str:
    return f"{spread.low} to {spread.high}" if spread else "none"


def _sample(sample: Played, found: Sequence[Layer]) -> Iterator[RenderableType]:
    came = sample.outcome
    label = "no label" if came.label is None else f"label {came.label}"
    verdict = "no read-out" if came.predicted is None else f"taken for {came.predicted}"
    yield Text(
        f"sample {came.sample} of {sample.data}: {label}, {verdict}; {count(sample.steps)} steps, "
        f"{count(sum(sample.input_events))} input events, {count(came.spikes)} spikes, "
        f"{count(sample.synaptic_operations)} synaptic operations"
    )
    best = sorted(came.scores.items(), key=lambda each: -each[1])[:CLASSES]
    if best:
        table = _table(f"The best {len(best)} of {len(came.scores)} classes", "class", "score")
        for name, score in best:
            _row(table, name, count(score))
        yield table
    table = _table("Spikes", "", "over the steps", "most in a step", "all", texts=2)
    rows = [("input", sample.input_events)]
    rows += [(f"layer {number}", layer.spikes or []) for number, layer in enumerate(found, 1)]
    for name, values in rows:
        _row(table, name, course(values), count(max(values, default=0)), count(sum(values)))
    yield table
    if sample.units:
        yield _units(sample)


def _units(sample: Played) -> Table:
    known = any(each.energy_uj is not None for each in sample.units)
    head = ["delay unit", "events held over the steps", "most held", "cycles", "synapse phases", "neurons and end"]
    title = "Cycles, and what waits in the delay unit"
    table = _table(title, *head, *(["delay memories, uJ"] if known else []), texts=2)
    for each in sample.units:
        energy = [count(each.energy_uj, 3)] if known else []
        figures = (
            count(number) for number in (max(each.held, default=0), each.cycles, each.synapse_phases, each.other)
        )
        _row(table, each.unit, course(each.held), *figures, *energy)
    if not known:
        table.caption = Text("energy: not known, run make delay-report")
    return table
