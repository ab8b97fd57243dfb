# SPDX-License-Identifier: Apache-2.0
"""Pictures of a training run, as SVG that a page can hold: curves, histograms, rasters, confusion.

Drawn without pyplot: nothing global is touched, no display is needed. Equal data give equal bytes.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator, PercentFormatter
from numpy.typing import ArrayLike, NDArray

from support.errors import InputError
from support.plots import COLOURS, GREY, STYLE, svg
from train.loop.metrics import EpochMetrics


@dataclass(frozen=True, kw_only=True)
class LayerSynapses:
    """The synapses of a layer, one entry each; the arrays are flattened."""

    name: str
    weights: ArrayLike
    """Integers, as in the image."""
    delays: ArrayLike
    """Steps, as in the contract."""


@dataclass(frozen=True, kw_only=True)
class LayerSpikes:
    """Spikes of one sample in a layer."""

    name: str
    spikes: ArrayLike
    """Bool, shape (steps, neurons)."""
    source: str = "neuron"
    """What a row is."""


def learning_curves(metrics: Sequence[EpochMetrics]) -> str:
    """Loss, accuracy and spikes of the hidden layers, epoch by epoch; phases follow one another."""
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(11, 3.1), layout="constrained")
        loss, accuracy, spikes = figure.subplots(1, 3)
        _curve(loss, _series(metrics, "loss"))
        loss.set_title("loss")
        for key, label in (("train_accuracy", "training"), ("validation_accuracy", "validation")):
            _curve(accuracy, _series(metrics, key), label)
        accuracy.set_title("accuracy")
        accuracy.set_ylim(0, 1.02)
        accuracy.yaxis.set_major_formatter(PercentFormatter(1, decimals=0))
        layers = max((len(each.train_spikes) for each in metrics), default=0)
        for layer in range(layers):
            _curve(spikes, _series(metrics, "train_spikes", layer), f"layer {layer + 1}")
        spikes.set_title("spikes a sample, training")
        spikes.set_ylim(bottom=0)
        for axes in (loss, accuracy, spikes):
            axes.set_xlabel("epoch")
            axes.set_xlim(0.5, len(metrics) + 0.5)
            axes.xaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))
            _phases(axes, [each.phase for each in metrics])
            if axes.get_legend_handles_labels()[0]:
                axes.legend()
    return svg(figure, "curves")


def histograms(layers: Sequence[LayerSynapses]) -> str:
    """Weights and delays of each layer's synapses, a bar an integer."""
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(11, 0.2 + 1.9 * len(layers)), layout="constrained")
        rows = figure.subplots(len(layers), 2, squeeze=False)
        for (left, right), layer in zip(rows, layers, strict=True):
            weights, delays = (_integers(layer.name, each) for each in (layer.weights, layer.delays))
            if weights.size != delays.size:
                raise InputError(f"layer {layer.name}: {weights.size} weights, but {delays.size} delays")
            zeros = f", {np.mean(weights == 0):.1%} are 0" if (weights == 0).any() else ""
            left.set_title(f"{layer.name}: weights of {weights.size:,} synapses{zeros}")
            mean = f", mean {delays.mean():.1f}" if delays.size else ""
            right.set_title(f"{layer.name}: delays, steps{mean}")
            for axes, values, colour in ((left, weights, COLOURS[0]), (right, delays, COLOURS[1])):
                axes.xaxis.set_major_locator(MaxNLocator(integer=True))
                if values.size:
                    first, last = int(values.min()), int(values.max())
                    axes.bar(np.arange(first, last + 1), np.bincount(values - first), width=0.9, color=colour)
                    # One bar alone would fill the picture.
                    axes.set_xlim(min(first - 1, -1), max(last + 1, 8))
    return svg(figure, "histograms")


