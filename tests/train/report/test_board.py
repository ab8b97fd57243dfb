# SPDX-License-Identifier: Apache-2.0
"""The TensorBoard log of a run: each epoch once, however often the run was killed."""

from itertools import count
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from support.errors import InputError
from train.config.network import DelayKind, NetworkConfig
from train.layers.network import DelayNetwork
from train.layers.synapses import ParallelSynapses
from train.report.board import Board, histograms, logged, tag


@pytest.fixture(autouse=True)
def a_second_passes(monkeypatch: pytest.MonkeyPatch) -> None:
    """A log's files are read in the order of their names, which begin with a second: later runs have later ones."""
    seconds = count(1_800_000_000)
    clock = SimpleNamespace(time=lambda: next(seconds))
    monkeypatch.setattr("tensorboard.summary.writer.event_file_writer.time", clock)


def epoch(loss: float, **more: Any) -> dict[str, Any]:
    return {"phase": "dense", "epoch": 1, "epochs": 9, "loss": loss, "train_spikes": [loss * 10, 3.0], **more}


def read(folder: Path) -> EventAccumulator:
    log = EventAccumulator(str(folder), size_guidance={"scalars": 0, "histograms": 0})
    log.Reload()
    return log


def points(folder: Path, name: str = "run/loss") -> list[tuple[int, float]]:
    return [(event.step, event.value) for event in read(folder).Scalars(name)]


def test_log(tmp_path: Path) -> None:
    with Board(tmp_path / "board") as board:
        board.log(epoch(1.0, train_accuracy=0.25, validation_accuracy=None), {"weights/layer 1": np.arange(5)})
        board.log(epoch(0.5, train_accuracy=0.5, validation_accuracy=0.75), {"weights/layer 1": np.arange(7)})
    log = read(tmp_path / "board")
    assert sorted(log.Tags()["scalars"]) == [
        "accuracy/train", "accuracy/validation", "run/loss", "spikes/train, layer 1", "spikes/train, layer 2",
    ]  # fmt: skip
    assert points(tmp_path / "board") == [(1, 1.0), (2, 0.5)]
    assert points(tmp_path / "board", "accuracy/train") == [(1, 0.25), (2, 0.5)]
    assert points(tmp_path / "board", "accuracy/validation") == [(2, 0.75)]
    assert points(tmp_path / "board", "spikes/train, layer 1") == [(1, 10.0), (2, 5.0)]
    assert [(event.step, event.histogram_value.num) for event in log.Histograms("weights/layer 1")] == [(1, 5), (2, 7)]


@pytest.mark.parametrize("kind", list(DelayKind))
def test_histograms_are_of_the_synapses_that_there_are(kind: DelayKind) -> None:
    delays = {"kind": kind, "first": 1, "last": 7, "step": 2, "count": 1 if kind == DelayKind.PARALLEL else 2}
    config = NetworkConfig.model_validate({"hidden": [4, 3], "classes": 2, "between": delays, "recurrent": delays})
    network = DelayNetwork(5, config)
    seen = histograms(network)
    assert set(seen) == {
        f"{what}/{group}" for what in ("weights", "delays")
        for group in ("into layer 1", "into layer 2", "into layer 3", "layer 1 onto itself", "layer 2 onto itself")
    }  # fmt: skip
    pairs = 4 * 3 * (4 if kind == DelayKind.PARALLEL else 2)
    assert seen["weights/into layer 2"].size == pairs
    network.settle()
    [group] = [layer.synapses for layer in network.layers[1:2]]
    assert isinstance(group, ParallelSynapses)
    kept = torch.zeros_like(group.mask)
    kept[1, 0, :2] = kept[3, 2, 0] = True
    with torch.no_grad():
        group.weight.fill_(0.5)
    group.mask.fill_(True)
    group.prune(kept)
    seen = histograms(network)
    assert seen["weights/into layer 2"].tolist() == [0.5] * 3
    assert seen["delays/into layer 2"].tolist() == [3, 3, 7]


