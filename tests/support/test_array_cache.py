# SPDX-License-Identifier: Apache-2.0
"""What is kept is used; what is damaged is made again, with a word."""

import warnings
from pathlib import Path

import numpy as np
import pytest

from support.array_cache import Arrays, kept
from support.errors import InputError, InputWarning


def right(arrays: Arrays) -> bool:
    return arrays["x"].shape == (3,)


def make() -> Arrays:
    return {"x": np.arange(3)}


def fail() -> Arrays:
    raise AssertionError("made again")


def test_made_once(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "x.npz"
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert kept(path, right, make)["x"].tolist() == [0, 1, 2]
        assert kept(path, right, fail)["x"].tolist() == [0, 1, 2]
    assert list(path.parent.iterdir()) == [path]


@pytest.mark.parametrize("damage", ["cut", "empty", "text", "other", "missing", "objects"])
def test_damaged(tmp_path: Path, damage: str) -> None:
    path = tmp_path / "x.npz"
    kept(path, right, make)
    whole = path.read_bytes()
    path.write_bytes({"cut": whole[:-30], "empty": b"", "text": b"PK, but no"}.get(damage, whole))
    if damage == "other":
        np.savez(path, x=np.arange(4))
    elif damage == "missing":
        np.savez(path, y=np.arange(3))
    elif damage == "objects":
        np.savez(path, x=np.array([{}] * 3, object))
    with pytest.warns(InputWarning, match=r"x\.npz: damaged, it is made again$"):
        assert kept(path, right, make)["x"].tolist() == [0, 1, 2]
    assert kept(path, right, fail)["x"].tolist() == [0, 1, 2]


def test_no_place(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(InputError, match=r"file: cannot be made|file/x\.npz: cannot be"):
        kept(tmp_path / "file" / "x.npz", right, make)
