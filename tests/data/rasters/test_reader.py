# SPDX-License-Identifier: Apache-2.0
"""Samples as .npz and .npy."""

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from data.rasters.rasters import Rasters
from data.rasters.reader import is_raster, read_rasters, save_rasters
from support.errors import InputError

RASTER: Any = np.random.default_rng(5).random((4, 7, 3)) < 0.3
EVENTS: dict[str, Any] = dict(zip(("sample", "step", "axon"), np.nonzero(RASTER), strict=True))
TABLE = np.stack(list(EVENTS.values()), axis=1)


def dense(rasters: Rasters) -> Any:
    return np.stack(list(rasters.rasters(7, 3)))


def test_all_ways_to_write_it_say_the_same(tmp_path: Path) -> None:
    np.savez(tmp_path / "dense.npz", raster=RASTER.astype(np.uint8))
    np.savez(tmp_path / "events.npz", **EVENTS, steps=7, axons=3, samples=4)
    np.save(tmp_path / "dense.npy", RASTER)
    shuffled = np.random.default_rng(0).permutation(TABLE)
    np.save(tmp_path / "table.npy", shuffled.astype(np.float32))
    rows = "\n".join(",".join(map(str, row)) for row in shuffled)
    (tmp_path / "table.csv").write_text(f"sample,step,axon\n{rows}\n")
    names = ["dense.npz", "events.npz", "dense.npy", "table.npy", "table.csv"]
    for name in names:
        assert is_raster(tmp_path / name)
        assert np.array_equal(dense(read_rasters(tmp_path / name)), RASTER)
    assert not is_raster(tmp_path / "x.h5")


def test_labels(tmp_path: Path) -> None:
    label = np.array([1, 0, 1, 2])
    np.savez(tmp_path / "x.npz", raster=RASTER, label=label, keys=np.array(["a", "b", "c"]), speaker=[5, 6, 5, 6])
    rasters = read_rasters(tmp_path / "x.npz")
    assert (rasters.labels.tolist(), rasters.keys, rasters.speakers.tolist()) == (
        [1, 0, 1, 2],
        ("a", "b", "c"),
        [5, 6, 5, 6],
    )
    np.savez(tmp_path / "x.npz", **EVENTS, label=np.array(["b", "a", "b", "a"]))
    assert (read_rasters(tmp_path / "x.npz").labels.tolist(), read_rasters(tmp_path / "x.npz").keys) == (
        [1, 0, 1, 0],
        ("a", "b"),
    )
    np.save(tmp_path / "x.npy", np.column_stack([TABLE, label[TABLE[:, 0]]]))
    assert read_rasters(tmp_path / "x.npy").labels.tolist() == [1, 0, 1, 2]


def test_what_is_saved_is_read(tmp_path: Path) -> None:
    np.savez(tmp_path / "x.npz", raster=RASTER, label=np.array(["b", "a", "b", "a"]), speaker=[1, 2, 3, 4])
    rasters = read_rasters(tmp_path / "x.npz")
    save_rasters(tmp_path / "y.npz", rasters)
    again = read_rasters(tmp_path / "y.npz")
    for name in ("sample", "step", "axon", "labels", "speakers"):
        assert np.array_equal(getattr(again, name), getattr(rasters, name))
    assert (again.keys, again.steps, again.axons) == (rasters.keys, 7, 3)
    save_rasters(tmp_path / "z.npz", again)
    assert (tmp_path / "y.npz").read_bytes() == (tmp_path / "z.npz").read_bytes()


ONE = np.array([0])


