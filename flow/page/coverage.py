# SPDX-License-Identifier: Apache-2.0
"""The part of the page that shows what the benches reach of the RTL."""

from collections.abc import Mapping
from typing import Any

from flow.page.parts import Grid, Part, Report, count, percent

KINDS = ("line", "toggle", "corner")


def coverage_part(report: Report, content: Mapping[str, Any]) -> Part:
    """Branches, toggled bits and corners by source, and the corners that no bench met."""
    total, floors = content["total"], content["floor"]
    said = "; ".join(
        f"{kind}s: {count(total[kind]['met'])} of {count(total[kind]['points'])} met, {percent(total[kind]['share'])}, "
        f"floor {percent(floors[kind])}" for kind in KINDS
    )  # fmt: skip
    rows = tuple(
        (source, *(cell for kind in KINDS for cell in _cells(kinds[kind])))
        for source, kinds in content["sources"].items()
    )
    head = ("source", *(title for kind in KINDS for title in (f"{kind}s met", f"share of {kind}s")))
    grids = [Grid(caption="What the benches reach of the RTL", head=head, rows=rows)]
    missed = tuple(tuple(each.split("|", 1)) for each in content["missed"]["corner"])
    if missed:
        grids.append(
            Grid(caption="Corners that no bench met", head=("source", "corner"), rows=missed, text_columns=2)
        )  # fmt: skip
    return report.part(content, text=(f"{said}.",), grids=tuple(grids))


def _cells(reached: Mapping[str, Any]) -> tuple[str, str]:
    return f"{count(reached['met'])} of {count(reached['points'])}", percent(reached["share"])
