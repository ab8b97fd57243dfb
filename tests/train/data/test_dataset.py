# SPDX-License-Identifier: Apache-2.0
"""train.data.dataset: encoding, cache, split, batches."""

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from data.shd import reader as shd
from data.shd.reader import Recordings
from flow.run.recordings import load_samples
from model.encoding import Encoding, encode, snapped
from support.errors import InputError, InputWarning
from tests.flow.examples import CLASSES, small_network
from tests.train.helpers import write_recordings
from train.config.data import AugmentConfig
from train.data import dataset
from train.data.dataset import Spikes, batches, load_events, load_spikes, load_test, split_by_speaker

ENCODING = Encoding(units=700, axons=70, steps=9, step_seconds=0.01, drain=3)
NO_CHANGE = AugmentConfig()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return write_recordings(tmp_path / "train.h5")


@pytest.fixture
def spikes(path: Path, tmp_path: Path) -> Spikes:
    return load_spikes(path, tmp_path / "cache", ENCODING)


def test_spikes_are_those_of_the_file_and_of_the_cache(path: Path, tmp_path: Path) -> None:
    first, second = (load_spikes(path, tmp_path / "cache", ENCODING) for _ in range(2))
    assert len(list((tmp_path / "cache").iterdir())) == 1
    with Recordings.open(path) as recordings:
        for spikes in (first, second):
            assert len(spikes) == len(recordings)
            assert spikes.keys == recordings.keys
            assert np.array_equal(spikes.labels, recordings.labels)
            assert np.array_equal(spikes.speakers, recordings.speakers)
            for i, (times, units) in enumerate(recordings):
                assert np.array_equal(spikes[i][0], snapped(times, ENCODING))
                assert np.array_equal(spikes[i][1], units)


def test_a_changed_file_is_read_again(tmp_path: Path) -> None:
    path, cache = tmp_path / "x.h5", tmp_path / "cache"
    before, _ = load_events(write_recordings(path, seed=0), cache, ENCODING)
    after, spikes = load_events(write_recordings(path, seed=1), cache, ENCODING)
    assert not np.array_equal(before, after)
    assert np.array_equal(after[5], encode(*spikes[5], ENCODING))


@pytest.mark.parametrize("step_seconds", [0.01, None])
def test_events_are_the_encoding_and_cached_by_it(path: Path, tmp_path: Path, step_seconds: float | None) -> None:
    encoding = Encoding(units=700, axons=70, steps=9, step_seconds=step_seconds, drain=3)
    first, spikes = load_events(path, tmp_path / "cache", encoding)
    second, _ = load_events(path, tmp_path / "cache", encoding)
    assert first.shape == (len(spikes), 12, 70)
    assert np.array_equal(first, second)
    for i in range(len(spikes)):
        assert np.array_equal(first[i], encode(*spikes[i], encoding))
    other = Encoding(units=700, axons=70, steps=7, step_seconds=step_seconds, drain=5)
    assert not np.array_equal(load_events(path, tmp_path / "cache", other)[0], first)


