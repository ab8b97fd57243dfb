# SPDX-License-Identifier: Apache-2.0
"""Where a byte of an image stands: its section, its record, and its place in the record."""

from enum import IntEnum

from amaranth.hdl import Module, Signal, Value
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from model.config import CoreConfig


class Section(IntEnum):
    """The parts of an image in their order; each field of the header after the build's is one."""

    PREFIX = 0
    """Magic, version and geometry: bytes that a build knows."""
    AXONS_USED = 1
    NEURONS_USED = 2
    AXON_LEVELS = 3
    NEURON_LEVELS = 4
    ROWS_USED = 5
    WORDS_USED = 6
    CAPACITY = 7
    MAX_STEPS = 8
    ZERO = 9
    INFO_BYTES = 10
    CODEBOOK = 11
    NEURONS = 12
    AXON_MASKS = 13
    NEURON_MASKS = 14
    ROWS = 15
    WORDS = 16
    INFO = 17
    CRC = 18


FIELDS = {
    Section.AXONS_USED: 2,
    Section.NEURONS_USED: 2,
    Section.AXON_LEVELS: 2,
    Section.NEURON_LEVELS: 2,
    Section.ROWS_USED: 4,
    Section.WORDS_USED: 4,
    Section.CAPACITY: 4,
    Section.MAX_STEPS: 2,
    Section.ZERO: 2,
    Section.INFO_BYTES: 4,
}
"""Bytes of each header field that belongs to the network."""


def prefix(config: CoreConfig) -> bytes:
    """The first bytes of every image for this build: magic, version, geometry."""
    fields = (
        (1, config.lanes), (1, config.weight_bits), (1, config.codebook), (1, config.accumulator_bits),
        (1, config.state_bits), (1, config.refractory_bits), (2, config.neurons), (2, config.axons), (2, config.delays),
        (2, 0), (4, config.rows), (4, config.synapse_words),
    )  # fmt: skip
    return b"CHRX" + (1).to_bytes(2, "little") + b"".join(int(value).to_bytes(size, "little") for size, value in fields)


