# SPDX-License-Identifier: Apache-2.0
"""The spike history: invariants and ranking of its proofs."""

from amaranth.hdl import Array, Cat, Module, Mux, Value

from model.cost.timing import NUMBER
from rtl.arith import count_ones
from tb.formal.delay.properties import DelayEnvironment, Ranking, total
from tb.formal.delay.proven import WIDE, ProvenUnit
from tb.formal.delay.shared import Leaving, Stage, in_order, numbered_ends, one_step_at_a_time, stages_end
from tb.formal.prop import require


class _Items:
    """The items of the two stages of look-up, the one that was judged, and the one whose rows are listed."""

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
        self.judged, self.second = (
            Stage(event=valid & ~eos, ends=valid & eos)
            for valid, eos in (
                (inside.signal(f"{name}_valid"), inside.signal(f"{name}_eos")) for name in ("judged", "second")
            )
        )


def invariants(m: Module, env: DelayEnvironment) -> None:
    """A word of history per source, visited once a step; the visit, the rows that are listed, the rows that leave."""
    inside, config = env.inside, env.config
    alive, pending, ending, first_source, looked_source = (
        inside.signal(name) for name in ("alive", "pending", "ending", "first_source", "looked_source")
    )
    items, leaving = _Items(env), Leaving(m, env, "number")
    first, looked, judged, second = items.first, items.looked, items.judged, items.second
    one_step_at_a_time(m, env, ending)
    ends = in_order(m, first, looked, judged, second, *leaving.stages)
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
    due, left = inside.signal("judged_due"), inside.signal("left")
    verdict = (inside.signal("judged_source") < config.sources) & (inside.signal("empty") == (due == 0))
    require(m, ~judged.event | verdict, "the verdict on an item")
    require(m, ~judged.ends | ~inside.signal("empty"), "the end of step leaves")
    listed = (inside.signal("event").source < config.sources) & (left != 0)
    listed &= inside.signal("last") == (count_ones(left) == 1)
    require(m, ~second.event | listed, "rows are left")
    written, kept = inside.signal("written"), inside.signal("written_bits")
    stays = inside.signal("written_alive") == (kept != 0)
    place = inside.signal("written_index")
    stays &= (place < config.queue_depth) & (place + env.unit.first_kept < config.sources)
    stays &= ~pending.bit_select(place, 1)
    require(m, ~written | stays, "whether bits stay")
    late = Cat(stage.ends for stage in (judged, second, *leaving.stages)).any()
    require(m, ~written | ~late, "what stays is stored before the end of step leaves")
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
    in_judged = items.judged.event & (inside.signal("judged_source") == source)
    in_second = items.second.event & (inside.signal("event").source == source)
    index = (source - env.unit.first_kept)[: len(inside.signal("first_index"))]
    is_alive, waits_for_visit = (inside.signal(which).bit_select(index, 1) for which in ("alive", "pending"))
    has_history = (mask >> 1) != 0
    early, late = items.arrival & in_first, items.looked_arrival & in_looked
    visited = (items.visit & in_first) | (items.looked_visit & in_looked)
    unvisited, arriving = has_history & (waits_for_visit | visited), early | late
    require(m, ~(early & late), f"{name} arrives once")

    # What was read is what the memory holds or is about to, unless the item before leaves it something else.
    chosen = Array([Value.cast(word) for word in inside.words("history")])[index]
    written, kept = inside.signal("written") & (inside.signal("written_index") == index), inside.signal("written_bits")
    history = Mux(written, kept, Mux(is_alive, chosen, 0))
    seen = Mux(is_alive, inside.signal("read").data, 0)
    seen = Mux(inside.signal("first_passed"), inside.signal("first_bits"), seen)
    right = in_looked | (seen == history)
    reads = items.first.event & in_first & has_history
    require(m, ~reads | ((inside.signal("first_index") == index) & right), f"the history of {name} was read")
    right = (inside.signal("looked_index") == index) & (inside.signal("before") == history)
    require(m, ~(in_looked & has_history) | right, f"the history of {name} is there")
    for holds, which in ((in_looked, "entry"), (in_judged, "judged_entry"), (in_second, "second_entry")):
        entry = inside.signal(which)
        require(m, ~holds | (Value.cast(entry) == Cat(mask, base)), f"entry of {name}")
    needed = Cat(mask[level + 1 :].any() for level in range(config.delays - 1))
    current = Cat(ages[0] & ~arriving, ages[1:])
    expected = (Mux(unvisited, ages >> 1, current) & needed)[: len(needed)]
    require(m, ~has_history | (history == expected), f"history of {name} is what is needed")

    # An arrival may be right behind the last visit, which is its own.
    unsent = (sent == 0) & ~in_judged & ~in_second & (ages[0] == early)
    require(m, ~unvisited | unsent, f"no row of {name} left before the visit")
    require(m, ~arriving | ages[0], f"{name} waits because it fired")
    listed = [(in_judged, inside.signal("judged_due")), (in_second, inside.signal("left"))]
    for holds, rows in listed:
        require(m, ~holds | ((rows & ~mask) == 0), f"rows of {name} are asked for")
    for level in range(config.delays):
        waits = unvisited & ages[level] & mask[level] if level else arriving
        places = (
            waits + total([holds & rows[level] for holds, rows in listed]) + leaving.holds(source, level) + sent[level]
        )
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
        written = inside.signal("written") & (inside.signal("written_index") == its_index)
        require(m, ~(visits & written), "a visit after which nothing was written")
        for index in range(kept):
            require(m, ~(visits & (its_index == index)) | (~pending[index] & alive[index]), "one visit")
    require(m, ~(items.visit & items.looked_visit) | (first_index != looked_index), "two visits are of two sources")
    for index in range(kept):
        require(m, ~alive[index] | (first_kept + index < config.sources), "history in range")


def ranking(env: DelayEnvironment) -> Ranking:
    """A row a cycle, and three more for a visit; arrivals wait for all visits."""
    inside, delays, kept = env.inside, env.config.delays, env.config.queue_depth
    valid = {name: inside.signal(f"{name}_valid") for name in ("first", "looked", "judged", "second")}
    ends = {name: valid[name] & inside.signal(f"{name}_eos") for name in ("looked", "judged", "second")}

    def rows(name: str, bits: Value) -> Value:
        """Rows that a stage is to list."""
        return Mux(valid[name] & ~ends[name], count_ones(bits), 0)

    listing = rows("second", inside.signal("left")) + ends["second"]
    # Cycles until each stage is free, if there is something in it.
    here = Mux(listing == 0, 1, listing)
    judging, looking = rows("judged", inside.signal("judged_due")), rows("looked", inside.signal("due"))
    behind = Mux(ends["looked"], here + judging + 2, here + judging + looking + 3)
    waits = Mux(ends["second"], 1, Mux(ends["judged"], here + 1, behind)) + NUMBER
    end = stages_end(numbered_ends(env, "number"), waits)
    # An item costs a cycle more in each stage than in the one it goes to.
    scan = listing + Mux(valid["judged"], judging + 1, 0) + Mux(valid["looked"], looking + 2, 0)
    scan = scan + valid["first"] * (delays + 2) + count_ones(inside.signal("pending")) * (delays + 3)
    all_visits = kept * (delays + 3)
    return Ranking(
        arrival=Mux(inside.signal("ending"), end + all_visits, scan),
        arrival_bound=all_visits + 4 * delays + 6 + NUMBER,
        end=end,
        end_bound=3 * delays + 4 + NUMBER,
    )


PROOF = ProvenUnit(geometry=WIDE, depth=2, small_depth=2, invariants=invariants, ranking=ranking)
