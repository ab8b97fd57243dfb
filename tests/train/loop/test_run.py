# SPDX-License-Identifier: Apache-2.0
"""train.loop.run: from a TOML file to an image, as the command line does it."""

import json
import re
from dataclasses import asdict, replace
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
import torch
from rich.console import Console
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from model.batch import GoldenBatch
from model.image.image import Image
from model.network_file import load_network, save_network
from support.errors import InputError
from tests.train.helpers import write_recordings
from train.data.dataset import file_hash, load_events
from train.loop import accuracy, run
from train.loop.metrics import METRICS

TOML = """
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
[augment]
channel_shift = 20
[network]
hidden = [6, 6]
classes = 3
between = {{ first = 1, last = 5, step = 2 }}
[budget]
keep = 2
[training]
dense_epochs = 4
sparse_epochs = 2
batch = 12
threads = 1
"""


@pytest.fixture
def config(tmp_path: Path) -> Path:
    write_recordings(tmp_path / "train.h5", seed=0)
    write_recordings(tmp_path / "test.h5", seed=1)
    path = tmp_path / "small.toml"
    path.write_text(TOML.format(folder=tmp_path), encoding="utf-8")
    return path


def quiet() -> Console:
    return Console(record=True, width=160, file=open("/dev/null", "w"))


def test_whole_way(config: Path, tmp_path: Path) -> None:
    console = quiet()
    folder = run.train(config, run_folder=tmp_path / "run", console=console)
    assert folder == tmp_path / "run"
    assert {path.name for path in folder.iterdir()} == {
        "board", "checkpoint.pt", "config.json", "float.pt", "inputs.json", METRICS, "network.chx", "network.npz",
        "sensitivity.json", "summary.html",
    }  # fmt: skip
    text = console.export_text()
    assert "· 2 synapses a pair" in text
    assert "50% of delay range" in text
    page = (folder / "summary.html").read_text()
    for shown in ("<h2>What each limit cost</h2>", "<td>· 2 synapses a pair</td>", "<h2>Sensitivity</h2>",
                  "<td>4-bit weights</td>"):  # fmt: skip
        assert shown in page
    assert "augment.channel_shift" in text
    assert "36 training samples, 12 held out (speakers 3)" in text
    assert text.count("validation") >= 6

    log = EventAccumulator(str(folder / "board"), size_guidance={"histograms": 0})
    log.Reload()
    assert [event.step for event in log.Histograms("weights/into layer 2")] == [4, 6], "at the end of each phase"
    network = Image.load(folder / "network.chx").network()
    assert network == load_network(folder / "network.npz")
    assert network.name == "small"
    assert network.labels == ("one", "two", "three")
    assert network.max_steps == 12
    assert network.encoding is not None

    for split, path in (("test", "test.h5"), ("validation", "train.h5")):
        result = accuracy.evaluate_run(folder, split=split, console=quiet())
        assert json.loads((folder / f"{split}.json").read_text()) == asdict(result)
        events, spikes = load_events(tmp_path / path, tmp_path / "cache", network.encoding)
        chosen = np.full(len(spikes), True) if split == "test" else spikes.speakers == 3
        golden = GoldenBatch(network).run(events[chosen])
        assert result.samples == chosen.sum()
        assert result.accuracy_quantised == (golden.predicted == spikes.labels[chosen]).mean()
        assert result.spikes_quantised == [
            pytest.approx(golden.spikes[:, :, part].sum((1, 2)).mean()) for part in (slice(0, 6), slice(6, 12))
        ]
        assert result.events == events[chosen].sum((1, 2)).mean()


