# SPDX-License-Identifier: Apache-2.0
"""``chronaxie area``: which builds are measured, in which order they are shown, and what is refused."""

import json
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from flow.cli import run
from flow.commands import area
from flow.synthesis.area import DesignArea
from flow.synthesis.ecp5 import DEVICE, Area
from model.config import CoreConfig, DelayUnit, preset
from tests.flow.examples import small_image


@pytest.fixture
def asked(folder: Path, monkeypatch: pytest.MonkeyPatch) -> list[tuple[list[CoreConfig], int]]:
    """Builds and number of jobs that are asked for; made-up areas come back, cores first."""
    calls: list[tuple[list[CoreConfig], int]] = []

    def measure(configs: Sequence[CoreConfig], where: Path, jobs: int) -> list[DesignArea]:
        calls.append((list(configs), jobs))
        made = Area(flip_flops=1, luts=2345, block_rams=3, dsps=4, memory_bits=5, fmax_mhz=None)
        return [
            DesignArea(design=f"{kind}_{each.delay_unit}", config=each, area=made)
            for kind in ("core", "delay")
            for each in configs
        ]

    monkeypatch.setattr(area, "measure", measure)
    return calls


def test_delay_units_before_cores(
    folder: Path, asked: list[tuple[list[CoreConfig], int]], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["area", "--image", "small.chx", "--jobs", "2", "--json", "a.json"]) == 0
    assert asked == [([small_image().config(unit) for unit in DelayUnit], 2)]
    content = json.loads((folder / "a.json").read_text())
    assert (content["device"], content["source"]) == (DEVICE, "small.chx")
    units = sorted(DelayUnit)
    assert [each["design"] for each in content["runs"]] == [
        f"{kind}_{unit}" for kind in ("delay", "core") for unit in units
    ]
    shown = capsys.readouterr().out
    assert shown.index("delay_scdq1") < shown.index("core_bitmap")
    assert "2,345" in shown
    assert "does not fit" in shown


def test_one_unit_of_a_preset(asked: list[tuple[list[CoreConfig], int]]) -> None:
    assert run(["area", "--preset", "tiny", "--unit", "hybrid", "--option", "slots=2", "--jobs", "1"]) == 0
    assert asked == [([preset("tiny", delay_unit=DelayUnit.HYBRID, unit_options={"slots": 2})], 1)]


@pytest.mark.usefixtures("asked")
@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ("area --image none.chx", "none.chx: image cannot be read"),
        ("area --preset tiny --image small.chx", "--image and --preset both name a build; give one of them"),
        ("area --preset huge", "no preset 'huge': expected one of "),
        ("area --preset tiny --jobs 0", "jobs must be at least 1, not 0"),
        ("area --preset tiny --json small.chx/x", "small.chx: cannot be made"),
        ("area --image small.chx --json small.chx", "small.chx: would be written over what is read from it"),
    ],
)
def test_refused(refused: Callable[[str, str], None], arguments: str, message: str) -> None:
    refused(arguments, message)
