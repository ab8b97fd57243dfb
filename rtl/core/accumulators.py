"""The accumulator bank: what arrives at each neuron, per delay slot, one memory per lane."""

from amaranth.hdl import Assert, Cat, Format, Module, Mux, Signal, signed
from amaranth.lib import wiring
from amaranth.lib.data import ArrayLayout, StructLayout
from amaranth.lib.memory import Memory
from amaranth.lib.wiring import In, Out

from model.config import CoreConfig


def addend_layout(config: CoreConfig) -> StructLayout:
    """What one lane adds in a cycle."""
    return StructLayout({"valid": 1, "target": config.target_bits, "weight": signed(8)})


class AccumulatorBank(wiring.Component):
    """``lanes`` memories of ``slots`` accumulators per neuron; neuron h is in lane h mod lanes at index h div lanes.

    - ``add``: in every cycle, each lane with ``valid`` adds ``weight`` to accumulator (``add_slot``, target). Any word
      may follow any other: a read of what the word before still writes sees the new value (transparent port). The
      sum is in the memory 2 cycles later.
    - ``consume``: reads accumulator (``consume_slot``, ``consume_index``) of lane ``consume_lane``; ``consumed`` shows
      it from the next cycle on until the next ``consume``, and the accumulator is 0 by then.
    - ``clear``: sets accumulator ``clear_address`` of every lane to 0, in a cycle; addresses are slot * 2**target_bits
      + target index.

    Never used at the same time: the core adds in the synapse phase, consumes in the neuron phase, clears between
    samples; asserted. No back-pressure.
    """

    def __init__(self, config: CoreConfig) -> None:
        self._config = config
        super().__init__(
            {
                "add": In(ArrayLayout(addend_layout(config), config.lanes)),
                "add_slot": In(range(config.slots)),
                "consume": In(1),
                "consume_slot": In(range(config.slots)),
                "consume_lane": In(range(config.lanes)),
                "consume_index": In(config.target_bits),
                "consumed": Out(signed(config.accumulator_bits)),
                "clear": In(1),
                "clear_address": In(range(self.depth)),
            }
        )

    @property
    def depth(self) -> int:
        """Accumulators in a lane's memory."""
        return self._config.slots << self._config.target_bits

    def elaborate(self, platform: object) -> Module:
        m = Module()
        lanes = self._config.lanes
        consume_address = Cat(self.consume_index, self.consume_slot)
        lane_now = Signal.like(self.consume_lane)
        consumed = Signal(ArrayLayout(signed(self._config.accumulator_bits), lanes))
        with m.If(self.consume):
            m.d.sync += lane_now.eq(self.consume_lane)
        m.d.comb += self.consumed.eq(consumed[lane_now])

        for lane in range(lanes):
            memory = Memory(shape=signed(self._config.accumulator_bits), depth=self.depth, init=[])
            m.submodules[f"lane{lane}"] = memory
            write = memory.write_port()
            read = memory.read_port(transparent_for=(write,))
            mine = self.consume & (self.consume_lane == lane)
            valid, cleared = Signal(), Signal()
            weight = Signal(signed(8))
            address = Signal(range(self.depth))
            total = Signal(signed(max(self._config.accumulator_bits, 8) + 1))
            m.d.comb += [
                read.en.eq(self.add[lane].valid | mine),
                read.addr.eq(Mux(mine, consume_address, Cat(self.add[lane].target, self.add_slot))),
                consumed[lane].eq(read.data),
                total.eq(read.data + weight),
                write.en.eq(valid | cleared | self.clear),
                write.addr.eq(Mux(self.clear, self.clear_address, address)),
                write.data.eq(Mux(valid, total, 0)),
            ]
            m.d.sync += [
                valid.eq(self.add[lane].valid),
                cleared.eq(mine),
                weight.eq(self.add[lane].weight),
                address.eq(read.addr),
                Assert(
                    ~valid | (write.data == total),
                    Format("accumulator of lane {} address {} wraps at {}", lane, address, total),
                ),
                Assert(~(valid & self.clear), "accumulators: a word is added while the bank is cleared"),
                Assert(~(valid & mine), "accumulators: a word is added while a neuron is updated"),
            ]
        return m