def test_threads_are_those_of_the_configuration_while_it_computes(config: Path, tmp_path: Path) -> None:
    """In training and in each look at the run; before and after they are those of the process."""
    before = torch.get_num_threads()
    text = config.read_text().replace("threads = 1", f"threads = {before + 1}")
    config.write_text(
        text.replace("_epochs = 4", "_epochs = 1").replace("_epochs = 2", "_epochs = 0"), encoding="utf-8"
    )
    seen: list[tuple[str, int]] = []

    def noted(module: ModuleType, name: str) -> Any:
        original = getattr(module, name)

        def call(*arguments: Any, **options: Any) -> Any:
            seen.append((name, torch.get_num_threads()))
            return original(*arguments, **options)

        return call

    with pytest.MonkeyPatch.context() as patch:
        for module, names in (
            (run, ("Fit", "sensitivity", "requantise")),
            (accuracy, ("evaluate", "evaluate_integers")),
        ):
            for name in names:
                patch.setattr(module, name, noted(module, name))
        folder = run.train(config, run_folder=tmp_path / "run", console=quiet())
        run.sensitivity_of_run(folder, fresh=True, console=quiet())
        integers = run.quantise(folder, weight_bits=4, console=quiet())
        accuracy.evaluate_run(folder, split="validation", integers=integers, console=quiet())
    assert {name for name, _ in seen} == {"Fit", "sensitivity", "requantise", "evaluate", "evaluate_integers"}
    assert {count for _, count in seen} == {before + 1}
    assert torch.get_num_threads() == before


def test_sensitivity_is_measured_once(config: Path, tmp_path: Path) -> None:
    folder = run.train(config, run_folder=tmp_path / "run", console=quiet())
    path = folder / "sensitivity.json"
    before = path.read_text()
    report = run.sensitivity_of_run(folder, console=quiet())
    assert report.record() == json.loads(before)
    assert report.of == "12 samples of held-out speakers"
    assert [each.group for each in report.groups] == ["into layer 1", "into layer 2", "into layer 3"]
    path.write_text(before.replace("12 samples", "kept samples"))
    assert run.sensitivity_of_run(folder, console=quiet()).of.startswith("kept")
    assert run.sensitivity_of_run(folder, fresh=True, console=quiet()) == report
    path.unlink()
    run.train(config, run_folder=folder, console=quiet())
    assert path.read_text() == before, "a run that has none gets one"


def test_a_budget_of_a_core_ends_in_its_image(config: Path, tmp_path: Path) -> None:
    text = config.read_text().replace(
        "keep = 2",
        """
core = {neurons = 20, axons = 14, delays = 8, rows = 90, synapse_words = 50, lanes = 4}""",
    )
    config.write_text(text, encoding="utf-8")
    folder = run.train(config, run_folder=tmp_path / "run", console=quiet())
    image = Image.load(folder / "network.chx")
    assert (image.geometry.neurons, image.geometry.delays, image.geometry.synapse_words) == (20, 8, 50)
    assert image.words_used <= 50
    several = (
        text.replace("core =", "cores = 2\ncore =")
        .replace('"small"', '"two"')
        .replace("synapse_words = 50", "synapse_words = 25")
        .replace(
            "neurons = 20, axons = 14", "neurons = 20, axons = 20"
        )  # neurons dealt out hear those of the other core
    )
    config.write_text(several, encoding="utf-8")
    folder = run.train(config, run_folder=tmp_path / "two", console=quiet())
    assert Image.load(folder / "network.chx").geometry.neurons == 15, "the smallest build that holds all of it"


def test_resume_and_start_anew(config: Path, tmp_path: Path) -> None:
    folder = run.train(config, run_folder=tmp_path / "run", console=quiet())
    before = (folder / METRICS).read_text()
    console = quiet()
    run.train(config, run_folder=folder, console=console)
    assert "goes on after 6 epochs" in console.export_text()
    assert (folder / METRICS).read_text() == before
    run.train(config, run_folder=folder, resume=False, console=quiet())
    assert (folder / METRICS).read_text() != before  # the seconds differ
    assert len((folder / METRICS).read_text().splitlines()) == 6


