# SPDX-License-Identifier: Apache-2.0
"""model.fabric.golden: core by core the same as the golden core."""

import numpy as np
import pytest

from model.fabric.golden import GoldenFabric
from model.golden import GoldenCore
from support.errors import InputError
from tests.model.fabric.cases import case, samples


@pytest.mark.parametrize("seed", range(16))
def test_mapping_changes_no_spike(seed: int) -> None:
    """Core by core, with spikes of other cores as events of the next step: all as in the golden core."""
    made = case(seed)
    golden, fabric = GoldenCore(made.network), GoldenFabric(made.bundle)
    for sample in samples(seed, made.network):
        expected, seen = golden.run(sample), fabric.run(sample)
        for name in expected.__dataclass_fields__:
            assert np.array_equal(getattr(seen, name), getattr(expected, name)), name


def test_every_run_begins_at_rest() -> None:
    made = case(2, cores=3)
    fabric = GoldenFabric(made.bundle)
    loud, quiet = samples(2, made.network, (1.0, 0.1))
    alone = GoldenFabric(made.bundle).run(quiet)
    fabric.run(loud)
    after = fabric.run(quiet)
    assert np.array_equal(after.spikes, alone.spikes)
    assert np.array_equal(after.potential_sum, alone.potential_sum)


def test_an_axon_that_the_network_does_not_have() -> None:
    made = case(2, cores=2)
    with pytest.raises(InputError, match=f"step 1: no axon {made.network.axons}, expected 0"):
        GoldenFabric(made.bundle).run([[0], [made.network.axons]])
