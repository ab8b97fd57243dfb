# SPDX-License-Identifier: Apache-2.0
"""Delay units side by side: given the same sources in each step, they add the same rows in each step."""

from functools import partial
from itertools import pairwise

from amaranth.asserts import AnyConst, AnySeq
from amaranth.hdl import Assume, Cat, Module, Mux, Signal, Value

from model.config import DelayUnit
from tb.formal.delay.properties import DelayEnvironment
from tb.formal.delay.proven import proven, smallest
from tb.formal.prop import Method, Property, require

REFERENCE = next(iter(DelayUnit))
"""The unit beside which every other one is set."""


class _Pair:
    """The reference and another unit, with one source table, and an arbitrary set of sources in each step.

    Each unit is offered the set in an order, with pauses and under back-pressure of its own. Assumed: the next step
    begins when both have sent the end of this one.

    ``before[s][k]``: source s was in the set k + 1 steps ago.
    """

    def __init__(self, m: Module, other: DelayUnit) -> None:
        config = smallest(REFERENCE)
        self.config = config
        self.reference = DelayEnvironment(m, config)
        self.other = DelayEnvironment(m, smallest(other), beside=self.reference)
        self.flush = self.reference.unit.flush
        both, first, later = Signal(), Signal(config.sources), Signal(config.sources)
        begun, self.chosen = Signal(), Signal(config.sources)
        m.d.comb += [first.eq(AnyConst(config.sources)), self.chosen.eq(Mux(begun, later, first))]
        self.open: list[Signal] = []
        self.done: list[Signal] = []
        self.rows: list[list[list[Signal]]] = []
        for side, env in enumerate((self.reference, self.other)):
            self._one(m, side, env, both)
        self.both = both
        m.d.comb += both.eq(self.done[0] & self.done[1])
        # Enough for a row of the highest level that was sent as many steps ago as there are slots.
        steps = config.delays + self.other.config.slots - 1
        self.before = [Signal(steps, name=f"before{source}") for source in range(config.sources)]
        with m.If(both | self.flush):
            m.d.sync += [begun.eq(1), later.eq(AnySeq(config.sources))]
        for source, before in enumerate(self.before):
            with m.If(both):
                m.d.sync += before.eq(Cat(self.chosen[source], before))
            with m.If(self.flush):
                m.d.sync += before.eq(0)

    def _one(self, m: Module, side: int, env: DelayEnvironment, both: Value) -> None:
        """Offer the set of the step to a unit, and keep which rows it sends."""
        token, row = env.unit.arrivals.payload, env.unit.rows.payload
        is_open, done = Signal(init=1, name=f"open{side}"), Signal(name=f"done{side}")
        valid = env.unit.arrivals.valid
        m.d.comb += Assume(~valid | is_open)
        m.d.comb += Assume(~valid | token.eos | (self.chosen >> token.source)[0])
        m.d.comb += Assume(~(valid & token.eos) | (Cat(env.fired) == self.chosen))
        ends = env.left & row.eos
        with m.If(env.taken & token.eos):
            m.d.sync += is_open.eq(0)
        with m.If(ends):
            m.d.sync += done.eq(1)
        with m.If(both | self.flush):
            m.d.sync += [is_open.eq(1), done.eq(0)]
        # Rows are sent ahead of their step: one of level l, l mod slots steps ago, is added in this one.
        rows = []
        for source in range(env.config.sources):
            sent = [Signal(env.config.delays, name=f"sent{side}_{source}_{ago}")
                    for ago in range(env.config.slots)]  # fmt: skip
            with m.If(ends):
                m.d.sync += sent[0].eq(env.sent[source])
                for younger, older in pairwise(sent):
                    m.d.sync += older.eq(younger)
            with m.If(self.flush):
                m.d.sync += [each.eq(0) for each in sent]
            rows.append(sent)
        self.open.append(is_open)
        self.done.append(done)
        self.rows.append(rows)

    def added(self, side: int, source: int) -> Value:
        """The levels of the rows of a source that a unit adds in the step that has ended."""
        sent = self.rows[side][source]
        return Cat(sent[level % len(sent)][level] for level in range(len(sent[0])))


def _invariants(m: Module, pair: _Pair) -> None:
    """Both units are in the same step, and have the same history."""
    for side, env in enumerate((pair.reference, pair.other)):
        proven(env.config.delay_unit).invariants(m, env)
        is_open, done = pair.open[side], pair.done[side]
        require(m, ~(is_open & done), f"unit {side}: a step is open or done")
        require(m, env.ahead == ~(is_open | done), f"unit {side}: the end of step is under way")
        for source, mask in enumerate(env.table.masks):
            chosen, before = pair.chosen[source], pair.before[source]
            name = f"unit {side} source {source}"
            now = Mux(done, Cat(chosen, before), before)
            ages, coming, fired = env.ages[source], env.coming[source], env.fired[source]
            require(m, fired <= (chosen & is_open), f"{name} fires if it is chosen")
            require(m, coming[0] == Mux(is_open, fired, ~done & chosen), f"{name} fired in this step")
            require(m, coming[1:] == 0, f"{name} fires in no later step")
            require(m, ages[1:] == now[: env.config.delays - 1], f"{name} has its history")
            sent = pair.rows[side][source]
            for ago, each in enumerate(sent):
                last = Mux(done, Cat(chosen, before), before)
                slots = len(sent)
                fired_then = Cat(last[ago + level // slots * slots] for level in range(len(each)))
                # What one slot had is in the accumulators no more when the next step has begun.
                fully = mask & fired_then if slots > 1 else Mux(done, mask & fired_then, each)
                require(m, each == fully, f"{name} sent its rows {ago} steps ago")


def _build(other: DelayUnit, inductive: bool) -> Module:
    m = Module()
    pair = _Pair(m, other)
    for env in (pair.reference, pair.other):
        env.rows_are_due(m)
    for source in range(pair.config.sources):
        same = pair.added(0, source) == pair.added(1, source)
        require(m, ~pair.both | same, f"both add the same rows of source {source}")
    if inductive:
        _invariants(m, pair)
    return m


def properties() -> list[Property]:
    """Of every unit but the reference; others follow, for equality is transitive."""
    config = smallest(REFERENCE)
    return [
        Property(
            name=f"equivalence.{REFERENCE}-{unit}",
            states="side by side on the same inputs both add the same rows in each step, each once",
            build=partial(_build, unit),
            method=Method.INDUCTION,
            depth=1,
            falsify_depth=28,
            covers=f"{config.sources} sources, {config.delays} delay levels; any number of steps; order, pauses and "
            "back-pressure differ",
        )
        for unit in DelayUnit
        if unit is not REFERENCE
    ]
