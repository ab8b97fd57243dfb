# SPDX-License-Identifier: Apache-2.0
"""train.layers.quantise: scales, bounds, and a float network whose integers the golden model runs spike for spike."""

from typing import Any

import numpy as np
import pytest
import torch

from model.batch import GoldenBatch
from model.bounds import accumulator_bits, current_bounds
from model.config import CoreConfig
from model.image.image import Image
from model.mapping.compiler import compile_network, fit
from support.errors import InputError
from tests.train.layers.test_integer import compare
from train.budget.selection import keep_per_pair
from train.config.network import DelayKind, NetworkConfig
from train.config.run import BudgetConfig, QuantisationConfig
from train.layers.integer import IntegerNetwork
from train.layers.network import DelayNetwork
from train.layers.quantise import best_scale, integer_network, quantise_network

AXONS, STEPS = 12, 30
BUDGET = BudgetConfig()


def trained(seed: int, *, recurrent: DelayKind | None = None, kind: DelayKind = DelayKind.PARALLEL,
            **changes: Any) -> DelayNetwork:  # fmt: skip
    """A settled network with random parameters everywhere, as if trained, its normalisation with statistics."""

    def delays(kind: DelayKind) -> dict[str, Any]:
        return {"kind": kind, "first": 1, "last": 16, "step": 3, "count": 1 if kind == DelayKind.PARALLEL else 2}

    config = NetworkConfig.model_validate({
        "hidden": (7, 5), "classes": 4, "between": delays(kind), "tau": 4.0,
        "recurrent": None if recurrent is None else delays(recurrent), **changes,
    })  # fmt: skip
    network = DelayNetwork(AXONS, config, seed=seed)
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for name, value in network.named_parameters():
            if not name.endswith(("weight", "position", "threshold")):
                value.add_(torch.randn(value.shape, generator=generator) * 0.3)
        for _ in range(20):
            network(events(seed, 16))
    network.settle()
    for group in network.parallel():
        group.prune(keep_per_pair(group.kernel().detach(), 3))
    return network.eval()


def events(seed: int, samples: int) -> torch.Tensor:
    generator = torch.Generator().manual_seed(1000 + seed)
    return (torch.rand(STEPS, samples, AXONS, generator=generator) < 0.3).float()


def quantised(network: DelayNetwork, budget: BudgetConfig = BUDGET, *, calibration: torch.Tensor | None = None,
              **quantisation: Any) -> IntegerNetwork:  # fmt: skip
    """The integers of a network, which is turned into them."""
    quantise_network(network, QuantisationConfig(**quantisation), budget, calibration=calibration)
    return integer_network(network, budget)


WEIGHTS: list[dict[str, Any]] = [
    *({"weight_bits": bits} for bits in (8, 6, 4, 3, 2)),
    {"weight_bits": 2, "ternary": True},
    {"weight_bits": 4, "codebook": True},
    {"weight_bits": 2, "codebook": True},
]
CASES: list[dict[str, Any]] = [
    {},
    {"reset": "subtract", "readout": "last_potential", "readout_tau": 8.0},
    {"normalise": False, "synaptic_tau": 3.0, "share": 3},
]


