# SPDX-License-Identifier: Apache-2.0
"""Sweeps, formulas and crossings: the published numbers, and what is known of the units."""

from pathlib import Path
from typing import Any

import pytest

from flow.delay_report import formulas
from flow.delay_report.crossings import by_formula, crossings
from flow.delay_report.sweep import BASE, PUBLISHED, QUICK, SWEEPS, Point, measure, points, sweep
from flow.silicon.cache import Results
from flow.silicon.macros import load_table


def test_published_numbers() -> None:
    assert formulas.truenorth(256, 16, 1.0) == 34_816
    assert formulas.scdq(256, 16, 1.0) == 7_936
    assert formulas.ring(48, 64) * 8 == 24_576
    assert formulas.scdq(48, 64, 1.0) * 16 == 97_536
    assert formulas.ring_against_scdq(48, 48, 64) == pytest.approx(0.25, abs=0.005)
    assert all(each.published == each.formula for each in formulas.points())
    assert formulas.scdq1(10, 20, 0.5) == 100
    assert formulas.history(48, 59) == 2832


def test_points() -> None:
    for quick, values in ((False, SWEEPS), (True, QUICK)):
        for axis, each in points(quick).items():
            assert [getattr(point, axis) for point in each] == list(values[axis])
            assert all(set(QUICK[axis]) <= set(SWEEPS[axis]) for axis in QUICK)
    assert [(point.sources, point.delays) for point in PUBLISHED] == [(256, 16), (48, 64)]
    assert (BASE.sources, BASE.delays) == (48, 64)


def test_all_sources_fire_in_each_step() -> None:
    """Each source holds an event of each age but the last: I * (D - 1), in bits of the history just as many."""
    seen = measure(Point(sources=9, delays=6, activity=1.0, density=1.0, targets=8), load_table(None))
    units = seen["units"]
    assert [units[unit]["held_peak"] for unit in ("ring", "scdq", "scdq1", "bitmap")] == [0, 45, 45, 45]
    assert [units[unit]["formula_bits"] for unit in ("scdq", "scdq1", "bitmap")] == [
        9 * 11 * seen["event_bits"], 9 * 6 * seen["event_bits"], 9 * 6,
    ]  # fmt: skip
    assert units["scdq"]["provisioned_bits"] == units["scdq"]["used_bits"] == 2 * 45 * seen["event_bits"]
    assert units["scdq1"]["used_bits"] * 2 == units["scdq"]["used_bits"]
    assert units["bitmap"]["provisioned_bits"] == 9 * (5 + 2)
    assert seen["formulas"]["scdq"] == 9 * 11
    assert seen["activity_seen"] == 1.0


def test_no_activity_needs_no_queue() -> None:
    seen = measure(Point(sources=5, delays=4, activity=0.0, targets=8), load_table(None))
    assert all(each["used_bits"] == each["held_peak"] == 0 for each in seen["units"].values())


def test_kept_points_are_not_measured_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    few = {"activity": (0.1, 0.5), "sources": (4,), "delays": (5,), "density": (0.5,)}
    monkeypatch.setattr("flow.delay_report.sweep.QUICK", few)
    monkeypatch.setattr("flow.delay_report.sweep.BASE", Point(sources=6, delays=4, targets=8))
    monkeypatch.setattr("flow.delay_report.sweep.PUBLISHED", ())
    monkeypatch.setattr("flow.delay_report.sweep.LARGE", ())
    heard: list[str] = []
    first = sweep(True, load_table(None), Results(tmp_path), heard.append)
    assert [len(each) for each in first["axes"].values()] == [2, 1, 1, 1]
    assert len(heard) == 5
    monkeypatch.setattr("flow.delay_report.sweep.measure", None)
    assert sweep(True, load_table(None), Results(tmp_path)) == first


def made_up(activity: float, ring: int, held: int) -> Any:
    """A point at which an event has 10 bits."""

    def unit(needed: int, formula: int, *, constant: int = 0, energy: float = 1.0) -> dict[str, object]:
        return {"needed_bits": needed, "energy_nj_per_step": energy, "formula_at": [constant, constant + formula]}

    return {
        "activity_seen": activity, "event_bits": 10, "accumulator_bits": 8, "sources": 10, "targets": 20, "delays": 8,
        "units": {
            "ring": unit(ring, 0, constant=20 * 8 * 8, energy=2.0),
            "scdq": unit(2 * held * 10, 10 * 15 * 10),
            "scdq1": unit(held * 10, 10 * 8 * 10),
            "bitmap": unit(80, 0, constant=10 * 8),
        },
    }  # fmt: skip


def test_crossings_by_hand() -> None:
    """Memory of scdq goes from 200 to 20,000 bits as activity goes from 0.01 to 1; the ring has 2000 bits."""
    found = {
        (each.quantity, each.first, each.second): each.at
        for each in crossings([made_up(0.01, 2000, 10), made_up(1.0, 2000, 1000)])
    }
    assert found["needed_bits", "scdq", "ring"] == pytest.approx((0.1,))
    assert found["needed_bits", "scdq1", "ring"] == pytest.approx((0.2,))
    assert found["needed_bits", "scdq1", "scdq"] == ()
    assert found["energy_nj_per_step", "scdq", "ring"] == ()
    assert ("energy_nj_per_step", "scdq", "scdq1") not in found


def test_crossings_of_the_formulas() -> None:
    at = by_formula(made_up(0.5, 1, 1))
    assert at["ring", "scdq"] == pytest.approx(20 * 8 * 8 / (10 * 15 * 10))
    assert at["scdq1", "bitmap"] == pytest.approx(1 / 10)
