# SPDX-License-Identifier: Apache-2.0
"""The loader: takes an image byte by byte, checks it as it goes, and fills the memories of the core."""

from collections.abc import Callable

from amaranth.hdl import Array, Cat, Module, Mux, Signal, Value, signed
from amaranth.lib import stream, wiring
from amaranth.lib.crc.catalog import CRC32_ETHERNET
from amaranth.lib.memory import WritePort
from amaranth.lib.wiring import In, Out

from model.config import CoreConfig
from model.delay.spec import Holds
from model.image.image import Status
from model.limits import CAPACITY, LEAK_ONE, VALUE_BITS
from model.network import Reset
from rtl.arith import count_ones
from rtl.core.sections import FIELDS, Section, SectionWalker, prefix, record_bytes, value_bytes
from rtl.layouts import byte_layout, mask_layout, parameter_layout, word_layout, words_layout


class Loader(wiring.Component):
    """Streams an image (docs/image.md) into the memories and says whether it may run.

    Throughput one byte a cycle, and one cycle more after the last byte; a byte is checked in the cycle after it was
    taken. ``begins`` is high in the cycle in which the first byte of an image is taken, ``good`` in the cycle in which
    its last check has passed. ``status`` is a ``model.image.image.Status``: ARMED while the core is, else what became
    of the last image. Memories are written while the image is under way, so the core must not run from ``begins`` to
    ``good``, nor after a refusal. ``first_kept`` is the first source with a delay level above 0. ``image`` is held in
    the cycle after a last byte, and between images while ``hold`` is high.
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
        m.submodules.walker = walker = SectionWalker(config)
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
        taken, last, complete, ends = Signal(), Signal(), Signal(), Signal()
        section, index = Signal(Section), Signal(32)
        record = Signal(8 * max(record_bytes(config).values()))
        data = self.image.payload.data
        take = Signal()
        m.d.comb += [
            self.image.ready.eq(~(taken & last) & (inside | ~self.hold)),
            take.eq(self.image.valid & self.image.ready),
            self.begins.eq(take & ~inside),
            walker.advance.eq(take),
            crc.start.eq(taken & last),
            crc.valid.eq(take),
            crc.data.eq(data),
        ]
        m.d.sync += taken.eq(take)
        with m.If(take):
            m.d.sync += [
                inside.eq(1),
                last.eq(self.image.payload.last),
                complete.eq(walker.record_end),
                ends.eq(walker.section_end),
                section.eq(walker.section),
                index.eq(walker.record),
                record.word_select(walker.byte, 8).eq(data),
            ]
            with m.If(walker.byte == 0):
                m.d.sync += record.eq(data)
        outcome = Signal(Status)  # of the last image, until the core is armed
        m.d.comb += self.status.eq(Mux(self.armed, Status.ARMED, outcome))
        with m.If(self.begins):
            m.d.sync += outcome.eq(Status.LOADING)

        # ... and judged in the next cycle.
        fault, refusal = Signal(Status), Signal(Status)  # of the record, of the image
        accept = Signal()
        final = complete & (section == Section.CRC)
        m.d.comb += accept.eq(taken & ~wrong & complete & (fault == Status.EMPTY))
        with m.If(taken & ~wrong):
            with m.If(complete & (fault != Status.EMPTY)):
                m.d.comb += refusal.eq(fault)
            with m.Elif(final & ~crc.match_detected):
                m.d.comb += refusal.eq(Status.BAD_CRC)
            with m.Elif(final & ~last):
                m.d.comb += refusal.eq(Status.TRAILING)
            with m.Elif(~final & last):
                m.d.comb += refusal.eq(Status.TRUNCATED)
            with m.Else():
                m.d.comb += self.good.eq(final)
        with m.If(refusal != Status.EMPTY):
            m.d.sync += [wrong.eq(1), outcome.eq(refusal)]
        with m.If(taken & last):
            m.d.comb += walker.restart.eq(1)
            m.d.sync += [inside.eq(0), wrong.eq(0)]

        self._judge(m, section=section, index=index, record=record, ends=ends, accept=accept, fault=fault)
        return m

    def _judge(self, m: Module, *, section: Signal, index: Signal, record: Signal, ends: Signal, accept: Signal,
               fault: Signal) -> None:  # fmt: skip
        """Check the record that is complete, and store it if ``accept``."""
        # Masks and rows that were accepted have no more bits and words than this; a total is checked at the end.
        config = self._config
        rows = Signal(range(config.sources * config.delays + 1))
        words = Signal(range(config.rows * config.targets_per_lane + 1))
        row_count, word_count = Signal.like(rows), Signal.like(words)
        m.d.comb += [row_count.eq(rows), word_count.eq(words)]
        with m.If(accept):
            m.d.sync += [rows.eq(row_count), words.eq(word_count)]
        with m.If(self.begins):
            m.d.sync += [rows.eq(0), words.eq(0), self._kept.eq(0)]

        def refuse(status: Status, condition: Value) -> None:
            with m.If(condition):
                m.d.comb += fault.eq(status)

        with m.Switch(section):
            with m.Case(Section.PREFIX):
                known = prefix(self._config)
                expected = Array(known)[index.bit_select(0, (len(known) - 1).bit_length())]
                with m.If(record[:8] != expected):
                    m.d.comb += fault.eq(Mux(index < 4, Status.BAD_MAGIC, Mux(index < 6, Status.BAD_VERSION,
                                                                              Status.BAD_BUILD)))  # fmt: skip
            for field, bits in self._fields.items():
                with m.Case(field):
                    status = Status.BAD_CAPACITY if field is Section.CAPACITY else Status.BAD_COUNT
                    refuse(status, ~self._field_fits(field, record[: len(bits)]))
                    with m.If(accept):
                        m.d.sync += bits.eq(record)
            with m.Case(Section.CODEBOOK):
                if self._config.codebook:
                    with m.If(accept):
                        m.d.sync += self.codebook.word_select(index[: self._config.weight_bits], VALUE_BITS).eq(record)
            with m.Case(Section.NEURONS):
                refuse(Status.BAD_PARAMETER, ~self._parameters_fit(m, record))
                m.d.comb += [self.parameter_write.en.eq(accept), self.parameter_write.addr.eq(index)]
            for field, first in ((Section.AXON_MASKS, 0), (Section.NEURON_MASKS, self._config.axons)):
                with m.Case(field):
                    m.d.comb += row_count.eq(rows + count_ones(record[: self._config.delays]))
                    if field is Section.NEURON_MASKS:
                        refuse(Status.BAD_MASK, ends & (row_count != self._fields[Section.ROWS_USED]))
                    source = index[: self._config.source_bits] + first
                    self._judge_mask(m, field, source, record=record, accept=accept, refuse=refuse)
            with m.Case(Section.ROWS):
                m.d.comb += word_count.eq(words + record + 1)
                refuse(Status.BAD_ROW, record >= self._config.targets_per_lane)
                refuse(Status.BAD_ROW, ends & (word_count != self._fields[Section.WORDS_USED]))
                m.d.comb += [self.row_write.en.eq(accept), self.row_write.addr.eq(index)]
            with m.Case(Section.WORDS):
                refuse(Status.BAD_WORD, ~self._word_fits(record))
                m.d.comb += [self.word_write.en.eq(accept), self.word_write.addr.eq(index)]
        m.d.comb += [
            self.mask_write.data.mask.eq(record),
            self.mask_write.data.base.eq(rows),
            self.row_write.data.start.eq(words),
            self.row_write.data.more.eq(record),
            self.word_write.data.eq(record[: self._config.lanes * self._config.entry_bits]),
        ]

    def _judge_mask(self, m: Module, field: Section, source: Value, *, record: Value, accept: Value,
                    refuse: Callable[[Status, Value], None]) -> None:  # fmt: skip
        """Check the skip mask of a source, and store it."""
        levels = Section.AXON_LEVELS if field is Section.AXON_MASKS else Section.NEURON_LEVELS
        delayed = record[1 : self._config.delays].any()
        with m.If(accept & delayed & ~self._kept):
            m.d.sync += [self._kept.eq(1), self.first_kept.eq(source)]
        if self._config.spec.holds is Holds.SOURCES:
            outside = source - self.first_kept >= self._config.queue_depth
            refuse(Status.BAD_CAPACITY, delayed & self._kept & outside)
        allowed = Cat(self._fields[levels] > bit for bit in range(len(record)))
        refuse(Status.BAD_MASK, (record & ~allowed) != 0)
        m.d.comb += [self.mask_write.en.eq(accept), self.mask_write.addr.eq(source)]

    def _field_fits(self, field: Section, value: Value) -> Value:
        """Whether a header field is in its range."""
        config, fields = self._config, self._fields
        capacity = config.queue_depth if config.delay_unit.has_queues else CAPACITY.high
        return {
            Section.AXONS_USED: (value >= 1) & (value <= config.axons),
            Section.NEURONS_USED: (value >= 1) & (value <= config.neurons),
            Section.AXON_LEVELS: (value >= 1) & (value <= config.delays),
            Section.NEURON_LEVELS: (value >= 1) & (value <= config.delays),
            Section.ROWS_USED: value <= config.rows,
            Section.WORDS_USED: (value >= fields[Section.ROWS_USED])
            & (value <= config.synapse_words)
            & ((fields[Section.ROWS_USED] != 0) | (value == 0)),
            Section.CAPACITY: value <= capacity,
            Section.MAX_STEPS: value >= 1,
            Section.ZERO: value == 0,
            Section.INFO_BYTES: Value.cast(1),
        }[field]

    def _parameters_fit(self, m: Module, record: Value) -> Value:
        """Whether a neuron's parameters are in their ranges; also unpacks them for the memory."""
        config, width = self._config, 8 * value_bytes(self._config)
        alpha, beta, reset = record[:16], record[16:32], record[32 + 3 * width :][:8]
        refractory = record[32 + 3 * width + 8 : 8 * record_bytes(config)[Section.NEURONS]]
        values = [Signal(signed(width), name=name) for name in ("bias", "threshold", "floor")]
        bias, threshold, floor = values
        data = self.parameter_write.data
        m.d.comb += [value.eq(record[32 + i * width :][:width]) for i, value in enumerate(values)]
        m.d.comb += [
            data.alpha.eq(alpha), data.beta.eq(beta), data.bias.eq(bias), data.threshold.eq(threshold),
            data.floor.eq(floor), data.reset.eq(reset),
        ]  # fmt: skip
        if config.refractory_bits:
            m.d.comb += data.refractory.eq(refractory)
        fits = (
            (alpha <= LEAK_ONE)
            & (beta <= LEAK_ONE)
            & (bias >= config.vmin)
            & (bias <= config.vmax)
            & (threshold >= config.vmin)
            & (threshold <= config.vmax + 1)
            & (floor >= config.vmin)
            & (floor <= config.vmax)
            & (reset <= max(Reset))
            & ((reset != Reset.SUBTRACT) | (threshold >= 0))
        )
        if len(refractory) > config.refractory_bits:
            fits &= refractory[config.refractory_bits :] == 0
        return fits

    def _word_fits(self, record: Value) -> Value:
        """Whether every entry of a synapse word is empty or has a target."""
        config, fits = self._config, []
        for lane in range(config.lanes):
            entry = record[lane * config.entry_bits :][: config.entry_bits]
            weight, target = entry[: config.weight_bits], entry[config.weight_bits :]
            if config.codebook:
                weight = self.codebook.word_select(weight, VALUE_BITS)
            reachable = target * config.lanes + lane < self.neurons_used
            fits.append(Mux(weight == 0, target == 0, reachable))
        above = record[config.lanes * config.entry_bits : 8 * record_bytes(config)[Section.WORDS]]
        return Cat(fits).all() & (above == 0)
