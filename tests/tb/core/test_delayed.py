# SPDX-License-Identifier: Apache-2.0
"""The delayed spike that is marked, from transfers that are made up."""

import numpy as np
import pytest

from model.config import CoreConfig, preset
from rtl.layouts import Kind, arrival_layout, row_layout, spike_layout
from tb.core.delayed import delayed_spike
from tb.player.packing import pack

NEURON = 1
"""Hardware address of the neuron that fires in step 0."""
ORDER = np.array([4, 3, 2, 1, 0])
Row = tuple[int, int]


def transfers(config: CoreConfig, rows: dict[int, list[Row]], source: int, steps: int = 8) -> dict[str, list[Row]]:
    """Streams of a sample whose neuron fires in step 0 and arrives in step 1; ``rows`` by step: source, level."""
    spikes, arrivals, sent = [], [], []
    for step in range(steps):
        time = 100 * step
        if step == 0:
            spikes.append((time + 50, {"kind": Kind.EVENT, "neuron": NEURON}))
        spikes.append((time + 60, {"kind": Kind.EOS}))
        if step == 1:
            arrivals.append((time + 1, {"source": source}))
        arrivals.append((time + 2, {"eos": 1}))
        sent += [(time + 10 + k, {"source": row[0], "level": row[1]}) for k, row in enumerate(rows.get(step, []))]
        sent.append((time + 40, {"eos": 1}))
    spikes.append((100 * steps, {"kind": Kind.END}))
    layouts = {"spikes": spike_layout(config), "arrivals": arrival_layout(config), "rows": row_layout(config)}
    return {name: [(time, pack(layouts[name], fields)) for time, fields in stream]
            for name, stream in (("spikes", spikes), ("arrivals", arrivals), ("rows", sent))}  # fmt: skip


@pytest.mark.parametrize("unit", ["scdq", "bitmap"])
def test_the_row_of_the_longest_delay(unit: str) -> None:
    config = preset("tiny", delay_unit=unit)
    source = config.axons + NEURON
    marks = delayed_spike(
        config, ORDER, transfers(config, {1: [(source, 0)], 3: [(source, 2)], 4: [(source, 3)]}, source)
    )
    assert [(mark.time, mark.text) for mark in marks] == [
        (50, "step 0: neuron 3 fires"),
        (101, "step 1: the delay unit takes it"),
        (410, "step 4: its row of level 3 leaves"),
        (440, "step 4: its weights are added"),
    ]


def test_a_ring_sends_all_rows_at_once() -> None:
    config = preset("tiny", delay_unit="ring")
    source = config.axons + NEURON
    marks = delayed_spike(config, ORDER, transfers(config, {1: [(source, 0), (source, 3)]}, source))
    assert [(mark.time, mark.text) for mark in marks[2:]] == [
        (111, "step 1: its row of level 3 leaves"),
        (440, "step 4: its weights are added"),
    ]


def test_an_axon_has_no_spike() -> None:
    config = preset("tiny", delay_unit="scdq")
    marks = delayed_spike(config, ORDER, transfers(config, {3: [(0, 2)]}, 0))
    assert [mark.text.partition(": ")[2] for mark in marks] == [
        "the delay unit takes it", "its row of level 2 leaves", "its weights are added",
    ]  # fmt: skip


@pytest.mark.parametrize("rows", [{}, {1: [(0, 0)], 2: [(0, 1)]}, {3: [(1, 2)]}])
def test_nothing_waits(rows: dict[int, list[Row]]) -> None:
    config = preset("tiny", delay_unit="scdq")
    assert delayed_spike(config, ORDER, transfers(config, rows, 0)) == []
    assert delayed_spike(config, ORDER, {}) == []


def test_what_is_due_after_the_sample_is_not_shown() -> None:
    config = preset("tiny", delay_unit="ring")
    assert delayed_spike(config, ORDER, transfers(config, {1: [(0, 3)]}, 0, steps=4)) == []
