# SPDX-License-Identifier: Apache-2.0
"""The points that the literature published of some units: beside the formulas, and what the units held there."""

from collections.abc import Sequence

import matplotlib as mpl
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator

from flow.delay_report.plots import UNIT_COLOURS, shown
from flow.delay_report.records import PointRecord, Report
from flow.delay_report.sections import Section, Table, number
from support.plots import GREY, STYLE, svg


def published_figure(points: Sequence[PointRecord]) -> str:
    """Events by formula and events that the queues held, at the published points."""
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(10.4, 3.0), layout="constrained")
        axes = figure.subplots(1, len(points), squeeze=False)
        for ax, point in zip(axes[0], points, strict=True):
            bars = [
                ("TrueNorth queue, formula", point["formulas"]["truenorth"], GREY),
                ("SCDQ, formula", point["formulas"]["scdq"], UNIT_COLOURS["scdq"]),
                ("SCDQ, held", 2 * point["units"]["scdq"]["held_peak"], UNIT_COLOURS["scdq"]),
                ("single queue, formula", point["formulas"]["scdq1"], UNIT_COLOURS["scdq1"]),
                ("single queue, held", point["units"]["scdq1"]["held_peak"], UNIT_COLOURS["scdq1"]),
            ]
            for place, (name, value, colour) in enumerate(bars):
                measured = name.endswith("held")
                ax.barh(place, value, color=colour, alpha=1.0 if measured else 0.45)
                ax.text(value, place, f" {value:,.0f}", va="center", fontsize=8)
            ax.set_yticks(range(len(bars)), [name for name, _, _ in bars])
            ax.invert_yaxis()
            ax.grid(axis="y", visible=False)
            ax.margins(x=0.14)
            ax.xaxis.set_major_locator(MaxNLocator(4))
            ax.xaxis.set_major_formatter(FuncFormatter(shown))
            ax.set_xlabel("events")
            ax.set_title(f"{point['sources']} sources x {point['delays']} delays, all fire in each step")
        return svg(figure, "published")


def published_section(report: Report) -> Section:
    """Formulas, builds and runs at the published points."""
    rows = tuple((each["text"], number(each["published"]), number(each["formula"])) for each in report["formulas"])
    measured = []
    for point in report["published"]:
        scdq, single, bitmap = (point["units"][unit] for unit in ("scdq", "scdq1", "bitmap"))
        measured.append(
            (
                f"{point['sources']} x {point['delays']}", number(point["formulas"]["truenorth"]),
                number(point["formulas"]["scdq"]), number(2 * scdq["queue_events"]), number(2 * scdq["held_peak"]),
                number(point["formulas"]["scdq1"]), number(single["queue_events"]), number(single["held_peak"]),
                number(point["formulas"]["bitmap"]), number(bitmap["provisioned_bits"]),
            )
        )  # fmt: skip
    return Section(
        title="The published points",
        text=(
            "Formulas at the published points, and the units as built and run there with all sources firing in each "
            "step and every level in use. An event leaves the queue when its last level is sent, so over an end of "
            "step a queue holds D-1 events of a source, not D; and arrivals wait while PRQ is full, so PRQ is no "
            "deeper than POQ. That is why the units need a little less than the formulas say.",
            f"Ring and SCDQ at the published widths (8 bits a slot, 16 an event) are equal at a = "
            f"{report['ring_against_scdq']:.3f} for 48 x 64 (published: 0.25).",
        ),
        tables=(
            Table(head=("", "published", "formula here"), rows=rows),
            Table(
                head=("sources x delays", "TrueNorth, formula", "SCDQ, formula", "scdq built", "scdq held",
                      "single queue, formula", "scdq1 built", "scdq1 held", "history, formula", "bitmap built"),
                rows=tuple(measured),
                note="Events; the last two columns are bits (the built history has a flag or two more a source).",
            ),
        ),
        pictures=("published",),
    )  # fmt: skip
