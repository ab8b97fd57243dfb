# SPDX-License-Identifier: Apache-2.0
"""``chronaxie advise`` and ``delay-report``: their tables, and what they refuse.

The report itself: tests/flow/delay_report.
"""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from flow.cli import run
from flow.commands.delay import summary_table
from flow.delay_report.records import AdviceRecord
from model.config import DelayUnit
from tests.flow.delay_report.examples import differences
from tests.flow.examples import write_recordings


@pytest.mark.parametrize(
    ("count", "options", "said"), [(6, "", 6), (52, "", 50), (52, "--samples all", 52), (6, "--samples 4", 4)]
)
def test_advise_takes_the_recordings_that_there_are(
    folder: Path, capsys: pytest.CaptureFixture[str], count: int, options: str, said: int
) -> None:
    write_recordings(folder / "own.h5", count=count)
    assert run(f"advise small.chx --data own.h5 {options}".split()) == 0
    assert f"activity: {said} recordings of own.h5" in capsys.readouterr().out
    assert run(["advise", "small.chx", "--data", "own.h5", "--samples", "60"]) == 2
    assert capsys.readouterr().err == f"error: own.h5: samples must be in 1..{count}, not 60\n"


@pytest.mark.parametrize("more", ["--data synthetic_small.h5", "--activity 0.2", ""])
def test_advise(folder: Path, capsys: pytest.CaptureFixture[str], more: str) -> None:
    samples = " --samples 3" if "data" in more else ""
    assert run(f"advise small.chx {more}{samples} --json advice.json".split()) == 0
    record = json.loads((folder / "advice.json").read_text())
    own = {name: value for name, value in record.items() if name not in ("image", "macros", "made")}
    assert differences(own, AdviceRecord) == []
    out = capsys.readouterr().out
    assert record["unit"] == record["candidates"][0]["unit"]
    assert record["why"] in out
    assert record["activity"] in out
    assert record["activity"].startswith("3 recordings" if samples else "assumed: ")
    assert {each["unit"] for each in record["candidates"]} == set(DelayUnit)


def test_summary_of_a_report() -> None:
    """A column a unit; the units' shares only where standard cells were given."""
    each = {
        "cycles": 1234.4, "word_rate": 0.5, "lane_fill": 0.25, "delay_memory_bits": 7, "provisioned_bits": 6,
        "used_bits": 5, "memories": [{"energy_uj": 1.0}, {"energy_uj": 0.25}],
    }  # fmt: skip
    network = {"image": "a.chx", "units": {"ring": each, "scdq": each}, "advice": {"unit": "scdq"}}
    silicon = {
        "image": "a.chx",
        "units": {unit: {"shares": [{"share": 0.5}, {"share": 0.1}]} for unit in ("ring", "scdq")},
    }
    content: Any = {"networks": [network], "silicon": silicon, "liberty": None}
    table = summary_table(content)
    rows = list(zip(*(column.cells for column in table.columns), strict=True))
    assert [str(column.header) for column in table.columns] == ["network", "", "ring", "scdq"]
    assert [row[2] for row in rows] == ["1,234", "50.0%", "25.0%", "7", "6", "5", "1.25", ""]
    assert rows[-1][1:] == ("advice", "", "*")
    content["liberty"] = "cells.lib"
    more = summary_table(content)
    assert list(more.columns[2].cells)[-2:] == ["50.00%", "10.00%"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ("advise none.chx", "none.chx: image cannot be read"),
        ("advise small.chx --activity 2", "Invalid value for '--activity': "),
        (
            "advise small.chx --activity 0.1 --data synthetic_small.h5",
            "advise: --data and --activity both say how active the network is",
        ),
        ("advise small.chx --data none.h5", "none.h5: no such file"),
        ("advise small.chx --macros synthetic_small.h5", "synthetic_small.h5: no TOML"),
        ("advise small.chx --macro-lib small.chx", "small.chx: no liberty file"),
        ("delay-report", "tables: no images (*.chx); name some"),
        ("delay-report none.chx --quick", "none.chx: image cannot be read"),
        ("delay-report small.chx --data none.h5 --quick", "none.h5: no such file"),
        ("delay-report small.chx --output small.chx/x", "small.chx/x: cannot be made"),
        ("delay-report small.chx --liberty none.lib", "none.lib: liberty file cannot be read"),
        ("delay-report small.chx --liberty small.chx", "small.chx: no liberty file"),
        (
            "advise small.chx --data synthetic_small.h5 --samples 0",
            "samples must be a number of at least 1, or all, not '0'",
        ),
        ("advise small.chx --json small.chx", "small.chx: would be written over what is read from it"),
        ("delay-report small.chx --quick --jobs 0", "jobs must be at least 1, not 0"),
        ("delay-report small.chx --quick --macros small.chx", "small.chx: no TOML"),
    ],
)
def test_refused(refused: Callable[[str, str], None], arguments: str, message: str) -> None:
    refused(arguments, message)