def test_what_another_version_kept_is_not_used(path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    load_events(path, tmp_path / "cache", ENCODING)
    monkeypatch.setattr(dataset, "_VERSION", 999)
    load_events(path, tmp_path / "cache", ENCODING)
    names = [each.name.partition("-")[0] for each in (tmp_path / "cache").iterdir()]
    assert sorted(names) == ["events", "events", "spikes", "spikes"]


def test_times_on_the_grid_train_as_they_play(tmp_path: Path) -> None:
    """The step of a time is the same however it is stored, with and without augmentation."""
    times = np.arange(9) * 0.01
    shd.write(tmp_path / "grid.h5", [(times, np.arange(9) * 10)], labels=[0], speakers=[0], keys=["a"])
    events, spikes = load_events(tmp_path / "grid.h5", tmp_path / "cache", ENCODING)
    assert np.argwhere(events[0]).tolist() == [[k, k] for k in range(9)]
    (((batch,), _),) = batches(spikes, np.array([0]), size=1, config=NO_CHANGE, seed=(0,))
    assert np.array_equal(batch[:, 0], events[0])


def test_units_that_the_encoding_does_not_have(path: Path, tmp_path: Path) -> None:
    """In a few recordings only: said before a compiled loop sees them."""
    with Recordings.open(path) as recordings:
        spikes = [(times, np.minimum(units, 599)) for times, units in recordings]
    spikes[7][1][3] = 650
    shd.write(tmp_path / "few.h5", spikes, labels=[0] * len(spikes), speakers=[0] * len(spikes), keys=["a"])
    narrow = replace(ENCODING, units=600, axons=60)
    with pytest.raises(InputError, match=r"few\.h5: recording 7: unit of spike 3 must be in 0\.\.599, not 650"):
        load_spikes(tmp_path / "few.h5", tmp_path / "cache", narrow)
    load_spikes(tmp_path / "few.h5", tmp_path / "cache", ENCODING)
    network = replace(small_network(), labels=("a", "b", "c"), encoding=replace(narrow, axons=4))
    with pytest.raises(InputError, match=r"few\.h5: recording 7: unit of spike 3 must be in 0\.\.599, not 650"):
        load_samples(tmp_path / "few.h5", network)


def grid_file(path: Path, kind: str, seed: int = 0) -> Path:
    """Times by the microsecond, on grids, and anywhere."""
    random = np.random.default_rng(seed)
    times = [
        np.concatenate([random.integers(0, 90_000, 99) * 1e-6, random.integers(0, 12, 30) * 0.01,
                        random.integers(0, 99, 50) * 0.001, random.uniform(0, 0.1, 40)])
        for _ in range(12)
    ]  # fmt: skip
    units = [random.integers(0, 700, len(each)) for each in times]
    labels, speakers = np.arange(12) % 3, [0] * 12
    shd.write(path, zip(times, units, strict=True), labels=labels, speakers=speakers, keys=CLASSES, times=kind)
    return path


@pytest.mark.parametrize("kind", ["float16", "float32", "float64"])
@pytest.mark.parametrize("seconds", [0.01, 0.001, 0.0005, 1 / 24_000, None])
def test_one_raster_for_training_golden_model_and_simulation(tmp_path: Path, seconds: float | None, kind: str) -> None:
    path = grid_file(tmp_path / "x.h5", kind)
    encoding = Encoding(units=700, axons=4, steps=8, step_seconds=seconds, drain=3)
    played = load_samples(path, replace(small_network(), encoding=encoding))
    events, spikes = load_events(path, tmp_path / "cache", encoding)
    assert np.array_equal(events, played.rasters)
    assert np.array_equal(spikes.labels, played.classes)
    for i in range(len(spikes)):
        (((batch,), _),) = batches(spikes, np.array([i]), size=1, config=NO_CHANGE, seed=(0,))
        assert np.array_equal(batch[:, 0], events[i])


def test_classes_of_a_test_set_go_by_name(tmp_path: Path) -> None:
    """In another order than in training, and fewer of them: as golden model and simulation take them."""
    spikes = [([0.01], [1]), ([0.02], [2]), ([0.03], [3])]
    for name, keys in (("few", CLASSES[:0:-1]), ("other", ("violet", "red"))):
        shd.write(tmp_path / f"{name}.h5", spikes, labels=[0, 1, 1], speakers=[0, 0, 0], keys=keys)
    events, labels = load_test(tmp_path / "few.h5", tmp_path / "cache", ENCODING, CLASSES)
    assert labels.tolist() == [2, 1, 1]
    network = replace(small_network(), encoding=replace(ENCODING, axons=4))
    assert load_samples(tmp_path / "few.h5", network).classes.tolist() == [2, 1, 1]
    assert len(events) == 3
    with pytest.raises(InputError, match=r"other\.h5: class 'violet' is none of the network's: red, green, blue$"):
        load_test(tmp_path / "other.h5", tmp_path / "cache", ENCODING, CLASSES)


def test_no_recordings(tmp_path: Path) -> None:
    shd.write(tmp_path / "none.h5", [], labels=[], speakers=[])
    with pytest.raises(InputError, match=r"none\.h5: no recordings, expected at least one$"):
        load_spikes(tmp_path / "none.h5", tmp_path / "cache", ENCODING)
    assert not (tmp_path / "cache").exists()


@pytest.mark.parametrize(
    "change",
    [
        {"units": np.full(5760, 700, np.uint16)},
        {"units": np.zeros(5759, np.uint16)},
        {"units": np.zeros(5760, np.int64)},
        {"times": np.full(5760, np.nan)},
        {"times": np.full(5760, -1.0)},
        {"times": np.zeros(5760, np.int64)},
        {"offsets": np.append(np.arange(48), 5761)},
        {"offsets": np.append(np.arange(48)[::-1], 5760)},
        {"offsets": np.array([0, 5760])},
        {"labels": np.full(48, 3)},
        {"labels": np.full(48, -1)},
        {"labels": np.zeros((48, 1), np.int64)},
        {"speakers": np.zeros(48)},
        {"keys": np.array([1, 2, 3])},
        {"more": np.zeros(1)},
    ],
)
def test_a_hostile_cache_is_made_again(path: Path, tmp_path: Path, change: dict[str, NDArray[Any]]) -> None:
    before = load_spikes(path, tmp_path / "cache", ENCODING)
    (store,) = (tmp_path / "cache").iterdir()
    with np.load(store) as file:
        arrays = dict(file)
    assert len(arrays["units"]) == 5760
    np.savez(store, **{**arrays, **change})
    with pytest.warns(InputWarning, match=r"spikes-.*\.npz: damaged, it is made again"):
        again = load_spikes(path, tmp_path / "cache", ENCODING)
    assert np.array_equal(again.times, before.times)
    assert np.array_equal(again.units, before.units)
    assert again.keys == before.keys


def test_cached_events_of_another_shape_are_made_again(path: Path, tmp_path: Path) -> None:
    before, _ = load_events(path, tmp_path / "cache", ENCODING)
    (store,) = (tmp_path / "cache").glob("events-*")
    np.savez(store, packed=np.zeros((48, 12, 8), np.uint8))
    with pytest.warns(InputWarning, match=r"events-.*\.npz: damaged"):
        assert np.array_equal(load_events(path, tmp_path / "cache", ENCODING)[0], before)


def test_missing_file(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"none\.h5: no such file; expected recordings"):
        load_spikes(tmp_path / "none.h5", tmp_path, ENCODING)


def test_split_by_speaker(spikes: Spikes) -> None:
    train, held_out = split_by_speaker(spikes.speakers, (1, 3))
    assert sorted([*train, *held_out]) == list(range(len(spikes)))
    assert set(spikes.speakers[train]) == {0, 2}
    assert set(spikes.speakers[held_out]) == {1, 3}


@pytest.mark.parametrize(
    ("held_out", "message"),
    [((7,), "no samples of speaker 7: the file has 0, 1, 2, 3"), ((0, 1, 2, 3), "every speaker is held out")],
)
def test_impossible_splits(spikes: Spikes, held_out: tuple[int, ...], message: str) -> None:
    with pytest.raises(InputError, match=re.escape(message)):
        split_by_speaker(spikes.speakers, held_out)


def test_an_epoch_without_augmentation_is_the_encoding_of_every_sample(spikes: Spikes) -> None:
    everything = list(range(len(spikes)))
    seen = []
    for (events,), labels in batches(spikes, np.array(everything), size=16, config=NO_CHANGE, seed=(1, 2)):
        assert events.shape == (12, 16, 70)
        for k, label in enumerate(labels):
            match = [i for i in everything if np.array_equal(encode(*spikes[i], ENCODING), events[:, k])]
            assert len(match) == 1
            assert spikes.labels[match[0]] == label
            seen += match
    assert sorted(seen) == everything


def test_the_seed_alone_decides_an_epoch(spikes: Spikes) -> None:
    config = AugmentConfig(channel_shift=40, channel_stretch=0.1, channel_warp=20, time_shift=0.01,
                           time_stretch=0.2, time_warp=0.01, blend=0.5, event_dropout=0.3)  # fmt: skip
    epochs = [
        np.concatenate(
            [events for (events,), _ in batches(spikes, np.arange(40), size=20, config=config, seed=seed)],
            axis=1,
        )
        for seed in ((5, 0), (5, 0), (5, 1))
    ]
    assert np.array_equal(epochs[0], epochs[1])
    assert not np.array_equal(epochs[0], epochs[2])


def test_a_small_rest_is_left_out(spikes: Spikes) -> None:
    sizes = [
        [len(labels) for _, labels in batches(spikes, np.arange(count), size=10, config=NO_CHANGE, seed=(0,))]
        for count in (24, 25, 3)
    ]
    assert sizes == [[10, 10], [10, 10, 5], [3]]


STEPWISE = Encoding(units=3, axons=3, steps=9, step_seconds=0.001, drain=2)


def test_samples_step_by_step_are_what_the_golden_model_plays(tmp_path: Path) -> None:
    path = tmp_path / "x.npz"
    raster = np.random.default_rng(2).random((5, 9, 3)) < 0.4
    np.savez(path, raster=raster, label=np.array([0, 2, 1, 0, 1]))
    events, spikes = load_events(path, tmp_path, STEPWISE)
    assert np.array_equal(events[:, :9], raster)
    assert not events[:, 9:].any()
    assert (spikes.keys, spikes.labels.tolist()) == (("0", "1", "2"), [0, 2, 1, 0, 1])
    (batch,) = batches(spikes, np.arange(5), size=5, config=NO_CHANGE, seed=(1,))
    order = [int(np.flatnonzero((events == each).all((1, 2)))[0]) for each in batch.events[0].transpose(1, 0, 2)]
    assert sorted(order) == list(range(5))
    assert load_test(path, tmp_path, STEPWISE, ("no", "yes", "maybe"))[1].tolist() == [0, 2, 1, 0, 1]


def test_samples_step_by_step_that_cannot_be_learned(tmp_path: Path) -> None:
    path = tmp_path / "x.npz"
    np.savez(path, raster=np.ones((2, 9, 3), bool))
    with pytest.raises(
        InputError, match=r"x\.npz: its samples have no labels; expected the label of each to train on$"
    ):
        load_spikes(path, tmp_path, STEPWISE)
    np.savez(path, raster=np.ones((2, 9, 3), bool), label=[0, 1])
    with pytest.raises(
        InputError, match=r"x\.npz: its samples are given step by step; expected an encoding with units = "
    ):
        load_spikes(path, tmp_path, replace(STEPWISE, units=6))
    with pytest.raises(
        InputError, match=r"x\.npz: sample 0: an event in step 7; the encoding takes events in steps 0\.\.6"
    ):
        load_spikes(path, tmp_path, replace(STEPWISE, steps=7))
