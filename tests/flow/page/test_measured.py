# SPDX-License-Identifier: Apache-2.0
"""The parts that show other commands' reports: what was run, what was not, and what is no report."""

import json
from pathlib import Path
from typing import Any

import pytest

from flow.page.measured import SHOWN, measured_parts
from support.errors import InputError

SIM: dict[str, Any] = {
    "dataset": "words", "image": "small.chx",
    "runs": [{"unit": "ring", "cores": 1, "samples": 3, "accuracy_golden": 0.5, "accuracy_rtl": 0.25,
              "spikes_compared": 1234, "mismatches": 7, "cycles_mean": 1000.4, "cycles_max": 2000,
              "cycle_model_errors": 1, "word_rate": 0.99, "lane_fill": 0.8, "delay_memory_bits": 4096,
              "image_bytes": 100, "cycles_per_second": 1.0}],
    "made": {"command": "chronaxie sim", "version": "chronaxie 9"},
}  # fmt: skip
REPORTS: dict[str, tuple[dict[str, Any], list[str]]] = {
    "sim": (
        SIM,
        ["ring", "1", "3", "50.0 %", "25.0 %", "1,234", "7", "1,000", "2,000", "1", "99.0 %", "80.0 %", "4,096"],
    ),
    "area": (
        {"device": "D", "source": "S", "runs": [{"design": "core_ring", "flip_flops": 10, "luts": 2000, "block_rams": 3,
                                                 "dsps": 2, "fmax_mhz": [81.5, 79.25], "memory_bits": 5}]},
        ["core_ring", "10", "2,000", "3", "2", "79.2", "5"],
    ),
    "delay": (
        {"networks": [{"image": "a.chx", "units": {"ring": {
            "cycles": 10.0, "word_rate": 1.0, "delay_memory_bits": 8, "memory_area_um2": 4.0, "held_peak": 0,
            "memories": [{"energy_uj": 0.25}, {"energy_uj": 0.5}]}}}]},
        ["a.chx", "ring", "10", "100.0 %", "8", "4", "0.750", "0"],
    ),
    "yinyang": (
        {"rows": [{"network": "4-30-3", "delays": "axonal", "noise": "", "seeds": [0, 1], "mismatches": 0,
                   "accuracy_float": {"mean": 0.98, "std": 0.001, "min": 0.97}, "accuracy_golden": None,
                   "accuracy_rtl": None}]},
        ["4-30-3", "axonal", "none", "2", "98.0 % ± 0.1", "n/a", "n/a", "0"],
    ),
    "formal": ({"proofs": [{"name": "ring.rows", "proven": False, "seconds": 2.0}]}, ["ring.rows", "NOT PROVEN", "2"]),
    "mutation": (
        {"units": {"ring": {"mutants": 2000, "sample": 200, "killed": 190, "survivors": 10, "equivalent_proven": 8,
                            "equivalent_reviewed": 2, "coverage": 1.0}}},
        ["ring", "2,000", "200", "190", "10", "8", "2", "100.0 %"],
    ),
}  # fmt: skip


def write(folder: Path, key: str, content: object) -> Path:
    [report] = [report for report, _ in SHOWN if report.key == key]
    path = folder / report.file
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content))
    return path


def test_nothing_was_run(tmp_path: Path) -> None:
    parts = measured_parts(tmp_path)
    assert [part.key for part in parts] == [report.key for report, _ in SHOWN]
    assert not any(part.ran for part in parts)
    assert all(part.command for part in parts)


@pytest.mark.parametrize("key", REPORTS)
def test_figures_of_a_report(tmp_path: Path, key: str) -> None:
    content, row = REPORTS[key]
    write(tmp_path, key, content)
    [part] = [each for each in measured_parts(tmp_path) if each.ran]
    assert part.key == key
    assert list(part.grids[0].rows[0]) == row
    assert len(part.grids[0].head) == len(row)
    assert dict(part.made) == content.get("made", {})


@pytest.mark.parametrize("found", [{"runs": "none"}, {"runs": [{"unit": "ring"}]}, {"rows": []}])
def test_another_report_is_refused(tmp_path: Path, found: object) -> None:
    path = write(tmp_path, "sim", found)
    with pytest.raises(InputError, match=rf"{path}: not a report of `make sim` \(.*\); run that again"):
        measured_parts(tmp_path)


def test_no_report_at_all(tmp_path: Path) -> None:
    write(tmp_path, "area", [1, 2])
    with pytest.raises(InputError, match=r"area\.json: no report; expected one"):
        measured_parts(tmp_path)


def test_a_design_that_does_not_fit_has_no_clock(tmp_path: Path) -> None:
    [run] = REPORTS["area"][0]["runs"]
    write(tmp_path, "area", {"device": "D", "source": "S", "runs": [{**run, "fmax_mhz": []}]})
    [part] = [each for each in measured_parts(tmp_path) if each.ran]
    assert part.grids[0].rows[0][5] == "n/a"
