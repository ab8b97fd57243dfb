# SPDX-License-Identifier: Apache-2.0
"""The route table: which of the core's axons a source outside of it is."""

from amaranth.hdl import Module, Signal
from amaranth.lib import stream, wiring
from amaranth.lib.data import StructLayout
from amaranth.lib.memory import Memory, WritePort
from amaranth.lib.wiring import In, Out

from model.fabric.config import FabricConfig
from rtl.fabric.layouts import HOST_AXON_BITS, span_layout


def query_layout(config: FabricConfig) -> StructLayout:
    """A source outside: neuron ``source`` of core ``sender``, or axon ``source`` of the host (sender ``nodes``)."""
    return StructLayout({"sender": range(config.nodes + 1), "source": HOST_AXON_BITS})


class RouteTable(wiring.Component):
    """Answers a ``query`` two cycles later with the core's own axon plus 1, or 0 if the core does not hear the source.

    One query a cycle, no back-pressure. ``span_write``, ``entry_write``: from the bundle.
    """

    LATENCY = 2

    def __init__(self, config: FabricConfig) -> None:
        self._config = config
        super().__init__(
            {
                "span_write": Out(
                    WritePort.Signature(addr_width=config.nodes.bit_length(), shape=span_layout(config)),
                ),
                "entry_write": Out(WritePort.Signature(addr_width=config.route_bits, shape=config.local_bits)),
                "query": In(stream.Signature(query_layout(config), always_ready=True)),
                "answer": Out(config.local_bits),
            }
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        config = self._config
        m.submodules.spans = spans = Memory(shape=span_layout(config), depth=1 << config.nodes.bit_length(), init=[])
        m.submodules.entries = entries = Memory(shape=config.local_bits, depth=1 << config.route_bits, init=[])
        wiring.connect(m, wiring.flipped(self.span_write), spans.write_port())
        wiring.connect(m, wiring.flipped(self.entry_write), entries.write_port())
        span, entry = spans.read_port(), entries.read_port()

        source, offset = Signal(HOST_AXON_BITS), Signal(HOST_AXON_BITS)
        inside, heard = Signal(), Signal()
        m.d.comb += [
            span.en.eq(self.query.valid),
            span.addr.eq(self.query.payload.sender),
            offset.eq(source - span.data.first),
            inside.eq((source >= span.data.first) & (offset < span.data.count)),
            entry.addr.eq(span.data.base + offset),
        ]
        asked = Signal()
        m.d.comb += entry.en.eq(asked)
        m.d.sync += [asked.eq(self.query.valid), source.eq(self.query.payload.source), heard.eq(inside)]
        with m.If(heard):
            m.d.comb += self.answer.eq(entry.data)
        return m
