# SPDX-License-Identifier: Apache-2.0
"""Memories whose read port never needs what is written in the same cycle."""

from collections.abc import Mapping

from amaranth.hdl import ShapeLike
from amaranth.lib.memory import Memory

APART = "ports_apart"
"""Attribute of a memory in Verilog and RTLIL: what a read gives is not used if its address is written in that cycle."""


def apart_memory(shape: ShapeLike, depth: int, attrs: Mapping[str, int | str] | None = None) -> Memory:
    """A memory of zeros whose user never uses a read of the address that is written in the same cycle.

    Such a read gives the old word, in simulation and proofs. Block RAM gives that at the price of comparing addresses,
    and of a multiplexer behind it; synthesis (``flow.synthesis.ecp5``) leaves both away for a memory that says so.
    """
    return Memory(shape=shape, depth=depth, init=[], attrs={**(attrs or {}), APART: 1})
