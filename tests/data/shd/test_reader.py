# SPDX-License-Identifier: Apache-2.0
"""The SHD file format: what is written is read back, and every defect of a file is named."""

import pickle
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

from data.shd import reader as shd
from support.errors import InputError
from support.paths import ROOT

SHARED = ROOT.parent / "shared"


def spikes(count: int, seed: int = 1) -> list[tuple[np.ndarray, np.ndarray]]:
    """Random recordings of 0 to 50 spikes, the first of them empty."""
    rng = np.random.default_rng(seed)
    sizes = [0, *rng.integers(1, 50, count - 1)]
    return [(np.sort(rng.random(n)), rng.integers(0, shd.CHANNELS, n)) for n in sizes]


@pytest.fixture
def good(tmp_path: Path) -> Path:
    path = tmp_path / "good.h5"
    shd.write(path, spikes(5), labels=[0, 19, 3, 3, 7], speakers=[2, 2, 0, 1, 11], times="float16")
    return path


@pytest.mark.parametrize("kind", ["float16", "float32", "float64"])
def test_round_trip(tmp_path: Path, kind: str) -> None:
    # More than one block of the iterator.
    recordings, path = spikes(300), tmp_path / "deep" / "file.h5"
    labels, speakers = np.arange(300) % 20, np.arange(300) % 7
    shd.write(path, recordings, labels=labels, speakers=speakers, times=kind)
    with shd.Recordings.open(path) as read:
        assert len(read) == 300
        assert read.stored == kind
        assert read.keys == shd.CLASSES
        np.testing.assert_array_equal(read.labels, labels)
        np.testing.assert_array_equal(read.speakers, speakers)
        for index, ((times, units), seen) in enumerate(zip(recordings, read, strict=True)):
            np.testing.assert_array_equal(seen[0], times.astype(kind).astype(float))
            np.testing.assert_array_equal(seen[1], units)
            alone = read.sample(index)
            np.testing.assert_array_equal(alone[0], seen[0])
            np.testing.assert_array_equal(alone[1], seen[1])
    assert list(path.parent.iterdir()) == [path]


def test_layout_is_the_official_one(good: Path) -> None:
    with h5py.File(good) as file:
        assert h5py.check_vlen_dtype(file["spikes/times"].dtype) == np.float16
        assert h5py.check_vlen_dtype(file["spikes/units"].dtype) == np.uint16
        assert file["labels"].dtype == file["extra/speaker"].dtype == np.uint16
        assert [key.decode() for key in file["extra/keys"]] == list(shd.CLASSES)


def test_equal_input_gives_equal_bytes(good: Path, tmp_path: Path) -> None:
    shd.write(tmp_path / "again.h5", spikes(5), labels=[0, 19, 3, 3, 7], speakers=[2, 2, 0, 1, 11], times="float16")
    assert (tmp_path / "again.h5").read_bytes() == good.read_bytes()


def test_take_and_select(good: Path) -> None:
    read, expected = shd.Recordings.open(good), [units.tolist() for _, units in spikes(5)]
    assert read.take(2).labels.tolist() == [0, 19]
    chosen = read.select([4, 1, 1, 3]).select([1, 0, 3])
    assert chosen.labels.tolist() == [19, 7, 3]
    assert chosen.speakers.tolist() == [2, 11, 1]
    assert [units.tolist() for _, units in chosen] == [expected[1], expected[4], expected[3]]
    assert chosen.sample(1)[1].tolist() == expected[4]
    for count in (0, 6):
        with pytest.raises(InputError, match=f"good.h5: samples must be in 1..5, not {count}"):
            read.take(count)
    for index in (-1, 5):
        with pytest.raises(IndexError, match=f"recording must be in 0..4, not {index}"):
            read.sample(index)
        with pytest.raises(IndexError, match=r"recordings must be in 0\.\.4"):
            read.select([index])


