# SPDX-License-Identifier: Apache-2.0
"""The single-queue SCDQ: invariants and ranking of its proofs."""

from collections.abc import Callable
from typing import Any

from amaranth.hdl import Cat, Module, Mux, Value

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
    """One queue, whose first ``left`` events wait to be read; the stage behind it, the filter, the rows that leave."""
    inside, config = env.inside, env.config
    names = ("now", "left", "ending", "read_valid", "read_eos", "read_new", "arrived")
    now, left, ending, read_valid, read_eos, read_new, arrived = (inside.signal(name) for name in names)
    queue, level = queue_words(m, env, "queue"), inside.signal("level", "queue")
    judged = pruning_filter(m, env)
    leaving = Leaving(m, env, "filter.number")
    one_step_at_a_time(m, env, ending)

    read = inside.signal("data", "queue")
    read_event, read_ends = read_valid & ~read_eos, read_valid & read_eos
    shown_valid, shown = inside.signal("shown_valid"), inside.signal("shown")
    showing = Stage(event=shown_valid & ~shown.eos, ends=shown_valid & shown.eos, token=shown.event)
    behind = [showing, *sliced(m, env, lambda word: (word.source < config.sources) & (word.birth < config.delays))]
    ends = in_order(m, Stage(event=read_event, ends=read_ends), *behind, *judged, *leaving.stages)
    require(m, ending == ends, "the end of step is in one place")
    require(m, ~ending | ((left == 0) & ~(read_event)), "nothing waits behind the end of step")
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
        in_filter = in_stages(judged, source, age)
        read_now = (read_event & read_new & (arrived == source)) if age == 0 else Value.cast(0)
        follow = [stage.event & (stage.token.source == source) & (age_of(stage.token) == age) for stage in behind]
        return queued + read_old + read_now + total(follow) + in_filter

    def kept(source: int, age: int) -> Value:
        stored = stays & (again.source == source) & (age_of(again) == age)
        return among(source, age, lambda distance: distance >= left) + stored

    stays, again = inside.signal("kept"), inside.signal("again")
    require(m, ~stays | ~Cat(stage.ends for stage in leaving.stages).any(), "what stays is stored before EOS leaves")
    orbits(m, env, leaving, before, kept)
    for source in range(config.sources):
        new = [stage.event & (stage.token.source == source) & (age_of(stage.token) == 0) for stage in behind]
        newest = kept(source, 0) + in_stages(judged, source, 0) + total(new)
        require(m, (left == 0) | (newest == 0), f"source {source} arrives after all older events")
        require(m, among(source, 0, lambda distance: distance < left) == 0, f"source {source} is older when it orbits")
    require(m, (left == 0) | ~(read_valid & read_new), "arrivals after all older events")
    places = [(distance < level, word) for distance, word in queue]
    for there, word in [*places, (showing.event, shown.event), (stays, again)]:
        require(m, ~there | ((word.source < config.sources) & (word.birth < config.delays)), "event in range")
    limit = Mux(env.unit.capacity == 0, 1, env.unit.capacity)
    require(m, inside.signal("waits") == (left != 0), "whether an event is to be read")
    require(m, inside.signal("filled", "queue") == (level != 0), "whether there are events")
    require(m, inside.signal("full", "queue") == (level == limit), "whether there is room")
    read_range = (read.source < config.sources) & (read.birth < config.delays) & (age_of(read) != 0)
    require(m, ~read_event | Mux(read_new, arrived < config.sources, read_range), "event read in range")


def ranking(env: DelayEnvironment) -> Ranking:
    """An event a cycle; arrivals wait for all that orbits."""
    inside, depth = env.inside, env.config.queue_depth
    end = filter_end(env, STAGES + 1)
    judged = [inside.signal(f"{name}_valid", "filter") & ~inside.signal(f"{name}_eos", "filter")
              for name in ("looked", "found", "judged")]  # fmt: skip
    passed, waits, waiting = (inside.signal(name, "slice") for name in ("passed", "waits", "waiting"))
    judged += [waits & ~waiting.eos, passed.valid & ~passed.payload.eos, inside.signal("kept")]
    judged.append(inside.signal("shown_valid") & ~inside.signal("shown").eos)
    orbiting = inside.signal("level", "queue") + total(judged)
    arrival = Mux(inside.signal("ending"), end + orbiting + 1, inside.signal("left") + waits)
    return Ranking(arrival=arrival, arrival_bound=depth + 2 * STAGES + 2, end=end, end_bound=STAGES + 2)


PROOF = ProvenUnit(
    geometry=NARROW, depth=5, small_depth=5, invariants=invariants, ranking=ranking,
    held=lambda env: env.inside.signal("level", "queue"),
)  # fmt: skip
