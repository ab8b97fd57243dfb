# SPDX-License-Identifier: Apache-2.0
"""Accuracy over the fault rate, and over the bit that flips, as a picture."""

from collections import Counter
from collections.abc import Sequence
from itertools import groupby
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator, NullFormatter, PercentFormatter

from flow.faults.curves import BIT_RATE, BIT_SHARE, STUCK
from flow.faults.report import Measured
from flow.faults.sweep import Point
from model.cost.memories import MemoryName
from model.faults.faults import EventKind
from model.faults.memories import IMAGE
from support.plots import COLOURS, GREY, STYLE, write_picture

HELD = (MemoryName.ACCUMULATORS, MemoryName.QUEUE, MemoryName.HISTORY, MemoryName.STATES)
PANELS: Sequence[tuple[str, str, Sequence[str]]] = (
    ("image memories", "bits flipped after loading", IMAGE),
    ("state memories", "bits flipped at each end of step", HELD),
    ("stuck accumulator bits", "bits stuck at 0 or 1", (STUCK,)),
    ("events of the host", "events", tuple(EventKind)),
)
"""Title, meaning of the rate, and what is in it."""


def save(path: Path, networks: Sequence[Measured]) -> None:
    """Two rows a network: the four kinds of faults, then the bits, if there are any. Equal results give equal bytes.

    Raises InputError.
    """
    with mpl.rc_context({**STYLE, "font.size": 8}):
        figure = Figure(figsize=(12.5, 6.8 * len(networks) + 0.3), layout="constrained")
        grid = figure.subplots(2 * len(networks), 3, squeeze=False)
        for number, network in enumerate(networks):
            panels = grid[2 * number : 2 * number + 2].ravel()
            for axes, (title, meaning, kinds) in zip(panels, PANELS, strict=False):
                _rates(axes, [point for point in network.points if point.curve.what in set(map(str, kinds))], network)
                axes.set_title(f"{network.name}: {title}" if axes is panels[0] else title)
                axes.set_xlabel(meaning)
            image, state = (
                [point for point in network.bits if (point.curve.what in IMAGE) is of] for of in (True, False)
            )
            for axes, points, what in (
                (panels[4], image, f"{BIT_SHARE:.1%} of words, image"),
                (panels[5], state, f"{BIT_RATE:.1%} of words a step, state"),
            ):
                axes.set_visible(bool(points))
                if points:
                    _bits(axes, points, network)
                    axes.set_title(f"one bit in {what}")
        write_picture(figure, path)


def _rates(axes: Any, points: Sequence[Point], network: Measured) -> None:
    several = {point.curve.what for point in points if _builds(points, point.curve.what) > 1}
    axes.axhline(network.accuracy, color=GREY, linewidth=0.8, linestyle="--")
    for number, (_, some) in enumerate(groupby(points, lambda point: point.curve.name)):
        mine = list(some)
        what = mine[0].curve.what
        label = f"{what}, {mine[0].curve.unit}" if what in several else str(what)
        colour, line = COLOURS[number % len(COLOURS)], ("-", "--")[number // len(COLOURS) % 2]
        rates = [point.rate for point in mine]
        low, high = [point.low for point in mine], [point.high for point in mine]
        axes.fill_between(rates, low, high, color=colour, alpha=0.12, linewidth=0)
        axes.plot(rates, [point.accuracy for point in mine], line, color=colour, marker="o", markersize=3, label=label)
    axes.set_xscale("log")
    axes.xaxis.set_major_formatter(lambda rate, _: f"{rate:g}")
    axes.xaxis.set_minor_formatter(NullFormatter())
    _accuracy(axes)


def _builds(points: Sequence[Point], what: str) -> int:
    return len({point.curve.name for point in points if point.curve.what == what})


def _bits(axes: Any, points: Sequence[Point], network: Measured) -> None:
    """A line a field: what one bit of it costs, its most significant bit at the right."""
    fields = list(dict.fromkeys((point.curve.what, point.curve.field, point.curve.unit) for point in points))
    units = Counter((what, field) for what, field, _ in fields)
    for number, key in enumerate(fields):
        mine = [point for point in points if (point.curve.what, point.curve.field, point.curve.unit) == key]
        what, field, unit = key
        label = f"{what}: {field}" + (f" ({unit})" if units[what, field] > 1 else "")
        colour, line = COLOURS[number % len(COLOURS)], ("-", "--", ":")[number // len(COLOURS) % 3]
        accuracy = [point.accuracy for point in mine]
        axes.plot(np.arange(len(mine)), accuracy, line, color=colour, marker=".", linewidth=1.1, label=label)
    axes.axhline(network.accuracy, color=GREY, linewidth=0.8, linestyle="--")
    axes.set_xlabel("bit of the field, 0: the lowest")
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    _accuracy(axes)


def _accuracy(axes: Any) -> None:
    axes.set_ylim(0, 1.02)
    axes.yaxis.set_major_formatter(PercentFormatter(1, decimals=0))
    axes.legend(fontsize=6, loc="lower left")