def test_survives_pickling_with_an_open_file(good: Path) -> None:
    read = shd.Recordings.open(good)
    expected = read.sample(3)[1].tolist()
    assert pickle.loads(pickle.dumps(read)).sample(3)[1].tolist() == expected
    read.close()
    assert read.sample(3)[1].tolist() == expected


def test_missing_file(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"none\.h5: no such file; expected an HDF5 file"):
        shd.Recordings.open(tmp_path / "none.h5")


def test_not_hdf5(tmp_path: Path) -> None:
    (tmp_path / "text.h5").write_text("not spikes at all")
    with pytest.raises(InputError, match=r"text\.h5: not an HDF5 file, or a damaged one"):
        shd.Recordings.open(tmp_path / "text.h5")


def test_truncated_file(good: Path) -> None:
    good.write_bytes(good.read_bytes()[:-200])
    with pytest.raises(InputError, match=r"good\.h5: not an HDF5 file, or a damaged one"):
        shd.Recordings.open(good)


@pytest.mark.parametrize("name", ["spikes/times", "spikes/units", "labels", "extra/speaker", "extra/keys"])
def test_missing_dataset_is_named(good: Path, name: str) -> None:
    with h5py.File(good, "a") as file:
        del file[name]
    with pytest.raises(InputError, match=f"good.h5: dataset {name} is missing"):
        shd.Recordings.open(good)


def test_group_in_place_of_a_dataset(good: Path) -> None:
    with h5py.File(good, "a") as file:
        del file["labels"]
        file.create_group("labels")
    with pytest.raises(InputError, match="dataset labels is missing"):
        shd.Recordings.open(good)


def _replace(name: str, value: Any) -> Callable[[h5py.File], None]:
    def edit(file: h5py.File) -> None:
        del file[name]
        file[name] = value

    return edit


@pytest.mark.parametrize(
    ("edit", "message"),
    [
        (_replace("labels", np.zeros(4, np.uint16)), "lengths differ: spikes/times 5, spikes/units 5, labels 4"),
        (
            _replace("labels", np.array([0, 1, 0.5, 2, 3])),
            "dataset labels: recording 2 must be a 64-bit integer, not 0.5",
        ),
        (_replace("labels", np.uint16(3)), "dataset labels is a single value"),
        (_replace("labels", np.array([0, 1, 20, 2, 3])), "recording 2: label 20 is out of range; extra/keys names 20"),
        (_replace("labels", np.array([0, 1, 2, -1, 3])), "recording 3: label -1 is out of range"),
        (_replace("spikes/times", np.zeros(5)), "dataset spikes/times must hold a row of numbers per recording"),
    ],
)
def test_defects_seen_on_opening(good: Path, edit: Callable[[h5py.File], None], message: str) -> None:
    with h5py.File(good, "a") as file:
        edit(file)
    with pytest.raises(InputError, match=re.escape(f"{good}: {message}")):
        shd.Recordings.open(good)


@pytest.mark.parametrize(
    ("times", "units", "message"),
    [
        ([0.1, 0.2, 0.3], [1, 2], "lengths differ: times 3, units 2"),
        ([0.1, 0.2], [1, 700], "unit 700 is out of range; units are 0..699"),
        ([0.1, -0.5], [1, 2], "time of spike 1 must be finite seconds, 0 or later, not -0.5"),
        ([0.1, np.nan], [1, 2], "time of spike 1 must be finite seconds, 0 or later, not nan"),
    ],
)
def test_defects_seen_on_reading(good: Path, times: list[float], units: list[int], message: str) -> None:
    with h5py.File(good, "a") as file:
        file["spikes/times"][4] = np.asarray(times, np.float16)
        file["spikes/units"][4] = np.asarray(units, np.uint16)
    read = shd.Recordings.open(good)
    read.sample(3)
    with pytest.raises(InputError, match=re.escape(f"{good}: recording 4: {message}")):
        read.sample(4)
    with pytest.raises(InputError, match=re.escape(message)):
        list(read)
