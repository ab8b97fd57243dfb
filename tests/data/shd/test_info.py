# SPDX-License-Identifier: Apache-2.0
"""The summary of a file, counted by hand."""

import json
from pathlib import Path

import pytest
from rich.console import Console

from data.shd import info
from data.shd import reader as shd
from support.errors import InputError


@pytest.fixture
def path(tmp_path: Path) -> Path:
    spikes = [([0.5, 0.25], [3, 3]), ([], []), ([0.125, 0.25, 0.75, 1.0], [699, 0, 3, 8])]
    shd.write(tmp_path / "a.h5", spikes, labels=[2, 0, 2], speakers=[9, 4, 4], keys=["[b]", "none", "c"])
    return tmp_path / "a.h5"


def test_summary(path: Path) -> None:
    facts = info.summary(path)
    assert json.loads(json.dumps(facts)) == {
        "path": str(path),
        "samples": 3,
        "classes": 3,
        "speakers": 2,
        "per_class": {"[b]": 1, "none": 0, "c": 2},
        "per_speaker": {"4": 2, "9": 1},
        "spikes": {"mean": 2.0, "min": 0.0, "max": 4.0},
        "duration_s": {"mean": 0.5, "min": 0.0, "max": 1.0},
        "times": "float64",
        "units": 700,
        "active_units": 4,
    }


def test_table(path: Path) -> None:
    console = Console(width=100, record=True, quiet=False)
    with console.capture() as capture:
        console.print(info.table(info.summary(path)))
    text = capture.get()
    for line in ("a.h5", "mean 2, 0 to 4", "mean 0.50, 0.00 to 1.00", "4 of 700", "[b] 1, none 0, c 2"):
        assert line in text


def test_empty_file(tmp_path: Path) -> None:
    shd.write(tmp_path / "empty.h5", [], labels=[], speakers=[])
    with pytest.raises(InputError, match=r"empty\.h5: no recordings, expected at least one"):
        info.summary(tmp_path / "empty.h5")


def test_defect_is_reported(path: Path) -> None:
    with pytest.raises(InputError, match=r"b\.h5: no such file"):
        info.summary(path.with_name("b.h5"))


def test_a_folder_is_called_one(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r": a folder; expected an HDF5 file of the SHD format$"):
        info.summary(tmp_path)
