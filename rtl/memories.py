# SPDX-License-Identifier: Apache-2.0
"""Memories whose read port never needs what is written in the same cycle."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from amaranth.hdl import Array, Module, Shape, ShapeLike, Signal, Value
from amaranth.lib import wiring
from amaranth.lib.memory import Memory, WritePort
from amaranth.lib.wiring import In, Out

BYTE = 9
"""Bits of a byte of block RAM: there is one for parity."""
APART = "ports_apart"
"""Attribute of a memory in Verilog and RTLIL: what a read gives is not used if its address is written in that cycle."""


def apart_memory(shape: ShapeLike, depth: int, attrs: Mapping[str, int | str] | None = None) -> Memory:
    """A memory of zeros whose user never uses a read of the address that is written in the same cycle.

    Such a read gives the old word, in simulation and proofs. Block RAM gives that at the price of comparing addresses,
    and of a multiplexer behind it; synthesis (``flow.synthesis.ecp5``) leaves both away for a memory that says so.
    """
    return Memory(shape=shape, depth=depth, init=[], attrs={**(attrs or {}), APART: 1})


@dataclass(frozen=True, kw_only=True)
class Banked:
    """A platform of Amaranth whose memories are blocks: a deep one is made of banks, each registered by itself.

    Behind the multiplexer of its banks a word would come too late for a fast clock. In simulation, in proofs and in
    plain Verilog (no platform) a memory is one, with the same cycles.
    """

    words: int
    """Most words of a bank, a power of two; a block holds so many of BYTE bits."""

    def column(self, depth: int) -> int:
        """Bits of each word that one block holds if it holds them of ``depth`` words."""
        return max(1, self.words * BYTE >> (depth - 1).bit_length())


class BlockMemory(wiring.Component):
    """The ports of an ``apart_memory`` that is made of several: ``write``, a write port for the user, and a read."""

    def __init__(self, shape: ShapeLike, depth: int) -> None:
        self._shape, self._depth = shape, depth
        bits = (depth - 1).bit_length()
        super().__init__(
            {
                "write": In(WritePort.Signature(addr_width=bits, shape=shape)),
                "en": In(1),
                "addr": In(bits),
                "data": Out(shape),
            }
        )


class DeepMemory(BlockMemory):
    """An ``apart_memory`` in banks as deep as the blocks of a platform, each in columns: ``data`` shows the word at
    ``addr`` two cycles after ``en``, for a cycle at least."""

    def __init__(self, shape: ShapeLike, depth: int, blocks: Banked) -> None:
        super().__init__(shape, depth)
        self._blocks = blocks

    def elaborate(self, platform: object) -> Module:
        m = Module()
        words, bits = self._blocks.words, Shape.cast(self._shape).width
        inside = (words - 1).bit_length()
        chosen = [Signal(len(self.addr[inside:]), name=name) for name in ("read", "shown")]
        m.d.sync += [chosen[0].eq(self.addr[inside:]), chosen[1].eq(chosen[0])]
        shown: list[Any] = []
        for number, start in enumerate(range(0, self._depth, words)):
            depth = min(words, self._depth - start)
            # In columns, for a last bank of less depth would be mapped to several blocks behind a multiplexer.
            bank = ColumnMemory(bits, depth, self._blocks.column(depth))
            m.submodules[f"bank{number}"] = bank
            # Not reset, as in ``rtl.core.guarded``.
            shown.append(Signal(self._shape, name=f"shown{number}", reset_less=True))
            m.d.comb += [
                bank.write.en.eq(self.write.en & (self.write.addr[inside:] == number)),
                bank.write.addr.eq(self.write.addr),
                bank.write.data.eq(Value.cast(self.write.data)),
                bank.en.eq(self.en & (self.addr[inside:] == number)),
                bank.addr.eq(self.addr),
            ]
            m.d.sync += Value.cast(shown[-1]).eq(bank.data)
        m.d.comb += self.data.eq(Array(shown)[chosen[1]])
        return m


class ColumnMemory(BlockMemory):
    """An ``apart_memory`` in columns of so many bits: ``data`` shows the word at ``addr`` a cycle after ``en``.

    Where a column is what one block holds, no multiplexer of blocks is behind them, so that a register that takes
    ``data`` can be the blocks' own.
    """

    def __init__(self, bits: int, depth: int, column: int) -> None:
        super().__init__(bits, depth)
        self._columns = [range(start, min(start + column, bits)) for start in range(0, bits, column)]

    def elaborate(self, platform: object) -> Module:
        m = Module()
        for number, column in enumerate(self._columns):
            m.submodules[f"column{number}"] = memory = apart_memory(len(column), self._depth)
            write, read = memory.write_port(), memory.read_port()
            bits = slice(column.start, column.stop)
            m.d.comb += [
                write.en.eq(self.write.en),
                write.addr.eq(self.write.addr),
                write.data.eq(self.write.data[bits]),
                read.en.eq(self.en),
                read.addr.eq(self.addr),
                self.data[bits].eq(read.data),
            ]
        return m
