# SPDX-License-Identifier: Apache-2.0
"""Mutants: what is in a sample, a few of them through the bench, and what is said of survivors."""

import shutil
from dataclasses import replace
from pathlib import Path
from unittest.mock import Mock

import pytest

from flow.verify import mutation
from flow.verify.mutants import Mutated, mutated
from flow.verify.mutation import (
    DESIGN,
    Bench,
    Verdict,
    bench_digest,
    cover,
    reviewed,
    stale_entries,
)
from model.config import DelayUnit
from support.errors import InputError
from support.paths import ROOT
from tb.delay.judge import WrongOutput
from tb.delay.scenarios import builds
from tb.errors import BuildError, OutOfSeconds, SimulationError, SimulationTimeout, SimulatorFailure
from tests.flow.verify.examples import DIFFERS, SAME, chosen, ring, verdict


def test_a_few_through_the_bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One that is the unit itself, one that is not, and one of each kind of cell port from the sample."""
    inverted = [each for each in ring(400).mutants if each.key.startswith("inv ")]
    sample = [next(each.key for each in inverted if each.options["port"] == port) for port in ("Q", "D", "EN", "SRST")]
    design = chosen(SAME, DIFFERS, *sample)
    bench = Bench(design, backend="native")
    bench.check_original()
    verdicts = [bench.judge(number, root=tmp_path) for number in range(1, len(design.mutants) + 1)]
    assert [each.killed for each in verdicts] == [False] + [True] * 5
    assert (verdicts[0].equivalent, verdicts[0].missed) == ("proven", False)
    assert "expected source" in verdicts[1].by

    def again(*_: object) -> Verdict:
        raise AssertionError("judged again")

    monkeypatch.setattr(Bench, "_judge", again)
    assert [bench.judge(number, root=tmp_path) for number in range(1, 7)] == verdicts


@pytest.mark.parametrize(
    ("error", "killed"),
    [
        (OutOfSeconds("phase 3 not over when the run's 600 s were"), False),
        (SimulatorFailure("phase 3: the simulator failed, killed by SIGKILL"), False),
        (BuildError("yosys came to no verdict"), False),
        (SimulationTimeout("phase 3 not over after 20000 cycles"), True),
        (SimulationError("phase 3: Assertion failed"), True),
        (WrongOutput("random 1, part 2: eos, expected nothing"), True),
    ],
    ids=lambda each: type(each).__name__,
)
def test_a_tool_that_fails_kills_no_mutant(
    error: Exception, killed: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Failing:
        def __init__(self, *_: object) -> None:
            pass

        def check(self, **_: object) -> None:
            raise error

    monkeypatch.setattr("flow.verify.mutation.UnitRun", Failing)
    for built in ("MutatedUnit", "UnitBench", "Player"):
        monkeypatch.setattr(f"flow.verify.mutation.{built}", Mock())
    seen = Bench(chosen(DIFFERS), backend="native").judge(1, root=tmp_path)
    assert (seen.killed, seen.missed) == (killed, False)
    assert (seen.by, seen.failure)[not killed] == str(error)
    assert len(list(tmp_path.iterdir())) == killed


def test_a_simulator_that_dies_kills_no_mutant(tmp_path: Path) -> None:
    """The whole way: what the bench of a mutant says when its simulator is killed."""
    bench = Bench(chosen(DIFFERS), backend="native")
    dead = tmp_path / "simulator"
    dead.write_text("#!/bin/sh\nkill -9 $$\n")
    dead.chmod(0o755)
    bench._run._play.executable = dead
    seen = bench.judge(1, root=tmp_path / "verdicts")
    assert not seen.killed
    assert "killed by SIGKILL" in seen.failure
    assert not (tmp_path / "verdicts").exists()


def test_reviewed_mutants_are_there_and_have_a_reason() -> None:
    known = reviewed()
    assert set(known) <= {f"{unit}.{name}" for unit in DelayUnit for name in builds(unit)}
    for unit in DelayUnit:
        for name, config in builds(unit).items():
            entries = known.get(f"{unit}.{name}", {})
            assert all(len(reason) > 20 for key, reason in entries.items() if key != DESIGN)
            assert stale_entries(mutated(f"{unit}.{name}", config, sample=1, seed=1), entries) == []


def test_what_was_reviewed_of_another_design_is_told() -> None:
    design = ring(1)
    assert stale_entries(design, {}) == []
    assert stale_entries(design, {"design": design.design, SAME: "nobody looks"}) == []
    [gone, changed] = stale_entries(
        replace(design, design="other"), {"design": design.design, "no such": "nobody looks"}
    )
    assert gone == "ring.even: no such mutant: no such"
    assert changed.startswith(
        "ring.even: the unit has changed since its survivors were looked at: look again, then set"
    )
    assert changed.endswith('design = "other"')
    assert len(stale_entries(design, {SAME: "no design is named"})) == 1


def test_a_build_that_there_is_not(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "equivalent.toml"
    path.write_text('["ring.old"]\ndesign = "x"\n')
    monkeypatch.setattr("flow.verify.mutation.REVIEWED", path)
    with pytest.raises(InputError, match=r"equivalent\.toml: no build 'ring\.old': expected some of bitmap\.even, "):
        reviewed()


@pytest.mark.parametrize(("sample", "shares"), [(1, {"ring.even": 1}), (2, {"ring.odd": 1, "ring.even": 1})])
def test_a_sample_smaller_than_the_builds(
    sample: int, shares: dict[str, int], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A build that has no mutant in the sample is not built: its Verilog would have no input that selects one."""

    class Judged:
        def __init__(self, unit: Mutated, *, backend: str) -> None:
            self.unit = unit
            assert "mutsel" in unit.verilog()

        def check_original(self) -> None:
            pass

        def judge(self, number: int, *, root: Path) -> Verdict:
            return verdict(build=self.unit.name, killed=True, by="")

    begun: dict[str, int] = {}

    def start(name: str, total: int) -> object:
        begun[name] = total
        return lambda: None

    monkeypatch.setattr("flow.verify.mutation.Bench", Judged)
    coverage = cover(DelayUnit.RING, sample=sample, seed=1, jobs=1, root=tmp_path, start=start)  # type: ignore[arg-type]
    assert begun == shares
    assert (len(coverage.verdicts), coverage.stale) == (sample, [])
    assert coverage.candidates > 1000


