# SPDX-License-Identifier: Apache-2.0
"""A UART against another one, at any ratio of clock and baud rate, and against clocks that are off."""

from typing import Any

import pytest
from amaranth.hdl import Module

from rtl.board.uart import FRACTION, Uart
from tests.rtl.simulate import simulate

BYTES = [0x00, 0xFF, 0x55, 0xAA, 0x01, 0x80, 0x7E]


def over(sender: Uart, receiver: Uart, sent: list[int]) -> list[int]:
    """What a receiver makes of what a sender sends, one byte right after the other."""
    m, seen = Module(), list[int]()
    m.submodules += sender, receiver
    m.d.comb += [receiver.rx.eq(sender.tx), sender.rx.eq(1)]

    async def feed(ctx: Any) -> None:
        for byte in sent:
            ctx.set(sender.line.payload, byte)
            ctx.set(sender.line.valid, 1)
            await ctx.tick().until(sender.line.ready)
        ctx.set(sender.line.valid, 0)

    async def take(ctx: Any) -> None:
        for _ in range(12 * len(sent) * ((1 << FRACTION) // sender.increment + 1) + 50):
            await ctx.tick()
            if ctx.get(receiver.strobe):
                seen.append(ctx.get(receiver.byte))

    simulate(m, take, background=[feed])
    return seen


@pytest.mark.parametrize("ratio", [4, 4.3, 7, 8.68, 12, 33.3])
def test_every_ratio(ratio: float) -> None:
    assert over(Uart(ratio * 3e6, 3e6), Uart(ratio * 3e6, 3e6), BYTES) == BYTES


@pytest.mark.parametrize("off", [0.97, 1.03])
def test_clocks_that_are_off(off: float) -> None:
    """Three in a hundred, more than any oscillator, at a ratio at which it can work."""
    assert over(Uart(36e6 * off, 3e6), Uart(36e6, 3e6), BYTES) == BYTES


def test_a_byte_without_stop_bit_is_none() -> None:
    uart, seen = Uart(8e6, 1e6), list[int]()

    async def bench(ctx: Any) -> None:
        for level, cycles in ((1, 20), (0, 85), (1, 40), (0, 8), (1, 100)):  # a break, then 0xFF
            ctx.set(uart.rx, level)
            for _ in range(cycles):
                await ctx.tick()
                if ctx.get(uart.strobe):
                    seen.append(ctx.get(uart.byte))

    simulate(uart, bench)
    assert seen == [0xFF]


def test_a_clock_that_is_too_slow() -> None:
    with pytest.raises(ValueError, match=r"^clock must be at least 4 times the baud rate of 3e\+06, not 1e\+07$"):
        Uart(10e6, 3e6)
