# SPDX-License-Identifier: Apache-2.0
"""A recording for the page: potentials of both sides, and what the delay units hold."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from data.rasters.rasters import UNLABELLED
from flow.page.sample import as_content, layers, look
from flow.run.recordings import Samples, load_samples
from model.batch import GoldenBatch
from model.config import DelayUnit
from model.cost.cycles import CycleModel
from model.encoding import to_events
from model.golden import GoldenCore
from model.image.image import Image
from model.random_network import random_layers
from model.result import Result
from tests.flow.examples import small_image, write_recordings


@pytest.fixture
def image() -> Image:
    return small_image()


@pytest.fixture
def samples(tmp_path: Path, image: Image) -> Samples:
    write_recordings(tmp_path / "small.h5")
    return load_samples(tmp_path / "small.h5", image.network())


def golden(image: Image, samples: Samples) -> Result:
    return GoldenBatch(image.network()).run(samples.rasters)


def test_potentials_and_queues(image: Image, samples: Samples) -> None:
    seen = look(image, samples, golden(image, samples), 2, None)
    raster, network = samples.rasters[2], image.network()
    core = GoldenCore(network)
    for step, axons in enumerate(to_events(raster)):
        assert np.array_equal(core.step(axons).potential_after, seen.golden[step])
    assert seen.rtl is None
    assert seen.mismatches is None
    address = np.argsort(image.order)
    firing = [address[np.flatnonzero(row)] for row in seen.spikes]
    for unit, each in zip(DelayUnit, seen.units, strict=True):
        cost = CycleModel(image, image.config(unit)).sample(to_events(raster), firing)
        assert each.unit == unit
        assert (each.cycles, each.synapse_cycles.sum()) == (cost.cycles, cost.synapse_cycles)
        if unit.has_queues:
            assert each.held.max() == cost.queue_peak
    assert max(each.held.max() for each in seen.units) > 0


def test_the_rtl_beside_the_golden_model(image: Image, samples: Samples) -> None:
    seen = look(image, samples, golden(image, samples), 1, DelayUnit.SCDQ)
    assert seen.rtl is not None
    assert seen.golden.any()
    assert seen.mismatches == 0
    assert np.array_equal(seen.rtl, seen.golden)


def test_a_recording_without_a_label(image: Image, samples: Samples) -> None:
    """It is not of the last class."""
    unlabelled = replace(samples, classes=np.full(len(samples), UNLABELLED))
    assert look(image, unlabelled, golden(image, samples), 2, None).expected is None
    labels = image.network().labels
    assert look(image, samples, golden(image, samples), 2, None).expected == labels[samples.classes[2]]


def test_content_for_the_script(image: Image, samples: Samples) -> None:
    content = as_content(look(image, samples, golden(image, samples), 0, None))
    network = image.network()
    assert content["axons"] == network.axons
    assert len(content["golden"]) == network.neurons.count
    assert {len(each) for each in content["golden"]} == {content["steps"]}
    assert len(content["synapses"]["source"]) == network.synapses
    assert sorted(neuron for layer in content["layers"] for neuron in layer) == list(range(network.neurons.count))
    assert content["threshold"].count(None) == int((network.neurons.threshold > network.neurons.vmax).sum())


def test_layers_of_a_network_in_layers() -> None:
    network = random_layers(np.random.default_rng(0), sizes=(4, 5, 6, 3), delays=(1, 2, 3), kept=2)
    assert [each.tolist() for each in layers(network)] == [[*range(5)], [*range(5, 11)], [*range(11, 14)]]
