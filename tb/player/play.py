# SPDX-License-Identifier: Apache-2.0
"""One way to play token streams through any component, on Verilator or on Amaranth's own simulator."""

import json
import logging
import os
import re
import select
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Literal, get_args

from amaranth.lib import wiring

from support.errors import InputError
from support.files import disk_full, make_folder
from support.folder_cache import BUILD_ROOT
from tb.errors import BuildError, OutOfSeconds, SimulationError, SimulationTimeout, SimulatorFailure
from tb.player import JOB, amaranth_player, packing
from tb.player.counts import COUNTED, Counting
from tb.player.harness import DUT, TOP, harness, visible
from tb.player.phase import Match, Phase, PhaseResult, Probability
from tb.player.ports import PortKind, ports_of
from tb.player.runner import Flavour, build, python_environment
from tb.player.script import ResultReader, Run
from tb.player.verilog import readable
from tb.player.view import Transfers, View
from tb.player.waves import waves_file, written

Backend = Literal["native", "cocotb", "amaranth"]
BROKEN = re.compile(r"%(Error|Fatal).*(Assertion failed in \S+: (?!bench:)|did not converge)")
"""What a simulator says of a design that broke a rule, as an assertion or as a loop without a register. All else is
the simulator's own trouble, and so is what the bench around the design cannot do."""
log = logging.getLogger(__name__)