@pytest.mark.parametrize("case", CASES, ids=["normalised", "subtract", "synaptic_tau"])
@pytest.mark.parametrize("recurrent", [False, True], ids=["forward", "recurrent"])
@pytest.mark.parametrize("kind", list(DelayKind))
@pytest.mark.parametrize("weights", WEIGHTS, ids=["8", "6", "4", "3", "2", "ternary", "codebook", "codebook2"])
def test_whole_way_from_float_to_golden(
    weights: dict[str, Any], kind: DelayKind, recurrent: bool, case: dict[str, Any]
) -> None:
    """The network in integers, ``train.layers.integer``, the golden model, and that of the image: the same spikes."""
    network = trained(3, kind=kind, recurrent=kind if recurrent else None, **case)
    x = events(5, 12)
    integers = quantised(network, calibration=x, **weights)
    exported = integers.network(max_steps=STEPS, name="whole")
    low, high = QuantisationConfig(**weights).range
    assert exported.weight.min() >= low
    assert exported.weight.max() <= high
    rasters = x.numpy().transpose(1, 0, 2).astype(bool)
    spikes = compare(integers, exported, rasters)
    assert 0.01 < spikes.mean() < 0.9
    with torch.no_grad():
        output = network(x)
    want = integers.forward(x)
    for mine, other in zip(output.spikes, want.spikes, strict=False):
        assert torch.equal(mine.bool(), other)
    for mine, other in zip(output.potentials, want.potentials, strict=True):
        assert torch.equal(mine.long(), other)
    assert torch.equal(output.score.argmax(1), want.score.argmax(1))
    back = Image.from_bytes(
        compile_network(exported, fit(exported, lanes=8, codebook=weights.get("codebook", False))).to_bytes()
    ).network()
    assert back == exported
    assert np.array_equal(GoldenBatch(back).run(rasters).spikes, spikes)


@pytest.mark.parametrize("case", CASES)
def test_eight_bits_are_close_to_float(case: dict[str, Any]) -> None:
    network = trained(3, **case)
    x = events(6, 200)
    with torch.no_grad():
        want = network(x)
    got = quantised(network, calibration=x).forward(x)
    assert (got.spikes[0] == want.spikes[0].bool()).float().mean() > 0.98
    assert (got.score.argmax(1) == want.score.argmax(1)).float().mean() > 0.9


@pytest.mark.parametrize("recurrent", [None, DelayKind.SYNAPSE])
def test_scales_respect_a_narrow_accumulator(recurrent: DelayKind | None) -> None:
    """Sums of arrivals and currents fit by the compiler's proof, which is another one than that of the scales."""
    budget = BudgetConfig(accumulator_bits=9, state_bits=12)
    for case in CASES:
        exported = quantised(trained(4, recurrent=recurrent, **case), budget).network(max_steps=STEPS)
        assert accumulator_bits(exported) <= 9
        low, high = current_bounds(exported)
        assert low.min() >= -(1 << 11)
        assert high.max() < 1 << 11
        wide = fit(exported)
        narrow = CoreConfig(**{**wide.numbers(), "accumulator_bits": 9})
        compile_network(exported, narrow)


def test_calibration_keeps_potentials_off_the_clamp() -> None:
    x = events(7, 50)
    budget = BudgetConfig(accumulator_bits=9, state_bits=9)
    free, calibrated = (quantised(trained(5), budget, calibration=c) for c in (None, x))
    at_clamp = [sum(int((v.abs() >= net.vmax).sum()) for v in net.forward(x).potentials) for net in (free, calibrated)]
    assert at_clamp[0] > 0
    assert at_clamp[1] == 0


def test_best_scale_clips_an_outlier_when_that_loses_less() -> None:
    weight = torch.full((400, 1), 0.3, dtype=torch.double)
    weight += torch.linspace(-0.25, 0.25, 400, dtype=torch.double)[:, None]
    weight[0, 0] = 1.0
    limit = torch.full((1,), 1e9, dtype=torch.double)
    scale = best_scale(weight, -3, 3, limit, common=False)

    def loss(s: float) -> float:
        return float(((weight * s).round().clamp(-3, 3) / s - weight).square().sum())

    assert scale > 3.0
    assert loss(float(scale)) < loss(3.0)
    assert best_scale(weight, -127, 127, limit / 1e8, common=False) == 10


def test_readout_neurons_share_a_scale() -> None:
    weight = torch.rand(10, 4, generator=torch.Generator().manual_seed(1)).double() * torch.arange(1, 5)
    limit = torch.full((4,), 1e9, dtype=torch.double)
    assert len(best_scale(weight, -127, 127, limit, common=True).unique()) == 1
    assert len(best_scale(weight, -127, 127, limit, common=False).unique()) == 4


def test_an_accumulator_that_no_scale_fits() -> None:
    with pytest.raises(InputError, match="quantise: 12 synapses into a neuron do not fit the accumulator"):
        quantised(trained(1), BudgetConfig(accumulator_bits=3, state_bits=12))
