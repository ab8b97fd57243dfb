"""What is always true inside each delay unit: the step from "so far" to "for ever".

A property alone is seldom inductive: the solver starts from a state in which the queues hold anything. These
invariants are asserted like the properties, so a wrong one fails; none is assumed.
"""

from collections.abc import Callable, Mapping
from typing import Any

from amaranth.hdl import Array, Cat, Module, Mux, Value

from model.config import DelayUnit
from rtl.arith import count_ones
from tb.formal.delay.properties import DelayEnvironment, total
from tb.formal.prop import require


class _Leaving:
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


def _one_step_at_a_time(m: Module, env: DelayEnvironment, ending: Value) -> None:
    require(m, ending == env.ahead[0], "the end of step is remembered")
    require(m, env.ahead <= 1, "one end of step at a time")
    for source, (coming, fired) in enumerate(zip(env.coming, env.fired, strict=True)):
        require(m, coming[1:] == 0, f"source {source} fired in no later step")
        require(m, fired == (coming[0] & (env.ahead == 0)), f"source {source} fired in this step")


def ring(m: Module, env: DelayEnvironment) -> None:
    """Two stages: an arrival whose entry is looked up, and one whose rows are listed."""
    inside, config = env.inside, env.config
    first, second = inside.signal("first"), inside.signal("second")
    first_valid, second_valid, left = (inside.signal(name) for name in ("first_valid", "second_valid", "left"))
    first_ends, second_ends = first_valid & first.eos, second_valid & second.eos
    require(m, env.ahead == first_ends + second_ends, "ends of step are in the stages")
    require(m, ~first_valid | first.eos | (env.looked_up == first.source), "the entry is the arrival's")
    require(m, ~first_valid | first.eos | (first.source < config.sources), "first stage in range")
    require(m, ~second_valid | second.eos | ((left != 0) & (second.source < config.sources)), "second stage in range")
    for source, mask in enumerate(env.table.masks):
        in_first = first_valid & ~first.eos & (first.source == source)
        in_second = second_valid & ~second.eos & (second.source == source)
        coming, sent, name = env.coming[source], env.sent[source], f"source {source}"
        require(m, (coming >> (env.ahead + 1)) == 0, f"{name} fired in a step that was taken")
        require(m, (coming >> env.ahead)[0] == env.fired[source], f"{name} fired in the last step")
        # The step of an arrival in the first stage is ahead by the end of step before it.
        now, next_step = in_first & ~second_ends, in_first & second_ends
        require(m, ~(now | in_second) | coming[0], f"{name} waits because it fired")
        require(m, ~next_step | coming[1], f"{name} waits because it fired in the next step")
        require(m, ~(now & in_second), f"{name} waits once")
        require(m, ~now | (sent == 0), f"no row of {name} left early")
        require(m, ~coming[0] | now | in_second | (sent == mask), f"all rows of {name} left")
        require(m, ~coming[1] | next_step | (mask == 0), f"{name} waits for the next step")
        require(m, ~coming[2] | (mask == 0), f"{name} has no rows")
        require(m, ~in_second | (((sent | left) == mask) & ((sent & left) == 0)), f"rows of {name} left, or listed")
        number = (env.table.bases[source] + count_ones(sent))[: config.row_bits]
        require(m, ~in_second | (second.row == number), f"the next row of {name} has its number")
        require(m, ~in_second | ((left & ~(left - 1)) > sent), f"rows of {name} in order")
        require(m, coming[0] | (sent == 0), f"{name} sends nothing unless it fired")
    require(m, (env.unit.lost == 0) & (env.unit.peak == 0), "counters")


def _queue(m: Module, env: DelayEnvironment, path: str) -> list[tuple[Value, Any]]:
    """The words of an ``EventQueue``, each with its distance from the head; its pointers belong together."""
    inside, depth = env.inside, env.config.queue_depth
    head, tail, level = (inside.signal(name, path) for name in ("head", "tail", "level"))
    end = head + level
    require(m, (head < depth) & (tail < depth) & (level <= depth), f"{path} in range")
    require(m, tail == Mux(end >= depth, end - depth, end), f"pointers of {path}")
    words = enumerate(inside.words(f"{path}.memory"))
    return [(Mux(head <= index, index - head, index + depth - head), word) for index, word in words]


