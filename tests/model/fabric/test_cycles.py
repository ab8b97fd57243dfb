# SPDX-License-Identifier: Apache-2.0
"""model.fabric.cycles: what must hold of any sample; cycle by cycle it is compared in tests/rtl/fabric."""

import numpy as np
import pytest

from model.cost.cycles import CycleModel
from model.fabric.cycles import FabricCycleModel, FabricCycles
from model.golden import GoldenCore
from model.network import IntArray
from tests.model.fabric.cases import Case, case, samples


def predicted(made: Case, sample: list[IntArray]) -> tuple[FabricCycles, list[list[IntArray]]]:
    spikes = made.bundle.fired(GoldenCore(made.network).run(sample).spikes)
    model = FabricCycleModel(made.bundle, made.bundle.config(["scdq"]))
    return model.sample([np.sort(now) for now in sample], spikes), spikes


@pytest.mark.parametrize("seed", range(6))
def test_tokens_on_the_ring_are_spikes_times_hops(seed: int) -> None:
    """And an end of step of each core and step."""
    made = case(seed, cores=4, nodes=4 + seed % 2)
    for sample in samples(seed, made.network, (0.1, 0.6)):
        cycles, spikes = predicted(made, sample)
        expected = sum(
            sum(int(routes.hops[now].sum()) + routes.eos_hops for now in fired)
            for routes, fired in zip(made.bundle.routes, spikes, strict=True)
        )
        assert sum(cycles.ring_tokens) == expected


@pytest.mark.parametrize("seed", range(6))
def test_no_core_begins_before_its_inputs_are_there(seed: int) -> None:
    """Nor is its step completed before its listeners have completed the one before."""
    made = case(seed, cores=4, nodes=5)
    (sample,) = samples(seed, made.network, (0.4,))
    cycles, _ = predicted(made, sample)
    for core, routes in enumerate(made.bundle.routes):
        begins, ends = cycles.begins[core], cycles.ends[core]
        assert len(begins) == len(ends) == len(sample)
        assert all(begin < end for begin, end in zip(begins, ends, strict=True))
        assert all(before < begin for before, begin in zip(ends, begins[1:], strict=False))
        for sender in routes.senders:
            assert all(sent < begin for sent, begin in zip(cycles.ends[sender], begins[1:], strict=False))
        for listener in routes.listeners:
            assert all(done < end for done, end in zip(cycles.ends[listener], ends[1:], strict=False))
    assert cycles.cycles > max(ends[-1] for ends in cycles.ends)


@pytest.mark.parametrize("seed", range(3))
def test_a_core_alone_fetches_what_a_core_fetches(seed: int) -> None:
    """Nothing is on its ring, and its steps take as long as those of a core without a fabric around it."""
    made = case(seed, cores=1, nodes=1)
    (sample,) = samples(seed, made.network, (0.5,))
    cycles, (spikes,) = predicted(made, sample)
    alone = CycleModel(made.bundle.images[0], made.bundle.config(["scdq"]).cores[0])
    axon = {source: place for place, source in enumerate(made.bundle.sources(0).tolist())}
    own = [[axon[source] for source in np.sort(now).tolist() if source in axon] for now in sample]
    assert cycles.ring_tokens == (0,)
    assert cycles.synapse_words == (alone.sample(own, spikes).synapse_words,)
