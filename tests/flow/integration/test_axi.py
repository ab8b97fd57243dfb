# SPDX-License-Identifier: Apache-2.0
"""A fabric with AXI ports in somebody's design: files that lint, constants that are Python's, the page of registers."""

import re
from pathlib import Path

import pytest

from flow.cli import run
from flow.integration.axi import axi_constants, register_page
from model.fabric.bundle import Bundle
from rtl.host.registers import address_of
from support.paths import ROOT
from tests.flow.examples import small_image
from tests.flow.integration.verilator import verilator

WAIVERS = ROOT / "examples" / "verilog" / "chronaxie.vlt"
TOP = "acme_axi_scdq"


@pytest.fixture
def written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    small_image().save("small.chx")
    assert run(["map", "small.chx", "--cores", "2", "--lanes", "2", "-o", "two.chxb"]) == 0
    assert run("verilog --axi --image two.chxb --unit scdq --name acme -o rtl".split()) == 0  # noqa: SIM905
    return tmp_path / "rtl"


def test_files_lint(written: Path) -> None:
    """All warnings on; of the example, whose wires lead nowhere, all but those of that."""
    assert {path.name for path in written.iterdir()} == {
        f"{TOP}.v", f"{TOP}_example.v", f"{TOP}_pkg.sv", f"{TOP}.vh", f"{TOP}.h", f"{TOP}.core",
    }  # fmt: skip
    verilator("--lint-only", "-Wall", "--top-module", TOP, WAIVERS, written / f"{TOP}.v")
    loose = ("-Wno-UNDRIVEN", "-Wno-UNUSEDSIGNAL")
    example = written / f"{TOP}_example.v"
    verilator("--lint-only", "-Wall", *loose, "--top-module", f"{TOP}_example", WAIVERS, written / f"{TOP}.v", example)


def test_constants_are_those_of_python(written: Path) -> None:
    constants = axi_constants(Bundle.load(written.parent / "two.chxb").config(["scdq"]))
    expected = {each.name: each.value for each in constants}
    assert len(expected) == len(constants)
    found = re.findall(r"localparam int unsigned (\w+) = (\d+);", (written / f"{TOP}_pkg.sv").read_text())
    assert {name: int(value) for name, value in found} == expected
    assert expected["REG_STATUS"] == address_of("status")
    assert expected["REG_NODES_BASE"] + expected["NODE_REG_FLAGS"] == address_of("flags", 0)


def test_core_file_names_what_is_there(written: Path) -> None:
    text = (written / f"{TOP}.core").read_text()
    assert text.startswith("CAPI=2:\n")
    assert f"toplevel: {TOP}\n" in text
    named = re.findall(r"^      - (\S+): \{file_type: (\w+)", text, re.MULTILINE)
    assert [name for name, _ in named] == [f"{TOP}.v", f"{TOP}_pkg.sv", f"{TOP}.vh", f"{TOP}.h"]
    assert all((written / name).is_file() for name, _ in named)


def test_the_page_has_the_registers() -> None:
    assert register_page() in (ROOT / "docs" / "axi.md").read_text()


def test_an_image_is_a_fabric_of_one_core(tmp_path: Path) -> None:
    small_image().save(tmp_path / "small.chx")
    folder = tmp_path / "rtl"
    assert run(["verilog", "--axi", "--image", str(tmp_path / "small.chx"), "--unit", "scdq", "-o", str(folder)]) == 0
    assert "`define AXI_SCDQ_NODES 1 " in (folder / "axi_scdq.vh").read_text()


def test_a_preset_is_no_fabric(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["verilog", "--axi", "--preset", "tiny", "-o", str(tmp_path / "x")]) == 2
    assert "--axi is for a bundle or an image" in capsys.readouterr().err
    assert not (tmp_path / "x").exists()
