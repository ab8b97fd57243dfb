# SPDX-License-Identifier: Apache-2.0
"""Whether a network can fit the cores of a budget at all: known before training."""

from collections.abc import Iterator

import numpy as np

from model.config import CoreConfig
from model.delay.spec import Holds
from model.mapping.partition import shares
from support.errors import InputError
from train.config.network import DelayConfig, NetworkConfig


def check_core(core: CoreConfig, cores: int, network: NetworkConfig, *, axons: int, weights: tuple[int, int],
               index: int | None = None) -> None:  # fmt: skip
    """Whether a network can be pruned into so many cores; ``weights``: its smallest and largest integer.

    ``index``: bits of a weight that is an index into a codebook; None: weights are integers.

    Raises InputError, in one line, for the first limit that no pruning can help: delays, weights, neurons, axons, and
    the memory of a delay unit that is not sized by the geometry. Counts are those of the network before it is pruned.
    """
    for name, least in (("input", 0), ("between", 1), ("recurrent", 1)):
        delays: DelayConfig | None = getattr(network, name)
        if delays is not None and delays.levels[-1] - least >= core.delays:
            raise InputError(
                f"network.{name}: delays of up to {delays.levels[-1]} steps need {delays.levels[-1] - least + 1} delay "
                f"levels, the core has {core.delays}; expected last of at most {core.delays - 1 + least}"
            )
    low, high = core.weight_range
    if index is not None and (not core.codebook or index > core.weight_bits):
        has = f"a codebook of {core.weight_bits} bits" if core.codebook else "none"
        raise InputError(f"quantisation.codebook: needs a core with a codebook of {index} bits, the core has {has}")
    if index is None and (
        weights[0] < low or weights[1] > high or (core.codebook and weights[1] - weights[0] >= 1 << core.weight_bits)
    ):
        raise InputError(
            f"quantisation: weights of {weights[0]} to {weights[1]} do not fit the core's {core.weight_bits} bits"
            f"{' of codebook' if core.codebook else ''}; expected weight_bits of at most {core.weight_bits}"
        )
    neurons = sum(network.hidden) + network.classes
    if neurons > cores * core.neurons:
        raise InputError(
            f"budget.core: neurons: needs {neurons}, {_cores(cores)} {cores * core.neurons}; "
            f"expected budget.cores of at least {-(-neurons // core.neurons)}"
        )
    if cores > neurons:
        raise InputError(f"budget.cores must be at most the number of neurons ({neurons}), not {cores}")
    for number, (outside, entries) in enumerate(_needs(core, cores, network, axons), 1):
        which = f" of core {number}" if cores > 1 else ""
        if outside > core.axons:
            raise InputError(f"budget.core: axons{which}: needs {outside}, the core has {core.axons}")
        if entries > core.queue_depth:
            needs = f"needs {entries} for {core.delay_unit}, the core has {core.queue_depth}"
            raise InputError(f"budget.core: queue_depth{which}: {needs}")


def _cores(cores: int) -> str:
    return "the core has" if cores == 1 else f"{cores} cores have"


def _needs(core: CoreConfig, cores: int, network: NetworkConfig, axons: int) -> Iterator[tuple[int, int]]:
    """Of each core: axons, and entries of its delay unit's memory (0 for ``ring``), with every synapse there can be."""
    neurons = sum(network.hidden) + network.classes
    for members in shares(neurons, cores):
        # Highest delay level of each source into this core; -1: none.
        level = np.full(axons + neurons, -1)
        for source, target, highest in _blocks(network, axons):
            if ((members >= target.start) & (members < target.stop)).any():
                level[source] = np.maximum(level[source], highest)
        inside = level[axons + members]
        outside = np.delete(level, axons + members)
        outside = outside if cores == 1 else outside[outside >= 0]
        entries = 0
        if core.delay_unit.has_queues:
            entries = int(np.maximum(level, 0).sum())
        elif core.spec.holds is Holds.SOURCES:
            # By address: axons from 0, neurons from the build's number of axons, in an order of the compiler's.
            address = np.flatnonzero(outside > 0)
            if (inside > 0).any():
                address = np.append(address, core.axons + np.arange(len(members)))
            entries = int(np.ptp(address)) + 1 if len(address) else 0
        yield len(outside), entries


def _blocks(network: NetworkConfig, axons: int) -> Iterator[tuple[slice, slice, int]]:
    """Sources, neurons that all of them have synapses into, and the highest delay level of these."""
    sizes = (*network.hidden, network.classes)
    first = [0, *np.cumsum(sizes).tolist()]
    yield slice(0, axons), slice(0, sizes[0]), network.input.levels[-1]
    for k in range(len(network.hidden)):
        for target, delays in ((k, network.recurrent), (k + 1, network.between)):
            if delays is None:
                continue
            parts = network.columns if target < len(network.hidden) else 1
            for part in range(parts):
                sources, targets = (
                    [first[layer] + share * sizes[layer] // parts for share in (part, part + 1)]
                    for layer in (k, target)
                )
                yield slice(axons + sources[0], axons + sources[1]), slice(*targets), delays.levels[-1] - 1
