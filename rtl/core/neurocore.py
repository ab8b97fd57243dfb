"""The neurocore: loader, controller, delay unit, synapse engine, accumulators and neuron engine."""

from amaranth.hdl import Assert, Format, Module, Mux, Signal, Value
from amaranth.lib import stream, wiring
from amaranth.lib.memory import Memory
from amaranth.lib.wiring import In, Out

from model.config import CoreConfig
from model.image.image import Status
from rtl.core.accumulators import AccumulatorBank
from rtl.core.control import Controller
from rtl.core.counters import COUNTED, COUNTERS, Counters, Flag
from rtl.core.loader import Loader
from rtl.core.neurons import NeuronEngine
from rtl.core.synapses import SynapseEngine
from rtl.delay.unit import DelayUnitBase, delay_unit
from rtl.layouts import (
    Kind,
    byte_layout,
    event_layout,
    mask_layout,
    readout_layout,
    spike_layout,
    trace_layout,
)


def trace_signature(config: CoreConfig) -> stream.Signature:
    """The trace port: one updated neuron in each cycle in which ``valid`` is high; no back-pressure."""
    return stream.Signature(trace_layout(config), always_ready=True)


class Core(wiring.Component):
    """One neurocore; docs/architecture.md describes its streams, docs/microarchitecture.md its cycles.

    - ``image``: an image, byte by byte; held while neurons are updated or a sample ends. Its first byte disarms the
      core, a complete and right image arms it. ``status`` is a ``model.image.image.Status``.
    - ``events``: events of axons, EOS, END; held while the core is not armed.
    - ``spikes``: the spikes of each step in order of neuron, then EOS; END after the read-outs of a sample.
    - ``readouts``: at END, potential and sum of potentials of every neuron.
    - ``flags`` (``rtl.core.counters.Flag``) and the counters (``rtl.core.counters.COUNTERS``) count from the first
      byte of the last image; counters wrap at 2**32.
    - ``trace``: only with ``trace``.

    ``simulation`` adds what only a simulation affords: the check that no axon repeats in a step.
    """

    def __init__(self, config: CoreConfig, *, trace: bool = False, simulation: bool = False) -> None:
        self._config, self._has_trace, self._simulation = config, trace, simulation
        ports = {
            "image": In(stream.Signature(byte_layout())),
            "events": In(stream.Signature(event_layout(config))),
            "spikes": Out(stream.Signature(spike_layout(config))),
            "readouts": Out(stream.Signature(readout_layout(config))),
            "status": Out(8),
            "flags": Out(len(Flag)),
            **{name: Out(32) for name in COUNTERS},
        }
        if trace:
            ports["trace"] = Out(trace_signature(config))
        super().__init__(ports)

    @property
    def config(self) -> CoreConfig:
        """The build."""
        return self._config

    def elaborate(self, platform: object) -> Module:
        m = Module()
        config = self._config
        m.submodules.loader = loader = Loader(config)
        m.submodules.controller = controller = Controller(config)
        m.submodules.delay = delay = delay_unit(config)
        m.submodules.synapses = synapses = SynapseEngine(config)
        m.submodules.accumulators = bank = AccumulatorBank(config)
        m.submodules.neurons = neurons = NeuronEngine(config)
        m.submodules.sources = sources = Memory(shape=mask_layout(config), depth=config.sources, init=[])

        wiring.connect(m, wiring.flipped(self.image), loader.image)
        wiring.connect(m, wiring.flipped(self.events), controller.events)
        wiring.connect(m, controller.arrivals, delay.arrivals)
        wiring.connect(m, delay.rows, synapses.rows)
        wiring.connect(m, wiring.flipped(self.readouts), neurons.readouts)
        wiring.connect(m, loader.mask_write, sources.write_port())
        wiring.connect(m, loader.row_write, synapses.row_write)
        wiring.connect(m, loader.word_write, synapses.word_write)
        wiring.connect(m, loader.parameter_write, neurons.parameter_write)
        lookup = sources.read_port()
        # Until the core is armed: what was under way when an image came may still count in the cycle after.
        idle = loader.begins | ~controller.armed
        m.d.comb += [
            lookup.en.eq(delay.lookup.en),
            lookup.addr.eq(delay.lookup.address),
            delay.lookup.data.eq(lookup.data),
            delay.flush.eq(controller.flush),
            delay.clear_counters.eq(idle),
            delay.capacity.eq(loader.capacity),
            delay.first_kept.eq(loader.first_kept),
            synapses.flush.eq(controller.flush),
            neurons.flush.eq(controller.flush),
            neurons.neurons_used.eq(loader.neurons_used),
            neurons.step.eq(controller.step),
            controller.axons_used.eq(loader.axons_used),
            controller.good.eq(loader.good),
            controller.disarm.eq(loader.begins),
        ]
        if config.codebook:
            m.d.comb += synapses.codebook.eq(loader.codebook)

        # A step ends: words drained, then the neurons; the next one's words wait for its first input token, for it
        # may be END.
        updating, updated, starts = Signal(), Signal(), Signal()
        m.d.comb += [
            starts.eq(synapses.step_done & ~updating & ~updated & ~controller.busy),
            neurons.start.eq(starts),
            controller.fired.eq(neurons.fired),
            controller.neuron.eq(neurons.spikes.payload.neuron),
            controller.step_end.eq(neurons.done),
            synapses.resume.eq((updated | neurons.done) & controller.opens),
        ]
        with m.If(starts):
            m.d.sync += updating.eq(1)
        with m.If(neurons.done):
            m.d.sync += [updating.eq(0), updated.eq(1)]
        with m.If(synapses.resume):
            m.d.sync += updated.eq(0)
        with m.If(controller.flush):
            m.d.sync += [updating.eq(0), updated.eq(0)]

        m.d.comb += [
            bank.add.eq(synapses.add),
            bank.add_slot.eq(synapses.add_slot),
            bank.consume.eq(neurons.consume),
            bank.consume_slot.eq(synapses.slot),
            bank.consume_lane.eq(neurons.consume_lane),
            bank.consume_index.eq(neurons.consume_index),
            neurons.consumed.eq(bank.consumed),
        ]
        self._end_sample(m, controller, neurons, bank)

        with m.If(controller.end_valid):
            m.d.comb += [self.spikes.valid.eq(1), self.spikes.payload.kind.eq(Kind.END)]
        with m.Else():
            m.d.comb += [self.spikes.valid.eq(neurons.spikes.valid), self.spikes.payload.eq(neurons.spikes.payload)]
        m.d.comb += [
            controller.end_ready.eq(self.spikes.ready),
            neurons.spikes.ready.eq(self.spikes.ready),
            loader.hold.eq(updating | starts | controller.busy),
        ]

        loading = Signal()
        with m.If(loader.begins):
            m.d.sync += loading.eq(1)
        m.d.comb += self.status.eq(
            Mux(controller.armed, Status.ARMED, Mux(loader.fault != 0, loader.fault, Mux(loading, Status.LOADING, 0)))
        )
        self._count(m, loader, controller, delay, synapses, idle=idle)
        if self._has_trace:
            m.d.comb += [self.trace.valid.eq(neurons.trace_valid), self.trace.payload.eq(neurons.trace)]
        if self._simulation:
            self._refuse_repeats(m, controller)
        return m

    def _end_sample(self, m: Module, controller: Controller, neurons: NeuronEngine, bank: AccumulatorBank) -> None:
        """Clear the accumulators while the neuron engine reads out and clears the neurons."""
        address = Signal(range(bank.depth))
        clearing, reading = Signal(), Signal()
        m.d.comb += [
            neurons.finish.eq(controller.clear_start),
            neurons.quiet.eq(controller.quiet),
            bank.clear.eq(clearing),
            bank.clear_address.eq(address),
            controller.clear_done.eq(~clearing & ~reading),
        ]
        with m.If(controller.clear_start):
            m.d.sync += [clearing.eq(1), reading.eq(1), address.eq(0)]
        with m.Else():
            with m.If(clearing):
                m.d.sync += [address.eq(address + 1), clearing.eq(address != bank.depth - 1)]
            with m.If(neurons.finished):
                m.d.sync += reading.eq(0)

    def _count(
        self,
        m: Module,
        loader: Loader,
        controller: Controller,
        delay: DelayUnitBase,
        synapses: SynapseEngine,
        *,
        idle: Value,
    ) -> None:
        lanes = self._config.lanes
        m.submodules.counters = counters = Counters(operations_width=lanes.bit_length())
        taken = self.events.valid & self.events.ready
        in_step = controller.in_sample | (taken & controller.opens)
        m.d.comb += [
            counters.clear.eq(idle),
            counters.count_cycles.eq(controller.in_sample | taken),
            counters.count_input_events.eq(controller.accepted),
            counters.count_synaptic_operations.eq(synapses.operations),
            counters.count_synapse_words.eq(synapses.issue),
            counters.count_synapse_cycles.eq(in_step & ~synapses.step_done & ~controller.busy),
            counters.count_stalls.eq(
                (self.spikes.valid & ~self.spikes.ready) | (self.readouts.valid & ~self.readouts.ready)
            ),
            counters.count_unknown_events.eq(controller.unknown),
            counters.raised[Flag.OVERFLOW].eq(delay.lost != 0),
            counters.raised[Flag.UNKNOWN_AXON].eq(controller.unknown),
            counters.raised[Flag.TOO_LONG].eq(controller.eos & (controller.step >= loader.max_steps)),
            counters.raised[Flag.BAD_TOKEN].eq(controller.bad_token),
            self.flags.eq(counters.flags),
            *(getattr(self, name).eq(getattr(counters, name)) for name in COUNTED),
            self.queue_peak.eq(delay.peak),
            self.lost_events.eq(delay.lost),
        ]

    def _refuse_repeats(self, m: Module, controller: Controller) -> None:
        """Assert that a source fires at most once in a step, by the step in which each axon fired last."""
        stamp_now = Signal(32, init=1)
        m.submodules.stamps = stamps = Memory(shape=32, depth=self._config.axons, init=[])
        write, read = stamps.write_port(), stamps.read_port(domain="comb")
        axon = self.events.payload.axon
        with m.If(controller.eos | controller.busy):
            m.d.sync += stamp_now.eq(stamp_now + 1)
        m.d.comb += [
            write.en.eq(controller.accepted),
            write.addr.eq(axon),
            write.data.eq(stamp_now),
            read.addr.eq(axon),
        ]
        m.d.sync += Assert(
            ~controller.accepted | (read.data != stamp_now),
            Format("core: axon {} fires twice in step {}", axon, controller.step),
        )
