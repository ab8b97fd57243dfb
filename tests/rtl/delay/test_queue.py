# SPDX-License-Identifier: Apache-2.0
# amaranth: UnusedElaboratable=no
"""The event queue: first in, first out, a cycle later."""

from collections import deque
from typing import Any

import numpy as np
import pytest

from model.config import QueueMemory
from rtl.delay.queue import EventQueue
from tests.rtl.simulate import simulate


@pytest.mark.parametrize("memory", list(QueueMemory))
@pytest.mark.parametrize("depth", [1, 2, 5, 8])
def test_what_goes_in_comes_out_in_order(depth: int, memory: QueueMemory) -> None:
    queue, held, rng = EventQueue(shape=12, depth=depth, memory=memory), deque[int](), np.random.default_rng(depth)

    async def bench(ctx: Any) -> None:
        shown = None
        ctx.set(queue.last, depth - 1)
        for cycle in range(300):
            assert ctx.get(queue.level) == len(held)
            assert ctx.get(queue.filled) == (len(held) > 0)
            assert ctx.get(queue.full) == (len(held) == depth)
            assert shown is None or ctx.get(queue.data) == shown
            push = len(held) < depth and rng.random() < 0.6
            pop = bool(held) and rng.random() < 0.5
            ctx.set(queue.push, int(push))
            ctx.set(queue.push_data, cycle)
            ctx.set(queue.pop, int(pop))
            shown = held.popleft() if pop else shown
            if push:
                held.append(cycle)
            await ctx.tick()

    simulate(queue, bench)


@pytest.mark.parametrize(("port", "message"), [("push", "push to a full queue"), ("pop", "pop of an empty queue")])
def test_a_wrong_use_is_asserted(port: str, message: str) -> None:
    queue = EventQueue(shape=8, depth=2, memory=QueueMemory.RAM)

    async def bench(ctx: Any) -> None:
        ctx.set(getattr(queue, port), 1)
        for _ in range(4):
            await ctx.tick()

    with pytest.raises(AssertionError, match=message):
        simulate(queue, bench)


def test_a_depth_of_none_is_refused() -> None:
    with pytest.raises(ValueError, match="depth must be at least 1, not 0"):
        EventQueue(shape=8, depth=0, memory=QueueMemory.RAM)
