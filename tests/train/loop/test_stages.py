# SPDX-License-Identifier: Apache-2.0
"""train.loop.stages: what was before and after, of the run and of one limit alone."""

from typing import Any

import numpy as np
import torch

from tests.train.budget.test_probe import network, samples
from train.loop.evaluate import evaluate, time_first
from train.loop.stages import Stage, Stages, measured_on, stage_rows, stage_table


def test_accuracy_before_is_that_of_the_step_before() -> None:
    seen = samples()
    calibration = time_first(seen.events.transpose(1, 0, 2))
    stages, made, pruned = Stages(seen, None, calibration), network(), network()
    for group in pruned.parallel():
        group.prune(torch.zeros_like(group.mask))
    stages.note("trained", made)
    stages.note_alone("nothing", pruned)
    stages.note_alone("all again", made, after_last=True)
    stages.note("pruned", pruned)
    accuracy = (evaluate(made, seen.events).predictions == seen.labels).mean()
    nothing = (np.zeros(len(seen.labels)) == seen.labels).mean()
    assert accuracy != nothing
    of = "validation_accuracy"
    assert stages.entries == [
        Stage(name="trained", measured=of, after=accuracy, synapses=462),
        Stage(name="nothing", alone=True, measured=of, after=nothing, before=accuracy, synapses=0),
        Stage(name="all again", alone=True, measured=of, after=accuracy, before=nothing, synapses=462),
        Stage(name="pruned", measured=of, after=nothing, before=accuracy, synapses=0),
    ]


def test_held_out_samples_come_before_those_of_training() -> None:
    for validation, key in ((samples(20), "validation_accuracy"), (None, "train_accuracy")):
        stages = Stages(validation, samples(), None)
        stages.note("a", network())
        assert set(stages.entries[0].record()) == {"stage", key, "synapses"}
    stages = Stages(None, None, None)
    stages.note("a", network())
    stages.note("b", network())
    assert stages.entries[1] == Stage(name="b", synapses=462)


RECORDS: list[dict[str, Any]] = [
    {"stage": "trained", "train_accuracy": 0.9},
    {"stage": "4 synapses a pair", "alone": True, "train_accuracy": 0.8, "before": 0.9, "synapses": 1234},
    {"stage": "of an earlier version", "train_accuracy": 0.85, "synapses": 9},
    {"stage": "to nothing", "validation_accuracy": 0.0, "before": 0.5, "synapses": 0},
    {"stage": "nothing was measured"},
]
"""As checkpoints have them."""


def test_records() -> None:
    """In the order of the keys, too: a checkpoint is written again with what it was read with."""
    again = [Stage.of(record).record() for record in RECORDS]
    assert again == RECORDS
    assert [list(each) for each in again] == [list(each) for each in RECORDS]


def test_rows_of_a_run() -> None:
    entries = [Stage.of(record) for record in RECORDS[:3]]
    assert stage_rows(entries) == (["", "synapses", "before", "after", "points"], [
        ["trained", "", "", "90.0%", ""],
        ["· 4 synapses a pair", "1,234", "90.0%", "80.0%", "-10.0"],
        ["of an earlier version", "9", "", "85.0%", ""],
    ])  # fmt: skip
    assert measured_on(entries).startswith("accuracy on training samples")
    assert stage_table(entries).row_count == 3
    assert stage_rows([Stage(name="a", synapses=3)])[1] == [["a", "3", "", "", ""]]
