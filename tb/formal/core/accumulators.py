# SPDX-License-Identifier: Apache-2.0
"""The accumulator bank: any accumulator holds what was added to it since it was read or cleared, at any time."""

from functools import partial
from itertools import pairwise

from amaranth.asserts import AnyConst
from amaranth.hdl import Array, Assume, Cat, Const, Module, Mux, Signal, Value, signed

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

    Assumed: words are added, accumulators consumed, and addresses cleared never side by side; nothing is consumed in
    the cycle after a word; nothing is cleared, nor what was consumed read, in the three cycles after a word or a
    consumption; the pipeline of the neurons does not stop in the five cycles after a word. The sum does not leave the
    accumulator's range (the compiler proves that). While the neurons stop, what is asked for is in another lane than
    what was consumed.
    """

    def __init__(self, m: Module) -> None:
        bank = AccumulatorBank(CONFIG)
        self.inside = Elaborated(bank)
        m.submodules.bank = self.inside.fragment
        arbitrary(
            m, bank.add.lanes, bank.add.slot, bank.add.now, bank.consume.en, bank.consume.lane, bank.consume.index
        )
        arbitrary(m, bank.consume.go, bank.consume.asks, bank.clear.en, bank.clear.address)
        self.address = Signal(range(CONFIG.accumulators_per_lane))
        m.d.comb += [self.address.eq(AnyConst(len(self.address))), Assume(self.address < CONFIG.accumulators_per_lane)]
        m.d.comb += Assume((bank.add.slot < CONFIG.slots) & (bank.add.now < CONFIG.slots))
        m.d.comb += Assume((bank.consume.lane < CONFIG.lanes) & (bank.consume.go | ~bank.consume.en))
        adds = Cat(bank.add.lanes[lane].valid for lane in range(CONFIG.lanes)).any()
        # In how many cycles before this one; the youngest first.
        self.added, self.consumed = Signal(5), Signal(3)
        m.d.sync += [self.added.eq(Cat(adds, self.added)), self.consumed.eq(Cat(bank.consume.en, self.consumed))]
        consume, self.pending = bank.consume, Signal()
        with m.If(consume.go):
            m.d.sync += self.pending.eq(consume.en)
        another = consume.lane != self.inside.signal("read_lane")
        m.d.comb += Assume(Mux(consume.en, consume.asks, ~consume.asks | ~self.pending | another))
        m.d.comb += Assume(adds + bank.consume.en + bank.clear.en <= 1)
        m.d.comb += Assume(~(self.added[0] & bank.consume.en) & (bank.consume.go | ~self.added.any()))
        m.d.comb += Assume(~(bank.clear.en & (self.added[:3].any() | self.consumed.any())))
        m.d.comb += Assume(~(adds & self.consumed.any()))
        # What was consumed, in each of these cycles; it is not consumed again.
        place = Cat(bank.consume.lane, bank.consume.index, bank.add.now)
        places = [Signal.like(place, name=f"place{age}") for age in range(3)]
        m.d.sync += [after.eq(before) for before, after in pairwise([place, *places])]
        again = [was & (each == place) for was, each in zip(self.consumed, places, strict=True)]
        m.d.comb += Assume(~(bank.consume.en & Cat(again).any()))
        mine = Cat(Const(LANE, len(bank.consume.lane)), self.address)
        self.emptied = [was & (each == mine) for was, each in zip(self.consumed, places, strict=True)]
        """Whether the accumulator was consumed, a cycle ago, two, three."""

        word = bank.add.lanes[LANE]
        self.adds = word.valid & (Cat(word.target, bank.add.slot) == self.address)
        here = Cat(bank.consume.index, bank.add.now) == self.address
        self.consumes = bank.consume.en & (bank.consume.lane == LANE) & here
        self.total = Signal(signed(CONFIG.accumulator_bits))
        # The value at its last consumption: while it is being read, and from when it is shown until another is.
        self.read, self.last = (Signal(signed(CONFIG.accumulator_bits), name=name) for name in ("read", "last"))
        self.reading, self.showing = Signal(), Signal()
        following = Signal(signed(CONFIG.accumulator_bits + 2))
        low, high = -(1 << (CONFIG.accumulator_bits - 1)), (1 << (CONFIG.accumulator_bits - 1)) - 1
        m.d.comb += following.eq(self.total + Mux(self.adds, word.weight, 0))
        m.d.comb += Assume((following >= low) & (following <= high))
        m.d.sync += self.total.eq(following)
        with m.If(self.consumes | (bank.clear.en & (bank.clear.address == self.address))):
            m.d.sync += self.total.eq(0)
        with m.If(bank.consume.go):
            m.d.sync += [self.reading.eq(self.consumes), self.showing.eq(self.reading), self.last.eq(self.read)]
        with m.If(self.consumes):
            m.d.sync += self.read.eq(self.total)
        with m.If(adds):
            m.d.sync += [self.reading.eq(0), self.showing.eq(0)]
        self.bank = bank

    def memory(self) -> Value:
        """What the memory holds in the accumulator."""
        return Array(self.inside.words(f"lane{LANE}"))[self.address]


def _build(what: str, inductive: bool) -> Module:
    m = Module()
    each = _Bank(m)
    inside = each.inside
    _, adding, _ = stages = [inside.signal(name) for name in ("reading", "adding", "writing")]
    here = [stage.valid & stage.adds & (stage.address == each.address) for stage in stages]
    clears = [stage.valid & ~stage.adds & (stage.address == each.address) for stage in stages]
    pending = Cat(clears).any()
    sums, total, data = inside.signal("sums"), inside.signal("total"), inside.signal("read").data
    # The sum without the word whose accumulator is being read, and without the one that is being added.
    before = Signal(signed(CONFIG.accumulator_bits + 2))
    stored = Signal(signed(CONFIG.accumulator_bits + 3))
    m.d.comb += before.eq(each.total - Mux(here[0], inside.signal("read_weight"), 0))
    m.d.comb += stored.eq(before - Mux(here[1], inside.signal("weight"), 0))
    takes = Array([data, Mux(adding.valid & adding.adds, total, 0), sums[0], sums[1]])[inside.signal("read_from")]
    if what == "sum" or inductive:
        require(m, ~here[0] | (takes == before), "what is read is what the words before it make")
        require(m, ~here[1] | (total == before), "the sum under way is right")
        require(m, pending | ~here[2] | (sums[0] == stored), "the sum that is written is right")
        require(m, pending | here[2] | (each.memory() == stored), "the memory holds the sum")
    if what == "consume" or inductive:
        require(m, ~each.showing | (each.bank.consume.data == each.last), "what is consumed is the sum")
    if what == "clear":
        gone = Signal(5)
        m.d.sync += gone.eq(Mux(each.adds, 0, Cat(each.consumes, gone)))
        require(m, ~gone[3] | (each.memory() == 0), "what was consumed is 0 in the memory")
        cleared = Signal()
        m.d.sync += cleared.eq(each.bank.clear.en & (each.bank.clear.address == each.address))
        require(m, ~cleared | (each.memory() == 0), "what was cleared is 0 in the memory")
    if inductive:
        _under_way(m, each, here=here, clears=clears, takes=takes)
    return m


def _under_way(m: Module, each: _Bank, *, here: list[Value], clears: list[Value], takes: Value) -> None:
    """What the stages hold, and where from."""
    inside = each.inside
    stages = [inside.signal(name) for name in ("reading", "adding", "writing")]
    adds = [stage.valid & stage.adds for stage in stages]
    require(m, ~Cat(clears).any() | ((each.total == 0) & ~Cat(here[:2]).any()), "what was consumed counts from 0")
    for age, stage in enumerate(stages):
        require(m, ~clears[age] | each.emptied[age], f"it was consumed {age} cycles ago")
        require(m, ~adds[age] | each.added[age], f"a word of {age} cycles ago")
        require(m, ~stage.valid | stage.adds | each.consumed[age], f"a consumption of {age} cycles ago")
    sums = inside.signal("sums")
    require(m, adds[2] | (sums[0] == 0), "only a word is written as anything but 0")
    # Sums are not shifted when nothing is under way: what is read from one has a word in that place.
    origin = inside.signal("read_from")
    moves, wrote = stages[0].valid, inside.signal("wrote")
    require(m, ~moves | (origin != 1) | adds[1], "read from the word before")
    require(m, ~moves | (origin != 2) | adds[2], "read from the one before that")
    require(m, ~moves | (origin != 3) | (wrote & each.added[3]), "read from the third")
    require(m, ~each.reading | (origin == 0) | moves, "it is read at once from a word under way")
    taken, added = inside.signal("taken_from"), each.added
    recent = (taken == 0) | ((taken == 2) & added[3]) | ((taken == 3) & added[4])
    require(m, ~each.showing | recent, "a sum that is shown moves on")
    still = ~(each.reading | each.showing) | ~adds[0]
    require(m, still, "no word is read while an accumulator is consumed")
    comes = inside.signal("consumed") & (inside.signal("read_lane") == LANE) & (takes == each.read)
    require(m, ~each.reading | each.pending, "it was asked for")
    require(m, ~each.reading | comes, "what is being read is the sum")
    require(m, ~each.showing | (inside.signal("lane_now") == LANE), "the lane that was consumed")


def properties() -> list[Property]:
    """Of the bank with slots, as the ring uses it."""
    covers = "2 lanes, 3 slots of 3 neurons, 10 bits; every accumulator, any number of cycles"
    return [
        Property(name=f"accumulators.{name}", states=states, build=partial(_build, name), method=Method.INDUCTION,
                 depth=5, falsify_depth=8, covers=covers, without="wraps at")
        for name, states in (
            ("sum", "each accumulator holds the sum of all weights since it was consumed or cleared, back to back"),
            ("consume", "what is consumed is that sum two moves later, and it stays until the next move"),
            ("clear", "four cycles after it was consumed, one after it was cleared, an accumulator is 0"),
        )
    ]  # fmt: skip