def test_a_run_does_not_go_on_with_other_data(config: Path, tmp_path: Path) -> None:
    folder = run.train(config, run_folder=tmp_path / "run", console=quiet())
    before = (tmp_path / "train.h5").read_bytes()
    write_recordings(tmp_path / "train.h5", seed=7)
    message = re.escape(f"{folder}: {tmp_path / 'train.h5'} (data.train) is not the file that the run began with; ")
    for again in (
        lambda: run.train(config, run_folder=folder, console=quiet()),
        lambda: run.quantise(folder, console=quiet()),
        lambda: run.quantise(folder, weight_bits=4, console=quiet()),
        lambda: accuracy.evaluate_run(folder, split="validation", console=quiet()),
    ):
        with pytest.raises(InputError, match=message) as error:
            again()
        assert "\n" not in str(error.value)
    accuracy.evaluate_run(folder, console=quiet())
    run.train(config, run_folder=folder, resume=False, console=quiet())
    (tmp_path / "train.h5").write_bytes(before)
    with pytest.raises(InputError, match=message):
        run.train(config, run_folder=folder, console=quiet())


def test_a_run_does_not_go_on_after_another_start(config: Path, tmp_path: Path) -> None:
    first = run.train(config, run_folder=tmp_path / "first", console=quiet())
    second = tmp_path / "second.toml"
    second.write_text(config.read_text().replace("dense_epochs = 4", f'start = "{first}"'), encoding="utf-8")
    folder = run.train(second, run_folder=tmp_path / "run", console=quiet())
    run.train(second, run_folder=folder, console=quiet())
    run.train(config, run_folder=first, seed=1, resume=False, console=quiet())
    message = re.escape(f"{folder}: {first / 'float.pt'} (training.start) is not the file that the run began with; ")
    with pytest.raises(InputError, match=message):
        run.train(second, run_folder=folder, console=quiet())
    run.quantise(folder, console=quiet())  # nothing of the start is needed for it
    (first / "float.pt").unlink()
    run.train(second, run_folder=folder, console=quiet())


def test_a_run_of_an_earlier_version_goes_on(config: Path, tmp_path: Path) -> None:
    folder = run.train(config, run_folder=tmp_path / "run", console=quiet())
    (folder / "inputs.json").unlink()
    write_recordings(tmp_path / "train.h5", seed=7)
    console = quiet()
    run.train(config, run_folder=folder, console=console)
    assert "does not say what it was trained on" in " ".join(console.export_text().split())
    (folder / "inputs.json").write_text("[")
    with pytest.raises(InputError, match=r"inputs\.json: damaged; expected hashes"):
        run.train(config, run_folder=folder, console=quiet())


def test_a_measurement_says_what_it_is_of(config: Path, tmp_path: Path) -> None:
    folder = run.train(config, run_folder=tmp_path / "run", console=quiet())
    for split, name in (("test", "test.h5"), ("validation", "train.h5")):
        assert accuracy.evaluate_run(folder, split=split, console=quiet()).file == accuracy.SampleFile(
            path=str(tmp_path / name), sha256=file_hash(tmp_path / name)
        )


def test_folders_that_are_no_finished_run(config: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=re.escape("none: no checkpoint.pt; expected the folder of a training run")):
        run.quantise(tmp_path / "none")
    loaded = run.load_config(config)
    spikes = run.load_spikes(loaded.data.train, loaded.data.cache, loaded.encoding.build())
    (tmp_path / "half").mkdir()
    run.Fit(loaded, spikes, np.arange(len(spikes)), None, tmp_path / "half").run(stop_after=1)
    with pytest.raises(InputError, match="half: training has not finished; run it again to go on"):
        run.quantise(tmp_path / "half")


def test_wrong_number_of_classes(config: Path, tmp_path: Path) -> None:
    config.write_text(config.read_text().replace("classes = 3", "classes = 4"), encoding="utf-8")
    with pytest.raises(InputError, match=r"network\.classes must be the number of labels of .*train\.h5 \(3\), not 4"):
        run.train(config, run_folder=tmp_path / "run", console=quiet())


