# SPDX-License-Identifier: Apache-2.0
"""train.delgrad.loss: values worked out by hand, and gradients against autograd."""

import math

import pytest
import torch

from tests.train.delgrad.examples import config_for
from train.delgrad.config import DelGradTraining
from train.delgrad.loss import losses

INF = torch.inf


def options(**values: object) -> DelGradTraining:
    return config_for(training=values).training


def test_margin() -> None:
    times = torch.tensor([[1.0, 1.2, 1.5], [1.0, 1.0, INF], [INF, 1.0, 1.0]])
    loss, grad = losses(times, torch.tensor([0, 0, 0]), options(margin=0.2, silent_loss=7.0))
    assert loss.tolist() == pytest.approx([0.3**2 / 2, 0.2**2 / 2, 7.0])
    torch.testing.assert_close(grad, torch.tensor([[-0.3, 0.0, 0.3], [0.2, -0.2, 0.0], [0.0, 0.0, 0.0]]))


def test_cross_entropy() -> None:
    times = torch.tensor([[1.0, 1.2, INF], [INF, 1.0, 1.0]], dtype=torch.float64)
    loss, grad = losses(times, torch.tensor([0, 0]), options(loss="cross_entropy", sharpness=0.2, silent_loss=7.0))
    assert loss.tolist() == pytest.approx([math.log(1 + math.exp(-1)), 7.0])
    assert grad[0].tolist() == pytest.approx([1.3447, -1.3447, 0.0], abs=1e-4)
    assert grad[1].tolist() == [0, 0, 0]


@pytest.mark.parametrize("kind", ["margin", "cross_entropy"])
def test_gradients(kind: str) -> None:
    random = torch.Generator().manual_seed(1)
    times, labels = torch.rand(8, 3, generator=random, dtype=torch.float64), torch.arange(8) % 3
    chosen, step = options(loss=kind, early=0.3), 1e-6
    grad = losses(times, labels, chosen)[1]
    for k in range(3):
        moved = torch.zeros(8, 3, dtype=torch.float64)
        moved[:, k] = step
        change = (losses(times + moved, labels, chosen)[0] - losses(times - moved, labels, chosen)[0]) / (2 * step)
        torch.testing.assert_close(grad[:, k], change, rtol=1e-6, atol=1e-8)
