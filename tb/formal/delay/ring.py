# SPDX-License-Identifier: Apache-2.0
"""The ring buffer: invariants and ranking of its proofs."""

from amaranth.hdl import Module, Mux

from rtl.arith import count_ones
from tb.formal.delay.properties import DelayEnvironment, Ranking
from tb.formal.delay.proven import WIDE, ProvenUnit
from tb.formal.prop import require


def invariants(m: Module, env: DelayEnvironment) -> None:
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


def ranking(env: DelayEnvironment) -> Ranking:
    """A row a cycle."""
    inside, delays = env.inside, env.config.delays
    first_valid, second_valid = inside.signal("first_valid"), inside.signal("second_valid")
    second_ends = second_valid & inside.signal("second").eos
    listing = Mux(second_valid, Mux(second_ends, 1, count_ones(inside.signal("left"))), 0)
    end = Mux(second_ends, 1, Mux(listing == 0, 1, listing) + 1)
    return Ranking(arrival=Mux(first_valid, listing, 0), arrival_bound=delays, end=end, end_bound=delays + 1)


PROOF = ProvenUnit(geometry=WIDE, invariants=invariants, ranking=ranking)
