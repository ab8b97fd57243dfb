# SPDX-License-Identifier: Apache-2.0
"""The hybrid: invariants and ranking of its proofs."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from amaranth.hdl import Array, Cat, Module, Mux, Value

from model.cost.timing import NUMBER
from rtl.arith import count_ones
from tb.formal.delay.properties import DelayEnvironment, Ranking, total
from tb.formal.delay.proven import NARROW, ProvenUnit
from tb.formal.delay.shared import (
    Leaving,
    Stage,
    filter_stages,
    in_order,
    numbered_ends,
    one_step_at_a_time,
    queue_words,
    sliced,
    stages_end,
    within,
)
from tb.formal.prop import require


class _Listed:
    """The stage that lists the rows of an event's window."""

    def __init__(self, m: Module, env: DelayEnvironment) -> None:
        names = ("listed_valid", "listed_eos", "listed", "left")
        valid, eos, self.judged, self.left = (env.inside.signal(name, "filter") for name in names)
        entry = env.inside.signal("entry", "filter")
        self.event, self.ends = valid & ~eos, valid & eos
        slots = env.config.slots
        listed = (self.judged.source < env.config.sources) & (self.left != 0)
        listed &= env.inside.signal("last", "filter") == (count_ones(self.left) == 1)
        require(m, ~self.event | listed, "rows are left")
        for source, (mask, base) in enumerate(zip(env.table.masks, env.table.bases, strict=True)):
            mine = self.event & (self.judged.source == source)
            require(m, ~mine | (Value.cast(entry) == Cat(mask, base)), f"entry of source {source}")
            asked = mask >> (self.judged.window * slots)
            require(m, ~mine | ((self.left & ~asked[:slots]) == 0), f"rows of source {source} are asked for")

    def holds(self, source: int, level: int, slots: int) -> Value:
        """Whether the row of that source and level is to be listed."""
        place = (self.judged.source == source) & (self.judged.window == level // slots)
        return self.event & place & self.left[level % slots]


class _Phases:
    """The queue: what is to be read in this step, what in each of the next ones, what was judged and stays."""

    def __init__(self, m: Module, env: DelayEnvironment) -> None:
        inside, slots = env.inside, env.config.slots
        phase, self.left = inside.signal("phase"), inside.signal("left")
        held, level = inside.signal("held"), inside.signal("level", "queue")
        self.words = queue_words(m, env, "queue")
        self.stays, self.again = inside.signal("kept"), inside.signal("again")
        limit = Mux(env.unit.capacity == 0, 1, env.unit.capacity)
        require(m, inside.signal("waits") == (self.left != 0), "whether an event is to be read")
        require(m, inside.signal("filled", "queue") == (level != 0), "whether there are events")
        require(m, inside.signal("full", "queue") == (level == limit), "whether there is room")
        self.next = [Array(held)[(phase + turn)[: len(phase)]] for turn in range(slots)]
        require(m, total(held) == level, "each event has a phase")
        require(m, self.left <= self.next[0], "what waits has the phase of the step")
        within(m, env, level, "queue")
        # Distances from the head at which each part begins: those to be read, each phase in its turn, those that stay.
        starts = [Value.cast(0), self.left]
        for count in self.next[1:]:
            starts.append(starts[-1] + count)
        self.parts = list(zip(starts, [*starts[1:], level], strict=True))

    def count(self, source: int, window: int, turn: int) -> Value:
        """Events of a source that wait to be judged for a window in so many steps; 0: in this one."""
        first, end = self.parts[turn]
        found = [(distance >= first) & (distance < end) & (word.source == source) & (word.window == window)
                 for distance, word in self.words]  # fmt: skip
        if turn == len(self.parts) - 1:  # what was judged a cycle ago is on its way into the queue
            found.append(self.stays & (self.again.source == source) & (self.again.window == window))
        return total(found)


def invariants(m: Module, env: DelayEnvironment) -> None:
    """A queue in order of turns; the stage behind it, the filter, the rows that are listed, those that leave."""
    inside, config = env.inside, env.config
    ending, read_valid, read_eos, read_new, arrived = (
        inside.signal(name) for name in ("ending", "read_valid", "read_eos", "read_new", "arrived")
    )
    slots, windows = config.slots, -(-config.delays // config.slots)
    phases = _Phases(m, env)
    judged = filter_stages(m, env, "judged_entry", lambda token: token.window < windows)
    _verdict(m, env, judged[-1])
    listed, leaving = _Listed(m, env), Leaving(m, env, "filter.number")
    one_step_at_a_time(m, env, ending)

    read = inside.signal("data", "queue")
    read_event, read_ends = read_valid & ~read_eos, read_valid & read_eos
    shown_valid, shown = inside.signal("shown_valid"), inside.signal("shown")

    def in_range(word: Any) -> Value:
        return (word.source < config.sources) & (word.window < windows)

    showing = Stage(event=shown_valid & ~shown.eos, ends=shown_valid & shown.eos, token=shown.event)
    require(m, ~showing.event | in_range(shown.event), "event that is registered in range")
    judged = [showing, *sliced(m, env, in_range), *judged]
    last = [Stage(event=listed.event, ends=listed.ends), *leaving.stages]
    ends = in_order(m, Stage(event=read_event, ends=read_ends), *judged, *last)
    stored = ~phases.stays | ~Cat(stage.ends for stage in last).any()
    require(m, stored, "what stays is stored before the end of step leaves")
    require(m, ending == ends, "the end of step is in one place")
    require(m, ~ending | ((phases.left == 0) & ~read_event), "nothing waits behind the end of step")
    require(m, ~env.whole | env.whole_before, "what is whole was whole before")
    require(m, ~read_ends | read_new, "the end of step is an arrival")
    require(m, (phases.left == 0) | ~(read_valid & read_new), "arrivals after all older events")
    unread = (phases.left != 0) | (read_event & ~read_new)
    new, old = ([stage.event & ((stage.token.window == 0) == first) for stage in judged] for first in (1, 0))
    require(m, ~unread | ~Cat(new).any(), "arrivals are judged after older events")
    for place, event in enumerate(old):
        require(m, ~(event & Cat(new[place + 1 :]).any()), "an arrival is judged after older events")
    older = unread | Cat(old).any()
    for source in range(config.sources):
        kept = phases.count(source, 1, slots)
        require(m, ~older | (kept == 0), f"an arrival of source {source} stays after all older events")

    def before(source: int, window: int) -> Value:
        """Places in which an event waits to be judged for a window in this step."""
        if window == 0:
            queued = read_event & read_new & (arrived == source)
        else:
            of_window = (read.source == source) & (read.window == window)
            queued = phases.count(source, window, 0) + (read_event & ~read_new & of_window)
        return queued + total([stage.event & (stage.token.source == source) & (stage.token.window == window)
                               for stage in judged])  # fmt: skip

    for source in range(config.sources):
        _orbits(m, env, source, phases=phases, listed=listed, leaving=leaving, before=before)
    places = [(distance < inside.signal("level", "queue"), word) for distance, word in phases.words]
    for there, word in [*places, (phases.stays, phases.again)]:
        require(m, ~there | (in_range(word) & (word.window != 0)), "event in range")
    right = (read.source < config.sources) & (read.window != 0) & (read.window < windows)
    require(m, ~read_event | Mux(read_new, arrived < config.sources, right), "event read in range")


def _verdict(m: Module, env: DelayEnvironment, judged: Stage) -> None:
    """What is known of an event that was judged: the levels of its window, and whether there are later ones."""
    slots, inside = env.config.slots, env.inside
    due, empty, single, later = (inside.signal(name, "filter") for name in ("due", "empty", "single", "later"))
    require(m, ~judged.ends | ~empty, "the end of step leaves")
    known = (empty == (due == 0)) & (single == (count_ones(due) == 1))
    require(m, ~judged.event | known, "whether a level is due")
    for source, mask in enumerate(env.table.masks):
        asked = mask >> (judged.token.window * slots)
        right = (due == asked[:slots]) & (later == (asked[slots:] != 0))
        require(m, ~(judged.event & (judged.token.source == source)) | right, f"the verdict on source {source}")


def _orbits(
    m: Module,
    env: DelayEnvironment,
    source: int,
    *,
    phases: _Phases,
    listed: _Listed,
    leaving: Leaving,
    before: Callable[[int, int], Value],
) -> None:
    """Each event that a level of its mask asks for is in one place; in one at most, once events were lost."""
    slots, mask = env.config.slots, env.table.masks[source]

    def once(asked: Value, places: Value, whole: Value) -> Value:
        return (places <= asked) & (~whole | (places == asked))

    for age in range(env.config.delays):
        name = f"source {source} age {age}"
        window, ago = divmod(age, slots)
        if ago:  # its turn comes later
            later = env.ages[source][age] & ((mask >> (window + 1) * slots) != 0)
            require(
                m,
                once(later, phases.count(source, window + 1, slots - ago), env.whole_before),
                f"{name} waits for its turn",
            )
            continue
        # An arrival is there whatever its mask.
        asked = env.ages[source][age] & ((mask >> age) != 0 if age else 1)
        waits = before(source, window)
        require(m, waits <= asked, f"{name} waits only if it is asked for")
        for level in range(age, min(age + slots, env.config.delays)):
            gone = listed.holds(source, level, slots) + leaving.holds(source, level) + env.sent[source][level]
            require(
                m,
                Mux(mask[level], once(asked, waits + gone, env.whole_before), gone == 0),
                f"{name} level {level} is in one place",
            )
        later, stays = (mask >> (age + slots)) != 0, phases.count(source, window + 1, slots)
        require(
            m, Mux(later, once(asked, waits + stays, env.whole), stays == 0), f"{name} is kept if it is needed later"
        )


def ranking(env: DelayEnvironment) -> Ranking:
    """A row a cycle, and three cycles more for an event; arrivals wait for all events of the phase."""
    inside, slots, depth = env.inside, env.config.slots, env.config.queue_depth
    found_valid, found_eos, looked_valid, looked_eos, judged_valid, judged_eos, listed_valid, listed_eos = (
        inside.signal(f"{name}_{part}", "filter")
        for name in ("found", "looked", "judged", "listed")
        for part in ("valid", "eos")
    )
    judged_ends, listed_ends = judged_valid & judged_eos, listed_valid & listed_eos
    listing = Mux(listed_valid & ~listed_eos, count_ones(inside.signal("left", "filter")), 0)
    judging = Mux(judged_valid & ~judged_eos, count_ones(inside.signal("due", "filter")), 0)
    # Every stage takes a cycle at least; a list takes a cycle for each of its rows.
    here = listing + judging + NUMBER
    waits = Mux(judged_ends, listing + 2 + NUMBER, here + 3)
    end = stages_end(numbered_ends(env, "filter.number"), Mux(listed_ends, 1 + NUMBER, waits))
    # The places before, last to first: an event costs a cycle more in each than in the one it goes to.
    passed, late, waiting = (inside.signal(name, "slice") for name in ("passed", "waits", "waiting"))
    shown_valid, shown = inside.signal("shown_valid"), inside.signal("shown")
    events = [found_valid & ~found_eos, looked_valid & ~looked_eos, passed.valid & ~passed.payload.eos,
              late & ~waiting.eos, shown_valid & ~shown.eos,
              inside.signal("read_valid") & ~inside.signal("read_eos")]  # fmt: skip
    costs = [event * (slots + 1 + place) for place, event in enumerate(events)]
    before = [total(costs[: place + 1]) for place in range(len(costs))]
    reads = inside.signal("read_valid") & inside.signal("read_eos")
    places = (looked_valid & looked_eos, passed.valid & passed.payload.eos, late & waiting.eos,
              shown_valid & shown.eos, reads)  # fmt: skip
    later = [(ends, here + before[place] + 4 + place + (late if place > 2 else 0)) for place, ends in enumerate(places)]
    for ends, cycles in later:
        end = Mux(ends, cycles, end)
    each = slots + 1 + len(events)
    reading = listing + judging + before[-1] + inside.signal("left") * each
    coming = Array(inside.signal("held"))[(inside.signal("phase") + 1)[: len(inside.signal("phase"))]]
    return Ranking(
        arrival=Mux(inside.signal("ending"), end + coming * each, reading),
        arrival_bound=depth * each + 8 * slots + 25 + NUMBER,
        end=end,
        end_bound=7 * slots + 25 + NUMBER,
    )


PROOF = ProvenUnit(
    geometry=replace(NARROW, delays=5), depth=9, options={"slots": 2}, invariants=invariants, ranking=ranking,
    held=lambda env: env.inside.signal("level", "queue"),
)  # fmt: skip
