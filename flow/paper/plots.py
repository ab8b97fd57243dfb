# SPDX-License-Identifier: Apache-2.0
"""A picture of each table."""

from collections.abc import Sequence
from typing import Any

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter

from support.plots import COLOURS, GREY, STYLE, svg

PUBLISHED = 0.45
"""Opacity of bars that are published figures."""
CHIPS = (
    ("Loihi, published", "loihi", COLOURS[4]),
    ("Seneca, published", "seneca", COLOURS[5]),
    ("Seneca, delays in software, published", "software", GREY),
)


def accuracy_figure(report: dict[str, Any]) -> str:
    """Accuracy here and published, a group a network."""
    names = _networks(report)
    first = {row["network"]: row for row in reversed(report["rows"])}
    bars = [
        ("here, quantised and in RTL", COLOURS[0], [first[name]["accuracy"] for name in names]),
        ("PyTorch, published", GREY, [first[name]["published"]["pytorch"] for name in names]),
        ("Loihi, published", COLOURS[1], [first[name]["published"]["loihi"]["accuracy"] for name in names]),
        ("Seneca, published", COLOURS[2], [first[name]["published"]["seneca"]["accuracy"] for name in names]),
    ]
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(9.0, 3.2), layout="constrained")
        ax = figure.subplots()
        _groups(
            ax, names, [(label, colour, [100 * value for value in values]) for label, colour, values in bars], "{:.0f}"
        )
        ax.set_ylim(0, 100)
        ax.set_ylabel("accuracy, %")
        _legend(figure, ax)
        return svg(figure, "accuracy")


def cost_figure(report: dict[str, Any]) -> str:
    """Latency and energy of an inference, here and published; what was not run is left out."""
    names = [name for name in _networks(report) if _published(report, name, "seneca", "energy_uj") is not None]
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(9.0, 5.6), layout="constrained")
        axes = figure.subplots(2, 1)
        for ax, key, title in zip(axes, ("latency_ms", "energy_uj"), ("latency, ms", "energy, uJ"), strict=True):
            bars = []
            for place, (cores, unit) in enumerate(dict.fromkeys((row["cores"], row["unit"]) for row in report["rows"])):
                values = [_row(report, name, cores, unit)[key] for name in names]
                bars.append((f"here, {cores} core{'s' * (cores > 1)}, {unit}", COLOURS[place % len(COLOURS)], values))
            for label, chip, colour in CHIPS:
                bars.append((label, colour, [_published(report, name, chip, key) for name in names]))
            _groups(ax, names, bars, "{:.2g}")
            ax.set_yscale("log")
            ax.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
            ax.margins(y=0.2)
            ax.set_ylabel(title)
        _legend(figure, axes[0])
        return svg(figure, "costs")


def delay_figure(report: dict[str, Any]) -> str:
    """Events that the host sends in an inference: with delays in hardware, and if it emulates them."""
    rows = report["emulated"]
    bars = [
        ("delays in hardware", COLOURS[0], [row["input_events"] for row in rows]),
        ("delays emulated by the host", COLOURS[1], [row["host_events"] for row in rows]),
    ]
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(9.0, 2.8), layout="constrained")
        ax = figure.subplots()
        _groups(ax, [row["network"] for row in rows], bars, "{:,.0f}")
        ax.set_ylabel("events from the host")
        _legend(figure, ax)
        return svg(figure, "delays")


def _networks(report: dict[str, Any]) -> list[str]:
    return list(dict.fromkeys(row["network"] for row in report["rows"]))


def _row(report: dict[str, Any], network: str, cores: int, unit: str) -> dict[str, Any]:
    found: dict[str, Any] = next(
        row for row in report["rows"] if (row["network"], row["cores"], row["unit"]) == (network, cores, unit)
    )
    return found


def _published(report: dict[str, Any], network: str, chip: str, key: str) -> float | None:
    row = next(row for row in report["rows"] if row["network"] == network)
    value: float | None = row["published"].get(chip, {}).get(key)
    return value


def _groups(ax: Axes, names: Sequence[str], bars: Sequence[tuple[str, str, Sequence[float | None]]], form: str) -> None:
    """A group of bars a name, each with its value above it; None: no bar."""
    width = 0.84 / len(bars)
    for place, (label, colour, values) in enumerate(bars):
        at = [index + (place - (len(bars) - 1) / 2) * width for index in range(len(names))]
        shown = [(x, value) for x, value in zip(at, values, strict=True) if value is not None]
        alpha = PUBLISHED if "published" in label else 1.0
        ax.bar(
            [x for x, _ in shown], [value for _, value in shown], 0.92 * width, color=colour, alpha=alpha, label=label
        )
        for x, value in shown:
            ax.text(x, value, form.format(value), ha="center", va="bottom", fontsize=7)
    ax.set_xticks(range(len(names)), names)
    ax.grid(axis="x", visible=False)


def _legend(figure: Figure, ax: Axes) -> None:
    handles, labels = ax.get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside upper center", ncols=4, fontsize=8)
