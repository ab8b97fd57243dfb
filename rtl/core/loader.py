# SPDX-License-Identifier: Apache-2.0
"""The loader: takes an image byte by byte, checks it as it goes, and fills the memories of the core."""

from collections.abc import Sequence
from typing import Any

from amaranth.hdl import Cat, EnableInserter, Module, Mux, Signal, signed
from amaranth.lib import stream, wiring
from amaranth.lib.crc.catalog import CRC32_ETHERNET
from amaranth.lib.data import StructLayout
from amaranth.lib.memory import WritePort
from amaranth.lib.wiring import In, Out

from model.config import CoreConfig
from model.delay.spec import Holds
from model.image.image import Status
from model.limits import VALUE_BITS
from rtl.arith import GROUP, count_ones, total
from rtl.core.checks import BEFORE, NeuronRecord, RecordCheck
from rtl.core.sections import FIELDS, Section, SectionWalker, record_bytes
from rtl.layouts import byte_layout, mask_layout, parameter_layout, word_layout, words_layout


class Loader(wiring.Component):
    """Streams an image (docs/image.md) into the memories and says whether it may run.

    Throughput one byte a cycle, and three cycles more after the last byte. A record is judged three cycles after its
    last byte was taken: checked by itself (1), its bits counted (1), checked with what came before (1). ``begins`` is
    high in the cycle in which the first byte of an image is taken, ``good`` in the cycle in which its last check has
    passed. ``status`` is a ``model.image.image.Status``: ARMED while the core is, else what became of the last image.
    Memories are written while the image is under way, so the core must not run from ``begins`` to ``good``, nor after a
    refusal. ``first_kept`` is the first source with a delay level above 0. ``image`` is held in the three cycles after
    a last byte, and between images while ``hold`` is high.
    """

    def __init__(self, config: CoreConfig) -> None:
        self._config = config
        ports = {
            "image": In(stream.Signature(byte_layout())),
            "hold": In(1),
            "armed": In(1),
            "begins": Out(1),
            "good": Out(1),
            "status": Out(8),
            "axons_used": Out(16),
            "neurons_used": Out(16),
            "capacity": Out(32),
            "max_steps": Out(16),
            "first_kept": Out(config.source_bits),
            "mask_write": In(WritePort.Signature(addr_width=config.source_bits, shape=mask_layout(config))),
            "parameter_write": In(WritePort.Signature(addr_width=config.neuron_bits, shape=parameter_layout(config))),
            "row_write": In(WritePort.Signature(addr_width=config.row_bits, shape=words_layout(config))),
            "word_write": In(WritePort.Signature(addr_width=config.word_bits, shape=word_layout(config))),
        }
        if config.codebook:
            ports["codebook"] = Out(VALUE_BITS << config.weight_bits)
        super().__init__(ports)

    def elaborate(self, platform: object) -> Module:
        m = Module()
        config = self._config
        walker = SectionWalker(config)
        m.submodules.crc = crc = CRC32_ETHERNET(data_width=8).create()
        self._kept = Signal()  # a source with a delay level above 0 has come
        self._fields = {section: Signal(8 * size, name=section.name.lower()) for section, size in FIELDS.items()}
        for name in ("axons_used", "neurons_used", "axon_levels", "neuron_levels", "rows_used", "words_used",
                     "info_bytes"):  # fmt: skip
            m.d.comb += getattr(walker, name).eq(self._fields[Section[name.upper()]])
        for name in ("axons_used", "neurons_used", "capacity", "max_steps"):
            m.d.comb += getattr(self, name).eq(self._fields[Section[name.upper()]])

        # A byte is taken ...
        inside, wrong = Signal(), Signal()  # an image is under way; it was refused
        byte = self._byte_layout()
        taken, checked, counted = (Signal(byte, name=name) for name in ("taken", "checked", "counted"))
        ending = Cat(each.valid & each.last for each in (taken, checked, counted)).any()
        data = self.image.payload.data
        take = Signal()
        m.d.comb += [
            self.image.ready.eq(~ending & (inside | ~self.hold)),
            take.eq(self.image.valid & self.image.ready),
            self.begins.eq(take & ~inside),
            walker.advance.eq(take),
            crc.start.eq(counted.valid & counted.last),
            crc.valid.eq(take),
            crc.data.eq(data),
        ]
        m.d.sync += taken.valid.eq(take)
        with m.If(take):
            m.d.sync += inside.eq(1)
        # What it says may come early: ``valid`` says when it counts, and comes from far away.
        with m.If(self.image.valid & ~ending):
            m.d.sync += [
                taken.last.eq(self.image.payload.last),
                taken.complete.eq(walker.record_end),
                taken.ends.eq(walker.section_end),
                taken.section.eq(walker.section),
                taken.index.eq(walker.record),
                taken.record.word_select(walker.byte, 8).eq(data),
            ]
            with m.If(walker.byte == 0):
                m.d.sync += taken.record.eq(data)

        # ... checked by itself, its bits counted, ...
        check = RecordCheck(config)
        m.d.comb += [check.section.eq(taken.section), check.index.eq(taken.index), check.record.eq(taken.record)]
        m.d.comb += [getattr(check, field.name.lower()).eq(self._fields[field]) for field in BEFORE]
        if config.codebook:
            m.d.comb += check.codebook.eq(self.codebook)
        groups = [taken.record[start : min(start + GROUP, config.delays)] for start in range(0, config.delays, GROUP)]
        counts = [Signal(range(len(group) + 1), name=f"count{number}") for number, group in enumerate(groups)]
        # What stands beside a byte moves with it alone: registers that follow nothing need no clock.
        m.d.sync += [checked.valid.eq(taken.valid), counted.valid.eq(checked.valid)]
        with m.If(taken.valid):
            m.d.sync += [
                checked.eq(taken),
                checked.matches.eq(crc.match_detected),
                *(count.eq(count_ones(bits)) for count, bits in zip(counts, groups, strict=True)),
            ]
        with m.If(checked.valid):
            m.d.sync += [counted.eq(checked), counted.fault.eq(check.fault)]

        # Both follow the header's fields as well, which change a cycle before ``stored``; else they need no clock.
        stored = Signal()
        m.d.sync += stored.eq(counted.valid)
        m.submodules.check = EnableInserter(taken.valid | stored)(check)
        m.submodules.walker = EnableInserter(take | counted.valid | stored)(walker)

        # ... and judged.
        accept, fault = Signal(), Signal(Status)
        self._judge(m, counted, inside=inside, wrong=wrong, accept=accept, fault=fault)
        self._count(m, taken, checked, counted, counts=counts, accept=accept, fault=fault)
        self._store(m, counted, wrong=wrong, accept=accept)
        with m.If(counted.valid & counted.last):
            m.d.comb += walker.restart.eq(1)
        return m

    def _judge(self, m: Module, counted: Any, *, inside: Signal, wrong: Signal, accept: Signal, fault: Signal) -> None:
        """Accept a record without a fault; say what becomes of the image."""
        outcome = Signal(Status)  # of the last image, until the core is armed
        m.d.comb += self.status.eq(Mux(self.armed, Status.ARMED, outcome))
        with m.If(self.begins):
            m.d.sync += outcome.eq(Status.LOADING)
        refusal = Signal(Status)
        final = counted.complete & (counted.section == Section.CRC)
        m.d.comb += accept.eq(counted.valid & ~wrong & counted.complete & (fault == Status.EMPTY))
        with m.If(counted.valid & ~wrong):
            with m.If(counted.complete & (fault != Status.EMPTY)):
                m.d.comb += refusal.eq(fault)
            with m.Elif(final & ~counted.matches):
                m.d.comb += refusal.eq(Status.BAD_CRC)
            with m.Elif(final & ~counted.last):
                m.d.comb += refusal.eq(Status.TRAILING)
            with m.Elif(~final & counted.last):
                m.d.comb += refusal.eq(Status.TRUNCATED)
            with m.Else():
                m.d.comb += self.good.eq(final)
        with m.If(refusal != Status.EMPTY):
            m.d.sync += [wrong.eq(1), outcome.eq(refusal)]
        with m.If(counted.valid & counted.last):
            m.d.sync += [inside.eq(0), wrong.eq(0)]

    def _byte_layout(self) -> StructLayout:
        """A byte that was taken: its place, the record up to it, and what was found wrong with that."""
        record = 8 * max(record_bytes(self._config).values())
        return StructLayout({"valid": 1, "last": 1, "complete": 1, "ends": 1, "section": Section, "index": 32,
                             "record": record, "fault": Status, "matches": 1})  # fmt: skip

    def _count(self, m: Module, taken: Any, checked: Any, counted: Any, *, counts: Sequence[Signal], accept: Signal,
               fault: Signal) -> None:  # fmt: skip
        """Count rows and words, and say what is wrong with a record beside those before it."""
        # Masks and rows that were accepted have no more bits and words than this; a total is checked at the end.
        config, fields = self._config, self._fields
        rows = Signal(range(config.sources * config.delays + 1))
        words = Signal(range(config.rows * config.targets_per_lane + 1))
        more_rows, more_words = Signal(range(config.delays + 1)), Signal(range(config.targets_per_lane + 1))
        # How many of them must have come before the last record of their section.
        rows_wanted, words_wanted = Signal(signed(34)), Signal(signed(34))
        mask = checked.record[: config.delays]
        delayed, source, outside = Signal(), Signal(config.source_bits), Signal()
        coming = Signal(config.source_bits)
        with m.If(taken.valid):
            m.d.sync += coming.eq(taken.index + Mux(taken.section == Section.NEURON_MASKS, config.axons, 0))
        # Whether a source is outside of the history that begins with the first, or with the one right before it.
        begins, outside_first, outside_last = Signal(), Signal(), Signal()
        m.d.sync += begins.eq(0)
        with m.If(checked.valid):
            m.d.sync += [
                outside_first.eq(coming - self.first_kept >= config.queue_depth),
                outside_last.eq(coming - source >= config.queue_depth),
                more_rows.eq(total(counts)),
                more_words.eq(checked.record + 1),
                rows_wanted.eq(fields[Section.ROWS_USED] - total(counts)),
                words_wanted.eq(fields[Section.WORDS_USED] - checked.record[: config.target_bits] - 1),
                delayed.eq(mask[1:].any()),
                source.eq(coming),
            ]
        with m.If(counted.section.matches(Section.AXON_MASKS, Section.NEURON_MASKS)):
            with m.If(accept):
                m.d.sync += rows.eq(rows + more_rows)
            with m.If(accept & delayed & ~self._kept):
                m.d.sync += [self._kept.eq(1), self.first_kept.eq(source), begins.eq(1)]
            if config.spec.holds is Holds.SOURCES:
                m.d.comb += outside.eq(delayed & self._kept & Mux(begins, outside_last, outside_first))
        with m.If(accept & (counted.section == Section.ROWS)):
            m.d.sync += words.eq(words + more_words)
        with m.If(self.begins):
            m.d.sync += [rows.eq(0), words.eq(0), self._kept.eq(0)]
        with m.If(counted.fault != Status.EMPTY):
            m.d.comb += fault.eq(counted.fault)
        with m.Elif(outside):
            m.d.comb += fault.eq(Status.BAD_CAPACITY)
        with m.Elif((counted.section == Section.NEURON_MASKS) & counted.ends & (rows != rows_wanted)):
            m.d.comb += fault.eq(Status.BAD_MASK)
        with m.Elif((counted.section == Section.ROWS) & counted.ends & (words != words_wanted)):
            m.d.comb += fault.eq(Status.BAD_ROW)
        with m.If(counted.valid):
            m.d.sync += [
                self.mask_write.addr.eq(source),
                self.mask_write.data.base.eq(rows),
                self.row_write.data.start.eq(words),
            ]

    def _store(self, m: Module, counted: Any, *, wrong: Signal, accept: Signal) -> None:
        """Store a record that is accepted; a memory is written in the cycle after it."""
        config, record = self._config, counted.record
        neuron, data = NeuronRecord(config, record), self.parameter_write.data
        names = ["alpha", "beta", "bias", "threshold", "floor", "reset"]
        names += ["refractory"] * bool(config.refractory_bits)
        writes = (self.parameter_write, self.mask_write, self.row_write, self.word_write)
        m.d.sync += [write.en.eq(0) for write in writes]
        with m.If(counted.valid):
            m.d.sync += [
                *(getattr(data, name).eq(getattr(neuron, name)) for name in names),
                self.parameter_write.addr.eq(counted.index),
                self.mask_write.data.mask.eq(record),
                self.row_write.addr.eq(counted.index),
                self.row_write.data.more.eq(record),
                self.word_write.addr.eq(counted.index),
                self.word_write.data.eq(record[: config.lanes * config.entry_bits]),
            ]
        # Fields need not wait for what is found wrong with them: nobody looks at those of an image that was refused.
        with m.If(counted.valid & counted.complete & ~wrong), m.Switch(counted.section):
            for field, bits in self._fields.items():
                with m.Case(field):
                    m.d.sync += bits.eq(record)
            with m.Case(Section.CODEBOOK):
                if config.codebook:
                    index = counted.index[: config.weight_bits]
                    m.d.sync += self.codebook.word_select(index, VALUE_BITS).eq(record)
        with m.If(accept), m.Switch(counted.section):
            with m.Case(Section.NEURONS):
                m.d.sync += self.parameter_write.en.eq(1)
            with m.Case(Section.AXON_MASKS, Section.NEURON_MASKS):
                m.d.sync += self.mask_write.en.eq(1)
            with m.Case(Section.ROWS):
                m.d.sync += self.row_write.en.eq(1)
            with m.Case(Section.WORDS):
                m.d.sync += self.word_write.en.eq(1)
