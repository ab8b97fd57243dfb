# SPDX-License-Identifier: Apache-2.0
"""flow.synthesis.area: a record and a row a design, and what does not fit."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from flow.silicon.whole import WholeArea
from flow.synthesis.area import DesignArea, clocks, measure, report, table
from flow.synthesis.ecp5 import DEVICE, CriticalPath, Mapped, Route
from model.config import Protection, preset
from model.fabric.config import FabricConfig

KEYS = [
    "unit", "lanes", "protection", "design", "luts", "flip_flops", "block_rams", "dsps", "memory_bits", "fmax_mhz",
    "critical_path", "delay_memory_bits", "logic_um2", "memories_um2",
]  # fmt: skip
COUNTS = {"flip_flops": 1234, "block_rams": 3, "dsps": 4, "memory_bits": 5}
PATH = CriticalPath(start="queue.DOA0", end="level.DI", levels=7, delay_ns=12.5, routing=0.4)


def made(luts: int, *clocks: float) -> tuple[Mapped, tuple[Route, ...]]:
    """A design that was placed once for each clock."""
    routes = tuple(Route(luts=luts, fmax_mhz=clock, path=replace(PATH, levels=round(clock))) for clock in clocks)
    return Mapped(counts=COUNTS, luts=luts, shell_registers=6), routes


class Tools:
    """Stands in for Yosys and nextpnr: what they were asked for, and files as they leave them."""

    def __init__(self) -> None:
        self.mapped: list[str] = []
        self.seeds: list[int] = []
        self.block_rams = 3

    def map(self, described: tuple[str, str, int], name: str, folder: Path) -> None:
        self.mapped.append(name)
        cells = {"TRELLIS_FF": 10, "DP16KD": self.block_rams, "LUT4": 20}
        for file, numbers in (("memory", {"num_memory_bits": 5}), ("cells", {"num_cells_by_type": cells})):
            (folder / f"{file}.json").write_text(json.dumps({"design": numbers}))
        (folder / "shell.json").write_text(str(described[2]))

    def route(self, folder: Path, seed: int) -> None:
        self.seeds.append(seed)
        registers = int((folder / "shell.json").read_text())
        end = {"cell": "inside.a", "port": "Q"}
        report = {
            "fmax": {"clk": {"achieved": 50.04 + seed}},
            "utilization": {"TRELLIS_FF": {"used": 10 + registers}, "TRELLIS_COMB": {"used": 33}},
            "critical_paths": [{"from": "posedge clk", "to": "posedge clk",
                                "path": [{"delay": 1.0, "from": end, "to": end, "type": "clk-to-q"}]}],
        }  # fmt: skip
        (folder / "report.json").write_text(json.dumps(report))


@pytest.fixture
def tools(monkeypatch: pytest.MonkeyPatch) -> Tools:
    fake = Tools()
    monkeypatch.setattr("flow.synthesis.area.mapped", fake.map)
    monkeypatch.setattr("flow.synthesis.area.route", fake.route)
    return fake


def test_every_seed_once_and_only_what_is_missing(tools: Tools, tmp_path: Path) -> None:
    configs = [preset("tiny", delay_unit=unit) for unit in ("ring", "scdq")]
    first = list(measure(configs, tmp_path, jobs=2))
    assert sorted(tools.mapped) == ["core_ring", "core_scdq", "delay_ring", "delay_scdq"]
    assert tools.seeds == [1] * 4
    more = report("tiny", list(measure(configs, tmp_path, jobs=2, seeds=3)))
    assert len(tools.mapped) == 4, "a netlist is made once"
    assert sorted(tools.seeds) == [1] * 4 + [2] * 4 + [3] * 4, "a placement is made once"
    assert {each.design for each in first} == {run["design"] for run in more["runs"]}
    for run in more["runs"]:
        assert list(run) == KEYS
        assert run["fmax_mhz"] == [51.0, 52.0, 53.0]
        assert (run["luts"], run["flip_flops"], run["lanes"]) == (33, 10, preset("tiny").lanes)
        assert run["critical_path"]["from"] == "a.Q"
        assert run["delay_memory_bits"] == preset("tiny", delay_unit=run["unit"]).delay_memory_bits
    assert (more["device"], more["source"]) == (DEVICE, "tiny")
    assert more["geometry"] == preset("tiny").numbers()
    assert json.loads(json.dumps(more)) == more
    assert clocks(more) == {"ring": 51.0, "scdq": 51.0}


def test_what_does_not_fit_is_not_placed(tools: Tools, tmp_path: Path) -> None:
    tools.block_rams = 1000
    found = report("tiny", list(measure([preset("tiny")], tmp_path, jobs=1, seeds=2)))
    assert tools.seeds == []
    assert [(run["fmax_mhz"], run["critical_path"], run["luts"]) for run in found["runs"]] == [([], None, 20)] * 2
    assert clocks(found) == {}


def test_the_table_says_what_does_not_fit() -> None:
    found, routes = made(2, 83.0, 81.26)
    shown = table("tiny", [DesignArea(design=name, config=preset("tiny"), found=found, routes=each) for name, each in
                           (("core_ring", ()), ("delay_ring", routes))])  # fmt: skip
    columns = [list(column.cells) for column in shown.columns]
    assert [str(cell) for cell in columns[0]] == ["core_ring", "delay_ring"]
    assert columns[1] == ["1,234", "1,234"]
    assert columns[5] == ["does not fit", "81.3"], "the lowest of all placements"


def test_the_path_is_that_of_the_slowest() -> None:
    found, routes = made(2, 83.0, 81.0, 90.0)
    [run] = report("tiny", [DesignArea(design="core_ring", config=preset("tiny"), found=found, routes=routes)])["runs"]
    assert run["fmax_mhz"] == [83.0, 81.0, 90.0]
    assert run["critical_path"] == {
        "from": "queue.DOA0", "to": "level.DI", "levels": 81, "delay_ns": 12.5, "routing": 0.4
    }  # fmt: skip


def test_nothing_measured_has_no_geometry() -> None:
    assert report("tiny", []) == {"device": DEVICE, "source": "tiny", "geometry": {}, "runs": []}


def test_protections_share_the_delay_unit(tools: Tools, tmp_path: Path) -> None:
    """It comes once; a core and a row for each; the clock that others take is that of the plain one."""
    configs = [preset("tiny", delay_unit="ring", protection=kind) for kind in Protection]
    found = sorted(measure(configs, tmp_path, jobs=2), key=lambda each: each.design)
    assert [(each.design, each.protection) for each in found[-1:]] == [("delay_ring", "none")]
    assert {each.protection for each in found[:-1]} == set(Protection)
    assert len(tools.mapped) == 4
    content = report("tiny", found)
    assert len(clocks(content)) == 1
    for run in content["runs"]:
        run["fmax_mhz"] = [99.0 if run["protection"] == "none" else 1.0]
    assert clocks(content) == {"ring": 99.0}
    names = [str(cell) for cell in table("tiny", found).columns[0].cells]
    assert sorted(names) == ["core_ring", "core_ring, parity", "core_ring, secded", "delay_ring"]


def test_a_fabric(tools: Tools, tmp_path: Path) -> None:
    """Alone, as its cores are alike; memory for delays is that of all of them."""
    core = preset("tiny", delay_unit="scdq", protection=Protection.PARITY)
    [run] = report("b.chxb", list(measure([FabricConfig(cores=(core,) * 2, routes=4, axons=4)], tmp_path, 1)))["runs"]
    assert (run["design"], run["protection"], run["unit"]) == ("fabric_scdq", "parity", "scdq")
    assert run["delay_memory_bits"] == 2 * core.delay_memory_bits


def test_area_on_silicon_stands_beside() -> None:
    found, routes = made(2, 83.0)
    areas = [DesignArea(design="core_ring", config=preset("tiny"), found=found, routes=routes)]
    silicon = [WholeArea(logic_um2=12345.6, memories_um2=7890.1)]
    [run] = report("tiny", areas, silicon)["runs"]
    assert (run["logic_um2"], run["memories_um2"]) == (12346, 7890)
    shown = table("tiny", areas, silicon)
    assert [list(column.cells) for column in shown.columns[-2:]] == [["12,346"], ["7,890"]]
