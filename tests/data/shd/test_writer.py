# SPDX-License-Identifier: Apache-2.0
"""What is written keeps its precision, and what its types cannot hold is refused."""

import re
import warnings
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

from data.shd import reader as shd
from support.errors import InputError, InputWarning

ONE: dict[str, Any] = {"labels": [0], "speakers": [0]}


@pytest.fixture
def good(tmp_path: Path) -> Path:
    path = tmp_path / "good.h5"
    shd.write(path, [([0.5], [3])], **ONE)
    return path


@pytest.mark.parametrize(
    ("times", "kind"),
    [
        ([np.array([0.1], np.float16)], "float16"),
        ([np.array([0.1], np.float32)], "float32"),
        ([np.array([0.1], np.float64)], "float64"),
        ([[0.1]], "float64"),
        ([[1]], "float64"),
        ([np.array([0.1], np.float16), np.array([0.1], np.float32)], "float32"),
        ([[], np.array([0.1], np.float16), np.array([], np.float64)], "float16"),
        ([], "float16"),
        ([np.array([0.5], np.longdouble)], "float64"),
    ],
)
def test_times_keep_their_precision(tmp_path: Path, times: list[Any], kind: str) -> None:
    many = len(times)
    shd.write(tmp_path / "x.h5", ((each, [7] * len(each)) for each in times), labels=[0] * many, speakers=[0] * many)
    with shd.Recordings.open(tmp_path / "x.h5") as read:
        assert read.stored == kind
        for given, (seen, _) in zip(times, read, strict=True):
            assert np.array_equal(given, seen)


def test_a_word_where_rounding_changes_a_step(tmp_path: Path) -> None:
    """A grid that float16 still tells apart keeps its steps; one that it does not loses them, and that is said."""
    grid = [(np.arange(1000) * 0.001, np.zeros(1000, int))]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        shd.write(tmp_path / "a.h5", grid, **ONE, times="float16", step_seconds=0.001)
        shd.write(tmp_path / "a.h5", grid, **ONE, step_seconds=0.0001)
    fine = [(np.arange(10_000) * 0.0001, np.zeros(10_000, int))]
    with pytest.warns(InputWarning, match=r"b\.h5: \d{4} times are in another step of 0\.0001 s as float16$"):
        shd.write(tmp_path / "b.h5", fine, **ONE, times="float16", step_seconds=0.0001)


@pytest.mark.parametrize(
    ("recordings", "labels", "speakers", "message"),
    [
        ([], [1], [1, 2], "lengths differ: labels 1, extra/speaker 2"),
        ([([0.1], [1])], [1, 2], [1, 2], "lengths differ: labels 2, spikes 1"),
        ([([0.1], [1])] * 3, [1, 2], [1, 2], "lengths differ: labels 2, spikes more than 2"),
        ([([0.1], [1])], [20], [1], "recording 0: label 20 is out of range"),
        ([([0.1], [-1])], [2], [1], "recording 0: unit -1 is out of range"),
        ([([0.1], [1, 2])], [2], [1], "recording 0: lengths differ: times 1, units 2"),
        ([([0.1], [1.7])], [2], [1], "recording 0: unit of spike 0 must be a 64-bit integer, not 1.7"),
        ([([0.1], [np.nan])], [2], [1], "recording 0: unit nan is out of range"),
        ([([0.1], np.array([2**63], np.uint64))], [2], [1], f"recording 0: unit {2**63} is out of range"),
        ([([0.1], ["1"])], [2], [1], "recording 0: units must be numbers, not <U1"),
        ([(["a"], [1])], [2], [1], "recording 0: times must be numbers, not <U1"),
        ([([1j], [1])], [2], [1], "recording 0: times must be numbers, not complex128"),
        ([([[0.1]], [[1]])], [2], [1], "recording 0: lengths differ"),
        ([([np.inf], [1])], [2], [1], "recording 0: time of spike 0 must be finite seconds, 0 or later, not inf"),
        ([([0.1], [1])], [2], [70000], "extra/speaker: recording 0 must be in 0..65535, not 70000"),
        ([([0.1], [1])], [2], [-1], "extra/speaker: recording 0 must be in 0..65535, not -1"),
        ([([0.1], [1])], [2], [0.5], "extra/speaker: recording 0 must be a 64-bit integer, not 0.5"),
        ([([0.1], [1])], [2], ["x"], "extra/speaker must be one integer per recording, not <U1 of shape (1,)"),
        ([([0.1], [1])], [np.nan], [1], "labels: recording 0 must be a 64-bit integer, not nan"),
        (
            [([0.1], [1])],
            np.array([2**64 - 1], np.uint64),
            [1],
            f"labels: recording 0 must be a 64-bit integer, not {2**64 - 1}",
        ),
        ([([0.1], [1])], [65536], [1], "labels: recording 0 must be in 0..65535, not 65536"),
    ],
)
def test_refused_writes_leave_the_old_file(
    good: Path, recordings: list[Any], labels: list[int], speakers: list[int], message: str
) -> None:
    before = good.read_bytes()
    with pytest.raises(InputError, match=re.escape(f"{good}: {message}")):
        shd.write(good, recordings, labels=labels, speakers=speakers)
    assert good.read_bytes() == before
    assert list(good.parent.iterdir()) == [good]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"keys": ["a", "b", "a"]}, "dataset extra/keys: classes 0 and 2 are both called 'a'"),
        ({"keys": ["\ud800"]}, "extra/keys: name 0 must be text without zero bytes, not '\\ud800'"),
        ({"keys": ["a\0"]}, "extra/keys: name 0 must be text without zero bytes, not 'a\\x00'"),
        ({"keys": [3]}, "extra/keys: name 0 must be text without zero bytes, not 3"),
        ({"times": "int8"}, "times must be stored as one of float16, float32, float64, not 'int8'"),
        ({"step_seconds": 0}, "step_seconds must be above 0, not 0"),
        ({"times": "float16"}, "recording 0: time of spike 1 must be at most 65504 s to be a float16, not 70000.0"),
    ],
)
def test_what_the_types_cannot_hold(good: Path, options: dict[str, Any], message: str) -> None:
    before = good.read_bytes()
    with pytest.raises(InputError, match=re.escape(f"{good}: {message}")):
        shd.write(good, [([0.5, 70000.0], [1, 1])], **{**ONE, **options})
    assert good.read_bytes() == before
    assert list(good.parent.iterdir()) == [good]


def test_a_place_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "folder" / "x").mkdir(parents=True)
    with pytest.raises(InputError, match=r"folder: cannot be written \(Is a directory\)$"):
        shd.write(tmp_path / "folder", [([0.5], [3])], **ONE)
    with pytest.raises(
        InputError, match=r"/proc/x\.h5: cannot be written, expected a writable folder \(No such file or directory\)$"
    ):
        shd.write("/proc/x.h5", [([0.5], [3])], **ONE)
    assert [path.name for path in tmp_path.iterdir()] == ["folder"]


def test_names_with_markup_and_other_letters(tmp_path: Path) -> None:
    keys = ("[x]", "[/x]", "fünf", "五", " a ", "")
    shd.write(tmp_path / "x.h5", [], labels=[], speakers=[], keys=keys)
    assert shd.Recordings.open(tmp_path / "x.h5").keys == keys
    with h5py.File(tmp_path / "x.h5") as file:
        assert file["labels"].dtype == file["extra/speaker"].dtype == np.uint16
