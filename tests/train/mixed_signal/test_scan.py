# SPDX-License-Identifier: Apache-2.0
"""train.mixed_signal.scan: the same spikes and gradients as the reference."""

import time

import numpy as np
import pytest
import torch

from model.imperfect.mismatch import Mismatch
from train.mixed_signal.neuron import run
from train.mixed_signal.parameters import NAMES, Parameters
from train.mixed_signal.scan import run_fast

SHAPE = (200, 3, 2, 4)


def parameters(kind: str) -> Parameters:
    if kind == "nominal":
        return Parameters()
    if kind == "adapting":
        return Parameters(i_w_ahp=2e-6)
    mismatch = Mismatch(sigma=0.15)
    return Parameters(i_w_ahp=1e-6).scaled({name: mismatch.factors(name, range(3), (1, 4)) for name in NAMES})


@pytest.mark.parametrize("truncate", [False, True])
@pytest.mark.parametrize("kind", ["nominal", "adapting", "devices"])
@pytest.mark.parametrize("dt", [1e-3, 3e-4])
def test_equal_to_the_reference(kind: str, truncate: bool, dt: float) -> None:
    rng = np.random.default_rng(5)
    inward = torch.from_numpy(6 * rng.standard_normal(SHAPE) + 6)
    loops = torch.from_numpy(4 * rng.standard_normal((3, 4, 4)))
    towards = torch.from_numpy(rng.standard_normal(SHAPE))
    found = []
    for way in (run, run_fast):
        given = [each.clone().requires_grad_() for each in (inward, loops)]
        result = way(given[0], parameters(kind), dt, recurrent=given[1], truncate=truncate)
        spikes = result[0] if isinstance(result, tuple) else result
        found.append((spikes.detach(), *torch.autograd.grad((spikes * towards).sum(), given)))
    assert found[0][0].sum() > 100
    assert torch.equal(found[0][0], found[1][0])
    for one, other in zip(found[0][1:], found[1][1:], strict=True):
        assert float((one - other).abs().max()) <= 1e-9 * float(one.abs().max())


def test_without_recurrent_weights() -> None:
    inward = torch.from_numpy(np.random.default_rng(1).uniform(0, 12, SHAPE))
    assert torch.equal(run_fast(inward, Parameters()), run(inward, Parameters())[0])


def test_it_is_worth_it() -> None:
    inward = torch.from_numpy(np.random.default_rng(1).uniform(0, 12, (500, 1, 2, 2))).requires_grad_()
    run_fast(inward, Parameters()).sum().backward()
    seconds = []
    for way in (lambda: run_fast(inward, Parameters()), lambda: run(inward, Parameters())[0]):
        best = np.inf
        for _ in range(3):
            begin = time.perf_counter()
            way().sum().backward()
            best = min(best, time.perf_counter() - begin)
        seconds.append(best)
    assert seconds[0] < seconds[1] / 20
