# SPDX-License-Identifier: Apache-2.0
"""The ring: every token passes the nodes that it has hops for, a node a cycle, and is neither lost nor doubled."""

from functools import partial

from amaranth.hdl import Array, Module, Mux, Signal
from amaranth.lib import wiring

from model.config import preset
from model.fabric.config import FabricConfig
from rtl.fabric.layouts import ring_layout
from rtl.fabric.ring_register import RingRegister
from tb.formal.prop import Method, Property, arbitrary, offer, require

NODES = 4
CONFIG = FabricConfig(cores=(preset("tiny"),) * NODES, routes=4, axons=4, input_depth=2)


def _build(what: str, inductive: bool) -> Module:
    """A ring of registers, joined as ``rtl.fabric.fabric`` joins the nodes, whose nodes offer any tokens.

    One arbitrary token is followed from the cycle in which a node's register takes it.
    """
    m = Module()
    registers = [RingRegister(CONFIG) for _ in range(NODES)]
    for number, register in enumerate(registers):
        m.submodules[f"register_{number}"] = register
        wiring.connect(m, registers[number - 1].after, register.before)
        offer(m, register.own, f"own_{number}", unless=Signal())
    taken = [register.own.valid & register.own.ready for register in registers]
    stays = [register.after.valid & (register.after.payload.hops != 0) for register in registers]

    if what == "count":
        count = Signal(range(NODES + 1))  # tokens on the ring
        m.d.sync += count.eq(sum(taken) + sum(stays))
        require(m, count == sum(register.after.valid for register in registers), "what is taken or passes, and no more")
        return m

    start = Signal(range(NODES))  # the node whose token is followed, if it offers one
    arbitrary(m, start)
    followed, at = Signal(), Signal(range(NODES))
    token = Signal(ring_layout(CONFIG))
    left = token.hops != 0
    with m.If(~followed | ~left):
        m.d.sync += [followed.eq(Array(taken)[start]), at.eq(start)]
        m.d.sync += token.eq(Array([register.own.payload for register in registers])[start])
    with m.Else():
        m.d.sync += [at.eq(Mux(at == NODES - 1, 0, at + 1)), token.hops.eq(token.hops - 1)]
    here = Array([register.after.valid for register in registers])[at]
    payload = Array([register.after.payload.as_value() for register in registers])[at]
    require(m, ~followed | (here & (payload == token.as_value())), "the followed token is at the next node, a hop less")
    return m


def properties() -> list[Property]:
    """Of a ring of four registers."""
    covers = f"{NODES} nodes, any tokens at all of them, in every cycle"
    return [
        Property(name=f"ring_register.{name}", states=states, build=partial(_build, name), method=Method.INDUCTION,
                 depth=2, falsify_depth=8, covers=covers)
        for name, states in (
            ("passes", "a token that a register takes is at each next node a cycle later, with a hop less, until none "
             "is left"),
            ("count", "the ring holds what nodes have put on it and what has hops left: nothing is lost or doubled"),
        )
    ]  # fmt: skip
