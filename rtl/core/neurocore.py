# SPDX-License-Identifier: Apache-2.0
"""The neurocore: loader, controller, delay unit, synapse engine, accumulators and neuron engine."""

from amaranth.hdl import Cat, Module, ResetInserter, Signal
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out

from model.config import CoreConfig
from rtl.bundles import trace_signature
from rtl.core.accumulators import AccumulatorBank
from rtl.core.control import Controller
from rtl.core.counters import COUNTED, COUNTERS, Counters, Flag
from rtl.core.loader import Loader
from rtl.core.neurons import NeuronEngine
from rtl.core.repeats import RepeatCheck
from rtl.core.sources import SourceTable
from rtl.core.synapses import SynapseEngine
from rtl.delay.unit import DelayUnitBase, delay_unit
from rtl.layouts import arrival_layout, byte_layout, event_layout, readout_layout, spike_layout
from rtl.slice import RegisterSlice


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
        m.submodules.sources = sources = SourceTable(config)
        m.submodules.delay = delay = delay_unit(config)
        m.submodules.synapses = synapses = SynapseEngine(config)
        m.submodules.accumulators = accumulators = AccumulatorBank(config)
        m.submodules.neurons = neurons = NeuronEngine(config)

        # The tables.
        wiring.connect(m, wiring.flipped(self.image), loader.image)
        wiring.connect(m, loader.mask_write, sources.write)
        wiring.connect(m, loader.row_write, synapses.row_write)
        wiring.connect(m, loader.word_write, synapses.word_write)
        wiring.connect(m, loader.parameter_write, neurons.parameter_write)
        # From events to spikes, and back.
        wiring.connect(m, wiring.flipped(self.events), controller.events)
        arrivals = RegisterSlice(arrival_layout(config))
        m.submodules.slice = ResetInserter(controller.flush)(arrivals)
        wiring.connect(m, controller.arrivals, arrivals.tokens)
        wiring.connect(m, arrivals.passed, delay.arrivals)
        wiring.connect(m, delay.lookup, sources.lookup)
        wiring.connect(m, delay.rows, synapses.rows)
        wiring.connect(m, synapses.add, accumulators.add)
        wiring.connect(m, neurons.consume, accumulators.consume)
        wiring.connect(m, wiring.flipped(self.spikes), neurons.spikes)
        wiring.connect(m, neurons.fired, controller.fired)
        # Steps and samples.
        wiring.connect(m, controller.synapse_phase, synapses.phase)
        wiring.connect(m, controller.neuron_phase, neurons.phase)
        wiring.connect(m, controller.clear, accumulators.clear)
        wiring.connect(m, wiring.flipped(self.readouts), neurons.readouts)
        if self._has_trace:
            wiring.connect(m, wiring.flipped(self.trace), neurons.trace)
        # Registered, as what begins an image follows from what the core does, and stops all of it.
        began = Signal()
        m.d.sync += began.eq(loader.begins)
        m.d.comb += [
            loader.armed.eq(controller.armed),
            loader.hold.eq(controller.hold),
            self.status.eq(loader.status),
            controller.good.eq(loader.good),
            controller.disarm.eq(began),
            controller.axons_used.eq(loader.axons_used),
            delay.flush.eq(controller.flush),
            delay.capacity.eq(loader.capacity),
            delay.first_kept.eq(loader.first_kept),
            neurons.neurons_used.eq(loader.neurons_used),
        ]
        if config.codebook:
            m.d.comb += synapses.codebook.eq(loader.codebook)
        self._count(m, loader, controller, delay, synapses)
        self._watch(m, sources, synapses, neurons)
        if self._simulation:
            m.submodules.repeats = repeats = RepeatCheck(config)
            m.d.comb += [
                repeats.accepted.eq(controller.accepted),
                repeats.axon.eq(self.events.payload.axon),
                repeats.ends.eq(controller.eos | controller.hold),
                repeats.step.eq(controller.neuron_phase.step),
            ]
        return m

    def _count(
        self, m: Module, loader: Loader, controller: Controller, delay: DelayUnitBase, synapses: SynapseEngine
    ) -> None:
        """Counters and flags."""
        m.submodules.counters = counters = Counters(operations_width=self._config.lanes.bit_length())
        waits = [port.valid & ~port.ready for port in (self.spikes, self.readouts)]
        m.d.comb += [
            # From the cycle after the first byte of an image until it arms the core: nothing of before counts then.
            counters.clear.eq(~controller.armed),
            delay.clear_counters.eq(counters.clear),
            counters.count_cycles.eq(controller.in_sample + controller.began),
            counters.count_input_events.eq(controller.accepted),
            counters.count_synaptic_operations.eq(synapses.operations),
            counters.count_synapse_words.eq(synapses.issue),
            counters.count_synapse_cycles.eq(controller.in_synapse_phase),
            counters.count_stalls.eq(waits[0] | waits[1]),
            counters.count_unknown_events.eq(controller.unknown),
            counters.raised[Flag.OVERFLOW].eq(delay.lost != 0),
            counters.raised[Flag.UNKNOWN_AXON].eq(controller.unknown),
            counters.raised[Flag.TOO_LONG].eq(controller.eos & (controller.neuron_phase.step >= loader.max_steps)),
            counters.raised[Flag.BAD_TOKEN].eq(controller.bad_token),
            counters.raised[Flag.FAILED_READ].eq(counters.count_failed_reads),
            self.flags.eq(counters.flags),
            *(getattr(self, name).eq(getattr(counters, name)) for name in COUNTED),
            self.queue_peak.eq(delay.peak),
            self.lost_events.eq(delay.lost),
        ]

    @staticmethod
    def _watch(m: Module, sources: SourceTable, synapses: SynapseEngine, neurons: NeuronEngine) -> None:
        """Errors of the image memories, where the build can see them."""
        counters = m.submodules.counters
        for name in ("corrected", "failed"):
            each = (getattr(part, name) for part in (sources, synapses, neurons))
            m.d.comb += getattr(counters, f"count_{name}_reads").eq(Cat(*each).any())
