# SPDX-License-Identifier: Apache-2.0
"""Parts about one network and one recording: sums that must come out, whatever is drawn."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from data.rasters.rasters import UNLABELLED
from flow.page.explorer import confusion_part, cores_part, memory_part, sample_part
from flow.page.sample import look
from flow.run.recordings import load_samples
from model.batch import GoldenBatch
from model.fabric.mapping import deal_out
from tests.flow.examples import CLASSES, small_image, write_recordings

SAID = {"command": "make report", "version": "chronaxie 9"}


def test_confusion(tmp_path: Path) -> None:
    write_recordings(tmp_path / "small.h5")
    network = small_image().network()
    samples = load_samples(tmp_path / "small.h5", network)
    result = GoldenBatch(network).run(samples.rasters)
    part = confusion_part(samples, result, CLASSES, command="make report", made=SAID)
    z = np.array(part.plots[0].figure["data"][0]["z"])
    assert z.sum() == len(samples)
    assert np.array_equal(z.sum(1), np.bincount(samples.classes, minlength=len(CLASSES)))
    right = int((result.predicted == samples.classes).sum())
    assert f"{right} of {len(samples)} right" in part.text[0]
    assert sum(int(row[2]) for row in part.grids[0].rows) == len(samples) - right


def test_without_labels_nothing_is_right_or_wrong(tmp_path: Path) -> None:
    """No matrix, no accuracy: how many are taken for each class."""
    write_recordings(tmp_path / "small.h5")
    network = small_image().network()
    samples = load_samples(tmp_path / "small.h5", network)
    result = GoldenBatch(network).run(samples.rasters)
    samples = replace(samples, classes=np.full(len(samples), UNLABELLED))
    part = confusion_part(samples, result, CLASSES, command="make report", made=SAID)
    assert part.text == (f"{samples.name}: {len(samples)} recordings without labels.",)
    assert not part.plots
    taken = np.bincount(result.predicted, minlength=len(CLASSES))
    assert [(row[0], int(row[1])) for row in part.grids[0].rows] == list(zip(CLASSES, taken, strict=True))
    seen = look(small_image(), samples, result, 1, None)
    rows = sample_part(seen, command="make report", made=SAID).grids[0].rows
    assert ("class", f"{CLASSES[result.predicted[1]]} (no label)") in rows


def test_memory() -> None:
    image = small_image()
    part = memory_part("small.chx", image, command="make report", made=SAID)
    *sections, whole = part.grids[0].rows
    assert sum(int(row[1].replace(",", "")) for row in sections) == len(image.to_bytes())
    assert whole[0] == "all"


@pytest.mark.parametrize("cores", [1, 3])
def test_cores(cores: int) -> None:
    image = small_image()
    network = image.network()
    spikes = np.arange(network.neurons.count) + 1
    bundle = deal_out(image, cores)
    part = cores_part(bundle, spikes, command="make report", made=SAID)
    assert sum(int(row[1]) for row in part.grids[0].rows) == network.neurons.count
    sent = np.array(part.plots[0].figure["data"][0]["z"])
    core = np.zeros(network.neurons.count, int)
    for number in range(cores):
        core[bundle.neurons(number)] = number
    for a in range(cores):
        for b in range(cores):
            reach = {
                int(source) - network.axons
                for source, target in zip(network.source, network.target, strict=True)
                if source >= network.axons and core[source - network.axons] == a and core[target] == b
            }
            assert sent[a, b] == sum(spikes[neuron] for neuron in reach)
