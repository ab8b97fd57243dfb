# SPDX-License-Identifier: Apache-2.0
"""The ring buffer: invariants and ranking of its proofs."""

from amaranth.hdl import Module, Mux

from rtl.arith import count_ones
from tb.formal.delay.properties import DelayEnvironment, Ranking
from tb.formal.delay.proven import WIDE, ProvenUnit
from tb.formal.delay.shared import Stage, entry_of
from tb.formal.prop import require


def invariants(m: Module, env: DelayEnvironment) -> None:
    """Three stages: an arrival whose entry is read, one whose entry is there, and one whose rows are listed."""
    inside, config = env.inside, env.config
    first, looked, second = (inside.signal(name) for name in ("first", "looked", "second"))
    first_valid, looked_valid, second_valid = (inside.signal(f"{name}_valid") for name in ("first", "looked", "second"))
    left = inside.signal("left")
    first_ends, looked_ends, second_ends = first_valid & first.eos, looked_valid & looked.eos, second_valid & second.eos
    require(m, env.ahead == first_ends + looked_ends + second_ends, "ends of step are in the stages")
    require(m, ~first_valid | first.eos | (env.looked_up == first.source), "the entry is the arrival's")
    entry_of(m, env, Stage(event=looked_valid & ~looked.eos, ends=looked_ends, token=looked), inside.signal("entry"))
    require(m, ~looked_valid | looked.eos | (looked.source < config.sources), "look-up in range")
    require(m, ~first_valid | first.eos | (first.source < config.sources), "first stage in range")
    require(m, ~second_valid | second.eos | ((left != 0) & (second.source < config.sources)), "second stage in range")
    for source, mask in enumerate(env.table.masks):
        in_first = first_valid & ~first.eos & (first.source == source)
        in_looked = looked_valid & ~looked.eos & (looked.source == source)
        in_second = second_valid & ~second.eos & (second.source == source)
        coming, sent, name = env.coming[source], env.sent[source], f"source {source}"
        require(m, (coming >> (env.ahead + 1)) == 0, f"{name} fired in a step that was taken")
        require(m, (coming >> env.ahead)[0] == env.fired[source], f"{name} fired in the last step")
        # The step of an arrival in an earlier stage is ahead by the ends of step before it.
        ahead = looked_ends + second_ends
        waits = [
            (in_first & (ahead == step)) + (in_looked & (second_ends == step)) + (in_second if step == 0 else 0)
            for step in range(3)
        ]
        for step, each in enumerate(waits):
            require(m, each <= coming[step], f"{name} waits once in step {step}, because it fired")
        now = waits[0] - in_second
        require(m, ~(now != 0) | (sent == 0), f"no row of {name} left early")
        require(m, ~coming[0] | (waits[0] != 0) | (sent == mask), f"all rows of {name} left")
        for step in (1, 2):
            require(m, ~coming[step] | (waits[step] != 0) | (mask == 0), f"{name} waits for step {step}")
        require(m, ~coming[3] | (mask == 0), f"{name} has no rows")
        require(m, ~in_second | (((sent | left) == mask) & ((sent & left) == 0)), f"rows of {name} left, or listed")
        number = (env.table.bases[source] + count_ones(sent))[: config.row_bits]
        require(m, ~in_second | (second.row == number), f"the next row of {name} has its number")
        require(m, ~in_second | ((left & ~(left - 1)) > sent), f"rows of {name} in order")
        require(m, coming[0] | (sent == 0), f"{name} sends nothing unless it fired")
    require(m, (env.unit.lost == 0) & (env.unit.peak == 0), "counters")


def ranking(env: DelayEnvironment) -> Ranking:
    """A row a cycle."""
    inside, delays = env.inside, env.config.delays
    looked_valid, second_valid = inside.signal("looked_valid"), inside.signal("second_valid")
    looked_ends, second_ends = looked_valid & inside.signal("looked").eos, second_valid & inside.signal("second").eos
    listing = Mux(second_valid, Mux(second_ends, 1, count_ones(inside.signal("left"))), 0)
    rows = Mux(looked_ends, 1, count_ones(inside.signal("entry").mask))
    before = Mux(listing == 0, 1, listing)  # cycles until the look-up is free, if there is something in it
    behind = Mux(looked_valid & (rows != 0), before + rows, before)
    end = Mux(second_ends, 1, Mux(looked_ends, before + 1, Mux(looked_valid, behind + 2, before + 2)))
    return Ranking(
        arrival=Mux(inside.signal("first_valid") & looked_valid, listing, 0),
        arrival_bound=delays,
        end=end,
        end_bound=2 * delays + 2,
    )


PROOF = ProvenUnit(geometry=WIDE, invariants=invariants, ranking=ranking)
