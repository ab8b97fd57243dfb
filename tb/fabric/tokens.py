# SPDX-License-Identifier: Apache-2.0
"""What a host sends a fabric for a sample, and what it makes of what comes back."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from model.encoding import check_events
from model.fabric.bundle import Bundle
from model.network import IntArray
from model.result import Result, read_out
from rtl.fabric.layouts import HOST_AXON_BITS, HostKind, OutKind
from tb.errors import SimulationError


def sample_tokens(events: Sequence[ArrayLike]) -> dict[str, NDArray[np.uint64]]:
    """``kind`` and ``data`` of the tokens of a sample: the events of each step and its EOS, then END.

    ``events[t]``: axons of the network that fire in step t. Raises InputError for an axon that fires twice in a step or
    is no address.
    """
    kinds, axons = [np.zeros(0, np.int64)], [np.zeros(0, np.int64)]
    for step, now in enumerate(events):
        check_events(now, 1 << HOST_AXON_BITS, step)
        fired = np.asarray(now, np.int64)
        kinds += [np.full(len(fired), HostKind.EVENT), np.full(1, HostKind.EOS)]
        axons += [fired, np.zeros(1, np.int64)]
    kinds.append(np.full(1, HostKind.END))
    axons.append(np.zeros(1, np.int64))
    return {"kind": np.concatenate(kinds).astype(np.uint64), "data": np.concatenate(axons).astype(np.uint64)}


def sample_result(
    bundle: Bundle, fields: Mapping[str, Any], events: Sequence[ArrayLike], *, synaptic_operations: int
) -> Result:
    """The result of a sample in the network's terms; ``fields``: those of all tokens that came (``out_layout``).

    Raises SimulationError for tokens that cannot be.
    """
    tokens = {name: values.astype(np.int64) for name, values in fields.items()}
    network = bundle.network()
    count = network.neurons.count
    spikes = np.zeros((len(events), count), np.bool_)
    potential, total = np.zeros(count, np.int64), np.zeros(count, np.int64)
    for number in range(bundle.cores):
        numbers = bundle.neurons(number)
        mine = {name: values[tokens["core"] == number] for name, values in tokens.items()}
        _place(number, mine, numbers, spikes=spikes, potential=potential, total=total)
    return read_out(
        network,
        spikes=spikes,
        potential=potential,
        potential_sum=total,
        input_events=sum(np.size(now) for now in events),
        synaptic_operations=synaptic_operations,
    )


def _place(core: int, tokens: Mapping[str, NDArray[np.int64]], numbers: IntArray, *, spikes: NDArray[np.bool_],
           potential: IntArray, total: IntArray) -> None:  # fmt: skip
    """Put what one core sent into the arrays of the network. Raises SimulationError for tokens that cannot be."""
    kind, address = tokens["kind"], tokens["neuron"]
    steps = len(spikes)
    eos, end = kind == OutKind.EOS, kind == OutKind.END
    if np.count_nonzero(eos) != steps or np.count_nonzero(end) != 1 or kind[-1] != OutKind.END:
        raise SimulationError(
            f"core {core}: {np.count_nonzero(eos)} ends of step and {np.count_nonzero(end)} of sample, "
            f"expected {steps} and 1"
        )
    event, read = kind == OutKind.EVENT, kind == OutKind.READOUT
    if not np.array_equal(address[read], np.arange(len(numbers))):
        raise SimulationError(f"core {core}: read-outs of neurons {address[read].tolist()}, expected each in order")
    if (address[event] >= len(numbers)).any():
        raise SimulationError(f"core {core}: spike of neuron address {address[event].max()}, it has {len(numbers)}")
    step = np.cumsum(eos)[event]
    before = np.count_nonzero(spikes)
    spikes[step, numbers[address[event]]] = True
    if np.count_nonzero(spikes) - before != np.count_nonzero(event):
        raise SimulationError(f"core {core}: a neuron is reported twice in a step")
    potential[numbers] = tokens["potential"][read]
    total[numbers] = tokens["potential_sum"][read]
