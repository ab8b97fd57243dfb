# SPDX-License-Identifier: Apache-2.0
"""Recordings in every form of HDF5 are the same spikes, or one line that names file, dataset and value."""

import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

from data.shd import hdf5
from data.shd import reader as shd
from flow.cli import run
from support.errors import InputError

TIMES = [[0, 1, 2, 7], [], [3, 3, 5]]
"""Whole seconds, which every type holds."""
UNITS = [[0, 699, 256, 1], [], [300, 2, 513]]
KEYS = [b"one", b"two"]


def write(path: Path, *, times: Any = "<f2", units: Any = "<u2", labels: Any = "<u2", fixed: str = "",
          values: Any = (TIMES, UNITS)) -> Path:  # fmt: skip
    """A file by h5py alone. ``fixed``: rows of one length, in two dimensions ("rows") or of an array type ("array")."""
    with h5py.File(path, "w") as file:
        for name, kind, rows in (("times", times, values[0]), ("units", units, values[1])):
            if fixed == "rows":
                file.create_dataset(f"spikes/{name}", data=np.array(rows, kind), dtype=kind)
            elif fixed:
                row = np.dtype((kind, (len(rows[0]),)))
                file.create_dataset(f"spikes/{name}", (len(rows),), row)[...] = np.array(rows, kind)
            else:
                there = file.create_dataset(f"spikes/{name}", (len(rows),), h5py.vlen_dtype(np.dtype(kind)))
                for i, each in enumerate(rows):
                    there[i] = np.array(each, kind)
        file["labels"] = np.array([1, 0, 1][: len(values[0])], labels)
        file["extra/speaker"] = np.array([4, 5, 60000][: len(values[0])], labels)
        file["extra/keys"] = np.array(KEYS)
    return path


def check(path: Path, values: Any = (TIMES, UNITS)) -> None:
    with shd.Recordings.open(path) as read:
        assert read.keys == ("one", "two")
        assert read.labels.tolist() == [1, 0, 1][: len(read)]
        assert read.speakers.tolist() == [4, 5, 60000][: len(read)]
        for i, (times, units) in enumerate(read):
            assert (times.dtype, units.dtype) == (np.float64, np.int64)
            assert times.tolist() == values[0][i] == read.sample(i)[0].tolist()
            assert units.tolist() == values[1][i] == read.sample(i)[1].tolist()
        few = read.select([len(read) - 1, 0])
        assert [units.tolist() for _, units in few] == [values[1][-1], values[1][0]]


@pytest.mark.parametrize("order", "<>")
@pytest.mark.parametrize("fixed", ["", "rows", "array"])
@pytest.mark.parametrize(
    ("times", "units"),
    [("f2", "u2"), ("f4", "i2"), ("f8", "u4"), ("f2", "i4"), ("i8", "i8"), ("u4", "u8"), ("f8", "f8"), ("i2", "f4"),
     ("u1", "f2")],
)  # fmt: skip
def test_every_form_is_the_same_spikes(tmp_path: Path, order: str, fixed: str, times: str, units: str) -> None:
    values: Any = ([[0.0, 2.0], [3.0, 3.0]], [[1, 699], [256, 0]]) if fixed else (TIMES, UNITS)
    labels = f"{order}{'f4' if 'f' in units else 'i8'}"
    check(write(tmp_path / "x.h5", times=order + times, units=order + units, labels=labels, fixed=fixed, values=values),
          values)  # fmt: skip


def test_bytes_of_the_other_order_are_what_the_file_holds(tmp_path: Path) -> None:
    """Not what h5py makes of them: 0.5 is 38 00 in a float16 that begins with its high byte."""
    path = write(tmp_path / "x.h5", times=">f2", values=([[0.5, 1.0, 2.25]], [[1, 2, 3]]))
    assert bytes.fromhex("38003c004080") in path.read_bytes()
    assert shd.Recordings.open(path).sample(0)[0].tolist() == [0.5, 1.0, 2.25]


