# SPDX-License-Identifier: Apache-2.0
"""``chronaxie sim``: recordings through the RTL, on one core and on several, and what it refuses."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from flow.cli import run
from flow.commands import sim
from tests.flow.run.test_simulate import KEYS


def test_sim(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = "sim --image small.chx --data synthetic_small.h5 --samples all --unit scdq --jobs 1 --json sim.json"
    assert run(arguments.split()) == 0
    report = json.loads((folder / "sim.json").read_text())
    assert report["image"] == "small.chx"
    assert report["input"]["events"] + report["input"]["merged"] == report["input"]["spikes"] > 0
    assert [list(each) for each in report["runs"]] == [KEYS]
    assert report["runs"][0]["unit"] == "scdq"
    assert report["runs"][0]["samples"] == 6
    assert report["runs"][0]["mismatches"] == report["runs"][0]["cycle_model_errors"] == 0
    out = capsys.readouterr().out
    assert "SHD" not in out
    assert out.splitlines()[-1].startswith("input: ")


def test_sim_on_several_cores(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The network of an image spread over cores, and the bundle of the same on guarded ones: results as on one core."""
    assert run(["map", "small.chx", "--cores", "2", "--lanes", "2", "-o", "small.chxb"]) == 0
    capsys.readouterr()
    common = "--data synthetic_small.h5 --samples all --unit scdq --jobs 1 --json sim.json"
    records = []
    for arguments in ("--image small.chx --cores 2", "--image small.chxb --protection secded"):
        assert run(f"sim {arguments} {common}".split()) == 0
        assert "│ cores " in capsys.readouterr().out
        records.append(json.loads((folder / "sim.json").read_text())["runs"][0])
        assert records[-1]["cores"] == 2
        assert records[-1]["mismatches"] == records[-1]["cycle_model_errors"] == 0
        assert records[-1]["spikes_compared"] > 0
    assert records[0]["cycles_mean"] == records[1]["cycles_mean"], "check bits take no time"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ("--image small.chxb --cores 2", "small.chxb: a bundle says how many cores there are; give no --cores"),
        ("--image small.chx --cores 0", "cores must be in 1..6, the number of neurons, not 0"),
        ("--image small.chx --cores 7", "cores must be in 1..6, the number of neurons, not 7"),
        ("--image small.chx --cores 2 --trace", "--trace is for one core; expected no --cores and no bundle with it"),
        ("--image none.chxb", "none.chxb: "),
    ],
)
def test_sim_on_several_cores_refuses(
    folder: Path, capsys: pytest.CaptureFixture[str], arguments: str, message: str
) -> None:
    assert run(["map", "small.chx", "--cores", "2", "--lanes", "2", "-o", "small.chxb"]) == 0
    assert run(f"sim --data synthetic_small.h5 --unit scdq {arguments}".split()) == 2
    assert capsys.readouterr().err.startswith(f"error: {message}")


def test_sim_waves_and_trace(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A waveform is of one sample unless more are asked for; the message says where it is."""
    arguments = "sim --image small.chx --data synthetic_small.h5 --unit ring --waves --trace"
    assert run(arguments.split()) == 0
    waves, trace = Path("build/waves/ring.fst"), Path("build/traces/ring.csv")
    out = capsys.readouterr().out
    assert f"waveform: {waves}\n  gtkwave build/waves/ring.gtkw\n  surfer --command-file build/waves/ring.sucl" in out
    assert f"trace: {trace}" in out
    assert (folder / waves).stat().st_size > 1000
    marked = [line.split(maxsplit=3) for line in out.splitlines() if " ns  step " in line]
    saved = (folder / "build/waves/ring.gtkw").read_text()
    assert marked
    assert all(f" {int(line[1]) * 1000}" in saved for line in marked)
    assert len((folder / trace).read_text().splitlines()) == 1 + 11 * 6


def test_waves_of_several_cores(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Core after core, from the first event on; no spike is marked, for it would be on several cores."""
    arguments = "sim --image small.chx --cores 2 --data synthetic_small.h5 --samples 1 --unit scdq --waves"
    assert run(arguments.split()) == 0
    assert " ns  step " not in capsys.readouterr().out
    assert (folder / "build/waves/scdq.fst").stat().st_size > 1000
    saved = (folder / "build/waves/scdq.gtkw").read_text()
    assert saved.index("harness.view.core0_rows.token") < saved.index("harness.view.core1_rows.token")


def test_sim_fails(folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """A golden model that is wrong in one spike: status 1, the place, and a report of what was compared."""

    class Wrong(sim.GoldenBatch):
        def run(self, rasters):  # type: ignore[no-untyped-def]
            result = super().run(rasters)
            result.spikes[1, 2, 3] ^= True
            return result

    monkeypatch.setattr(sim, "GoldenBatch", Wrong)
    arguments = "sim --image small.chx --data synthetic_small.h5 --unit ring --jobs 1 --json sim.json"
    assert run(arguments.split()) == 1
    captured = capsys.readouterr()
    assert captured.err.startswith("error: ring: sample 1, step 2, neuron 3: spike is ")
    record = json.loads((folder / "sim.json").read_text())["runs"][0]
    assert (record["samples"], record["mismatches"]) == (2, 1)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ("sim --bogus", "No such option: --bogus"),
        (
            "sim --unit loihi",
            "Invalid value for '--unit': 'loihi' is not one of 'ring', 'scdq', 'scdq1', 'bitmap', 'hybrid'.",
        ),
        ("sim --option slots=8", "--option sets a parameter of one delay unit; expected --unit with it"),
        ("sim --samples many", "samples must be a number of at least 1, or all, not 'many'"),
        ("sim --samples 0", "samples must be a number of at least 1, or all, not '0'"),
        ("sim --jobs 0", "jobs must be at least 1, not 0"),
        ("sim --seed -1", "Invalid value for '--seed': "),
        ("sim --image none.chx", "none.chx: image cannot be read (No such file or directory)"),
        ("sim --image synthetic_small.h5", "synthetic_small.h5: BAD_MAGIC at byte 0: no Chronaxie image"),
        ("sim --image small.chx --data none.h5", "none.h5: no such file; expected an HDF5 file of the SHD format"),
        ("sim --image small.chx --data synthetic_small.h5 --unit ring --json small.chx/x", "small.chx: cannot be made"),
        (
            "sim --image small.chx --data synthetic_small.h5 --unit ring --json synthetic_small.h5",
            "synthetic_small.h5: would be written over what is read from it",
        ),
    ],
)
def test_refused(refused: Callable[[str, str], None], arguments: str, message: str) -> None:
    refused(arguments, message)
