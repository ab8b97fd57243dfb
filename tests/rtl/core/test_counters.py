# SPDX-License-Identifier: Apache-2.0
"""Counters and flags: count, wrap, stay, and begin anew."""

from typing import Any

import pytest

from rtl.core.counters import COUNTED, COUNTERS, Counters, Flag
from support.paths import ROOT
from tests.rtl.simulate import simulate


@pytest.mark.parametrize("name", COUNTED)
def test_a_counter_counts_its_own(name: str) -> None:
    counters = Counters(operations_width=4)

    async def bench(ctx: Any) -> None:
        step = {"synaptic_operations": 11, "cycles": 2}.get(name, 1)
        ctx.set(getattr(counters, f"count_{name}"), step)
        await ctx.tick().repeat(3 if name == "cycles" else 4)
        assert {each: ctx.get(getattr(counters, each)) for each in COUNTED} == {
            each: 3 * step if each == name else 0 for each in COUNTED
        }
        ctx.set(counters.clear, 1)
        await ctx.tick()
        assert ctx.get(getattr(counters, name)) == 0, "clear wins over a count"
        ctx.set(getattr(counters, f"count_{name}"), 0)
        ctx.set(counters.clear, 0)
        await ctx.tick().repeat(2)
        assert ctx.get(getattr(counters, name)) == 0, "nothing of before is counted behind it"

    simulate(counters, bench)


def test_flags_stay_until_cleared() -> None:
    counters = Counters(operations_width=4)

    async def bench(ctx: Any) -> None:
        for flag in (Flag.BAD_TOKEN, Flag.OVERFLOW):
            ctx.set(counters.raised, 1 << flag)
            await ctx.tick()
        ctx.set(counters.raised, 0)
        await ctx.tick().repeat(5)
        assert ctx.get(counters.flags) == 1 << Flag.BAD_TOKEN | 1 << Flag.OVERFLOW
        ctx.set(counters.raised, 1 << Flag.TOO_LONG)
        ctx.set(counters.clear, 1)
        await ctx.tick()
        assert ctx.get(counters.flags) == 0

    simulate(counters, bench)


def test_the_documents_name_every_counter_and_flag() -> None:
    for page in ("architecture.md", "microarchitecture.md"):
        text = (ROOT / "docs" / page).read_text()
        assert [name for name in COUNTERS if f"| `{name}` |" not in text] == []
    text = (ROOT / "docs" / "architecture.md").read_text()
    assert [flag for flag in Flag if f"| {flag.value} | {flag.name} |" not in text] == []
