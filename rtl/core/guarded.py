# SPDX-License-Identifier: Apache-2.0
"""A memory of the image, as the build guards it."""

from typing import Any, NamedTuple

from amaranth.hdl import Const, Module, Signal, Value
from amaranth.lib import wiring
from amaranth.lib.data import View

from model.config import Protection
from rtl.core.protection import Checker, Encoder
from rtl.memories import apart_memory


class Guarded(NamedTuple):
    """The read port of such a memory, latency 1 cycle."""

    en: Signal
    addr: Signal
    data: Any
    """Right, if it is or can be put right."""
    corrected: Value
    """The word that was read had an error, which does no harm: in the cycle in which the word is there."""
    failed: Value
    """It is wrong."""


def guarded(m: Module, name: str, *, shape: Any, depth: int, write: Any, protection: Protection) -> Guarded:
    """A memory of words of ``shape``, a submodule of that name; ``write``: the component's own write port.

    With check bits they are added as words are written, and looked at as they are read, in the same cycles as without.
    """
    if protection is Protection.NONE:
        m.submodules[name] = plain = apart_memory(shape, depth)
        wiring.connect(m, wiring.flipped(write), plain.write_port())
        port = plain.read_port()
        return Guarded(port.en, port.addr, port.data, Const(0), Const(0))
    width = shape.size
    encoder, checker = Encoder(width, protection), Checker(width, protection)
    m.submodules[f"{name}_encoder"], m.submodules[f"{name}_checker"] = encoder, checker
    m.submodules[name] = memory = apart_memory(len(encoder.word), depth)
    into, out = memory.write_port(), memory.read_port()
    fresh = Signal(name=f"{name}_fresh")
    m.d.sync += fresh.eq(out.en)
    m.d.comb += [
        encoder.data.eq(Value.cast(write.data)),
        into.en.eq(write.en),
        into.addr.eq(write.addr),
        into.data.eq(encoder.word),
        checker.word.eq(out.data),
    ]
    data = View(shape, checker.data)
    return Guarded(out.en, out.addr, data, checker.corrected & fresh, checker.failed & fresh)
