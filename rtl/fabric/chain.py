# SPDX-License-Identifier: Apache-2.0
"""A link of the chain that brings the host's tokens to all cores in their order."""

from amaranth.hdl import Module
from amaranth.lib import stream, wiring
from amaranth.lib.fifo import SyncFIFO
from amaranth.lib.wiring import In, Out

from model.fabric.config import FabricConfig
from rtl.fabric.layouts import chain_layout


class ChainLink(wiring.Component):
    """Passes each token of ``before`` to ``node`` and to ``after`` in one cycle: when both can take it.

    One token a cycle, latency 1 cycle. Two entries, so that no wire of ready goes through all links. ``last``: there is
    no link after this one.
    """

    def __init__(self, config: FabricConfig, *, last: bool) -> None:
        self._config, self._last = config, last
        token = stream.Signature(chain_layout(config))
        super().__init__({"before": In(token), "node": Out(token), "after": Out(token)})

    def elaborate(self, platform: object) -> Module:
        m = Module()
        m.submodules.queue = queue = SyncFIFO(width=chain_layout(self._config).size, depth=2)
        after_ready = 1 if self._last else self.after.ready
        m.d.comb += [
            queue.w_data.eq(self.before.payload),
            queue.w_en.eq(self.before.valid),
            self.before.ready.eq(queue.w_rdy),
            self.node.payload.eq(queue.r_data),
            self.after.payload.eq(queue.r_data),
            self.node.valid.eq(queue.r_rdy & after_ready),
            self.after.valid.eq(queue.r_rdy & self.node.ready),
            queue.r_en.eq(self.node.ready & after_ready),
        ]
        return m
