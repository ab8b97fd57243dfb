# SPDX-License-Identifier: Apache-2.0
"""Images and networks under their own names, and builds that are named once."""

from pathlib import Path

import pytest

from flow.cli import run
from model.network_file import save_network
from tests.flow.examples import small_image, small_network


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    small_image().save(tmp_path / "small.chx")
    save_network(tmp_path / "small.npz", small_network())
    return tmp_path


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ("image compile small.npz -o x.npz", "x.npz: an image ends in .chx"),
        ("image compile small.npz -o x", "x: an image ends in .chx"),
        ("image network small.chx -o x.chx", "x.chx: a network ends in .npz"),
        ("image network small.npz -o x.npz", "small.npz: BAD_MAGIC at byte 0: no Chronaxie image"),
        ("image compile small.chx -o x.chx", "small.chx: no network file (not an .npz, or a damaged one)"),
        ("verilog --preset tiny --image small.chx", "--image and --preset both name a build; give one of them"),
        ("area --preset tiny --image small.chx", "--image and --preset both name a build; give one of them"),
        ("image compile small.npz -o x.chx --preset tiny --lanes 4", "--preset tiny says how many lanes there are"),
        ("image compile small.npz -o x.chx --preset tiny --codebook", "--preset tiny says whether there is a codebook"),
        ("image compile small.npz -o nowhere/x.chx", "nowhere/x.chx: cannot be written"),
    ],
)
def test_what_contradicts_itself_is_refused(
    folder: Path, capsys: pytest.CaptureFixture[str], arguments: str, message: str
) -> None:
    there = sorted(folder.rglob("*"))
    assert run(arguments.split()) == 2
    assert capsys.readouterr().err.startswith(f"error: {message}")
    assert sorted(folder.rglob("*")) == there


def test_other_kinds_of_npz_are_refused_in_our_words(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Not with numpy's advice to allow pickles."""
    for name, content in (("a.npz", b"text"), ("b.npz", b""), ("c.npz", b"\x93NUMPY\x01\x00")):
        (folder / name).write_bytes(content)
        assert run(f"image compile {name} -o x.chx".split()) == 2
        err = capsys.readouterr().err
        assert err == f"error: {name}: no network file (not an .npz, or a damaged one)\n"
