# SPDX-License-Identifier: Apache-2.0
"""The spike history: invariants and ranking of its proofs."""

from amaranth.hdl import Array, Cat, Module, Mux, Value

from model.cost.timing import NUMBER
from rtl.arith import count_ones
from tb.formal.delay.properties import DelayEnvironment, Ranking
from tb.formal.delay.proven import WIDE, ProvenUnit
from tb.formal.delay.shared import Leaving, Stage, in_order, numbered_ends, one_step_at_a_time, stages_end
from tb.formal.prop import require


class _Items:
    """The items of the two stages of look-up, and the one whose rows are listed."""

    def __init__(self, env: DelayEnvironment) -> None:
        inside = env.inside
        stages = []
        for name in ("first", "looked"):
            valid, eos, scan = (inside.signal(f"{name}_{part}") for part in ("valid", "eos", "scan"))
            stages.append((valid & ~eos, valid & eos, scan))
        (first, first_ends, first_scan), (looked, looked_ends, looked_scan) = stages
        self.first, self.looked = Stage(event=first, ends=first_ends), Stage(event=looked, ends=looked_ends)
        self.visit, self.arrival = first & first_scan, first & ~first_scan
        self.looked_visit, self.looked_arrival = looked & looked_scan, looked & ~looked_scan
        valid, eos = inside.signal("second_valid"), inside.signal("second_eos")
        self.second = Stage(event=valid & ~eos, ends=valid & eos)


def invariants(m: Module, env: DelayEnvironment) -> None:
    """A word of history per source, visited once a step; the visit, the rows that are listed, the rows that leave."""
    inside, config = env.inside, env.config
    alive, pending, ending, first_source, looked_source = (
        inside.signal(name) for name in ("alive", "pending", "ending", "first_source", "looked_source")
    )
    items, leaving = _Items(env), Leaving(m, env, "number")
    first, looked, second = items.first, items.looked, items.second
    one_step_at_a_time(m, env, ending)
    ends = in_order(m, first, looked, second, *leaving.stages)
    require(m, ending == ends, "the end of step is in one place")
    require(m, ~ending | ((pending == 0) & ~first.event), "nothing waits behind the end of step")
    for name, stage in (("first", first), ("looked", looked)):
        require(m, ~stage.ends | ~inside.signal(f"{name}_scan"), f"the end of step that is {name} is an arrival")
    require(m, ~(items.arrival | items.looked_arrival) | (pending == 0), "arrivals after all visits")
    require(m, ~items.looked_arrival | ~items.visit, "arrivals after the last visit")
    require(m, (pending & ~alive) == 0, "only sources with bits are visited")
    scans, visited, rest = (inside.signal(name) for name in ("scans", "visited", "rest"))
    require(m, ~scans | (visited < config.queue_depth), "a visit in range")
    require(m, Mux(scans, rest & ((2 << visited) - 1), rest) == 0, "the others come after it")
    right = (first_source < config.sources) & (env.looked_up == first_source)
    require(m, ~first.event | right, "first in range")
    require(m, ~looked.event | (looked_source < config.sources), "looked up in range")
    listed = (inside.signal("event").source < config.sources) & (inside.signal("left") != 0)
    require(m, ~second.event | listed, "rows are left")
    for source in range(config.sources):
        _source(m, env, source, items=items, leaving=leaving)
    _visits(m, env, items)
    require(m, (env.unit.lost == 0) & (env.unit.peak == 0), "counters")


