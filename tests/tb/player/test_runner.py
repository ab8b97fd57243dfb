# SPDX-License-Identifier: Apache-2.0
"""Builds of the lean runner."""

import subprocess
from pathlib import Path

import pytest

from tb.errors import BuildError
from tb.player import runner
from tb.player.runner import Flavour, build, python_environment

TOP = """\
module harness(output wire attention);
    assign attention = 0;
    initial begin
        $display("hello %0d", `include "number.txt"
        );
        $finish;
    end
endmodule
"""
LEAN = Flavour(python=False)


def test_a_build_runs_and_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    sources = {"harness.sv": "module harness(output wire attention); assign attention = 0;"
               ' initial begin $display("hello"); $finish; end endmodule\n'}  # fmt: skip
    executable = build(sources, "harness", flavour=LEAN)
    assert subprocess.run([executable], capture_output=True, text=True, check=True).stdout.startswith("hello\n")

    def no_tool(*_: object) -> None:
        raise AssertionError("built again")

    monkeypatch.setattr(runner, "_execute", no_tool)
    assert build(sources, "harness", flavour=LEAN) == executable
    with pytest.raises(AssertionError, match="built again"):
        build({**sources, "more.sv": "module more; endmodule\n"}, "harness", flavour=LEAN)


def test_a_clocked_build_is_given_its_clock_and_its_assertions_hold() -> None:
    text = """\
module harness(input wire clk, output wire attention);
    assign attention = 0;
    reg [3:0] count = 0;
    always @(posedge clk) begin
        count <= count + 1;
        assert (count < LIMIT);
        if (count == 4) begin
            $display("count %0d at %0t", count, $time);
            $finish;
        end
    end
endmodule
"""
    flavour = Flavour(python=False, clocked=True, fast=True)
    assert "--no-timing" in flavour.verilator_flags()
    right = build({"harness.sv": text.replace("LIMIT", "5")}, "harness", flavour=flavour)
    # The first edge comes after half a period, as with a clock that starts low.
    shown = subprocess.run([right], capture_output=True, text=True, check=True).stdout
    assert shown.startswith("count 4 at 9")
    wrong = build({"harness.sv": text.replace("LIMIT", "3")}, "harness", flavour=flavour)
    result = subprocess.run([wrong], capture_output=True, text=True, check=False)
    assert result.returncode
    assert "Assertion failed" in result.stdout + result.stderr


def test_a_mistake_in_the_verilog_raises_with_the_message() -> None:
    with pytest.raises(BuildError, match=r"(?s)verilator failed with exit status 1:.*Cannot find include file"):
        build({"harness.sv": TOP}, "harness", flavour=LEAN)


def test_a_failing_compiler_raises_with_the_message(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    broken = tmp_path / "g++"
    broken.write_text('#!/bin/sh\ntest "$1" = --version && echo broken 1.0 || { echo "internal error" >&2; exit 4; }\n')
    broken.chmod(0o755)
    runner.compiler.cache_clear()
    monkeypatch.setenv("CXX", str(broken))
    try:
        with pytest.raises(BuildError, match=r"(?s)compiling .*failed with exit status 4:.*internal error"):
            build({"harness.sv": "module harness(output wire attention); endmodule\n"}, "harness", flavour=LEAN)
        runner.compiler.cache_clear()
        monkeypatch.setenv("CXX", "no-such-compiler")
        with pytest.raises(
            BuildError, match="no C\\+\\+ compiler 'no-such-compiler' on PATH: install g\\+\\+, or set CXX"
        ):
            build({"harness.sv": "module harness; endmodule\n"}, "harness", flavour=LEAN)
    finally:
        runner.compiler.cache_clear()


def test_no_signal_is_public_but_those_named() -> None:
    assert "--public-flat-rw" not in Flavour(fast=True).verilator_flags()
    assert "--vpi" not in LEAN.verilator_flags()


def test_a_python_without_shared_library_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("LIBPYTHON_LOC", raising=False)
    monkeypatch.setattr("find_libpython.find_libpython", lambda: None)
    with pytest.raises(BuildError, match=r"has no shared libpython \(Debian: install libpython3-dev\)"):
        python_environment("tb.player.player_test", "harness")
