# SPDX-License-Identifier: Apache-2.0
"""The outbox: every spike that another core hears leaves once, in order, with its hops; EOS after all of them."""

from dataclasses import dataclass
from functools import partial
from typing import Any

from amaranth.hdl import Array, Assume, Const, Module, Mux, Signal, Value
from amaranth.lib.data import View

from model.config import preset
from model.fabric.config import FabricConfig
from rtl.fabric.outbox import Outbox
from rtl.layouts import Kind
from tb.formal.inside import Elaborated
from tb.formal.prop import Method, Property, arbitrary, require

CORE = preset("tiny", neurons=3)
CONFIG = FabricConfig(cores=(CORE,) * 4, routes=4, axons=4, input_depth=2)
NUMBER = 1
"""Of the core whose outbox it is."""


def _as_a_core(m: Module, outbox: Outbox) -> "_Core":
    """What a core does, and when hops are written."""
    spikes = outbox.spikes
    eos_hops = Signal.like(outbox.eos_hops)
    m.d.sync += eos_hops.eq(outbox.eos_hops)
    started = Signal()
    m.d.sync += started.eq(1)
    m.d.comb += Assume(~started | (outbox.eos_hops == eos_hops))

    fired = Signal(range(CORE.neurons + 1))  # spikes of the step
    ended, under_way = Signal(), Signal()  # EOS has come; something of the step has
    is_eos, is_spike = spikes.payload.kind == Kind.EOS, spikes.payload.kind == Kind.EVENT
    m.d.comb += [
        Assume(~spikes.valid | (is_eos | (is_spike & (fired < CORE.neurons)))),
        Assume(~spikes.valid | ~ended),
        Assume(~spikes.valid | (spikes.payload.neuron < CORE.neurons)),
        Assume(~outbox.hops_write.en | ~(spikes.valid | under_way)),
    ]
    m.d.sync += under_way.eq(under_way | spikes.valid)
    with m.If(spikes.valid):
        m.d.sync += [fired.eq(fired + is_spike), ended.eq(is_eos)]
    with m.If(outbox.completed):
        m.d.sync += [fired.eq(0), ended.eq(0), under_way.eq(0)]
    return _Core(started=started, fired=fired, ended=ended)


@dataclass(frozen=True, kw_only=True)
class _Core:
    """Where the core is."""

    started: Signal
    """A cycle has passed."""
    fired: Signal
    """Spikes of the step so far."""
    ended: Signal
    """EOS has come, and has not left."""


@dataclass(frozen=True, kw_only=True)
class _Token:
    """The followed token."""

    there: Signal
    before: Signal
    """Tokens that leave before it."""
    eos: Signal
    hops: Signal
    neuron: Signal


def _queue(m: Module, inside: Elaborated, core: _Core, token: _Token, count: Signal) -> tuple[Value, Value]:
    """All tokens in their order: first the FIFO's output, then those of its memory, last the one that is looked up.

    What is put is EOS if the step has ended, and else is not; the followed token is at its place. Returns whether the
    output holds a token, and whether the memory does.
    """
    fifo = inside.signal("fifo")
    level, produce, consume = (inside.signal(name, "fifo") for name in ("inner_level", "produce", "consume"))
    entry, put, depth = inside.signal("entry"), inside.signal("put"), CORE.neurons + 1
    words = Array(inside.words("fifo.storage"))
    require(m, count == fifo.w_en + level + fifo.r_rdy, "tokens are where they are kept")
    require(m, level <= depth, "the memory holds what it can")
    require(m, (produce < depth) & (consume < depth), "places of the memory")
    require(m, (produce - consume - level)[: len(consume)] == 0, "what was written and not read")
    require(m, count <= core.fired + core.ended, "tokens of this step alone")
    require(m, ~core.ended | (count != 0), "EOS is kept until it leaves")
    require(m, core.started | (count == 0), "nothing at the start")
    looked_up = inside.signal("event"), inside.signal("eos")
    require(m, Mux(core.ended, ~looked_up[0], ~looked_up[1]), "a spike before EOS, and EOS as it ends")
    require(m, ~(token.there & token.eos) | (token.hops == inside.signal("eos_hops")), "hops of EOS stay")
    require(m, ~token.there | (token.before < count), "the followed token is there")

    def kept(holds: Value, bits: Any, place: Value, last: Value, what: str) -> None:
        word = View(entry, bits)
        mine = (word.eos == token.eos) & (word.hops == token.hops) & (word.neuron == token.neuron)
        require(m, ~holds | (word.eos == (core.ended & last)), f"{what}: EOS is last")
        require(m, ~(holds & token.there & (token.before == place)) | mine, f"{what}: the followed token")

    kept(fifo.r_rdy, fifo.r_data, Const(0), (level == 0) & ~fifo.w_en, "output")
    for place in range(depth):
        at = (consume + place)[: len(consume)]
        kept(place < level, words[at], fifo.r_rdy + place, (level == place + 1) & ~fifo.w_en, f"memory, place {place}")
    kept(fifo.w_en, Value.cast(put), fifo.r_rdy + level, Const(1), "looked up")
    return fifo.r_rdy, level != 0


