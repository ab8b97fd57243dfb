# SPDX-License-Identifier: Apache-2.0
"""The source table: the skip mask of each source, and the number of its first row."""

from amaranth.hdl import Module
from amaranth.lib import wiring
from amaranth.lib.memory import WritePort
from amaranth.lib.wiring import In, Out

from model.config import CoreConfig
from rtl.core.guarded import guarded
from rtl.delay.unit import LookupSignature
from rtl.layouts import mask_layout


class SourceTable(wiring.Component):
    """A memory of one entry per source: ``write`` for the loader, ``lookup`` for the delay unit, latency 1 cycle.

    ``corrected`` and ``failed``: of the word that was read (``rtl.core.guarded``).
    """

    def __init__(self, config: CoreConfig) -> None:
        self._config = config
        super().__init__(
            {
                "write": Out(WritePort.Signature(addr_width=config.source_bits, shape=mask_layout(config))),
                "lookup": In(LookupSignature(config)),
                "corrected": Out(1),
                "failed": Out(1),
            }
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        config = self._config
        read = guarded(
            m, "table", shape=mask_layout(config), depth=config.sources, write=self.write, protection=config.protection
        )
        m.d.comb += [
            read.en.eq(self.lookup.en),
            read.addr.eq(self.lookup.address),
            self.lookup.data.eq(read.data),
            self.corrected.eq(read.corrected),
            self.failed.eq(read.failed),
        ]
        return m
