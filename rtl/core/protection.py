# SPDX-License-Identifier: Apache-2.0
"""Check bits of a memory's words: parity, or a code that corrects one error and detects two (SECDED).

The code is Hsiao's ("A class of optimal minimum odd-weight-column SEC-DED codes", 1970): each data bit is in an odd
number of checks, at least three of them, no two bits in the same ones. So one error leaves the syndrome of its bit,
which is odd, and two errors leave one that is even and not 0.
"""

from itertools import combinations

from amaranth.hdl import Cat, Module, Signal, Value
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from model.config import Protection, check_bits


def columns(width: int, checks: int) -> list[tuple[int, ...]]:
    """The checks of each data bit, fewest first; as many bits in one check as in another, nearly."""
    load = [0] * checks
    found: list[tuple[int, ...]] = []
    for weight in range(3, checks + 1, 2):
        left = list(combinations(range(checks), weight))
        while left and len(found) < width:
            best = min(left, key=lambda column: (max(load[check] for check in column), sum(load[c] for c in column)))
            left.remove(best)
            found.append(best)
            for check in best:
                load[check] += 1
    return found


def checks_of(data: Value, protection: Protection) -> Value:
    """The check bits that belong to data; no bits without protection."""
    if protection is Protection.NONE:
        return Cat()
    if protection is Protection.PARITY:
        return data.xor()
    number = check_bits(len(data), protection)
    members: list[list[Value]] = [[] for _ in range(number)]
    for bit, column in zip(data, columns(len(data), number), strict=True):
        for check in column:
            members[check].append(bit)
    return Cat(Cat(some).xor() for some in members)


class Encoder(wiring.Component):
    """``word`` is ``data``, and above it the check bits. Combinational: latency 0, no back-pressure."""

    def __init__(self, width: int, protection: Protection) -> None:
        self._protection = protection
        super().__init__({"data": In(width), "word": Out(width + check_bits(width, protection))})

    def elaborate(self, platform: object) -> Module:
        m = Module()
        m.d.comb += self.word.eq(Cat(self.data, checks_of(self.data, self._protection)))
        return m


class Checker(wiring.Component):
    """``data`` of a word that was read, one wrong bit of it put right if the code can.

    ``corrected``: it was, or a check bit was wrong, which does no harm. ``failed``: the data are wrong, and it cannot
    be told where. With parity an odd number of wrong bits fails, none is corrected; SECDED corrects one and fails with
    two. Combinational: latency 0, no back-pressure.
    """

    def __init__(self, width: int, protection: Protection) -> None:
        self._width, self._protection = width, protection
        ports = {"data": Out(width), "corrected": Out(1), "failed": Out(1)}
        super().__init__({"word": In(width + check_bits(width, protection)), **ports})

    def elaborate(self, platform: object) -> Module:
        m = Module()
        width = self._width
        read = self.word[:width]
        number = check_bits(width, self._protection)
        syndrome = Signal(max(1, number))
        m.d.comb += [syndrome.eq(checks_of(read, self._protection) ^ self.word[width:]), self.data.eq(read)]
        if self._protection is Protection.PARITY:
            m.d.comb += self.failed.eq(syndrome[0])
        if self._protection is Protection.SECDED:
            wrong = Cat(syndrome == sum(1 << check for check in column) for column in columns(width, number))
            alone = Cat(syndrome == 1 << check for check in range(number))
            m.d.comb += [
                self.data.eq(read ^ wrong),
                self.corrected.eq(wrong.any() | alone.any()),
                self.failed.eq((syndrome != 0) & ~self.corrected),
            ]
        return m
