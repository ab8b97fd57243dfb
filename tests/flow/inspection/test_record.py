# SPDX-License-Identifier: Apache-2.0
"""What is known of an image and of a sample in it."""

import json
from pathlib import Path

import numpy as np
import pytest

from flow.inspection.record import DELAY_REPORT, inspection
from flow.run.recordings import load_samples
from model.batch import GoldenBatch
from model.config import DelayUnit
from model.cost.cycles import CycleModel
from model.encoding import to_events
from model.fabric.mapping import deal_out
from support.errors import InputError
from tests.flow.examples import small_image, write_recordings


def test_an_image() -> None:
    image = small_image()
    network = image.network()
    seen = inspection("small.chx", image, None, 0, Path("none"))
    assert seen.sample is None
    assert sum(layer.neurons for layer in seen.layers) == seen.neurons == network.neurons.count
    assert sum(layer.synapses for layer in seen.layers) == seen.synapses == network.synapses
    assert sum(layer.readout for layer in seen.layers) == len(network.readout.neurons)
    delays = [layer.delays for layer in seen.layers if layer.delays]
    assert max(each.high for each in delays) == network.delay.max()
    assert all(layer.spikes is None for layer in seen.layers)
    [core] = seen.cores
    assert sum(core["sections"].values()) == core["bytes"] == len(image.to_bytes())


def test_a_sample(tmp_path: Path) -> None:
    image = small_image()
    write_recordings(tmp_path / "x.h5")
    samples = load_samples(tmp_path / "x.h5", image.network())
    seen = inspection("small.chx", image, samples, 2, tmp_path)
    played = seen.sample
    golden = GoldenBatch(image.network()).run(samples.rasters)
    assert played is not None
    assert played.outcome.sample == 2
    assert played.outcome.spikes == golden.spikes[2].sum() == sum(sum(layer.spikes or []) for layer in seen.layers)
    assert played.outcome.spikes > 0
    assert played.input_events == samples.rasters[2].sum(1).tolist()
    firing = [np.argsort(image.order)[np.flatnonzero(row)] for row in golden.spikes[2]]
    for each, unit in zip(played.units, DelayUnit, strict=True):
        cost = CycleModel(image, image.config(unit)).sample(to_events(samples.rasters[2]), firing)
        assert (each.unit, each.cycles, each.synapse_phases) == (unit, cost.cycles, cost.synapse_cycles)
        assert each.synapse_phases + each.other == each.cycles
        assert len(each.held) == played.steps
        assert each.energy_uj is None


def test_energy_is_of_the_report_on_this_image(tmp_path: Path) -> None:
    image = small_image()
    write_recordings(tmp_path / "x.h5")
    samples = load_samples(tmp_path / "x.h5", image.network())
    path = tmp_path / DELAY_REPORT
    path.parent.mkdir()
    units = {"scdq": {"memories": [{"energy_uj": 1.5}, {"energy_uj": 0.25}]}}
    networks = [{"image": "other.chx", "units": {"ring": {"memories": []}}}, {"image": "small.chx", "units": units}]
    path.write_text(json.dumps({"networks": networks}))
    played = inspection("small.chx", image, samples, 0, tmp_path).sample
    assert played is not None
    assert {each.unit: each.energy_uj for each in played.units if each.energy_uj is not None} == {"scdq": 1.75}
    path.write_text('{"networks": [1]}')
    with pytest.raises(InputError, match=r"delay.json: not a report of `make delay-report`"):
        inspection("small.chx", image, samples, 0, tmp_path)


def test_a_bundle(tmp_path: Path) -> None:
    image = small_image()
    write_recordings(tmp_path / "x.h5")
    samples = load_samples(tmp_path / "x.h5", image.network())
    seen = inspection("small.chxb", deal_out(image, 2), samples, 1, tmp_path)
    assert len(seen.cores) == 2
    assert sum(core["neurons"] for core in seen.cores) == seen.neurons
    assert seen.sample is not None
    assert seen.sample.units == []
    alone = inspection("small.chx", image, samples, 1, tmp_path).sample
    assert alone is not None
    assert seen.sample.outcome == alone.outcome
