# SPDX-License-Identifier: Apache-2.0
"""The SCDQ with one queue: events orbit once a step, and share the counters of their age."""

from amaranth.hdl import Assert, Format, Module, Mux, ResetInserter, Signal
from amaranth.lib import wiring

from rtl.delay.pruning import PruningFilter
from rtl.delay.queue import EventQueue
from rtl.delay.single import SingleQueueUnit
from rtl.layouts import birth_layout


class Scdq1(SingleQueueUnit):
    """Single-FIFO Shared Circular Delay Queue, named as future work in arXiv 2501.13610.

    One queue is read once per step. An event does not carry its own counter, but the number of the step modulo D in
    which it arrived; the events of one age share the counter now - that number, which the end of step advances for
    all of them at once. First every event of the steps before is read and, if its skip mask has a higher level, stored
    again behind the others; then the arrivals of this step are judged at level 0 as they come, and stored if they stay.
    So the queue is always in order of age and needs room for what is held over an end of step, not twice that.

    Latency READ + LOOKUP + NUMBER cycles from an arrival to its row if nothing orbits, throughput one event a cycle,
    whether it leaves or not. Back-pressure on ``rows`` stops the queue; ``arrivals`` are held until all that orbits was
    read. An arrival that finds the queue full (``capacity`` events, at least 1) is not stored and counted in ``lost``;
    it cannot happen with the capacity of the network's worst case.
    """

    def elaborate(self, platform: object) -> Module:
        m = Module()
        config = self.config
        m.submodules.filter = pruning = PruningFilter(config)
        m.submodules.queue = queue = EventQueue(
            shape=birth_layout(config), depth=config.queue_depth, memory=config.queue_memory
        )
        limit = Signal.like(self.capacity)
        now = Signal(config.delay_bits)  # the step, modulo D
        left = Signal.like(queue.level)  # events of the steps before that were not read in this step
        waits = Signal()  # there are such events
        ending = Signal()  # the end of step is under way
        m.d.comb += limit.eq(Mux(self.capacity == 0, 1, self.capacity))

        read = self.read_queue(m, queue, birth_layout(config), {"birth": now}, left=left, waits=waits, ending=ending)
        birth = read.payload.event.birth
        m.d.comb += pruning.event.level.eq(Mux(now >= birth, now - birth, now + config.delays - birth))
        self.look_up(m, read, pruning)

        again = Signal(birth_layout(config))
        stored_birth = Mux(now >= pruning.judged.level, now - pruning.judged.level,
                           now + config.delays - pruning.judged.level)  # fmt: skip
        # What stays is stored a cycle after it was judged, long before the next step.
        kept = Signal()
        m.d.sync += [
            kept.eq(pruning.keep),
            again.source.eq(pruning.judged.source),
            again.birth.eq(stored_birth),
        ]
        m.d.comb += [queue.push.eq(kept & ~queue.full), queue.push_data.eq(again)]
        m.d.comb += queue.last.eq(self.last_place)
        wiring.connect(m, wiring.flipped(self.rows), pruning.rows)
        with m.If(self.rows.valid & self.rows.ready & self.rows.payload.eos):
            m.d.sync += [
                ending.eq(0),
                left.eq(queue.level),
                waits.eq(queue.filled),
                now.eq(Mux(now == config.delays - 1, 0, now + 1)),
            ]
        m.d.sync += [
            Assert(~ending | (left == 0), Format("scdq1: end of step overtakes {} events", left)),
            Assert(queue.level <= limit, Format("scdq1: {} events in a queue of {}", queue.level, limit)),
            Assert(left <= queue.level, Format("scdq1: {} events to read of {}", left, queue.level)),
        ]
        self.count_events(m, held=queue.level, ends=self.rows.valid & self.rows.payload.eos,
                          dropped=kept & ~queue.push)  # fmt: skip
        return ResetInserter(self.flush)(m)


UNIT = Scdq1