def _source(m: Module, env: DelayEnvironment, source: int, *, items: _Items, leaving: Leaving) -> None:
    """The history of a source is what is needed of it, and each row that is due is in one place."""
    inside, config = env.inside, env.config
    mask, base = env.table.masks[source], env.table.bases[source]
    name, ages, sent = f"source {source}", env.ages[source], env.sent[source]
    in_first = inside.signal("first_source") == source
    in_looked = items.looked.event & (inside.signal("looked_source") == source)
    in_second = items.second.event & (inside.signal("event").source == source)
    index = (source - env.unit.first_kept)[: len(inside.signal("first_index"))]
    is_alive, waits_for_visit = (inside.signal(which).bit_select(index, 1) for which in ("alive", "pending"))
    has_history = (mask >> 1) != 0
    early, late = items.arrival & in_first, items.looked_arrival & in_looked
    visited = (items.visit & in_first) | (items.looked_visit & in_looked)
    unvisited, arriving = has_history & (waits_for_visit | visited), early | late
    require(m, ~(early & late), f"{name} arrives once")

    # What was read is what the memory holds, unless the item before is about to write it.
    chosen = Array([Value.cast(word) for word in inside.words("history")])[index]
    history = Mux(is_alive, chosen, 0)
    right = ~is_alive | in_looked | (inside.signal("read").data == chosen)
    reads = items.first.event & in_first & has_history
    require(m, ~reads | ((inside.signal("first_index") == index) & right), f"the history of {name} was read")
    right = (inside.signal("looked_index") == index) & (inside.signal("before") == history)
    require(m, ~(in_looked & has_history) | right, f"the history of {name} is there")
    for holds, entry in ((in_looked, inside.signal("entry")), (in_second, inside.signal("second_entry"))):
        require(m, ~holds | (Value.cast(entry) == Cat(mask, base)), f"entry of {name}")
    needed = Cat(mask[level + 1 :].any() for level in range(config.delays - 1))
    current = Cat(ages[0] & ~arriving, ages[1:])
    expected = (Mux(unvisited, ages >> 1, current) & needed)[: len(needed)]
    require(m, ~has_history | (history == expected), f"history of {name} is what is needed")

    # An arrival may be right behind the last visit, which is its own.
    unsent = (sent == 0) & ~in_second & (ages[0] == early)
    require(m, ~unvisited | unsent, f"no row of {name} left before the visit")
    require(m, ~arriving | ages[0], f"{name} waits because it fired")
    left = inside.signal("left")
    require(m, ~in_second | ((left & ~mask) == 0), f"rows of {name} are asked for")
    for level in range(config.delays):
        waits = unvisited & ages[level] & mask[level] if level else arriving
        places = waits + (in_second & left[level]) + leaving.holds(source, level) + sent[level]
        asked = ages[level] if level == 0 else ages[level] & mask[level]
        right = places == Mux(mask[level] | (level > 0), asked, waits)
        require(m, right, f"{name} level {level} is in one place")


def _visits(m: Module, env: DelayEnvironment, items: _Items) -> None:
    """A visit is one of a source that has a history, and of no other source than the visit before it."""
    inside, config = env.inside, env.config
    kept, first_kept = config.queue_depth, env.unit.first_kept
    alive, pending = inside.signal("alive"), inside.signal("pending")
    first_source, first_index, looked_source, looked_index = (
        inside.signal(f"{name}_{part}") for name in ("first", "looked") for part in ("source", "index")
    )
    for visits, its_source, its_index in (
        (items.visit, first_source, first_index),
        (items.looked_visit, looked_source, looked_index),
    ):
        require(m, ~visits | ((its_source - first_kept)[: len(its_index)] == its_index), "visit of its history")
        for index in range(kept):
            require(m, ~(visits & (its_index == index)) | (~pending[index] & alive[index]), "one visit")
    require(m, ~(items.visit & items.looked_visit) | (first_index != looked_index), "two visits are of two sources")
    for index in range(kept):
        require(m, ~alive[index] | (first_kept + index < config.sources), "history in range")


def ranking(env: DelayEnvironment) -> Ranking:
    """A row a cycle, and a cycle more for a visit; arrivals wait for all visits."""
    inside, delays, kept = env.inside, env.config.delays, env.config.queue_depth
    first_valid, looked_valid, second_valid = (inside.signal(f"{name}_valid") for name in ("first", "looked", "second"))
    looked_ends, second_ends = looked_valid & inside.signal("looked_eos"), second_valid & inside.signal("second_eos")
    listing = Mux(second_valid, Mux(second_ends, 1, count_ones(inside.signal("left"))), 0)
    before = Mux(listing == 0, 1, listing)  # cycles until the look-up is free, if there is something in it
    due = Mux(looked_valid & ~looked_ends, count_ones(inside.signal("due")), 0)
    behind = before + due + 2 + NUMBER
    end = stages_end(
        numbered_ends(env, "number"), Mux(second_ends, 1 + NUMBER, Mux(looked_ends, before + 1 + NUMBER, behind))
    )
    looked = Mux(looked_valid, due + 1, 0)
    scan = listing + looked + first_valid * (delays + 1) + count_ones(inside.signal("pending")) * (delays + 2)
    all_visits = kept * (delays + 2)
    return Ranking(
        arrival=Mux(inside.signal("ending"), end + all_visits, scan),
        arrival_bound=all_visits + 3 * delays + 2 + NUMBER,
        end=end,
        end_bound=2 * delays + 2 + NUMBER,
    )


PROOF = ProvenUnit(geometry=WIDE, depth=2, small_depth=2, invariants=invariants, ranking=ranking)
