# SPDX-License-Identifier: Apache-2.0
"""train.layers.recurrent against a loop that is left to autograd, and in integers against ``train.layers.integer``."""

import itertools

import pytest
import torch
from torch import Tensor

from model.network import Reset
from tests.train.layers.test_lif import SLOPE, Spike
from train.config.run import NoiseConfig
from train.layers.noise import EventNoise, event_noise
from train.layers.recurrent import RecurrentScan
from train.ops.scan import Rule

LEVELS = (1, 2, 5, 30)
"""The last one never arrives."""
STEPS, BATCH, NEURONS = 13, 3, 4


def loop(x: Tensor, kernel: Tensor, alpha: Tensor, beta: Tensor | None, bias: Tensor,  # noqa: PLR0917
         threshold: Tensor, reset: Reset, noise: EventNoise | None) -> tuple[Tensor, Tensor]:  # fmt: skip
    i = v = torch.zeros_like(x[0])
    spikes: list[Tensor] = []
    potentials = []
    for t, arrivals in enumerate(x):
        # The whole of what was sent so far, anew at each step: as it is drawn for feed-forward synapses.
        heard = torch.stack([*spikes, *[torch.zeros_like(v)] * (len(x) - t)])
        heard = heard if noise is None else noise(heard)
        total = arrivals + sum(heard[t - d] @ kernel[k] for k, d in enumerate(LEVELS) if d <= t)
        i = total if beta is None else beta * i + total
        v = alpha * v + i + bias
        s = Spike.apply(v, threshold)
        spikes.append(s)
        potentials.append(v)
        v = v * (1 - s.detach()) if reset is Reset.ZERO else v - threshold * s.detach()
    return torch.stack(spikes), torch.stack(potentials)


NOISE = [
    NoiseConfig(), NoiseConfig(dropped=0.3), NoiseConfig(spurious=0.2), NoiseConfig(delay_jitter=0.5),
    NoiseConfig(dropped=0.3, spurious=0.2, delay_jitter=0.5),
]  # fmt: skip


@pytest.mark.parametrize(("reset", "leaky"), list(itertools.product((Reset.ZERO, Reset.SUBTRACT), (False, True))))
@pytest.mark.parametrize("config", NOISE, ids=lambda config: "-".join(config.model_dump(exclude_defaults=True)))
def test_scan_equals_autograd(reset: Reset, leaky: bool, config: NoiseConfig) -> None:
    torch.manual_seed(2)
    noise = event_noise(torch.zeros(STEPS, BATCH, NEURONS, dtype=torch.float64), config)
    assert (noise is None) == (not config)
    generator = torch.Generator().manual_seed(3)

    def normal(*shape: int) -> Tensor:
        return torch.randn(shape, generator=generator, dtype=torch.float64)

    alpha, beta = torch.rand(2, NEURONS, generator=generator, dtype=torch.float64)
    inputs = [
        normal(STEPS, BATCH, NEURONS), normal(len(LEVELS), NEURONS, NEURONS), alpha, normal(NEURONS),
        0.5 + normal(NEURONS).abs(), *([beta] if leaky else []),
    ]  # fmt: skip
    mix = normal(2, STEPS, BATCH, NEURONS)
    results = []
    for scan in (False, True):
        x, kernel, a, bias, threshold, *rest = leaves = [each.clone().requires_grad_() for each in inputs]
        b = rest[0] if rest else None
        if scan:
            spikes, potential = RecurrentScan.apply(x, kernel, LEVELS, a, b, bias, threshold, Rule(reset, SLOPE), noise)
        else:
            spikes, potential = loop(x, kernel, a, b, bias, threshold, reset, noise)
        (spikes * mix[0] + potential * mix[1]).sum().backward()
        results.append((spikes, potential, [each.grad for each in leaves]))
    (want, want_potential, wanted), (got, got_potential, grads) = results
    assert torch.equal(got, want)
    assert 0 < want.mean() < 1
    torch.testing.assert_close(got_potential, want_potential)
    for mine, reference in zip(grads, wanted, strict=True):
        torch.testing.assert_close(mine, reference)
    assert wanted[1] is not None
    assert not wanted[1][-1].any()
