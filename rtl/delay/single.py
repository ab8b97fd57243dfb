# SPDX-License-Identifier: Apache-2.0
"""What delay units with one queue have in common: events of the steps before are read first, then arrivals follow."""

from collections.abc import Mapping
from typing import Any

from amaranth.hdl import Module, Mux, ShapeLike, Signal, ValueLike
from amaranth.lib.data import StructLayout

from rtl.delay.queue import EventQueue
from rtl.delay.unit import DelayUnitBase
from rtl.slice import RegisterSlice


class SingleQueueUnit(DelayUnitBase):
    """Base of the units that read one queue once a step."""

    def read_queue(self, m: Module, queue: EventQueue, layout: ShapeLike, fresh: Mapping[str, ValueLike], *,
                   left: Signal, waits: Signal, ending: Signal) -> Any:  # fmt: skip
        """Read what is ``left`` of the queue, then take arrivals until the end of step; the stream of both.

        Its tokens have ``eos`` and ``event``, of ``layout``; ``fresh``: the fields of an arrival besides its source.
        ``waits``: something is left; ``ending``: the end of step is under way. Both are set here, and begun anew by the
        user as a step ends. Latency READ cycles, throughput one event a cycle.
        """
        # An event that waits for the filter: from the queue, or an arrival.
        read_valid, read_eos, read_new = Signal(), Signal(), Signal()
        arrived = Signal.like(self.arrivals.payload.source)
        take = Signal()
        arrives = self.arrivals.valid & self.arrivals.ready
        # A register for what is there; behind the slice it is looked up, and judged in the filter.
        shown_valid, shows = Signal(), Signal()
        token = StructLayout({"eos": 1, "event": layout})
        given, shown = Signal(token), Signal(token)
        m.submodules.slice = read = RegisterSlice(token)
        m.d.comb += [
            shows.eq(~shown_valid | read.tokens.ready),
            take.eq(~read_valid | shows),
            queue.pop.eq(take & waits),
            self.arrivals.ready.eq(take & ~waits & ~ending),
            read.tokens.valid.eq(shown_valid),
            read.tokens.payload.eq(shown),
            given.eos.eq(read_eos),
            given.event.source.eq(Mux(read_new, arrived, queue.data.source)),
            *(given.event[field].eq(Mux(read_new, value, queue.data[field])) for field, value in fresh.items()),
        ]
        with m.If(shows):
            m.d.sync += [shown_valid.eq(read_valid), shown.eq(given)]
        with m.If(take):
            m.d.sync += [read_valid.eq(queue.pop | arrives), read_new.eq(arrives)]
            m.d.sync += [read_eos.eq(arrives & self.arrivals.payload.eos), arrived.eq(self.arrivals.payload.source)]
        with m.If(queue.pop):
            m.d.sync += [left.eq(left - 1), waits.eq(left != 1)]
        with m.If(arrives & self.arrivals.payload.eos):
            m.d.sync += ending.eq(1)
        return read.passed