def _build(what: str, inductive: bool) -> Module:
    """An outbox behind a core: in a step at most a spike a neuron, then EOS, then nothing until it is completed.

    The hops are written while nothing is under way. One arbitrary token is followed from the core to the ring.
    """
    m = Module()
    outbox = Outbox(CONFIG, NUMBER)
    inside = Elaborated(outbox)
    m.submodules.outbox = inside.fragment
    spikes, leaving = outbox.spikes, outbox.leaving
    arbitrary(m, spikes.valid, spikes.payload, leaving.ready, outbox.may_send, outbox.eos_hops)
    arbitrary(m, outbox.hops_write.en, outbox.hops_write.addr, outbox.hops_write.data)
    mark = Signal()
    arbitrary(m, mark)
    core = _as_a_core(m, outbox)

    is_eos = spikes.payload.kind == Kind.EOS
    hops = Signal(CONFIG.node_bits)
    m.d.comb += hops.eq(Mux(is_eos, outbox.eos_hops, Array(inside.words("hops"))[spikes.payload.neuron]))
    put = spikes.valid & (is_eos | (hops != 0))
    left = outbox.completed | (leaving.valid & leaving.ready)
    count = Signal(range(CORE.neurons + 3))  # tokens under way
    m.d.sync += count.eq(count + put - left)
    followed, before = Signal(), Signal.like(count)
    token, token_eos, token_hops = Signal.like(spikes.payload.neuron), Signal(), Signal.like(hops)
    with m.If(put & mark & ~followed):
        m.d.sync += [followed.eq(1), before.eq(count - left), token.eq(spikes.payload.neuron), token_eos.eq(is_eos),
                     token_hops.eq(hops)]  # fmt: skip
    with m.Elif(followed & left):
        m.d.sync += before.eq(before - 1)
        with m.If(before == 0):
            m.d.sync += followed.eq(0)
    first = followed & (before == 0)
    alone = token_eos & (token_hops == 0)
    require(m, ~left | (count != 0), "nothing leaves that did not come")
    require(m, ~(outbox.completed & (count != 1)), "EOS leaves last")
    require(m, ~(left & first) | (outbox.completed == token_eos), "what leaves is the followed token")
    same = (leaving.payload.hops == (token_hops - 1)[: len(hops)]) & (leaving.payload.core == NUMBER)
    same &= (leaving.payload.eos == token_eos) & (token_eos | (leaving.payload.neuron == token))
    require(m, ~(left & first & ~alone) | (leaving.valid & same), "it leaves with its neuron and its hops")
    require(m, ~(left & first & alone) | ~leaving.valid, "an EOS that nobody waits for takes no register")
    require(m, ~(left | leaving.valid) | outbox.may_send, "nothing leaves while a listener has no room")
    waits = Signal(3)  # cycles in which the followed token could leave
    if what == "latency":
        m.d.sync += waits.eq(Mux(first & outbox.may_send & leaving.ready & ~left, waits + 1, 0))
        require(m, waits <= 3, "a token leaves three cycles after it may, at the latest")
    if inductive:
        followed_token = _Token(there=followed, before=before, eos=token_eos, hops=token_hops, neuron=token)
        output, memory = _queue(m, inside, core, followed_token, count)
        most = Mux(first, Mux(output, 2, Mux(memory, 1, 0)), 0)
        require(m, waits <= most, "the first token moves on")
    return m


def properties() -> list[Property]:
    """Of an outbox of three neurons on a ring of four."""
    covers = "3 neurons, 4 nodes, every token, any hops"
    return [
        Property(name=f"outbox.{name}", states=states, build=partial(_build, name), method=Method.INDUCTION, depth=1,
                 falsify_depth=14, covers=covers)
        for name, states in (
            ("order", "every spike that another core hears leaves once, in order, with its hops, and EOS after it; "
             "none while a listener has no room"),
            ("latency", "a token that may leave does so within three cycles"),
        )
    ]  # fmt: skip
