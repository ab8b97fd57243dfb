# SPDX-License-Identifier: Apache-2.0
"""``chronaxie energy`` on a small network."""

import json
from pathlib import Path

import pytest

from flow.cli import run
from tests.flow.delay_report.examples import write_cells


@pytest.fixture
def folder(folder: Path) -> Path:
    (folder / "synthetic_small.h5").rename(folder / "x.h5")
    return folder


def test_memories_alone_and_with_cells(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["energy", "--image", "small.chx", "--data", "x.h5", "--samples", "3", "--unit", "ring"]
    assert run([*arguments, "--json", "r.json"]) == 0
    assert "memories alone" in capsys.readouterr().out
    alone = json.loads((folder / "r.json").read_text())
    assert (alone["library"], alone["aim_met"], alone["unit"]) == (None, None, "ring")
    assert alone["total_uj"] == pytest.approx(alone["by_kind"]["memory_uj"])
    write_cells(folder / "tiny.lib")
    assert run([*arguments, "--json", "r.json", "--liberty", "tiny.lib"]) == 0
    assert "aim of 10 uJ met" in capsys.readouterr().out
    content = json.loads((folder / "r.json").read_text())
    assert content["by_kind"]["memory_uj"] == pytest.approx(alone["total_uj"])
    assert content["by_kind"]["logic_uj"] > 0
    assert {"neurons", "synapses", "delay", "core"} <= set(content["by_block"])
    assert content["total_uj"] == pytest.approx(sum(part["total_uj"] for part in content["parts"]))
    assert content["made"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ("--image none.chx", "none.chx: "),
        ("--image small.chx --data x.h5 --samples 2 --liberty x.h5", "x.h5: no liberty file"),
        ("--image small.chx --data x.h5 --json x.h5", "x.h5: would be written over what is read from it"),
        ("--image small.chx --data x.h5 --samples 0", "samples must be a number of at least 1, or all, not '0'"),
    ],
)
def test_mistakes(folder: Path, capsys: pytest.CaptureFixture[str], arguments: str, message: str) -> None:
    assert run(["energy", *arguments.split()]) == 2
    error = capsys.readouterr().err
    assert error.startswith(f"error: {message}")
    assert error.count("\n") == 1
