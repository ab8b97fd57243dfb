# SPDX-License-Identifier: Apache-2.0
"""The collector: what comes from behind goes first, then the core's own spikes in order, then its read-outs."""

from typing import Any

import pytest

from rtl.fabric.collector import Collector
from rtl.fabric.layouts import OutKind
from rtl.layouts import Kind
from tests.rtl.fabric.builds import CONFIG, CORE, NUMBER
from tests.rtl.simulate import TestBench, sends, simulate, takes

SPIKES = [{"kind": Kind.EVENT, "neuron": n % CORE.neurons} for n in range(20)] + [{"kind": Kind.EOS, "neuron": 0}]
READOUTS = [{"neuron": n, "potential": n - 3, "potential_sum": -100 * n} for n in range(6)]
BEHIND = [{"kind": OutKind.READOUT, "core": 3, "neuron": n % 6, "potential": -n, "potential_sum": n} for n in range(20)]


@pytest.mark.parametrize("idle", [0.0, 0.3, 0.7])
def test_nothing_is_lost_and_each_source_stays_in_order(idle: float) -> None:
    collector, seen = Collector(CONFIG, NUMBER), list[dict[str, int]]()
    simulate(
        collector,
        sends(collector.spikes, SPIKES, idle=idle, seed=3),
        sends(collector.readouts, READOUTS, idle=idle, seed=4),
        sends(collector.behind, BEHIND, idle=idle, seed=5),
        takes(collector.out, seen, len(SPIKES) + len(READOUTS) + len(BEHIND), idle=idle),
    )
    mine = [token for token in seen if token["core"] == NUMBER]
    assert [token for token in seen if token["core"] == 3] == [{name: int(v) for name, v in b.items()} for b in BEHIND]
    assert [(token["kind"], token["neuron"]) for token in mine if token["kind"] != OutKind.READOUT] == [
        (token["kind"], token["neuron"]) for token in SPIKES
    ]
    readouts = [token for token in mine if token["kind"] == OutKind.READOUT]
    assert [{name: token[name] for name in READOUTS[0]} for token in readouts] == READOUTS


def test_who_goes_first() -> None:
    """All three are there at once: from behind, then spikes, then the read-outs."""
    collector, seen = Collector(CONFIG, NUMBER), list[dict[str, int]]()

    def after(cycles: int, bench: TestBench) -> TestBench:
        async def delayed(ctx: Any) -> None:
            for _ in range(cycles):
                await ctx.tick()
            await bench(ctx)

        return delayed

    # Two of the spikes are in front of all, for they were merged before anything else came.
    simulate(
        collector,
        sends(collector.spikes, SPIKES[:3]),
        after(9, sends(collector.readouts, READOUTS[:2])),
        after(9, sends(collector.behind, BEHIND[:4])),
        after(12, takes(collector.out, seen, 9)),
    )
    assert [(token["core"], token["kind"]) for token in seen] == [
        *[(NUMBER, OutKind.EVENT)] * 2, *[(3, OutKind.READOUT)] * 4, (NUMBER, OutKind.EVENT),
        *[(NUMBER, OutKind.READOUT)] * 2,
    ]  # fmt: skip


def test_the_spikes_of_a_step_find_room_whatever_the_host_does() -> None:
    collector = Collector(CONFIG, NUMBER)

    async def bench(ctx: Any) -> None:
        ctx.set(collector.spikes.valid, 1)
        for _ in range(CORE.neurons + 1):
            assert ctx.get(collector.spikes.ready)
            await ctx.tick()
        await ctx.tick().repeat(8)
        assert not ctx.get(collector.spikes.ready), "a host that takes nothing stops the core in the end"

    simulate(collector, bench)
