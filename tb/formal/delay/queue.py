# SPDX-License-Identifier: Apache-2.0
"""The event queue: first in, first out, whatever pushes and pops."""

from amaranth.asserts import AnyConst, AnySeq
from amaranth.hdl import Array, Assume, Module, Mux, Signal

from model.config import QueueMemory
from rtl.delay.queue import EventQueue
from tb.formal.inside import Elaborated
from tb.formal.prop import Method, Property, arbitrary, require

DEPTH, BITS = 5, 4


def _build(inductive: bool) -> Module:
    m = Module()
    queue = EventQueue(shape=BITS, depth=DEPTH, memory=QueueMemory.RAM)
    inside = Elaborated(queue)
    m.submodules.queue = inside.fragment
    arbitrary(m, queue.push, queue.push_data, queue.pop)
    m.d.comb += queue.last.eq(AnyConst(len(queue.last)))
    count = Signal(range(DEPTH + 1))
    room = (count != DEPTH) & (count <= queue.last)
    m.d.comb += Assume((~queue.pop | (count != 0)) & (~queue.push | room) & (queue.last < DEPTH))
    m.d.sync += count.eq(count + queue.push - queue.pop)
    require(m, queue.level == count, "level is the number of entries")
    require(m, queue.filled == (count != 0), "whether there are entries")
    require(m, queue.full == (count == queue.last + 1), "whether there is room")
    require(m, count <= queue.last + 1, "no more than it may hold")

    # One entry, of arbitrary value, that is pushed at an arbitrary time.
    value, chosen = Signal(BITS), Signal()
    inside_now, shown = Signal(), Signal()
    ahead = Signal(range(DEPTH + 1))
    m.d.comb += [value.eq(AnyConst(BITS)), chosen.eq(AnySeq(1))]
    leaves = inside_now & queue.pop & (ahead == 0)
    with m.If(queue.pop):
        m.d.sync += [shown.eq(leaves), ahead.eq(ahead - 1)]
    with m.If(leaves):
        m.d.sync += inside_now.eq(0)
    with m.If(~inside_now & queue.push & chosen & (queue.push_data == value)):
        m.d.sync += [inside_now.eq(1), ahead.eq(count - queue.pop)]
    require(m, ~shown | (queue.data == value), "the entry comes out in its turn, and stays until the next pop")

    if inductive:
        head, tail = inside.signal("head"), inside.signal("tail")
        end, place = head + count, head + ahead
        require(m, (head < DEPTH) & (tail < DEPTH) & (count <= DEPTH), "pointers in range")
        require(m, tail == Mux(end >= DEPTH, end - DEPTH, end), "pointers belong together")
        require(m, ~inside_now | (ahead < count), "the entry is inside")
        word = Array(inside.words("memory"))[Mux(place >= DEPTH, place - DEPTH, place)]
        require(m, ~inside_now | (word == value), "the entry is in its place")
    return m


def properties() -> list[Property]:
    """Of a queue whose depth is no power of two."""
    return [
        Property(
            name="queue.order",
            states="what is pushed comes out once, in order and unchanged; the level is the number of entries",
            build=_build,
            method=Method.INDUCTION,
            depth=1,
            falsify_depth=14,
            covers=f"{DEPTH} entries of {BITS} bits; any number of pushes and pops, side by side or not",
        )
    ]
