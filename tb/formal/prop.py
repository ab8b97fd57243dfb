# SPDX-License-Identifier: Apache-2.0
"""What a proof is: a property, a design that states it, and how it is to be shown."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from amaranth.asserts import AnySeq
from amaranth.hdl import Assert, Assume, ClockDomain, Module, Signal, Value
from amaranth.lib import stream

from tb.netlist.netlist import elaborated_design


class Method(StrEnum):
    """How a property is shown."""

    INDUCTION = "induction"
    """k-induction: for traces of any length."""
    BOUNDED = "bounded"
    """Bounded model checking: for every trace from reset of up to ``depth`` cycles."""


@dataclass(frozen=True, kw_only=True)
class Property:
    """One proof."""

    name: str
    """Unique; ``<block>.<property>``."""
    states: str
    """What holds, in a sentence."""
    build: Callable[[bool], Module]
    """Makes the design under its assumptions, with its assertions; if its argument is true, invariants that only serve
    an induction among them. Nothing of the design is an input."""
    method: Method
    depth: int
    """The k of k-induction, or the cycles of a bounded check."""
    falsify_depth: int
    """Cycles from reset in which a counterexample of a broken variant is looked for."""
    covers: str
    """Parameters of the build, and why the depth is enough."""

    without: str | None = None
    """Part of the message of the RTL's own assertions that are left out: they say what is not assumed here."""
    cut: str = ""
    """Yosys selection of cells, after equal ones were merged, whose results become arbitrary: what holds then holds
    whatever they compute. A product that RTL and property both make of the same factors is one cell."""

    def netlist(self, *, falsify: bool = False) -> str:
        """The design as RTLIL, module ``top``; to ``falsify`` it, without the invariants."""
        return to_netlist(self.build(not falsify and self.method is Method.INDUCTION), without=self.without)


def to_netlist(design: Module, *, without: str | None = None) -> str:
    """A design as RTLIL, module ``top``; its clock is the only input, and it starts from its initial values.

    Assertions of the RTL itself are proven as well, but for those whose message has ``without``.
    """
    m = Module()
    m.domains.sync = domain = ClockDomain("sync", reset_less=True)
    m.submodules.design = design
    # Without the port the clock would be constant, and every proof would hold of a design that never moves.
    netlist = elaborated_design(m, "top", [domain.clk])
    if without is not None:
        cell = rf'  cell \$check \S+\n    parameter \\FORMAT "[^"\n]*{without}.*?\n  end\n'
        netlist, count = re.subn(cell, "", netlist, flags=re.DOTALL)
        if not count:
            raise ValueError(f"no assertion says {without!r}: the RTL has changed, and the property must follow")
    return named(netlist)


CHECK = re.compile(r'(  cell \$check )\$(\d+)(\n    parameter \\FORMAT "([^"\n]*)")')
"""An assertion in RTLIL, with its message."""


def named(netlist: str) -> str:
    """The netlist with each assertion called after its message, so that the solver's report names it."""

    def rename(found: re.Match[str]) -> str:
        message = re.sub(r"[^A-Za-z0-9]+", "_", found[4]).strip("_") or "unnamed"
        return f"{found[1]}\\{message}__{found[2]}{found[3]}"

    return CHECK.sub(rename, netlist)


def require(m: Module, condition: Value, name: str) -> None:
    """Assert ``condition`` in every cycle; ``name`` is that of the assertion in the solver's report."""
    m.d.comb += Assert(condition, name)


def arbitrary(m: Module, *signals: Value) -> None:
    """Let each signal take any value in every cycle."""
    for signal in signals:
        m.d.comb += Value.cast(signal).eq(AnySeq(len(Value.cast(signal))))


def held(m: Module, port: stream.Interface, name: str, *, unless: Value) -> Value:
    """Whether ``port`` keeps the rule of streams: what is offered and not taken is offered again, unchanged.

    ``unless`` excuses the cycle after it: a flush.
    """
    waiting = Signal(name=f"{name}_waiting")
    before = Signal(len(Value.cast(port.payload)), name=f"{name}_before")
    m.d.sync += [
        waiting.eq(port.valid & ~port.ready & ~unless),
        before.eq(Value.cast(port.payload)),
    ]
    return ~waiting | (port.valid & (Value.cast(port.payload) == before))


def offer(m: Module, port: stream.Interface, name: str, *, unless: Value) -> None:
    """Offer arbitrary tokens to ``port``, as a stream may: each is held until it is taken."""
    arbitrary(m, port.valid, port.payload)
    m.d.comb += Assume(held(m, port, name, unless=unless))
