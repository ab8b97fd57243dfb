"""How long each delay unit can still take: numbers that fall with every cycle in which its rows are taken."""

from collections.abc import Callable, Mapping
from typing import Any

from amaranth.hdl import Mux

from model.config import DelayUnit
from rtl.arith import count_ones
from tb.formal.delay.properties import DelayEnvironment, Ranking


def _filter_end(env: DelayEnvironment, before: Any) -> Any:
    """Cycles until the end of step leaves, if it takes ``before`` until it is read."""
    inside = env.inside
    number_ends = env.unit.rows.valid & env.unit.rows.payload.eos
    judged_ends = inside.signal("judged_valid", "filter") & inside.signal("judged_eos", "filter")
    read_ends = inside.signal("read_valid") & inside.signal("read_eos")
    return Mux(number_ends, 1, Mux(judged_ends, 2, Mux(read_ends, 3, before)))


def ring(env: DelayEnvironment) -> Ranking:
    """A row a cycle."""
    inside, delays = env.inside, env.config.delays
    first_valid, second_valid = inside.signal("first_valid"), inside.signal("second_valid")
    second_ends = second_valid & inside.signal("second").eos
    listing = Mux(second_valid, Mux(second_ends, 1, count_ones(inside.signal("left"))), 0)
    end = Mux(second_ends, 1, Mux(listing == 0, 1, listing) + 1)
    return Ranking(arrival=Mux(first_valid, listing, 0), arrival_bound=delays, end=end, end_bound=delays + 1)


def scdq(env: DelayEnvironment) -> Ranking:
    """An event a cycle; a full PRQ has room after one more."""
    inside, depth = env.inside, env.config.queue_depth
    end = _filter_end(env, inside.signal("prq_level") + 4)
    arrival = Mux(inside.signal("ending"), end + 1, 1)
    return Ranking(arrival=arrival, arrival_bound=depth + 5, end=end, end_bound=depth + 4)


def scdq1(env: DelayEnvironment) -> Ranking:
    """An event a cycle; arrivals wait for all that orbits."""
    inside, depth = env.inside, env.config.queue_depth
    end = _filter_end(env, 4)
    judged = inside.signal("judged_valid", "filter") & ~inside.signal("judged_eos", "filter")
    orbiting = inside.signal("level", "queue") + judged
    arrival = Mux(inside.signal("ending"), end + orbiting, inside.signal("left"))
    return Ranking(arrival=arrival, arrival_bound=depth + 4, end=end, end_bound=4)


def bitmap(env: DelayEnvironment) -> Ranking:
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


def longest(env: DelayEnvironment) -> Ranking:
    """For a unit without a ranking: generous bounds."""
    bound = env.config.sources * env.config.delays + env.config.queue_depth + 8
    return Ranking(arrival=0, arrival_bound=bound, end=0, end_bound=bound, inductive=False)


RANKINGS: Mapping[DelayUnit, Callable[[DelayEnvironment], Ranking]] = {
    DelayUnit.RING: ring,
    DelayUnit.SCDQ: scdq,
    DelayUnit.SCDQ1: scdq1,
    DelayUnit.BITMAP: bitmap,
}
"""Of each unit that has one."""
