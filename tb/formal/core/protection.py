# SPDX-License-Identifier: Apache-2.0
"""The check bits of a memory: every word, every place of an error, and every pair of places."""

from functools import partial

from amaranth.asserts import AnyConst
from amaranth.hdl import Assume, Module, Signal

from model.config import Protection
from rtl.core.protection import Checker, Encoder
from tb.formal.prop import Method, Property, require

WIDTHS = (1, 4, 11, 26, 42)
"""One bit; codes with all columns that there are, and codes with fewer. Checks are sums modulo 2, so wider words are no
other thing: ``tests/rtl/core/test_protection.py`` goes through every column and every pair of the wide ones."""


def _build(protection: Protection, errors: int, _inductive: bool) -> Module:
    m = Module()
    for width in WIDTHS:
        _word(m, width, protection, errors)
    return m


def _word(m: Module, width: int, protection: Protection, errors: int) -> None:
    """A word with any data, of which ``errors`` bits, any of them, become wrong in the memory."""
    encoder, checker = Encoder(width, protection), Checker(width, protection)
    m.submodules += [encoder, checker]
    size = len(encoder.word)
    wrong = Signal(size, name=f"wrong{width}")
    m.d.comb += [encoder.data.eq(AnyConst(width)), checker.word.eq(encoder.word ^ wrong)]
    places = [Signal(range(size), name=f"place{width}_{number}") for number in range(errors)]
    for place in places:
        m.d.comb += [place.eq(AnyConst(len(place))), Assume(place < size)]
    if errors == 0:
        m.d.comb += wrong.eq(0)
    elif errors == 1:
        m.d.comb += wrong.eq(1 << places[0])
    else:
        m.d.comb += [wrong.eq((1 << places[0]) ^ (1 << places[1])), Assume(places[0] != places[1])]
    same, what = checker.data == encoder.data, f"{width} bits"
    if errors == 0:
        require(m, same & ~checker.corrected & ~checker.failed, f"a right word of {what} is left alone")
    elif errors == 2:
        require(m, checker.failed & ~checker.corrected, f"two errors in {what} are told")
    elif protection is Protection.PARITY:
        require(m, checker.failed & ~checker.corrected, f"an error in {what} is told")
    else:
        require(m, same & checker.corrected & ~checker.failed, f"an error in {what} is put right")


def properties() -> list[Property]:
    """Of parity and of SECDED, for words of several widths."""
    covers = f"words of {', '.join(map(str, WIDTHS))} data bits, any data, any place; no state, so one cycle is all"
    return [
        Property(name=f"protection.{name}", states=states, build=partial(_build, protection, errors),
                 method=Method.INDUCTION, depth=1, falsify_depth=1, covers=covers)
        for name, protection, errors, states in (
            ("parity-clean", Protection.PARITY, 0, "a word without an error passes unchanged, and nothing is raised"),
            ("parity-detects", Protection.PARITY, 1, "every single wrong bit, check bit included, is detected"),
            ("secded-clean", Protection.SECDED, 0, "a word without an error passes unchanged, and nothing is raised"),
            ("secded-corrects", Protection.SECDED, 1, "every single wrong bit, check bits included, is put right"),
            ("secded-detects", Protection.SECDED, 2, "every pair of wrong bits is detected, and nothing is corrected"),
        )
    ]  # fmt: skip