class Player:
    """Plays phases through one component.

    ``backend``: ``native`` (Verilator, without Python in the simulator), ``cocotb`` (the same harness; cocotb starts
    each phase, which costs half a second a run and needs a shared library of this Python) or ``amaranth`` (Amaranth's
    own simulator: second opinion, slow). All give the same results, cycle for cycle.
    ``waves``: write a waveform of each run to this file, whose suffix becomes that of the format: ``.fst``, or
    ``.vcd.gz`` where FST cannot be written or that is its suffix, or ``.vcd`` of ``amaranth``. It starts with the phase
    ``waves_from`` and has the signals of ``view`` besides; that of ``amaranth`` starts with the run and has no view.
    ``fast``: compile for speed, not for a short compile time.
    ``modules`` are texts of Verilog modules that the component instantiates, or that stand beside it, by file name; not
    with ``amaranth``.
    Building happens here; BuildError holds the tool's output.
    """

    def __init__(self, component: wiring.Component, *, backend: Backend = "native", waves: Path | str | None = None,
                 view: View | None = None, waves_from: int = 0, fast: bool = False,
                 modules: Mapping[str, str] | None = None) -> None:  # fmt: skip
        if backend not in get_args(Backend):
            raise InputError(f"no backend {backend!r}: expected one of {', '.join(get_args(Backend))}")
        self.component, self.backend = component, backend
        self.waves: Path | None = None
        if waves is not None:
            path = Path(waves).resolve()
            self.waves = path.with_suffix(".vcd") if backend == "amaranth" else waves_file(path)
            if backend != "amaranth" and path.name.endswith(".vcd.gz"):
                self.waves = path
        self.view, self._waves_from = view or View(), waves_from
        self.transfers: Transfers = {}
        """Of the last run with a waveform: what went over the streams of the view, and when."""
        self.ports = ports_of(component)
        self.executable: Path | None = None
        if backend != "amaranth":
            self._counting = Counting()
            verilog = self._counting.verilog(component, DUT)
            names = module_ports(verilog)
            flavour = Flavour(
                fast=fast, waves=("vcd" if self.waves.suffix == ".gz" else "fst") if self.waves else "",
                python=backend == "cocotb", clocked=backend != "cocotb", coverage=self._counting.on,
            )  # fmt: skip
            top = harness(self.ports, names, self.view if flavour.waves else None, own_clock=not flavour.clocked)
            beside = {"harness.sv": top, **(modules or {})}
            named = {name: with_instances(text, verilog) for name, text in beside.items()}
            sources = {COUNTED: readable(verilog) if flavour.waves else verilog, **named}
            self.executable = build(sources, TOP, visible() if flavour.python else "", flavour)

    def pack(self, port: str, value: Any) -> Any:
        """Token of a port from its fields (``tb.player.packing.pack``); arrays give an array of tokens."""
        return packing.pack(self.ports.named(port, *PortKind).shape, value)

    def unpack(self, port: str, token: Any) -> Any:
        """Fields of a token, or of an array of them, of a port (``tb.player.packing.unpack``)."""
        return packing.unpack(self.ports.named(port, *PortKind).shape, token)

    def match(self, port: str, **fields: Any) -> Match:
        """The tokens of a port whose fields have these values, for ``Phase.until``."""
        mask, value = packing.matching(self.ports.named(port, *PortKind).shape, fields)
        return Match(mask=mask, value=value)

    def run(self, phases: Sequence[Phase], **options: Any) -> list[PhaseResult]:
        """Play ``phases`` and return what came out of each; the options are those of ``stream``."""
        return list(self.stream(phases, **options))

    def stream(self, phases: Sequence[Phase], *, idle: Probability = 0.0, stall: Probability = 0.0, seed: int = 1,
               timeout: int = 100_000, seconds: float = 600.0,
               discard: Sequence[str] = (), keep: bool = True,
               files: Mapping[str, bytes] | None = None) -> Generator[PhaseResult, None, None]:  # fmt: skip
        """Play ``phases``; each result comes as soon as its phase is over.

        ``idle`` and ``stall`` are the probabilities of an idle source cycle and of a sink cycle without ready, by port
        or for all; ``seed`` fixes them. ``timeout`` is the limit of a phase in clock cycles, ``seconds`` that of the
        run. Tokens of the ports in ``discard`` are counted, not kept. ``files`` are put beside those of
        the run, by name, for ``modules`` that read them.
        Raises InputError for a phase that cannot be, SimulationTimeout, SimulationError with the message of a failed
        assertion, SimulatorFailure, or OSError where the disk is full; the files of a failed run are kept, and the
        message says where, unless ``keep`` is false.
        """
        run = Run(phases=tuple(phases), idle=idle, stall=stall, seed=seed, timeout=timeout, discard=tuple(discard))
        log.info("%s: %d phases, seed %d", type(self.component).__name__, len(run.phases), seed)
        root = BUILD_ROOT / "runs"
        make_folder(root)
        folder = Path(tempfile.mkdtemp(dir=root))
        try:
            run.write(self.ports, folder)
            for name, content in (files or {}).items():
                (folder / name).write_bytes(content)
            play = self._amaranth if self.backend == "amaranth" else self._verilator
            yield from play(run, folder, seconds)
            if self.waves:
                self.transfers = self.view.transfers(folder)
        except (SimulatorFailure, OSError) as error:
            full = disk_full(folder, str(error))
            if full or not keep or isinstance(error, OSError):
                shutil.rmtree(folder, ignore_errors=True)
                raise full or error from None
            raise _with_files(error, seed, folder) from None
        except SimulationError as error:
            if not keep:
                shutil.rmtree(folder, ignore_errors=True)
                raise
            raise _with_files(error, seed, folder) from None
        except BaseException:
            shutil.rmtree(folder, ignore_errors=True)
            raise
        if self.executable:
            self._counting.take(folder)
        shutil.rmtree(folder)

    def _amaranth(self, run: Run, folder: Path, seconds: float) -> Iterator[PhaseResult]:
        reader = ResultReader(self.ports, run, folder)
        for _ in amaranth_player.play(
            self.component, self.ports, folder, len(run.phases), waves=self.waves, seconds=seconds
        ):
            yield from _good(reader)

    def _verilator(self, run: Run, folder: Path, seconds: float) -> Iterator[PhaseResult]:
        command, env = [str(self.executable)], dict(os.environ)
        if self.backend == "cocotb":
            env = python_environment("tb.player.player_test", TOP)
            env["COCOTB_RESULTS_FILE"] = str(folder / "results.xml")
            env[JOB] = str(folder / "job.json")
            (folder / "job.json").write_text(json.dumps({"phases": len(run.phases)}))
        else:
            command.append(f"+phases={len(run.phases)}")
        reader = ResultReader(self.ports, run, folder)
        with ExitStack() as stack:
            output = stack.enter_context((folder / "log").open("wb"))
            inherited: tuple[int, ...] = ()
            if self.waves:
                target, inherited = stack.enter_context(written(self.waves))
                command += [f"+waves_from={self._waves_from}", target]
            try:
                process = subprocess.Popen(command, cwd=folder, env=env, stdout=output, stderr=subprocess.STDOUT,
                                           pass_fds=inherited)  # fmt: skip
            except OSError as error:
                raise SimulatorFailure(f"{command[0]}: cannot be started: {error.strerror}") from None
            yield from _results(process, reader, seconds)
        yield from _good(reader)
        if reader.phases < len(run.phases) or process.returncode:
            text = (folder / "log").read_text(errors="replace")
            where, said = f"phase {reader.phases}", complaint(text)
            if BROKEN.search(text):
                raise SimulationError(f"{where}: {said}")
            raise SimulatorFailure(f"{where}: the simulator failed, {_ending(process.returncode)}: {said}".rstrip(": "))


