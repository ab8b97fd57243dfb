# SPDX-License-Identifier: Apache-2.0
"""flow.synthesis.area: a record and a row a design, and what does not fit."""

import json
from pathlib import Path
from typing import Any

import pytest

from flow.synthesis.area import DesignArea, measure, report, table
from flow.synthesis.ecp5 import DEVICE, Area
from model.config import preset

KEYS = [
    "unit", "design", "flip_flops", "luts", "block_rams", "dsps", "memory_bits", "fmax_mhz", "delay_memory_bits",
]  # fmt: skip


@pytest.fixture
def areas(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> dict[str, object]:
    """A report of two builds, whose synthesis is made up."""
    made = Area(flip_flops=1, luts=2, block_rams=3, dsps=4, memory_bits=5, fmax_mhz=None)

    def pretend(component: Any, name: str, folder: Path) -> Area:
        component._MustUse__silence = True  # it is not elaborated
        return made

    monkeypatch.setattr("flow.synthesis.area.synthesise", pretend)
    configs = [preset("tiny", delay_unit=unit) for unit in ("ring", "scdq")]
    return report("tiny", list(measure(configs, tmp_path, jobs=2)))


def test_report(areas: dict[str, object]) -> None:
    assert areas["device"] == DEVICE
    assert areas["source"] == "tiny"
    assert areas["geometry"] == preset("tiny").numbers()
    runs = areas["runs"]
    assert isinstance(runs, list)
    assert sorted(run["design"] for run in runs) == ["core_ring", "core_scdq", "delay_ring", "delay_scdq"]
    for run in runs:
        assert list(run) == KEYS
        assert run["delay_memory_bits"] == preset("tiny", delay_unit=run["unit"]).delay_memory_bits
    assert json.loads(json.dumps(areas)) == areas


def test_the_table_says_what_does_not_fit() -> None:
    config = preset("tiny")
    area = Area(flip_flops=1234, luts=2, block_rams=3, dsps=4, memory_bits=5, fmax_mhz=None)
    fast = Area(flip_flops=1, luts=2, block_rams=3, dsps=4, memory_bits=5, fmax_mhz=81.26)
    shown = table("tiny", [DesignArea(design=name, config=config, area=each) for name, each in
                           (("core_ring", area), ("delay_ring", fast))])  # fmt: skip
    columns = [list(column.cells) for column in shown.columns]
    assert [str(cell) for cell in columns[0]] == ["core_ring", "delay_ring"]
    assert columns[1] == ["1,234", "1"]
    assert columns[5] == ["does not fit", "81.3"]


def test_nothing_measured_has_no_geometry() -> None:
    assert report("tiny", []) == {"device": DEVICE, "source": "tiny", "geometry": {}, "runs": []}
