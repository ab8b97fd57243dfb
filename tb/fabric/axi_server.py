# SPDX-License-Identifier: Apache-2.0
"""What cocotb runs in the simulator of a fabric with AXI ports: it does what a host in another process asks for.

The host's requests come by a socket, one after another; while none is there, simulated time stands still.
"""

import os
import random
from collections.abc import Iterator
from multiprocessing.connection import Client
from typing import Any

import cocotb
from cocotb.clock import Clock
from cocotb.triggers import ClockCycles
from cocotbext.axi import AxiLiteBus, AxiLiteMaster, AxiResp, AxiStreamBus, AxiStreamSink, AxiStreamSource

SOCKET = "CHRONAXIE_SOCKET"
"""Name of the environment variable that names the host's socket."""
STALLS = "CHRONAXIE_STALLS"
"""That of the probability of an idle cycle on each channel, and of the seed: ``0.3 7``."""


def _pauses(probability: float, rng: random.Random) -> Iterator[bool]:
    while True:
        yield rng.random() < probability


class Server:
    """The buses of one fabric."""

    def __init__(self, dut: Any) -> None:
        clock, reset = dut.aclk, dut.aresetn
        options = {"reset_active_level": False}
        self.dut = dut
        self.lite = AxiLiteMaster(AxiLiteBus.from_prefix(dut, "s_axi"), clock, reset, **options)
        self.image = AxiStreamSource(AxiStreamBus.from_prefix(dut, "s_axis_image"), clock, reset, **options)
        self.events = AxiStreamSource(AxiStreamBus.from_prefix(dut, "s_axis_events"), clock, reset, **options)
        self.spikes = AxiStreamSink(AxiStreamBus.from_prefix(dut, "m_axis_spikes"), clock, reset, **options)
        probability, seed = os.environ.get(STALLS, "0 0").split()
        if float(probability):
            rng = random.Random(int(seed))
            write, read = self.lite.write_if, self.lite.read_if
            for channel in (self.image, self.events, self.spikes, write.aw_channel, write.w_channel, write.b_channel,
                            read.ar_channel, read.r_channel):  # fmt: skip
                channel.set_pause_generator(_pauses(float(probability), random.Random(rng.random())))

    async def reset(self) -> None:
        """Hold ``aresetn`` for two cycles; tokens and packets that wait on this side are lost, too."""
        self.dut.aresetn.value = 0
        await ClockCycles(self.dut.aclk, 2)
        for channel in (self.image, self.events, self.spikes):
            channel.clear()
        self.dut.aresetn.value = 1
        await ClockCycles(self.dut.aclk, 1)

    async def answer(self, request: str, argument: Any) -> Any:
        """Do what a host asks for; the answer, or an exception's text as ``("error", text)``."""
        match request:
            case "read":
                response = await self.lite.read(argument, 4)
                return int.from_bytes(response.data, "little") if response.resp == AxiResp.OKAY else _refused(response)
            case "write":
                address, value = argument
                response = await self.lite.write(address, value.to_bytes(4, "little"))
                return None if response.resp == AxiResp.OKAY else _refused(response)
            case "image":
                await self.image.send(argument)
                await self.image.wait()
            case "events":
                await self.events.send(b"".join(token.to_bytes(self.events.byte_lanes, "little") for token in argument))
            case "receive":
                data, size = bytes((await self.spikes.recv()).tdata), self.spikes.byte_lanes
                return [int.from_bytes(data[start : start + size], "little") for start in range(0, len(data), size)]
            case "reset":
                await self.reset()
        return None


def _refused(response: Any) -> tuple[str, str]:
    return "error", f"address 0x{response.address:X}: {AxiResp(response.resp).name}"


@cocotb.test()
async def serve(dut: Any) -> None:
    """Until the host closes its socket."""
    Clock(dut.aclk, 10, unit="ns").start()
    dut.aresetn.value = 0
    server = Server(dut)
    await server.reset()
    with Client(os.environ[SOCKET]) as host:
        while True:
            try:
                request, argument = host.recv()
            except EOFError:
                return
            host.send(await server.answer(request, argument))
