# SPDX-License-Identifier: Apache-2.0
"""The part of the page that shows where the energy of an inference goes: by block and by phase."""

from collections.abc import Mapping
from typing import Any

from flow.page.parts import Grid, Part, Plot, Report, count, percent

Content = Mapping[str, Any]
KINDS = {"memory_uj": "memories", "logic_uj": "logic", "clock_uj": "clock", "leakage_uj": "leakage"}
DIGITS = 3


def energy_part(report: Report, content: Content) -> Part:
    """Energy of each block by kind, and of each phase with its cycles; both add up to the whole."""
    parts, total, cells = content["parts"], content["total_uj"], content["library"] is not None
    kinds = KINDS if cells else {"memory_uj": KINDS["memory_uj"]}

    def row(name: str, chosen: list[Content]) -> tuple[str, ...]:
        sums = [sum(part[kind] for part in chosen) for kind in kinds]
        whole = sum(part["total_uj"] for part in chosen)
        return (name, *(count(each, DIGITS) for each in sums), *_share(whole, total))

    blocks = sorted(content["by_block"], key=lambda block: -content["by_block"][block])
    by_block = [row(block, [part for part in parts if part["block"] == block]) for block in blocks]
    by_phase = [
        (phase, count(content["cycles"][phase], 1), *row(phase, [part for part in parts if part["phase"] == phase])[1:])
        for phase in content["by_phase"]
    ]
    head = (*kinds.values(), "all", "share")
    return report.part(
        content,
        text=_said(content),
        grids=(
            Grid(caption="Energy of an inference by block, uJ", head=("block", *head),
                 rows=(*by_block, row("all", parts))),
            Grid(caption="By phase, uJ", head=("phase", "cycles", *head), rows=tuple(by_phase)),
        ),
        plots=(_blocks(content, blocks),),
    )  # fmt: skip


def _said(content: Content) -> tuple[str, ...]:
    where = f"{content['image']} on {content['dataset']}, delay unit {content['unit']}, {content['samples']} recordings"
    total = f"{count(content['total_uj'], 2)} uJ an inference"
    if content["library"] is None:
        return (f"{where}: {total} in memories alone, as no library of cells was given.",)
    aim = f"the aim of {content['aim_uj']:g} uJ is {'met' if content['aim_met'] else 'missed'}"
    gated = f"{count(content['ungated_total_uj'], 2)} uJ if each flip-flop had its clock in every cycle"
    return (f"{where}, cells of {content['library']} at {content['clock_mhz']:g} MHz: {total}, {aim}; {gated}.",
            "Estimated from recorded activity, without wires and clock tree.")  # fmt: skip


def _share(value: float, total: float) -> tuple[str, str]:
    return count(value, DIGITS), percent(value / total if total else None)


def _blocks(content: Content, blocks: list[str]) -> Plot:
    """Bars by block, stacked by phase."""
    data = [
        {
            "type": "bar", "orientation": "h", "name": phase, "y": blocks,
            "x": [sum(part["total_uj"] for part in content["parts"]
                      if part["block"] == block and part["phase"] == phase) for block in blocks],
            "hovertemplate": f"%{{y}}, {phase}: %{{x:.3f}} uJ<extra></extra>",
        }
        for phase in content["by_phase"]
    ]  # fmt: skip
    layout = {
        "barmode": "stack", "xaxis": {"title": {"text": "uJ"}, "rangemode": "tozero"},
        "yaxis": {"autorange": "reversed"}, "legend": {"orientation": "h", "y": -0.2, "traceorder": "normal"},
    }  # fmt: skip
    return Plot(name="energy-blocks", label="Energy of an inference by block and phase",
                figure={"data": data, "layout": layout}, height=160 + 32 * len(blocks))  # fmt: skip