def with_instances(top: str, verilog: str) -> str:
    """The harness, or a module beside it, with the names that instances have in the Verilog, where a signal took an
    instance's own name."""
    for path, name, number in re.findall(rf"^module \\{DUT}\.((?:\w+\.)*)(\w+)(\$\d+) ", verilog, re.MULTILINE):
        top = top.replace(f"{TOP}.{DUT}.{path}{name}.", f"{TOP}.{DUT}.{path}\\{name}{number} .")
    return top


def _results(process: subprocess.Popen[bytes], reader: ResultReader, seconds: float) -> Iterator[PhaseResult]:
    """The results of the phases while the simulator runs; it has ended afterwards."""
    end, wait = time.monotonic() + seconds, 0.001
    ending = os.pidfd_open(process.pid)
    try:
        # A run is often over in less time than a pause between two looks: its end is not slept through.
        while not select.select([ending], [], [], wait)[0]:
            if time.monotonic() > end:
                raise OutOfSeconds(f"phase {reader.phases} not over when the run's {seconds} s were")
            before = reader.phases
            yield from _good(reader)
            wait = 0.001 if reader.phases > before else min(2 * wait, 0.1)
    finally:
        os.close(ending)
        process.kill()
        process.wait()


def _with_files(error: SimulationError, seed: int, folder: Path) -> SimulationError:
    """The error of a run whose files are kept."""
    return type(error)(f"{error}\n(seed {seed}, files in {folder})")


def _good(reader: ResultReader) -> Iterator[PhaseResult]:
    for result in reader.new():
        if isinstance(result, str):
            raise SimulationTimeout(result)
        yield result


def _ending(status: int) -> str:
    return f"killed by {signal.Signals(-status).name}" if status < 0 else f"exit status {status}"


def complaint(text: str) -> str:
    """The lines of a simulator's output that say what went wrong; all of its end if there is none."""
    found = [line for line in text.splitlines() if re.search(r"%(Error|Fatal)|Traceback|Assertion", line)]
    return "\n".join(found[:8] or text.splitlines()[-20:])


def module_ports(verilog: str) -> set[str]:
    """Names in the port list of the component's module."""
    head = re.search(rf"^module {DUT}\((.*?)\);", verilog, re.DOTALL | re.MULTILINE)
    if head is None:
        raise BuildError(f"no module {DUT} in the Verilog of the component")
    return set(re.findall(r"\w+", head.group(1)))
