# SPDX-License-Identifier: Apache-2.0
# amaranth: UnusedElaboratable=no
"""Verilog of components."""

import pytest

from tb.errors import BuildError
from tb.player.verilog import readable, to_verilog, tool, with_loops
from tests.tb.designs import Adder, Broken, Lanes


def test_ports_have_stable_names_and_a_payload_is_one_vector() -> None:
    text = to_verilog(Adder(), "adder")
    assert "module adder(" in text
    for line in (
        "input [112:0] pairs__payload;",
        "output [111:0] sums__payload;",
        "output pairs__ready;",
        "input clk;",
    ):
        assert line in text
    assert "done__payload" not in text.split(");")[0], "an empty payload is no port"
    assert "o__ready" not in to_verilog(Lanes()).split(");")[0], "nor is the ready of an always_ready stream"


def test_assertions_survive_with_their_message() -> None:
    text = to_verilog(Broken())
    assert "token %0d is unlucky" in text
    assert "assert (" in text


def test_runs_of_initial_values_become_loops() -> None:
    words = [f"    mem[{k}] = 8'h{0 if k < 20 else 7:02x};" for k in range(25)]
    text = with_loops("\n".join(["  initial begin", *words, "  end"]))
    assert text.count("mem[") == 1 + 5
    assert "for (i = 0; i < 20; i = i + 1) mem[i] = 8'h00;" in text
    assert "    mem[24] = 8'h07;\n  end\n" in text


def test_a_waveform_shows_what_has_a_name_once() -> None:
    shown = ["wire clk;", "wire [3:0] \\pair.a ;", "reg [7:0] count = 8'h00;", "wire [1:0] \\two[0] ;"]
    hidden = [
        "wire \\$1 ;",
        "wire [3:0] \\level$5 ;",
        "wire [7:0] pair;",
        "reg [7:0] memory [15:0];",
        "wire [3:0] two;",
    ]
    text = "module x(clk);\n" + "".join(f"  {line}\n" for line in (*shown, *hidden)) + "endmodule\n"
    found = readable(text)
    assert all(f"tracing_off\n  {line}\n  // verilator tracing_on" in found for line in hidden)
    assert found.count("tracing_off") == len(hidden)
    assert "\n".join(line for line in found.splitlines() if "tracing" not in line) + "\n" == text


def test_a_tool_that_is_not_there() -> None:
    with pytest.raises(BuildError, match=r"yosys-of-yore not found beside .*: install the project's packages"):
        tool("yosys-of-yore")


def test_a_failing_yosys_raises_with_its_output(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tb.player.verilog.SCRIPT", "read_rtlil design.il; no_such_pass")
    with pytest.raises(BuildError, match=r"(?s)yosys failed on module wrong:.*no_such_pass"):
        to_verilog(Broken(), "wrong")
