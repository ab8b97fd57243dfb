"""train.loop.stages: what was before and after, of the run and of one limit alone."""

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
    assert stages.entries == [
        {"stage": "trained", "validation_accuracy": accuracy, "synapses": 462},
        {"stage": "nothing", "alone": True, "validation_accuracy": nothing, "before": accuracy, "synapses": 0},
        {"stage": "all again", "alone": True, "validation_accuracy": accuracy, "before": nothing, "synapses": 462},
        {"stage": "pruned", "validation_accuracy": nothing, "before": accuracy, "synapses": 0},
    ]


def test_held_out_samples_come_before_those_of_training() -> None:
    for validation, key in ((samples(20), "validation_accuracy"), (None, "train_accuracy")):
        stages = Stages(validation, samples(), None)
        stages.note("a", network())
        assert set(stages.entries[0]) == {"stage", key, "synapses"}
    stages = Stages(None, None, None)
    stages.note("a", network())
    stages.note("b", network())
    assert stages.entries[1] == {"stage": "b", "synapses": 462}


def test_rows() -> None:
    entries: list[Stage] = [
        {"stage": "trained", "train_accuracy": 0.9},
        {"stage": "4 synapses a pair", "alone": True, "train_accuracy": 0.8, "before": 0.9, "synapses": 1234},
        {"stage": "of an earlier version", "train_accuracy": 0.85, "synapses": 9},
    ]
    assert stage_rows(entries) == (["", "synapses", "before", "after", "points"], [
        ["trained", "", "", "90.0%", ""],
        ["· 4 synapses a pair", "1,234", "90.0%", "80.0%", "-10.0"],
        ["of an earlier version", "9", "", "85.0%", ""],
    ])  # fmt: skip
    assert measured_on(entries).startswith("accuracy on training samples")
    assert stage_table(entries).row_count == 3
    assert stage_rows([{"stage": "a", "synapses": 3}])[1] == [["a", "3", "", "", ""]]
