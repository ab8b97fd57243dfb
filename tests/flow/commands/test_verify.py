# SPDX-License-Identifier: Apache-2.0
"""``chronaxie formal``, ``mutation`` and ``coverage``: what they ask for, when they fail, and what they refuse.

The work itself: tests/flow/verify.
"""

import gzip
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from rich.table import Table

from flow.cli import run
from flow.commands import verify
from flow.verify.mutation import Coverage, Verdict
from model.config import DelayUnit


@pytest.mark.parametrize(
    "end",
    [
        ("", True, ""),
        ("", False, "error: a property is not proven\n"),
        ("--mutants", False, "error: a broken variant is not rejected\n"),
    ],
)
def test_formal(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], end: tuple[str, bool, str]
) -> None:
    """A proof that fails, or a fault that passes, is status 1 behind the table of all of them."""

    options, good, error = end

    def run_formal(names: list[str], jobs: int, **others: Any) -> tuple[bool, Table]:
        asked.append((names, jobs, others["mutants"], others["report"]))
        return good, Table("seen")

    asked: list[tuple[list[str], int, bool, Path]] = []
    monkeypatch.setattr(verify, "run_formal", run_formal)
    assert run(f"formal ring.* queue.order --jobs 3 --json f.json {options}".split()) == (0 if good else 1)
    assert asked == [(["ring.*", "queue.order"], 3, options == "--mutants", Path("f.json"))]
    captured = capsys.readouterr()
    assert "seen" in captured.out
    assert captured.err == error


def covered(unit: DelayUnit, *changes: dict[str, Any], stale: list[str] | None = None) -> Coverage:
    usual = {"build": f"{unit}.odd", "mutant": "inv", "command": "mutate", "killed": True, "by": "eos", "sources": []}
    return Coverage(
        unit=unit, candidates=9, verdicts=[Verdict(**{**usual, **each}) for each in changes], stale=stale or []
    )


@pytest.fixture
def coverages(folder: Path, monkeypatch: pytest.MonkeyPatch) -> dict[DelayUnit, Coverage]:
    """What is found of each unit, for a test to change; all faults of all units are found."""
    made = {unit: covered(unit, {}) for unit in DelayUnit}
    monkeypatch.setattr(verify, "cover", lambda unit, **_: made[unit])
    return made


def test_mutation_of_every_unit(
    folder: Path, coverages: dict[DelayUnit, Coverage], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["mutation", "--json", "out/m.json"]) == 0
    shown = capsys.readouterr().out
    assert all(f" {unit} " in shown for unit in DelayUnit)
    assert {path.name for path in (folder / "out").iterdir()} == {"m.json", "m.md"}


def test_mutation_tells_what_was_missed(
    coverages: dict[DelayUnit, Coverage], capsys: pytest.CaptureFixture[str]
) -> None:
    coverages[DelayUnit.RING] = covered(
        DelayUnit.RING,
        {"killed": False, "by": "", "mutant": "unseen"},
        {"killed": False, "by": "", "failure": "killed by SIGKILL"},
        stale=["ring.odd: gone"],
    )
    assert run(["mutation", "--json", "m.json"]) == 1
    captured = capsys.readouterr()
    assert captured.err.startswith("error: ring: ")
    assert captured.err.count("\n") == 1
    for line in (
        "missed: ring.odd: unseen",
        "not judged: ring.odd: inv: killed by SIGKILL",
        "tb/mutation/equivalent.toml: ring.odd: gone",
    ):
        assert line in captured.out
    assert run(["mutation", "--unit", "scdq", "--json", "m.json"]) == 0


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ("formal fifo --json none.json", "no property 'fifo': expected one of ring.rows, "),
        ("formal fifo --mutants --json none.json", "no broken variant 'fifo': expected one of "),
        ("formal --jobs 0", "jobs must be at least 1, not 0"),
        (
            "formal ring.rows --json small.chx",
            "small.chx: no report of proofs; expected one, or a file that is not there yet",
        ),
        ("mutation --sample 0", "samples must be a number of at least 1, or all, not '0'"),
        ("mutation --unit fifo", "Invalid value for '--unit': 'fifo' is not one of "),
        ("mutation --jobs 0", "jobs must be at least 1, not 0"),
        ("mutation --json small.chx/x", "small.chx: cannot be made"),
    ],
)
def test_refused(refused: Callable[[str, str], None], arguments: str, message: str) -> None:
    refused(arguments, message)


def test_coverage(folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Less than the floor is status 1 behind the table; the floor is raised on demand."""
    (folder / "counts").mkdir()
    counts = {"line|rtl/a.py|x": 1, "toggle|rtl/a.py|s:0->1": 1, "corner|rtl/a.py|full": 1, "corner|rtl/a.py|empty": 0}
    (folder / "counts" / "1.json.gz").write_bytes(gzip.compress(json.dumps(counts).encode()))
    floor = folder / "floor.toml"
    floor.write_text("line = 0.9\ntoggle = 0.9\ncorner = 0.4\n")
    monkeypatch.setattr(verify.reached, "FLOOR", floor)
    assert run(["coverage", "counts", "--json", "c.json", "--raise"]) == 0
    assert "not met: rtl/a.py: empty" in capsys.readouterr().out
    assert json.loads((folder / "c.json").read_text())["floor"] == {"line": 1.0, "toggle": 1.0, "corner": 0.5}
    floor.write_text("line = 0.9\ntoggle = 0.9\ncorner = 0.6\n")
    assert run(["coverage", "counts", "--json", "c.json"]) == 1
    assert capsys.readouterr().err == "error: corners: 50.00% of them met, the floor is 60.0%\n"
    assert run(["coverage", "nowhere", "--json", "d.json"]) == 2
    assert not (folder / "d.json").exists()
