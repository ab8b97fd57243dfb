# SPDX-License-Identifier: Apache-2.0
"""One of the two event queues of the SCDQ: a FIFO around a synchronous memory."""

from typing import Any

from amaranth.hdl import Assert, Module, Mux, Shape, ShapeLike, Signal, Value
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from model.config import QueueMemory
from rtl.memories import Banked, ColumnMemory, apart_memory


class EventQueue(wiring.Component):
    """FIFO of ``depth`` entries; the read data follow the pop by one cycle, as synchronous RAM gives them.

    ``pop`` asks for the oldest entry: ``data`` shows it from the next cycle on and holds it until the next ``pop``.
    One ``push`` and one ``pop`` a cycle; an entry can be popped the cycle after it was pushed. ``level`` is the number
    of entries, ``filled`` says whether there is one, and ``full`` that there are ``last`` + 1, which the user leaves
    alone while there are any. The user never pops an empty queue, nor pushes one with ``depth`` entries; both are
    asserted. ``memory`` says what the queue is made of: RAM, or flip-flops with the same timing.
    """

    def __init__(self, *, shape: ShapeLike, depth: int, memory: QueueMemory) -> None:
        if depth < 1:
            raise ValueError(f"depth must be at least 1, not {depth!r}")
        self._shape, self._depth, self._memory = shape, depth, memory
        super().__init__(
            {
                "push": In(1),
                "push_data": In(shape),
                "pop": In(1),
                "data": Out(shape),
                "level": Out(range(depth + 1)),
                "last": In(range(depth)),
                "filled": Out(1),
                "full": Out(1),
            }
        )

    @property
    def depth(self) -> int:
        """Number of entries."""
        return self._depth

    def elaborate(self, platform: object) -> Module:
        m = Module()
        write, read_en, read_addr, read_data = self._words(m, platform)
        head = Signal(range(self._depth))
        tail = Signal(range(self._depth))

        def after(index: Signal) -> Value:
            return Mux(index == self._depth - 1, 0, index + 1)

        m.d.comb += [
            write.en.eq(self.push),
            write.addr.eq(tail),
            Value.cast(write.data).eq(Value.cast(self.push_data)),
            read_en.eq(self.pop),
            read_addr.eq(head),
            Value.cast(self.data).eq(read_data),
        ]
        with m.If(self.push):
            m.d.sync += tail.eq(after(tail))
        with m.If(self.pop):
            m.d.sync += head.eq(after(head))
        with m.If(self.push & ~self.pop):
            m.d.sync += [self.level.eq(self.level + 1), self.filled.eq(1), self.full.eq(self.level == self.last)]
        with m.If(self.pop & ~self.push):
            m.d.sync += [self.level.eq(self.level - 1), self.filled.eq(self.level != 1), self.full.eq(0)]
        m.d.sync += [
            Assert(~self.pop | (self.level != 0), "event queue: pop of an empty queue"),
            Assert(~self.push | (self.level != self._depth), "event queue: push to a full queue"),
        ]
        return m

    def _words(self, m: Module, platform: object) -> tuple[Any, Signal, Signal, Value]:
        """The memory: its write port, and enable, address and data of its read port."""
        bits = Shape.cast(self._shape).width
        if self._memory is QueueMemory.RAM and isinstance(platform, Banked) and platform.column(self._depth) < bits:
            columns = ColumnMemory(bits, self._depth, platform.column(self._depth))
            m.submodules.memory = columns
            return columns.write, columns.en, columns.addr, columns.data
        style = {"ram_style": "registers"} if self._memory is QueueMemory.REGISTERS else {}
        m.submodules.memory = memory = apart_memory(self._shape, self._depth, style)
        write, read = memory.write_port(), memory.read_port()
        return write, read.en, read.addr, Value.cast(read.data)
