# SPDX-License-Identifier: Apache-2.0
"""``chronaxie image``: there and back, what is in an image, names that say what a file is, and what is refused."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from flow.cli import run
from model.config import DelayUnit
from model.image.image import Image
from model.network_file import load_network, save_network
from tests.flow.examples import small_image, small_network


@pytest.fixture(autouse=True)
def network(folder: Path) -> None:
    """The network of the image beside it."""
    save_network(folder / "small.npz", small_network())


def test_other_kinds_of_npz_are_refused_in_our_words(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Not with numpy's advice to allow pickles."""
    for name, content in (("a.npz", b"text"), ("b.npz", b""), ("c.npz", b"\x93NUMPY\x01\x00")):
        (folder / name).write_bytes(content)
        assert run(f"image compile {name} -o x.chx".split()) == 2
        err = capsys.readouterr().err
        assert err == f"error: {name}: no network file (not an .npz, or a damaged one)\n"


def test_image_there_and_back(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["image", "network", "small.chx", "-o", "small.npz"]) == 0
    assert load_network(folder / "small.npz") == small_network()
    assert run(["image", "compile", "small.npz", "-o", "again.chx", "--preset", "tiny"]) == 0
    assert (folder / "again.chx").read_bytes() == (folder / "small.chx").read_bytes()
    assert run(["image", "compile", "small.npz", "-o", "wide.chx", "--lanes", "3"]) == 0
    assert Image.load(folder / "wide.chx").geometry.lanes == 3
    assert Image.load(folder / "wide.chx").network() == small_network()


def test_image_info(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["image", "info", "small.chx", "--json", "info.json"]) == 0
    report = json.loads((folder / "info.json").read_text())
    image = small_image()
    assert report["bytes"] == (folder / "small.chx").stat().st_size == sum(report["sections"].values())
    assert report["sections"]["header, codebook, CRC"] == 56 + 4
    assert report["synapses"] == small_network().synapses
    assert report["lane_fill"] == image.lane_fill
    assert run(["advise", "small.chx", "--json", "advice.json"]) == 0
    advice = json.loads((folder / "advice.json").read_text())
    candidates = {each["unit"]: each for each in advice["candidates"] + advice["losing"]}
    # Everywhere the same, by one name; a unit with options is weighed with its best choice of them.
    plain = [str(unit) for unit in DelayUnit if not unit.spec.options]
    assert {unit: candidates[unit]["delay_memory_bits"] for unit in plain} == {
        unit: report["delay_memory_bits"][unit] for unit in plain
    }
    ring = image.config("ring")
    assert candidates["ring"]["added_bits"] == ring.delay_memory_bits * 3 // 4
    assert report["delay_memory_bits"]["ring"] == image.config("ring").delay_memory_bits
    assert f"{report['bytes']:,}" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ("image info", "Missing argument 'IMAGE'."),
        ("image compile none.npz -o x.chx", "none.npz: network cannot be read"),
        ("image compile small.chx -o x.chx", "small.chx: no network file"),
        ("image compile small.npz -o x.npz", "x.npz: an image ends in .chx"),
        ("image compile small.npz -o x", "x: an image ends in .chx"),
        ("image network small.chx -o x.chx", "x.chx: a network ends in .npz"),
        ("image network small.npz -o x.npz", "small.npz: BAD_MAGIC at byte 0: no Chronaxie image"),
        ("image compile small.chx -o x.chx", "small.chx: no network file (not an .npz, or a damaged one)"),
        ("image compile small.npz -o x.chx --preset tiny --lanes 4", "--preset tiny says how many lanes there are"),
        ("image compile small.npz -o x.chx --preset tiny --codebook", "--preset tiny says whether there is a codebook"),
        ("image compile small.npz -o nowhere/x.chx", "nowhere/x.chx: cannot be written"),
        ("image info none.chx", "none.chx: image cannot be read"),
        ("image compile small.npz -o x.chx --preset huge", "no preset 'huge': expected one of "),
        ("image compile small.npz -o x.chx --lanes 0", "core configuration: lanes must be in 1..32, not 0"),
    ],
)
def test_refused(refused: Callable[[str, str], None], arguments: str, message: str) -> None:
    refused(arguments, message)
