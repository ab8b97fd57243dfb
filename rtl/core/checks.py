# SPDX-License-Identifier: Apache-2.0
"""What is wrong with a record of an image by itself, given the header before it."""

from amaranth.hdl import Array, Cat, Module, Mux, Signal, Value
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from model.config import CoreConfig
from model.image.image import Status
from model.limits import CAPACITY, LEAK_ONE, VALUE_BITS
from model.network import Reset
from rtl.core.sections import FIELDS, Section, prefix, record_bytes, value_bytes

BEFORE = (Section.NEURONS_USED, Section.AXON_LEVELS, Section.NEURON_LEVELS, Section.ROWS_USED)
"""Fields of the header that decide what a later record may say."""


class NeuronRecord:
    """The parameters of a neuron in their record."""

    def __init__(self, config: CoreConfig, record: Value) -> None:
        width = 8 * value_bytes(config)
        self.alpha, self.beta = record[:16], record[16:32]
        self.bias, self.threshold, self.floor = (record[32 + i * width :][:width].as_signed() for i in range(3))
        self.reset = record[32 + 3 * width :][:8]
        self.refractory = record[32 + 3 * width + 8 : 8 * record_bytes(config)[Section.NEURONS]]


class RecordCheck(wiring.Component):
    """``fault`` of a complete ``record`` of a ``section``, the ``index``-th of it; EMPTY if nothing is wrong with it.

    The fields ``BEFORE`` of the header, by name in lower case, and the codebook are those that came before, two cycles
    or more: what a record may say is registered. A field out of its own range was refused, so only the bits of that
    range are looked at here. Latency 1 cycle: each section has its check, and the next cycle looks at that of the
    section. No back-pressure.
    """

    def __init__(self, config: CoreConfig) -> None:
        self._config = config
        ports = {
            "section": In(Section),
            "index": In(32),
            "record": In(8 * max(record_bytes(config).values())),
            "fault": Out(Status),
            **{field.name.lower(): In(8 * FIELDS[field]) for field in BEFORE},
        }
        if config.codebook:
            ports["codebook"] = In(VALUE_BITS << config.weight_bits)
        super().__init__(ports)

    def elaborate(self, platform: object) -> Module:
        m = Module()
        config, record, index = self._config, self.record, self.index

        section, status, refused = Signal(Section), Signal(Status), {}

        def refuse(where: Section, condition: Value, becomes: Value | Status) -> None:
            refused[where] = (Signal(name=f"refused_{where.name.lower()}"), becomes)
            m.d.sync += refused[where][0].eq(condition)

        known = prefix(config)
        expected = Array(known)[index.bit_select(0, (len(known) - 1).bit_length())]
        m.d.sync += [
            section.eq(self.section),
            status.eq(Mux(index < 4, Status.BAD_MAGIC, Mux(index < 6, Status.BAD_VERSION, Status.BAD_BUILD))),
        ]
        refuse(Section.PREFIX, record[:8] != expected, status)
        for field, size in FIELDS.items():
            becomes = Status.BAD_CAPACITY if field is Section.CAPACITY else Status.BAD_COUNT
            refuse(field, ~self._field_fits(field, record[: 8 * size]), becomes)
        refuse(Section.NEURONS, ~self._parameters_fit(record), Status.BAD_PARAMETER)
        sizes = record_bytes(config)
        for field, levels in ((Section.AXON_MASKS, self.axon_levels), (Section.NEURON_MASKS, self.neuron_levels)):
            given = levels[: config.delays.bit_length()]
            above = Signal(8 * sizes[field], name=f"above_{field.name.lower()}")
            m.d.sync += above.eq(Cat(given <= level for level in range(config.delays)) | (-1 << config.delays))
            refuse(field, (record & above) != 0, Status.BAD_MASK)
        refuse(Section.ROWS, record[: 8 * sizes[Section.ROWS]] >= config.targets_per_lane, Status.BAD_ROW)
        refuse(Section.WORDS, ~self._word_fits(m, record), Status.BAD_WORD)
        with m.Switch(section):
            for where, (is_refused, becomes) in refused.items():
                with m.Case(where), m.If(is_refused):
                    m.d.comb += self.fault.eq(becomes)
        return m

    def _field_fits(self, field: Section, value: Value) -> Value:
        """Whether a header field is in its range."""
        config = self._config
        capacity = config.queue_depth if config.delay_unit.has_queues else CAPACITY.high
        rows = self.rows_used[: config.rows.bit_length()]
        return {
            Section.AXONS_USED: (value != 0) & _at_most(value, config.axons),
            Section.NEURONS_USED: (value != 0) & _at_most(value, config.neurons),
            Section.AXON_LEVELS: (value != 0) & _at_most(value, config.delays),
            Section.NEURON_LEVELS: (value != 0) & _at_most(value, config.delays),
            Section.ROWS_USED: _at_most(value, config.rows),
            Section.WORDS_USED: _at_most(value, config.synapse_words)
            & (value[: config.synapse_words.bit_length()] >= rows)
            & ((rows != 0) | (value == 0)),
            Section.CAPACITY: _at_most(value, capacity),
            Section.MAX_STEPS: value != 0,
            Section.ZERO: value == 0,
            Section.INFO_BYTES: Value.cast(1),
        }[field]

    def _parameters_fit(self, record: Value) -> Value:
        """Whether a neuron's parameters are in their ranges."""
        config, given = self._config, NeuronRecord(self._config, record)
        # A value is in the range of a state if the bits above are copies of its sign.
        bias, threshold, floor = (
            value[config.state_bits - 1 :].all() | ~value[config.state_bits - 1 :].any()
            for value in (given.bias, given.threshold, given.floor)
        )
        fits = (
            _at_most(given.alpha, LEAK_ONE)
            & _at_most(given.beta, LEAK_ONE)
            & bias
            & (threshold | (given.threshold == config.vmax + 1))
            & floor
            & _at_most(given.reset, max(Reset))
            & ((given.reset != Reset.SUBTRACT) | (given.threshold >= 0))
        )
        if len(given.refractory) > config.refractory_bits:
            fits &= given.refractory[config.refractory_bits :] == 0
        return fits

    def _word_fits(self, m: Module, record: Value) -> Value:
        """Whether every entry of a synapse word is empty or has a target."""
        config, fits = self._config, []
        # Neurons are dealt out to the lanes in turn: so many in every lane, and one more in so many lanes.
        used = self.neurons_used[: config.neurons.bit_length()]
        full, more = Signal(range(config.targets_per_lane + 1)), Signal(range(config.lanes))
        m.d.sync += [full.eq(used // config.lanes), more.eq(used % config.lanes)]
        for lane in range(config.lanes):
            entry = record[lane * config.entry_bits :][: config.entry_bits]
            weight, target = entry[: config.weight_bits], entry[config.weight_bits :]
            if config.codebook:
                weight = self.codebook.word_select(weight, VALUE_BITS)
            reachable = (target < full) | ((target == full) & (lane < more))
            fits.append(Mux(weight == 0, target == 0, reachable))
        above = record[config.lanes * config.entry_bits : 8 * record_bytes(config)[Section.WORDS]]
        return Cat(fits).all() & (above == 0)


def _at_most(value: Value, limit: int) -> Value:
    """``value <= limit``, with a comparison of the bits of the limit only."""
    bits = limit.bit_length()
    return (value[:bits] <= limit) & (value[bits:] == 0)
