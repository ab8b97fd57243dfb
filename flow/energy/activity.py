# SPDX-License-Identifier: Apache-2.0
"""How often nets change in a simulated core, by block and by phase, from a waveform (VCD, IEEE 1800 clause 21.7)."""

import gzip
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from rtl.layouts import Kind
from support.errors import InputError

TOP = "core"
"""Name of the block that is the core itself, outside of its parts."""
UNKNOWN = -1
"""Value of a net before the waveform begins."""
PORTS = ("clk", "cycles", "synapse_cycles", "events__payload.kind", "events__valid", "events__ready")
"""Ports of the core that tell the phases."""


class Phase(StrEnum):
    """What a core is doing in a cycle of a sample."""

    SYNAPSES = "synapses"
    """Rows are fetched and added."""
    NEURONS = "neurons"
    """Neurons are updated, or a token is waited for."""
    END = "end"
    """Since END was taken: read-out and clearing."""


@dataclass
class BlockActivity:
    """Of one block."""

    bits: int = 0
    """Nets."""
    toggles: dict[Phase, int] = field(default_factory=lambda: dict.fromkeys(Phase, 0))
    """Changes of all nets together, the clock's left out."""
    idle: dict[Phase, int] = field(default_factory=lambda: dict.fromkeys(Phase, 0))
    """Cycles in which no net changes."""


@dataclass
class Activity:
    """Of a core in samples."""

    cycles: dict[Phase, int] = field(default_factory=lambda: dict.fromkeys(Phase, 0))
    blocks: dict[str, BlockActivity] = field(default_factory=dict)

    def rate(self, block: str, phase: Phase) -> float:
        """Changes of a net of a block in a cycle of a phase, on average."""
        each = self.blocks.get(block)
        if each is None or not each.bits or not self.cycles[phase]:
            return 0.0
        return each.toggles[phase] / (each.bits * self.cycles[phase])

    def idle_share(self, block: str, phase: Phase) -> float:
        """Share of the cycles of a phase in which nothing changes in a block."""
        each = self.blocks.get(block)
        return each.idle[phase] / self.cycles[phase] if each and self.cycles[phase] else 0.0


@dataclass
class _Net:
    block: int
    width: int = 0
    value: int = UNKNOWN


class _Waveform:
    """The header of a VCD: nets by their codes, and the codes of the ports."""

    def __init__(self, lines: Iterator[str], scope: str) -> None:
        self.names: list[str] = [TOP]
        self.nets: dict[str, _Net] = {}
        self.ports: dict[str, str] = {}
        self.bits: list[int] = [0]
        path: list[str] = []
        widths: dict[str, int] = {}  # by code
        for line in lines:
            words = line.split()
            match words[:1]:
                case ["$scope"]:
                    path.append(words[2])
                case ["$upscope"]:
                    path.pop()
                case ["$var"] if scope in path:
                    inner = path[path.index(scope) + 1 :]
                    code, name = words[3], words[4]
                    if not inner and name in PORTS:
                        self.ports[name] = code
                    widths[code] = int(words[2])
                    block = self._block(inner[0] if inner else TOP)
                    # Where one net has several names, it is that of a part, not of the core.
                    if block or code not in self.nets:
                        self.nets[code] = _Net(block, widths[code])
                case ["$enddefinitions"]:
                    break
        if missing := [name for name in PORTS if name not in self.ports]:
            raise InputError(f"waveform: no {missing[0]} in a scope {scope}; expected the ports of a core")
        self.nets[self.ports["clk"]] = _Net(-1)
        self.bits = [0] * len(self.names)
        for net in self.nets.values():
            if net.block >= 0:
                self.bits[net.block] += net.width

    def _block(self, name: str) -> int:
        if name not in self.names:
            self.names.append(name)
        return self.names.index(name)


