"""train.quantise: scales, bounds, and a float network whose integers the golden model runs spike for spike."""

import re
from typing import Any

import numpy as np
import pytest
import torch

from model.batch import GoldenBatch
from model.bounds import accumulator_bits, current_bounds
from model.compiler import compile_network, fit
from model.config import CoreConfig
from model.errors import InputError
from model.image import Image
from tests.train.test_integer import compare
from train.config import NetworkConfig
from train.model import DelayNetwork
from train.quantise import best_scale, quantise_network

AXONS, STEPS = 12, 30


def trained(seed: int, **changes: Any) -> DelayNetwork:
    """A pruned network with random parameters everywhere, as if trained, its normalisation with statistics."""
    config = NetworkConfig.model_validate(
        {"hidden": (7, 5), "classes": 4, "delays": (1, 2, 4, 8, 16), "keep": 3, "tau": 4.0, **changes}
    )
    network = DelayNetwork(AXONS, config, seed=seed)
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for name, value in network.named_parameters():
            if not name.endswith("weight"):
                value.add_(torch.randn(value.shape, generator=generator) * 0.3)
        for _ in range(20):
            network(events(seed, 16))
    network.prune()
    return network.eval()


def events(seed: int, samples: int) -> torch.Tensor:
    generator = torch.Generator().manual_seed(1000 + seed)
    return (torch.rand(STEPS, samples, AXONS, generator=generator) < 0.3).float()


CASES: list[dict[str, Any]] = [
    {},
    {"reset": "subtract", "readout": "last_potential", "readout_tau": 8.0},
    {"normalise": False, "synaptic_tau": 3.0, "share": 3},
]


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("weight_bits", [8, 4])
def test_whole_way_from_float_to_golden(case: dict[str, Any], weight_bits: int) -> None:
    """Quantised in torch, the network, and the network read back from its image: the same spikes."""
    network = trained(3, **case)
    x = events(5, 20)
    integers = quantise_network(network, weight_bits=weight_bits, calibration=x)
    exported = integers.network(max_steps=STEPS, name="whole")
    assert np.abs(exported.weight).max() <= (1 << (weight_bits - 1)) - 1
    rasters = x.numpy().transpose(1, 0, 2).astype(bool)
    spikes = compare(integers, exported, rasters)
    assert 0.01 < spikes.mean() < 0.9
    build = fit(exported, lanes=8)
    back = Image.from_bytes(compile_network(exported, build).to_bytes()).network()
    assert back == exported
    assert np.array_equal(GoldenBatch(back).run(rasters).spikes, spikes)


@pytest.mark.parametrize("case", CASES)
def test_eight_bits_are_close_to_float(case: dict[str, Any]) -> None:
    network = trained(3, **case)
    x = events(6, 200)
    with torch.no_grad():
        want = network(x)
    got = quantise_network(network, calibration=x).forward(x)
    assert (got.spikes[0] == want.spikes[0].bool()).float().mean() > 0.98
    assert (got.score.argmax(1) == want.score.argmax(1)).float().mean() > 0.9


def test_scales_respect_a_narrow_accumulator() -> None:
    """Sums of arrivals and currents fit by the compiler's proof, which is another one than that of the scales."""
    for case in CASES:
        exported = quantise_network(trained(4, **case), accumulator_bits=9, state_bits=12).network(max_steps=STEPS)
        assert accumulator_bits(exported) <= 9
        low, high = current_bounds(exported)
        assert low.min() >= -(1 << 11)
        assert high.max() < 1 << 11
        wide = fit(exported)
        narrow = CoreConfig(**{**wide.geometry(), "accumulator_bits": 9})
        compile_network(exported, narrow)


def test_calibration_keeps_potentials_off_the_clamp() -> None:
    x = events(7, 50)
    network = trained(5)
    free, calibrated = (quantise_network(network, state_bits=9, accumulator_bits=9, calibration=c) for c in (None, x))
    at_clamp = [sum(int((v.abs() >= net.vmax).sum()) for v in net.forward(x).potentials) for net in (free, calibrated)]
    assert at_clamp[0] > 0
    assert at_clamp[1] == 0


def test_best_scale_clips_an_outlier_when_that_loses_less() -> None:
    weight = torch.full((1, 400, 1), 0.3, dtype=torch.double)
    weight += torch.linspace(-0.25, 0.25, 400, dtype=torch.double)[None, :, None]
    weight[0, 0, 0] = 1.0
    limit = torch.full((1,), 1e9, dtype=torch.double)
    scale = best_scale(weight, 3, limit, common=False)

    def loss(s: float) -> float:
        return float(((weight * s).round().clamp(-3, 3) / s - weight).square().sum())

    assert scale > 3.0
    assert loss(float(scale)) < loss(3.0)
    assert best_scale(weight, 127, limit / 1e8, common=False) == 10


def test_readout_neurons_share_a_scale() -> None:
    weight = torch.rand(2, 5, 4, generator=torch.Generator().manual_seed(1)).double() * torch.arange(1, 5)
    limit = torch.full((4,), 1e9, dtype=torch.double)
    assert len(best_scale(weight, 127, limit, common=True).unique()) == 1
    assert len(best_scale(weight, 127, limit, common=False).unique()) == 4


@pytest.mark.parametrize(
    ("widths", "message"),
    [
        ({"weight_bits": 9}, "quantise: weight_bits must be in 2..8, not 9"),
        (
            {"accumulator_bits": 21},
            "accumulator_bits must be in 2..state_bits and state_bits at most 31, not 21 and 20",
        ),
        ({"accumulator_bits": 3, "state_bits": 12}, "quantise: 12 synapses into a neuron do not fit the accumulator"),
    ],
)
def test_impossible_widths(widths: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=re.escape(message)):
        quantise_network(trained(1), **widths)
