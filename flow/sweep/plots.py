# SPDX-License-Identifier: Apache-2.0
"""The Pareto fronts of a sweep as one picture."""

from collections.abc import Sequence
from pathlib import Path

import matplotlib as mpl
from matplotlib.figure import Figure

from flow.sweep.pareto import Front
from support.plots import COLOURS, GREY, STYLE, write_picture

MARKERS = "os^Dv"


def save(path: Path, name: str, fronts: Sequence[Front]) -> None:
    """A panel for each front: results by group, those on the front filled and joined. Raises InputError."""
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(5.6 * len(fronts), 4.2), layout="constrained")
        for axes, front in zip(figure.subplots(1, len(fronts), squeeze=False)[0], fronts, strict=True):
            line = sorted((row[front.x], row[front.y]) for row, on in zip(front.rows, front.best, strict=True) if on)
            axes.plot(*zip(*line, strict=True), color=GREY, linewidth=1, zorder=1) if line else None
            for number, group in enumerate(front.groups):
                mine = [(row, on) for row, on in zip(front.rows, front.best, strict=True) if front.group(row) == group]
                colour = COLOURS[number % len(COLOURS)]
                axes.scatter(
                    [row[front.x] for row, _ in mine], [row[front.y] for row, _ in mine], s=28, zorder=2,
                    marker=MARKERS[number // len(COLOURS) % len(MARKERS)], edgecolors=colour, label=group or None,
                    facecolors=[colour if on else "white" for _, on in mine],
                )  # fmt: skip
            axes.set_xlabel(f"{front.x} ({'less' if front.lower_x else 'more'} is better)")
            axes.set_ylabel(f"{front.y} ({'less' if front.lower_y else 'more'} is better)")
            axes.set_title(f"{name}: {len(front.rows)} results, {sum(front.best)} on the front")
            if front.by:
                axes.legend(fontsize=7)
        write_picture(figure, path)