def _within(m: Module, env: DelayEnvironment, held: Value, name: str) -> None:
    """A queue holds the events of the worst case at most, and what it may."""
    require(m, held <= env.inside.signal("limit"), f"{name} within the capacity")
    if env.worst_case:
        require(m, held <= env.table.worst_case(), f"{name} within the worst case")
        require(m, (env.unit.lost == 0) & (env.unit.peak <= env.table.worst_case()), "counters")


def _filter(m: Module, env: DelayEnvironment) -> tuple[Value, Value, Any]:
    """The pruning filter: whether it holds an event, whether the end of step; the event."""
    valid, ends = (env.inside.signal(name, "filter") for name in ("judged_valid", "judged_eos"))
    judged = env.inside.signal("judged", "filter")
    event = valid & ~ends
    require(m, ~event | (env.looked_up == judged.source), "the mask is the judged event's")
    require(m, ~event | ((judged.source < env.config.sources) & (judged.level < env.config.delays)), "judged in range")
    return event, valid & ends, judged


def _orbits(
    m: Module,
    env: DelayEnvironment,
    leaving: _Leaving,
    before: Callable[[int, int], Value],
    kept: Callable[[int, int], Value],
) -> None:
    """Each event that a level of its mask asks for is in one place; in one at most, once events were lost.

    ``before(s, k)`` counts the places in which the event that source s sent k steps ago waits to be judged,
    ``kept(s, k)`` those in which it waits for the next step.
    """

    def once(asked: Value, places: Value) -> Value:
        return (places <= asked) & (~env.exact | (places == asked))

    for source, mask in enumerate(env.table.masks):
        for age in range(env.config.delays):
            # An arrival is there whatever its mask; it is judged at level 0.
            asked = env.ages[source][age] & ((mask >> age) != 0 if age else 1)
            waits, stays = before(source, age), kept(source, age)
            gone = leaving.holds(source, age) | env.sent[source][age]
            later, name = (mask >> (age + 1)) != 0, f"source {source} age {age}"
            require(m, waits <= asked, f"{name} waits only if it is asked for")
            require(m, ~(leaving.holds(source, age) & env.sent[source][age]), f"{name} leaves once")
            require(m, Mux(mask[age], once(asked, waits + gone), ~gone), f"{name} is in one place")
            require(m, Mux(later, once(asked, waits + stays), stays == 0), f"{name} is kept if it is needed later")


def scdq(m: Module, env: DelayEnvironment) -> None:
    """Two queues, the stage behind PRQ, the pruning filter, the row that leaves."""
    inside, config = env.inside, env.config
    names = ("swapped", "ending", "ended", "read_valid", "read_eos")
    swapped, ending, ended, read_valid, read_eos = (inside.signal(name) for name in names)
    queues = [_queue(m, env, f"queue{index}") for index in range(2)]
    levels = [inside.signal("level", f"queue{index}") for index in range(2)]
    prq_level, poq_level = Mux(swapped, levels[1], levels[0]), Mux(swapped, levels[0], levels[1])
    judged_event, judged_ends, judged = _filter(m, env)
    leaving = _Leaving(m, env, "filter.number")
    _one_step_at_a_time(m, env, ending)

    reading = inside.signal("entry")
    read_event, read_ends = read_valid & ~read_eos, read_valid & read_eos
    require(m, ended == read_ends + judged_ends + leaving.ends, "the end of step is in one place")
    require(m, ~ended | (ending & (prq_level == 0) & ~read_event), "nothing waits behind the end of step")
    require(m, ~leaving.ends | ~judged_event, "nothing is judged behind the end of step")
    _within(m, env, poq_level, "POQ")
    require(m, prq_level <= inside.signal("limit"), "PRQ within the capacity")

    def at(word: Any, source: int, age: int) -> Value:
        return (word.source == source) & (word.counter == config.delays - 1 - age)

    def waiting(source: int, age: int, which: Value) -> Value:
        return total([(distance < levels[index]) & (which == index) & at(word, source, age)
                      for index, queue in enumerate(queues) for distance, word in queue])  # fmt: skip

    def before(source: int, age: int) -> Value:
        in_filter = judged_event & (judged.source == source) & (judged.level == age)
        return waiting(source, age, swapped) + (read_event & at(reading, source, age)) + in_filter

    def kept(source: int, age: int) -> Value:
        return waiting(source, age + 1, ~swapped) if age + 1 < config.delays else Value.cast(0)

    _orbits(m, env, leaving, before, kept)
    words = [(distance < levels[index], word) for index, queue in enumerate(queues) for distance, word in queue]
    for held, word in [*words, (read_event, reading)]:
        require(m, ~held | ((word.source < config.sources) & (word.counter < config.delays)), "event in range")
    for source in range(config.sources):
        require(m, waiting(source, 0, ~swapped) == 0, f"nothing of source {source} is kept at its first level")


