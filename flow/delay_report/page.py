# SPDX-License-Identifier: Apache-2.0
"""The comparison as files: JSON, Markdown, and one HTML page that fetches nothing from elsewhere."""

from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape
from markupsafe import Markup

from flow.delay_report import plots
from flow.delay_report.published import published_figure
from flow.delay_report.records import Report
from flow.delay_report.sections import UNITS
from flow.delay_report.text import SWEPT, sections
from flow.run.report import json_text
from support.files import make_folder, write_atomic

SUMMARY = (
    f"The delay units ({', '.join(UNITS)}) behind one interface, with the same tables: memory, cycles, area and "
    "energy, measured."
)


def pictures(report: Report) -> dict[str, str]:
    """Every picture of a report as SVG, by name."""
    found = {
        picture: plots.sweep_figure(picture, report["sweeps"], quantity, unit)
        for quantity, picture, _, unit, _ in SWEPT
    }
    found["published"] = published_figure(report["published"])
    found["networks"] = plots.network_figure(report["networks"])
    if report["silicon"] and report["liberty"]:
        found["share"] = plots.share_figure(report["silicon"]["units"])
    return found


def write_report(folder: Path, report: Report) -> list[Path]:
    """Write ``delay.json``, ``delay.md`` and ``delay.html`` into a folder; their paths. Raises InputError."""
    environment = Environment(
        loader=PackageLoader("flow.delay_report"), autoescape=select_autoescape(["html.j2"]), undefined=StrictUndefined,
        trim_blocks=True, lstrip_blocks=True, keep_trailing_newline=True,
    )  # fmt: skip
    content = {"summary": SUMMARY, "sections": sections(report)}
    drawn = {name: Markup(picture) for name, picture in pictures(report).items()}
    texts = {
        "delay.json": json_text(report),
        "delay.md": environment.get_template("report.md.j2").render(content),
        "delay.html": environment.get_template("report.html.j2").render(content, pictures=drawn),
    }
    make_folder(folder)
    for name, text in texts.items():
        write_atomic(folder / name, text.encode())
    return [folder / name for name in texts]
