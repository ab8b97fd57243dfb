# SPDX-License-Identifier: Apache-2.0
"""Single blocks of the core with the streams around them that a bench needs."""

from amaranth.hdl import Module, Signal, signed
from amaranth.lib import stream, wiring
from amaranth.lib.data import ArrayLayout, StructLayout
from amaranth.lib.memory import Memory, WritePort
from amaranth.lib.wiring import In, Out

from model.config import CoreConfig
from rtl.core.accumulators import AccumulatorBank
from rtl.core.neurons import NeuronEngine
from rtl.core.synapses import SynapseEngine
from rtl.layouts import (
    addend_layout,
    parameter_layout,
    row_layout,
    spike_layout,
    trace_layout,
    word_layout,
    words_layout,
)
from tb.delay.bench import connect_writes, write_layout


class SynapseBench(wiring.Component):
    """A synapse engine whose tables the bench writes; each word that it adds is a token of ``added``.

    ``steps`` holds one token per step: taking it resumes the engine.
    """

    def __init__(self, config: CoreConfig) -> None:
        self._config = config
        self._row = WritePort.Signature(addr_width=config.row_bits, shape=words_layout(config))
        self._word = WritePort.Signature(addr_width=config.word_bits, shape=word_layout(config))
        super().__init__(
            {
                "row_table": In(stream.Signature(write_layout(self._row))),
                "words": In(stream.Signature(write_layout(self._word))),
                "rows": In(stream.Signature(row_layout(config))),
                "steps": In(stream.Signature(1)),
                "codebook": In((8 << config.weight_bits) if config.codebook else 0),
                "added": Out(stream.Signature(self.added_layout(config), always_ready=True)),
            }
        )

    @staticmethod
    def added_layout(config: CoreConfig) -> StructLayout:
        """A word on its way to the accumulators, with the number of its synapses as the engine counts them."""
        return StructLayout(
            {
                "slot": range(config.slots),
                "operations": 8,
                "add": ArrayLayout(addend_layout(config), config.lanes),
            }
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        m.submodules.engine = engine = SynapseEngine(self._config)
        connect_writes(m, self.row_table, engine.row_write)
        connect_writes(m, self.words, engine.word_write)
        wiring.connect(m, wiring.flipped(self.rows), engine.rows)
        fetched, shown, registered = Signal(), Signal(), Signal()
        m.d.sync += [fetched.eq(engine.issue), shown.eq(fetched), registered.eq(shown)]
        m.d.comb += [
            self.steps.ready.eq(engine.phase.done),
            engine.phase.resume.eq(self.steps.valid & self.steps.ready),
            self.added.valid.eq(registered),
            self.added.payload.slot.eq(engine.add.slot),
            self.added.payload.operations.eq(engine.operations),
            self.added.payload.add.eq(engine.add.lanes),
        ]
        if self._config.codebook:
            m.d.comb += engine.codebook.eq(self.codebook)
        return m


class AccumulatorBench(wiring.Component):
    """An accumulator bank that takes an operation a cycle: add a word, consume an accumulator, or clear an address."""

    def __init__(self, config: CoreConfig) -> None:
        self._config = config
        self._bank = AccumulatorBank(config)
        super().__init__(
            {
                "operations": In(
                    stream.Signature(
                        StructLayout(
                            {
                                "consume": 1,
                                "clear": 1,
                                "slot": range(config.slots),
                                "lane": range(config.lanes),
                                "index": config.target_bits,
                                "address": range(config.accumulators_per_lane),
                                "add": ArrayLayout(addend_layout(config), config.lanes),
                            }
                        )
                    )
                ),
                "consumed": Out(stream.Signature(signed(config.accumulator_bits), always_ready=True)),
            }
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        m.submodules.bank = bank = self._bank
        token = self.operations.payload
        m.d.comb += [
            self.operations.ready.eq(1),
            bank.consume.en.eq(self.operations.valid & token.consume),
            bank.consume.go.eq(1),
            bank.consume.asks.eq(bank.consume.en),
            bank.clear.en.eq(self.operations.valid & token.clear),
            bank.clear.address.eq(token.address),
            bank.add.slot.eq(token.slot),
            bank.add.now.eq(token.slot),
            bank.consume.lane.eq(token.lane),
            bank.consume.index.eq(token.index),
            bank.add.lanes.eq(token.add),
            self.consumed.payload.eq(bank.consume.data),
        ]
        for lane in range(self._config.lanes):
            m.d.comb += bank.add.lanes[lane].valid.eq(self.operations.valid & token.add[lane].valid)
        read = Signal()
        m.d.sync += [read.eq(bank.consume.en), self.consumed.valid.eq(read)]
        return m


class NeuronBench(wiring.Component):
    """A neuron engine whose arrivals come from a memory that the bench writes.

    A token of ``steps`` starts an update (0), or the end of sample (1).
    """

    def __init__(self, config: CoreConfig) -> None:
        self._config = config
        self._engine = NeuronEngine(config)
        self._parameters = WritePort.Signature(addr_width=config.neuron_bits, shape=parameter_layout(config))
        self._arrivals = WritePort.Signature(
            addr_width=config.target_bits + 5, shape=signed(config.accumulator_bits)
        )  # fmt: skip
        super().__init__(
            {
                "parameters": In(stream.Signature(write_layout(self._parameters))),
                "arrivals": In(stream.Signature(write_layout(self._arrivals))),
                "steps": In(stream.Signature(1)),
                "neurons_used": In(range(config.neurons + 1)),
                "quiet": In(1),
                "spikes": Out(stream.Signature(spike_layout(config))),
                "readouts": Out(stream.Signature(self._engine.readouts.payload.shape())),
                "fired": Out(stream.Signature(config.neuron_bits, always_ready=True)),
                "trace": Out(stream.Signature(trace_layout(config), always_ready=True)),
                "finished": Out(stream.Signature(1, always_ready=True)),
            }
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        m.submodules.engine = engine = self._engine
        m.submodules.memory = memory = Memory(
            shape=signed(self._config.accumulator_bits), depth=32 << self._config.target_bits, init=[]
        )
        connect_writes(m, self.parameters, engine.parameter_write)
        connect_writes(m, self.arrivals, memory.write_port())
        read = memory.read_port()
        wiring.connect(m, wiring.flipped(self.spikes), engine.spikes)
        wiring.connect(m, wiring.flipped(self.readouts), engine.readouts)
        phase, busy, reading, step = engine.phase, Signal(), Signal(), Signal(16)
        over = reading & ~phase.reading
        taken = self.steps.valid & self.steps.ready
        m.d.comb += [
            read.en.eq(engine.consume.en),
            read.addr.eq((engine.consume.index << 5) | engine.consume.lane),
            engine.neurons_used.eq(self.neurons_used),
            phase.quiet.eq(self.quiet),
            phase.step.eq(step),
            self.steps.ready.eq(~busy),
            phase.start.eq(taken & ~self.steps.payload),
            phase.finish.eq(taken & self.steps.payload),
            self.finished.valid.eq(over),
        ]
        m.d.sync += reading.eq(phase.reading)
        with m.If(engine.consume.go):
            m.d.sync += engine.consume.data.eq(read.data)
        wiring.connect(m, wiring.flipped(self.fired), engine.fired)
        wiring.connect(m, wiring.flipped(self.trace), engine.trace)
        with m.If(taken):
            m.d.sync += busy.eq(1)
        with m.If(phase.done | over):
            m.d.sync += busy.eq(0)
        with m.If(phase.done):
            m.d.sync += step.eq(step + 1)
        return m
