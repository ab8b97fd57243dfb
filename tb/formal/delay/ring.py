# SPDX-License-Identifier: Apache-2.0
"""The ring buffer: invariants and ranking of its proofs."""

from amaranth.hdl import Const, Module, Mux

from rtl.arith import count_ones
from tb.formal.delay.properties import DelayEnvironment, Ranking, total
from tb.formal.delay.proven import WIDE, ProvenUnit
from tb.formal.delay.shared import Stage, entry_of
from tb.formal.prop import require


def invariants(m: Module, env: DelayEnvironment) -> None:
    """Four stages: an arrival whose entry is read, one whose entry is there, one that was judged, one whose rows are
    listed."""
    inside, config = env.inside, env.config
    names = ("first", "looked", "judged", "second")
    first, looked, judged, second = tokens = [inside.signal(name) for name in names]
    valid = [inside.signal(f"{name}_valid") for name in names]
    left, last = inside.signal("left"), inside.signal("last")
    ends = [held & token.eos for held, token in zip(valid, tokens, strict=True)]
    events = [held & ~token.eos for held, token in zip(valid, tokens, strict=True)]
    require(m, env.ahead == total(ends), "ends of step are in the stages")
    for name, event, token in zip(names, events, tokens, strict=True):
        require(m, ~event | (token.source < config.sources), f"{name} stage in range")
    require(m, ~events[0] | (env.looked_up == first.source), "the entry is the arrival's")
    for place, token, entry in ((1, looked, "entry"), (2, judged, "judged_entry")):
        entry_of(m, env, Stage(event=events[place], ends=ends[place], token=token), inside.signal(entry))
    mask = inside.signal("judged_entry").mask
    verdict = (inside.signal("empty") == (mask == 0)) & (inside.signal("single") == (count_ones(mask) == 1))
    require(m, ~events[2] | verdict, "the verdict on an arrival")
    require(m, ~ends[2] | ~inside.signal("empty"), "the end of step leaves")
    require(m, ~events[3] | ((left != 0) & (last == (count_ones(left) == 1))), "rows are left")
    for source, mask in enumerate(env.table.masks):
        places = [event & (token.source == source) for event, token in zip(events, tokens, strict=True)]
        in_second = places[-1]
        coming, sent, name = env.coming[source], env.sent[source], f"source {source}"
        require(m, (coming >> (env.ahead + 1)) == 0, f"{name} fired in a step that was taken")
        require(m, (coming >> env.ahead)[0] == env.fired[source], f"{name} fired in the last step")
        # The step of an arrival in an earlier stage is ahead by the ends of step before it.
        waits = [
            total([here & (total([*ends[place + 1 :], Const(0)]) == step) for place, here in enumerate(places)])
            for step in range(len(places))
        ]
        for step, each in enumerate(waits):
            require(m, each <= coming[step], f"{name} waits once in step {step}, because it fired")
        now = waits[0] - in_second
        require(m, ~(now != 0) | (sent == 0), f"no row of {name} left early")
        require(m, ~coming[0] | (waits[0] != 0) | (sent == mask), f"all rows of {name} left")
        for step in range(1, len(places)):
            require(m, ~coming[step] | (waits[step] != 0) | (mask == 0), f"{name} waits for step {step}")
        require(m, ~coming[len(places)] | (mask == 0), f"{name} has no rows")
        require(m, ~in_second | (((sent | left) == mask) & ((sent & left) == 0)), f"rows of {name} left, or listed")
        number = (env.table.bases[source] + count_ones(sent))[: config.row_bits]
        require(m, ~in_second | (second.row == number), f"the next row of {name} has its number")
        require(m, ~in_second | ((left & ~(left - 1)) > sent), f"rows of {name} in order")
        require(m, coming[0] | (sent == 0), f"{name} sends nothing unless it fired")
    require(m, (env.unit.lost == 0) & (env.unit.peak == 0), "counters")


def ranking(env: DelayEnvironment) -> Ranking:
    """A row a cycle."""
    inside, delays = env.inside, env.config.delays
    valid = {name: inside.signal(f"{name}_valid") for name in ("first", "looked", "judged", "second")}
    ends = {name: held & inside.signal(name).eos for name, held in valid.items()}
    # Cycles in which each stage is free, if there is something in it.
    listing = Mux(valid["second"], Mux(ends["second"], 1, count_ones(inside.signal("left"))), 0)
    here = Mux(listing == 0, 1, listing)
    rows = {"judged": count_ones(inside.signal("judged_entry").mask), "looked": count_ones(inside.signal("entry").mask)}
    judging = here + Mux(valid["judged"], Mux(ends["judged"], 1, rows["judged"]), 0)
    looking = judging + Mux(valid["looked"], Mux(ends["looked"], 1, rows["looked"]), 0)
    end = Mux(ends["second"], 1, Mux(ends["judged"], here + 1, Mux(ends["looked"], judging + 2, looking + 3)))
    return Ranking(
        arrival=Mux(valid["first"] & valid["looked"] & valid["judged"], listing, 0),
        arrival_bound=delays,
        end=end,
        end_bound=3 * delays + 4,
    )


PROOF = ProvenUnit(geometry=WIDE, invariants=invariants, ranking=ranking)