@pytest.mark.parametrize("key", ["train", "test"])
def test_a_run_does_not_write_over_its_recordings(config: Path, tmp_path: Path, key: str) -> None:
    folder = tmp_path / "run"
    folder.mkdir()
    recordings = write_recordings(folder / "network.npz", seed=0)
    before = recordings.read_bytes()
    config.write_text(config.read_text().replace(f"{tmp_path}/{key}.h5", str(recordings)))
    with pytest.raises(InputError, match=r"network\.npz: would be written over what is read from it"):
        run.train(config, run_folder=folder, resume=False, console=quiet())
    assert recordings.read_bytes() == before


def test_unknown_split(config: Path, tmp_path: Path) -> None:
    folder = run.train(config, run_folder=tmp_path / "run", console=quiet())
    with pytest.raises(InputError, match="split must be test or validation, not 'dev'"):
        accuracy.evaluate_run(folder, split="dev", console=quiet())


def test_no_validation_speakers(config: Path, tmp_path: Path) -> None:
    config.write_text(config.read_text().replace("[3]", "[]"), encoding="utf-8")
    console = quiet()
    folder = run.train(config, run_folder=tmp_path / "run", console=console)
    assert "48 training samples, 0 held out (speakers none)" in console.export_text()
    with pytest.raises(InputError, match="small: no validation speakers"):
        accuracy.evaluate_run(folder, split="validation", console=quiet())


def test_other_weights(config: Path, tmp_path: Path) -> None:
    folder = run.train(config, run_folder=tmp_path / "run", console=quiet())
    own = Image.load(folder / "network.chx").network()
    results = [accuracy.evaluate_run(folder, split="validation", console=quiet())]
    for arguments, name, top in (
        ({"weight_bits": 4}, "network-4bit", 7), ({"ternary": True}, "network-ternary", 1),
    ):  # fmt: skip
        integers = run.quantise(folder, **arguments, console=quiet())
        network = Image.load(folder / f"{name}.chx").network()
        assert network == load_network(folder / f"{name}.npz")
        assert np.abs(network.weight).max() == top
        results.append(accuracy.evaluate_run(folder, split="validation", integers=integers, console=quiet()))
    assert len({result.accuracy_float for result in results}) == 1
    assert json.loads((folder / "validation.json").read_text()) == asdict(results[0])
    with pytest.raises(InputError, match=r"copy\.npz: an image ends in \.chx; its network is written beside it"):
        run.quantise(folder, out=tmp_path / "copy.npz", console=quiet())
    run.quantise(folder, out=tmp_path / "copy.chx", console=quiet())
    assert Image.load(tmp_path / "copy.chx").network() == own
    with pytest.raises(InputError, match="ternary weights have 2 bits, not 4"):
        run.quantise(folder, weight_bits=4, ternary=True)


def test_what_cannot_begin_anew_leaves_the_run_as_it_was(config: Path, tmp_path: Path) -> None:
    folder = run.train(config, run_folder=tmp_path / "run", console=quiet())
    before = {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}
    text = config.read_text()
    for change, message in (
        (f'{text}start = "{tmp_path}/none"\n', "training.start: no float.pt in"),
        (f'{text}[teachers]\nruns = ["{tmp_path}/none"]\n', "teachers.runs: no float.pt in"),
    ):
        config.write_text(change)
        with pytest.raises(InputError, match=re.escape(message)):
            run.train(config, run_folder=folder, resume=False, console=quiet())
        assert {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()} == before


def test_a_teacher_of_other_classes(config: Path, tmp_path: Path) -> None:
    """As many, in another order: it would teach that a one is a two."""
    teacher = run.train(config, run_folder=tmp_path / "teacher", console=quiet())
    network = load_network(teacher / "network.npz")
    save_network(teacher / "network.npz", replace(network, labels=("two", "one", "three")))
    config.write_text(f'{config.read_text()}[teachers]\nruns = ["{teacher}"]\n')
    message = f"teachers.runs: {teacher} knows the classes two, one, three; expected one, two, three, in that order"
    with pytest.raises(InputError, match=f"^{re.escape(message)}$"):
        run.train(config, run_folder=tmp_path / "run", console=quiet())
    save_network(teacher / "network.npz", network)
    run.train(config, run_folder=tmp_path / "run", console=quiet())
