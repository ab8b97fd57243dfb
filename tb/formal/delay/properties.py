# SPDX-License-Identifier: Apache-2.0
"""Delay units: what the skip mask asks for leaves, each event once, in its step; and nothing else does."""

from dataclasses import dataclass
from functools import reduce
from operator import add
from typing import Any

from amaranth.asserts import AnyConst
from amaranth.hdl import Array, Assume, Cat, Module, Mux, Signal, Value

from model.config import CoreConfig
from model.delay.spec import Holds
from rtl.arith import count_ones
from rtl.delay.unit import DelayUnitBase, delay_unit
from rtl.layouts import mask_layout
from tb.formal.inside import Elaborated
from tb.formal.prop import arbitrary, held, offer, require

AHEAD = 4
"""Most ends of step that a unit may have taken and not yet sent."""


def total(values: list[Any]) -> Any:
    """Their sum, wide enough."""
    return reduce(add, values)


@dataclass(frozen=True, kw_only=True)
class Table:
    """The source table: arbitrary, and constant."""

    masks: list[Signal]
    bases: list[Signal]

    def highest(self, source: int) -> Value:
        """Highest delay level of a source: the events of it that a queue holds at most; 0 without a row."""
        mask = self.masks[source]
        return total([(mask >> level) != 0 for level in range(1, len(mask))])

    def worst_case(self) -> Value:
        """Events of all sources that a queue holds at most."""
        return total([self.highest(source) for source in range(len(self.masks))])


@dataclass(frozen=True, kw_only=True)
class Ranking:
    """How many cycles with ``rows`` ready pass until a waiting arrival is taken, and until an end of step leaves."""

    arrival: Any
    arrival_bound: int
    end: Any
    end_bound: int
    inductive: bool = True
    """Whether the values are right in every state, or only the bounds are to be checked."""


