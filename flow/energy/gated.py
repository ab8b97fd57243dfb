# SPDX-License-Identifier: Apache-2.0
"""How often the clock gates of a netlist are open: the netlist itself plays a recording."""

import gzip
import hashlib
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path

import numpy as np

from flow.energy.activity import PORTS, PhaseMeter, changes
from flow.silicon.cache import Results, design_digest
from flow.silicon.cells import CellCounts
from flow.silicon.gates import gate_cell
from model.batch import GoldenBatch
from model.config import CoreConfig
from model.encoding import Raster, to_events
from model.fabric.bundle import Bundle
from model.fabric.config import FabricConfig
from model.image.image import Image
from support.errors import InputError
from support.files import make_folder
from tb.core.bench import CoreBench
from tb.fabric.bench import FabricBench
from tb.netlist.instance import INSTANCE, Netlist
from tb.player.harness import DUT
from tb.player.verilog import DECLARED

OPEN = "gate_is_open"
"""Name of a gate's state in a waveform."""
CELLS = Path(__file__).parents[1] / "silicon" / "netlist.v"
CLOCK = "clk"
Shares = dict[str, dict[str, float]]
"""Of each gate, the share of the cycles of each phase, and of all, in which it is open."""
ALL = "all"
"""All clock cycles of a waveform, beside its phases."""
OFF, ON = "// verilator tracing_off", "// verilator tracing_on"


def netlist(counts: CellCounts, design: str, liberty: Path) -> Netlist:
    """The netlist of a design with gates, for simulation. A waveform shows the gates alone. Raises InputError."""
    gate = gate_cell(liberty)
    if gate is None or not counts.verilog:
        raise InputError(f"{liberty}: no clock gate in it")
    # Not around whole modules: there would be no gates inside of them.
    lines = (f"{OFF}\n{line}\n{ON}" if DECLARED.match(line) else line for line in counts.verilog.splitlines())
    texts = ("\n".join(lines), gate.verilog(OPEN), OFF, CELLS.read_text(), ON, "")
    return Netlist(module=design, sources={"netlist.v": "\n".join(texts)})


def recorded_gates(loaded: Image | Bundle, config: CoreConfig | FabricConfig, raster: Raster, *,
                   counts: CellCounts, design: str, liberty: Path, work: Path) -> Shares:  # fmt: skip
    """How often each clock gate of a core's or a fabric's netlist is open in one recording, which the netlist plays.

    Kept in ``work`` by all that decides it. Nothing if there are no gates. Raises InputError if the spikes are not
    those of the golden model.
    """
    if not counts.gates:
        return {}

    def play(waves: Path) -> None:
        gates = netlist(counts, design, liberty)
        if isinstance(loaded, Bundle):
            assert isinstance(config, FabricConfig)
            [spikes] = (
                outcome.result.spikes
                for outcome in FabricBench(config, waves=waves, netlist=gates).play(loaded, [to_events(raster)])
            )
        else:
            assert isinstance(config, CoreConfig)
            [spikes] = (
                outcome.result.spikes
                for outcome in CoreBench(config, waves=waves, netlist=gates).play(loaded, [to_events(raster)])
            )
        if not np.array_equal(spikes, GoldenBatch(loaded.network()).run(raster[None]).spikes[0]):
            raise InputError(f"{design}: the netlist with clock gates has other spikes than the golden model")

    data = hashlib.sha256(loaded.to_bytes() + raster.tobytes() + counts.verilog.encode()).hexdigest()
    make = partial(open_shares, play, design, work)
    shares: Shares = Results(work / "results").get(make, "clock gates", design_digest(), data)
    return shares


def open_shares(play: Callable[[Path], object], design: str, work: Path) -> Shares:
    """How often each gate is open, by its path: ``ALL``, and in each phase if the design has the ports of a core.

    ``play`` plays something through the netlist and writes a waveform to the file that it is given, VCD.
    """
    make_folder(work)
    with tempfile.TemporaryDirectory(dir=work) as folder:
        path = Path(folder) / "gates.vcd.gz"
        play(path)
        return read_shares(path, design)


def read_shares(path: Path, design: str) -> Shares:
    """The same of a waveform. Raises InputError if it is none of such a netlist."""
    with gzip.open(path, "rt") if path.suffix == ".gz" else path.open() as file:
        lines = iter(file)
        ports, gates = _header(lines, design)
        if CLOCK not in ports or not gates:
            raise InputError(f"{path}: waveform: no clock gates in it")
        return _count(lines, ports, gates)


def _header(lines: Iterator[str], design: str) -> tuple[dict[str, str], dict[str, str]]:
    """The codes of the ports that matter by name, and the paths of the gates by code."""
    ports, gates, scopes = dict[str, str](), dict[str, str](), list[str]()
    for line in lines:
        match line.split():
            case ["$scope", _, name, *_]:
                scopes.append(name)
            case ["$upscope", *_]:
                scopes.pop()
            case ["$var", _, _, code, name, *_] if DUT in scopes:
                inside = scopes[scopes.index(DUT) + 1 :]
                if not inside and name in PORTS:
                    ports[name] = code
                if name == OPEN and inside[:1] == [INSTANCE]:
                    gates[code] = ".".join([design, *inside[1:]])
            case ["$enddefinitions", *_]:
                break
    return ports, gates


def _count(lines: Iterator[str], ports: Mapping[str, str], gates: Mapping[str, str]) -> Shares:
    phases = PhaseMeter() if set(PORTS) <= set(ports) else None
    names = {code: name for name, code in ports.items()}
    values = dict.fromkeys(PORTS, 0)
    is_open: set[str] = set()
    met: list[str] | None = None  # the gates that are open at an edge of this time
    cycles: Counter[str] = Counter()
    ticks: dict[str, Counter[str]] = {code: Counter() for code in gates}
    for change in changes(lines):
        if change is None:
            phase = phases.step(values, edge=met is not None)[0] if phases else None
            for kind in (ALL, phase) if met is not None and phase else (ALL,) if met is not None else ():
                cycles[kind] += 1
                for each in met or ():
                    ticks[each][kind] += 1
            met = None
            continue
        code, value = change
        if code in gates:
            (is_open.add if value else is_open.discard)(code)
        elif code in names:
            if names[code] == CLOCK and value and not values[CLOCK]:
                # A gate does not change while the clock is high: an edge meets what stands here.
                met = list(is_open)
            values[names[code]] = value
    return {gates[code]: {kind: counted[kind] / count for kind, count in cycles.items()}
            for code, counted in ticks.items()}  # fmt: skip
