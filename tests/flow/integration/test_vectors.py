# SPDX-License-Identifier: Apache-2.0
"""Vectors, and the bench that plays them into the exported core without Python."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from flow.cli import run
from model.config import DelayUnit
from support.paths import ROOT
from tests.flow.examples import small_image, write_recordings
from tests.flow.integration.verilator import verilator

BENCH = ROOT / "examples" / "verilog" / "core_tb.sv"
INITIAL = re.compile(r"^(  reg .*?\w ?) = \d+'[hd][0-9a-fx]+;$", re.MULTILINE)
BLOCK = re.compile(r"^  initial begin\n.*?^  end\n", re.MULTILINE | re.DOTALL)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with vectors of three samples and the core that they are for, with the delay unit ``scdq``."""
    small_image().save(tmp_path / "small.chx")
    write_recordings(tmp_path / "x.h5")
    vectors(tmp_path, 3)
    image = str(tmp_path / "small.chx")
    assert run(["verilog", "--image", image, "--unit", "scdq", "--name", "acme", "-o", str(tmp_path)]) == 0
    return tmp_path


def vectors(folder: Path, samples: int) -> None:
    image, data = str(folder / "small.chx"), str(folder / "x.h5")
    assert run(["vectors", image, "--data", data, "--samples", str(samples), "-o", str(folder)]) == 0


def play(command: list[str | Path], folder: Path) -> tuple[int, str]:
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, timeout=60)
    return done.returncode, done.stdout + done.stderr


def build(folder: Path, core: str = "acme_core_scdq", file: str = "acme_core_scdq.v", *more: str) -> Path:
    """The bench on Verilator, with whatever is compiled as fast as it can be."""
    out = folder / f"obj_{file}"
    verilator("--binary", "--timing", "--top-module", "core_tb", f"-DCORE={core}", f"-I{folder}", "--Mdir", out,
              "-CFLAGS", "-std=c++20 -fcoroutines -O0", *more, BENCH, folder / file)  # fmt: skip
    return out / "Vcore_tb"


def damage(path: Path) -> None:
    """Change the last bit of the third word."""
    words = path.read_text().split()
    words[2] = f"{int(words[2], 16) ^ 1:0{len(words[2])}x}"
    path.write_text("\n".join(words) + "\n")


def test_verilator(folder: Path) -> None:
    """It passes; with one hex word changed, it does not."""
    bench = build(folder)
    status, said = play([bench], folder)
    assert status == 0, said
    assert re.search(r"^PASS: \d+ spike tokens, 18 read-outs$", said, re.MULTILINE)
    for name in ("spikes.hex", "readouts.hex", "image.hex"):
        kept = (folder / name).read_text()
        damage(folder / name)
        status, said = play([bench], folder)
        assert status != 0, name
        assert "PASS" not in said
        (folder / name).write_text(kept)


def test_reset_alone_is_enough(folder: Path) -> None:
    """Without any initial value, from random ones, a core plays its samples after one cycle of reset."""
    text = (folder / "acme_core_scdq.v").read_text()
    stripped, blocks = BLOCK.subn("", text)
    stripped, values = INITIAL.subn(r"\1;", stripped)
    assert values > 50
    assert blocks > 0
    assert not re.search(r"^\s*(reg .* = |initial\b)", stripped, re.MULTILINE)
    (folder / "bare.v").write_text(stripped)
    bench = build(folder, "acme_core_scdq", "bare.v", "--x-initial", "unique", "--x-assign", "unique")
    for seed in range(1, 9):
        status, said = play([bench, "+verilator+rand+reset+2", f"+verilator+seed+{seed}"], folder)
        assert status == 0, f"seed {seed}: {said}"
        assert "PASS" in said


@pytest.mark.skipif(shutil.which("iverilog") is None, reason="Icarus Verilog is not installed")
@pytest.mark.parametrize("unit", list(DelayUnit))
def test_icarus(unit: DelayUnit, folder: Path) -> None:
    """The same vectors for every delay unit, on another simulator."""
    assert run(["verilog", "--image", str(folder / "small.chx"), "--unit", unit, "-o", str(folder)]) == 0
    core = f"core_{unit}"
    command: list[str | Path] = ["iverilog", "-g2012", f"-DCORE={core}", "-I.", "-o", "bench", BENCH, f"{core}.v"]
    assert play(command, folder) == (0, "")
    status, said = play(["vvp", "-N", "bench"], folder)
    assert (status, "PASS" in said) == (0, True), said
    damage(folder / "spikes.hex")
    status, said = play(["vvp", "-N", "bench"], folder)
    assert (status != 0, "PASS" in said) == (True, False), said


def test_mistakes(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    image, data, out = str(folder / "small.chx"), str(folder / "x.h5"), str(folder / "new")
    assert run(["vectors", image, "--data", data, "--samples", "7", "-o", out]) == 2
    assert "samples must be in 1..6" in capsys.readouterr().err
    assert not (folder / "new").exists()
