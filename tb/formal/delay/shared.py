# SPDX-License-Identifier: Apache-2.0
"""What proofs of several delay units share: the row that leaves, queues, events that orbit."""

from collections.abc import Callable
from typing import Any

from amaranth.hdl import Cat, Module, Mux, Value

from tb.formal.delay.properties import DelayEnvironment
from tb.formal.prop import require


class Leaving:
    """The last stage: a row whose number is counted."""

    def __init__(self, m: Module, env: DelayEnvironment, path: str) -> None:
        config, out = env.config, env.inside.signal("out", path)
        lower = env.inside.signal("lower", path)
        self.valid, self.source, self.level = env.unit.rows.valid, out.source, out.level
        self.event, self.ends = self.valid & ~out.eos, self.valid & out.eos
        require(m, ~self.event | ((out.source < config.sources) & (out.level < config.delays)), "row in range")
        for source, mask in enumerate(env.table.masks):
            lowers = Cat(bit & (level < out.level) for level, bit in enumerate(mask))
            right = (out.row == env.table.bases[source]) & (lower == lowers)
            require(m, ~(self.event & (out.source == source)) | right, f"number of a row of source {source}")

    def holds(self, source: int, level: int) -> Value:
        """Whether it is the row of that source and level."""
        return self.event & (self.source == source) & (self.level == level)


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


def pruning_filter(m: Module, env: DelayEnvironment) -> tuple[Value, Value, Any]:
    """The pruning filter: whether it holds an event, whether the end of step; the event."""
    valid, ends = (env.inside.signal(name, "filter") for name in ("judged_valid", "judged_eos"))
    judged = env.inside.signal("judged", "filter")
    event = valid & ~ends
    require(m, ~event | (env.looked_up == judged.source), "the mask is the judged event's")
    require(m, ~event | ((judged.source < env.config.sources) & (judged.level < env.config.delays)), "judged in range")
    return event, valid & ends, judged


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
            gone = leaving.holds(source, age) | env.sent[source][age]
            later, name = (mask >> (age + 1)) != 0, f"source {source} age {age}"
            require(m, waits <= asked, f"{name} waits only if it is asked for")
            require(m, ~(leaving.holds(source, age) & env.sent[source][age]), f"{name} leaves once")
            require(m, Mux(mask[age], once(asked, waits + gone, env.whole_before), ~gone), f"{name} is in one place")
            require(
                m,
                Mux(later, once(asked, waits + stays, env.whole), stays == 0),
                f"{name} is kept if it is needed later",
            )


def filter_end(env: DelayEnvironment, before: Any) -> Any:
    """Cycles until the end of step leaves, if it takes ``before`` until it is read."""
    inside = env.inside
    number_ends = env.unit.rows.valid & env.unit.rows.payload.eos
    judged_ends = inside.signal("judged_valid", "filter") & inside.signal("judged_eos", "filter")
    read_ends = inside.signal("read_valid") & inside.signal("read_eos")
    return Mux(number_ends, 1, Mux(judged_ends, 2, Mux(read_ends, 3, before)))
