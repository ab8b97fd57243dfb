# SPDX-License-Identifier: Apache-2.0
"""The injector: a Verilog module beside the core that changes bits of its memories while it runs.

It reads a script, so that one simulator serves every list of faults. All that it does happens at the falling edge of
the clock, between two cycles of the core. ``injector.sv`` says when; here stands which memory is which.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path

from model.config import CoreConfig
from model.cost.memories import MemoryName
from model.faults.faults import FaultList, Flip
from model.faults.memories import IMAGE, shapes

SCRIPT = "faults.txt"
"""The script, in the folder in which the simulator runs."""
TEMPLATE = Path(__file__).with_name("injector.sv")
LOADED, LEFT, UPDATED = range(3)
"""Moments: the image is loaded; the end of step has left the delay unit; the neurons of a step are updated."""


def memories(config: CoreConfig) -> Iterator[tuple[MemoryName, int, str]]:
    """Every memory that a fault can change: name, copy, and where it is in the core's Verilog."""
    places = {
        MemoryName.MASKS: "sources.\\table ",
        MemoryName.ROWS: "synapses.row_table",
        MemoryName.WORDS: "synapses.words",
        MemoryName.PARAMETERS: "neurons.parameters",
        MemoryName.STATES: "neurons.states",
        MemoryName.ACCUMULATORS: "accumulators.lane{}",
        MemoryName.QUEUE: "delay.queue{}.memory",
        MemoryName.HISTORY: "delay.history",
    }
    for name, shape in shapes(config).items():
        for copy in range(shape.copies):
            alone = name is MemoryName.QUEUE and shape.copies == 1
            yield name, copy, places[name].format("" if alone else copy)


def script_file(node: int | None) -> str:
    """The name of the script for a core that is alone (None), or for a core of a fabric."""
    return SCRIPT if node is None else f"faults_{node}.txt"


def injector(config: CoreConfig, node: int | None = None) -> str:
    """The text of the module for a core of this build, bound to the harness around it.

    ``node``: the core's number in a fabric; None: it is alone.
    """
    flips = [
        f"            {number}: harness.dut.{place}[address][place] <= !harness.dut.{place}[address][place];"
        for number, (_, _, place) in enumerate(memories(config))
    ]
    sticks = [
        f"            {copy}: harness.dut.{place}[address][place] <= value;"
        for name, copy, place in memories(config)
        if name is MemoryName.ACCUMULATORS
    ]
    text = TEMPLATE.read_text()
    text = text.replace("// FLIPS", "\n".join(flips).strip()).replace("// STICKS", "\n".join(sticks).strip())
    if node is None:
        return text
    return (
        text.replace("harness.dut.", f"harness.dut.node_{node}.core.")
        .replace(SCRIPT, script_file(node))
        .replace("fault_injector injector()", f"fault_injector_{node} injector_{node}()")
        .replace("module fault_injector;", f"module fault_injector_{node};")
    )


def script(config: CoreConfig, faults: FaultList, samples: Sequence[int]) -> bytes:
    """The script of a run: an image in phase 0, then a phase for each of ``samples``."""
    number = {(name, copy): index for index, (name, copy, _) in enumerate(memories(config))}
    phases = {sample: phase + 1 for phase, sample in enumerate(samples)}
    lines = [f"{len(faults.stuck)}"]
    lines += [f"{each.lane} {each.address} {each.bit} {each.value}" for each in faults.stuck]
    found = []
    for flip in faults.flips:
        when = _moment(flip, phases)
        if when is not None:
            found.append((*when, number[flip.memory, flip.copy], flip.address, flip.bit))
    lines += [" ".join(map(str, each)) for each in sorted(found)]
    return ("\n".join(lines) + "\n").encode()


def _moment(flip: Flip, phases: dict[int, int]) -> tuple[int, int, int] | None:
    """Phase, step and moment of a flip; None in a sample that is not played."""
    if flip.memory in IMAGE:
        return 1, 0, LOADED
    if flip.sample not in phases or flip.step is None:
        return None
    held = flip.memory in (MemoryName.QUEUE, MemoryName.HISTORY)
    return phases[flip.sample], flip.step, LEFT if held else UPDATED
