# SPDX-License-Identifier: Apache-2.0
"""Pictures of the comparison, as SVG: measured curves with points, published formulas dashed."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, NullFormatter

from flow.delay_report.crossings import curve
from flow.delay_report.records import NetworkRecord, PointRecord, Quantity, SiliconUnit, UnitRecord
from flow.delay_report.sections import UNITS
from flow.delay_report.sweep import AXES, BASE
from model.delay.registry import DelayUnit
from support.plots import COLOURS, GREY, STYLE, svg

UNIT_COLOURS = dict(zip(UNITS, COLOURS, strict=False))
MARKS = {str(unit): unit.spec.marker for unit in DelayUnit}
WHERE: dict[str, Callable[[PointRecord], float]] = {
    "activity": lambda point: point["activity_seen"],
    "sources": lambda point: point["sources"],
    "delays": lambda point: point["delays"],
    "density": lambda point: point["density"],
}


def sweep_figure(name: str, points: Mapping[str, Sequence[PointRecord]], quantity: Quantity, label: str) -> str:
    """A quantity of all units along the four sweeps, an axis each."""
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(10.4, 7.2), layout="constrained")
        axes = figure.subplots(2, 2, sharey=True).ravel()
        for ax, (axis, each) in zip(axes, points.items(), strict=True):
            _curves(ax, axis, each, quantity)
            ax.set_xlabel(AXES[axis])
        for ax in axes[::2]:
            ax.set_ylabel(label)
        handles, labels = axes[0].get_legend_handles_labels()
        figure.legend(handles, labels, loc="outside upper center", ncols=len(UNITS) + 1)
        return svg(figure, name)


def _curves(ax: Axes, axis: str, points: Sequence[PointRecord], quantity: Quantity) -> None:
    at = [WHERE[axis](point) for point in points]
    for index, unit in enumerate(UNITS):
        values = curve(points, unit, quantity)
        # Units that lie on one another stay visible: thick below, thin above.
        ax.plot(at, values, color=UNIT_COLOURS[unit], marker=MARKS[unit], markersize=6 - index, label=unit,
                linewidth=3.4 - 0.6 * index)  # fmt: skip
        if quantity == "needed_bits":
            formula = curve(points, unit, "formula_bits")
            ax.plot(at, formula, color=UNIT_COLOURS[unit], linestyle=(0, (4, 3)), linewidth=1.0)
    if quantity == "needed_bits":
        truenorth = [point["formulas"]["truenorth"] * point["event_bits"] for point in points]
        ax.plot(at, truenorth, color=GREY, linestyle=(0, (1, 1.5)), linewidth=1.4, label="TrueNorth queue (formula)")
    _log(ax)
    ax.set_xticks(_ticks(at), minor=False)
    ax.minorticks_off()
    fixed = {
        "activity": f"a = {BASE.activity:g}", "sources": f"I = {BASE.sources}",
        "delays": f"D = {BASE.delays}", "density": f"mask {BASE.density:.0%} set",
    }  # fmt: skip
    ax.set_title(", ".join(text for other, text in fixed.items() if other != axis), color=GREY)


def _ticks(values: Sequence[float]) -> list[float]:
    """Some of the values that were measured, far enough apart to be read."""
    chosen: list[float] = []
    for value in sorted(values):
        if not chosen or value >= 1.7 * chosen[-1]:
            chosen.append(value)
    return chosen


def _log(ax: Axes) -> None:
    ax.set_xscale("log")
    ax.set_yscale("log")
    for axis in (ax.xaxis, ax.yaxis):
        axis.set_major_formatter(FuncFormatter(shown))
        axis.set_minor_formatter(NullFormatter())


def shown(value: float, _: Any = None) -> str:
    """A figure on an axis."""
    return f"{value:,.0f}" if value >= 1 else f"{value:.2g}"


def network_figure(networks: Sequence[NetworkRecord]) -> str:
    """Cycles, delay memory and energy of memories per inference of each trained network, side by side."""
    panels: list[tuple[str, Callable[[UnitRecord], float]]] = [
        ("thousand cycles per inference", lambda unit: unit["cycles"] / 1e3),
        ("delay memory, thousand bits provisioned", lambda unit: unit["provisioned_bits"] / 1e3),
        ("energy of memories, uJ per inference", lambda unit: sum(each["energy_uj"] for each in unit["memories"])),
    ]
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(10.4, 1.5 + 0.19 * len(UNITS) * len(networks)), layout="constrained")
        axes = figure.subplots(1, len(panels), sharey=True)
        for ax, (label, value) in zip(axes, panels, strict=True):
            for row, network in enumerate(networks):
                for index, unit in enumerate(UNITS):
                    place = row + (index - (len(UNITS) - 1) / 2) * 0.76 / len(UNITS)
                    size = value(network["units"][unit])
                    ax.barh(
                        place,
                        size,
                        height=0.72 / len(UNITS),
                        color=UNIT_COLOURS[unit],
                        label=unit if row == 0 else None,
                    )
                    ax.text(size, place, f" {size:,.1f}", va="center", fontsize=7)
            ax.set_xlabel(label)
            ax.margins(x=0.16)
            ax.grid(axis="y", visible=False)
        axes[0].set_yticks(range(len(networks)), [network["image"].removesuffix(".chx") for network in networks])
        axes[0].invert_yaxis()
        handles, labels = axes[0].get_legend_handles_labels()
        figure.legend(handles, labels, loc="outside upper center", ncols=len(UNITS))
        return svg(figure, "networks")


def share_figure(units: Mapping[str, SiliconUnit]) -> str:
    """The delay unit's share of the core, logic and memories, by what its memories are."""
    with mpl.rc_context(STYLE):
        bars = [(f"{unit}: {share['memories']}", unit, share) for unit in UNITS for share in units[unit]["shares"]]
        figure = Figure(figsize=(10.4, 0.8 + 0.27 * len(bars)), layout="constrained")
        ax = figure.subplots()
        for place, (_, unit, share) in enumerate(bars):
            logic, memory = (
                100 * part / share["core_um2"] for part in (share["unit_logic_um2"], share["unit_memory_um2"])
            )
            ax.barh(place, logic, color=UNIT_COLOURS[unit])
            ax.barh(place, memory, left=logic, color=UNIT_COLOURS[unit], alpha=0.45)
            ax.text(logic + memory, place, f" {logic + memory:.2f} %", va="center", fontsize=8)
        ax.axvline(3, color=GREY, linestyle=(0, (4, 3)), linewidth=1.2, zorder=0)
        ax.set_yticks(range(len(bars)), [name for name, _, _ in bars])
        ax.invert_yaxis()
        ax.grid(axis="y", visible=False)
        ax.set_xlabel("delay unit, % of the core's area: logic (full colour) and memories (pale); dashed: 3 %")
        ax.margins(x=0.1)
        return svg(figure, "share")
