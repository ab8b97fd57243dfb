# SPDX-License-Identifier: Apache-2.0
"""The accumulator bank: what arrives at each neuron, per delay slot, one memory per lane."""

from amaranth.hdl import Assert, Cat, Format, Module, Mux, Signal, signed
from amaranth.lib import wiring
from amaranth.lib.data import ArrayLayout
from amaranth.lib.memory import Memory
from amaranth.lib.wiring import In

from model.config import CoreConfig
from model.limits import VALUE_BITS
from rtl.bundles import AddSignature, ClearSignature, ConsumeSignature


class AccumulatorBank(wiring.Component):
    """``lanes`` memories of ``slots`` accumulators per neuron; neuron h is in lane h mod lanes at index h div lanes.

    - ``add``: in every cycle, each lane with ``valid`` adds ``weight`` to accumulator (slot, target). Any word may
      follow any other: a read of what the word before still writes sees the new value (transparent port). The sum is
      in the memory 2 cycles later: read (1), written (1).
    - ``consume``: reads accumulator (slot ``now``, ``index``) of a lane; ``data`` shows it a cycle later until the next
      ``consume``, and the accumulator is 0 by then.
    - ``clear``: sets an address of every lane to 0, in a cycle; addresses are slot * 2**target_bits + target index.

    Never used at the same time: the core adds in the synapse phase, consumes in the neuron phase, clears between
    samples; asserted. No back-pressure.
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
        consume_address = Cat(self.consume.index, self.add.now)
        lane_now = Signal.like(self.consume.lane)
        consumed = Signal(ArrayLayout(signed(self._config.accumulator_bits), lanes))
        with m.If(self.consume.en):
            m.d.sync += lane_now.eq(self.consume.lane)
        m.d.comb += self.consume.data.eq(consumed[lane_now])

        for lane in range(lanes):
            memory = Memory(
                shape=signed(self._config.accumulator_bits), depth=self._config.accumulators_per_lane, init=[]
            )
            m.submodules[f"lane{lane}"] = memory
            write = memory.write_port()
            read = memory.read_port(transparent_for=(write,))
            mine = self.consume.en & (self.consume.lane == lane)
            valid, cleared = Signal(), Signal()
            weight = Signal(signed(VALUE_BITS))
            address = Signal(range(self._config.accumulators_per_lane))
            # The wider of the two, and a bit of growth for their sum.
            total = Signal(signed(max(self._config.accumulator_bits, VALUE_BITS) + 1))
            m.d.comb += [
                read.en.eq(self.add.lanes[lane].valid | mine),
                read.addr.eq(Mux(mine, consume_address, Cat(self.add.lanes[lane].target, self.add.slot))),
                consumed[lane].eq(read.data),
                total.eq(read.data + weight),
                write.en.eq(valid | cleared | self.clear.en),
                write.addr.eq(Mux(self.clear.en, self.clear.address, address)),
                write.data.eq(Mux(valid, total, 0)),
            ]
            with m.If(read.en):
                m.d.sync += [weight.eq(self.add.lanes[lane].weight), address.eq(read.addr)]
            m.d.sync += [
                valid.eq(self.add.lanes[lane].valid),
                cleared.eq(mine),
                Assert(
                    ~valid | (write.data == total),
                    Format("accumulator of lane {} address {} wraps at {}", lane, address, total),
                ),
                Assert(~(valid & self.clear.en), "accumulators: a word is added while the bank is cleared"),
                Assert(~(valid & mine), "accumulators: a word is added while a neuron is updated"),
            ]
        return m