def test_a_later_h5py_may_read_them_right(monkeypatch: pytest.MonkeyPatch) -> None:
    assert hdf5._leaves_bytes_swapped() in (True, False)
    with h5py.File("probe", "w", driver="core", backing_store=False) as file:
        there = file.create_dataset("x", (1,), h5py.vlen_dtype(np.dtype(">u2")))
        there[0] = np.array([258], ">u2")
        monkeypatch.setattr(hdf5, "_leaves_bytes_swapped", lambda: False)
        seen = hdf5.Rows(there, "x").read(0)
        assert seen.tolist() == there[0].tolist()


def test_big_rows_of_one_length_are_read_in_parts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hdf5, "_BLOCK_SPIKES", 5)
    values: Any = ([[0.0, 1.0], [2.0, 3.0], [4.0, 5.0]], [[1, 2], [3, 4], [5, 6]])
    check(write(tmp_path / "x.h5", fixed="rows", values=values), values)


def test_links_are_followed(tmp_path: Path) -> None:
    path, other = write(tmp_path / "x.h5"), tmp_path / "other.h5"
    with h5py.File(path, "a") as file, h5py.File(other, "w") as elsewhere:
        elsewhere["spikes"] = h5py.ExternalLink("x.h5", "/spikes")
        elsewhere["names"] = file["extra/keys"][...]
        elsewhere["extra/keys"] = h5py.SoftLink("/names")
        elsewhere["extra/speaker"] = h5py.ExternalLink("x.h5", "/extra/speaker")
        layout = h5py.VirtualLayout((3,), "u2")
        layout[:] = h5py.VirtualSource("x.h5", "labels", (3,))
        elsewhere.create_virtual_dataset("labels", layout)
    check(other)


def test_strings_of_other_libraries(tmp_path: Path) -> None:
    """Of variable length, and padded with spaces as Fortran does."""
    path = write(tmp_path / "x.h5")
    with h5py.File(path, "a") as file:
        del file["extra/keys"]
        file["extra/keys"] = np.array(["one", "two"], h5py.string_dtype())
    check(path)
    with h5py.File(path, "a") as file:
        del file["extra/keys"]
        padded, space = h5py.h5t.C_S1.copy(), h5py.h5s.create_simple((2,))
        padded.set_size(6)
        padded.set_strpad(h5py.h5t.STR_SPACEPAD)
        h5py.h5d.create(file["extra"].id, b"keys", padded, space).write(
            space, space, np.array([b"one   ", b"two"], "S6")
        )
    check(path)


def put(name: str, value: Any, **options: Any) -> Callable[[h5py.File], None]:
    def edit(file: h5py.File) -> None:
        del file[name]
        if isinstance(value, h5py.SoftLink | h5py.ExternalLink | h5py.Empty):
            file[name] = value
        else:
            file.create_dataset(name, data=value, **options)

    return edit


def claim(name: str, shape: tuple[int, ...], kind: Any, **options: Any) -> Callable[[h5py.File], None]:
    """A dataset that claims a shape and holds nothing."""

    def edit(file: h5py.File) -> None:
        del file[name]
        file.create_dataset(name, shape, kind, **options)

    return edit


def virtual(file: h5py.File) -> None:
    del file["labels"]
    layout = h5py.VirtualLayout((3,), "u2")
    layout[:] = h5py.VirtualSource("none.h5", "labels", (3,))
    file.create_virtual_dataset("labels", layout)


def padded_bits(file: h5py.File) -> None:
    del file["spikes/units"]
    kind = h5py.h5t.STD_I16LE.copy()
    kind.set_precision(12)
    h5py.h5d.create(file["spikes"].id, b"units", h5py.h5t.vlen_create(kind), h5py.h5s.create_simple((3,)))


def row(name: str, number: int, values: Any) -> Callable[[h5py.File], None]:
    def edit(file: h5py.File) -> None:
        kept = [each.tolist() for each in file[name]]
        kept[number] = values
        del file[name]
        kind = np.float64 if "times" in name or np.asarray(values).dtype.kind == "f" else np.asarray(values).dtype
        there = file.create_dataset(name, (3,), h5py.vlen_dtype(kind))
        for i, each in enumerate(kept):
            there[i] = np.asarray(each, kind)

    return edit


