# SPDX-License-Identifier: Apache-2.0
"""The feeder: keeps the spikes of other cores until their step, and gives a core the events of a step in order."""

from amaranth.hdl import Array, Assert, Cat, Module, Signal
from amaranth.lib import stream, wiring
from amaranth.lib.data import StructLayout
from amaranth.lib.memory import Memory
from amaranth.lib.wiring import In, Out

from model.fabric.config import FabricConfig
from rtl.layouts import Kind, event_layout


def waiting_token_layout(config: FabricConfig) -> StructLayout:
    """A token of the host that waits at a core: an event of the core's own axon, EOS, or END."""
    return StructLayout({"kind": Kind, "axon": range(config.geometry.axons)})


def inbox_layout(config: FabricConfig) -> StructLayout:
    """A spike of another core, as the core's own axon, and the half of the inbox that it is for."""
    return StructLayout({"axon": range(config.geometry.axons), "half": 1})


class Feeder(wiring.Component):
    """Feeds a core: in each step the spikes of other cores first, in the order in which they came, then the host's
    events and EOS.

    - ``arrivals``: spikes of other cores; never held, for each half of the inbox has room for every axon.
    - ``host``: the host's tokens. ``parity`` of the step is the half of its spikes.
    - ``may_begin``: the step's inputs from other cores are complete; ``completed``: its EOS has entered the ring.
    - ``stepping``: from the first cycle in which the step's tokens are offered until it is completed.
    - ``waits``: nothing but ``may_begin`` is missing; ``starves``: the step is under way and waits for the host.

    ``events`` are offered from the cycle after the one in which ``may_begin`` and a token of the host were there, one a
    cycle. END takes the place of a step's events; what is in its half is dropped.
    """

    def __init__(self, config: FabricConfig) -> None:
        self._config = config
        super().__init__(
            {
                "arrivals": In(stream.Signature(inbox_layout(config), always_ready=True)),
                "host": In(stream.Signature(waiting_token_layout(config))),
                "events": Out(stream.Signature(event_layout(config.cores[0]))),
                "parity": In(1),
                "may_begin": In(1),
                "completed": In(1),
                "stepping": Out(1),
                "waits": Out(1),
                "starves": Out(1),
            }
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        axons = self._config.geometry.axons
        address = max(1, (axons - 1).bit_length())
        m.submodules.inbox = inbox = Memory(shape=range(axons), depth=2 << address, init=[])
        write, read = inbox.write_port(), inbox.read_port()
        counts = Array(Signal(range(axons + 1), name=f"count_{half}") for half in range(2))
        next_read = Signal(range(axons + 1))  # the entry that is read next
        arrivals, host, events = self.arrivals, self.host, self.events
        m.d.comb += [
            write.en.eq(arrivals.valid),
            write.addr.eq(Cat(counts[arrivals.payload.half][:address], arrivals.payload.half)),
            write.data.eq(arrivals.payload.axon),
            read.addr.eq(Cat(next_read[:address], self.parity)),
        ]
        with m.If(arrivals.valid):
            m.d.sync += [
                counts[arrivals.payload.half].eq(counts[arrivals.payload.half] + 1),
                Assert(counts[arrivals.payload.half] != axons, "feeder: no room for a spike"),
            ]
        with m.FSM():
            with m.State("IDLE"):
                m.d.comb += self.waits.eq(host.valid & ~self.may_begin)
                with m.If(host.valid & self.may_begin):
                    m.d.comb += read.en.eq(counts[self.parity] != 0)
                    m.d.sync += next_read.eq(1)
                    with m.If(host.payload.kind == Kind.END):
                        m.next = "END"
                    with m.Elif(counts[self.parity] != 0):
                        m.next = "SPIKES"
                    with m.Else():
                        m.next = "HOST"
            with m.State("SPIKES"):
                m.d.comb += [
                    self.stepping.eq(1),
                    events.valid.eq(1),
                    events.payload.axon.eq(read.data),
                    read.en.eq(events.ready),
                ]
                with m.If(events.ready):
                    m.d.sync += next_read.eq(next_read + 1)
                    with m.If(next_read == counts[self.parity]):
                        m.next = "HOST"
            with m.State("HOST"):
                m.d.comb += [
                    self.stepping.eq(1),
                    self.starves.eq(~host.valid),
                    events.valid.eq(host.valid),
                    events.payload.kind.eq(host.payload.kind),
                    events.payload.axon.eq(host.payload.axon),
                    host.ready.eq(events.ready),
                ]
                with m.If(host.valid & host.ready & (host.payload.kind == Kind.EOS)):
                    m.d.sync += [counts[self.parity].eq(0), next_read.eq(0)]
                    m.next = "BUSY"
            with m.State("BUSY"):
                m.d.comb += self.stepping.eq(1)
                with m.If(self.completed):
                    m.next = "IDLE"
            with m.State("END"):
                m.d.comb += [events.valid.eq(1), events.payload.kind.eq(Kind.END), host.ready.eq(events.ready)]
                with m.If(events.ready):
                    m.d.sync += [counts[self.parity].eq(0), next_read.eq(0)]
                    m.next = "IDLE"
        return m
