# SPDX-License-Identifier: Apache-2.0
"""The single-queue SCDQ: invariants and ranking of its proofs."""

from collections.abc import Callable
from typing import Any

from amaranth.hdl import Module, Mux, Value

from tb.formal.delay.properties import DelayEnvironment, Ranking, total
from tb.formal.delay.proven import NARROW, ProvenUnit
from tb.formal.delay.shared import Leaving, filter_end, one_step_at_a_time, orbits, pruning_filter, queue_words, within
from tb.formal.prop import require


def invariants(m: Module, env: DelayEnvironment) -> None:
    """One queue, whose first ``left`` events wait to be read; the stage behind it, the filter, the row that leaves."""
    inside, config = env.inside, env.config
    names = ("now", "left", "ending", "read_valid", "read_eos", "read_new", "arrived")
    now, left, ending, read_valid, read_eos, read_new, arrived = (inside.signal(name) for name in names)
    queue, level = queue_words(m, env, "queue"), inside.signal("level", "queue")
    judged_event, judged_ends, judged = pruning_filter(m, env)
    leaving = Leaving(m, env, "filter.number")
    one_step_at_a_time(m, env, ending)

    read = inside.signal("data", "queue")
    read_event, read_ends = read_valid & ~read_eos, read_valid & read_eos
    require(m, ending == read_ends + judged_ends + leaving.ends, "the end of step is in one place")
    require(m, ~ending | ((left == 0) & ~(read_event)), "nothing waits behind the end of step")
    require(m, ~leaving.ends | ~judged_event, "nothing is judged behind the end of step")
    require(m, ~(read_valid & read_eos) | read_new, "the end of step is an arrival")
    require(m, left <= level, "what waits is in the queue")
    within(m, env, level, "queue")
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

    orbits(m, env, leaving, before, kept)
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


def ranking(env: DelayEnvironment) -> Ranking:
    """An event a cycle; arrivals wait for all that orbits."""
    inside, depth = env.inside, env.config.queue_depth
    end = filter_end(env, 4)
    judged = inside.signal("judged_valid", "filter") & ~inside.signal("judged_eos", "filter")
    orbiting = inside.signal("level", "queue") + judged
    arrival = Mux(inside.signal("ending"), end + orbiting, inside.signal("left"))
    return Ranking(arrival=arrival, arrival_bound=depth + 4, end=end, end_bound=4)


PROOF = ProvenUnit(
    geometry=NARROW, depth=5, small_depth=5, invariants=invariants, ranking=ranking,
    held=lambda env: env.inside.signal("level", "queue"),
)  # fmt: skip
