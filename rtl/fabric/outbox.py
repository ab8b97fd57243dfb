# SPDX-License-Identifier: Apache-2.0
"""The outbox: the spikes of a step on their way from a core to the ring."""

from amaranth.hdl import Assert, Module, Signal
from amaranth.lib import stream, wiring
from amaranth.lib.data import StructLayout, View
from amaranth.lib.fifo import SyncFIFOBuffered
from amaranth.lib.memory import Memory, WritePort
from amaranth.lib.wiring import In, Out

from model.fabric.config import FabricConfig
from rtl.fabric.layouts import ring_layout
from rtl.layouts import Kind, spike_layout


class Outbox(wiring.Component):
    """Holds a step's spikes until all listeners have room, and drops those that no other core hears.

    - ``spikes``: tokens of the core, taken in every cycle: there is room for every neuron and EOS, and a core begins no
      step before its last EOS has left. END is not for other cores.
    - ``may_send``: tokens may leave. ``leaving``: tokens, which go when an empty register of the ring passes;
      ``hops`` of their payload counts the registers after the first. Latency 3 cycles.
    - ``completed``: EOS leaves, which it does without a register if nobody waits for it.
    - ``number``: of this core. ``eos_hops``: of EOS. ``hops_write``: from the bundle.
    """

    def __init__(self, config: FabricConfig, number: int) -> None:
        self._config, self._number = config, number
        super().__init__(
            {
                "spikes": In(stream.Signature(spike_layout(config.cores[0]), always_ready=True)),
                "leaving": Out(stream.Signature(ring_layout(config))),
                "hops_write": Out(WritePort.Signature(addr_width=config.geometry.neuron_bits, shape=config.node_bits)),
                "eos_hops": In(config.node_bits),
                "may_send": In(1),
                "completed": Out(1),
            }
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        config, geometry = self._config, self._config.geometry
        m.submodules.hops = hops = Memory(shape=config.node_bits, depth=1 << geometry.neuron_bits, init=[])
        wiring.connect(m, wiring.flipped(self.hops_write), hops.write_port())
        read = hops.read_port()
        entry = StructLayout({"eos": 1, "hops": config.node_bits, "neuron": geometry.neuron_bits})
        m.submodules.fifo = fifo = SyncFIFOBuffered(width=entry.size, depth=geometry.neurons + 2)
        put, head = View(entry, fifo.w_data), View(entry, fifo.r_data)

        spikes, leaving = self.spikes, self.leaving
        event, eos = Signal(), Signal()  # the token whose hops are looked up
        neuron = Signal(geometry.neuron_bits)
        m.d.comb += [
            read.addr.eq(spikes.payload.neuron),
            read.en.eq(spikes.valid),
            put.eos.eq(eos),
            put.neuron.eq(neuron),
            put.hops.eq(read.data),
            fifo.w_en.eq(eos | (event & (read.data != 0))),
        ]
        with m.If(eos):
            m.d.comb += put.hops.eq(self.eos_hops)
        m.d.sync += [
            event.eq(spikes.valid & (spikes.payload.kind == Kind.EVENT)),
            eos.eq(spikes.valid & (spikes.payload.kind == Kind.EOS)),
            neuron.eq(spikes.payload.neuron),
            Assert(~fifo.w_en | fifo.w_rdy, "outbox: no room for a spike"),
        ]

        alone = head.eos & (head.hops == 0)
        leaves = Signal()
        m.d.comb += [
            leaving.valid.eq(fifo.r_rdy & self.may_send & ~alone),
            leaving.payload.eos.eq(head.eos),
            leaving.payload.hops.eq(head.hops - 1),
            leaving.payload.core.eq(self._number),
            leaving.payload.neuron.eq(head.neuron),
            leaves.eq(fifo.r_rdy & self.may_send & (alone | leaving.ready)),
            fifo.r_en.eq(leaves),
            self.completed.eq(leaves & head.eos),
        ]
        return m
