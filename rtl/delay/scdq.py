# SPDX-License-Identifier: Apache-2.0
"""The Shared Circular Delay Queue: events orbit through two queues and leave at the steps that their mask names."""

from amaranth.hdl import Assert, Format, Module, Mux, ResetInserter, Signal
from amaranth.lib import wiring
from amaranth.lib.data import StructLayout

from rtl.delay.pruning import PruningFilter
from rtl.delay.queue import EventQueue
from rtl.delay.unit import DelayUnitBase
from rtl.layouts import orbit_layout
from rtl.slice import RegisterSlice


class Scdq(DelayUnitBase):
    """Shared Circular Delay Queue (arXiv 2404.10597 section III-D, 2501.13610 section III).

    Write controller: an arrival gets the counter D-1 and enters the pre-processing queue PRQ. Read controller: takes
    events from PRQ; pruning filter: level = D-1 - counter, the event leaves as (source, level) if that bit of its skip
    mask is set, and goes with counter - 1 to the post-processing queue POQ if a higher bit is. When the end of step
    leaves, PRQ and POQ change roles.

    Latency 1 + READ + LOOKUP + NUMBER cycles from an arrival to its row if PRQ is empty, throughput one event a cycle,
    whether it leaves or not. Back-pressure on ``rows`` stops the read controller; a full PRQ holds ``arrivals``. An
    event that finds POQ full (``capacity`` events, at least 1) is dropped and counted in ``lost``; it cannot happen
    with the capacity of the network's worst case.
    """

    def elaborate(self, platform: object) -> Module:
        m = Module()
        config = self.config
        m.submodules.filter = pruning = PruningFilter(config)
        swapped = Signal()  # which of the two queues is PRQ
        queues = self._queues(m)
        prq_level, poq_level = Signal.like(queues[0].level), Signal.like(queues[0].level)
        prq_filled, prq_full, prq_push, prq_pop = Signal(), Signal(), Signal(), Signal()
        poq_full, poq_push = Signal(), Signal()
        arriving, again = Signal(orbit_layout(config)), Signal(orbit_layout(config))
        m.d.comb += [
            prq_level.eq(Mux(swapped, queues[1].level, queues[0].level)),
            poq_level.eq(Mux(swapped, queues[0].level, queues[1].level)),
            prq_filled.eq(Mux(swapped, queues[1].filled, queues[0].filled)),
            prq_full.eq(Mux(swapped, queues[1].full, queues[0].full)),
            poq_full.eq(Mux(swapped, queues[0].full, queues[1].full)),
        ]
        for index, queue in enumerate(queues):
            is_prq = swapped == index
            m.d.comb += [
                queue.push.eq(Mux(is_prq, prq_push, poq_push)),
                queue.push_data.eq(Mux(is_prq, arriving.as_value(), again.as_value())),
                queue.pop.eq(is_prq & prq_pop),
            ]

        # Write controller.
        ending = Signal()  # the end of step has arrived, and has not left
        m.d.comb += [
            self.arrivals.ready.eq(~ending & ~prq_full),
            arriving.source.eq(self.arrivals.payload.source),
            arriving.counter.eq(config.delays - 1),
        ]
        with m.If(self.arrivals.valid & self.arrivals.ready):
            m.d.comb += prq_push.eq(~self.arrivals.payload.eos)
            m.d.sync += ending.eq(self.arrivals.payload.eos)

        # Read controller: `read` is what PRQ shows, `shown` its register; behind the slice an event is looked up, and
        # judged in the filter.
        read_valid, read_eos, ended = Signal(), Signal(), Signal()
        shown_valid, shown_eos = Signal(), Signal()
        # Not reset, so that they may be output registers of block RAM.
        shown = [Signal(orbit_layout(config), name=f"shown{index}", reset_less=True) for index in range(2)]
        take, shows = Signal(), Signal()
        m.submodules.slice = read = RegisterSlice(StructLayout({"eos": 1, "event": orbit_layout(config)}))
        m.d.comb += [
            shows.eq(~shown_valid | read.tokens.ready),
            take.eq(~read_valid | shows),
            prq_pop.eq(take & prq_filled),
            read.tokens.valid.eq(shown_valid),
            read.tokens.payload.eos.eq(shown_eos),
            read.tokens.payload.event.eq(Mux(swapped, shown[1].as_value(), shown[0].as_value())),
            pruning.event.level.eq(config.delays - 1 - read.passed.payload.event.counter),
        ]
        self.look_up(m, read.passed, pruning)
        with m.If(shows):
            m.d.sync += [shown_valid.eq(read_valid), shown_eos.eq(read_eos)]
            m.d.sync += [each.eq(queue.data) for each, queue in zip(shown, queues, strict=True)]
        with m.If(take):
            finish = ending & ~ended & ~prq_filled
            m.d.sync += [read_valid.eq(prq_pop | finish), read_eos.eq(finish)]
            with m.If(finish):
                m.d.sync += ended.eq(1)

        # What stays is stored a cycle after it was judged, long before the queues change roles.
        kept = Signal()
        m.d.sync += [
            kept.eq(pruning.keep),
            again.source.eq(pruning.judged.source),
            again.counter.eq(config.delays - 2 - pruning.judged.level),
        ]
        m.d.comb += poq_push.eq(kept & ~poq_full)
        wiring.connect(m, wiring.flipped(self.rows), pruning.rows)
        with m.If(self.rows.valid & self.rows.ready & self.rows.payload.eos):
            m.d.sync += [swapped.eq(~swapped), ending.eq(0), ended.eq(0)]
        m.d.sync += Assert(~ended | (prq_level == 0), Format("scdq: end of step overtakes {} events", prq_level))

        self.count_events(m, held=poq_level, ends=self.rows.valid & self.rows.payload.eos,
                          dropped=kept & ~poq_push)  # fmt: skip
        return ResetInserter(self.flush)(m)

    def _queues(self, m: Module) -> list[EventQueue]:
        """The two queues, of equal capacity, whoever uses them."""
        config = self.config
        queues = [
            EventQueue(shape=orbit_layout(config), depth=config.queue_depth, memory=config.queue_memory)
            for _ in range(2)
        ]
        m.submodules.queue0, m.submodules.queue1 = queues
        limit = Signal.like(self.capacity)
        m.d.comb += limit.eq(Mux(self.capacity == 0, 1, self.capacity))
        m.d.comb += [queue.last.eq(self.last_place) for queue in queues]
        for queue in queues:
            m.d.sync += Assert(queue.level <= limit, Format("scdq: {} events in a queue of {}", queue.level, limit))
        return queues


UNIT = Scdq
