# SPDX-License-Identifier: Apache-2.0
"""A memory of the image, as the build guards it."""

from typing import Any, NamedTuple

from amaranth.hdl import Const, Module, Signal, Value
from amaranth.lib.data import View

from model.config import Protection, check_bits
from rtl.core.protection import Checker, Encoder
from rtl.memories import Banked, DeepMemory, apart_memory


class Guarded(NamedTuple):
    """The read port of such a memory, latency 1 cycle, or 2 if it is registered."""

    en: Signal
    addr: Signal
    data: Any
    """Right, if it is or can be put right."""
    corrected: Value
    """The word that was read had an error, which does no harm: in the cycle in which the word is there."""
    failed: Value
    """It is wrong."""


def guarded(m: Module, name: str, *, shape: Any, depth: int, write: Any, protection: Protection,
            registered: bool = False, platform: object = None) -> Guarded:  # fmt: skip
    """A memory of words of ``shape``, a submodule of that name; ``write``: the component's own write port.

    With check bits they are added as words are written, and looked at as they are read, in the same cycles as without.
    ``registered``: the word that was read goes through a register, in which the banks of a deep memory meet.
    """
    bare = protection is Protection.NONE
    stored = shape if bare else shape.size + check_bits(shape.size, protection)
    if registered and isinstance(platform, Banked) and depth > platform.words:
        m.submodules[name] = deep = DeepMemory(stored, depth, platform)
        into, en, addr, word = deep.write, deep.en, deep.addr, deep.data
    else:
        m.submodules[name] = memory = apart_memory(stored, depth)
        into, out = memory.write_port(), memory.read_port()
        en, addr, word = out.en, out.addr, out.data
        if registered:
            # Not reset: the output register of block RAM, which it may become, has no reset of its own.
            word = Signal(stored, name=f"{name}_read", reset_less=True)
            reading = Signal(name=f"{name}_reading")
            m.d.sync += reading.eq(en)
            with m.If(reading):
                m.d.sync += word.eq(out.data)
    m.d.comb += [into.en.eq(write.en), into.addr.eq(write.addr)]
    if bare:
        m.d.comb += into.data.eq(write.data)
        return Guarded(en, addr, word, Const(0), Const(0))
    encoder, checker = Encoder(shape.size, protection), Checker(shape.size, protection)
    m.submodules[f"{name}_encoder"], m.submodules[f"{name}_checker"] = encoder, checker
    fresh = en
    for cycle in range(2 if registered else 1):
        before, fresh = fresh, Signal(name=f"{name}_fresh{cycle}")
        m.d.sync += fresh.eq(before)
    m.d.comb += [encoder.data.eq(Value.cast(write.data)), into.data.eq(encoder.word), checker.word.eq(word)]
    return Guarded(en, addr, View(shape, checker.data), checker.corrected & fresh, checker.failed & fresh)
