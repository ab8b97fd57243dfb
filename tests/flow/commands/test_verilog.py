# SPDX-License-Identifier: Apache-2.0
"""``chronaxie verilog`` and ``vectors``: which files for which build, and what they refuse.

What is in the files: tests/flow/integration and tests/flow/synthesis.
"""

from collections.abc import Callable
from pathlib import Path

import pytest

from flow.cli import run
from flow.integration.vectors import FILES


def written(out: str) -> set[str]:
    """Names of the files that a command says that it has written; each is there."""
    assert all(Path(line).is_file() for line in out.splitlines())
    return {Path(line).name for line in out.splitlines()}


def test_verilog_of_a_preset(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["verilog", "--preset", "tiny", "--unit", "ring", "--name", "acme", "-o", "rtl"]) == 0
    names = written(capsys.readouterr().out)
    assert {path.name for path in (folder / "rtl").iterdir()} == names
    assert {"acme_core_ring.v", "acme_delay_ring.v"} <= names
    assert "module acme_core_ring" in (folder / "rtl" / "acme_core_ring.v").read_text()


def test_protection(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    texts = []
    for kind in ("none", "parity", "secded"):
        assert run(["verilog", "--preset", "tiny", "--unit", "ring", "--protection", kind, "-o", kind]) == 0
        texts.append((folder / kind / "core_ring.v").read_text())
    capsys.readouterr()
    assert ["words_checker" in text for text in texts] == [False, True, True]
    assert "protection secded" in texts[2]
    assert "protection" not in texts[0]


@pytest.mark.parametrize("axi", [[], ["--axi"]])
def test_protection_of_a_fabric(folder: Path, capsys: pytest.CaptureFixture[str], axi: list[str]) -> None:
    """Every core has it, and the header says so."""
    assert run(["map", "small.chx", "--cores", "2", "-o", "small.chxb"]) == 0
    for kind in ("none", "secded"):
        command = ["verilog", *axi, "--image", "small.chxb", "--unit", "ring", "--protection", kind, "-o", kind]
        assert run(command) == 0
    capsys.readouterr()
    plain, secded = ("".join(path.read_text() for path in sorted((folder / kind).glob("*.v"))) for kind in
                     ("none", "secded"))  # fmt: skip
    assert "words_checker" in secded
    assert "words_checker" not in plain
    assert [f"Core {core}: protection secded." in secded for core in range(2)] == [True, True]
    assert "protection" not in plain


def test_an_image_gets_one_core_behind_axi(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["verilog", "--axi", "--image", "small.chx", "--unit", "ring", "-o", "rtl"]) == 0
    assert any("axi" in name for name in written(capsys.readouterr().out))


def test_vectors(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["vectors", "small.chx", "--data", "synthetic_small.h5", "--samples", "2", "-o", "out"]) == 0
    assert written(capsys.readouterr().out) == set(FILES)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            "verilog --preset tiny --unit hybrid --option slots=two",
            "--option must be a name and a number, as in slots=8",
        ),
        (
            "verilog --preset tiny --unit hybrid --option slots=3",
            "core configuration: slots of hybrid must be one of 2, ",
        ),
        ("verilog --preset tiny --unit ring --option slots=4", "core configuration: ring has no option 'slots'"),
        ("verilog --preset tiny --output small.chx/x", "small.chx/x: cannot be made"),
        ("verilog --preset huge", "no preset 'huge': expected one of "),
        ("verilog --preset tiny --image small.chx", "--image and --preset both name a build; give one of them"),
        (
            "verilog --axi --preset tiny",
            "--axi is for a bundle or an image, which says what a fabric has to hold, not a preset",
        ),
        ("verilog --image none.chxb", "none.chxb: "),
        ("verilog --preset tiny --name 9", "name must "),
        ("vectors none.chx -o out", "none.chx: image cannot be read"),
        (
            "vectors small.chx --data synthetic_small.h5 --samples 7 -o out",
            "synthetic_small.h5: samples must be in 1..6, not 7",
        ),
        ("vectors small.chx --data none.h5 -o out", "none.h5: no such file"),
        ("vectors small.chx", "Missing option"),
    ],
)
def test_refused(refused: Callable[[str, str], None], arguments: str, message: str) -> None:
    refused(arguments, message)