def scdq1(m: Module, env: DelayEnvironment) -> None:
    """One queue, whose first ``left`` events wait to be read; the stage behind it, the filter, the row that leaves."""
    inside, config = env.inside, env.config
    names = ("now", "left", "ending", "read_valid", "read_eos", "read_new", "arrived")
    now, left, ending, read_valid, read_eos, read_new, arrived = (inside.signal(name) for name in names)
    queue, level = _queue(m, env, "queue"), inside.signal("level", "queue")
    judged_event, judged_ends, judged = _filter(m, env)
    leaving = _Leaving(m, env, "filter.number")
    _one_step_at_a_time(m, env, ending)

    read = inside.signal("data", "queue")
    read_event, read_ends = read_valid & ~read_eos, read_valid & read_eos
    require(m, ending == read_ends + judged_ends + leaving.ends, "the end of step is in one place")
    require(m, ~ending | ((left == 0) & ~(read_event)), "nothing waits behind the end of step")
    require(m, ~leaving.ends | ~judged_event, "nothing is judged behind the end of step")
    require(m, ~(read_valid & read_eos) | read_new, "the end of step is an arrival")
    require(m, left <= level, "what waits is in the queue")
    _within(m, env, level, "queue")
    require(m, now < config.delays, "step in range")

    def age_of(word: Any) -> Value:
        return Mux(now >= word.birth, now - word.birth, now + config.delays - word.birth)

    def among(source: int, age: int, which: Callable[[Value], Value]) -> Value:
        return total([which(distance) & (distance < level) & (word.source == source) & (age_of(word) == age)
                      for distance, word in queue])  # fmt: skip

    def before(source: int, age: int) -> Value:
        queued = among(source, age, lambda distance: distance < left)
        read_old = read_event & ~read_new & (read.source == source) & (age_of(read) == age)
        in_filter = judged_event & (judged.source == source) & (judged.level == age)
        read_now = (read_event & read_new & (arrived == source)) if age == 0 else Value.cast(0)
        return queued + read_old + read_now + in_filter

    def kept(source: int, age: int) -> Value:
        return among(source, age, lambda distance: distance >= left)

    _orbits(m, env, leaving, before, kept)
    for source in range(config.sources):
        newest = kept(source, 0) + (judged_event & (judged.source == source) & (judged.level == 0))
        require(m, (left == 0) | (newest == 0), f"source {source} arrives after all older events")
        require(m, among(source, 0, lambda distance: distance < left) == 0, f"source {source} is older when it orbits")
    require(m, (left == 0) | ~(read_valid & read_new), "arrivals after all older events")
    for distance, word in [*queue]:
        there = distance < level
        require(m, ~there | ((word.source < config.sources) & (word.birth < config.delays)), "event in range")
    read_range = (read.source < config.sources) & (read.birth < config.delays) & (age_of(read) != 0)
    require(m, ~read_event | Mux(read_new, arrived < config.sources, read_range), "event read in range")


