# SPDX-License-Identifier: Apache-2.0
"""The rule: by hand on made-up figures, and on networks made to need one unit or another."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from flow.cli import run
from flow.delay_report.advice import advise, logic_area, routed_clocks
from flow.delay_report.sweep import Point
from flow.delay_report.trained import Activity, assumed
from flow.silicon.macros import DEFAULT_TABLE, FlipFlop, Macro, MacroTable, load_table
from model.config import DelayUnit, preset
from model.image.image import Image
from support.errors import InputError
from tests.flow.examples import small_image


@pytest.fixture
def image() -> Image:
    return small_image()


def test_score_is_the_product(image: Image) -> None:
    advice = advise(image, assumed(image, 0.2), load_table(None))
    products = [each.area_um2 * each.energy_uj * each.run.cycles for each in advice.candidates]
    assert sorted(products) == products
    assert [each.score for each in advice.candidates] == pytest.approx([each / products[0] for each in products])
    assert advice.best.score == 1.0
    assert {each.unit for each in advice.candidates} == set(DelayUnit)
    assert advice.why().startswith(f"{advice.best.unit}: its product of area, energy and cycles is the least. ")


def test_time_is_weighed_where_every_clock_is_known(image: Image) -> None:
    """A unit of few cycles and a slow clock is not recommended blindly."""
    activity, table = assumed(image, 0.2), load_table(None)
    blind = advise(image, activity, table)
    assert not blind.timed
    assert blind.clocks.startswith("Only cycles are known, not time: ")
    assert {each.time_ms for each in blind.candidates} == {None}
    slow = {str(unit): 1e-3 if unit is blind.best.unit else 80.0 for unit in DelayUnit}
    timed = advise(image, activity, table, slow)
    assert timed.timed
    assert timed.clocks.startswith("Time: cycles at the lowest routed clock ")
    assert timed.best.unit is not blind.best.unit
    assert timed.why().startswith(f"{timed.best.unit}: its product of area, energy and time is the least. ")
    assert " times the time" in timed.why()
    products = [each.area_um2 * each.energy_uj * (each.time_ms or 0) for each in timed.candidates]
    assert products == sorted(products)
    assert [each.score for each in timed.candidates] == pytest.approx([each / products[0] for each in products])
    best = timed.record()["candidates"][0]
    assert best["clock_mhz"] == 80.0
    assert best["time_ms"] == pytest.approx(best["cycles"] / 80e3)
    del slow[str(timed.best.unit)]
    partly = advise(image, activity, table, slow)
    assert [each.score for each in partly.candidates] == [each.score for each in blind.candidates], "cycles alone"


def test_clocks_are_those_of_the_same_build(image: Image, tmp_path: Path) -> None:
    path = tmp_path / "area.json"
    assert routed_clocks(image, path) == {}, "nothing was measured"
    runs = [{"unit": unit, "design": f"{kind}_{unit}", "fmax_mhz": clocks} for unit, kind, clocks in
            (("ring", "core", [71.5, 70.25]), ("ring", "delay", [9.0]), ("scdq", "core", []))]  # fmt: skip
    report = {"geometry": image.geometry.numbers(), "runs": runs}
    path.write_text(json.dumps(report))
    assert routed_clocks(image, path) == {"ring": 70.25}, "the lowest of a core; none where it does not fit"
    path.write_text(json.dumps({**report, "geometry": {**image.geometry.numbers(), "lanes": 31}}))
    assert routed_clocks(image, path) == {}, "of another build"
    path.write_text("{}")
    with pytest.raises(InputError, match="no report of areas"):
        routed_clocks(image, path)


def test_the_prices_decide() -> None:
    """Where flip-flops cost nothing and macros are dear, the ring's slots are free; at usual prices they are not."""
    image = Point(sources=16, delays=8, activity=0.2, targets=8).image()
    activity = assumed(image, 0.2, samples=2)
    dear = Macro(depth=64, width=64, area_um2=1e9, leakage_nw=0, write_pj=100, read_pj=100)
    free = MacroTable(
        name="free", flip_flop=FlipFlop(area_um2=1e-6, clock_pj=0.0, access_pj=1e-9), macro=(dear,)
    )  # fmt: skip
    cheap = advise(image, activity, free)
    usual = advise(image, activity, load_table(None))
    ring = next(each for each in cheap.candidates if each.unit is DelayUnit.RING)
    assert ring.area_um2 == pytest.approx(logic_area(ring.run.config), abs=1)
    assert ring.area_um2 == min(each.area_um2 for each in cheap.candidates)
    assert usual.best.unit is not DelayUnit.RING


def test_macros_of_another_process_are_named(image: Image, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The logic stays that of SG13G2."""
    table = load_table(None)
    assert advise(image, assumed(image, 0.2), table).note == ""
    other = tmp_path / "other.toml"
    other.write_text(DEFAULT_TABLE.read_text().replace(table.name, "other 65 nm").replace("78.7", "20.0"))
    image.save(tmp_path / "small.chx")
    said = "Mind: areas add logic of SG13G2 standard cells (130 nm) to memories of other 65 nm; "
    assert run(["advise", str(tmp_path / "small.chx"), "--macros", str(other)]) == 0
    assert any(line.startswith(said) for line in capsys.readouterr().out.splitlines())
    assert run(["advise", str(tmp_path / "small.chx")]) == 0
    assert "Mind" not in capsys.readouterr().out


def test_a_unit_that_loses_events_is_none(image: Image) -> None:
    tight = replace(image, capacity=1)
    steps = 12
    every = Activity(text="all", events=[np.ones((steps, 4), bool)], spikes=[np.ones((steps, 6), bool)])
    advice = advise(tight, every, load_table(None))
    assert {each.unit for each in advice.losing} == {DelayUnit.SCDQ, DelayUnit.SCDQ1}
    # 4 delay levels, and the 4 slots of the hybrid by default: it holds nothing.
    assert {each.unit for each in advice.candidates} == {DelayUnit.RING, DelayUnit.BITMAP, DelayUnit.HYBRID}
    record = advice.record()
    assert [each["lost_events"] > 0 for each in record["losing"]] == [True, True]


def test_logic_grows_with_delays() -> None:
    for unit in DelayUnit:
        small, large = (preset("odd", delay_unit=unit, delays=delays, queue_depth=9) for delays in (7, 64))
        assert 0 < logic_area(small) < logic_area(large)
    wide = preset("odd", delay_unit="bitmap", queue_depth=99)
    assert logic_area(wide) > logic_area(preset("odd", delay_unit="bitmap", queue_depth=9))
