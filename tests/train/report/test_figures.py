# SPDX-License-Identifier: Apache-2.0
"""Pictures of a training run: well-formed, the same for the same data, and saying what the data say."""

import re
from dataclasses import replace
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest

from support.errors import InputError
from train.loop.metrics import EpochMetrics
from train.report import figures
from train.report.figures import LayerSpikes, LayerSynapses

TEXT = "{http://www.w3.org/2000/svg}text"


def texts(svg: str) -> list[str]:
    return ["".join(each.itertext()) for each in ElementTree.fromstring(svg).iter(TEXT)]


def metrics(epochs: int, phase: str = "dense", **more: Any) -> list[EpochMetrics]:
    return [
        EpochMetrics(**{"phase": phase, "epoch": i + 1, "epochs": epochs, "loss": 2.0 / (i + 1),
                        "train_accuracy": 0.1 * i, "train_spikes": [100.0 + i, 50.0], "seconds": 1.0, **more})
        for i in range(epochs)
    ]  # fmt: skip


def test_curves() -> None:
    svg = figures.learning_curves(metrics(4) + metrics(3, "sparse", validation_accuracy=0.5))
    seen = texts(svg)
    for text in ("loss", "accuracy", "spikes a sample, training", "training", "validation", "layer 1", "layer 2"):
        assert seen.count(text) == 1
    # The phases are named in each of three axes.
    assert seen.count("dense") == seen.count("sparse") == 3
    assert svg == figures.learning_curves(metrics(4) + metrics(3, "sparse", validation_accuracy=0.5))


def test_curves_of_one_phase_without_validation() -> None:
    seen = texts(figures.learning_curves(metrics(3)))
    assert "dense" not in seen
    assert "validation" not in seen


def test_curves_leave_out_epochs_without_a_value(monkeypatch: pytest.MonkeyPatch) -> None:
    drawn = []
    monkeypatch.setattr("matplotlib.axes.Axes.plot", lambda self, x, y, **rest: drawn.append((list(x), list(y))))
    some = metrics(4)
    some[1] = replace(some[1], validation_accuracy=0.3)
    some[2] = replace(some[2], train_spikes=[1.0])
    some[0] = replace(some[0], loss=float("nan"))
    figures.learning_curves(some)
    assert drawn == [
        ([2, 3, 4], [1.0, 2 / 3, 0.5]),
        ([1, 2, 3, 4], [0.0, 0.1, 0.2, pytest.approx(0.3)]),
        ([2], [0.3]),
        ([1, 2, 3, 4], [100.0, 101.0, 1.0, 103.0]),
        ([1, 2, 4], [50.0, 50.0, 50.0]),
    ]


def test_curves_of_one_epoch() -> None:
    assert "<use" in figures.learning_curves(metrics(1))


def test_histograms(monkeypatch: pytest.MonkeyPatch) -> None:
    bars: list[dict[int, int]] = []

    def bar(self: object, x: Any, height: Any, **rest: Any) -> None:
        bars.append({int(at): int(n) for at, n in zip(x, height, strict=True) if n})

    monkeypatch.setattr("matplotlib.axes.Axes.bar", bar)
    weights, delays = np.array([[-3, 2], [2, 0]], np.int8), np.array([5, 5, 7, 5], np.uint8)
    seen = texts(figures.histograms([LayerSynapses(name="in", weights=weights, delays=delays)]))
    assert bars == [{-3: 1, 0: 1, 2: 2}, {5: 3, 7: 1}]
    assert "in: weights of 4 synapses, 25.0% are 0" in seen
    assert "in: delays, steps, mean 5.5" in seen


def test_histograms_of_no_synapses() -> None:
    assert "x: weights of 0 synapses" in texts(figures.histograms([LayerSynapses(name="x", weights=[], delays=[])]))


@pytest.mark.parametrize(
    ("weights", "delays", "message"),
    [
        ([1, 2], [1], "layer x: 2 weights, but 1 delays"),
        ([0.5], [1], "layer x: weights and delays must be integers, not float64"),
    ],
)
def test_wrong_layers(weights: list[float], delays: list[int], message: str) -> None:
    with pytest.raises(InputError, match=f"^{message}$"):
        figures.histograms([LayerSynapses(name="x", weights=weights, delays=delays)])


def test_rasters(monkeypatch: pytest.MonkeyPatch) -> None:
    dots = []
    monkeypatch.setattr(
        "matplotlib.axes.Axes.scatter", lambda self, x, y, **rest: dots.append(list(zip(x, y, strict=True)))
    )
    events, spikes = np.zeros((6, 300), bool), np.zeros((6, 3), bool)
    events[[0, 5], [299, 7]] = True
    spikes[2, 1] = True
    layers = [LayerSpikes(name="input", spikes=events, source="axon"), LayerSpikes(name="hidden", spikes=spikes)]
    seen = texts(figures.rasters(layers))
    assert dots == [[(0, 299), (5, 7)], [(2, 1)]]
    assert "input: 2 events" in seen
    assert "hidden: 1 spikes" in seen
    assert seen.count("axon") == seen.count("neuron") == seen.count("step") == 1


def test_rasters_are_small() -> None:
    dense = np.random.default_rng(0).random((100, 700)) < 0.1
    assert len(figures.rasters([LayerSpikes(name="input", spikes=dense)])) < 200_000


def test_wrong_raster() -> None:
    with pytest.raises(InputError, match=r"^raster x: expected shape \(steps, neurons\), not \(4,\)$"):
        figures.rasters([LayerSpikes(name="x", spikes=[True] * 4)])


def test_confusion() -> None:
    seen = texts(figures.confusion([[4, 0, 1], [0, 0, 0], [2, 0, 13]], ["a", "$b_1$", "<c>"]))
    assert [text for text in seen if text.isdigit()] == ["4", "1", "2", "13"]
    # Names are no markup and no mathematics.
    assert seen.count("a") == seen.count("$b_1$") == seen.count("<c>") == 2


def test_wrong_confusion() -> None:
    with pytest.raises(InputError, match=r"^confusion matrix: expected shape \(3, 3\), not \(2, 2\)$"):
        figures.confusion([[1, 0], [0, 1]], ["a", "b", "c"])


def test_identifiers_of_pictures_differ() -> None:
    """Pictures share a page, so what one refers to must not be found in another."""
    one, two = (
        set(re.findall(r"url\(#(\w+)\)", svg))
        for svg in (
            figures.learning_curves(metrics(3)),
            figures.confusion([[1]], ["a"]),
        )
    )
    assert one
    assert not one & two
