# SPDX-License-Identifier: Apache-2.0
"""The memories of a build: by its configuration, and as Yosys finds them in the exported RTL."""

import json
import tempfile
from dataclasses import dataclass
from pathlib import Path

from amaranth.lib import wiring

from flow.synthesis.tools import run_yosys
from flow.synthesis.verilog import plain_verilog
from model.config import CoreConfig, check_bits
from model.cost.memories import MemoryName, MemoryShape
from model.limits import LEAK_BITS


def memories(config: CoreConfig) -> list[MemoryShape]:
    """Every memory of a core of build ``config``; the row queue, which is flip-flops, is not one."""
    leak, state, refractory = LEAK_BITS + 1, config.state_bits, config.refractory_bits

    def memory(name: MemoryName, depth: int, width: int, *, copies: int = 1, two_port: bool = False) -> MemoryShape:
        return MemoryShape(name=name, copies=copies, depth=depth, width=width, two_port=two_port)

    def image(name: MemoryName, depth: int, width: int) -> MemoryShape:
        """One that holds a part of the image, with the check bits of the build."""
        return memory(name, depth, width + check_bits(width, config.protection))

    found = [
        image(MemoryName.MASKS, config.sources, config.delays + config.row_bits),
        image(MemoryName.ROWS, max(2, config.rows), config.word_bits + config.target_bits),
        image(MemoryName.WORDS, max(2, config.synapse_words), config.lanes * config.entry_bits),
        memory(MemoryName.ACCUMULATORS, config.accumulators_per_lane, config.accumulator_bits,
               copies=config.lanes, two_port=True),
        memory(MemoryName.STATES, max(2, config.neurons), 2 * state + config.sum_bits + refractory,
               two_port=True),
        image(MemoryName.PARAMETERS, max(2, config.neurons), 2 * leak + 2 * state + state + 1 + 2 + refractory),
        # The last word of a buffered FIFO is its output register.
        memory(MemoryName.SPIKES, config.neurons, config.neuron_bits, two_port=True),
    ]  # fmt: skip
    return [*found, *config.spec.memories(config)]


def delay_memories(config: CoreConfig) -> list[MemoryShape]:
    """The memories that exist because of delays: queue or history, and the accumulators if there are more slots."""
    names = {memory.name for memory in config.spec.memories(config)}
    if config.slots > 1:
        names.add(MemoryName.ACCUMULATORS)
    return [memory for memory in memories(config) if memory.name in names]


@dataclass(frozen=True, kw_only=True)
class FoundMemory:
    """A memory that Yosys found."""

    module: str
    name: str
    depth: int
    width: int

    @property
    def bits(self) -> int:
        """Its bits."""
        return self.depth * self.width


def found_memories(component: wiring.Component, name: str) -> list[FoundMemory]:
    """The memories in the exported Verilog of a component, counted by Yosys, in the modules where they are.

    With a spike history come its flags: the registers beside it with a bit for each of its words, as a memory of depth
    1 each. Raises BuildError if Yosys refuses the Verilog.
    """
    text = plain_verilog(component, name)
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        (work / "design.v").write_text(text)
        run_yosys(
            f"read_verilog design.v\nhierarchy -check -top {name}\nproc -norom\nopt_clean\nmemory_collect\n"
            "write_json design.json\n",
            work,
        )
        modules = json.loads((work / "design.json").read_text())["modules"]
    found = []
    for module, content in modules.items():
        cells = [
            (str(cell["type"]), cell["parameters"])
            for cell in content["cells"].values()
            if cell["type"] == "$mem_v2" or "dff" in cell["type"]
        ]
        for kind, parameters in cells:
            if kind == "$mem_v2":
                depth, width = (int(parameters[key], 2) for key in ("SIZE", "WIDTH"))
                memory = parameters["MEMID"].lstrip("\\")
                found.append(FoundMemory(module=module, name=memory, depth=depth, width=width))
                if memory == "history":
                    flags = sum(other != "$mem_v2" and int(each["WIDTH"], 2) == depth for other, each in cells)
                    found += [FoundMemory(module=module, name="history flags", depth=1, width=depth)] * flags
    return found
