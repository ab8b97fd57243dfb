# SPDX-License-Identifier: Apache-2.0
"""The SCDQ: invariants and ranking of its proofs."""

from typing import Any

from amaranth.hdl import Cat, Module, Mux, Value
from amaranth.lib.data import View

from rtl.layouts import orbit_layout
from tb.formal.delay.properties import DelayEnvironment, Ranking, total
from tb.formal.delay.proven import NARROW, ProvenUnit
from tb.formal.delay.shared import (
    STAGES,
    Leaving,
    Stage,
    filter_end,
    in_order,
    in_stages,
    one_step_at_a_time,
    orbits,
    pruning_filter,
    queue_words,
    sliced,
    within,
)
from tb.formal.prop import require


def invariants(m: Module, env: DelayEnvironment) -> None:
    """Two queues, the stage behind PRQ, the pruning filter, the rows that leave."""
    inside, config = env.inside, env.config
    names = ("swapped", "ending", "ended", "read_valid", "read_eos")
    swapped, ending, ended, read_valid, read_eos = (inside.signal(name) for name in names)
    queues = [queue_words(m, env, f"queue{index}") for index in range(2)]
    levels = [inside.signal("level", f"queue{index}") for index in range(2)]
    prq_level, poq_level = Mux(swapped, levels[1], levels[0]), Mux(swapped, levels[0], levels[1])
    judged = pruning_filter(m, env)
    leaving = Leaving(m, env, "filter.number")
    one_step_at_a_time(m, env, ending)

    data, shown = [inside.signal("data", f"queue{index}") for index in range(2)], inside.signal("shown")
    reading, showing = (Mux(swapped, each[1].as_value(), each[0].as_value()) for each in (data, shown))
    reading, showing = (View(orbit_layout(config), each) for each in (reading, showing))
    shown_valid, shown_eos = inside.signal("shown_valid"), inside.signal("shown_eos")
    read_event, read_ends = read_valid & ~read_eos, read_valid & read_eos
    shown_event, shown_ends = shown_valid & ~shown_eos, shown_valid & shown_eos

    def in_range(word: Any) -> Value:
        return (word.source < config.sources) & (word.counter < config.delays)

    waiting_stages = [Stage(event=read_event, ends=read_ends, token=reading),
                      Stage(event=shown_event, ends=shown_ends, token=showing), *sliced(m, env, in_range)]  # fmt: skip
    ends = in_order(m, *waiting_stages, *judged, *leaving.stages)
    require(m, ended == ends, "the end of step is in one place")
    require(m, ~ended | (ending & (prq_level == 0) & ~read_event), "nothing waits behind the end of step")
    within(m, env, poq_level, "POQ")
    require(m, prq_level <= inside.signal("limit"), "PRQ within the capacity")

    def at(word: Any, source: int, age: int) -> Value:
        return (word.source == source) & (word.counter == config.delays - 1 - age)

    def waiting(source: int, age: int, which: Value) -> Value:
        return total([(distance < levels[index]) & (which == index) & at(word, source, age)
                      for index, queue in enumerate(queues) for distance, word in queue])  # fmt: skip

    def before(source: int, age: int) -> Value:
        read = total([stage.event & at(stage.token, source, age) for stage in waiting_stages])
        return waiting(source, age, swapped) + read + in_stages(judged, source, age)

    def kept(source: int, age: int) -> Value:
        if age + 1 == config.delays:
            return Value.cast(0)
        return waiting(source, age + 1, ~swapped) + (stays & at(again, source, age + 1))

    stays, again = inside.signal("kept"), inside.signal("again")
    require(
        m,
        ~stays | ~Cat(stage.ends for stage in leaving.stages).any(),
        "what stays is stored before the end of step leaves",
    )
    orbits(m, env, leaving, before, kept)
    words = [(distance < levels[index], word) for index, queue in enumerate(queues) for distance, word in queue]
    places = [(stage.event, stage.token) for stage in waiting_stages]
    for held, word in [*words, *places, (stays, again)]:
        require(m, ~held | in_range(word), "event in range")
    for queue, held in enumerate(levels):
        limit = Mux(env.unit.capacity == 0, 1, env.unit.capacity)
        require(m, inside.signal("filled", f"queue{queue}") == (held != 0), "whether there are events")
        require(m, inside.signal("full", f"queue{queue}") == (held == limit), "whether there is room")
        require(m, held <= limit, "no more than there is room for")
    for source in range(config.sources):
        first = waiting(source, 0, ~swapped) + (stays & at(again, source, 0))
        require(m, first == 0, f"nothing of source {source} is kept at its first level")


def ranking(env: DelayEnvironment) -> Ranking:
    """An event a cycle; a full PRQ has room after one more."""
    inside, depth = env.inside, env.config.queue_depth
    end = filter_end(env, inside.signal("prq_level") + STAGES + 1)
    arrival = Mux(inside.signal("ending"), end + 1, 1 + inside.signal("waits", "slice"))
    return Ranking(arrival=arrival, arrival_bound=depth + STAGES + 3, end=end, end_bound=depth + STAGES + 2)


PROOF = ProvenUnit(
    geometry=NARROW, depth=5, small_depth=5, invariants=invariants, ranking=ranking,
    held=lambda env: env.inside.signal("poq_level"),
)  # fmt: skip
