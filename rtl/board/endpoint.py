# SPDX-License-Identifier: Apache-2.0
"""The link of a board: bytes of a line on one side, a fabric with AXI ports on the other."""

from amaranth.hdl import Module, Mux, ResetInserter, Signal
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out

from model.fabric.config import FabricConfig
from rtl.board.commands import Commands
from rtl.board.receiver import Receiver
from rtl.board.sender import Sender
from rtl.board.tokens import TokenPacker
from rtl.host.axi_fabric import AxiFabric
from rtl.host.axi_lite import channels
from rtl.host.registers import ADDRESS_BITS


class Endpoint(wiring.Component):
    """A fabric behind the link of docs/board.md.

    - ``strobe``, ``byte``: what comes over the line, a byte in any cycle; no back-pressure, the host has credit.
    - ``line``: what goes over it.
    - ``armed``: the fabric holds a bundle; ``fault``: a flag is raised, or a bundle was refused.

    A new session of the host resets all but the receiver.
    """

    def __init__(self, config: FabricConfig, *, simulation: bool = False) -> None:
        self._config, self._simulation = config, simulation
        super().__init__(
            {
                "strobe": In(1),
                "byte": In(8),
                "line": Out(stream.Signature(8)),
                "armed": Out(1),
                "fault": Out(1),
            }
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        m.submodules.receiver = receiver = Receiver()
        restart = Signal()
        sender, commands, packer = Sender(), Commands(), TokenPacker(self._config)
        fabric = AxiFabric(self._config, simulation=self._simulation, lights=True)
        for name, part in {"sender": sender, "commands": commands, "packer": packer, "fabric": fabric}.items():
            m.submodules[name] = ResetInserter(restart)(part)
        m.d.sync += restart.eq(receiver.restart)
        m.d.comb += [
            receiver.strobe.eq(self.strobe),
            receiver.byte.eq(self.byte),
            receiver.reported.eq(sender.reported & ~restart),
            self.armed.eq(fabric.armed),
            self.fault.eq(fabric.fault),
            fabric.s_axis_image_tdata.eq(commands.image_tdata),
            fabric.s_axis_image_tvalid.eq(commands.image_tvalid),
            fabric.s_axis_image_tlast.eq(commands.image_tlast),
            commands.image_tready.eq(fabric.s_axis_image_tready),
            fabric.s_axis_events_tdata.eq(commands.events_tdata),
            fabric.s_axis_events_tvalid.eq(commands.events_tvalid),
            commands.events_tready.eq(fabric.s_axis_events_tready),
            packer.tdata.eq(fabric.m_axis_spikes_tdata),
            packer.tvalid.eq(fabric.m_axis_spikes_tvalid),
            fabric.m_axis_spikes_tready.eq(packer.tready),
            packer.hurry.eq(commands.answers.valid),
            *(getattr(sender, name).eq(getattr(receiver, name))
              for name in ("session", "expected", "room", "rejected", "report", "heard", "ack", "resend")),
        ]  # fmt: skip
        for name, member in channels(ADDRESS_BITS).items():
            outer, inner = getattr(fabric, f"s_axi_{name}"), getattr(commands.lite, name)
            m.d.comb += outer.eq(inner) if member.flow == wiring.In else inner.eq(outer)
        wiring.connect(m, receiver.out, commands.requests)
        wiring.connect(m, sender.line, wiring.flipped(self.line))
        self._choose(m, sender, commands, packer, restart)
        return m

    def _choose(self, m: Module, sender: Sender, commands: Commands, packer: TokenPacker, restart: Signal) -> None:
        """Frame by frame, answers to requests before tokens."""
        busy, mine = Signal(), Signal()  # a frame is open; it is one of commands
        body = sender.body
        m.d.comb += [
            body.payload.eq(Mux(mine, commands.answers.payload.as_value(), packer.answers.payload.as_value())),
            body.valid.eq(busy & Mux(mine, commands.answers.valid, packer.answers.valid)),
            commands.answers.ready.eq(busy & mine & body.ready),
            packer.answers.ready.eq(busy & ~mine & body.ready),
        ]
        with m.If(~busy):
            m.d.sync += [mine.eq(commands.answers.valid), busy.eq(commands.answers.valid | packer.answers.valid)]
        with m.Elif(body.valid & body.ready & body.payload.close):
            m.d.sync += busy.eq(0)
        with m.If(restart):
            m.d.sync += busy.eq(0)
