# SPDX-License-Identifier: Apache-2.0
"""benchmarks.rounding: with everything rounded it is the golden model, with nothing the closed form."""

import numpy as np

from benchmarks.rounding import KINDS, spikes
from tests.train.delgrad.core.test_grid import axon_times, network_of
from train.delgrad.core.first_spikes import first_spikes
from train.delgrad.core.grid import Grid, to_core

GRID = Grid(steps=16, taps=4)


def test_both_ends() -> None:
    network, times = network_of(), axon_times(GRID)
    seen = first_spikes(to_core(network, GRID), GRID.raster(times.numpy()))
    expected = np.where(seen.any(1), seen.argmax(1), np.inf)
    assert np.array_equal(spikes(network, GRID, times.double().numpy(), set(KINDS)), expected)
    exact = np.concatenate([each.spikes.numpy() for each in network.record(times)], 1) * GRID.steps
    found = spikes(network, GRID, times.double().numpy(), set()) - np.repeat([1.5, 3.0], [12, 3])
    both = np.isfinite(found) & (exact < 60)
    assert both.mean() > 0.5
    # A crossing near the peak of the drive is worth less.
    assert np.quantile(np.abs(found - exact)[both], 0.9) < 0.1