def bitmap(m: Module, env: DelayEnvironment) -> None:
    """A word of history per source, visited once a step; the visit, the rows that are listed, the row that leaves."""
    inside, config = env.inside, env.config
    kept, first_kept = config.queue_depth, env.unit.first_kept
    names = ("alive", "pending", "ending", "first_valid", "first_scan", "first_eos", "first_source", "first_index",
             "second_valid", "second_eos", "left")  # fmt: skip
    (alive, pending, ending, first_valid, first_scan, first_eos, first_source, first_index,
     second_valid, second_eos, left) = (inside.signal(name) for name in names)  # fmt: skip
    listed = inside.signal("event")
    entry = inside.signal("second_entry")
    read, words = inside.signal("before"), [Value.cast(word) for word in inside.words("history")]
    leaving = _Leaving(m, env, "number")
    _one_step_at_a_time(m, env, ending)

    first_event, first_ends = first_valid & ~first_eos, first_valid & first_eos
    second_event, second_ends = second_valid & ~second_eos, second_valid & second_eos
    visit, arrival = first_event & first_scan, first_event & ~first_scan
    require(m, ending == first_ends + second_ends + leaving.ends, "the end of step is in one place")
    require(m, ~ending | ((pending == 0) & ~first_event), "nothing waits behind the end of step")
    require(m, ~leaving.ends | ~second_event, "nothing is listed behind the end of step")
    require(m, ~first_eos | ~first_scan | ~first_valid, "the end of step is an arrival")
    require(m, ~arrival | (pending == 0), "arrivals after all visits")
    require(m, (pending & ~alive) == 0, "only sources with bits are visited")
    require(m, ~first_event | ((first_source < config.sources) & (env.looked_up == first_source)), "first in range")
    require(m, ~second_event | ((listed.source < config.sources) & (left != 0)), "rows are left")
    for source, mask in enumerate(env.table.masks):
        name, ages, sent = f"source {source}", env.ages[source], env.sent[source]
        in_first, in_second = first_source == source, second_event & (listed.source == source)
        index = (source - first_kept)[: len(first_index)]
        has_history = (mask >> 1) != 0
        placed = ~(first_event & in_first & has_history) | (first_index == index)
        require(m, placed, f"history of {name}")
        chosen = Array(words)[index]
        history = Mux(alive.bit_select(index, 1), chosen, 0)
        require(m, ~(first_event & in_first & has_history) | (read == history), f"the history of {name} was read")
        unvisited = has_history & (pending.bit_select(index, 1) | (visit & in_first))
        needed = Cat(mask[level + 1 :].any() for level in range(config.delays - 1))
        arriving = arrival & in_first
        current = Cat(ages[0] & ~arriving, ages[1:])
        expected = (Mux(unvisited, ages >> 1, current) & needed)[: len(needed)]
        require(m, ~has_history | (history == expected), f"history of {name} is what is needed")
        require(m, ~unvisited | ((sent == 0) & ~in_second & ~ages[0]), f"no row of {name} left before the visit")
        require(m, ~(arriving) | ages[0], f"{name} waits because it fired")
        require(m, ~in_second | (Value.cast(entry) == Cat(mask, env.table.bases[source])), f"entry of {name}")
        require(m, ~in_second | ((left & ~mask) == 0), f"rows of {name} are asked for")
        for level in range(config.delays):
            waits = unvisited & ages[level] & mask[level] if level else arriving
            places = waits + (in_second & left[level]) + leaving.holds(source, level) + sent[level]
            asked = ages[level] if level == 0 else ages[level] & mask[level]
            right = places == Mux(mask[level] | (level > 0), asked, waits)
            require(m, right, f"{name} level {level} is in one place")
    require(m, ~visit | ((first_source - first_kept)[: len(first_index)] == first_index), "visit of its history")
    for index in range(kept):
        require(m, ~(visit & (first_index == index)) | (~pending[index] & alive[index]), "one visit")
        require(m, ~alive[index] | (first_kept + index < config.sources), "history in range")
    require(m, (env.unit.lost == 0) & (env.unit.peak == 0), "counters")


INVARIANTS: Mapping[DelayUnit, Callable[[Module, DelayEnvironment], None]] = {
    DelayUnit.RING: ring,
    DelayUnit.SCDQ: scdq,
    DelayUnit.SCDQ1: scdq1,
    DelayUnit.BITMAP: bitmap,
}
"""Of each unit; one without is checked up to a depth instead."""
