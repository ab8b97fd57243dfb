# SPDX-License-Identifier: Apache-2.0
"""The pipeline of the update alone: its latency, its stops, and the contract's formula in exact fractions."""

from fractions import Fraction
from typing import Any

import numpy as np
import pytest

from model.config import preset
from model.cost.timing import NEURON_STAGES
from model.limits import LEAK_ONE
from model.network import Reset
from rtl.core.update import NeuronUpdate
from tests.rtl.simulate import simulate

CONFIG = preset("odd")


def neuron(rng: np.random.Generator) -> dict[str, Any]:
    """A neuron before its update, within what loader and compiler let in."""
    vmax, vmin = CONFIG.vmax, CONFIG.vmin
    reset = int(rng.integers(3))
    return {
        "parameter": {
            "alpha": int(rng.integers(LEAK_ONE + 1)), "beta": int(rng.integers(LEAK_ONE // 2)),
            "bias": int(rng.integers(vmin, vmax + 1)), "threshold": int(rng.integers(0, vmax + 2)),
            "floor": int(rng.integers(vmin, 1)), "reset": reset,
        },
        "state": {"current": int(rng.integers(vmin, vmax + 1)), "potential": int(rng.integers(vmin, vmax + 1)),
                  "potential_sum": int(rng.integers(-(1 << 20), 1 << 20))},
        "consumed": int(rng.integers(-(1 << (CONFIG.accumulator_bits - 1)), 1 << (CONFIG.accumulator_bits - 1))),
    }  # fmt: skip


def contract(given: dict[str, Any]) -> dict[str, int]:
    """What becomes of a neuron, by docs/contract.md."""
    p, state = given["parameter"], given["state"]
    current = int(Fraction(state["current"] * p["beta"], LEAK_ONE)) + given["consumed"]
    potential = int(Fraction(state["potential"] * p["alpha"], LEAK_ONE)) + current + p["bias"]
    clamped = min(max(potential, p["floor"]), CONFIG.vmax)
    spike = clamped >= p["threshold"]
    after = clamped
    if spike:
        after = {Reset.ZERO: 0, Reset.SUBTRACT: clamped - p["threshold"], Reset.NONE: clamped}[Reset(p["reset"])]
    return {"current": current, "clamped": clamped, "spike": int(spike), "after": after,
            "sum": state["potential_sum"] + after}  # fmt: skip


@pytest.mark.parametrize("stops", [0.0, 0.5])
def test_each_neuron_comes_out_as_the_contract_says(stops: float) -> None:
    rng = np.random.default_rng(2)
    todo = [neuron(rng) for _ in range(200)]
    update = NeuronUpdate(CONFIG)
    seen, moves_in, moves_out = list[dict[str, int]](), list[int](), list[int]()

    async def bench(ctx: Any) -> None:
        moves, entered = 0, 0
        while len(seen) < len(todo):
            go = rng.random() >= stops
            ctx.set(update.go, int(go))
            ctx.set(update.fetch, int(entered < len(todo)))
            ctx.set(update.neuron, entered % CONFIG.neurons)
            if ctx.get(update.valid) and go:
                record, after = ctx.get(update.record), ctx.get(update.after)
                assert record.neuron == len(seen) % CONFIG.neurons
                assert record.spike == ctx.get(update.spike)
                seen.append({"current": record.current, "clamped": record.potential_clamped, "spike": record.spike,
                             "after": after.potential, "sum": after.potential_sum})  # fmt: skip
                moves_out.append(moves)
            await ctx.tick()
            if go:
                if entered < len(todo):
                    for name in ("parameter", "state"):
                        ctx.set(getattr(update, name), todo[entered][name])
                    moves_in.append(moves)
                if 0 < entered <= len(todo):  # what was consumed comes a move later
                    ctx.set(update.consumed, todo[entered - 1]["consumed"])
                entered, moves = entered + 1, moves + 1
        ctx.set(update.fetch, 0)
        await ctx.tick().repeat(NEURON_STAGES + 1)

    simulate(update, bench)
    assert seen == [contract(each) for each in todo]
    assert [out - into for into, out in zip(moves_in, moves_out, strict=True)] == [NEURON_STAGES] * len(todo)
    assert 0 < sum(each["spike"] for each in seen) < len(todo)
