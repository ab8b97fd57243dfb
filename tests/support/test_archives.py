# SPDX-License-Identifier: Apache-2.0
"""Arrays from files of others; tests/model/image/test_hostile.py goes on."""

from pathlib import Path

import numpy as np
import pytest

from support.archives import read_npy, read_npz
from support.errors import InputError


def test_arrays(tmp_path: Path) -> None:
    np.savez(tmp_path / "x.npz", a=[1, 2], b=np.ones((2, 2)))
    assert {name: array.shape for name, array in read_npz(tmp_path / "x.npz", "thing").items()} == {
        "a": (2,),
        "b": (2, 2),
    }
    np.save(tmp_path / "x.npy", [3])
    assert read_npy(tmp_path / "x.npy", "thing").tolist() == [3]


@pytest.mark.parametrize("read", [read_npz, read_npy])
def test_what_is_none(tmp_path: Path, read: object) -> None:
    assert callable(read)
    (tmp_path / "x").write_bytes(b"nothing")
    with pytest.raises(InputError, match=r"x: no thing file \(not an \.np"):
        read(tmp_path / "x", "thing")
    with pytest.raises(InputError, match=r"y: thing cannot be read \(No such file"):
        read(tmp_path / "y", "thing")


def test_a_claim_that_the_file_does_not_hold(tmp_path: Path) -> None:
    np.save(tmp_path / "x.npy", np.zeros(100))
    cut = (tmp_path / "x.npy").read_bytes()[:200]
    (tmp_path / "x.npy").write_bytes(cut)
    with pytest.raises(
        InputError, match=r"x\.npy: no thing file \(array claims the shape \(100,\), for which the file has"
    ):
        read_npy(tmp_path / "x.npy", "thing")