def rasters(layers: Sequence[LayerSpikes]) -> str:
    """Spikes of one sample, layer above layer: a dot a spike, steps to the right."""
    dense = [np.asarray(each.spikes, np.bool_) for each in layers]
    for layer, spikes in zip(layers, dense, strict=True):
        if spikes.ndim != 2:
            raise InputError(f"raster {layer.name}: expected shape (steps, neurons), not {spikes.shape}")
    with mpl.rc_context(STYLE):
        heights = [2.2 if spikes.shape[1] > 200 else 1.5 for spikes in dense]
        figure = Figure(figsize=(11, 0.4 + sum(heights)), layout="constrained")
        rows = figure.subplots(len(dense), 1, squeeze=False, sharex=True, gridspec_kw={"height_ratios": heights})
        for axes, layer, spikes in zip(rows[:, 0], layers, dense, strict=True):
            step, neuron = np.nonzero(spikes)
            # Points as one picture: thousands of elements would make the page slow.
            size = 2 if spikes.shape[1] > 200 else 9
            axes.scatter(step, neuron, s=size, marker="s", linewidths=0, color="#1d2731", rasterized=True)
            axes.set_ylim(-1, spikes.shape[1])
            axes.set_xlim(-1, max(map(len, dense)))
            kind = "events" if layer.source == "axon" else "spikes"
            axes.set_title(f"{layer.name}: {len(step):,} {kind}")
            axes.set_ylabel(layer.source)
            axes.yaxis.set_major_locator(MaxNLocator(integer=True, nbins=4))
            axes.grid(visible=False, axis="y")
        rows[-1, 0].set_xlabel("step")
        rows[-1, 0].xaxis.set_major_locator(MaxNLocator(integer=True))
    return svg(figure, "rasters")


def confusion(matrix: ArrayLike, labels: Sequence[str]) -> str:
    """Counts of samples, shape (classes, classes): rows are true classes, columns predicted ones; shaded by row."""
    counts = np.asarray(matrix)
    if counts.shape != (len(labels), len(labels)):
        raise InputError(f"confusion matrix: expected shape ({len(labels)}, {len(labels)}), not {counts.shape}")
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    side = 1.4 + 0.36 * len(labels)
    with mpl.rc_context({**STYLE, "axes.grid": False}):
        figure = Figure(figsize=(max(side, 4), max(side, 4)), layout="constrained")
        axes = figure.subplots()
        axes.imshow(shares, cmap="Blues", vmin=0, vmax=1)
        axes.set_xticks(range(len(labels)), labels, rotation=90)
        axes.set_yticks(range(len(labels)), labels)
        axes.set_xlabel("predicted")
        axes.set_ylabel("said")
        axes.tick_params(length=0)
        for row, column in np.argwhere(counts):
            colour = "white" if shares[row, column] > 0.6 else "#1d2731"
            axes.text(column, row, f"{counts[row, column]}", ha="center", va="center", fontsize=7, color=colour)
    return svg(figure, "confusion")


def _series(metrics: Sequence[EpochMetrics], key: str, index: int | None = None) -> NDArray[np.float64]:
    """A metric by epoch, NaN where an epoch has none."""
    values = [getattr(each, key) for each in metrics]
    if index is not None:
        values = [each[index] if each is not None and index < len(each) else None for each in values]
    return np.array([np.nan if each is None else each for each in values], np.float64)


def _curve(axes: Axes, values: NDArray[np.float64], label: str | None = None) -> None:
    """A line through the epochs that have a value; a single one is a dot."""
    (where,) = np.nonzero(np.isfinite(values))
    if len(where):
        axes.plot(where + 1, values[where], label=label, marker="o" if len(where) == 1 else None)


def _phases(axes: Axes, names: Sequence[str]) -> None:
    """Mark where a phase begins, and name the phases if there are several."""
    starts = [i for i, name in enumerate(names) if not i or name != names[i - 1]]
    if len(starts) < 2:
        return
    for start in starts:
        if start:
            axes.axvline(start + 0.5, color=GREY, linewidth=0.8, linestyle="--")
        # Above the axes, where no curve is, and below the title.
        above = axes.get_xaxis_transform()
        axes.text(start + 0.6, 1.0, names[start], fontsize=7, color=GREY, va="bottom", transform=above)
    axes.set_title(axes.get_title("left"), pad=14)


def _integers(name: str, values: ArrayLike) -> NDArray[np.int64]:
    array = np.asarray(values).ravel()
    if array.size and array.dtype.kind not in "iu":
        raise InputError(f"layer {name}: weights and delays must be integers, not {array.dtype}")
    return array.astype(np.int64)
