# SPDX-License-Identifier: Apache-2.0
"""The tables as files: JSON, Markdown, and a picture of each table."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rich.table import Table

from flow.paper.plots import accuracy_figure, cost_figure, delay_figure
from flow.run.report import json_text
from support.console import name_column
from support.files import make_folder, write_atomic

PICTURES = {"accuracy": accuracy_figure, "costs": cost_figure, "delays": delay_figure}
FILES = ("paper.json", "paper.md", *(f"paper-{name}.svg" for name in PICTURES))
"""What is written."""
COLUMNS = (("Loihi, 1 core", "loihi"), ("Seneca, 3 cores", "seneca"), ("Seneca, delays in software", "software"))
"""The published columns."""


def write(folder: Path, report: dict[str, Any]) -> list[Path]:
    """Write the files of a report into a folder; their paths. Raises InputError."""
    texts = {"paper.json": json_text(report), "paper.md": markdown(report)}
    texts |= {f"paper-{name}.svg": draw(report) for name, draw in PICTURES.items()}
    make_folder(folder)
    for name, text in texts.items():
        write_atomic(folder / name, text.encode())
    return [folder / name for name in FILES]


def markdown(report: dict[str, Any]) -> str:
    """The tables with what their figures mean."""
    seeds = report["seeds"]
    parts = [
        "# The tables of arXiv 2404.10597 for this hardware",
        f"Made by `make paper`. Seeds {', '.join(map(str, seeds))}; the image of seed {seeds[0]} was played in RTL. "
        "Published figures are of 100 recordings of SHD, those here of the re-encoded Heidelberg Digits.",
        "## Accuracy and agreement",
        _text(accuracy_rows(report)),
        "![accuracy](paper-accuracy.svg)",
        "## Cost of an inference",
        _text(cost_rows(report)),
        "![costs](paper-costs.svg)",
        basis(report),
        "## Delays in hardware and delays emulated by the host",
        _text(delay_rows(report)),
        "![delays](paper-delays.svg)",
    ]
    return "\n\n".join(parts) + "\n"


def basis(report: dict[str, Any]) -> str:
    """What the figures of cost stand for."""
    clock = (
        f"{report['device']}, after place and route of the largest network's build" if report["device"] else "not run"
    )
    logic = (
        f"logic in cells of {report['liberty']}, of the largest network's build: the clock with what flip-flops use "
        "inside for it, behind gates that are open as often as in one recording; a share "
        f"{report['toggles']} of other inputs, leakage; without wires and what else happens inside cells"
        if report["liberty"]
        else "without logic, for no library of cells was given"
    )
    return (
        f"Clock: {clock}. Latency: mean cycles at that clock. Memory: all bits of all memories. Energy: exact counts "
        f"of accesses over {report['cost_samples']} recordings, on the macros of {report['macros']} that cost least in "
        f"energy times area; {logic}. The host and the links to it are in no figure."
    )


def accuracy_rows(report: dict[str, Any]) -> list[list[str]]:
    """The table of accuracy: a row a network, builds together, for they give the same classes."""
    rows = [["network", "here, quantised", "agreement of RTL", "recordings in RTL", "PyTorch", "Loihi (agreement)",
             "Seneca (agreement)", "synapses", "spikes, h1 + h2", "published"]]  # fmt: skip
    for name, mine in _by_network(report).items():
        first, published = mine[0], mine[0]["published"]
        chips = (
            f"{each['accuracy']:.0%} ({each['agreement']:.0%})" for each in (published["loihi"], published["seneca"])
        )
        rows.append([
            name, f"{first['accuracy']:.1%} ± {first['accuracy_std']:.1%}",
            f"{min(each['agreement'] for each in mine):.1%}", f"{min(each['samples_rtl'] for each in mine):,}",
            f"{published['pytorch']:.0%}", *chips, f"{first['synapses']:,}",
            " + ".join(f"{each:,.0f}" for each in first["spikes_by_layer"]),
            " + ".join(map(str, published["spikes"])) or "-",
        ])  # fmt: skip
    return rows


def cost_rows(report: dict[str, Any]) -> list[list[str]]:
    """The table of costs: a row a build, then the published columns."""
    rows = [["network", "hardware", "cycles", "clock, MHz", "latency, ms", "memory, Mbit", "area, mm2",
             "energy, uJ", "of which memories", "of which delay memory"]]  # fmt: skip
    for name, mine in _by_network(report).items():
        for each in mine:
            area, memory = each["area_um2"], each["memory"]
            rows.append([
                name, hardware(each), f"{each['cycles_mean']:,.0f}", _figure(each["clock_mhz"], 1),
                _figure(each["latency_ms"], 2), f"{each['memory_bits'] / 1e6:.2f}",
                _figure(area / 1e6 if area else None, 2), _figure(each["energy_uj"], 1), f"{memory['energy_uj']:.1f}",
                f"{memory['delay_uj']:.2f}",
            ])  # fmt: skip
        for title, key in COLUMNS:
            chip = mine[0]["published"].get(key, {})
            if "energy_uj" in chip:
                rows.append([name, f"{title} (published)", "", "", _figure(chip["latency_ms"], 2),
                             _figure(chip["memory_mbit"], 2), "", _figure(chip["energy_uj"], 1), "", ""])  # fmt: skip
    return rows


def delay_rows(report: dict[str, Any]) -> list[list[str]]:
    """The table of emulated delays, beside the first unit on one core."""
    rows = [["network", "delays", "events from the host", "spikes to it", "cycles", "axons", "memory, Mbit",
             "energy of memories, uJ"]]  # fmt: skip
    for each in report["emulated"]:
        own = next(row for row in report["rows"] if row["network"] == each["network"] and row["cores"] == 1)
        rows.append([
            each["network"], f"in hardware ({own['unit']})", f"{each['input_events']:,.0f}", f"{each['spikes']:,.0f}",
            f"{own['cycles_mean']:,.0f}", "", f"{own['memory_bits'] / 1e6:.2f}", f"{own['memory']['energy_uj']:.1f}",
        ])  # fmt: skip
        rows.append([
            each["network"], "by the host", f"{each['host_events']:,.0f}", f"{each['spikes']:,.0f}",
            f"{each['cycles_mean']:,.0f}", f"{each['axons']:,}", f"{each['memory_bits'] / 1e6:.2f}",
            f"{each['memory_uj']:.1f}",
        ])  # fmt: skip
    return rows


def hardware(row: dict[str, Any]) -> str:
    """What a row was played on."""
    return f"{row['cores']} core{'s' * (row['cores'] > 1)}, {row['unit']}"


def summary(report: dict[str, Any]) -> Table:
    """The rows in short, for a terminal."""
    table = Table(name_column("network"))
    for title in (
        "hardware",
        "accuracy",
        "agreement",
        "mismatches",
        "cycles",
        "latency, ms",
        "memory, Mbit",
        "energy, uJ",
    ):
        table.add_column(title, justify="right")
    for each in report["rows"]:
        table.add_row(
            each["network"], hardware(each), f"{each['accuracy']:.1%}", f"{each['agreement']:.1%}",
            f"{each['mismatches']:,}", f"{each['cycles_mean']:,.0f}", _figure(each["latency_ms"], 2),
            f"{each['memory_bits'] / 1e6:.2f}", _figure(each["energy_uj"], 1),
        )  # fmt: skip
    return table


def _by_network(report: dict[str, Any]) -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = {}
    for row in report["rows"]:
        found.setdefault(row["network"], []).append(row)
    return found


def _figure(value: float | None, digits: int) -> str:
    return "not run" if value is None else f"{value:,.{digits}f}"


def _text(rows: Sequence[Sequence[str]]) -> str:
    """A table in Markdown; the first two columns of text, figures to the right."""
    lines = [f"| {' | '.join(row)} |" for row in rows]
    rule = "|".join(["---", "---", *["---:"] * (len(rows[0]) - 2)])
    return "\n".join([lines[0], f"|{rule}|", *lines[1:]])
