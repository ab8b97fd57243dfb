# SPDX-License-Identifier: Apache-2.0
"""Accuracy of an image, and its sweeps over disturbances: exact where it can be known, the same for the same seed."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from flow.run import evaluate
from flow.run.evaluate import LEVELS, MEANING, Evaluation, Noise, NoisePoint, noise_table, play, sweep
from flow.run.report import accuracy
from model.batch import GoldenBatch
from model.disturbances import weight_mismatch
from model.network import SYNAPSE
from support.errors import InputError
from tests.flow.examples import CLASSES, small_image, write_recordings


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working folder with an image and recordings."""
    monkeypatch.chdir(tmp_path)
    small_image().save(tmp_path / "small.chx")
    write_recordings(tmp_path / "small.h5", 30)
    return tmp_path


@pytest.fixture
def clean(folder: Path) -> Evaluation:
    return play(folder / "small.chx", folder / "small.h5")


def by_level(points: list[NoisePoint], noise: Noise) -> dict[float, tuple[float, ...]]:
    return {point.level: point.accuracies for point in points if point.noise is noise}


def test_play(folder: Path, clean: Evaluation) -> None:
    assert len(clean.samples) == 30
    assert clean.network == small_image().network()
    result = GoldenBatch(clean.network).run(clean.samples.rasters)
    assert np.array_equal(clean.result.predicted, result.predicted)
    assert clean.report().accuracy == (result.predicted == clean.samples.classes).mean()
    assert len(play(folder / "small.chx", folder / "small.h5", 4).samples) == 4


def test_level_0_is_the_clean_result(clean: Evaluation) -> None:
    expected = accuracy(clean.result.predicted, clean.samples)
    points = sweep(clean, dict.fromkeys(Noise, (0.0,)), seeds=2)
    for noise in Noise:
        # The point that every sweep begins with, and the same by way of the noise itself.
        assert [point.accuracies for point in points if point.noise is noise] == [(expected,), (expected, expected)]


def test_what_follows_at_the_extremes(clean: Evaluation) -> None:
    network, samples = clean.network, clean.samples
    batch = GoldenBatch(network)
    outer = network.source < network.axons
    cut = replace(network, **{name: getattr(network, name)[outer] for name in SYNAPSE})
    expected = {
        Noise.DROPPED_EVENTS: batch.run(np.zeros_like(samples.rasters)),
        Noise.SPURIOUS_EVENTS: batch.run(np.ones_like(samples.rasters)),
        Noise.DROPPED_SPIKES: GoldenBatch(cut).run(samples.rasters),
    }
    points = sweep(clean, dict.fromkeys(expected, (1.0,)), seeds=2)
    for noise, result in expected.items():
        assert by_level(points, noise)[1.0] == (accuracy(result.predicted, samples),) * 2


def test_a_sweep_is_what_its_parts_are(clean: Evaluation) -> None:
    """Each number again, from the disturbed network and the golden model."""
    points = sweep(clean, {Noise.WEIGHT_MISMATCH: (0.3, 0.9)}, seeds=3, seed=5)
    for level, seen in by_level(points, Noise.WEIGHT_MISMATCH).items():
        for draw, value in enumerate(seen if level else ()):
            rng = np.random.default_rng((5, 0, draw))
            noisy = weight_mismatch(clean.network, level, rng, clean.config.weight_range)
            assert value == accuracy(GoldenBatch(noisy).run(clean.samples.rasters).predicted, clean.samples)


def test_a_sweep_depends_on_its_seed_alone(clean: Evaluation) -> None:
    called = []
    levels = {noise: LEVELS[noise][1:4] for noise in Noise}
    whole = sweep(clean, levels, seeds=2, seed=1, progress=lambda: called.append(1))
    assert len(called) == 7 * 3 * 2
    assert len(whole) == 7 * (1 + 3)
    assert whole == sweep(clean, levels, seeds=2, seed=1)
    assert whole != sweep(clean, levels, seeds=2, seed=2)
    # Neither the other noises nor more draws change what a draw gives.
    for noise in Noise:
        alone = by_level(sweep(clean, {noise: levels[noise][1:2]}, seeds=1, seed=1), noise)
        for level, seen in alone.items():
            assert by_level(whole, noise)[level][:1] == seen


def test_noises_differ(clean: Evaluation) -> None:
    """Every noise has an effect, in a network whose classes hang by a thread."""
    points = sweep(clean, seeds=4)
    for noise in Noise:
        assert len({value for seen in by_level(points, noise).values() for value in seen}) > 1, noise


def test_mean_and_spread() -> None:
    point = NoisePoint(noise=Noise.DELAY_MISMATCH, level=1, accuracies=(0.5, 0.7, 0.9))
    assert point.mean == pytest.approx(0.7)
    assert point.spread == pytest.approx(0.2)
    assert NoisePoint(noise=Noise.DELAY_MISMATCH, level=0, accuracies=(0.5,)).spread == 0


def test_every_noise_has_levels_and_a_meaning() -> None:
    assert set(LEVELS) == set(MEANING) == set(Noise)
    for levels in LEVELS.values():
        assert list(levels) == sorted(set(levels))
        assert levels[0] > 0


@pytest.mark.parametrize(("seeds", "seed"), [(0, 0), (1, -1)])
def test_wrong_seeds(clean: Evaluation, seeds: int, seed: int) -> None:
    with pytest.raises(InputError, match=r"^noise: seeds must be at least 1 and seed at least 0, not "):
        sweep(clean, seeds=seeds, seed=seed)


def test_accuracy_of_classes_and_speakers(clean: Evaluation) -> None:
    speakers = np.array([7] * 10 + [3] * 20)
    some = replace(clean, samples=replace(clean.samples, speakers=speakers))
    right = clean.result.predicted == clean.samples.classes
    assert some.by_speaker() == {"3": right[10:].mean(), "7": right[:10].mean()}
    assert some.by_class() == {name: right[place::3].mean() for place, name in enumerate(CLASSES)}
    nameless = replace(clean, network=replace(clean.network, labels=()))
    assert list(nameless.by_class()) == ["0", "1", "2"]


def test_table_names_what_a_level_is(clean: Evaluation) -> None:
    table = noise_table(sweep(clean, {Noise.DELAY_MISMATCH: (1, 2)}, seeds=2))
    assert [len(list(column.cells)) for column in table.columns] == [1] * 4
    assert evaluate.MEANING[Noise.DELAY_MISMATCH] in str(next(iter(table.columns[0].cells)))