TEXT = h5py.string_dtype()
BAD: list[tuple[Callable[[h5py.File], None], str]] = [
    (put("labels", h5py.Empty("u2")), "dataset labels is null: it has neither entries nor a shape"),
    (put("spikes/times", h5py.Empty("f4")), "dataset spikes/times is null"),
    (put("extra/keys", h5py.Empty("S3")), "dataset extra/keys is null"),
    (put("extra/speaker", 3), "dataset extra/speaker is a single value"),
    (put("spikes/units", 3), "dataset spikes/units is a single value"),
    (put("extra/keys", b"one"), "dataset extra/keys is a single value"),
    (put("labels", h5py.SoftLink("/none")), "dataset labels cannot be opened"),
    (put("labels", h5py.SoftLink("/labels")), "dataset labels cannot be opened"),
    (put("spikes/times", h5py.ExternalLink("none.h5", "/x")), "dataset spikes/times cannot be opened"),
    (put("labels", h5py.SoftLink("/spikes")), "dataset labels is missing"),
    (virtual, "dataset labels is virtual, and 'labels' of 'none.h5', of which it is made, is missing"),
    (claim("labels", (3,), "u2", external=[("none.raw", 0, 6)]), "dataset labels cannot be read: the file is damaged"),
    (put("labels", np.array([0, np.nan, 1])), "dataset labels: recording 1 must be a 64-bit integer, not nan"),
    (put("labels", np.array([0, 1.5, 1])), "dataset labels: recording 1 must be a 64-bit integer, not 1.5"),
    (put("extra/speaker", np.array([0, 1, np.inf])), "dataset extra/speaker: recording 2 must be a 64-bit int"),
    (put("extra/speaker", np.array([1, 2**64 - 1, 1], "u8")), f"recording 1 must be a 64-bit integer, not {2**64 - 1}"),
    (put("labels", np.array([0, 2, 1])), "recording 1: label 2 is out of range; extra/keys names 2 classes"),
    (put("labels", np.array([[0], [1], [1]])), "dataset labels must have one dimension, not shape (3, 1)"),
    (put("labels", np.array([True, False, True])), "dataset labels must hold one integer per recording, not bool"),
    (put("labels", np.array([b"a"] * 3)), "dataset labels must hold one integer per recording, not text"),
    (put("labels", np.array([1j] * 3)), "dataset labels must hold one integer per recording, not complex128"),
    (claim("labels", (3,), h5py.ref_dtype), "dataset labels must hold one integer per recording, not object"),
    (claim("labels", (10**13,), "i8", chunks=(1000,)), "dataset labels has 10000000000000 entries; expected at most"),
    (
        put("extra/keys", np.array([b"one", b"f\xfcnf"])),
        "dataset extra/keys: name 1 must be text in UTF-8, not b'f\\xfcnf'",
    ),
    (put("extra/keys", np.array([b"a", b"\xed\xa0\x80"])), "dataset extra/keys: name 1 must be text in UTF-8"),
    (
        put("extra/keys", [b"one", b"f\xfc"], dtype=TEXT),
        "dataset extra/keys: name 1 must be text in UTF-8, not b'f\\xfc'",
    ),
    (put("extra/keys", np.array([[b"one", b"two"]])), "dataset extra/keys must have one dimension, not shape (1, 2)"),
    (put("extra/keys", np.array([b"[x]", b"[x]"])), "dataset extra/keys: classes 0 and 1 are both called '[x]'"),
    (put("extra/keys", np.array([1, 2])), "dataset extra/keys must hold the name of each class, not int64"),
    (put("extra/keys", np.array([b"one"])), "recording 0: label 1 is out of range; extra/keys names 1 classes"),
    (claim("extra/keys", (2,), "S20000000", chunks=(1,)), "dataset extra/keys: 2 names of 20000000 bytes; expected at"),
    (claim("extra/keys", (10**12,), TEXT, chunks=(100,)), "dataset extra/keys has 1000000000000 entries"),
    (
        put("spikes/times", np.array([b"a"] * 3)),
        "dataset spikes/times must hold a row of numbers per recording, not sh",
    ),
    (put("spikes/times", np.zeros((3, 2, 2))), "dataset spikes/times must hold a row of numbers per recording, not sh"),
    (
        put("spikes/units", np.zeros((3, 2), "c8")),
        "dataset spikes/units must hold a row of numbers per recording, not c",
    ),
    (
        claim("spikes/times", (3,), h5py.vlen_dtype(np.longdouble)),
        "dataset spikes/times must hold a row of numbers per",
    ),
    (claim("spikes/times", (3,), h5py.vlen_dtype(h5py.vlen_dtype("f4"))), "dataset spikes/times must hold a row of"),
    (claim("spikes/times", (3,), TEXT), "dataset spikes/times must hold a row of numbers per recording"),
    (
        claim("spikes/times", (3, 10**13), "f4", chunks=(1, 100)),
        "dataset spikes/times: 3 rows of 10000000000000 spikes",
    ),
    (
        claim("spikes/times", (10**13, 0), "f4", chunks=(1, 1), maxshape=(None, None)),
        "dataset spikes/times has 1000000",
    ),
    (padded_bits, "dataset spikes/units: its numbers have padding bits; expected ordinary ones"),
    (put("spikes/times", np.zeros((3, 2))), "recording 0: lengths differ: times 2, units 4"),
    (
        put("spikes/times", np.zeros((4, 2))),
        "lengths differ: spikes/times 4, spikes/units 3, labels 3, extra/speaker 3",
    ),
    (row("spikes/units", 2, [1, 2, 700]), "recording 2: unit 700 is out of range; units are 0..699"),
    (row("spikes/units", 2, [1, 2, -1]), "recording 2: unit -1 is out of range"),
    (row("spikes/units", 2, [1.0, 2.0, 3.5]), "recording 2: unit of spike 2 must be a 64-bit integer, not 3.5"),
    (row("spikes/units", 2, [1.0, 2.0, np.nan]), "recording 2: unit nan is out of range"),
    (row("spikes/units", 2, np.array([1, 2, 2**64 - 1], "u8")), f"recording 2: unit {2**64 - 1} is out of range"),
    (
        row("spikes/times", 0, [0, 1, np.inf, 7]),
        "recording 0: time of spike 2 must be finite seconds, 0 or later, not inf",
    ),
    (
        row("spikes/times", 0, [0, 1, -1e-9, 7]),
        "recording 0: time of spike 2 must be finite seconds, 0 or later, not -1e-09",
    ),
]


