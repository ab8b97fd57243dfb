# SPDX-License-Identifier: Apache-2.0
"""train.ops.compiled against train.ops.scan in float32, and in integers against exact ones."""

import itertools

import numpy as np
import pytest
import torch

from model.network import Reset
from train.ops import compiled, scan
from train.ops.scan import Rule

STEPS, BATCH, NEURONS = 19, 3, 21


def inputs(leaky: bool, neurons: int) -> tuple[torch.Tensor, ...]:
    generator = torch.Generator().manual_seed(4)
    alpha, beta, bias = torch.rand(3, neurons, generator=generator)
    threshold = 0.5 + torch.rand(neurons, generator=generator)
    batch = BATCH if neurons == NEURONS else 37
    arrivals = torch.randn(STEPS, batch, neurons, generator=generator)
    return arrivals, alpha, beta if leaky else None, bias, threshold  # type: ignore[return-value]


@pytest.mark.parametrize(("reset", "leaky"), list(itertools.product(Reset, (False, True))))
@pytest.mark.parametrize("given", ["spikes", "potentials", "both"])
@pytest.mark.parametrize("neurons", [21, 48, 700])
def test_both_scans_agree(reset: Reset, leaky: bool, given: str, neurons: int) -> None:
    """Less than a tile of columns, a few and a part of one, and rows longer than a tile."""
    arrivals, alpha, beta, bias, threshold = inputs(leaky, neurons)
    rule = Rule(reset, 10.0)
    want = scan._forward(arrivals, alpha, beta, bias, threshold, rule)
    got = compiled.forward(arrivals, alpha, beta, bias, threshold, rule)
    for mine, reference in zip(got, want, strict=True):
        torch.testing.assert_close(mine, reference)
    generator = torch.Generator().manual_seed(5)
    grads = torch.randn(2, *arrivals.shape, generator=generator)
    of_spikes = None if given == "potentials" else grads[0]
    of_potentials = None if given == "spikes" else grads[1]
    _, potential, current = want
    saved = (of_spikes, of_potentials, alpha, beta, threshold, current, potential, rule, True)
    for mine, reference in zip(compiled.backward(*saved), scan._backward(*saved), strict=True):
        if reference is None:
            assert mine is None
        else:
            torch.testing.assert_close(mine, reference, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("leaky", [False, True])
@pytest.mark.parametrize("reset", list(Reset))
def test_integers_are_exact_up_to_the_clamp(reset: Reset, leaky: bool) -> None:
    """Potentials of 19 bits times leaks of 12 are more than float32 holds."""
    random = np.random.default_rng(6)
    vmax = (1 << 19) - 1
    arrivals = random.integers(-60000, 90000, (60, BATCH, NEURONS))
    alpha, beta = random.integers(3900, 4096, (2, NEURONS))
    bias, threshold = random.integers(-500, 500, NEURONS), random.integers(300000, vmax + 1, NEURONS)
    rule, i, v = Rule(reset, 10.0, vmax), np.zeros((BATCH, NEURONS), np.int64), np.zeros((BATCH, NEURONS), np.int64)
    want, fired = [], []
    for x in arrivals:
        # Toward zero, as the contract rounds.
        i = x + (np.sign(i) * (np.abs(i) * beta // 4096) if leaky else 0)
        v = np.clip(np.sign(v) * (np.abs(v) * alpha // 4096) + i + bias, -vmax - 1, vmax)
        s = (v >= threshold) & (reset is not Reset.NONE)
        want.append(v)
        fired.append(s)
        v = np.where(s, 0 if reset is Reset.ZERO else v - threshold, v)

    def real(values: np.ndarray, divisor: int = 1) -> torch.Tensor:
        return torch.from_numpy(values).float() / divisor

    for forward in (compiled.forward, scan._forward):
        spikes, potential, _ = forward(
            real(arrivals), real(alpha, 4096), real(beta, 4096) if leaky else None, real(bias), real(threshold), rule
        )
        assert np.array_equal(potential.long().numpy(), np.stack(want))
        assert np.array_equal(spikes.bool().numpy(), np.stack(fired))
    assert np.stack(want).max() == vmax or reset is not Reset.NONE