@pytest.mark.parametrize(
    ("arrays", "message"),
    [
        ({"raster": RASTER, "labels": ONE}, "expected raster, or sample, step and axon"),
        ({"sample": ONE, "step": ONE}, "expected raster, or sample, step and axon"),
        ({"raster": RASTER, **EVENTS}, "expected raster, or sample, step and axon"),
        ({"raster": RASTER[0]}, "expected shape (samples, steps, axons), none of them 0, not (7, 3)"),
        ({"raster": RASTER[:0]}, "expected shape (samples, steps, axons), none of them 0, not (0, 7, 3)"),
        ({"raster": RASTER * 2}, "raster: expected 0 and 1 only, as a source fires at most once in a step, not 2"),
        ({"raster": RASTER * 1.0}, "raster: expected bool or integers, not float64"),
        ({"sample": ONE, "step": ONE, "axon": np.array([0, 1])}, "2 entries of axon, 1 of sample"),
        ({"sample": ONE, "step": -ONE - 1, "axon": ONE}, "event 0: step must be in 0..65534, not -1"),
        ({"sample": ONE, "step": np.array([np.nan]), "axon": ONE}, "step of event 0 must be a 64-bit integer, not nan"),
        ({"sample": ONE, "step": np.array(["1"]), "axon": ONE}, "step must be integers, not <U1"),
        ({"sample": ONE, "step": ONE, "axon": ONE + 5, "axons": 5}, "event 0: axon 5 is out of range; the file has 5"),
        ({"sample": ONE, "step": ONE + 5, "axon": ONE, "steps": 5}, "event 0: step 5 is out of range; the file has 5"),
        ({"sample": ONE, "step": ONE, "axon": ONE, "steps": 0}, "steps must be a whole number in 1..65535, not 0"),
        ({"sample": ONE[:0], "step": ONE[:0], "axon": ONE[:0]}, "no samples, expected at least one"),
        ({"raster": RASTER, "label": np.array([0, 1])}, "label must have one entry for each of 4 samples, not"),
        ({"raster": RASTER, "label": np.array([0, 1, -1, 0])}, "sample 2: label must be in 0..1048575, not -1"),
        ({"raster": RASTER, "label": np.array([0, 1, np.nan, 0])}, "label of sample 2 must be a 64-bit integer"),
        ({"raster": RASTER, "label": np.zeros(4, int), "keys": np.array(["a", "a"])}, "keys: two classes are called"),
        ({"raster": RASTER, "label": np.ones(4, int), "keys": np.array(["a"])}, "sample 0: label must be in 0..0"),
        ({"raster": RASTER, "label": np.array(list("abca")), "keys": np.array(["a", "b"])}, "sample 2: label 'c' is"),
        ({"raster": RASTER, "keys": np.array(["a"])}, "keys without label; expected the label of each sample"),
    ],
)  # fmt: skip
def test_a_wrong_npz(tmp_path: Path, arrays: dict[str, Any], message: str) -> None:
    np.savez(tmp_path / "x.npz", **arrays)
    with pytest.raises(InputError, match=rf"x\.npz: {re.escape(message)}") as error:
        read_rasters(tmp_path / "x.npz")
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("array", "message"),
    [
        (TABLE[:, :2], "expected shape (samples, steps, axons), or (events, 3 or 4) with sample, step, axon and label"),
        (TABLE - 1, "sample must be in 0.."),
        (np.array([[0, 0, 0, 1], [0, 1, 0, 2]]), "sample 0 has the labels 1 and 2"),
        (np.array([[0, 0, 0, 1], [2, 1, 0, 2]]), "sample 1 has no label, others have; expected one for each"),
        (np.array([[0, 0, np.nan]]), "axon of event 0 must be a 64-bit integer, not nan"),
        (np.zeros((0, 3)), "no samples, expected at least one"),
        (np.array([[{}]]), "no raster file (array holds Python objects, expected numbers)"),
    ],
)
def test_a_wrong_npy(tmp_path: Path, array: Any, message: str) -> None:
    np.save(tmp_path / "x.npy", array, allow_pickle=True)
    with pytest.raises(InputError, match=rf"x\.npy: .*{re.escape(message)}"):
        read_rasters(tmp_path / "x.npy")


@pytest.mark.parametrize("name", ["x.npz", "x.npy"])
@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b"\x93NUMPY\x01\x00", b"text"])
def test_a_damaged_file(tmp_path: Path, name: str, content: bytes) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(InputError, match=rf"{name}: no raster file \(not an {name[1:]}, or a damaged one\)$"):
        read_rasters(tmp_path / name)


def test_no_file(tmp_path: Path) -> None:
    with pytest.raises(
        InputError, match=r"x\.npz: no such file; expected samples step by step \(\.npz, \.npy, \.csv\)$"
    ):
        read_rasters(tmp_path / "x.npz")
    (tmp_path / "y.csv").mkdir()
    with pytest.raises(InputError, match=r"y\.csv: table cannot be read \(Is a directory\)$"):
        read_rasters(tmp_path / "y.csv")
