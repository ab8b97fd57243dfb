# SPDX-License-Identifier: Apache-2.0
"""train.delgrad.spike_times, both ways of computing it: against the integrated equations and central differences."""

from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from tests.train.delgrad.reference import integrated
from train.delgrad import closed, compiled
from train.delgrad.neuron import Neuron, Ratio
from train.delgrad.spike_times import spike_times, way_of

WAYS = (closed, compiled)
STEP = 1e-5
"""Of the central differences."""


def random_layer(seed: int, rows: int, *, batch: int = 12, targets: int = 4, sources: int = 7,
                 dtype: torch.dtype = torch.float64) -> tuple[Tensor, Tensor]:  # fmt: skip
    """Arrivals, some of them missing, and weights, some of them negative."""
    random = torch.Generator().manual_seed(seed)
    arrivals = 3 * torch.rand(batch, rows, sources, generator=random, dtype=dtype)
    arrivals[torch.rand(arrivals.shape, generator=random) < 0.1] = torch.inf
    return arrivals, 0.7 + torch.randn(targets, sources, generator=random, dtype=dtype)


def level_of(weights: Tensor, neuron: Neuron) -> Tensor:
    return weights.new_full((len(weights),), neuron.level)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("ratio", [1, 2])
@pytest.mark.parametrize("rows", [1, 4])
def test_times_are_those_of_the_integrated_equations(way: Any, ratio: Ratio, rows: int) -> None:
    neuron = Neuron(ratio=ratio)
    arrivals, weights = random_layer(ratio, rows, batch=4)
    found = way.spike_times(arrivals, weights, level_of(weights, neuron), neuron)
    expected = [
        [integrated(arrivals[n, j if rows > 1 else 0].numpy(), weights[j].numpy(), neuron.level, ratio)
         for j in range(len(weights))] for n in range(len(arrivals))
    ]  # fmt: skip
    assert np.isfinite(expected).mean() > 0
    np.testing.assert_allclose(found.numpy(), expected, rtol=1e-8)


def loss_of(arrivals: Tensor, weights: Tensor, neuron: Neuron) -> Tensor:
    """A smooth number that every spike enters with a factor of its own."""
    times = spike_times(arrivals, weights, neuron)
    factor = torch.linspace(0.5, 1.5, times.numel(), dtype=times.dtype).view_as(times)
    return (factor * torch.where(times.isfinite(), times, 0)).sum(1)


def causal(arrivals: Tensor, weights: Tensor, neuron: Neuron) -> Tensor:
    times = spike_times(arrivals, weights, neuron)
    return arrivals.expand(-1, len(weights), -1) < times[..., None]


@pytest.mark.parametrize("ratio", [1, 2])
@pytest.mark.parametrize("rows", [1, 4])
@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("of", ["arrivals", "weights"])
def test_gradients_are_central_differences(ratio: Ratio, rows: int, seed: int, of: str) -> None:
    neuron = Neuron(ratio=ratio)
    given = dict(zip(("arrivals", "weights"), random_layer(seed, rows), strict=True))
    values, checked = given[of], 0

    def moved(place: tuple[int, ...], by: float) -> dict[str, Tensor]:
        other = values.clone()
        other[place] += by
        return {**given, of: other}

    # A sample a time: a gradient is only compared where its own causal sets stay.
    exact = []
    for n in range(len(given["arrivals"])):
        leaf = values.clone().requires_grad_()
        (grad,) = torch.autograd.grad(loss_of(**{**given, of: leaf}, neuron=neuron)[n], leaf)
        exact.append(grad)
    for place in np.ndindex(*values.shape):
        if not values[place].isfinite():
            continue
        two, one, less, least = (loss_of(**moved(place, sign * STEP), neuron=neuron) for sign in (2, 1, -1, -2))
        sets = [causal(**moved(place, sign * STEP), neuron=neuron) for sign in (2, 1, 0, -1, -2)]
        fine = (8 * (one - less) - (two - least)) / (12 * STEP)
        # Next to a peak of the drive the time is no polynomial any more, and differences of neither order are right.
        same = (fine - (one - less) / (2 * STEP)).abs() < 1e-6 * (1 + fine.abs())
        for each in sets[1:]:
            same &= (each == sets[0]).all(2).all(1)
        for n in range(len(same)):
            if same[n]:
                assert float(exact[n][place]) == pytest.approx(float(fine[n]), rel=1e-6, abs=1e-8)
                checked += 1
    assert checked > 100


@pytest.mark.parametrize("ratio", [1, 2])
@pytest.mark.parametrize("rows", [1, 4])
@pytest.mark.parametrize(("dtype", "limit"), [(torch.float64, 1e-11), (torch.float32, 1e-3)])
def test_both_ways_agree(ratio: Ratio, rows: int, dtype: torch.dtype, limit: float) -> None:
    neuron = Neuron(ratio=ratio)
    arrivals, weights = random_layer(5, rows, batch=200, dtype=dtype)
    level = level_of(weights, neuron)
    times = [way.spike_times(arrivals, weights, level, neuron) for way in WAYS]
    torch.testing.assert_close(*times, rtol=limit, atol=limit)
    grad = torch.ones_like(times[0])
    for one, other in zip(
        *(way.gradients(grad, times[0], arrivals, weights, level, neuron) for way in WAYS), strict=True
    ):
        torch.testing.assert_close(one, other, rtol=limit, atol=limit * float(other.abs().max()))


