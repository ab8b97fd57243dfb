# SPDX-License-Identifier: Apache-2.0
"""Learned delays against dcls, the authors' own implementation: outputs and gradients."""

import pytest
import torch

from benchmarks.training import SIGMA, dcls_arrivals, dcls_layer
from train.config.network import DelayConfig, DelayKind
from train.layers.synapses import PlacedSynapses


@pytest.mark.parametrize(("first", "last"), [(0, 24), (1, 25), (1, 61)])
def test_arrivals_and_gradients_equal_dcls(first: int, last: int) -> None:
    """dcls divides by the sum of a kernel plus 1e-7: nothing in float32."""
    generator = torch.Generator().manual_seed(1)
    config = DelayConfig(kind=DelayKind.SYNAPSE, first=first, last=last)
    ours = PlacedSynapses(40, 16, config, generator=generator).train()
    ours.sigma = SIGMA
    theirs = dcls_layer(ours)
    x = (torch.rand(100, 8, 40, generator=generator) < 0.1).float()
    direction = torch.randn(100, 8, 16, generator=generator)
    inputs = x.clone().requires_grad_(), x.clone().requires_grad_()
    got, want = ours(inputs[0]), dcls_arrivals(theirs, inputs[1], first)
    (got * direction).sum().backward()
    (want * direction).sum().backward()
    assert ours.weight.grad is not None
    assert ours.position.grad is not None
    pairs = [
        (got, want), (inputs[0].grad, inputs[1].grad), (ours.weight.grad[0], theirs.weight.grad[..., 0].T),
        # Their positions run against time.
        (ours.position.grad[0], -theirs.P.grad[0, ..., 0].T),
    ]  # fmt: skip
    for mine, reference in pairs:
        assert mine is not None
        assert (mine - reference).abs().max() <= 1e-5 * reference.abs().max()
