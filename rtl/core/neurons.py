# SPDX-License-Identifier: Apache-2.0
"""The neuron engine: updates every neuron of a step, one a cycle, and reads them out at END."""

from amaranth.hdl import Module, ResetInserter, Signal
from amaranth.lib import stream, wiring
from amaranth.lib.memory import WritePort
from amaranth.lib.wiring import In, Out

from model.config import CoreConfig
from rtl.bundles import ConsumeSignature, NeuronPhaseSignature, trace_signature
from rtl.core.guarded import guarded
from rtl.core.update import NeuronUpdate
from rtl.layouts import Kind, parameter_layout, readout_layout, spike_layout, state_layout
from rtl.memories import apart_memory


class NeuronEngine(wiring.Component):
    """Parameters and states of the neurons, and what goes through them.

    ``phase`` leads it. An update goes through the neurons 0 to ``neurons_used`` - 1: for each, its accumulator is
    consumed, the state is updated, and a spike leaves on ``spikes``; then EOS leaves. Latency NEURON_STAGES cycles from
    a neuron's ``consume`` to its spike. Back-pressure on ``spikes`` stops the pipeline. ``fired`` has each spike in the
    cycle in which it is taken: no back-pressure. A read-out sends every neuron on ``readouts``, 2 cycles each: read
    (1), sent and cleared (1).

    ``corrected`` and ``failed``: of the parameters that were read (``rtl.core.guarded``).

    ``trace`` has one record in the cycle in which a neuron is updated: no back-pressure.
    """

    def __init__(self, config: CoreConfig) -> None:
        self._config = config
        super().__init__(
            {
                "phase": In(NeuronPhaseSignature()),
                "neurons_used": In(range(config.neurons + 1)),
                "consume": Out(ConsumeSignature(config)),
                "spikes": Out(stream.Signature(spike_layout(config))),
                "fired": Out(stream.Signature(config.neuron_bits, always_ready=True)),
                "readouts": Out(stream.Signature(readout_layout(config))),
                "parameter_write": Out(
                    WritePort.Signature(addr_width=config.neuron_bits, shape=parameter_layout(config))
                ),
                "corrected": Out(1),
                "failed": Out(1),
                "trace": Out(trace_signature(config)),
            }
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        config, phase = self._config, self.phase
        depth = max(2, config.neurons)
        parameter_read = guarded(
            m, "parameters", shape=parameter_layout(config), depth=depth, write=self.parameter_write,
            protection=config.protection,
        )  # fmt: skip
        m.submodules.states = states = apart_memory(state_layout(config), depth)
        m.submodules.update = update = NeuronUpdate(config)
        state_read, state_write = states.read_port(), states.write_port()
        m.d.comb += [self.corrected.eq(parameter_read.corrected), self.failed.eq(parameter_read.failed)]

        neuron, lane, index = Signal(config.neuron_bits), Signal(range(config.lanes)), Signal(config.target_bits)
        fetch, read, clear = Signal(), Signal(), Signal()  # what happens to the neuron
        drains = Signal()  # all neurons were fetched
        go = Signal()  # the pipeline moves
        m.d.comb += [
            go.eq(~update.spike | self.spikes.ready),
            parameter_read.en.eq(fetch & go),
            parameter_read.addr.eq(neuron),
            state_read.en.eq((fetch & go) | read),
            state_read.addr.eq(neuron),
            self.consume.en.eq(fetch & go),
            self.consume.go.eq(go),
            self.consume.asks.eq(fetch),
            self.consume.lane.eq(lane),
            self.consume.index.eq(index),
            update.go.eq(go),
            update.fetch.eq(fetch),
            update.neuron.eq(neuron),
            update.step.eq(phase.step),
            update.parameter.eq(parameter_read.data),
            update.state.eq(state_read.data),
            update.consumed.eq(self.consume.data),
        ]
        with m.If(clear):
            m.d.comb += [state_write.en.eq(1), state_write.addr.eq(neuron)]
        with m.If(update.valid & go):
            m.d.comb += [
                state_write.en.eq(1),
                state_write.addr.eq(update.record.neuron),
                state_write.data.eq(update.after),
            ]
        self._send(m, update, go=go, drains=drains)
        self._course(
            m, go=go, neuron=neuron, lane=lane, index=index, fetch=fetch, drains=drains, read=read, clear=clear
        )
        m.d.comb += [
            self.readouts.payload.neuron.eq(neuron),
            self.readouts.payload.potential.eq(state_read.data.potential),
            self.readouts.payload.potential_sum.eq(state_read.data.potential_sum),
        ]
        return ResetInserter(phase.flush)(m)

    def _course(self, m: Module, *, go: Signal, neuron: Signal, lane: Signal, index: Signal, fetch: Signal,
                drains: Signal, read: Signal, clear: Signal) -> None:  # fmt: skip
        """Go through the neurons: fetch each, wait until the pipeline is empty; or read and clear each."""
        phase, last = self.phase, Signal()
        m.d.comb += last.eq(neuron + 1 == self.neurons_used)
        with m.FSM():
            with m.State("IDLE"):
                with m.If(phase.start | phase.finish):
                    m.d.sync += [neuron.eq(0), index.eq(0), lane.eq(0)]
                with m.If(phase.start):
                    m.next = "UPDATE"
                with m.Elif(phase.finish):
                    m.next = "READ"
            with m.State("UPDATE"):
                m.d.comb += fetch.eq(1)
                with m.If(go):
                    m.d.sync += neuron.eq(neuron + 1)
                    with m.If(lane == self._config.lanes - 1):
                        m.d.sync += [lane.eq(0), index.eq(index + 1)]
                    with m.Else():
                        m.d.sync += lane.eq(lane + 1)
                    with m.If(last):
                        m.next = "DRAIN"
            with m.State("DRAIN"):
                m.d.comb += drains.eq(1)
                with m.If(phase.done):
                    m.next = "IDLE"
            with m.State("READ"):
                m.d.comb += [phase.reading.eq(1), read.eq(1)]
                m.next = "CLEAR"
            with m.State("CLEAR"):
                m.d.comb += [phase.reading.eq(1), self.readouts.valid.eq(~phase.quiet)]
                with m.If(self.readouts.ready | phase.quiet):
                    m.d.comb += clear.eq(1)
                    m.d.sync += neuron.eq(neuron + 1)
                    m.next = "READ"
                    with m.If(last):
                        m.next = "IDLE"

    def _send(self, m: Module, update: NeuronUpdate, *, go: Signal, drains: Signal) -> None:
        """The spikes of a step, its EOS when the pipeline is empty, and END when it is asked for; fired and trace."""
        phase, spikes = self.phase, self.spikes
        with m.If(update.spike):
            m.d.comb += [spikes.valid.eq(1), spikes.payload.neuron.eq(update.record.neuron)]
        with m.Elif(drains & ~update.busy):
            m.d.comb += [spikes.valid.eq(1), spikes.payload.kind.eq(Kind.EOS), phase.done.eq(spikes.ready)]
        with m.Elif(phase.end):
            m.d.comb += [spikes.valid.eq(1), spikes.payload.kind.eq(Kind.END), phase.ended.eq(spikes.ready)]
        m.d.comb += [
            self.fired.valid.eq(update.spike & spikes.ready),
            self.fired.payload.eq(update.record.neuron),
            self.trace.valid.eq(update.valid & go),
            self.trace.payload.eq(update.record),
        ]
