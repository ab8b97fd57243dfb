# SPDX-License-Identifier: Apache-2.0
"""train.layers.noise: rates, what is moved where, and that gradients pass what arrives as it was sent."""

import pytest
import torch
from torch import Tensor

from train.config.run import NoiseConfig
from train.layers.noise import delayed, disturbed, event_noise, threshold_factor, weight_factor


def events(*shape: int) -> Tensor:
    return (torch.rand(shape, generator=torch.Generator().manual_seed(2)) < 0.3).float()


def test_dropped_and_spurious_events_have_their_rates() -> None:
    noise = NoiseConfig(dropped=0.25, spurious=0.1)
    torch.manual_seed(0)
    assert disturbed(torch.ones(100, 20, 50), NoiseConfig(dropped=0.25)).mean() == pytest.approx(0.75, abs=0.01)
    assert disturbed(torch.zeros(100, 20, 50), noise).mean() == pytest.approx(0.1, abs=0.01)


def test_a_spurious_event_on_top_of_one_is_one() -> None:
    torch.manual_seed(0)
    assert torch.equal(disturbed(torch.ones(9, 4, 5), NoiseConfig(spurious=0.5)), torch.ones(9, 4, 5))


def test_jitter_moves_sources_by_one_step() -> None:
    x = events(30, 5, 400)
    torch.manual_seed(0)
    got = disturbed(x, NoiseConfig(delay_jitter=0.3))
    moved = (got == delayed(x)).all(0).all(0)
    assert torch.equal(delayed(x)[1:], x[:-1])
    assert not delayed(x)[0].any()
    assert ((got == x).all(0).all(0) | moved).all()
    assert moved.float().mean() == pytest.approx(0.3, abs=0.08)


def test_the_gradient_of_an_event_is_whole_or_none() -> None:
    x = events(30, 5, 40).requires_grad_()
    torch.manual_seed(0)
    noise = event_noise(x, NoiseConfig(dropped=0.2, spurious=0.3))
    assert noise is not None
    assert noise.kept is not None
    noise(x).sum().backward()
    assert x.grad is not None
    assert torch.equal(x.grad, noise.kept)
    assert noise.kept.mean() == pytest.approx(0.8 * 0.7, abs=0.02)


@pytest.mark.parametrize("noise", [None, NoiseConfig(), NoiseConfig(weight_mismatch=0.1)], ids=str)
def test_nothing_is_drawn_for_events_without_noise(noise: NoiseConfig | None) -> None:
    x = events(4, 2, 3)
    state = torch.get_rng_state()
    assert event_noise(x, noise) is None
    assert disturbed(x, noise) is x
    assert threshold_factor(x[0, 0], noise) is None
    assert torch.equal(torch.get_rng_state(), state)


def test_mismatches_have_their_spread() -> None:
    torch.manual_seed(0)
    noise = NoiseConfig(weight_mismatch=0.2, threshold_mismatch=0.5)
    factor, of_thresholds = (
        weight_factor((5, 40, 50), noise, torch.device("cpu")),
        threshold_factor(torch.ones(9000), noise),
    )
    assert factor is not None
    assert of_thresholds is not None
    assert factor.shape == (5, 40, 50)
    assert factor.mean() == pytest.approx(1, abs=0.01)
    assert factor.std() == pytest.approx(0.2, abs=0.01)
    assert of_thresholds.median() == pytest.approx(1, abs=0.03)
    assert of_thresholds.min() == pytest.approx(0.1)
    assert weight_factor((5, 40, 50), NoiseConfig(), torch.device("cpu")) is None
