# SPDX-License-Identifier: Apache-2.0
"""What proofs of several delay units share: the row that leaves, queues, events that orbit."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from amaranth.hdl import Cat, Module, Mux, Value

from model.cost.timing import LOOKUP, NUMBER, READ
from rtl.arith import count_ones
from tb.formal.delay.properties import DelayEnvironment, total
from tb.formal.prop import require


@dataclass(frozen=True, kw_only=True)
class Stage:
    """A stage of a unit: what is in it."""

    event: Value
    """There is an event in it."""
    ends: Value
    """The end of step is in it."""
    token: Any = None
    """The event."""


def in_order(m: Module, *stages: Stage) -> Value:
    """How often the end of step is in one of these stages, from the first to the last: no event is behind it."""
    for place, stage in enumerate(stages):
        behind = Cat(each.event for each in stages[:place]).any()
        require(m, ~stage.ends | ~behind, f"nothing is behind the end of step in place {place}")
    return total([stage.ends for stage in stages])


class Leaving:
    """The last stages: rows whose numbers are counted."""

    def __init__(self, m: Module, env: DelayEnvironment, path: str) -> None:
        config, inside = env.config, env.inside
        names = ("masked_valid", "counted_valid", "masked", "counted", "out", "lower", "groups", "counts")
        masked_valid, counted_valid, masked, counted, out, lower, groups, counts = (
            inside.signal(name, path) for name in names
        )
        rows = ((masked_valid, masked), (counted_valid, counted), (env.unit.rows.valid, out))
        self.stages = [Stage(event=valid & ~row.eos, ends=valid & row.eos, token=row) for valid, row in rows]
        masking, counting, leaving = self.stages
        for stage in self.stages:
            row = stage.token
            require(m, ~stage.event | ((row.source < config.sources) & (row.level < config.delays)), "row in range")
        for source, (mask, base) in enumerate(zip(env.table.masks, env.table.bases, strict=True)):
            mine = [stage.event & (stage.token.source == source) for stage in self.stages]
            lowers = [Cat(bit & (level < stage.token.level) for level, bit in enumerate(mask)) for stage in self.stages]
            name = f"of a row of source {source}"
            require(m, ~mine[0] | ((masking.token.row == base) & (lower == lowers[0])), f"levels {name}")
            starts = range(0, config.delays, len(groups[0]))
            bits = [lowers[1][start : start + len(groups[0])] for start in starts]
            right = [count == count_ones(group) for count, group in zip(counts, bits, strict=True)]
            require(m, ~mine[1] | ((counting.token.row == base) & Cat(right).all()), f"counted levels {name}")
            number = (base + count_ones(lowers[2]))[: config.row_bits]
            require(m, ~mine[2] | (leaving.token.row == number), f"number {name}")

    def holds(self, source: int, level: int) -> Value:
        """How many of the rows are that of this source and level."""
        return total([stage.event & (stage.token.source == source) & (stage.token.level == level)
                      for stage in self.stages])  # fmt: skip


def one_step_at_a_time(m: Module, env: DelayEnvironment, ending: Value) -> None:
    require(m, ending == env.ahead[0], "the end of step is remembered")
    require(m, env.ahead <= 1, "one end of step at a time")
    for source, (coming, fired) in enumerate(zip(env.coming, env.fired, strict=True)):
        require(m, coming[1:] == 0, f"source {source} fired in no later step")
        require(m, fired == (coming[0] & (env.ahead == 0)), f"source {source} fired in this step")


def queue_words(m: Module, env: DelayEnvironment, path: str) -> list[tuple[Value, Any]]:
    """The words of an ``EventQueue``, each with its distance from the head; its pointers belong together."""
    inside, depth = env.inside, env.config.queue_depth
    head, tail, level = (inside.signal(name, path) for name in ("head", "tail", "level"))
    end = head + level
    require(m, (head < depth) & (tail < depth) & (level <= depth), f"{path} in range")
    require(m, tail == Mux(end >= depth, end - depth, end), f"pointers of {path}")
    words = enumerate(inside.words(f"{path}.memory"))
    return [(Mux(head <= index, index - head, index + depth - head), word) for index, word in words]


def within(m: Module, env: DelayEnvironment, held: Value, name: str) -> None:
    """A queue holds the events of the worst case at most, and what it may."""
    require(m, held <= env.inside.signal("limit"), f"{name} within the capacity")
    if env.worst_case:
        require(m, held <= env.table.worst_case(), f"{name} within the worst case")
        require(m, (env.unit.lost == 0) & (env.unit.peak <= env.table.worst_case()), "counters")
        require(m, (env.inside.signal("dropped_now") == 0) & (env.inside.signal("dropped_before") == 0), "none dropped")


def pruning_filter(m: Module, env: DelayEnvironment) -> list[Stage]:
    """The stages of the pruning filter."""
    stages = filter_stages(m, env, "entry", lambda token: token.level < env.config.delays)
    due, later = (env.inside.signal(name, "filter") for name in ("due", "later"))
    for source, mask in enumerate(env.table.masks):
        mine = stages[-1].event & (stages[-1].token.source == source)
        asked = mask >> stages[-1].token.level
        require(m, ~mine | ((due == asked[0]) & (later == (asked[1:] != 0))), f"the verdict on source {source}")
    return stages


def filter_stages(m: Module, env: DelayEnvironment, entry: str, in_range: Callable[[Any], Value]) -> list[Stage]:
    """The stages of a filter: the event whose mask is being read, the one whose mask is there, and the one that was
    judged under ``entry``.

    ``in_range``: what holds of their tokens, besides that there is such a source.
    """
    inside, config = env.inside, env.config
    stages = [
        Stage(event=inside.signal(f"{name}_valid", "filter") & ~inside.signal(f"{name}_eos", "filter"),
              ends=inside.signal(f"{name}_valid", "filter") & inside.signal(f"{name}_eos", "filter"),
              token=inside.signal(name, "filter"))
        for name in ("looked", "found", "judged")
    ]  # fmt: skip
    looked, found, judged = stages
    for stage in stages:
        right = (stage.token.source < config.sources) & in_range(stage.token)
        require(m, ~stage.event | right, "judged in range")
    require(m, ~looked.event | (env.looked_up == looked.token.source), "the mask that is read is the event's")
    entry_of(m, env, found, inside.signal("found_entry", "filter"))
    entry_of(m, env, judged, inside.signal(entry, "filter"))
    return stages


def entry_of(m: Module, env: DelayEnvironment, stage: Stage, entry: Any) -> None:
    """The entry of the source table that is registered is that of the event in the stage."""
    for source, (mask, base) in enumerate(zip(env.table.masks, env.table.bases, strict=True)):
        mine = stage.event & (stage.token.source == source)
        require(m, ~mine | (Value.cast(entry) == Cat(mask, base)), f"entry of source {source}")


def in_stages(stages: Sequence[Stage], source: int, age: int) -> Value:
    """How many of these events are of a source, at a delay level."""
    return total([stage.event & (stage.token.source == source) & (stage.token.level == age) for stage in stages])


def orbits(
    m: Module,
    env: DelayEnvironment,
    leaving: Leaving,
    before: Callable[[int, int], Value],
    kept: Callable[[int, int], Value],
) -> None:
    """Each event that a level of its mask asks for is in one place; in one at most, once events were lost.

    ``before(s, k)`` counts the places in which the event that source s sent k steps ago waits to be judged,
    ``kept(s, k)`` those in which it waits for the next step.
    """

    def once(asked: Value, places: Value, whole: Value) -> Value:
        return (places <= asked) & (~whole | (places == asked))

    for source, mask in enumerate(env.table.masks):
        for age in range(env.config.delays):
            # An arrival is there whatever its mask; it is judged at level 0.
            asked = env.ages[source][age] & ((mask >> age) != 0 if age else 1)
            waits, stays = before(source, age), kept(source, age)
            gone = leaving.holds(source, age) + env.sent[source][age]
            later, name = (mask >> (age + 1)) != 0, f"source {source} age {age}"
            require(m, waits <= asked, f"{name} waits only if it is asked for")
            require(m, gone <= 1, f"{name} leaves once")
            require(
                m, Mux(mask[age], once(asked, waits + gone, env.whole_before), gone == 0), f"{name} is in one place"
            )
            require(
                m,
                Mux(later, once(asked, waits + stays, env.whole), stays == 0),
                f"{name} is kept if it is needed later",
            )


STAGES = READ + 1 + LOOKUP + NUMBER
"""Places of a unit whose events are read, judged by the pruning filter, and numbered; the register slice has two."""


def sliced(m: Module, env: DelayEnvironment, in_range: Callable[[Any], Value]) -> list[Stage]:
    """The places of the register slice behind a queue: the one that waits, the one that is passed on.

    ``in_range``: what holds of their events.
    """
    inside = env.inside
    passed, waits, waiting = (inside.signal(name, "slice") for name in ("passed", "waits", "waiting"))
    require(m, ~waits | passed.valid, "events wait in their order")
    stages = [Stage(event=valid & ~token.eos, ends=valid & token.eos, token=token.event)
              for valid, token in ((waits, waiting), (passed.valid, passed.payload))]  # fmt: skip
    for stage in stages:
        require(m, ~stage.event | in_range(stage.token), "event in the slice in range")
    return stages


def filter_end(env: DelayEnvironment, before: Any) -> Any:
    """Cycles until the end of step leaves, if it takes ``before`` until it is read."""
    inside = env.inside
    passed, waits, waiting = (inside.signal(name, "slice") for name in ("passed", "waits", "waiting"))
    ends = [waits & waiting.eos, passed.valid & passed.payload.eos]
    for name in ("looked", "found", "judged"):
        ends.append(inside.signal(f"{name}_valid", "filter") & inside.signal(f"{name}_eos", "filter"))
    ends += numbered_ends(env, "filter.number")
    early = [inside.signal("read_valid") & inside.signal("read_eos"), inside.signal("shown_valid") & shown_eos(env)]
    # Nothing enters the slice in the cycle in which its second place empties.
    return stages_end(ends, waits + stages_end(early, before - len(ends)) + len(ends))


def shown_eos(env: DelayEnvironment) -> Value:
    """What is registered behind a queue is the end of step."""
    try:
        return Value.cast(env.inside.signal("shown_eos"))
    except KeyError:
        return Value.cast(env.inside.signal("shown").eos)


def numbered_ends(env: DelayEnvironment, path: str) -> list[Value]:
    """Whether the end of step is in each of the stages that number rows."""
    inside, rows = env.inside, env.unit.rows
    found = [inside.signal(f"{name}_valid", path) & inside.signal(name, path).eos for name in ("masked", "counted")]
    return [*found, rows.valid & rows.payload.eos]


def stages_end(ends: Sequence[Value], before: Any) -> Any:
    """Cycles until the end of step leaves the last of the stages; ``before`` if it is in none of them."""
    for place, each in enumerate(ends):
        before = Mux(each, len(ends) - place, before)
    return before
