# SPDX-License-Identifier: Apache-2.0
"""The source table: the skip mask of each source, and the number of its first row."""

from amaranth.hdl import Module
from amaranth.lib import wiring
from amaranth.lib.memory import WritePort
from amaranth.lib.wiring import In, Out

from model.config import CoreConfig
from rtl.delay.unit import LookupSignature
from rtl.layouts import mask_layout
from rtl.memories import apart_memory


class SourceTable(wiring.Component):
    """A memory of one entry per source: ``write`` for the loader, ``lookup`` for the delay unit, latency 1 cycle."""

    def __init__(self, config: CoreConfig) -> None:
        self._config = config
        super().__init__(
            {
                "write": Out(WritePort.Signature(addr_width=config.source_bits, shape=mask_layout(config))),
                "lookup": In(LookupSignature(config)),
            }
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        m.submodules.table = table = apart_memory(mask_layout(self._config), self._config.sources)
        wiring.connect(m, wiring.flipped(self.write), table.write_port())
        read = table.read_port()
        m.d.comb += [
            read.en.eq(self.lookup.en),
            read.addr.eq(self.lookup.address),
            self.lookup.data.eq(read.data),
        ]
        return m
