# SPDX-License-Identifier: Apache-2.0
"""Each kind of task on something small: the figures are those of the commands and models that it stands for."""

import json
from pathlib import Path

import pytest

from flow.sweep.kinds import KINDS, Cost, Train, measure
from flow.sweep.work.build import built
from flow.synthesis.ecp5 import Area
from model.config import DelayUnit
from model.imperfect.codebook import with_codebook
from model.mapping.compiler import compile_network, fit
from rtl.core.neurocore import Core
from support.errors import InputError
from support.paths import ROOT
from tests.flow.examples import small_image, write_recordings
from tests.train.helpers import write_recordings as write_training


@pytest.fixture
def options(tmp_path: Path) -> dict[str, object]:
    small_image().save(tmp_path / "small.chx")
    write_recordings(tmp_path / "x.h5")
    return {"image": str(tmp_path / "small.chx"), "data": str(tmp_path / "x.h5"), "samples": 4}


@pytest.mark.parametrize("cores", [1, 2])
def test_cost_and_rtl_agree(tmp_path: Path, options: dict[str, object], cores: int) -> None:
    """The cycle model is exact, so both kinds give the same figures."""
    cost = measure("cost", {**options, "cores": cores}, tmp_path)
    rtl = measure("sim", {**options, "cores": cores, "seed": 3}, tmp_path)
    assert rtl["mismatches"] == rtl["cycle_model_errors"] == 0
    # The order of the events in a step, which the seed draws, decides some cycles.
    same = ("samples", "accuracy_golden", "delay_memory_bits")
    assert {name: cost[name] for name in same} == {name: rtl[name] for name in same}
    assert cost["cycles_mean"] == pytest.approx(rtl["cycles_mean"], rel=0.05)


def test_compiled_anew(tmp_path: Path, options: dict[str, object]) -> None:
    plain = measure("cost", options, tmp_path)
    wide = measure("cost", {**options, "lanes": 6}, tmp_path)
    coded = measure("cost", {**options, "codebook_bits": 1}, tmp_path)
    assert wide["synapse_words_mean"] < plain["synapse_words_mean"]
    assert wide["spikes_mean"] == plain["spikes_mean"]
    assert coded["synapses"] < plain["synapses"], "the codebook of two values has 0 and one weight"


def test_other_lanes_keep_a_codebook(tmp_path: Path, options: dict[str, object]) -> None:
    image = small_image()
    network = with_codebook(image.network(), 4)
    coded = compile_network(network, fit(network, lanes=image.geometry.lanes, codebook=True))
    coded.save(tmp_path / "coded.chx")
    found = built(Cost.model_validate({**options, "image": str(tmp_path / "coded.chx"), "lanes": 6}))
    assert (found.geometry.lanes, found.geometry.codebook, found.network()) == (6, True, coded.network())


def test_a_random_network(tmp_path: Path) -> None:
    found = measure("cost", {"sizes": [40, 12, 4], "samples": 2, "rate": 0.1}, tmp_path)
    assert found["accuracy_golden"] is None
    assert found["spikes_mean"] > 0
    assert measure("cost", {"sizes": [40, 12, 4], "samples": 2, "rate": 0.1}, tmp_path) == found


def test_what_does_not_fit_is_refused(tmp_path: Path, options: dict[str, object]) -> None:
    with pytest.raises(InputError, match="cores"):
        measure("cost", {**options, "cores": 7}, tmp_path)
    with pytest.raises(InputError, match="6"):
        measure("cost", {**options, "samples": 7}, tmp_path)


def test_area(tmp_path: Path, options: dict[str, object], monkeypatch: pytest.MonkeyPatch) -> None:
    """What is synthesised is the core of the build; tests/flow/synthesis synthesises in earnest."""
    asked: list[tuple[object, ...]] = []

    def synthesise(component: Core, name: str, folder: Path) -> Area:
        asked.append((component.config.delay_unit, component.config.lanes, name, folder))
        return Area(flip_flops=1, luts=2, block_rams=3, dsps=4, memory_bits=5, fmax_mhz=None)

    monkeypatch.setattr("flow.sweep.work.area.synthesise", synthesise)
    found = measure("area", {"image": options["image"], "unit": "bitmap", "lanes": 4}, tmp_path)
    assert asked == [(DelayUnit.BITMAP, 4, "core_bitmap", tmp_path)]
    assert (found["luts"], found["fmax_mhz"]) == (2, None)


RUN = """
name = "small"
[data]
train = "{folder}/train.h5"
test = "{folder}/test.h5"
cache = "{folder}/cache"
validation_speakers = [3]
[encoding]
axons = 14
steps = 10
step_seconds = 0.008
[network]
hidden = [6, 6]
classes = 3
between = {{ first = 1, last = 5, step = 2 }}
[budget]
keep = 2
[training]
dense_epochs = 2
sparse_epochs = 1
batch = 12
threads = 1
"""


def test_training(tmp_path: Path) -> None:
    """A run in the task's folder, with other values than the file's; done again, it is taken as it is."""
    write_training(tmp_path / "train.h5", seed=0)
    write_training(tmp_path / "test.h5", seed=1)
    config = tmp_path / "small.toml"
    config.write_text(RUN.format(folder=tmp_path))
    wanted = {"config": str(config), "seed": 1, "set": {"network.hidden": [5, 4], "quantisation.epochs": 1}}
    options = Train.model_validate(wanted)
    assert options.files() == [config, tmp_path / "train.h5"]
    found = measure("train", wanted, tmp_path / "run")
    assert 0 <= found["accuracy_quantised"] <= 1
    written = json.loads((tmp_path / "run" / "config.json").read_text())
    assert (written["network"]["hidden"], written["training"]["seed"], written["name"]) == ([5, 4], 1, "small-s1")
    assert measure("train", wanted, tmp_path / "run") == found
    with pytest.raises(InputError, match=r"small\.toml: network\.hiden: Extra inputs are not permitted"):
        Train.model_validate({"config": str(config), "set": {"network.hiden": 1}}).files()


def test_every_kind_has_a_module() -> None:
    for kind in KINDS:
        assert (ROOT / "flow" / "sweep" / "work" / f"{kind}.py").is_file()


def test_exact_spike_times(tmp_path: Path) -> None:
    """A configuration of DelGrad is trained by DelGrad."""
    config = ROOT / "train" / "configs" / "yinyang" / "4_30_3_axonal.toml"
    changes = {"network.hidden": [8], "training.epochs": 2}
    options = {"config": str(config), "seed": 3, "set": changes}
    found = measure("train", options, tmp_path / "run")
    assert (found["samples"], found["hidden_neurons"]) == (1000, 8)
    assert 0.3 < found["accuracy_float"] < 1
    assert Train.model_validate(options).files() == [config, config.with_name("base.toml")]
