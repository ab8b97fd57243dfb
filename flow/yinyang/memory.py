# SPDX-License-Identifier: Apache-2.0
"""What a network of the Yin-Yang table takes on a core: rows, words, memory, and the energy of its memories."""

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from flow.silicon.cost import memory_costs, run_unit
from flow.silicon.macros import load_table
from model.config import DelayUnit
from model.mapping.compiler import compile_network, fit
from model.network import Network

UNITS = (DelayUnit.RING, DelayUnit.SCDQ1)
"""That are compared: one holds arrivals, one events."""


@dataclass(frozen=True, kw_only=True)
class MemoryUse:
    """On the smallest build that holds a network. Means of a sample, by the exact models."""

    unit: str
    synapses: int
    rows: int
    """Pairs of source and delay that have a synapse."""
    words: int
    """Of the synapse memory, that hold something."""
    memory_bits: int
    """Of all memories of the build."""
    delay_bits: int
    """Of those, what delays add."""
    cycles: float
    words_read: float
    energy_uj: float
    """Of all memories, on the macros that cost least in energy times area, at 100 MHz."""


def memory_use(network: Network, events: NDArray[np.bool_], spikes: NDArray[np.bool_]) -> list[dict[str, Any]]:
    """With each of UNITS, for events (samples, steps, axons) and the spikes (samples, steps, neurons) they cause."""
    return [asdict(_with(unit, network, events, spikes)) for unit in UNITS]


def _with(unit: DelayUnit, network: Network, events: NDArray[np.bool_], spikes: NDArray[np.bool_]) -> MemoryUse:
    image = compile_network(network, fit(network))
    config = image.config(unit)
    run = run_unit(image, config, list(events), list(spikes[:, :, image.order]))
    costs = memory_costs(run, load_table(None), by_energy=True)
    return MemoryUse(
        unit=str(unit), synapses=network.synapses, rows=image.rows_used, words=image.words_used,
        memory_bits=sum(each.shape.bits for each in costs),
        delay_bits=run.provisioned_bits, cycles=run.cycles, words_read=run.words,
        energy_uj=sum(each.energy_uj for each in costs),
    )  # fmt: skip
