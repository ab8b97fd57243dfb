# SPDX-License-Identifier: Apache-2.0
"""The SCDQ: invariants and ranking of its proofs."""

from typing import Any

from amaranth.hdl import Module, Mux, Value

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

    reading = inside.signal("entry")
    read_event, read_ends = read_valid & ~read_eos, read_valid & read_eos
    ends = in_order(m, Stage(event=read_event, ends=read_ends), *judged, *leaving.stages)
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
        in_filter = in_stages(judged, source, age)
        return waiting(source, age, swapped) + (read_event & at(reading, source, age)) + in_filter

    def kept(source: int, age: int) -> Value:
        return waiting(source, age + 1, ~swapped) if age + 1 < config.delays else Value.cast(0)

    orbits(m, env, leaving, before, kept)
    words = [(distance < levels[index], word) for index, queue in enumerate(queues) for distance, word in queue]
    for held, word in [*words, (read_event, reading)]:
        require(m, ~held | ((word.source < config.sources) & (word.counter < config.delays)), "event in range")
    for source in range(config.sources):
        require(m, waiting(source, 0, ~swapped) == 0, f"nothing of source {source} is kept at its first level")


def ranking(env: DelayEnvironment) -> Ranking:
    """An event a cycle; a full PRQ has room after one more."""
    inside, depth = env.inside, env.config.queue_depth
    end = filter_end(env, inside.signal("prq_level") + STAGES + 1)
    arrival = Mux(inside.signal("ending"), end + 1, 1)
    return Ranking(arrival=arrival, arrival_bound=depth + STAGES + 2, end=end, end_bound=depth + STAGES + 1)


PROOF = ProvenUnit(
    geometry=NARROW, depth=5, small_depth=5, invariants=invariants, ranking=ranking,
    held=lambda env: env.inside.signal("poq_level"),
)  # fmt: skip
