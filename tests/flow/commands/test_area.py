# SPDX-License-Identifier: Apache-2.0
"""``chronaxie area``: which builds are measured, in which order they are shown, and what is refused."""

import json
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from flow.cli import run
from flow.commands import area
from flow.synthesis.area import Build, DesignArea, each_design
from flow.synthesis.ecp5 import DEVICE, Mapped
from model.config import CoreConfig, DelayUnit, Protection, preset
from model.fabric.bundle import Bundle
from model.mapping.compiler import compile_network
from tests.flow.examples import small_image


@pytest.fixture
def asked(folder: Path, monkeypatch: pytest.MonkeyPatch) -> list[tuple[list[Build], int, int]]:
    """Builds, jobs and seeds that are asked for; made-up areas come back, cores first."""
    calls: list[tuple[list[Build], int, int]] = []

    def measure(configs: Sequence[Build], where: Path, jobs: int, seeds: int) -> list[DesignArea]:
        calls.append((list(configs), jobs, seeds))
        counts = {"flip_flops": 1, "block_rams": 3, "dsps": 4, "memory_bits": 5}
        made = Mapped(counts=counts, luts=2345, shell_registers=0)
        return [
            DesignArea(design=name, config=each, found=made, routes=())
            for each, name in sorted(each_design(configs), key=lambda found: found[1])
        ]

    monkeypatch.setattr(area, "measure", measure)
    return calls


def test_delay_units_before_cores(
    folder: Path, asked: list[tuple[list[Build], int, int]], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["area", "--image", "small.chx", "--jobs", "2", "--json", "a.json"]) == 0
    assert asked == [([small_image().config(unit) for unit in DelayUnit], 2, 1)]
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


def test_one_unit_of_a_preset(asked: list[tuple[list[Build], int, int]]) -> None:
    assert run(["area", "--preset", "tiny", "--unit", "hybrid", "--option", "slots=2", "--jobs", "1"]) == 0
    assert asked == [([preset("tiny", delay_unit=DelayUnit.HYBRID, unit_options={"slots": 2})], 1, 1)]


def test_lanes_and_seeds(asked: list[tuple[list[Build], int, int]]) -> None:
    """The network of an image is compiled for other lanes; a preset has them instead of its own."""
    assert run(["area", "--preset", "tiny", "--unit", "ring", "--lanes", "4", "--seeds", "5", "--jobs", "1"]) == 0
    assert asked.pop() == ([preset("tiny", lanes=4)], 1, 5)
    network = small_image().network()
    assert run(["area", "--image", "small.chx", "--unit", "scdq", "--lanes", "5", "--jobs", "1"]) == 0
    [config] = asked.pop()[0]
    assert isinstance(config, CoreConfig)
    assert (config.lanes, config.delay_unit, config.neurons) == (5, DelayUnit.SCDQ, network.neurons.count)
    compile_network(network, config)


def test_protections_and_a_bundle(
    folder: Path, asked: list[tuple[list[Build], int, int]], capsys: pytest.CaptureFixture[str]
) -> None:
    guards = ["--protection", "secded", "--protection", "none", "--protection", "secded"]
    assert run(["area", "--preset", "tiny", "--unit", "ring", *guards, "--jobs", "1"]) == 0
    kinds = [Protection.SECDED, Protection.NONE]
    assert asked.pop()[0] == [preset("tiny", delay_unit="ring", protection=kind) for kind in kinds]
    shown = capsys.readouterr().out
    assert shown.index("core_ring ") < shown.index("core_ring, secded")

    assert run(["map", "small.chx", "--cores", "2", "-o", "small.chxb"]) == 0
    assert run(["area", "--image", "small.chxb", "--unit", "ring", "--protection", "parity", "--jobs", "1"]) == 0
    bundle = Bundle.load(folder / "small.chxb")
    assert [asked.pop()[0]] == [[bundle.config(["ring"], protection="parity")]]


@pytest.mark.usefixtures("asked")
@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ("area --image none.chx", "none.chx: image cannot be read"),
        ("area --preset tiny --image small.chx", "--image and --preset both name a build; give one of them"),
        ("area --preset huge", "no preset 'huge': expected one of "),
        ("area --preset tiny --jobs 0", "jobs must be at least 1, not 0"),
        ("area --preset tiny --seeds 0", "seeds must be 1 to 100, not 0"),
        ("area --preset tiny --lanes 0", "core configuration: lanes must be in 1..32, not 0"),
        ("area --image small.chx --lanes 0", "core configuration: lanes must be in 1..32, not 0"),
        ("area --preset tiny --liberty none.lib", "none.lib: "),
        ("area --image small.chxb --lanes 2", "small.chxb: a bundle says what its cores are; give no --preset and no"),
        ("area --preset tiny --json small.chx/x", "small.chx: cannot be made"),
        ("area --image small.chx --json small.chx", "small.chx: would be written over what is read from it"),
    ],
)
def test_refused(refused: Callable[[str, str], None], arguments: str, message: str) -> None:
    refused(arguments, message)
