# SPDX-License-Identifier: Apache-2.0
"""flow.verify.mutation_report: what is counted, and every survivor with its place."""

import json
from dataclasses import replace
from pathlib import Path

from flow.verify.mutation import Coverage
from flow.verify.mutation_report import COLUMNS, coverage_table, markdown, record, row, write_reports
from model.config import DelayUnit
from tests.flow.verify.examples import verdict


def test_coverage_is_of_the_mutants_that_are_not_equivalent() -> None:
    verdicts = [*[verdict(killed=True, by="eos")] * 97, *[verdict()] * 3, *[verdict(equivalent="proven")] * 50]
    coverage = Coverage(unit=DelayUnit.RING, candidates=1000, verdicts=verdicts, stale=[])
    assert (coverage.killed, coverage.missed, len(coverage.survivors), coverage.share) == (97, 3, 53, 0.97)
    assert not coverage.good
    better = replace(coverage, verdicts=verdicts[:98] + verdicts[100:])
    assert better.good
    assert not replace(better, stale=["ring.odd: gone"]).good
    text = markdown([coverage], sample=150, seed=1)
    assert "| ring | 1,000 | 150 | 97 | 53 | 50 | 0 | 3 | 0 | 97.0% |" in text
    assert "rtl/delay/ring.py:1: **missed**\n  - `inv $and Y[0]`\n  - `mutate -mode inv`" in text
    assert record([coverage], sample=None, seed=1)["units"]["ring"]["missed"] == 3


def test_what_was_not_judged_is_counted_apart() -> None:
    verdicts = [*[verdict(killed=True, by="eos")] * 9, verdict(failure="killed by SIGKILL")]
    coverage = Coverage(unit=DelayUnit.RING, candidates=1000, verdicts=verdicts, stale=[])
    assert (coverage.killed, coverage.missed, coverage.survivors, coverage.share) == (9, 0, [], 1.0)
    assert coverage.shortcomings() == ["1 mutants not judged, for a tool failed"]
    text = markdown([coverage], sample=10, seed=1)
    assert "| ring | 1,000 | 10 | 9 | 0 | 0 | 0 | 0 | 1 | 100.0% |" in text
    assert "- not judged: `inv $and Y[0]`: killed by SIGKILL" in text
    assert record([coverage], sample=None, seed=1)["units"]["ring"]["failures"] == 1


def test_both_files_and_the_table_say_the_same(tmp_path: Path) -> None:
    coverage = Coverage(
        unit=DelayUnit.RING, candidates=9, verdicts=[verdict(), verdict(killed=True, by="eos")], stale=[]
    )
    write_reports(tmp_path / "m.json", [coverage], sample=2, seed=3)
    content = json.loads((tmp_path / "m.json").read_text())
    assert (content["sample"], content["seed"], content["units"]["ring"]["coverage"]) == (2, 3, 0.5)
    del content["made"]
    assert content == json.loads(json.dumps(record([coverage], sample=2, seed=3)))
    assert f"| {' | '.join(row(coverage))} |" in (tmp_path / "m.md").read_text()
    table = coverage_table([coverage])
    assert tuple(str(column.header) for column in table.columns) == COLUMNS
    assert tuple(next(iter(column.cells)) for column in table.columns) == row(coverage)