def test_a_unit_is_covered_from_the_verdicts_that_are_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every build has its share, a reviewed survivor counts as equivalent, one that is gone is told."""
    begun: list[tuple[str, int]] = []

    class Judged:
        def __init__(self, unit: Mutated, *, backend: str) -> None:
            self.unit = unit

        def check_original(self) -> None:
            pass

        def judge(self, number: int, *, root: Path) -> Verdict:
            return verdict(build=self.unit.name, mutant=self.unit.mutants[number - 1].key, killed=number > 1, by="")

    monkeypatch.setattr("flow.verify.mutation.Bench", Judged)
    first = {name: mutated(f"ring.{name}", config, sample=share, seed=1).mutants[0].key
             for (name, config), share in zip(builds(DelayUnit.RING).items(), (3, 4), strict=True)}  # fmt: skip
    designs = {name: mutated(f"ring.{name}", config, sample=1, seed=1).design
               for name, config in builds(DelayUnit.RING).items()}  # fmt: skip
    known = {
        "ring.odd": {"design": designs["odd"], first["odd"]: "nobody looks"},
        "ring.even": {"design": designs["even"], "no such mutant": "nobody looks"},
    }
    monkeypatch.setattr("flow.verify.mutation.reviewed", lambda: known)

    def start(name: str, total: int) -> object:
        begun.append((name, total))
        return lambda: None

    coverage = cover(DelayUnit.RING, sample=7, seed=1, jobs=1, root=tmp_path, start=start)  # type: ignore[arg-type]
    assert begun == [("ring.odd", 3), ("ring.even", 4)]
    assert (coverage.killed, coverage.equivalent("reviewed"), coverage.missed) == (5, 1, 1)
    assert coverage.stale == ["ring.even: no such mutant: no such mutant"]


@pytest.mark.parametrize("name", ["delay/judge.py", "delay/scdq1.py", "player/stream_sink.sv", "errors.py"])
def test_a_verdict_depends_on_the_whole_bench(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for folder in ("tb", "flow/verify"):
        shutil.copytree(ROOT / folder, tmp_path / folder)
    monkeypatch.setattr(mutation, "ROOT", tmp_path)
    before = bench_digest("cocotb")
    assert bench_digest("cocotb") == before
    with (tmp_path / "tb" / name).open("a") as file:
        file.write("\n")
    assert bench_digest("cocotb") != before
