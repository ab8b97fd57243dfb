# SPDX-License-Identifier: Apache-2.0
"""The part of a sweep: its fronts, and what went wrong."""

import json
from pathlib import Path
from typing import Any

from flow.page.measured import measured_parts

POINTS = [
    {"key": "a", "task": "cost unit=ring", "group": "unit ring", "x": 10, "y": 0.5, "best": True},
    {"key": "b", "task": "cost unit=bitmap", "group": "unit bitmap", "x": 20, "y": 0.25, "best": False},
]
CONTENT: dict[str, Any] = {
    "name": "quick", "tasks": 4, "kept": 1, "done": 2, "refused": 1, "failed": 1, "seconds": 1.0,
    "pareto": [{"x": "bits", "y": "accuracy", "lower_x": True, "lower_y": False, "by": "unit", "points": POINTS}],
    "problems": [{"key": "c", "task": "call", "status": "failed", "attempts": 2, "error": "crashed"},
                 {"key": "d", "task": "cost", "status": "refused", "attempts": 1, "error": "does not fit"}],
}  # fmt: skip


def test_a_sweep(tmp_path: Path) -> None:
    (tmp_path / "sweep.json").write_text(json.dumps(CONTENT))
    [part] = [each for each in measured_parts(tmp_path) if each.ran]
    tasks, best, wrong = part.grids
    assert tasks.rows == (("tasks", "4"), ("kept", "1"), ("done", "2"), ("refused", "1"), ("failed", "1"))
    assert best.rows == (("bits, accuracy", "cost unit=ring", "10.000", "0.500"),)
    assert [row[0] for row in wrong.rows] == ["failed", "refused"]
    [plot] = part.plots
    line, ring, bitmap = plot.figure["data"]
    assert (line["x"], ring["x"], bitmap["x"]) == ([10], [10], [20])
    assert ring["marker"]["symbol"] == ["circle"]
    assert bitmap["marker"]["symbol"] == ["square-open"]


def test_without_fronts_and_problems(tmp_path: Path) -> None:
    (tmp_path / "sweep.json").write_text(json.dumps({**CONTENT, "pareto": [], "problems": []}))
    [part] = [each for each in measured_parts(tmp_path) if each.ran]
    assert len(part.grids) == 1
    assert part.plots == ()
