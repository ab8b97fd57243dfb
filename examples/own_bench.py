# SPDX-License-Identifier: Apache-2.0
"""A cocotb test of one's own on the core: clock and pins in Python, without this project's players.

``python -m examples.own_bench`` builds the core as Verilog, puts it into a top module with a register for each input,
and has cocotb run the tests below on Verilator. Any other simulator takes the Verilog of ``make verilog``, which has
the same ports.
"""

import random
import subprocess
import tempfile
from pathlib import Path
from typing import Any

import cocotb
import numpy as np
from amaranth.lib.wiring import Component
from cocotb.clock import Clock
from cocotb.triggers import ClockCycles, FallingEdge, ReadOnly
from cocotb_tools.runner import get_results

from model.config import preset
from model.encoding import to_events
from model.golden import GoldenCore
from model.image.image import Status
from model.mapping.compiler import compile_network
from model.random_network import random_network, random_raster
from rtl.core.neurocore import Core
from rtl.layouts import Kind, event_layout, spike_layout
from tb.netlist.netlist import PortDirection, ports
from tb.player.packing import pack, unpack
from tb.player.runner import Flavour, build, python_environment
from tb.player.verilog import to_verilog

CONFIG = preset("tiny", delay_unit="scdq")
NETWORK = random_network(np.random.default_rng(3), CONFIG, full=True)
IMAGE = compile_network(NETWORK, CONFIG)


async def send(dut: Any, port: str, tokens: list[int]) -> None:
    """Offer tokens on a stream, each until it is taken. Pins change at falling edges; the core looks at rising ones."""
    for token in tokens:
        getattr(dut, f"{port}__payload").value = token
        getattr(dut, f"{port}__valid").value = 1
        taken = False
        while not taken:
            await ReadOnly()
            taken = bool(int(getattr(dut, f"{port}__ready").value))
            await FallingEdge(dut.clk)
    getattr(dut, f"{port}__valid").value = 0


async def receive(dut: Any, port: str, patience: random.Random) -> int:
    """The next token of a stream, after pauses: ready is high in every second cycle on average."""
    while True:
        getattr(dut, f"{port}__ready").value = patience.randrange(2)
        await ReadOnly()
        here = int(getattr(dut, f"{port}__valid").value) and int(getattr(dut, f"{port}__ready").value)
        token = int(getattr(dut, f"{port}__payload").value)
        await FallingEdge(dut.clk)
        if here:
            getattr(dut, f"{port}__ready").value = 0
            return token


async def load(dut: Any, image: bytes) -> int:
    """Reset the core, stream an image into it, and return its status."""
    Clock(dut.clk, 10, unit="ns").start()
    dut.rst.value = 1
    await ClockCycles(dut.clk, 2)
    await FallingEdge(dut.clk)
    dut.rst.value = 0
    await send(dut, "image", [byte | (number == len(image) - 1) << 8 for number, byte in enumerate(image)])
    while int(dut.status.value) == Status.LOADING:
        await FallingEdge(dut.clk)
    return int(dut.status.value)


@cocotb.test(timeout_time=10, timeout_unit="ms")
async def a_damaged_image_is_refused(dut: Any) -> None:
    """One wrong bit in the last byte of the checksum."""
    image = bytearray(IMAGE.to_bytes())
    image[-1] ^= 1
    assert await load(dut, bytes(image)) == Status.BAD_CRC


@cocotb.test(timeout_time=10, timeout_unit="ms")
async def spikes_are_those_of_the_golden_model(dut: Any) -> None:
    """A random sample, with a host that takes spikes now and then."""
    assert await load(dut, IMAGE.to_bytes()) == Status.ARMED
    raster = random_raster(np.random.default_rng(4), NETWORK, 30)
    tokens = []
    for axons in to_events(raster):
        tokens += [pack(event_layout(CONFIG), {"kind": Kind.EVENT, "axon": int(axon)}) for axon in axons]
        tokens.append(pack(event_layout(CONFIG), {"kind": Kind.EOS, "axon": 0}))
    cocotb.start_soon(send(dut, "events", tokens))
    seen = np.zeros((len(raster), NETWORK.neurons.count), np.bool_)
    patience, step = random.Random(5), 0
    while step < len(raster):
        spike = unpack(spike_layout(CONFIG), await receive(dut, "spikes", patience))
        if spike["kind"] == Kind.EVENT:
            seen[step, IMAGE.order[spike["neuron"]]] = True
        step += spike["kind"] == Kind.EOS
    assert int(dut.flags.value) == 0
    expected = GoldenCore(NETWORK).run(raster).spikes
    assert expected.any()
    assert np.array_equal(seen, expected)


def top(component: Component) -> str:
    """A module ``bench`` around the module ``core``; the runner wants the output ``attention``, cocotb the rest."""
    lines = ["module bench(output wire attention);", "  assign attention = 0;", "  reg clk = 0, rst = 1;"]
    for name, (signal, direction) in ports(component).items():
        kind = "reg" if direction is PortDirection.Input else "wire"
        lines.append(f"  {kind} [{len(signal) - 1}:0] {name}{' = 0' if kind == 'reg' else ''};")
    return "\n".join([*lines, "  core core(.*);", "endmodule", ""])


def main() -> int:
    """Build the simulator, or take the one that is there, run the tests, and return 1 if one fails."""
    core = Core(CONFIG, simulation=True)
    sources = {"core.v": to_verilog(core, "core"), "bench.sv": top(core)}
    simulator = build(sources, "bench", '`verilator_config\npublic_flat_rw -module "bench" -var "*"\n', Flavour())
    with tempfile.TemporaryDirectory() as folder:
        results = Path(folder) / "results.xml"
        environment = python_environment("examples.own_bench", "bench") | {"COCOTB_RESULTS_FILE": str(results)}
        subprocess.run([simulator], cwd=folder, env=environment, check=True)
        count, failed = get_results(results)
    print(f"{count} tests, {failed} failed")
    return int(failed > 0 or count == 0)


if __name__ == "__main__":
    raise SystemExit(main())