def value_bytes(config: CoreConfig) -> int:
    """Bytes of a bias, threshold or floor."""
    return -(-(config.state_bits + 1) // 8)


def record_bytes(config: CoreConfig) -> dict[Section, int]:
    """Bytes of a record, for the sections where the build alone decides it; masks at their longest."""
    return {
        Section.PREFIX: 1,
        **FIELDS,
        Section.CODEBOOK: 1,
        Section.NEURONS: 5 + 3 * value_bytes(config) + -(-config.refractory_bits // 8),
        Section.AXON_MASKS: -(-config.delays // 8),
        Section.NEURON_MASKS: -(-config.delays // 8),
        Section.ROWS: -(-config.target_bits // 8),
        Section.WORDS: -(-config.lanes * config.entry_bits // 8),
        Section.INFO: 1,
        Section.CRC: 4,
    }


class SectionWalker(wiring.Component):
    """Counts through the sections of an image, one byte per ``advance``.

    ``section``, ``record`` and ``byte`` tell the place of the byte that is next; ``record_end`` whether it is the last
    of its record, ``section_end`` whether that record is the last of its section. ``restart`` goes back to the first
    byte. The header fields come from what was read before they are needed, two bytes or more; of those that the build
    bounds, the bits of that range are looked at. Whether a byte or a record is a last one is found a byte ahead: bytes
    and records that are left are counted down.
    """

    def __init__(self, config: CoreConfig) -> None:
        self._config = config
        super().__init__(
            {
                "restart": In(1),
                "advance": In(1),
                "axons_used": In(16),
                "neurons_used": In(16),
                "axon_levels": In(16),
                "neuron_levels": In(16),
                "rows_used": In(32),
                "words_used": In(32),
                "info_bytes": In(32),
                "section": Out(Section),
                "record": Out(32),
                "byte": Out(8),
                "record_end": Out(1),
                "section_end": Out(1),
            }
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        # Bytes behind the next one in its record, and in a whole record of its section; records behind the next one.
        bytes_left, size, records_left = Signal(8), Signal(8), Signal(32, init=len(prefix(self._config)) - 1)
        last_byte, last_record = Signal(init=1), Signal()  # nothing is left
        following = Signal(Section)
        size_behind, records_behind = Signal.like(size), Signal.like(records_left)  # of the section that follows
        self._follow(m, following, size_behind, records_behind)
        m.d.comb += [self.record_end.eq(last_byte), self.section_end.eq(last_byte & last_record)]
        with m.If(self.restart):
            m.d.sync += [
                *(each.eq(0) for each in (self.record, self.byte, bytes_left, size, last_record)),
                self.section.eq(Section.PREFIX),
                records_left.eq(records_left.init),
                last_byte.eq(1),
            ]
        with m.Elif(self.advance & self.section_end):
            m.d.sync += [
                *(each.eq(0) for each in (self.record, self.byte)),
                self.section.eq(following),
                size.eq(size_behind),
                bytes_left.eq(size_behind),
                last_byte.eq(size_behind == 0),
                records_left.eq(records_behind),
                last_record.eq(records_behind == 0),
            ]
        with m.Elif(self.advance & last_byte):
            m.d.sync += [
                self.record.eq(self.record + 1),
                self.byte.eq(0),
                bytes_left.eq(size),
                last_byte.eq(size == 0),
                records_left.eq(records_left - 1),
                last_record.eq(records_left == 1),
            ]
        with m.Elif(self.advance):
            m.d.sync += [self.byte.eq(self.byte + 1), bytes_left.eq(bytes_left - 1), last_byte.eq(bytes_left == 1)]
        return m

    def _follow(self, m: Module, following: Signal, size: Signal, records: Signal) -> None:
        """The section behind this one, the bytes of its records and its records, less one each."""
        config = self._config
        fewer = {}
        for section, field, most in (
            (Section.NEURONS, self.neurons_used, config.neurons), (Section.AXON_MASKS, self.axons_used, config.axons),
            (Section.ROWS, self.rows_used, config.rows), (Section.WORDS, self.words_used, config.synapse_words),
            (Section.INFO, self.info_bytes, None),
        ):  # fmt: skip
            fewer[section] = Signal(len(field) if most is None else most.bit_length(), name=f"last_{section.name}")
            m.d.sync += fewer[section].eq(field - 1)
        last_record: dict[Section, Value | int] = {
            Section.CODEBOOK: (1 << config.weight_bits) - 1,
            **fewer,
            Section.NEURON_MASKS: fewer[Section.NEURONS],
        }
        last_byte: dict[Section, Value | int] = {section: each - 1 for section, each in record_bytes(config).items()}
        for section, levels in ((Section.AXON_MASKS, self.axon_levels), (Section.NEURON_MASKS, self.neuron_levels)):
            bits = config.delays.bit_length()
            last_byte[section] = last = Signal(max(1, bits - 3), name=f"last_byte_of_{section.name}")
            m.d.sync += last.eq((levels[:bits] - 1)[:bits] >> 3)
        no_rows, no_info = Signal(), Signal()
        m.d.sync += [no_rows.eq(self.rows_used == 0), no_info.eq(self.info_bytes == 0)]

        def goes_on(behind: Section) -> None:
            m.d.comb += [
                following.eq(behind),
                size.eq(last_byte[behind]),
                records.eq(last_record.get(behind, 0)),
            ]

        with m.Switch(self.section):
            for section in Section:
                with m.Case(section):
                    goes_on(Section(min(section + 1, Section.CRC)))
                    if section is Section.INFO_BYTES and not config.codebook:
                        goes_on(Section.NEURONS)
                    if section is Section.NEURON_MASKS:
                        with m.If(no_rows & no_info):
                            goes_on(Section.CRC)
                        with m.Elif(no_rows):
                            goes_on(Section.INFO)
                    if section is Section.WORDS:
                        with m.If(no_info):
                            goes_on(Section.CRC)
