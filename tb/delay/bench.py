# SPDX-License-Identifier: Apache-2.0
"""A delay unit with the streams around it that a bench needs."""

from amaranth.hdl import Module, Signal
from amaranth.lib import stream, wiring
from amaranth.lib.data import StructLayout
from amaranth.lib.memory import Memory, WritePort
from amaranth.lib.wiring import In, Out

from model.config import CoreConfig
from rtl.delay.unit import DelayUnitBase
from rtl.layouts import mask_layout


def write_layout(port: WritePort.Signature) -> StructLayout:
    """A write to a memory, as a token."""
    return StructLayout({"address": port.addr_width, "data": port.shape})


def connect_writes(m: Module, tokens: stream.Interface, port: wiring.PureInterface) -> None:
    """Carry out a write in every cycle that has a token."""
    m.d.comb += [
        tokens.ready.eq(1),
        port.en.eq(tokens.valid),
        port.addr.eq(tokens.payload.address),
        port.data.eq(tokens.payload.data),
    ]


def command_layout(config: CoreConfig) -> StructLayout:
    """What a bench tells a unit: a source that fired, the end of step, or a flush."""
    return StructLayout({"eos": 1, "flush": 1, "source": config.source_bits})


def answer_layout(config: CoreConfig) -> StructLayout:
    """What came out: a row, the end of step, or the mark that a flush happened here."""
    return StructLayout(
        {"eos": 1, "flush": 1, "source": config.source_bits, "level": config.delay_bits, "row": config.row_bits}
    )


class UnitBench(wiring.Component):
    """A delay unit with a source table that the bench writes.

    A flush is a token among the ``arrivals``: it takes effect in the cycle in which it is taken, whatever the unit is
    doing. A row that is on offer then is still handed over, so that ``rows`` keeps the law of streams, and then a mark.

    ``offers`` and ``row_offers`` record when a token of ``arrivals`` and of ``rows`` is first on offer.
    ``select`` is an input of the unit besides those of its signature, for a unit that is many variants of one
    (``flow.verify.mutants``); it becomes the input ``variant``.
    """

    def __init__(self, unit: DelayUnitBase, *, select: Signal | None = None) -> None:
        self._unit, self._select, config = unit, select, unit.config
        self._table = WritePort.Signature(addr_width=config.source_bits, shape=mask_layout(config))
        super().__init__(
            {
                "table": In(stream.Signature(write_layout(self._table))),
                "arrivals": In(stream.Signature(command_layout(config))),
                "rows": Out(stream.Signature(answer_layout(config))),
                "offers": Out(stream.Signature(1, always_ready=True)),
                "row_offers": Out(stream.Signature(1, always_ready=True)),
                "clear_counters": In(1),
                "capacity": In(range(config.queue_depth + 1)),
                "first_kept": In(config.source_bits),
                "variant": In(0 if select is None else len(select)),
                "peak": Out(range(config.queue_depth + 1)),
                "lost": Out(32),
            }
        )

    @property
    def config(self) -> CoreConfig:
        """The build of the unit."""
        return self._unit.config

    def elaborate(self, platform: object) -> Module:
        m = Module()
        m.submodules.unit = unit = self._unit
        m.submodules.table = table = Memory(shape=mask_layout(unit.config), depth=unit.config.sources, init=[])
        connect_writes(m, self.table, table.write_port())
        lookup = table.read_port()
        m.d.comb += [
            lookup.en.eq(unit.lookup.en),
            lookup.addr.eq(unit.lookup.address),
            unit.lookup.data.eq(lookup.data),
            unit.clear_counters.eq(self.clear_counters),
            unit.capacity.eq(self.capacity),
            unit.first_kept.eq(self.first_kept),
            self.peak.eq(unit.peak),
            self.lost.eq(unit.lost),
        ]
        if self._select is not None:
            m.d.comb += self._select.eq(self.variant)

        kept_valid, mark = Signal(), Signal()
        kept = Signal(answer_layout(unit.config))
        command, row, out = self.arrivals.payload, unit.rows.payload, self.rows.payload
        m.d.comb += [
            unit.flush.eq(self.arrivals.valid & command.flush & ~mark),
            unit.arrivals.valid.eq(self.arrivals.valid & ~command.flush),
            unit.arrivals.payload.eos.eq(command.eos),
            unit.arrivals.payload.source.eq(command.source),
            self.arrivals.ready.eq(unit.flush | (~command.flush & unit.arrivals.ready)),
        ]
        with m.If(kept_valid):
            m.d.comb += [self.rows.valid.eq(1), out.eq(kept)]
            m.d.sync += kept_valid.eq(~self.rows.ready)
        with m.Elif(mark):
            m.d.comb += [self.rows.valid.eq(1), out.flush.eq(1)]
            m.d.sync += mark.eq(~self.rows.ready)
        with m.Else():
            m.d.comb += [
                self.rows.valid.eq(unit.rows.valid),
                unit.rows.ready.eq(self.rows.ready),
                out.eos.eq(row.eos),
                out.source.eq(row.source),
                out.level.eq(row.level),
                out.row.eq(row.row),
            ]
        for tokens, record in ((self.arrivals, self.offers), (self.rows, self.row_offers)):
            waiting = Signal()
            m.d.sync += waiting.eq(tokens.valid & ~tokens.ready)
            m.d.comb += record.valid.eq(tokens.valid & ~waiting)
        with m.If(unit.flush):
            m.d.sync += [mark.eq(1), kept_valid.eq(unit.rows.valid & ~unit.rows.ready), kept.eq(out)]
        return m
