# SPDX-License-Identifier: Apache-2.0
"""Small arithmetic that several blocks share."""

from collections.abc import Sequence

from amaranth.hdl import Array, Cat, Module, Mux, Signal, Value

from model.limits import LEAK_BITS

GROUP = 8
"""Bits that are counted, or searched, at once; what is found of each group is put together after that."""


def lowest_set(m: Module, mask: Value) -> Signal:
    """Index of the lowest set bit of ``mask``; 0 if none is set. Long masks are searched by groups of GROUP bits."""
    index = Signal(range(max(2, len(mask))))
    if len(mask) > GROUP:
        groups = [mask[start : start + GROUP] for start in range(0, len(mask), GROUP)]
        group = lowest_set(m, Cat(each.any() for each in groups))
        m.d.comb += index.eq(Cat(Array(lowest_set(m, each) for each in groups)[group], group))
        return index
    for i in reversed(range(len(mask))):
        with m.If(mask[i]):
            m.d.comb += index.eq(i)
    return index


def total(values: Sequence[Value]) -> Value:
    """Their sum, as a balanced tree of adders."""
    if len(values) == 1:
        return values[0]
    half = len(values) // 2
    return total(values[:half]) + total(values[half:])


def count_ones(value: Value) -> Value:
    """Number of set bits, as a balanced tree of adders."""
    if len(value) <= 1:
        return value
    half = len(value) // 2
    return count_ones(value[:half]) + count_ones(value[half:])


def few_ones(value: Value) -> Value:
    """Number of set bits, or 3 if there are more than two, as a balanced tree: 2 bits."""
    if len(value) <= 2:
        return count_ones(value)
    half = len(value) // 2
    low, high = few_ones(value[:half]), few_ones(value[half:])
    both = low + high
    return Mux(both > 3, 3, both)[:2]


def shift_leak(product: Value) -> Value:
    """``product / 2**LEAK_BITS``, rounded toward zero: the second half of the contract's leak(x, a)."""
    return (product + Mux(product < 0, (1 << LEAK_BITS) - 1, 0)) >> LEAK_BITS