@pytest.mark.parametrize("wild", [[1e30, -1e30], [np.nan], [np.inf, 1e20]])
@pytest.mark.parametrize("others", [[], [1.0, -2.0]])
def test_values_of_a_run_that_diverges(tmp_path: Path, wild: list[float], others: list[float]) -> None:
    with Board(tmp_path) as board:
        board.log(epoch(1.0), {"weights/layer 1": np.array(wild + others)})
    found = read(tmp_path)
    assert found.Tags()["histograms"] == (["weights/layer 1"] if others else [])
    if others:
        [event] = found.Histograms("weights/layer 1")
        assert (event.histogram_value.min, event.histogram_value.max, event.histogram_value.num) == (-2, 1, 2)


def test_a_histogram_of_nothing_is_left_out(tmp_path: Path) -> None:
    with Board(tmp_path) as board:
        board.log(epoch(1.0), {"weights": np.zeros(0)})
    assert read(tmp_path).Tags()["histograms"] == []


def test_what_was_logged_is_there_after_a_kill(tmp_path: Path) -> None:
    board = Board(tmp_path)
    board.log(epoch(1.0))
    # Not closed.
    assert points(tmp_path) == [(1, 1.0)]
    board.close()


def test_epochs_beyond_the_checkpoint_are_hidden(tmp_path: Path) -> None:
    done = [epoch(1.0), epoch(0.75)]
    first = Board(tmp_path)
    for each in (*done, epoch(99.0)):
        first.log(each, {"weights": [each["loss"]]})
    with Board(tmp_path, done) as second:
        second.log(epoch(0.5), {"weights": [0.5]})
        second.log(epoch(0.25))
    assert points(tmp_path) == [(1, 1.0), (2, 0.75), (3, 0.5), (4, 0.25)]
    assert [(event.step, event.histogram_value.sum) for event in read(tmp_path).Histograms("weights")] == [
        (1, 1.0), (2, 0.75), (3, 0.5),
    ]  # fmt: skip


def test_epochs_that_were_not_logged_are_added(tmp_path: Path) -> None:
    done = [epoch(1.0), epoch(0.75), epoch(0.5)]
    with Board(tmp_path) as first:
        first.log(done[0])
    with Board(tmp_path, done) as second:
        second.log(epoch(0.25))
    assert points(tmp_path) == [(1, 1.0), (2, 0.75), (3, 0.5), (4, 0.25)]
    assert points(tmp_path, "spikes/train, layer 2") == [(step, 3.0) for step in (1, 2, 3, 4)]


def test_half_written_record(tmp_path: Path) -> None:
    done = [epoch(1.0), epoch(0.75)]
    with Board(tmp_path) as first:
        for each in done:
            first.log(each)
    (path,) = tmp_path.iterdir()
    content = path.read_bytes()
    path.write_bytes(content[: content.rindex(b"layer 1") + 3])
    with Board(tmp_path, done) as second:
        second.log(epoch(0.5))
    for name in ("run/loss", "spikes/train, layer 2"):
        assert [step for step, _ in points(tmp_path, name)] == [1, 2, 3]
    assert points(tmp_path)[1] == (2, 0.75)


def test_resumed_without_change(tmp_path: Path) -> None:
    done = [epoch(1.0)]
    with Board(tmp_path) as first:
        first.log(done[0])
    for _ in range(3):
        Board(tmp_path, done).close()
    assert points(tmp_path) == [(1, 1.0)]


def test_a_fresh_run_hides_the_old_one(tmp_path: Path) -> None:
    with Board(tmp_path) as first:
        first.log(epoch(1.0))
        first.log(epoch(0.75))
    with Board(tmp_path) as second:
        second.log(epoch(7.0))
    assert points(tmp_path) == [(1, 7.0)]


def test_tags() -> None:
    assert [tag(key) for key in ("train_accuracy", "validation_spikes", "seconds")] == [
        "accuracy/train", "spikes/validation", "run/seconds",
    ]  # fmt: skip


def test_no_log(tmp_path: Path) -> None:
    assert logged(tmp_path) == set()


def test_no_folder(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(InputError, match=r"file/board: cannot be made"):
        Board(tmp_path / "file" / "board")
