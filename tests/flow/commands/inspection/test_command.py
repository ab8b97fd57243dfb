# SPDX-License-Identifier: Apache-2.0
"""``chronaxie inspect``: an image, a bundle, a sample, and what it refuses."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from flow.cli import run


def test_inspect(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["inspect", "small.chx", "--data", "synthetic_small.h5", "--sample", "1", "--json", "seen.json"]) == 0
    out = capsys.readouterr().out
    assert all(title in out for title in ("Memory", "Layers", "Spikes", "sample 1 of "))
    seen = json.loads((folder / "seen.json").read_text())
    assert seen["made"]["command"].startswith("chronaxie inspect")
    assert seen["sample"]["outcome"]["sample"] == 1
    assert {each["unit"] for each in seen["sample"]["units"]} >= {"ring", "scdq"}


def test_a_bundle(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["map", "small.chx", "--cores", "2", "--lanes", "2", "-o", "small.chxb"]) == 0
    assert run(["inspect", "small.chxb"]) == 0
    out = capsys.readouterr().out
    assert "core 1" in out
    assert "sample" not in out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ("inspect none.chx", "none.chx: image cannot be read (No such file or directory)"),
        ("inspect small.chx --sample 1", "--sample says which sample of a file; expected --data with it"),
        ("inspect small.chx --data synthetic_small.h5 --sample 6",
         "synthetic_small.h5: no sample 6, there are 6, from 0"),
        ("inspect small.chx --data none.h5", "none.h5: no such file"),
        ("inspect small.chx --json small.chx", "small.chx: would be written over what is read from it"),
    ],
)  # fmt: skip
def test_refused(refused: Callable[[str, str], None], arguments: str, message: str) -> None:
    refused(arguments, message)
