# SPDX-License-Identifier: Apache-2.0
"""The controller: lets a step's tokens through in their order, and leads the core through steps and samples."""

from amaranth.hdl import Assert, Module, ResetInserter, Signal
from amaranth.lib import stream, wiring
from amaranth.lib.fifo import SyncFIFOBuffered
from amaranth.lib.wiring import In, Out

from model.config import CoreConfig
from model.cost.timing import FLUSH
from rtl.bundles import ClearSignature, NeuronPhaseSignature, SynapsePhaseSignature
from rtl.layouts import Kind, arrival_layout, event_layout


class Controller(wiring.Component):
    """Merges input events and the spikes of the step before into the arrivals of a delay unit, and has the one state
    machine of steps and of end of sample.

    In a step, the spikes of the step before (``fired``) go first, one a cycle and already while the neuron engine still
    works; then the tokens of ``events``, up to EOS. The next step's are held until the neurons are updated. Spikes wait
    in a FIFO with room for every neuron, so the neuron engine never waits for the delay unit. Latency 0 from ``events``
    to ``arrivals``.

    ======== ========================================= ======================================================
    state    what happens                              until
    ======== ========================================= ======================================================
    DISARMED everything is held in its first state     ``good``: an image may run
    WORDS    the synapse phase of a step               its words are done: NEURONS; END is taken: FLUSH
    NEURONS  the neuron phase                          EOS is taken at the output
    UPDATED  nothing: the next token may be END        it belongs to a step: WORDS; it is END: FLUSH
    FLUSH    what is under way is dropped              FLUSH cycles later
    CLEAR    the clearing starts                       a cycle later
    CLEARING accumulators are cleared, an address a    both are over
             cycle, while neurons are read out
    END      END is offered at the output              it is taken
    ======== ========================================= ======================================================

    ``good`` goes from DISARMED to CLEAR, in silence: no read-out and no END. Then the core is ``armed``; ``disarm``
    goes back to DISARMED, and in its cycle no token is taken nor any phase started. ``hold`` is high while an image
    would cut off an output; ``disarm`` comes a cycle after ``hold`` was low. For the counters, both registered:
    ``began`` is high in the cycle after the first token of a sample, ``in_sample`` from then to its END.
    ``in_synapse_phase`` is high in its synapse phases, ``accepted`` with each event that is passed on, ``eos`` with
    each EOS; ``unknown`` with each event of an axon that the image does not have, and ``bad_token`` with each token
    of no kind, both of which are dropped.
    """

    def __init__(self, config: CoreConfig) -> None:
        self._config = config
        super().__init__(
            {
                "events": In(stream.Signature(event_layout(config))),
                "fired": In(stream.Signature(config.neuron_bits, always_ready=True)),
                "arrivals": Out(stream.Signature(arrival_layout(config))),
                "synapse_phase": Out(SynapsePhaseSignature()),
                "neuron_phase": Out(NeuronPhaseSignature()),
                "clear": Out(ClearSignature(config)),
                "axons_used": In(16),
                "good": In(1),
                "disarm": In(1),
                "armed": Out(1),
                "hold": Out(1),
                "flush": Out(1, init=1),
                "began": Out(1),
                "in_sample": Out(1),
                "in_synapse_phase": Out(1),
                "accepted": Out(1),
                "unknown": Out(1),
                "eos": Out(1),
                "bad_token": Out(1),
            }
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        running, updating, ending = Signal(), Signal(), Signal()  # where the state machine is
        between = Signal()  # EOS was passed on, and the neurons of its step are not all updated
        quiet = Signal()  # an image is being made ready: no read-out, no END
        in_force = Signal()  # an image was made ready
        sampling = Signal()  # the first token of a sample was taken, and its END was not
        opens, ends = Signal(), Signal()  # the next token belongs to a step; END is taken
        # One more than there are neurons: it takes as many in a row only then, and is never a plain register.
        fifo = SyncFIFOBuffered(width=self._config.neuron_bits, depth=self._config.neurons + 1)
        m.submodules.spikes = ResetInserter(self.flush)(fifo)
        m.d.comb += [fifo.w_data.eq(self.fired.payload), fifo.w_en.eq(self.fired.valid)]
        m.d.sync += Assert(~self.fired.valid | fifo.w_rdy, "controller: no room for a spike")
        take = self.events.valid & self.events.ready
        with m.If(running & ~self.disarm):
            self._merge(m, fifo, between=between, opens=opens, ends=ends)
        with m.If(self.eos):
            m.d.sync += between.eq(1)
        m.d.sync += self.began.eq(take & ~sampling)
        with m.If(take):
            m.d.sync += sampling.eq(1)
        with m.If(ends):
            m.d.sync += quiet.eq(0)

        with m.FSM():
            with m.State("DISARMED"), m.If(self.good):
                m.d.sync += [quiet.eq(1), self.flush.eq(0)]
                m.next = "CLEAR"
            self._step(m, running=running, updating=updating, between=between, opens=opens, ends=ends)
            self._end(m, ending=ending, quiet=quiet, sampling=sampling, in_force=in_force)

        m.d.comb += [
            self.armed.eq(in_force & ~self.disarm),
            self.hold.eq(self.neuron_phase.start | updating | ending),
            self.synapse_phase.flush.eq(self.flush),
            self.neuron_phase.flush.eq(self.flush),
            self.neuron_phase.quiet.eq(quiet),
            self.in_sample.eq(sampling),
            self.in_synapse_phase.eq((sampling | (take & opens)) & ~self.synapse_phase.done & ~ending),
        ]
        return ResetInserter(self.disarm)(m)

    def _merge(self, m: Module, fifo: SyncFIFOBuffered, *, between: Signal, opens: Signal, ends: Signal) -> None:
        """Waiting spikes first, then the tokens of the host."""
        events, arrivals, token = self.events, self.arrivals, self.events.payload
        is_event, is_eos, is_end = (token.kind == kind for kind in (Kind.EVENT, Kind.EOS, Kind.END))
        is_none = ~(is_event | is_eos | is_end)
        known = token.axon < self.axons_used
        take = events.valid & events.ready
        with m.If(fifo.level != 0):
            m.d.comb += [
                arrivals.valid.eq(fifo.r_rdy),
                arrivals.payload.source.eq(self._config.axons + fifo.r_data),
                fifo.r_en.eq(arrivals.ready),
            ]
        with m.Elif(~between):
            m.d.comb += [
                arrivals.valid.eq(events.valid & (is_eos | (is_event & known))),
                arrivals.payload.eos.eq(is_eos),
                arrivals.payload.source.eq(token.axon),
                events.ready.eq(arrivals.ready | (is_event & ~known) | is_none),
            ]
        # END goes before waiting spikes: the flush drops them, and a full delay unit would never take them.
        with m.If(is_end):
            m.d.comb += events.ready.eq(~between)
        m.d.comb += [
            opens.eq(events.valid & ~is_end),
            ends.eq(events.valid & is_end & ~between),  # taken, by what is above
            self.eos.eq(take & is_eos),
            self.accepted.eq(take & is_event & known),
            self.unknown.eq(take & is_event & ~known),
            self.bad_token.eq(take & is_none),
        ]

    def _step(
        self, m: Module, *, running: Signal, updating: Signal, between: Signal, opens: Signal, ends: Signal
    ) -> None:
        """The states of a step. A step's words wait for its first input token, for that may be END."""
        words, neurons = self.synapse_phase, self.neuron_phase
        with m.State("WORDS"):
            m.d.comb += running.eq(1)
            with m.If(words.done):  # after EOS: END is not taken then
                m.d.comb += neurons.start.eq(~self.disarm)
                m.next = "NEURONS"
            with m.Elif(ends):
                m.d.sync += self.flush.eq(1)
                m.next = "FLUSH"
        with m.State("NEURONS"):
            m.d.comb += [running.eq(1), updating.eq(1)]
            with m.If(neurons.done):
                m.d.sync += [between.eq(0), neurons.step.eq(neurons.step + 1)]
                m.d.comb += words.resume.eq(opens)
                m.next = "UPDATED"
            with m.If(words.resume):
                m.next = "WORDS"
        with m.State("UPDATED"):
            m.d.comb += [running.eq(1), words.resume.eq(opens)]
            with m.If(ends):
                m.d.sync += self.flush.eq(1)
                m.next = "FLUSH"
            with m.Elif(opens):
                m.next = "WORDS"

    def _end(self, m: Module, *, ending: Signal, quiet: Signal, sampling: Signal, in_force: Signal) -> None:
        """The states of end of sample."""
        neurons, clear = self.neuron_phase, self.clear
        settling, clearing = Signal(range(FLUSH)), Signal()
        with m.State("FLUSH"):
            m.d.comb += ending.eq(1)
            m.d.sync += settling.eq(settling + 1)
            with m.If(settling == FLUSH - 1):
                m.d.sync += [settling.eq(0), self.flush.eq(0)]
                m.next = "CLEAR"
        with m.State("CLEAR"):
            m.d.comb += [ending.eq(1), neurons.finish.eq(1)]
            m.d.sync += [clearing.eq(1), clear.address.eq(0)]
            m.next = "CLEARING"
        with m.State("CLEARING"):
            m.d.comb += [ending.eq(1), clear.en.eq(clearing)]
            m.d.sync += neurons.step.eq(0)
            with m.If(clearing):
                m.d.sync += [clear.address.eq(clear.address + 1),
                             clearing.eq(clear.address != self._config.accumulators_per_lane - 1)]  # fmt: skip
            with m.If(~clearing & ~neurons.reading):
                m.next = "END"
        with m.State("END"):
            m.d.comb += [ending.eq(1), neurons.end.eq(~quiet)]
            with m.If(neurons.ended | quiet):
                m.d.sync += [sampling.eq(0), in_force.eq(1)]
                m.next = "WORDS"
