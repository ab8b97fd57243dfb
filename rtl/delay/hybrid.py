# SPDX-License-Identifier: Apache-2.0
"""The hybrid: a coarse delay in a single queue, a fine one in a few slots of the accumulators."""

from amaranth.hdl import Array, Assert, Format, Module, Mux, ResetInserter, Signal
from amaranth.lib import wiring

from rtl.delay.queue import EventQueue
from rtl.delay.single import SingleQueueUnit
from rtl.delay.window import WindowFilter, window_layout


class Hybrid(SingleQueueUnit):
    """A single queue whose events are judged once in S steps, before a ring of S accumulators per neuron.

    An event that arrived in step a is judged in the steps a, a + S, a + 2S, ... In step a + S*c it sends its rows of
    the levels S*c to S*c + S-1, a window of its skip mask; the accumulators place them 0 to S-1 steps ahead. If a
    later window has a level, it goes behind all others, with c one more. So the events of one phase (a mod S) are
    together in the queue, and the phases follow one another in the order in which their turn comes: what is judged in
    a step is always at the head. A counter per phase tells how many that are.

    First every event of the phase is read; then the arrivals, which have the same phase, are judged at window 0 as they
    come. Latency READ + LOOKUP + 1 + NUMBER cycles from an arrival to its first row if nothing is judged before it;
    throughput one event a cycle, or one row a cycle. Back-pressure on ``rows`` stops the queue; ``arrivals`` are held
    until all events of the phase were read. An event that finds the queue full (``capacity`` events, at least 1) is
    dropped and counted in ``lost``; it cannot happen with the capacity of the network's worst case.
    """

    def elaborate(self, platform: object) -> Module:
        m = Module()
        config = self.config
        m.submodules.filter = window = WindowFilter(config)
        m.submodules.queue = queue = EventQueue(
            shape=window_layout(config), depth=config.queue_depth, memory=config.queue_memory
        )
        limit = Signal.like(self.capacity)
        phase = Signal(range(config.slots))  # the step, modulo S
        held = [Signal.like(queue.level, name=f"held{number}") for number in range(config.slots)]  # events of a phase
        left = Signal.like(queue.level)  # events of the phase that were not read in this step
        waits = Signal()  # there are such events
        ending = Signal()  # the end of step is under way
        m.d.comb += limit.eq(Mux(self.capacity == 0, 1, self.capacity))

        read = self.read_queue(m, queue, window_layout(config), {"window": 0}, left=left, waits=waits, ending=ending)
        m.d.comb += window.event.window.eq(read.payload.event.window)
        self.look_up(m, read, window)

        # What stays is stored a cycle after it was judged, long before the next step.
        kept, again = Signal(), Signal(window_layout(config))
        m.d.sync += [
            kept.eq(window.keep),
            again.source.eq(window.judged.source),
            again.window.eq(window.judged.window + 1),
        ]
        m.d.comb += [queue.push.eq(kept & ~queue.full), queue.push_data.eq(again)]
        m.d.comb += queue.last.eq(self.last_place)
        for number, count in enumerate(held):
            with m.If(phase == number):
                m.d.sync += count.eq(count + queue.push - queue.pop)
        wiring.connect(m, wiring.flipped(self.rows), window.rows)
        with m.If(self.rows.valid & self.rows.ready & self.rows.payload.eos):
            coming = Array(held[1:] + held[:1])[phase]
            m.d.sync += [ending.eq(0), phase.eq(phase + 1), left.eq(coming), waits.eq(coming != 0)]
        m.d.sync += [
            Assert(~ending | (left == 0), Format("hybrid: end of step overtakes {} events", left)),
            Assert(queue.level <= limit, Format("hybrid: {} events in a queue of {}", queue.level, limit)),
            Assert(left <= queue.level, Format("hybrid: {} events to read of {}", left, queue.level)),
        ]
        self.count_events(m, held=queue.level, ends=self.rows.valid & self.rows.payload.eos,
                          dropped=kept & ~queue.push)  # fmt: skip
        return ResetInserter(self.flush)(m)


UNIT = Hybrid
