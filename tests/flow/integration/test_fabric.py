# SPDX-License-Identifier: Apache-2.0
"""A fabric in somebody's design: Verilog that lints, constants that are Python's."""

from pathlib import Path

import pytest

from flow.cli import run
from flow.integration.fabric import fabric_constants
from model.fabric.bundle import Bundle
from support.paths import ROOT
from tests.flow.examples import small_image
from tests.flow.integration.verilator import verilator

WAIVERS = ROOT / "examples" / "verilog" / "chronaxie.vlt"


def test_verilog_of_a_bundle(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Written for a bundle, with a prefix, it lints with all warnings of Verilator, together with its package."""
    monkeypatch.chdir(tmp_path)
    small_image().save("small.chx")
    assert run(["map", "small.chx", "--cores", "3", "--lanes", "2", "-o", "three.chxb"]) == 0
    capsys.readouterr()
    assert run("verilog --image three.chxb --unit scdq --name acme -o rtl".split()) == 0  # noqa: SIM905
    names = [Path(line).name for line in capsys.readouterr().out.split()]
    top = "acme_fabric_scdq"
    assert names == [f"{top}.v", f"{top}_pkg.sv", f"{top}.vh", f"{top}.h", f"{top}.core"]
    text = (tmp_path / "rtl" / f"{top}.v").read_text()
    assert "// 3 cores on a ring, delay units scdq, scdq, scdq" in text
    modules = [line.split()[1].split("(")[0] for line in text.splitlines() if line.startswith("module ")]
    assert all(name.startswith("acme_") for name in modules)
    folder = tmp_path / "rtl"
    verilator("--lint-only", "-Wall", "--top-module", top, WAIVERS, folder / f"{top}.v")
    verilator("--lint-only", folder / f"{top}_pkg.sv")
    package = (tmp_path / "rtl" / f"{top}_pkg.sv").read_text()
    for constant in fabric_constants(Bundle.load("three.chxb").config(["scdq"])):
        assert f" {constant.name} = " in package
