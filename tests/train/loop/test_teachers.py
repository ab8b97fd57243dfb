# SPDX-License-Identifier: Apache-2.0
"""train.loop.teachers: what a network learns from finished runs."""

import re
from pathlib import Path

import numpy as np
import pytest
import torch

from support.errors import InputError
from tests.train.helpers import run_config, write_recordings
from tests.train.loop.test_fit import comparable, make
from train.config.data import AugmentConfig
from train.config.run import RunConfig
from train.data.dataset import batches, load_spikes
from train.layers.network import Output
from train.loop.inputs import check_inputs, write_inputs
from train.loop.teachers import Teachers

CPU = torch.device("cpu")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Recordings, and a finished run ``teacher`` in another encoding than the students'."""
    folder = tmp_path_factory.mktemp("teachers")
    config = run_config(folder, encoding={"axons": 28, "counts": [1, 2], "steps": 20, "step_seconds": 0.004})
    make(folder, config, "teacher").run()
    return folder


def student(folder: Path, **changes: dict[str, object]) -> RunConfig:
    """A run that learns from the teacher."""
    return run_config(folder, **{"teachers": {"runs": [str(folder / "teacher")]}, **changes})  # type: ignore[arg-type]


def test_every_encoding_gets_the_same_changed_recordings(tmp_path: Path) -> None:
    """Twice the groups, or twice the steps, summed again: the same events."""
    encoding = run_config(tmp_path).encoding
    build = encoding.build()
    finer = encoding.model_copy(update={"axons": 28}).build()
    longer = encoding.model_copy(update={"steps": 20, "step_seconds": 0.004, "drain": 4}).build()
    spikes = load_spikes(write_recordings(tmp_path / "train.h5"), tmp_path / "cache", build)
    config = AugmentConfig(
        channel_shift=20, time_shift=0.01, event_dropout=0.3, time_jitter=0.002, channel_jitter=3, blend=0.5
    )
    seen = list(batches(spikes, np.arange(40), size=20, config=config, seed=(1,), others=(finer, longer)))
    alone = list(batches(spikes, np.arange(40), size=20, config=config, seed=(1,)))
    assert len(seen) == 2
    for (own, fine, long), labels in seen:
        np.testing.assert_array_equal(fine.reshape(*own.shape, 2).any(3), own)
        np.testing.assert_array_equal(long.reshape(-1, 2, *long.shape[1:]).any(1), own)
        assert own.any()
        assert len(labels) == 20
    # Others change nothing about the first, up to the draws of the next recording.
    np.testing.assert_array_equal(seen[0].events[0], alone[0].events[0])


def test_a_mask_is_silent_at_the_same_time_in_every_encoding(tmp_path: Path) -> None:
    """Where one hears more of what comes later, too."""
    encoding = run_config(tmp_path).encoding
    longer = encoding.model_copy(update={"steps": 30}).build()
    spikes = load_spikes(write_recordings(tmp_path / "train.h5"), tmp_path / "cache", encoding.build())
    [masked], [plain] = (
        batches(spikes, np.arange(40), size=40, config=config, seed=(1,), others=(longer,))
        for config in (AugmentConfig(time_mask=0.05), AugmentConfig())
    )
    own, other = (each[:10] for each in masked.events)
    np.testing.assert_array_equal(own, other)
    assert 0 < own.sum() < plain.events[0].sum()


def test_an_opinion_is_a_probability(folder: Path) -> None:
    teachers = Teachers(student(folder), CPU)
    assert teachers
    [other] = teachers.others
    assert (other.axons, other.steps) == (28, 20)
    events = (np.zeros((12, 5, 14), bool), np.ones((22, 5, 28), bool))
    opinion = teachers.opinion(events)
    assert opinion.shape == (5, 3)
    torch.testing.assert_close(opinion.sum(1), torch.ones(5))


def test_the_loss_is_least_for_the_same_opinion(folder: Path) -> None:
    teachers = Teachers(student(folder), CPU)
    opinion = torch.tensor([[0.7, 0.2, 0.1]])
    scores = 2 * opinion.log()
    same = Output(scores, [], [], scores[None].repeat(2, 1, 1)).votes.requires_grad_()
    loss = teachers.loss(Output(scores, [], [], same), opinion)
    loss.backward()
    assert same.grad is not None
    torch.testing.assert_close(same.grad, torch.zeros_like(same))


def test_a_student_goes_on_where_it_was(folder: Path, tmp_path: Path) -> None:
    config = student(folder)
    whole = make(folder, config, "whole").run().state_dict()
    make(folder, config, "parts").run(stop_after=2)
    second = make(folder, config, "parts")
    assert second.resume()
    got = second.run().state_dict()
    assert all(torch.equal(value, got[name]) for name, value in whole.items())
    assert comparable(folder / "whole") == comparable(folder / "parts")
    alone = make(folder, run_config(folder), "alone").run().state_dict()
    assert not torch.equal(alone["stack.0.synapses.weight"], whole["stack.0.synapses.weight"])


def test_share_0_is_no_teacher(folder: Path) -> None:
    taught = make(folder, student(folder, teachers={"runs": [str(folder / "teacher")], "share": 0}), "none").run()
    alone = make(folder, run_config(folder), "alone2").run()
    assert all(torch.equal(value, taught.state_dict()[name]) for name, value in alone.state_dict().items())


def test_a_teacher_that_is_none(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=rf"teachers\.runs: no float\.pt in {re.escape(str(tmp_path))}; expected"):
        Teachers(student(folder, teachers={"runs": [str(tmp_path)]}), CPU)
    with pytest.raises(InputError, match=r"teachers\.runs: .*teacher knows 3 classes; expected 4$"):
        Teachers(student(folder, network={"classes": 4}), CPU)
    with pytest.raises(InputError, match=r"teachers\.runs: .*teacher hears 700 units; expected 701$"):
        Teachers(student(folder, encoding={"units": 701}), CPU)
    with pytest.raises(InputError, match=r"teacher learned from speakers 1, 2, which are held out here$"):
        Teachers(student(folder, data={"validation_speakers": [1, 2, 3]}), CPU)


def test_a_teacher_that_was_replaced(folder: Path, tmp_path: Path) -> None:
    teacher = tmp_path / "teacher"
    teacher.mkdir()
    (teacher / "float.pt").write_bytes(b"a")
    config = student(folder, teachers={"runs": [str(teacher)]})
    write_inputs(tmp_path, config)
    assert check_inputs(tmp_path, config)
    (teacher / "float.pt").write_bytes(b"b")
    with pytest.raises(InputError, match=r"float\.pt \(teachers\.runs\.0\) is not the file that the run began with"):
        check_inputs(tmp_path, config)
