# SPDX-License-Identifier: Apache-2.0
"""A sweep over noises as a picture."""

from collections.abc import Sequence
from pathlib import Path

import matplotlib as mpl
import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter

from flow.run.evaluate import MEANING, NoisePoint
from support.errors import InputError
from support.files import make_folder
from support.plots import COLOURS, GREY, STYLE, write_picture

FORMATS = (".png", ".svg")
"""Kinds of pictures, told by the ending of the file."""


def check_plot(path: Path) -> None:
    """Refuse a place where no picture can be written, before the work that it is about. Raises InputError."""
    if path.suffix not in FORMATS:
        raise InputError(f"{path}: expected a picture that ends in {' or '.join(FORMATS)}")
    if make_folder(path.parent) and path.is_dir():
        raise InputError(f"{path}: cannot be written, it is a folder")


def save_plot(path: Path, title: str, points: Sequence[NoisePoint]) -> None:
    """Draw accuracy over the level, axes a noise: mean of the seeds, a band of the standard deviation, each seed a dot.

    The ending of ``path`` says the kind of picture. Equal points give equal bytes. Raises InputError.
    """
    check_plot(path)
    noises = list(dict.fromkeys(point.noise for point in points))
    columns = min(3, len(noises))
    rows = -(-len(noises) // columns)
    with mpl.rc_context({**STYLE, "svg.hashsalt": "noise"}):
        figure = Figure(figsize=(3.7 * columns + 0.4, 2.7 * rows + 0.4), layout="constrained")
        grid = figure.subplots(rows, columns, squeeze=False, sharey=True)
        for axes, noise in zip(grid.flat, noises, strict=False):
            mine = [point for point in points if point.noise is noise]
            level, mean, spread = (
                np.array([getattr(point, name) for point in mine]) for name in ("level", "mean", "spread")
            )
            axes.axhline(mean[0], color=GREY, linewidth=0.8, linestyle="--")
            axes.fill_between(level, mean - spread, mean + spread, color=COLOURS[0], alpha=0.18, linewidth=0)
            axes.plot(level, mean, marker="o", markersize=3.5)
            for point in mine:
                axes.plot([point.level] * len(point.accuracies), point.accuracies, ".", color=COLOURS[1], markersize=3)
            axes.set_title(noise.replace("_", " "))
            axes.set_xlabel(MEANING[noise], fontsize=7)
            axes.yaxis.set_major_formatter(PercentFormatter(1, decimals=0))
        for axes in grid.flat[len(noises) :]:
            axes.set_visible(False)
        grid[0, 0].set_ylim(0, 1.02)
        figure.suptitle(title, x=0.01, ha="left", fontsize=10)
        write_picture(figure, path)
