# SPDX-License-Identifier: Apache-2.0
"""The collector: brings the output of a core, and of the cores behind it, toward the host."""

from amaranth.hdl import Module
from amaranth.lib import stream, wiring
from amaranth.lib.data import View
from amaranth.lib.fifo import SyncFIFO, SyncFIFOBuffered
from amaranth.lib.wiring import In, Out

from model.fabric.config import FabricConfig
from rtl.fabric.layouts import OutKind, out_layout
from rtl.layouts import readout_layout, spike_layout


class Collector(wiring.Component):
    """Merges ``behind``, the tokens of the cores behind, with those of core ``number``: ``spikes`` and ``readouts``.

    What comes from behind goes first. Spikes wait in a FIFO with room for those of a step, so that a core is stopped
    only by a host that does not take them; read-outs are held. One token a cycle, two cycles from ``behind`` to ``out``
    at the most while nothing waits.
    """

    def __init__(self, config: FabricConfig, number: int) -> None:
        self._config, self._number = config, number
        core = config.cores[0]
        super().__init__(
            {
                "spikes": In(stream.Signature(spike_layout(core))),
                "readouts": In(stream.Signature(readout_layout(core))),
                "behind": In(stream.Signature(out_layout(config))),
                "out": Out(stream.Signature(out_layout(config))),
            }
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        spike = spike_layout(self._config.cores[0])
        m.submodules.spikes = spikes = SyncFIFOBuffered(width=spike.size, depth=self._config.geometry.neurons + 2)
        # Two entries, so that no wire of ready goes through all nodes.
        m.submodules.merged = merged = SyncFIFO(width=out_layout(self._config).size, depth=2)
        put = View(out_layout(self._config), merged.w_data)
        head = View(spike, spikes.r_data)
        m.d.comb += [
            spikes.w_data.eq(self.spikes.payload),
            spikes.w_en.eq(self.spikes.valid),
            self.spikes.ready.eq(spikes.w_rdy),
            self.out.valid.eq(merged.r_rdy),
            self.out.payload.eq(merged.r_data),
            merged.r_en.eq(self.out.ready),
        ]
        with m.If(self.behind.valid):
            m.d.comb += [put.eq(self.behind.payload), merged.w_en.eq(1), self.behind.ready.eq(merged.w_rdy)]
        with m.Elif(spikes.r_rdy):
            m.d.comb += [
                put.kind.eq(head.kind),
                put.core.eq(self._number),
                put.neuron.eq(head.neuron),
                merged.w_en.eq(1),
                spikes.r_en.eq(merged.w_rdy),
            ]
        with m.Else():
            m.d.comb += [
                put.kind.eq(OutKind.READOUT),
                put.core.eq(self._number),
                put.neuron.eq(self.readouts.payload.neuron),
                put.potential.eq(self.readouts.payload.potential),
                put.potential_sum.eq(self.readouts.payload.potential_sum),
                merged.w_en.eq(self.readouts.valid),
                self.readouts.ready.eq(merged.w_rdy),
            ]
        return m
