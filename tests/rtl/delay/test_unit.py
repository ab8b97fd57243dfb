# SPDX-License-Identifier: Apache-2.0
"""What all delay units have in common: their ports, and how events are counted."""

from typing import Any

import pytest
from amaranth.hdl import Fragment, Module, Signal

from model.config import DelayUnit, preset
from rtl.delay.unit import DelayUnitBase, DelayUnitSignature, delay_unit
from tests.rtl.simulate import simulate


class Counting(DelayUnitBase):
    """Holds and drops what it is told to."""

    def __init__(self) -> None:
        super().__init__(preset("tiny"))
        self.held, self.dropped = Signal(4), Signal()

    def elaborate(self, platform: object) -> Module:
        m = Module()
        ends = self.rows.valid & self.rows.payload.eos
        self.count_events(m, held=self.held, ends=ends, dropped=self.dropped)
        return m


def test_peak_and_lost() -> None:
    unit = Counting()

    async def bench(ctx: Any) -> None:
        ctx.set(unit.rows.ready, 1)
        ctx.set(unit.rows.payload.eos, 1)

        async def cycle(held: int, ends: int, dropped: int) -> tuple[int, int]:
            for signal, value in ((unit.held, held), (unit.rows.valid, ends), (unit.dropped, dropped)):
                ctx.set(signal, value)
            await ctx.tick()
            return ctx.get(unit.peak), ctx.get(unit.lost)

        for held, dropped in ((9, 0), (3, 1), (12, 1)):
            assert await cycle(held, 0, dropped) == (0, 0)
        assert await cycle(7, 1, 1) == (7, 0), "a peak is one over an end of step; what its own step drops waits"
        assert await cycle(15, 0, 1) == (7, 0)
        assert await cycle(5, 1, 0) == (7, 2), "of the step before"
        assert await cycle(5, 1, 0) == (7, 4), "what was dropped as a step ended belongs to the next one"
        assert await cycle(5, 1, 0) == (7, 4)
        ctx.set(unit.clear_counters, 1)
        await ctx.tick()
        assert (ctx.get(unit.peak), ctx.get(unit.lost)) == (0, 0)

    simulate(unit, bench)


@pytest.mark.parametrize("unit", list(DelayUnit))
def test_every_unit_stands_behind_the_interface(unit: DelayUnit) -> None:
    config = preset("odd", delay_unit=unit)
    built, ports = delay_unit(config), DelayUnitSignature(config)
    found, expected = (
        [(path, member.flow, member.shape) for path, member, _ in signature.flatten(interface)]
        for signature, interface in ((built.signature, built), (ports, ports.create()))
    )
    assert found == expected
    assert built.config == config
    Fragment.get(built, None)
