# SPDX-License-Identifier: Apache-2.0
"""Small arithmetic, for every value."""

from collections.abc import Callable
from fractions import Fraction
from typing import Any

import pytest
from amaranth.hdl import Module, Signal, Value, signed
from amaranth.sim import Simulator

from model.limits import LEAK_BITS
from rtl.arith import count_ones, few_ones, lowest_set, shift_leak


def values(shape: Any, function: Callable[[Module, Value], Value], inputs: list[int]) -> list[int]:
    """What ``function`` makes of each input."""
    m = Module()
    given = Signal(shape)
    result = Signal.like(function(m, given))
    m.d.comb += result.eq(function(m, given))
    found = []

    async def bench(ctx: Any) -> None:
        for each in inputs:
            ctx.set(given, each)
            await ctx.delay(1e-9)
            found.append(ctx.get(result))

    simulator = Simulator(m)
    simulator.add_testbench(bench)
    simulator.run()
    return found


@pytest.mark.parametrize("bits", [1, 2, 5, 8])
def test_bits_of_a_mask(bits: int) -> None:
    masks = list(range(1 << bits))
    assert values(bits, lambda m, mask: count_ones(mask), masks) == [mask.bit_count() for mask in masks]
    assert values(bits, lambda m, mask: few_ones(mask), masks) == [min(mask.bit_count(), 3) for mask in masks]
    lowest = [(mask & -mask).bit_length() - 1 if mask else 0 for mask in masks]
    assert values(bits, lowest_set, masks) == lowest


@pytest.mark.parametrize("bits", [9, 16, 30, 96, 130])
def test_the_lowest_bit_of_a_long_mask(bits: int) -> None:
    """Each bit alone, below others, and none."""
    above = [(0x5A5A5A5B << place) % (1 << bits) for place in range(bits)]
    masks = [0, *(1 << place for place in range(bits)), *above]
    lowest = [(mask & -mask).bit_length() - 1 if mask else 0 for mask in masks]
    assert values(bits, lowest_set, masks) == lowest


def test_a_leak_rounds_toward_zero() -> None:
    one = 1 << LEAK_BITS
    products = [sign * (k * one + rest) for sign in (-1, 1) for k in (0, 1, 7) for rest in (0, 1, one - 1)]
    expected = [int(Fraction(product, one)) for product in products]
    assert values(signed(LEAK_BITS + 4), lambda m, product: shift_leak(product), products) == expected
