# SPDX-License-Identifier: Apache-2.0
"""train.report.export: networks of a run back from its folder, and its image."""

import re
from pathlib import Path

import numpy as np
import pytest
import torch

from model.image.image import Image
from model.network_file import load_network
from support.errors import InputError
from tests.train.helpers import run_config
from tests.train.loop.test_fit import make
from tests.train.loop.test_run import quiet
from train.config.run import QuantisationConfig
from train.loop.evaluate import Labelled
from train.loop.fit import Fit
from train.report.export import class_names, export, load_float, load_integers, requantise, summarise


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Fit:
    """A short run that is complete."""
    folder = tmp_path_factory.mktemp("export")
    config = run_config(folder, training={"dense_epochs": 1, "sparse_epochs": 1}, quantisation={"weight_bits": 5})
    some = make(folder, config, "run")
    some.run()
    return some


def test_both_networks_come_back(run: Fit) -> None:
    config, network = load_float(run.folder)
    assert config == run.config
    assert network.layers[0].neurons.scale is None
    assert not network.training
    _, integers = load_integers(run.folder)
    for mine, other in zip(run.learner.average.layers, integers.layers, strict=True):
        assert torch.equal(mine.synapses.matrix().long(), other.synapses.weight)


def test_an_image_and_its_network_beside_it(run: Fit, tmp_path: Path) -> None:
    path = export(run.folder, out=tmp_path / "deep" / "a.chx", console=quiet())
    network = Image.load(path).network()
    assert network == load_network(tmp_path / "deep" / "a.npz")
    assert (network.name, network.labels) == ("small", ("one", "two", "three"))
    assert network.encoding == run.config.encoding.build()
    with pytest.raises(InputError, match=r"a\.npz: an image ends in \.chx; its network is written beside it as \.npz"):
        export(run.folder, out=tmp_path / "a.npz", console=quiet())


def test_classes_are_those_of_the_image_else_of_the_recordings(run: Fit, tmp_path: Path) -> None:
    assert class_names(run.folder, run.config) == ("one", "two", "three")
    data = run.config.data.model_copy(update={"train": tmp_path / "gone.h5"})
    config = run.config.model_copy(update={"data": data})
    export(run.folder, out=tmp_path / "network.chx", console=quiet())
    assert class_names(tmp_path, config) == ("one", "two", "three"), "the recordings are not needed"


def test_other_weights_are_rounded_from_real_numbers(run: Fit) -> None:
    random = np.random.default_rng(2)
    calibration = Labelled(random.random((8, 12, 14)) < 0.3, random.integers(0, 3, 8))
    made = requantise(run.folder, QuantisationConfig(weight_bits=2, ternary=True), calibration)
    weights = torch.cat([layer.synapses.weight.flatten() for layer in made.layers])
    assert set(weights.tolist()) == {-1, 0, 1}
    assert int(load_integers(run.folder)[1].layers[0].synapses.weight.abs().max()) > 1, "the run's own stay"


def test_the_page_has_what_the_checkpoint_says(run: Fit) -> None:
    text = summarise(run.folder, {"image_bytes": 1234}).read_text()
    for shown in ("<h1>small", "1,234", "layer 1", "samples of held-out speakers", "trained on inside the budget"):
        assert shown in text
    assert "Sensitivity" not in text, "none was measured"


def test_folders_that_are_no_complete_run(run: Fit, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=re.escape(f"{tmp_path}: no checkpoint.pt; expected the folder of a training")):
        load_float(tmp_path)
    half = make(run.folder.parent, run.config, "half")
    half.run(stop_after=1)
    for load in (load_float, load_integers):
        with pytest.raises(InputError, match="half: training has not finished; run it again to go on"):
            load(half.folder)
