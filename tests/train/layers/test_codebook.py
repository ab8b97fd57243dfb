# SPDX-License-Identifier: Apache-2.0
"""train.layers.codebook: the nearest entry and its gradient, a table with the scales that go with it."""

import pytest
import torch

from model.imperfect.codebook import best_table
from model.limits import signed_range
from tests.train.layers.test_quantise import BUDGET, events, trained
from train.config.run import BudgetConfig, QuantisationConfig
from train.layers.codebook import Weighed, find_table, nearest
from train.layers.quantise import confine, integer_network, quantise_network

CODED = QuantisationConfig(weight_bits=4, codebook=True)


def test_nearest_entry_and_its_gradient() -> None:
    x = torch.tensor([-9.0, -1.2, 0.9, 2.2, 40.0], requires_grad=True)
    found = nearest(x, torch.tensor([-5.0, 0.0, 2.0, 10.0]))
    assert found.tolist() == [-5, 0, 0, 2, 10]
    found.backward(torch.arange(5.0))
    assert x.grad is not None
    assert x.grad.tolist() == [0, 1, 2, 3, 4]


def drawn(seed: int) -> list[Weighed]:
    generator = torch.Generator().manual_seed(seed)
    layers = []
    for common in (False, True):
        # Targets of very different sizes, unless they share a scale.
        sizes = torch.logspace(0 if common else -1, 0 if common else 1, 6, dtype=torch.float64)
        flat = torch.randn(200, 6, generator=generator, dtype=torch.float64) * sizes
        flat[torch.rand(flat.shape, generator=generator) < 0.5] = 0
        largest = flat.abs().amax(0)
        scale = 127 / (largest.max().expand_as(largest) if common else largest)
        wide = torch.full_like(scale, 1e9)
        layers.append(Weighed(flat, scale, wide, wide, common))
    return layers


def error(layers: list[Weighed], table: torch.Tensor, scales: list[torch.Tensor]) -> float:
    """Mean squared error of the weights, each relative to its target's size."""
    return sum(
        float(((nearest(each.flat * s, table.double()) / s - each.flat) / each.flat.std(0)).square().sum())
        for each, s in zip(layers, scales, strict=True)
    )


@pytest.mark.parametrize("entries", [4, 16])
def test_table_and_scales_fit_each_other(entries: int) -> None:
    layers = drawn(1)
    table, scales = find_table(layers, entries=entries, top=127)
    assert len(table) <= entries
    assert 0 in table.tolist()
    assert torch.equal(table, table.unique())
    assert len(scales[1].unique()) == 1
    begun = [each.scale for each in layers]
    values, counts = torch.cat([(e.flat * e.scale)[e.flat != 0].round() for e in layers]).unique(return_counts=True)
    first = torch.from_numpy(best_table(values.long().numpy(), counts.numpy(), entries)).double()
    assert error(layers, table, scales) < 0.95 * error(layers, first, begun)


def test_scales_stay_within_limit_and_room() -> None:
    layers = drawn(2)
    narrow = [Weighed(e.flat, e.scale / 2, e.scale / 2, torch.full_like(e.scale, 2000.0), e.common) for e in layers]
    table, scales = find_table(narrow, entries=16, top=127)
    for each, scale in zip(narrow, scales, strict=True):
        assert bool((scale <= each.limit).all())
        assert bool((nearest(each.flat * scale, table.double()).abs().sum(0) <= each.room).all())


def test_training_keeps_the_table_and_the_widths() -> None:
    """A step with large gradients: weights move, stay entries of the same table, and fit the accumulator."""
    network, budget = trained(4), BudgetConfig(accumulator_bits=9)
    quantise_network(network, CODED, budget, calibration=events(4, 20))
    table = network.layers[0].synapses.table
    assert table is not None
    before = network.layers[1].synapses.matrix()
    generator = torch.Generator().manual_seed(1)
    with torch.no_grad():
        for group in network.parallel():
            group.weight.add_(torch.randn(group.weight.shape, generator=generator) * group.weight.std())
    confine(network, budget)
    integers = integer_network(network, budget)
    assert not torch.equal(before, network.layers[1].synapses.matrix())
    for layer in integers.layers:
        assert set(layer.synapses.weight.unique().tolist()) <= set(table.tolist())
        assert int(layer.synapses.weight.abs().sum((0, 1)).max()) <= signed_range(9)[1]


def test_closer_than_equal_steps() -> None:
    """At equal bits, over a trained network's own weights."""
    errors = []
    for options in (CODED, QuantisationConfig(weight_bits=4)):
        network = trained(5)
        network.fold()
        want = [group.matrix() for group in network.groups]
        quantise_network(network, options, BUDGET)
        got = []
        for layer in network.layers:
            assert layer.neurons.scale is not None
            got += [group.matrix() / layer.neurons.scale for group in layer.groups]
        errors.append(sum(float((a - b).square().sum()) for a, b in zip(want, got, strict=True)))
    assert errors[0] < 0.9 * errors[1]
