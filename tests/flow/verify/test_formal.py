# SPDX-License-Identifier: Apache-2.0
"""Proofs: some that are quick hold, broken variants are rejected, results are kept."""

import json
from importlib.metadata import PackageNotFoundError
from pathlib import Path

import pytest

from flow.cli import run
from flow.verify import formal
from flow.verify.formal import job, prove, reject, run_formal, select
from model.delay.registry import DelayUnit
from support.errors import InputError
from tb.formal.prop import Method
from tb.formal.registry import mutations, properties

QUICK = ("ring.rows", "ring.complete", "queue.order", "accumulators.sum", "neurons.order", "refractory.steps",
         "control.armed", "loader.last", "synapses.progress", "equivalence.ring-bitmap")  # fmt: skip
"""One of each block, a few seconds each: the bounded part of make formal."""


@pytest.mark.parametrize("name", QUICK)
def test_a_property_holds(name: str, tmp_path: Path) -> None:
    [proof] = prove([properties()[name]], 1, root=tmp_path)
    assert proof.proven, proof.assertion
    assert proof.seconds > 0


@pytest.mark.parametrize(
    ("variant", "rejected_by"),
    [
        ("scdq-counter-off-by-one", "scdq.rows"),
        ("accumulators-hazard-not-forwarded", "accumulators.sum"),
        ("loader-accepts-what-follows-the-crc", "loader.last"),
    ],
)
def test_a_broken_variant_is_rejected(variant: str, rejected_by: str, tmp_path: Path) -> None:
    [rejection] = reject([mutations()[variant]], 1, root=tmp_path)
    assert rejection.rejected_by == rejected_by
    assert rejection.assertion


def test_a_fault_that_a_property_does_not_see_is_not_rejected(tmp_path: Path) -> None:
    fault = mutations()["accumulators-consumed-slot-stays"]
    blind = type(fault)(
        name="blind", module=fault.module, old=fault.old, new=fault.new, breaks=("queue.order",), cycles=4
    )
    [rejection] = reject([blind], 1, root=tmp_path)
    assert rejection.rejected_by is None


def test_every_unit_has_its_properties() -> None:
    for unit in DelayUnit:
        expected = {"rows", "complete", "handshake", "progress"}
        expected |= {"capacity", "overflow"} if unit.has_queues else set()
        found = {name.partition(".")[2] for name in properties() if name.startswith(f"{unit}.")}
        assert expected <= found <= expected | {"apart"}


def test_a_bounded_job_searches_its_depth_and_an_induction_proves() -> None:
    assert "mode bmc\ndepth 16" in job(Method.BOUNDED, 16)
    assert "-t 0:4:16" in job(Method.BOUNDED, 16, stride=4)
    assert "mode prove\ndepth 2" in job(Method.INDUCTION, 2)


def test_results_are_kept_and_reported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    report, lines = tmp_path / "formal.json", list[str]()
    good, _ = run_formal(["queue.*"], 1, report=report, progress=lines.append, root=tmp_path)
    [first] = json.loads(report.read_text())["proofs"]
    assert good
    assert first["name"] == "queue.order"
    assert (first["method"], first["depth"], first["proven"]) == ("induction", 1, True)
    monkeypatch.setattr(formal, "tool", None)  # no tool is called again
    assert run_formal(["queue.*"], 1, report=report, root=tmp_path)[0]
    assert json.loads(report.read_text())["proofs"] == [first]
    assert lines == [f"queue.order: proven, {first['seconds']:.0f} s"]


def test_without_packages_it_says_which(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """As after `make base`."""

    def version(name: str) -> str:
        if name == "z3-solver":
            raise PackageNotFoundError(name)
        return "1"

    monkeypatch.setattr(formal, "version", version)
    assert run(["formal", "queue.*", "--json", "build/none.json"]) == 2
    assert capsys.readouterr().err == "error: the proofs need z3-solver: run `make all`, or pip install -e '.[dev]'\n"


@pytest.mark.parametrize("content", [b"# Notes", b"[]", b"\xff"])
def test_what_is_no_report_is_not_written_over(
    content: bytes, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "notes"
    path.write_bytes(content)
    assert run(["formal", "queue.*", "--json", str(path)]) == 2
    said = f"error: {path}: no report of proofs; expected one, or a file that is not there yet\n"
    assert capsys.readouterr().err == said
    assert path.read_bytes() == content


def test_an_unknown_name_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(InputError, match=r"no property 'fifo': expected one of ring.rows, "):
        select(properties(), ["fifo"], "property")
    assert run(["formal", "fifo", "--json", "build/none.json"]) == 2
    assert capsys.readouterr().err.startswith("error: no property 'fifo'")
