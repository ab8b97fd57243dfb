# SPDX-License-Identifier: Apache-2.0
"""Exported cores inside a design: lint, and names that do not collide."""

import re
from pathlib import Path

import pytest

from flow.cli import run
from flow.synthesis.verilog import export
from model.config import DelayUnit, preset
from support.paths import ROOT
from tests.flow.integration.verilator import verilator

WAIVERS = ROOT / "examples" / "verilog" / "chronaxie.vlt"


@pytest.mark.parametrize("unit", list(DelayUnit))
def test_lint(unit: DelayUnit, tmp_path: Path) -> None:
    """All warnings on, and none left but those that the waivers name."""
    core = export(preset("odd", delay_unit=unit), tmp_path, "acme")[1]
    verilator("--lint-only", "-Wall", "--top-module", core.stem, WAIVERS, core)


def test_two_builds_in_one_design(tmp_path: Path) -> None:
    for name, build in (("left", "tiny"), ("right", "odd")):
        assert run(["verilog", "--preset", build, "--unit", "scdq", "--name", name, "-o", str(tmp_path)]) == 0
    modules = re.findall(r"^module (\w+)", "".join(path.read_text() for path in tmp_path.glob("*.v")), re.MULTILINE)
    assert len(modules) == len(set(modules)) > 20
    assert all(each.startswith(("left_", "right_")) for each in modules)
    top = tmp_path / "top.v"
    cores = "".join(f"  {name}_core_scdq {name} (.clk(clk), .rst(rst));\n" for name in ("left", "right"))
    top.write_text(f"module top (input clk, input rst);\n{cores}endmodule\n")
    files = [*tmp_path.glob("*_pkg.sv"), *tmp_path.glob("*.v")]
    verilator("--lint-only", "-Wno-PINMISSING", "-Wno-MULTITOP", "--top-module", "top", *files)


def test_order_and_header(tmp_path: Path) -> None:
    """Clock and reset, streams, status, counters; the comment states the build."""
    core = export(preset("tiny"), tmp_path, "acme", ["of the build"])[1].read_text()
    listed = re.search(r"^module acme_core_\w+\((.*?)\);", core, re.DOTALL | re.MULTILINE)
    assert listed
    names = [name.strip() for name in listed[1].split(",")]
    streams = [f"{name}__{part}" for name in ("image", "events", "spikes", "readouts")
               for part in ("payload", "valid", "ready")]  # fmt: skip
    assert names[:16] == ["clk", "rst", *streams, "status", "flags"]
    assert (names[16], len(names)) == ("cycles", 27)
    assert core.startswith("// of the build\n")


def test_wrong_name(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["verilog", "--preset", "tiny", "--name", "9 lives", "-o", str(tmp_path / "x")]) == 2
    assert "name must be a letter, then letters, digits and _, not '9 lives'" in capsys.readouterr().err
    assert not (tmp_path / "x").exists()
