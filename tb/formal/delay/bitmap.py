# SPDX-License-Identifier: Apache-2.0
"""The spike history: invariants and ranking of its proofs."""

from amaranth.hdl import Array, Cat, Module, Mux, Value

from rtl.arith import count_ones
from tb.formal.delay.properties import DelayEnvironment, Ranking
from tb.formal.delay.proven import WIDE, ProvenUnit
from tb.formal.delay.shared import Leaving, one_step_at_a_time
from tb.formal.prop import require


def invariants(m: Module, env: DelayEnvironment) -> None:
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
    leaving = Leaving(m, env, "number")
    one_step_at_a_time(m, env, ending)

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


def ranking(env: DelayEnvironment) -> Ranking:
    """A row a cycle, and a cycle more for a visit; arrivals wait for all visits."""
    inside, delays, kept = env.inside, env.config.delays, env.config.queue_depth
    first_valid, second_valid = inside.signal("first_valid"), inside.signal("second_valid")
    second_ends = second_valid & inside.signal("second_eos")
    listing = Mux(second_valid, Mux(second_ends, 1, count_ones(inside.signal("left"))), 0)
    number_ends = env.unit.rows.valid & env.unit.rows.payload.eos
    end = Mux(number_ends, 1, Mux(second_ends, 2, Mux(listing == 0, 1, listing) + 2))
    first = Mux(first_valid, count_ones(inside.signal("due")) + 1, 0)
    scan = listing + first + count_ones(inside.signal("pending")) * (delays + 1)
    all_visits = kept * (delays + 1)
    return Ranking(
        arrival=Mux(inside.signal("ending"), end + all_visits, scan),
        arrival_bound=all_visits + 2 * delays + 1,
        end=end,
        end_bound=delays + 2,
    )


PROOF = ProvenUnit(geometry=WIDE, depth=2, small_depth=2, invariants=invariants, ranking=ranking)
