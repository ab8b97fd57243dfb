"""Mutants: what is in a sample, a few of them through the bench, and what is said of survivors."""

from dataclasses import replace
from pathlib import Path
from unittest.mock import Mock

import pytest

from flow.cli import run
from flow.equivalence import equivalent
from flow.mutants import BITS, Mutated, mutated
from flow.mutation import Bench, Coverage, Verdict, cover, reviewed
from flow.mutation_report import markdown, record
from model.config import DelayUnit
from tb.errors import OutOfSeconds
from tb.unit_scenarios import builds

SAME = "const0 $ternary B[0] @ assign _36_ = left[2] ? 2'h2 : _35_;"
"""Changes a 0 to 0."""
DIFFERS = "const0 $ternary B[1] @ assign _36_ = left[2] ? 2'h2 : _35_;"
"""Level 2 becomes 0."""


def ring(sample: int | None = None, seed: int = 1) -> Mutated:
    return mutated("ring.even", builds(DelayUnit.RING)["even"], sample=sample, seed=seed)


def chosen(*keys: str) -> Mutated:
    """The ring with these mutants."""
    design = ring()
    by_key = {each.key: each for each in design.mutants}
    return replace(design, mutants=tuple(by_key[key] for key in keys))


def test_a_sample_depends_on_its_seed_alone() -> None:
    design, other = ring(20), ring(20, seed=2)
    assert len({each.key for each in design.mutants}) == 20
    assert design.mutants == ring(20).mutants
    assert design.mutants != other.mutants
    assert design.keys == other.keys >= {each.key for each in design.mutants + other.mutants}


def test_all_mutants_have_names_and_none_is_of_a_clock() -> None:
    design = ring()
    assert len({each.key for each in design.mutants}) == len(design.mutants) == len(design.keys) > 500
    assert not any(each.options["port"] == "CLK" for each in design.mutants)
    assert f"input [{BITS - 1}:0] mutsel" in chosen(SAME).verilog()
    files = {place.split(":")[0] for each in design.mutants for place in each.sources}
    assert "rtl/delay/ring.py" in files
    assert all((Path(__file__).parents[2] / file).exists() for file in files)


def test_a_few_through_the_bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One that is the unit itself, one that is not, and one of each kind of cell port from the sample."""
    sample = [each.key for each in ring(40).mutants if each.options["port"] in ("Q", "D", "EN", "SRST")][:4]
    design = chosen(SAME, DIFFERS, *sample)
    bench = Bench(design, backend="verilator")
    bench.check_original()
    verdicts = [bench.judge(number, root=tmp_path) for number in range(1, len(design.mutants) + 1)]
    assert [each.killed for each in verdicts] == [False] + [True] * 5
    assert (verdicts[0].equivalent, verdicts[0].missed) == ("proven", False)
    assert "expected source" in verdicts[1].by

    def again(*_: object) -> Verdict:
        raise AssertionError("judged again")

    monkeypatch.setattr(Bench, "_judge", again)
    assert [bench.judge(number, root=tmp_path) for number in range(1, 7)] == verdicts


def test_a_slow_machine_kills_no_mutant(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Slow:
        def __init__(self, *_: object) -> None:
            pass

        def check(self, **_: object) -> None:
            raise OutOfSeconds("phase 3 not over when the run's 600 s were")

    monkeypatch.setattr("flow.mutation.UnitRun", Slow)
    for built in ("MutatedUnit", "UnitBench", "Player"):
        monkeypatch.setattr(f"flow.mutation.{built}", Mock())
    with pytest.raises(OutOfSeconds):
        Bench(chosen(DIFFERS), backend="native").judge(1, root=tmp_path)
    assert not list(tmp_path.iterdir())


def test_equivalence_is_proven_not_assumed() -> None:
    design = chosen(SAME, DIFFERS)
    assert [equivalent(design, each) for each in design.mutants] == [True, False]


def test_reviewed_mutants_are_there_and_have_a_reason() -> None:
    known = reviewed()
    assert set(known) <= {f"{unit}.{name}" for unit in DelayUnit for name in builds(unit)}
    for unit in DelayUnit:
        for name, config in builds(unit).items():
            entries = known.get(f"{unit}.{name}", {})
            assert all(len(reason) > 20 for reason in entries.values())
            if entries:
                assert set(entries) <= mutated(f"{unit}.{name}", config, sample=1, seed=1).keys


def verdict(**changes: object) -> Verdict:
    made = Verdict(build="ring.odd", mutant="inv $and Y[0]", command="mutate -mode inv", killed=False, by="",
                   sources=["rtl/delay/ring.py:1"])  # fmt: skip
    return replace(made, **changes)  # type: ignore[arg-type]


def test_coverage_is_of_the_mutants_that_are_not_equivalent() -> None:
    verdicts = [*[verdict(killed=True, by="eos")] * 97, *[verdict()] * 3, *[verdict(equivalent="proven")] * 50]
    coverage = Coverage(unit=DelayUnit.RING, candidates=1000, verdicts=verdicts, stale=[])
    assert (coverage.killed, coverage.missed, len(coverage.survivors), coverage.share) == (97, 3, 53, 0.97)
    assert not coverage.good
    better = replace(coverage, verdicts=verdicts[:98] + verdicts[100:])
    assert better.good
    assert not replace(better, stale=["ring.odd: gone"]).good
    text = markdown([coverage], sample=150, seed=1)
    assert "| ring | 1,000 | 150 | 97 | 53 | 50 | 0 | 3 | 97.0% |" in text
    assert "rtl/delay/ring.py:1: **missed**\n  - `inv $and Y[0]`\n  - `mutate -mode inv`" in text
    assert record([coverage], sample=None, seed=1)["units"]["ring"]["missed"] == 3


def test_wrong_options_are_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["mutation", "--sample", "0"]) == 2
    assert capsys.readouterr().err == "error: samples must be a number of at least 1, or all, not '0'\n"
    assert run(["mutation", "--unit", "fifo"]) == 2
    assert "fifo" in capsys.readouterr().err


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

    monkeypatch.setattr("flow.mutation.Bench", Judged)
    first = {name: mutated(f"ring.{name}", config, sample=share, seed=1).mutants[0].key
             for (name, config), share in zip(builds(DelayUnit.RING).items(), (3, 4), strict=True)}  # fmt: skip
    known = {"ring.odd": {first["odd"]: "nobody looks"}, "ring.even": {"no such mutant": "nobody looks"}}
    monkeypatch.setattr("flow.mutation.reviewed", lambda: known)

    def start(name: str, total: int) -> object:
        begun.append((name, total))
        return lambda: None

    coverage = cover(DelayUnit.RING, sample=7, seed=1, jobs=1, root=tmp_path, start=start)  # type: ignore[arg-type]
    assert begun == [("ring.odd", 3), ("ring.even", 4)]
    assert (coverage.killed, coverage.equivalent("reviewed"), coverage.missed) == (5, 1, 1)
    assert coverage.stale == ["ring.even: no such mutant"]