@pytest.mark.parametrize(("edit", "message"), BAD)
def test_one_line_names_file_dataset_and_value(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], edit: Callable[[h5py.File], None], message: str
) -> None:
    path = write(tmp_path / "x.h5")
    with h5py.File(path, "a") as file:
        edit(file)
    with pytest.raises(InputError, match=re.escape(message)) as caught:
        list(shd.Recordings.open(path))
    assert str(caught.value).startswith(f"{path}: ")
    assert "\n" not in str(caught.value)
    assert run(["data", "info", str(path)]) == 2
    assert capsys.readouterr().err == f"error: {caught.value}\n"


def test_no_recordings(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shd.write(tmp_path / "none.h5", [], labels=[], speakers=[])
    with shd.Recordings.open(tmp_path / "none.h5") as read:
        assert len(list(read)) == 0
    assert run(["data", "info", str(tmp_path / "none.h5")]) == 2
    assert capsys.readouterr().err == f"error: {tmp_path}/none.h5: no recordings, expected at least one\n"


def test_damaged_anywhere(tmp_path: Path) -> None:
    """A byte that is changed gives other spikes or an InputError, and nothing else."""
    whole = write(tmp_path / "x.h5").read_bytes()
    random = np.random.default_rng(0)
    refused = 0
    for at in random.choice(len(whole), 400, replace=False):
        damaged = bytearray(whole)
        damaged[at] ^= int(random.integers(1, 256))
        (tmp_path / "x.h5").write_bytes(damaged)
        try:
            with shd.Recordings.open(tmp_path / "x.h5") as read:
                list(read)
        except InputError:
            refused += 1
    assert refused > 5


def test_locked_by_another_program(tmp_path: Path) -> None:
    path = write(tmp_path / "x.h5")
    code = f"import h5py; file = h5py.File({str(path)!r}, 'a'); print('open', flush=True); input()"
    with subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == b"open\n"
        with pytest.raises(InputError, match=r"x\.h5: locked by another program that writes to it$"):
            shd.Recordings.open(path)
        other.communicate(b"\n")
    check(path)


def test_no_ordinary_file(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(InputError, match=r"pipe: not a file; expected an HDF5 file"):
        shd.Recordings.open(tmp_path / "pipe")
