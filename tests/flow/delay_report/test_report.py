# SPDX-License-Identifier: Apache-2.0
"""The whole report, quick and with made-up synthesis: what it says, and that its files can be read."""

import json
import xml.etree.ElementTree as ET
from collections.abc import Sequence
from html import unescape
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from flow.cli import run
from flow.delay_report import report
from flow.delay_report.page import pictures, write_report
from flow.delay_report.records import Report
from flow.delay_report.sweep import Point
from flow.delay_report.text import sections
from flow.silicon.cells import CellCounts
from flow.silicon.jobs import Job, Silicon
from flow.synthesis.ecp5 import Area
from model.config import CoreConfig, DelayUnit
from tests.flow.delay_report.examples import differences, write_cells
from tests.flow.examples import small_image, write_recordings

FEW = {"activity": (0.05, 0.8), "sources": (4, 9), "delays": (5,), "density": (0.5,)}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working folder with an image, recordings and standard cells; few and small points to sweep."""
    monkeypatch.chdir(tmp_path)
    small_image().save(tmp_path / "small.chx")
    write_recordings(tmp_path / "synthetic_small.h5")
    write_cells(tmp_path / "cells.lib")
    for name in ("QUICK", "SWEEPS"):
        monkeypatch.setattr(f"flow.delay_report.sweep.{name}", FEW)
    monkeypatch.setattr("flow.delay_report.sweep.BASE", Point(sources=6, delays=4, targets=8))
    small = (Point(sources=6, delays=4, targets=8, activity=1.0, density=1.0),)
    monkeypatch.setattr("flow.delay_report.sweep.PUBLISHED", small)
    monkeypatch.setattr("flow.delay_report.report.PUBLISHED", small)
    for module in ("report", "sweep"):
        monkeypatch.setattr(f"flow.delay_report.{module}.LARGE", small)
    monkeypatch.setattr("flow.delay_report.report.GRID", small)
    return tmp_path


@pytest.fixture
def no_synthesis(monkeypatch: pytest.MonkeyPatch) -> None:
    """Synthesis that knows its answers: a core of 10,000 um2, a delay unit that is larger the more delays it has."""

    def nothing(self: Silicon, jobs: Sequence[Job], count: int, progress: Any) -> None:
        for job in jobs:
            progress(job.text)

    def fpga(self: Silicon, design: str, config: CoreConfig) -> Area:
        return Area(
            flip_flops=1, luts=2, block_rams=3, dsps=4, memory_bits=5, fmax_mhz=None if "core" in design else 50.5
        )

    def cells(self: Silicon, design: str, config: CoreConfig | None, liberty: Path) -> CellCounts:
        delays = config.delays if config else 3
        own = {"NAND2": 10 * delays}
        if design.startswith("core"):
            return CellCounts(modules={design: {"NAND2": 5000}, f"{design}.delay": own})
        return CellCounts(modules={design: own})

    for name, method in (("run", nothing), ("fpga", fpga), ("cells", cells)):
        monkeypatch.setattr(Silicon, name, method)


class Page(HTMLParser):
    """What is on a page: its tags in balance, the ids, and where links lead."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.links: list[str] = []
        self.tables = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in ("meta",):
            self.open.append(tag)
        self.links += [value or "" for name, value in attrs if name in ("href", "src")]
        self.tables += tag == "table"

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def check_files(folder: Path) -> Any:
    content: Report = json.loads((folder / "delay.json").read_text())
    assert differences({name: each for name, each in content.items() if name != "made"}, Report) == []
    text = (folder / "delay.html").read_text()
    page = Page()
    page.feed(text)
    assert page.open == []
    assert all(link.startswith("#") for link in page.links)
    assert page.tables == sum(len(section.tables) for section in sections(content))
    markdown = (folder / "delay.md").read_text()
    for section in sections(content):
        assert f"## {section.title}" in markdown
        assert section.title in unescape(text)
        for table in section.tables:
            assert all(len(row) == len(table.head) for row in table.rows)
            assert "| " + " | ".join(table.rows[0]) + " |" in markdown
    for picture in pictures(content).values():
        ET.fromstring(picture)
    return content


def test_quick(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = "delay-report small.chx --data synthetic_small.h5 --quick --output there"
    assert run(arguments.split()) == 0
    out = capsys.readouterr().out
    assert "there/delay.html" in out
    assert "word rate" in out
    content = check_files(folder / "there")
    assert content["silicon"] is None
    assert content["quick"] is True
    [network] = content["networks"]
    assert network["samples"] == 6
    assert set(network["units"]) == set(DelayUnit)
    assert [each["published"] for each in content["formulas"]] == [34_816, 7_936, 24_576, 97_536]
    assert [len(content["sweeps"][axis]) for axis in FEW] == [2, 2, 1, 1]
    markdown = (folder / "there" / "delay.md").read_text()
    assert "This is the quick report" in markdown
    assert "The delay unit's share of the core" not in markdown


@pytest.mark.usefixtures("no_synthesis")
def test_without_a_liberty_file_it_says_so(folder: Path) -> None:
    assert run(["delay-report", "small.chx", "--data", "synthetic_small.h5", "--output", "there"]) == 0
    content = check_files(folder / "there")
    assert content["liberty"] is None
    markdown = (folder / "there" / "delay.md").read_text()
    assert "No liberty file was given" in markdown
    assert "## On an FPGA" in markdown
    assert "does not fit" in markdown
    assert "share of the core" not in markdown.replace("the share of the core and the energy", "")


@pytest.mark.usefixtures("no_synthesis")
def test_with_a_liberty_file(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = "delay-report small.chx --data synthetic_small.h5 --liberty cells.lib --output there"
    assert run(arguments.split()) == 0
    content = check_files(folder / "there")
    unit = content["silicon"]["units"]["scdq1"]
    assert unit["logic_um2"] == 80.0
    assert unit["core_logic_um2"] == 10_080.0
    logic = unit["shares"][-1]
    assert logic["share"] == pytest.approx(80 / 10_080)
    markdown = (folder / "there" / "delay.md").read_text()
    assert "0.79% with" not in markdown
    assert "## The delay unit's share of the core" in markdown
    assert "share of the core's logic" in capsys.readouterr().out


def test_a_fit_of_the_logic() -> None:
    grid: Any = [
        {"unit": str(unit), "sources": sources, "delays": delays,
         "logic_um2": 100 + 7 * delays + (3 * sources if unit is DelayUnit.BITMAP else 0)}
        for unit in DelayUnit for sources, delays in ((48, 8), (48, 64), (256, 64))
    ]  # fmt: skip
    model = report.logic_model(grid)
    assert model["bitmap"] == pytest.approx({"base": 100.0, "per_delay": 7.0, "per_source": 3.0}, abs=0.2)
    assert model["ring"] == pytest.approx({"base": 100.0, "per_delay": 7.0, "per_source": 0.0}, abs=0.2)


def test_a_page_that_cannot_be_written(folder: Path) -> None:
    assert run(["delay-report", "small.chx", "--data", "synthetic_small.h5", "--quick", "--output", "there"]) == 0
    content = json.loads((folder / "there" / "delay.json").read_text())
    written = write_report(folder / "again", content)
    assert [path.read_bytes() for path in written] == [(folder / "there" / path.name).read_bytes() for path in written]
