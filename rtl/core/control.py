"""The controller: lets a step's tokens through in their order, and brings every state back between samples."""

from amaranth.hdl import Assert, Module, ResetInserter, Signal, Value
from amaranth.lib import stream, wiring
from amaranth.lib.fifo import SyncFIFOBuffered
from amaranth.lib.wiring import In, Out

from model.config import STEP_BITS, CoreConfig
from model.cost.timing import FLUSH
from rtl.layouts import Kind, arrival_layout, event_layout


class Controller(wiring.Component):
    """Merges input events and the spikes of the step before into the arrivals of a delay unit.

    In a step, the spikes of the step before go first, one a cycle and already while the neuron engine still works;
    then the tokens of ``events``, up to EOS. The next step's are held until ``step_end``. Spikes wait in a FIFO with
    room for every neuron, so the neuron engine never waits for the delay unit. Events of axons that the image does not
    have are taken, not passed on, and ``unknown`` is high for a cycle each. Latency 0 from ``events`` to ``arrivals``.

    END begins ``flush`` (FLUSH cycles), then ``clear_start`` is high for a cycle, and after ``clear_done``
    ``end_valid`` asks for END to be sent until ``end_ready``. ``good`` begins the same without END, after which the
    core is ``armed``; ``disarm`` stops everything and keeps ``flush`` high until then. ``busy`` is high while a sample
    ends or an image is being made ready. ``accepted`` is high with each event that is passed on,
    ``eos`` with each EOS, ``bad_token`` with each token of no kind, which is dropped.
    ``opens`` is high while the next token belongs to a step, ``in_sample`` from the cycle after the first token of a
    sample to its END.
    """

    def __init__(self, config: CoreConfig) -> None:
        self._config = config
        super().__init__(
            {
                "events": In(stream.Signature(event_layout(config))),
                "arrivals": Out(stream.Signature(arrival_layout(config))),
                "fired": In(1),
                "neuron": In(config.neuron_bits),
                "step_end": In(1),
                "step": Out(STEP_BITS),
                "axons_used": In(16),
                "good": In(1),
                "disarm": In(1),
                "armed": Out(1),
                "busy": Out(1),
                "flush": Out(1),
                "quiet": Out(1),
                "clear_start": Out(1),
                "clear_done": In(1),
                "end_valid": Out(1),
                "end_ready": In(1),
                "in_sample": Out(1),
                "accepted": Out(1),
                "unknown": Out(1),
                "eos": Out(1),
                "opens": Out(1),
                "bad_token": Out(1),
            }
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        # One more than there are neurons: it takes as many in a row only then, and is never a plain register.
        fifo = SyncFIFOBuffered(width=self._config.neuron_bits, depth=self._config.neurons + 1)
        m.submodules.spikes = ResetInserter(self.flush)(fifo)
        m.d.comb += [fifo.w_data.eq(self.neuron), fifo.w_en.eq(self.fired)]
        m.d.sync += Assert(~self.fired | fifo.w_rdy, "controller: no room for a spike")

        between = Signal()  # EOS was passed on, and the neurons of its step are not all updated
        settling = Signal(range(FLUSH))
        take = self.events.valid & self.events.ready
        with m.If(self.step_end):
            m.d.sync += [between.eq(0), self.step.eq(self.step + 1)]

        with m.FSM():
            with m.State("DISARMED"):
                m.d.comb += self.flush.eq(1)
                with m.If(self.good):
                    m.d.sync += self.quiet.eq(1)
                    m.next = "CLEAR"
            with m.State("RUN"):
                m.d.comb += self.armed.eq(1)
                ends = self._merge(m, fifo, between)
                with m.If(self.eos):
                    m.d.sync += between.eq(1)
                with m.If(take):
                    m.d.sync += self.in_sample.eq(1)
                with m.If(ends):
                    m.d.sync += self.quiet.eq(0)
                    m.next = "FLUSH"
            with m.State("FLUSH"):
                m.d.comb += [self.armed.eq(1), self.busy.eq(1), self.flush.eq(1)]
                m.d.sync += settling.eq(settling + 1)
                with m.If(settling == FLUSH - 1):
                    m.d.sync += settling.eq(0)
                    m.next = "CLEAR"
            with m.State("CLEAR"):
                m.d.comb += [self.armed.eq(~self.quiet), self.busy.eq(1), self.clear_start.eq(1)]
                m.next = "CLEARING"
            with m.State("CLEARING"):
                m.d.comb += [self.armed.eq(~self.quiet), self.busy.eq(1)]
                m.d.sync += self.step.eq(0)
                with m.If(self.clear_done):
                    m.next = "END"
            with m.State("END"):
                m.d.comb += [self.armed.eq(~self.quiet), self.busy.eq(1), self.end_valid.eq(~self.quiet)]
                with m.If(self.end_ready | self.quiet):
                    m.d.sync += self.in_sample.eq(0)
                    m.next = "RUN"

        return ResetInserter(self.disarm)(m)

    def _merge(self, m: Module, fifo: SyncFIFOBuffered, between: Signal) -> Value:
        """Waiting spikes first, then the tokens of the host; the result is high when END is taken."""
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
            self.opens.eq(events.valid & ~is_end),
            self.eos.eq(take & is_eos),
            self.accepted.eq(take & is_event & known),
            self.unknown.eq(take & is_event & ~known),
            self.bad_token.eq(take & is_none),
        ]
        return take & is_end
