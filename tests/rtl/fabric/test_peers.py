# SPDX-License-Identifier: Apache-2.0
"""Peers: how far senders and listeners are ahead, against a count of steps for each of them."""

from typing import Any

import numpy as np
import pytest

from rtl.fabric.peers import Peers
from tests.rtl.simulate import simulate

NODES = 5


@pytest.mark.parametrize("seed", range(4))
def test_against_counted_steps(seed: int) -> None:
    """Any order that the rules of docs/multicore.md allow, and ends of step of cores that are no peers."""
    rng = np.random.default_rng(seed)
    peers = Peers(NODES)
    senders, listeners = {0, 1}, {1, 3}
    count, own = dict.fromkeys(range(NODES), 0), 0

    async def bench(ctx: Any) -> None:
        nonlocal own
        ctx.set(peers.senders, sum(1 << each for each in senders))
        ctx.set(peers.listeners, sum(1 << each for each in listeners))
        for _ in range(400):
            may_begin = all(count[each] >= own for each in senders)
            may_send = all(count[each] >= own for each in listeners)
            assert ctx.get(peers.may_begin) == may_begin
            assert ctx.get(peers.may_send) == may_send
            assert ctx.get(peers.parity) == own % 2
            core = int(rng.integers(NODES))
            # A peer is at most a step ahead, for it waits for this core in turn.
            arrives = rng.random() < 0.5 and (core not in senders | listeners or count[core] <= own)
            ctx.set(peers.core, core)
            ctx.set(peers.arrived, int(arrives))
            if core in senders and count[core] <= own:
                # Its spikes come before its end of step: they are of step count[core], for the one after.
                assert ctx.get(peers.half) == (count[core] + 1) % 2
            completes = may_begin and may_send and rng.random() < 0.4
            ctx.set(peers.completed, int(completes))
            await ctx.tick()
            count[core] += arrives
            own += completes

    simulate(peers, bench)
    assert own > 20


def test_without_peers_nothing_is_waited_for() -> None:
    peers = Peers(NODES)

    async def bench(ctx: Any) -> None:
        ctx.set(peers.completed, 1)
        for step in range(5):
            assert ctx.get(peers.may_begin)
            assert ctx.get(peers.may_send)
            assert ctx.get(peers.parity) == step % 2
            await ctx.tick()

    simulate(peers, bench)


@pytest.mark.parametrize(
    ("port", "message"),
    [
        ("arrived", "peers: a core is two steps ahead"),
        ("completed", "peers: a step was completed without its inputs or room for its spikes"),
    ],
)
def test_a_broken_rule_is_asserted(port: str, message: str) -> None:
    peers = Peers(NODES)

    async def bench(ctx: Any) -> None:
        ctx.set(peers.senders, 1)
        ctx.set(getattr(peers, port), 1)
        for _ in range(3):
            await ctx.tick()

    with pytest.raises(AssertionError, match=message):
        simulate(peers, bench)
