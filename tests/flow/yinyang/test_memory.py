# SPDX-License-Identifier: Apache-2.0
"""flow.yinyang.memory: what delays of sources save against delays of pairs, counted by hand where it can be."""

import numpy as np
import pytest

from flow.yinyang.memory import memory_use
from train.delgrad.config import DelayKind, DelGradConfig, DelGradLayers
from train.delgrad.core.first_spikes import first_spikes
from train.delgrad.core.grid import Grid, to_core
from train.delgrad.network import DelGradNetwork

GRID = Grid(steps=16, taps=2)


@pytest.mark.parametrize("kind", [DelayKind.AXONAL, DelayKind.SYNAPTIC])
def test_memory(kind: DelayKind) -> None:
    layers = DelGradLayers(hidden=(12,), delays=kind, weight_mean=(3.0, 1.0))
    network = to_core(DelGradNetwork(4, 3, DelGradConfig(method="delgrad", name="x", network=layers)), GRID)
    events = GRID.raster(np.random.default_rng(0).random((5, 4)) * 2)
    used = memory_use(network, events, first_spikes(network, events))
    assert [each["unit"] for each in used] == ["ring", "scdq1"]
    pairs = {(source, delay) for source, delay in zip(network.source, network.delay, strict=True)}
    for each in used:
        assert each["rows"] == len(pairs)
        assert each["synapses"] == network.synapses
        assert 0 < each["delay_bits"] < each["memory_bits"]
        assert each["energy_uj"] > 0
    assert used[0]["words_read"] == used[1]["words_read"]
    if kind is DelayKind.AXONAL:  # a row a source and tap
        assert used[0]["rows"] == GRID.taps * (4 + 12)
