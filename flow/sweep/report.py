# SPDX-License-Identifier: Apache-2.0
"""What came of a sweep, for people and as JSON."""

from collections.abc import Sequence
from typing import Any

from rich.table import Table
from rich.text import Text

from flow.sweep.kinds import DONE, FAILED, REFUSED
from flow.sweep.pareto import Front
from flow.sweep.run import Outcome
from support.console import name_column, one_line

SHOWN = 20
"""Of a front, of failures and of refusals in the table."""


def content(name: str, outcome: Outcome, fronts: Sequence[Front], *, seconds: float) -> dict[str, Any]:
    """The content of sweep.json."""
    return {
        "name": name,
        "tasks": len(outcome.tasks),
        "kept": outcome.kept,
        **outcome.counts,
        "seconds": seconds,
        "task_seconds": sum(row.get("seconds") or 0.0 for row in outcome.rows.values()),
        "pareto": [
            {
                "x": front.x, "y": front.y, "lower_x": front.lower_x, "lower_y": front.lower_y, "by": front.by,
                "points": [
                    {"key": row["key"], "task": lines(outcome)[row["key"]], "group": front.group(row),
                     "x": row[front.x], "y": row[front.y], "best": on}
                    for row, on in zip(front.rows, front.best, strict=True)
                ],
            }
            for front in fronts
        ],
        "problems": [
            {"key": row["key"], "task": lines(outcome)[row["key"]], "status": row["status"], "attempts": row["attempt"],
             "error": row["error"]}
            for status in (FAILED, REFUSED) for row in outcome.of(status)
        ],
    }  # fmt: skip


def lines(outcome: Outcome) -> dict[str, str]:
    """Each task in words, by key."""
    return {task.key: task.line for task in outcome.tasks}


def table(name: str, outcome: Outcome, fronts: Sequence[Front]) -> Table:
    """Tasks by how they ended; what is on the fronts, what failed and what was refused, with the reason."""
    words = lines(outcome)
    shown = Table(name_column(name), name_column("task"), name_column("what came of it"))
    counts = outcome.counts
    new = len(outcome.tasks) - outcome.kept
    shown.add_row("tasks", f"{len(outcome.tasks):,}", Text(
        f"{counts[DONE]:,} done, {counts[REFUSED]:,} refused, {counts[FAILED]:,} failed; {new:,} of them now"
    ))  # fmt: skip
    for front in fronts:
        best = [row for row, on in zip(front.rows, front.best, strict=True) if on]
        for row in best[:SHOWN]:
            figures = f"{front.x} {row[front.x]:,.6g}, {front.y} {row[front.y]:,.6g}"
            shown.add_row("on the front", words[row["key"]], figures)
        if len(best) > SHOWN:
            shown.add_row("on the front", f"{len(best) - SHOWN:,} more", "in the data set")
    for status in (FAILED, REFUSED):
        rows = outcome.of(status)
        for row in rows[:SHOWN]:
            shown.add_row(status, words[row["key"]], Text(one_line(str(row["error"]))[:400]))
        if len(rows) > SHOWN:
            shown.add_row(status, f"{len(rows) - SHOWN:,} more", "in the data set")
    return shown
