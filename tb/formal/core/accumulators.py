# SPDX-License-Identifier: Apache-2.0
"""The accumulator bank: any accumulator holds what was added to it since it was read or cleared, at any time."""

from functools import partial

from amaranth.asserts import AnyConst
from amaranth.hdl import Array, Assume, Cat, Module, Mux, Signal, Value, signed

from model.config import CoreConfig
from rtl.core.accumulators import AccumulatorBank
from tb.formal.inside import Elaborated
from tb.formal.prop import Method, Property, arbitrary, require

LANE = 1
"""The lane of the accumulator: the last one that the bank builds, for all are built in one loop."""
CONFIG = CoreConfig(neurons=6, axons=1, delays=3, rows=4, synapse_words=4, lanes=2, accumulator_bits=10, state_bits=12)
"""3 slots of 3 neurons in a lane: neither fills its address bits."""


class _Bank:
    """A bank that is used as the core uses it, and an arbitrary accumulator of it.

    Assumed: words are added, accumulators consumed, and addresses cleared never side by side, nor in the cycle after
    a word or a consumption; the sum does not leave the accumulator's range (the compiler proves that).
    """

    def __init__(self, m: Module) -> None:
        bank = AccumulatorBank(CONFIG)
        self.inside = Elaborated(bank)
        m.submodules.bank = self.inside.fragment
        arbitrary(
            m, bank.add.lanes, bank.add.slot, bank.add.now, bank.consume.en, bank.consume.lane, bank.consume.index
        )
        arbitrary(m, bank.clear.en, bank.clear.address)
        self.address = Signal(range(CONFIG.accumulators_per_lane))
        m.d.comb += [self.address.eq(AnyConst(len(self.address))), Assume(self.address < CONFIG.accumulators_per_lane)]
        m.d.comb += Assume((bank.add.slot < CONFIG.slots) & (bank.add.now < CONFIG.slots))
        m.d.comb += Assume(bank.consume.lane < CONFIG.lanes)
        adds = Cat(bank.add.lanes[lane].valid for lane in range(CONFIG.lanes)).any()
        added, consumed = Signal(), Signal()
        m.d.sync += [added.eq(adds), consumed.eq(bank.consume.en)]
        m.d.comb += Assume(adds + bank.consume.en + bank.clear.en <= 1)
        m.d.comb += Assume(~(added & (bank.consume.en | bank.clear.en)) & ~(consumed & bank.clear.en))

        mine = bank.add.lanes[LANE]
        self.adds = mine.valid & (Cat(mine.target, bank.add.slot) == self.address)
        here = Cat(bank.consume.index, bank.add.now) == self.address
        self.consumes = bank.consume.en & (bank.consume.lane == LANE) & here
        self.total = Signal(signed(CONFIG.accumulator_bits))
        self.last = Signal(signed(CONFIG.accumulator_bits))  # the value at its last consumption
        self.fresh = Signal()  # no lane was read since
        following = Signal(signed(CONFIG.accumulator_bits + 2))
        low, high = -(1 << (CONFIG.accumulator_bits - 1)), (1 << (CONFIG.accumulator_bits - 1)) - 1
        m.d.comb += following.eq(self.total + Mux(self.adds, mine.weight, 0))
        m.d.comb += Assume((following >= low) & (following <= high))
        m.d.sync += self.total.eq(following)
        with m.If(self.consumes | (bank.clear.en & (bank.clear.address == self.address))):
            m.d.sync += self.total.eq(0)
        with m.If(self.consumes):
            m.d.sync += [self.last.eq(self.total), self.fresh.eq(1)]
        with m.Elif(adds | bank.consume.en):
            m.d.sync += self.fresh.eq(0)
        self.bank = bank

    def memory(self) -> Value:
        """What the memory holds in the accumulator."""
        return Array(self.inside.words(f"lane{LANE}"))[self.address]


def _build(what: str, inductive: bool) -> Module:
    m = Module()
    each = _Bank(m)
    valid, cleared, address, total = (each.inside.signal(name) for name in ("valid", "cleared", "address", "total"))
    here = address == each.address
    if what == "sum" or inductive:
        require(m, ~(valid & here) | (total == each.total), "the sum under way is right")
        require(m, ((valid | cleared) & here) | (each.memory() == each.total), "the memory holds the sum")
    if what == "consume" or inductive:
        require(m, ~each.fresh | (each.bank.consume.data == each.last), "what is consumed is the sum")
    if what == "clear":
        gone = Signal(3)
        zeroed = each.consumes | (each.bank.clear.en & (each.bank.clear.address == each.address))
        m.d.sync += gone.eq(Mux(each.adds, 0, Cat(zeroed, gone)))
        require(m, ~gone[1] | (each.memory() == 0), "what was consumed or cleared is 0 in the memory")
    if inductive:
        require(m, ~(cleared & here) | (each.total == 0), "what was consumed counts from 0")
        require(m, ~(valid & cleared), "a lane adds or clears")
        require(m, ~each.fresh | (each.inside.signal("lane_now") == LANE), "the lane that was consumed")
    return m


def properties() -> list[Property]:
    """Of the bank with slots, as the ring uses it."""
    covers = "2 lanes, 3 slots of 3 neurons, 10 bits; every accumulator, any number of cycles"
    return [
        Property(name=f"accumulators.{name}", states=states, build=partial(_build, name), method=Method.INDUCTION,
                 depth=2, falsify_depth=8, covers=covers, without="wraps at")
        for name, states in (
            ("sum", "each accumulator holds the sum of all weights since it was consumed or cleared, back to back"),
            ("consume", "what is consumed is that sum, and it stays until the next is consumed"),
            ("clear", "two cycles after it was consumed or cleared an accumulator is 0, unless something was added"),
        )
    ]  # fmt: skip