class DelayEnvironment:
    """A delay unit among arbitrary arrivals, source table, back-pressure and flushes; and what it owes.

    Assumed: streams hold what they offer, sources are in range and fire at most once in a step, with ``worst_case``
    the capacity is at least the table's worst case (without: any capacity), and a history has room for the sources
    with delays. A unit ``beside`` another has its source table, and is flushed with it.

    ``ages[s][k]``: source s fired k steps before the step that ``rows`` is in. ``sent[s][k]``: its row of level k left
    in that step. ``due[s][k]``: that row belongs to that step.
    """

    def __init__(
        self, m: Module, config: CoreConfig, *, worst_case: bool = True, beside: "DelayEnvironment | None" = None
    ) -> None:
        self.config = config
        self.worst_case = worst_case
        self.unit: DelayUnitBase = delay_unit(config)
        self.inside = Elaborated(self.unit)
        m.submodules["unit" if beside is None else "other_unit"] = self.inside.fragment
        self._inputs(m, worst_case, beside)
        self._ledger(m)
        self._losses(m)

    def _inputs(self, m: Module, worst_case: bool, beside: "DelayEnvironment | None") -> None:
        unit, config = self.unit, self.config
        self.entries: list[Any]
        arbitrary(m, unit.clear_counters, unit.rows.ready)
        if beside is None:
            arbitrary(m, unit.flush)
            self.entries = [Signal(mask_layout(config), name=f"entry{source}") for source in range(config.sources)]
            for entry in self.entries:
                m.d.comb += entry.eq(AnyConst(mask_layout(config).size))
        else:
            m.d.comb += unit.flush.eq(beside.unit.flush)
            self.entries = beside.entries
        self.table = Table(masks=[each.mask for each in self.entries], bases=[each.base for each in self.entries])
        # The address is what is registered, so that in an induction the data can be no other source's.
        self.looked_up = Signal(config.source_bits)
        with m.If(unit.lookup.en):
            m.d.sync += self.looked_up.eq(unit.lookup.address)
        m.d.comb += unit.lookup.data.eq(Array(entry.as_value() for entry in self.entries)[self.looked_up])

        capacity, first_kept = unit.capacity, unit.first_kept
        m.d.comb += [capacity.eq(AnyConst(len(capacity))), first_kept.eq(AnyConst(len(first_kept)))]
        if config.delay_unit.has_queues:
            m.d.comb += Assume(capacity <= config.queue_depth)
            if worst_case:
                m.d.comb += Assume(capacity >= self.table.worst_case())
        if config.spec.holds is Holds.SOURCES:
            for source, mask in enumerate(self.table.masks):
                kept = (source >= first_kept) & (source < first_kept + config.queue_depth)
                m.d.comb += Assume(((mask >> 1) == 0) | kept)

        offer(m, unit.arrivals, "arrivals", unless=unit.flush)
        self.taken = Signal()
        self.fired = [Signal(name=f"fired{source}") for source in range(config.sources)]
        token = unit.arrivals.payload
        m.d.comb += self.taken.eq(unit.arrivals.valid & unit.arrivals.ready)
        m.d.comb += Assume(token.eos | (token.source < config.sources))
        for source, fired in enumerate(self.fired):
            m.d.comb += Assume(~(unit.arrivals.valid & ~token.eos & (token.source == source) & fired))
            with m.If(self.taken & (token.eos | (token.source == source))):
                m.d.sync += fired.eq(~token.eos)
            with m.If(unit.flush):
                m.d.sync += fired.eq(0)

    def _ledger(self, m: Module) -> None:
        config, unit = self.config, self.unit
        token, row = unit.arrivals.payload, unit.rows.payload
        self.left = unit.rows.valid & unit.rows.ready
        self.ahead = Signal(range(AHEAD + 2))
        self.ages, self.sent, self.due, self.coming = [], [], [], []
        ends = self.left & row.eos
        m.d.sync += self.ahead.eq(self.ahead + (self.taken & token.eos) - ends)
        for source, mask in enumerate(self.table.masks):
            coming = Signal(AHEAD + 1, name=f"coming{source}")  # bit j: fired in the step j ahead
            older = Signal(config.delays, name=f"older{source}")
            sent = Signal(config.delays, name=f"sent{source}")
            arrived = coming | ((self.taken & ~token.eos & (token.source == source)) << self.ahead)[: len(coming)]
            m.d.sync += coming.eq(arrived)
            with m.If(self.left & ~row.eos & (row.source == source)):
                m.d.sync += sent.eq(sent | (1 << row.level))
            with m.If(ends):
                m.d.sync += [coming.eq(arrived >> 1), older.eq(Cat(coming[0], older)), sent.eq(0)]
            ages = Cat(coming[0], older)[: config.delays]
            self.coming.append(coming)
            self.ages.append(ages)
            self.sent.append(sent)
            # A row leaves ahead of its step by less than there are slots.
            sent_at = [level // config.slots * config.slots for level in range(config.delays)]
            self.due.append(mask & Cat(ages[age] for age in sent_at))
            with m.If(unit.flush):
                m.d.sync += [coming.eq(0), older.eq(0), sent.eq(0)]
        with m.If(unit.flush):
            m.d.sync += self.ahead.eq(0)

    def _losses(self, m: Module) -> None:
        """Whether an event was counted as lost since the last flush; unknown if the counters were cleared since."""
        unit = self.unit
        counts, before, excused, lossy = Signal(init=1), Signal.like(unit.lost), Signal(), Signal()
        self.loses = Signal()
        m.d.comb += self.loses.eq((unit.lost != before) & ~excused)
        m.d.sync += [before.eq(unit.lost), excused.eq(unit.flush | unit.clear_counters)]
        with m.If(self.loses):
            m.d.sync += lossy.eq(1)
        with m.If(unit.clear_counters):
            m.d.sync += counts.eq(0)
        with m.If(unit.flush):
            m.d.sync += [counts.eq(1), lossy.eq(0)]
        self.exact = Signal()
        """Nothing was lost since the last flush."""
        m.d.comb += self.exact.eq(1 if self.worst_case else counts & ~lossy & ~self.loses)
        self.whole, self.whole_before = Signal(init=1), Signal(init=1)
        """Nothing was dropped since the last flush, counted yet or not; nothing in a step before this one."""
        if self.config.delay_unit.has_queues and not self.worst_case:
            dropped = self.inside.signal("dropped")
            with m.If(dropped):
                m.d.sync += self.whole.eq(0)
            with m.If(self.left & unit.rows.payload.eos):
                m.d.sync += self.whole_before.eq(self.whole & ~dropped)
            with m.If(unit.flush):
                m.d.sync += [self.whole.eq(1), self.whole_before.eq(1)]

    # The properties, one by one.

    def rows_are_due(self, m: Module) -> None:
        """A row that leaves is due in this step, has not left before, and has its number."""
        row = self.unit.rows.payload
        event = self.left & ~row.eos
        require(m, ~event | ((row.source < self.config.sources) & (row.level < self.config.delays)), "row in range")
        for source, mask in enumerate(self.table.masks):
            mine = event & (row.source == source)
            lower = Cat(bit & (level < row.level) for level, bit in enumerate(mask))
            number = (self.table.bases[source] + count_ones(lower))[: self.config.row_bits]
            require(m, ~mine | (self.due[source] >> row.level)[0], f"row of source {source} is due")
            require(m, ~mine | ~(self.sent[source] >> row.level)[0], f"row of source {source} leaves once")
            require(m, ~mine | (row.row == number), f"row of source {source} has its number")

    def nothing_is_lost(self, m: Module) -> None:
        """When the end of step leaves, all that was due in it has left; and it was taken before."""
        ends = self.left & self.unit.rows.payload.eos
        require(m, ~ends | (self.ahead != 0), "end of step was taken before it leaves")
        require(m, self.ahead <= AHEAD, "ends of step ahead")
        for source in range(self.config.sources):
            complete = self.due[source] == self.sent[source]
            require(m, ~ends | complete, f"rows of source {source} leave before the end of step")

    def nothing_is_counted_lost(self, m: Module) -> None:
        """With the worst case as capacity no overflow is counted, and the peak stays within the worst case."""
        require(m, self.unit.lost == 0, "no event is lost")
        require(m, self.unit.peak <= self.table.worst_case(), "peak within the worst case")

    def losses_are_counted(self, m: Module, held: Any) -> None:
        """A row is missing only if a loss was counted before the cycle after its end of step; one is counted only as a
        step ends, if the queue ``held`` all that it may in the step before.
        """
        ends = self.left & self.unit.rows.payload.eos
        ended = Signal()
        m.d.sync += ended.eq(ends)
        for source in range(self.config.sources):
            missing = Signal(name=f"missing{source}")
            m.d.sync += missing.eq(ends & ~self.unit.flush & (self.due[source] != self.sent[source]))
            require(m, ~(missing & self.exact), f"loss of source {source} is counted")
        full, full_now, full_before, full_last = Signal(), Signal(), Signal(), Signal()
        m.d.comb += full.eq(held >= Mux(self.unit.capacity == 0, 1, self.unit.capacity))
        m.d.sync += full_now.eq(full_now | full)
        with m.If(ends):
            m.d.sync += [full_now.eq(0), full_before.eq(full_now | full), full_last.eq(full_before)]
        with m.If(self.unit.flush):
            m.d.sync += [full_now.eq(0), full_before.eq(0)]
        require(m, ~self.loses | (ended & full_last), "an event is lost only to a full queue, a step later")
        # Why: what is dropped waits for two ends of step.
        now, before = (self.inside.signal(f"dropped_{step}") != 0 for step in ("now", "before"))
        require(m, ~now | full_now, "dropped by a full queue")
        require(m, ~before | full_before, "dropped by a queue that was full")
        require(m, ~self.whole | self.whole_before, "nothing dropped so far, nor before this step")
        require(m, self.whole | now | ~self.whole_before, "what is dropped waits to be counted")
        require(m, self.whole_before | before | ~self.exact, "what was dropped is counted, or will be")

    def rows_hold(self, m: Module) -> None:
        """The rule of streams on ``rows``."""
        require(m, held(m, self.unit.rows, "rows", unless=self.unit.flush), "rows hold until taken")

    def steps_stay_apart(self, m: Module) -> None:
        """A unit that holds events back takes nothing of a step before the end of step before has left."""
        if self.config.spec.holds is not Holds.NOTHING:
            require(m, (self.ahead == 0) | ~self.unit.arrivals.ready, "nothing taken behind an end of step")

    def waits_end(self, m: Module, ranking: "Ranking") -> None:
        """An arrival that waits is taken, and an end of step leaves, in a bounded number of cycles with ``rows`` ready.

        The ranking falls in every such cycle; that it never rises while something waits is what the solver shows.
        """
        unit = self.unit
        leaves = self.left & unit.rows.payload.eos
        for name, waits, starts, bound, left in (
            ("arrival", unit.arrivals.valid & ~unit.arrivals.ready, False, ranking.arrival_bound, ranking.arrival),
            ("end", self.ahead != 0, leaves, ranking.end_bound, ranking.end),
        ):
            cycles = Signal(range(bound + 2), name=f"{name}_cycles")
            with m.If(~waits | starts | unit.flush):
                m.d.sync += cycles.eq(0)
            with m.Elif(unit.rows.ready & (cycles <= bound)):
                m.d.sync += cycles.eq(cycles + 1)
            require(m, cycles <= bound, f"{name} waits at most {bound} cycles")
            if ranking.inductive:
                require(m, ~waits | (cycles + left <= bound), f"{name} waits as long as its ranking says")
