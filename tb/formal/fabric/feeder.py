# SPDX-License-Identifier: Apache-2.0
"""The feeder: every spike of another core reaches its step, once, in order, before the host's events."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from amaranth.hdl import Array, Assume, Cat, Const, Module, Mux, Signal, Value

from model.config import preset
from model.fabric.config import FabricConfig
from rtl.fabric.feeder import Feeder
from rtl.layouts import Kind
from tb.formal.inside import Elaborated
from tb.formal.prop import Method, Property, arbitrary, offer, require

CORE = preset("tiny", axons=3)
CONFIG = FabricConfig(cores=(CORE,) * 2, routes=4, axons=4, input_depth=2)
ADDRESS = 2
"""Bits of a place in a half of its inbox."""


def _count(m: Module, valid: Value, arrival: Value, came: Sequence[Signal], count: Sequence[Signal], *,
           emptied: Value) -> None:  # fmt: skip
    """Keep which axons have arrived for each half, and how many; ``emptied`` has a bit for each half."""
    for number in range(2):
        with m.If(valid & (arrival.half == number)):
            m.d.sync += [
                came[number].eq(came[number] | (1 << arrival.axon)),
                count[number].eq(count[number] + 1),
            ]
        with m.If(emptied[number]):
            m.d.sync += [came[number].eq(0), count[number].eq(0)]


def _build(what: str, inductive: bool) -> Module:
    """A feeder under the rules of docs/multicore.md; one arbitrary arrival is followed.

    Assumed: an axon arrives at most once for a step, those of a step before it may begin, and others for the step after
    it only; the step is completed some time after its EOS; the core takes a token whenever it likes; END comes between
    steps.
    """
    m = Module()
    feeder = Feeder(CONFIG)
    inside = Elaborated(feeder)
    m.submodules.feeder = inside.fragment
    arrivals, events, host = feeder.arrivals, feeder.events, feeder.host
    arbitrary(m, arrivals.valid, arrivals.payload, events.ready, feeder.may_begin, feeder.completed)
    offer(m, host, "host", unless=Signal())
    m.d.comb += Assume((host.payload.kind != 3) & (host.payload.axon < CORE.axons))
    offered = _between_steps(m, host)

    parity, began = Signal(), Signal()  # the step's half; it may begin
    ended = Signal()  # its EOS was given to the core
    fed = events.valid & events.ready
    of_host = fed & host.ready
    is_eos, is_end = events.payload.kind == Kind.EOS, events.payload.kind == Kind.END
    half, axon = arrivals.payload.half, arrivals.payload.axon
    came = [Signal(CORE.axons, name=f"came_{number}") for number in range(2)]  # axons that have arrived for a half
    count = [Signal(range(CORE.axons + 1), name=f"arrived_{number}") for number in range(2)]
    m.d.comb += [
        feeder.parity.eq(parity),
        Assume(feeder.may_begin | ~began),
        Assume(~feeder.completed | ended),
        Assume(~arrivals.valid | ~(feeder.may_begin | began) | (half != parity)),
        Assume(~arrivals.valid | ((axon < CORE.axons) & ~(Mux(half, came[1], came[0]) >> axon)[0])),
    ]
    m.d.sync += began.eq(feeder.may_begin)
    with m.If(of_host & is_eos):
        m.d.sync += ended.eq(1)
    with m.If(feeder.completed):
        m.d.sync += [ended.eq(0), parity.eq(~parity), began.eq(0)]

    given = Signal(range(CORE.axons + 2))  # spikes of other cores that the core has had in this step
    m.d.sync += given.eq(Mux(of_host & (is_eos | is_end), 0, given + (fed & ~of_host)))
    over = of_host & (is_eos | is_end)
    _count(m, arrivals.valid, arrivals.payload, came, count, emptied=Mux(over, Mux(parity, 2, 1), 0))
    mine: Value = Mux(parity, count[1], count[0])
    followed, place, follows = _followed(m, arrivals, count, over=over, parity=parity)

    require(m, ~fed | began, "nothing of a step before it may begin")
    spike = fed & ~of_host
    require(m, ~spike | (given < mine), "no spike that did not come")
    now = followed & (follows.half == parity) & (given == place)
    right = (events.payload.kind == Kind.EVENT) & (events.payload.axon == follows.axon)
    require(m, ~(spike & now) | right, "spikes of other cores in the order in which they came")
    require(m, ~of_host | is_end | (given == mine), "events of the host after all spikes of other cores")
    same = (events.payload.kind == host.payload.kind) & (is_eos | is_end | (events.payload.axon == host.payload.axon))
    require(m, ~of_host | (host.valid & same), "what the host sends")
    idle, stuck = inside.state("IDLE"), Signal(4)
    if what == "progress":
        m.d.sync += stuck.eq(Mux(host.valid & began & ~ended & events.ready & ~fed, stuck + 1, 0))
        require(m, stuck <= 2, "a step that may begin and has a token of the host goes on")
    if inductive:
        require(m, Mux(idle, stuck == 0, stuck <= 1), "what may begin is idle for a cycle")
        require(m, idle | began, "a step under way may begin")
        _invariants(m, inside, _Held(came=came, count=count, parity=parity, given=given, mine=mine))
        _turns(m, inside, offered, ended)
        _kept(m, inside, count, (followed, place, follows), over=ended & (follows.half == parity))
    return m


def _followed(m: Module, arrivals: Any, count: Sequence[Signal], *, over: Value, parity: Value
              ) -> tuple[Signal, Signal, Any]:  # fmt: skip
    """Whether an arrival is followed, the place in its half, and what it is."""
    mark, followed, place, follows = Signal(), Signal(), Signal.like(count[0]), Signal.like(arrivals.payload)
    arbitrary(m, mark)
    with m.If(arrivals.valid & mark & ~followed):
        now = Mux(arrivals.payload.half, count[1], count[0])
        m.d.sync += [followed.eq(1), place.eq(now), follows.eq(arrivals.payload)]
    with m.Elif(over & (follows.half == parity)):
        m.d.sync += followed.eq(0)
    return followed, place, follows


@dataclass(frozen=True, kw_only=True)
class _Offered:
    """What the host offers."""

    waiting: Signal
    """It was there in the cycle before, and not taken."""
    is_end: Signal
    """What waits is END."""
    in_step: Signal
    """Its last token was an event."""


def _between_steps(m: Module, host: Any) -> _Offered:
    """Assume that END comes between steps only."""
    offered = _Offered(waiting=Signal(), is_end=Signal(), in_step=Signal())
    m.d.sync += [offered.waiting.eq(host.valid & ~host.ready), offered.is_end.eq(host.payload.kind == Kind.END)]
    with m.If(host.valid & host.ready):
        m.d.sync += offered.in_step.eq(host.payload.kind == Kind.EVENT)
    m.d.comb += Assume(~(host.valid & offered.in_step) | (host.payload.kind != Kind.END))
    return offered


def _kept(m: Module, inside: Elaborated, count: Sequence[Signal], spike: tuple[Signal, Signal, Any], *, over: Value
          ) -> None:  # fmt: skip
    """A followed spike is in the inbox, at its place, until its step is over."""
    followed, place, follows = spike
    kept = Array(inside.words("inbox"))[Cat(place[:ADDRESS], follows.half)]
    there = (place < Mux(follows.half, count[1], count[0])) & (kept == follows.axon)
    require(m, ~followed | there, "the followed spike has come, and is kept at its place")
    require(m, ~(followed & over), "a followed spike is not of a step that is over")


def _turns(m: Module, inside: Elaborated, offered: _Offered, ended: Value) -> None:
    """A step is under way with a token of the host that is none of END's; END is alone."""
    states = [inside.state(name) for name in ("IDLE", "SPIKES", "HOST", "BUSY", "END")]
    require(m, sum(states, start=Const(0, 1)) == 1, "there are five states")
    require(m, inside.state("BUSY") == ended, "a step is busy from its EOS until it is completed")
    waits = offered.waiting & ~offered.is_end
    require(m, ~inside.state("SPIKES") | waits, "a step has a token of the host")
    require(m, ~inside.state("HOST") | offered.in_step | waits, "it is not END")
    require(m, ~inside.state("END") | (offered.waiting & offered.is_end), "END is alone")
    require(m, ~offered.in_step | inside.state("HOST"), "events of the host are of a step")