def test_many_inputs_are_sorted_another_way() -> None:
    neuron = Neuron()
    arrivals, weights = random_layer(3, 1, sources=compiled.FEW + 30)
    weights = weights / 10
    times = [way.spike_times(arrivals, weights, level_of(weights, neuron), neuron) for way in WAYS]
    torch.testing.assert_close(*times)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("ratio", [1, 2])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("late", [0.0, 90.0, 1e3, 1e5])
def test_late_spikes_overflow_nothing(way: Any, ratio: Ratio, dtype: torch.dtype, late: float) -> None:
    """Inputs 1000 time constants apart, or after a late start: the same spike, that much later."""
    neuron = Neuron(ratio=ratio)
    weights = torch.tensor([[0.1, 4.0, 4.0]], dtype=dtype)
    base = torch.tensor([[[0.0, 1.0, 1.5]]], dtype=dtype)
    level = level_of(weights, neuron)
    # The first input is too weak to matter; it stays, while the others move away from it.
    moved = base + torch.tensor([0.0, late, late], dtype=dtype)
    found = way.spike_times(moved, weights, level, neuron)
    alone = way.spike_times(base[..., 1:], weights[:, 1:], level, neuron)
    assert float(found - late) == pytest.approx(float(alone), abs=0.1 if late == 0 else 1e-2)
    grads = way.gradients(torch.ones_like(found), found, moved, weights, level, neuron)
    assert all(bool(each.isfinite().all()) for each in grads)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("ratio", [1, 2])
def test_at_the_peak_nothing_is_infinite(way: Any, ratio: Ratio) -> None:
    """Weights around the one whose drive just reaches the level: silent below, and a finite gradient above."""
    neuron = Neuron(ratio=ratio)
    peak = 0.25 if ratio == 2 else np.exp(-1)
    exact = neuron.level / peak
    weights = torch.tensor([[exact * (1 + off)] for off in (-1e-9, 1e-15, 1e-12, 1e-9)], dtype=torch.float64)
    level = level_of(weights, neuron)
    times = way.spike_times(torch.zeros(1, 1, 1, dtype=torch.float64), weights, level, neuron)
    assert times[0, 0] == torch.inf
    assert float(times[0, 3]) == pytest.approx(2 * np.log(2) if ratio == 2 else 1.0, abs=1e-3)
    _, grad = way.gradients(
        torch.ones_like(times), times, torch.zeros(1, 1, 1, dtype=torch.float64), weights, level, neuron
    )
    assert bool(grad.isfinite().all())


@pytest.mark.parametrize("way", WAYS)
def test_silent_neurons_pass_nothing_back(way: Any) -> None:
    neuron = Neuron()
    arrivals = torch.full((2, 1, 3), torch.inf, dtype=torch.float64)
    arrivals[1] = 0.5
    weights = torch.tensor([[0.1, 0.1, 0.1], [-1.0, 2.0, -2.0]], dtype=torch.float64)
    times = way.spike_times(arrivals, weights, level_of(weights, neuron), neuron)
    assert bool(times.isinf().all())
    grads = way.gradients(torch.ones_like(times), times, arrivals, weights, level_of(weights, neuron), neuron)
    assert all(bool((each == 0).all()) for each in grads)


@pytest.mark.parametrize("way", WAYS)
def test_simultaneous_inputs_count_together(way: Any) -> None:
    neuron = Neuron()
    weights = torch.tensor([[1.5, 1.5]], dtype=torch.float64)
    level = level_of(weights, neuron)
    together = way.spike_times(torch.ones(1, 1, 2, dtype=torch.float64), weights, level, neuron)
    one = way.spike_times(torch.ones(1, 1, 1, dtype=torch.float64), 2 * weights[:, :1], level, neuron)
    assert float(together) == pytest.approx(float(one))


def test_observed_times_are_returned_and_give_the_gradients() -> None:
    neuron = Neuron()
    arrivals, weights = random_layer(1, 1)
    weights.requires_grad_()
    ideal = spike_times(arrivals, weights, neuron)
    (expected,) = torch.autograd.grad(ideal[ideal.isfinite()].sum(), weights)
    observed = ideal.detach() + 1e-7
    found = spike_times(arrivals, weights, neuron, observed=observed)
    assert torch.equal(found, observed)
    (grad,) = torch.autograd.grad(found[found.isfinite()].sum(), weights)
    torch.testing.assert_close(grad, expected, rtol=1e-3, atol=1e-3)


def test_the_way_of_a_tensor() -> None:
    assert way_of(torch.zeros(1)) is compiled
    assert way_of(torch.zeros(1, device="meta")) is closed
    assert way_of(torch.zeros(1, dtype=torch.float16)) is closed


def test_nothing_of_the_plain_way_is_left_on_the_cpu() -> None:
    """On torch's meta device, where a CPU tensor in between is an error."""
    for ratio in (1, 2):
        neuron = Neuron(ratio=ratio)
        arrivals, weights = (each.to("meta") for each in random_layer(0, 4))
        times = spike_times(arrivals, weights.requires_grad_(), neuron)
        times.sum().backward()
        assert weights.grad is not None
        assert weights.grad.device.type == "meta"


def test_a_wrong_shape_is_named() -> None:
    with pytest.raises(ValueError, match=r"arrivals must have the shape \(batch, 1 or 2, 3\), not \(5, 3\)"):
        spike_times(torch.zeros(5, 3), torch.zeros(2, 3), Neuron())
