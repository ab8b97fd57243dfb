# SPDX-License-Identifier: Apache-2.0
"""The feeder: every spike of another core reaches its step, once, in order, before the host's events."""

from collections.abc import Sequence
from functools import partial

from amaranth.hdl import Assume, Module, Mux, Signal, Value

from model.config import preset
from model.fabric.config import FabricConfig
from rtl.fabric.feeder import Feeder
from rtl.layouts import Kind
from tb.formal.inside import Elaborated
from tb.formal.prop import Method, Property, arbitrary, offer, require

CORE = preset("tiny", axons=3)
CONFIG = FabricConfig(cores=(CORE,) * 2, routes=4, axons=4, input_depth=2)


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
    it only; the step is completed some time after its EOS; the core takes a token whenever it likes.
    """
    m = Module()
    feeder = Feeder(CONFIG)
    inside = Elaborated(feeder)
    m.submodules.feeder = inside.fragment
    arrivals, events, host = feeder.arrivals, feeder.events, feeder.host
    arbitrary(m, arrivals.valid, arrivals.payload, events.ready, feeder.may_begin, feeder.completed)
    mark = Signal()
    arbitrary(m, mark)
    offer(m, host, "host", unless=Signal())
    m.d.comb += Assume((host.payload.kind != 3) & (host.payload.axon < CORE.axons))

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
    m.d.sync += given.eq(given + (fed & ~of_host))
    over = of_host & (is_eos | is_end)
    with m.If(over):
        m.d.sync += given.eq(0)
    _count(m, arrivals.valid, arrivals.payload, came, count, emptied=Mux(over, Mux(parity, 2, 1), 0))
    mine: Value = Mux(parity, count[1], count[0])
    followed, place, follows = Signal(), Signal.like(count[0]), Signal.like(arrivals.payload)
    with m.If(arrivals.valid & mark & ~followed):
        m.d.sync += [followed.eq(1), place.eq(Mux(half, count[1], count[0])), follows.eq(arrivals.payload)]
    with m.Elif(over & (follows.half == parity)):
        m.d.sync += followed.eq(0)

    require(m, ~fed | began, "nothing of a step before it may begin")
    spike = fed & ~of_host
    require(m, ~spike | (given < mine), "no spike that did not come")
    now = followed & (follows.half == parity) & (given == place)
    right = (events.payload.kind == Kind.EVENT) & (events.payload.axon == follows.axon)
    require(m, ~(spike & now) | right, "spikes of other cores in the order in which they came")
    require(m, ~of_host | is_end | (given == mine), "events of the host after all spikes of other cores")
    same = (events.payload.kind == host.payload.kind) & (is_eos | is_end | (events.payload.axon == host.payload.axon))
    require(m, ~of_host | (host.valid & same), "what the host sends")
    if what == "progress":
        _goes_on(m, host.valid & began & ~ended & events.ready & ~fed)
    return m


def _goes_on(m: Module, waits: Value) -> None:
    stuck = Signal(4)
    m.d.sync += stuck.eq(Mux(waits, stuck + 1, 0))
    require(m, stuck <= 2, "a step that may begin and has a token of the host goes on")


def properties() -> list[Property]:
    """Of a feeder of three axons."""
    covers = "3 axons, two halves, any order; 14 cycles from reset hold three steps, or a sample's end and a step"
    return [
        Property(name=f"feeder.{name}", states=states, build=partial(_build, name), method=Method.BOUNDED, depth=14,
                 falsify_depth=14, covers=covers)
        for name, states in (
            ("order", "the core gets every spike of other cores in its step, once, in order, and before the host's "
             "events, which follow unchanged"),
            ("progress", "a step that may begin, and has a token of the host, goes on within two cycles"),
        )
    ]  # fmt: skip
