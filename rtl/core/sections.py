# SPDX-License-Identifier: Apache-2.0
"""Where a byte of an image stands: its section, its record, and its place in the record."""

from enum import IntEnum

from amaranth.hdl import Module, Mux, Signal
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
    byte. The header fields come from what was read before they are needed.
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
        size, count = Signal(8), Signal(32, init=1)
        m.d.comb += count.eq(1)
        sizes = record_bytes(self._config)
        counts = {
            Section.PREFIX: len(prefix(self._config)),
            Section.CODEBOOK: 1 << self._config.weight_bits,
            Section.NEURONS: self.neurons_used,
            Section.AXON_MASKS: self.axons_used,
            Section.NEURON_MASKS: self.neurons_used,
            Section.ROWS: self.rows_used,
            Section.WORDS: self.words_used,
            Section.INFO: self.info_bytes,
        }
        levels = {Section.AXON_MASKS: self.axon_levels, Section.NEURON_MASKS: self.neuron_levels}
        following = Signal(Section)
        behind = Mux(self.info_bytes == 0, Section.CRC, Section.INFO)
        with m.Switch(self.section):
            for section in Section:
                with m.Case(section):
                    m.d.comb += [
                        size.eq((levels[section] + 7) >> 3 if section in levels else sizes[section]),
                        following.eq(Section.CRC if section is Section.CRC else section + 1),
                    ]
                    if section in counts:
                        m.d.comb += count.eq(counts[section])
                    if section is Section.INFO_BYTES and not self._config.codebook:
                        m.d.comb += following.eq(Section.NEURONS)
                    if section is Section.NEURON_MASKS:
                        m.d.comb += following.eq(Mux(self.rows_used == 0, behind, Section.ROWS))
                    if section is Section.WORDS:
                        m.d.comb += following.eq(behind)
        m.d.comb += [
            self.record_end.eq(self.byte == size - 1),
            self.section_end.eq(self.record_end & (self.record == count - 1)),
        ]
        with m.If(self.restart):
            m.d.sync += [self.section.eq(Section.PREFIX), self.record.eq(0), self.byte.eq(0)]
        with m.Elif(self.advance):
            m.d.sync += self.byte.eq(self.byte + 1)
            with m.If(self.record_end):
                m.d.sync += [self.byte.eq(0), self.record.eq(self.record + 1)]
            with m.If(self.section_end):
                m.d.sync += [self.record.eq(0), self.section.eq(following)]
        return m
