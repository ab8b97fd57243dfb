"""train.dataset: encoding, cache, split, augmentation."""

import re
from pathlib import Path

import numpy as np
import pytest

from data.shd import Recordings
from model.encoding import encode
from model.errors import InputError
from model.network import Encoding
from tests.train.helpers import write_recordings
from train.config import AugmentConfig
from train.dataset import Spikes, augment, batches, blend, load_events, load_spikes, split_by_speaker

ENCODING = Encoding(units=700, axons=70, steps=9, step_seconds=0.01, drain=3)
NO_CHANGE = AugmentConfig()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return write_recordings(tmp_path / "train.h5")


@pytest.fixture
def spikes(path: Path, tmp_path: Path) -> Spikes:
    return load_spikes(path, tmp_path / "cache")


def test_spikes_are_those_of_the_file_and_of_the_cache(path: Path, tmp_path: Path) -> None:
    first, second = (load_spikes(path, tmp_path / "cache") for _ in range(2))
    assert len(list((tmp_path / "cache").iterdir())) == 1
    with Recordings.open(path) as recordings:
        for spikes in (first, second):
            assert len(spikes) == len(recordings)
            assert spikes.keys == recordings.keys
            assert np.array_equal(spikes.labels, recordings.labels)
            assert np.array_equal(spikes.speakers, recordings.speakers)
            for i, (times, units) in enumerate(recordings):
                assert np.array_equal(spikes[i][0], times)
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
    other = Encoding(units=700, axons=70, steps=8, step_seconds=step_seconds, drain=4)
    assert not np.array_equal(load_events(path, tmp_path / "cache", other)[0], first)


def test_missing_file(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"none\.h5: no such file; expected recordings"):
        load_spikes(tmp_path / "none.h5", tmp_path)


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
    for events, labels in batches(
        spikes, np.array(everything), size=16, encoding=ENCODING, config=NO_CHANGE, seed=(1, 2)
    ):
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
            [
                events
                for events, _ in batches(spikes, np.arange(40), size=20, encoding=ENCODING, config=config, seed=seed)
            ],
            axis=1,
        )
        for seed in ((5, 0), (5, 0), (5, 1))
    ]
    assert np.array_equal(epochs[0], epochs[1])
    assert not np.array_equal(epochs[0], epochs[2])


def test_a_small_rest_is_left_out(spikes: Spikes) -> None:
    sizes = [
        [
            len(labels)
            for _, labels in batches(spikes, np.arange(count), size=10, encoding=ENCODING, config=NO_CHANGE, seed=(0,))
        ]
        for count in (24, 25, 3)
    ]
    assert sizes == [[10, 10], [10, 10, 5], [3]]


@pytest.mark.parametrize(
    ("change", "largest"),
    [
        ("channel_warp", 30.0),
        ("time_warp", 0.02),
        ("channel_shift", 30.0),
        ("time_shift", 0.02),
        ("channel_stretch", 0.1),
        ("time_stretch", 0.2),
    ],
)
def test_a_change_stays_in_its_range_and_uses_it(spikes: Spikes, change: str, largest: float) -> None:
    config = AugmentConfig(**{change: largest})
    random = np.random.default_rng(0)
    # A warp is largest at a knot.
    at = (0.2, 466) if change.endswith("warp") else (0.05, 500)
    times, units = np.full(50, at[0], np.float32), np.full(50, at[1], np.int32)
    found = []
    for _ in range(200):
        t, u = augment(times, units, ENCODING, config, random)
        assert len(t) == 50
        found.append({
            "channel_shift": u[0] - 500,
            "channel_warp": u[0] - 466,
            "time_warp": t[0] - 0.2,
            "time_shift": t[0] - 0.05,
            "channel_stretch": (u[0] - 349.5) / 150.5 - 1,
            "time_stretch": t[0] / 0.05 - 1,
        }[change])  # fmt: skip
    slack = 0.5 / 150 if change == "channel_stretch" else 1e-5
    assert -largest - slack <= min(found) < -0.9 * largest
    assert 0.9 * largest < max(found) <= largest + slack


def test_what_leaves_the_window_is_dropped() -> None:
    random = np.random.default_rng(0)
    config = AugmentConfig(channel_shift=300, time_shift=0.2)
    times = np.linspace(0, 0.1, 700, dtype=np.float32)
    lost = 0
    for _ in range(50):
        t, u = augment(times, np.arange(700, dtype=np.int32), ENCODING, config, random)
        assert ((t >= 0) & (u >= 0) & (u < 700)).all()
        lost += 700 - len(t)
    assert lost > 0


def test_event_dropout_reaches_its_largest_rate() -> None:
    random = np.random.default_rng(0)
    times, units = np.zeros(1000, np.float32), np.zeros(1000, np.int32)
    config = AugmentConfig(event_dropout=0.6)
    kept = [len(augment(times, units, ENCODING, config, random)[0]) for _ in range(300)]
    assert 350 < min(kept) < 450
    assert 980 < max(kept) <= 1000


def test_a_blend_has_half_of_each_at_the_centre_of_the_first() -> None:
    random = np.random.default_rng(0)
    first = (np.full(1000, 0.3, np.float32), np.full(1000, 100, np.int32))
    second = (np.repeat([0.1, 0.2], 500).astype(np.float32), np.repeat([400, 420], 500).astype(np.int32))
    times, units = blend(first, second, random)
    assert 930 < len(times) < 1070
    assert sorted({(float(t), int(u)) for t, u in zip(times.round(3), units, strict=True)}) == [
        (pytest.approx(0.25), 90), (pytest.approx(0.3), 100), (pytest.approx(0.35), 110),
    ]  # fmt: skip


def test_a_blend_with_an_empty_recording() -> None:
    empty = (np.zeros(0, np.float32), np.zeros(0, np.int32))
    times, _ = blend(empty, (np.full(100, 0.2, np.float32), np.full(100, 7, np.int32)), np.random.default_rng(0))
    assert 30 < len(times) < 70
