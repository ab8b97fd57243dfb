# SPDX-License-Identifier: Apache-2.0
"""The accumulator bank: what arrives at each neuron, per delay slot, one memory per lane."""

from itertools import pairwise

from amaranth.hdl import Array, Assert, Cat, Const, Format, Module, Mux, Signal, Value, signed
from amaranth.lib import wiring
from amaranth.lib.data import ArrayLayout, StructLayout
from amaranth.lib.wiring import In

from model.config import CoreConfig
from model.limits import VALUE_BITS
from rtl.bundles import AddSignature, ClearSignature, ConsumeSignature
from rtl.memories import apart_memory


class AccumulatorBank(wiring.Component):
    """``lanes`` memories of ``slots`` accumulators per neuron; neuron h is in lane h mod lanes at index h div lanes.

    - ``add``: in every cycle, each lane with ``valid`` adds ``weight`` to accumulator (slot, target). Any word may
      follow any other: what the three words before it make is forwarded. The sum is in the memory 4 cycles later: read
      (1), registered (1), added (1), written (1).
    - ``consume``: reads accumulator (slot ``now``, ``index``) of a lane, which is 0 in the memory 4 cycles later;
      ``data`` shows it two moves later.
    - ``clear``: sets an address of every lane to 0, in a cycle; addresses are slot * 2**target_bits + target index.

    Never used at the same time: the core adds in the synapse phase, consumes in the neuron phase, clears between
    samples. A word is followed by a cycle of nothing before an accumulator is consumed, and ``consume.go`` is high in
    the five cycles after it; nothing is cleared in the three cycles after a word or a consumption, nor is what was
    consumed read. No back-pressure.
    """

    def __init__(self, config: CoreConfig) -> None:
        self._config = config
        super().__init__(
            {
                "add": In(AddSignature(config)),
                "consume": In(ConsumeSignature(config)),
                "clear": In(ClearSignature(config)),
            }
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        lanes = self._config.lanes
        values = Signal(ArrayLayout(signed(self._config.accumulator_bits), lanes))
        read_lane, lane_now = Signal.like(self.consume.lane), Signal.like(self.consume.lane)
        with m.If(self.consume.go):
            m.d.sync += [read_lane.eq(self.consume.lane), lane_now.eq(read_lane)]
        m.d.comb += self.consume.data.eq(values[lane_now])
        for lane in range(lanes):
            m.d.comb += values[lane].eq(self._lane(m, lane))
        return m

    def _lane(self, m: Module, lane: int) -> Value:
        """The memory of a lane and what adds to it; what the accumulator holds that was read last, registered."""
        bits, add = self._config.accumulator_bits, self.add.lanes[lane]
        memory = apart_memory(signed(bits), self._config.accumulators_per_lane)
        m.submodules[f"lane{lane}"] = memory
        read, write = memory.read_port(), memory.write_port()
        consumes, consumed, uses = Signal(), Signal(), Signal()
        asks = self.consume.en if self._config.lanes == 1 else self.consume.asks
        m.d.comb += [
            consumes.eq(self.consume.en & (self.consume.lane == lane)),
            uses.eq(add.valid | consumes),
            read.en.eq(add.valid | (asks & (self.consume.lane == lane))),
            read.addr.eq(Mux(add.valid, Cat(add.target, self.add.slot), Cat(self.consume.index, self.add.now))),
        ]
        # An accumulator that is read, one that is added to, one that is written; ``adds``: not to 0, which it becomes
        # when it was consumed.
        stage = StructLayout({"valid": 1, "adds": 1, "address": len(read.addr)})
        stages = reading, adding, writing = [Signal(stage, name=name) for name in ("reading", "adding", "writing")]
        wrote = Signal()
        m.d.sync += [reading.valid.eq(uses), wrote.eq(writing.valid)]
        m.d.sync += [after.valid.eq(before.valid) for before, after in pairwise(stages)]
        with m.If(uses):
            m.d.sync += [reading.adds.eq(add.valid), reading.address.eq(read.addr)]
        for before, after in pairwise(stages):
            with m.If(before.valid):
                m.d.sync += [after.adds.eq(before.adds), after.address.eq(before.address)]

        # What is read: in the memory, or the sum of a word so many before it, which is not there yet.
        read_from, taken_from = Signal(range(len(stages) + 1)), Signal(range(len(stages) + 1))
        nearest: Value = Const(0)
        for distance, each in reversed([*enumerate(stages, 1)]):
            nearest = Mux(each.valid & each.adds & (each.address == read.addr), distance, nearest)
        with m.If(uses):
            m.d.sync += read_from.eq(nearest)
        # Not reset, so that it may be the output register of block RAM.
        shown = Signal(signed(bits), reset_less=True)
        with m.If(self.consume.go):
            m.d.sync += consumed.eq(consumes)
        with m.If((reading.valid & reading.adds) | (consumed & self.consume.go)):
            m.d.sync += [shown.eq(read.data), taken_from.eq(read_from)]

        sums = [Signal(signed(bits), name=f"sum{age}") for age in range(len(stages))]
        read_weight, weight = Signal(signed(VALUE_BITS)), Signal(signed(VALUE_BITS))
        # The wider of the two, and a bit of growth for their sum.
        value, total = Signal(signed(bits)), Signal(signed(max(bits, VALUE_BITS) + 1))
        m.d.comb += [
            value.eq(Array([shown, *sums])[taken_from]),
            total.eq(value + weight),
            write.en.eq(writing.valid | self.clear.en),
            write.addr.eq(Mux(self.clear.en, self.clear.address, writing.address)),
            write.data.eq(sums[0]),
        ]
        with m.If(add.valid):
            m.d.sync += read_weight.eq(add.weight)
        with m.If(reading.valid):
            m.d.sync += weight.eq(read_weight)
        with m.If(adding.valid | writing.valid | wrote):
            m.d.sync += [sums[0].eq(Mux(adding.valid & adding.adds, total, 0))]
            m.d.sync += [after.eq(before) for before, after in pairwise(sums)]
        used = Cat(each.valid for each in stages).any()
        again = Cat(each.valid & ~each.adds & (each.address == read.addr) for each in stages).any()
        m.d.sync += [
            Assert(
                ~(adding.valid & adding.adds) | (total == total[:bits].as_signed()),
                Format("accumulator of lane {} address {} wraps at {}", lane, adding.address, total),
            ),
            Assert(~(used & self.clear.en), "accumulators: one is under way while the bank is cleared"),
            Assert(~(reading.valid & reading.adds & consumes), "accumulators: a word was added a cycle ago"),
            Assert(~(uses & again), "accumulators: one is read that is being consumed"),
        ]
        return value