@dataclass(frozen=True, kw_only=True)
class _Held:
    """What is known of the inbox from outside."""

    came: Sequence[Signal]
    count: Sequence[Signal]
    parity: Signal
    given: Signal
    mine: Value


def _invariants(m: Module, inside: Elaborated, held: _Held) -> None:
    """Counters and the word that was read are what came and was given."""
    counts, words, given = inside.signal("counts"), Array(inside.words("inbox")), held.given
    for number in range(2):
        came = sum((held.came[number][axon] for axon in range(CORE.axons)), start=Const(0, 1))
        require(m, counts[number] == held.count[number], f"half {number} counts what came")
        require(m, held.count[number] == came, f"an axon comes once for half {number}")
    spikes, host = inside.state("SPIKES"), inside.state("HOST")
    require(m, ~spikes | (given < held.mine), "a spike is offered that came")
    require(m, ~spikes | (inside.signal("next_read") == given + 1), "the next entry is read")
    rests = inside.state("IDLE") | inside.state("BUSY")
    require(m, ~rests | (inside.signal("next_read") == 0), "a step begins with the first entry")
    here = words[Cat(given[:ADDRESS], held.parity)]
    require(m, ~spikes | (inside.signal("read").data == here), "the entry that was read is offered")
    require(m, ~host | (given == held.mine), "the host's turn comes after all spikes")
    require(m, spikes | host | (given == 0), "nothing is given otherwise")
    require(m, ~inside.state("BUSY") | (held.mine == 0), "the half of a step that is over is empty")


def properties() -> list[Property]:
    """Of a feeder of three axons."""
    covers = "3 axons, two halves, any order"
    return [
        Property(name=f"feeder.{name}", states=states, build=partial(_build, name), method=Method.INDUCTION, depth=2,
                 falsify_depth=14, covers=covers)
        for name, states in (
            ("order", "the core gets every spike of other cores in its step, once, in order, and before the host's "
             "events, which follow unchanged"),
            ("progress", "a step that may begin, and has a token of the host, goes on within two cycles"),
        )
    ]  # fmt: skip