def read_activity(path: Path, scope: str) -> Activity:
    """The activity of the core whose ports are in the scope of that name. Raises InputError for another waveform."""
    try:
        with gzip.open(path, "rt") if path.suffix == ".gz" else path.open() as file:
            return _count(iter(file), scope)
    except OSError as error:
        raise InputError(f"{path}: waveform cannot be read: {error.strerror}") from None


def changes(lines: Iterator[str]) -> Iterator[tuple[str, int] | None]:
    """What follows the header of a VCD: code and new value of each net that changes, unknown bits as 0; None where
    another time begins."""
    for line in lines:
        first = line[0]
        if first == "b":
            bits, code = line[1:].split()
            yield code, int(bits.replace("x", "0").replace("z", "0"), 2)
        elif first in "01xz":
            yield line[1:].strip(), int(first == "1")
        elif first == "#":
            yield None


def _count(lines: Iterator[str], scope: str) -> Activity:
    waveform = _Waveform(lines, scope)
    meter = _Meter(waveform)
    nets, clock = waveform.nets, waveform.ports["clk"]
    now = [0] * len(waveform.names)
    rose = False
    for change in changes(lines):
        if change is None:
            meter.step(now, edge=rose)
            now, rose = [0] * len(now), False
            continue
        code, value = change
        net = nets.get(code)
        if net is None:
            continue
        if net.block >= 0 and net.value != UNKNOWN:
            now[net.block] += (net.value ^ value).bit_count()
        net.value = value
        rose |= code == clock and value == 1
    meter.step(now, edge=rose)
    return meter.found


class PhaseMeter:
    """Tells the phase of a cycle when the next one begins, from the ports of a core."""

    def __init__(self) -> None:
        self._counted = (0, 0)
        self._takes_end = self._ending = False

    def step(self, ports: Mapping[str, int], *, edge: bool) -> tuple[Phase | None, int]:
        """The values of ``PORTS`` at a time; ``edge``: the clock rose in it.

        Gives the phase of the cycle that is over, None if it is none of a sample or none is over, and how many cycles
        of ``Phase.NEURONS`` were counted with it: the core counts the first cycle of a sample, in which its first token
        is taken, together with the second.
        """
        found: tuple[Phase | None, int] = (None, 0)
        if edge:
            counted, before = (ports["cycles"], ports["synapse_cycles"]), self._counted
            in_sample, self._counted = counted[0] > before[0], counted
            if in_sample:
                rest = Phase.END if self._ending else Phase.NEURONS
                found = Phase.SYNAPSES if counted[1] > before[1] else rest, counted[0] - before[0] - 1
            self._ending = in_sample and (self._ending or self._takes_end)
        self._takes_end = bool(ports["events__valid"] and ports["events__ready"]
                               and ports["events__payload.kind"] & 3 == Kind.END)  # fmt: skip
        return found


class _Meter:
    """Gathers the changes of a cycle, and puts them to its phase when the next one begins."""

    def __init__(self, waveform: _Waveform) -> None:
        self.found = Activity(blocks={name: BlockActivity(bits=bits)
                                      for name, bits in zip(waveform.names, waveform.bits, strict=True)})  # fmt: skip
        self._ports = {name: waveform.nets[code] for name, code in waveform.ports.items()}
        self._blocks = list(self.found.blocks.values())
        self._cycle = [0] * len(self._blocks)
        self._phases = PhaseMeter()

    def step(self, changes: list[int], *, edge: bool) -> None:
        """The changes of a time. ``edge``: the clock rose in it, so the counters count the cycle that is over."""
        phase, more = self._phases.step({name: net.value for name, net in self._ports.items()}, edge=edge)
        if phase:
            self._finish(phase, more)
        if edge:
            self._cycle = changes
        else:
            self._cycle = [sum(both) for both in zip(self._cycle, changes, strict=True)]

    def _finish(self, phase: Phase, more: int) -> None:
        self.found.cycles[phase] += 1
        self.found.cycles[Phase.NEURONS] += more
        for block, changes in zip(self._blocks, self._cycle, strict=True):
            block.toggles[phase] += changes
            block.idle[phase] += not changes
