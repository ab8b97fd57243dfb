# SPDX-License-Identifier: Apache-2.0
"""Takes the routes of a core from the bundle."""

from amaranth.hdl import Module, Signal
from amaranth.lib import stream, wiring
from amaranth.lib.memory import WritePort
from amaranth.lib.wiring import In, Out

from model.fabric.config import FabricConfig
from rtl.fabric.layouts import ChainKind, chain_layout, span_layout


class RouteWriter(wiring.Component):
    """Turns the route tokens of a core, which are right and complete, into writes of its tables.

    Every counter starts at 0 after a reset; there is one before each bundle.
    """

    def __init__(self, config: FabricConfig) -> None:
        self._config = config
        super().__init__(
            {
                "tokens": In(stream.Signature(chain_layout(config), always_ready=True)),
                "senders": Out(config.nodes),
                "listeners": Out(config.nodes),
                "eos_hops": Out(config.node_bits),
                "span_write": In(WritePort.Signature(addr_width=config.nodes.bit_length(), shape=span_layout(config))),
                "entry_write": In(WritePort.Signature(addr_width=config.route_bits, shape=config.local_bits)),
                "hops_write": In(WritePort.Signature(addr_width=config.geometry.neuron_bits, shape=config.node_bits)),
            }
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        config, token = self._config, self.tokens.payload
        sets = {
            kind: Signal(8 * -(-config.nodes // 8), name=kind.name.lower())
            for kind in (ChainKind.SENDERS, ChainKind.LISTENERS)
        }
        place = {kind: Signal(3, name=f"{kind.name.lower()}_byte") for kind in sets}
        span, entry, neuron = (Signal.like(port.addr) for port in (self.span_write, self.entry_write, self.hops_write))
        data = self.span_write.data
        base, first = Signal.like(data.base), Signal.like(data.first)
        m.d.comb += [
            self.senders.eq(sets[ChainKind.SENDERS]),
            self.listeners.eq(sets[ChainKind.LISTENERS]),
            data.base.eq(base),
            data.first.eq(first),
            data.count.eq(token.data),
            self.span_write.addr.eq(span),
            self.entry_write.addr.eq(entry),
            self.entry_write.data.eq(token.data),
            self.hops_write.addr.eq(neuron),
            self.hops_write.data.eq(token.data),
        ]
        with m.If(self.tokens.valid), m.Switch(token.kind):
            for kind, bits in sets.items():
                with m.Case(kind):
                    for byte in range(len(bits) // 8):
                        with m.If(place[kind] == byte):
                            m.d.sync += bits[8 * byte :][:8].eq(token.data)
                    m.d.sync += place[kind].eq(place[kind] + 1)
            with m.Case(ChainKind.EOS_HOPS):
                m.d.sync += self.eos_hops.eq(token.data)
            with m.Case(ChainKind.SPAN_BASE):
                m.d.sync += base.eq(token.data)
            with m.Case(ChainKind.SPAN_FIRST):
                m.d.sync += first.eq(token.data)
            with m.Case(ChainKind.SPAN_COUNT):
                m.d.comb += self.span_write.en.eq(1)
                m.d.sync += span.eq(span + 1)
            with m.Case(ChainKind.HOST_COUNT):
                m.d.comb += [self.span_write.en.eq(1), self.span_write.addr.eq(config.nodes)]
            with m.Case(ChainKind.ENTRY):
                m.d.comb += self.entry_write.en.eq(1)
                m.d.sync += entry.eq(entry + 1)
            with m.Case(ChainKind.HOPS):
                m.d.comb += self.hops_write.en.eq(1)
                m.d.sync += neuron.eq(neuron + 1)
        return m
