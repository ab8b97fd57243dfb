# SPDX-License-Identifier: Apache-2.0
"""From a network and a build to the image of the network, or the reason why it does not fit."""

import numpy as np

from model.bounds import (
    accumulator_bits,
    arrival_bounds,
    current_bounds,
    farthest,
    histories,
    refractory_bits,
    rows,
    signed_bits,
    worst_case_capacity,
)
from model.config import CoreConfig, QueueMemory
from model.delay.registry import DEFAULT, DelayUnit
from model.delay.spec import Holds
from model.image.image import Image
from model.image.info import describe
from model.image.reader import BoolArray
from model.image.records import stored_refractory
from model.limits import (
    AXONS,
    CAPACITY,
    DELAYS,
    NEURONS,
    QUEUE_DEPTH,
    REFRACTORY_BITS,
    ROWS,
    SYNAPSE_WORDS,
    signed_range,
)
from model.mapping.renumber import hardware_order, synapse_words
from model.network import PARAMETERS, UNTIL_END, IntArray, Network
from support.errors import InputError


def compile_network(
    network: Network, config: CoreConfig, *, capacity: int | None = None, seed: int = 0, order: IntArray | None = None
) -> Image:
    """The image of a network for a build.

    ``capacity`` declares how many entries the event queues have (None: the worst case, with which none overflows).
    ``order``: the neuron at each hardware address (None: searched, which ``seed`` fixes; the same seed gives the same
    image).

    Raises InputError naming each limit of the build that the network exceeds, what it needs, and by how much.
    """
    if capacity is None:
        capacity = worst_case_capacity(network)
    elif isinstance(capacity, bool) or not isinstance(capacity, int) or capacity < 0:
        raise InputError(f"capacity must be an integer of at least 0, not {capacity!r}")
    _refuse(network, _excesses(network, config, capacity))

    if order is None:
        order = hardware_order(network, config.lanes, seed)
    _refuse(network, _excess("synapse_words", synapse_words(network, order, config.lanes), config.synapse_words))
    axons, address = network.axons, np.argsort(order)
    inner = network.source >= axons
    source = np.where(inner, axons + address[np.where(inner, network.source - axons, 0)], network.source)
    target = address[network.target]
    masks = _masks(network, source)
    parameters = {name: getattr(network.neurons, name)[order] for name in PARAMETERS}
    parameters["refractory"] = stored_refractory(config, parameters["refractory"])
    row, row_words, word, lane = _place(config.lanes, source, network.level, target)

    if config.spec.holds is Holds.SOURCES:
        needed = histories(np.where(inner, source - axons + config.axons, source)[network.level > 0])
        _refuse(network, _excess("histories", needed, config.queue_depth))
    stored, codebook = network.weight, np.zeros(0, np.int64)
    words = int(row_words.sum())
    weight = np.zeros((words, config.lanes), np.int64)
    if config.codebook:
        stored, codebook, empty = _index(network, config, padded=words * config.lanes > len(row))
        weight[:] = empty
    weight[word, lane] = stored
    index = np.zeros((words, config.lanes), np.int64)
    index[word, lane] = target // config.lanes
    return Image(
        geometry=config,
        capacity=capacity,
        max_steps=network.max_steps,
        parameters=parameters,
        axon_mask=masks[0],
        neuron_mask=masks[1],
        row_words=row_words,
        synapse_weight=weight,
        synapse_target=index,
        codebook=codebook,
        info={**describe(network), "order": order.tolist()},
    )


def fit(
    network: Network,
    *,
    lanes: int = 8,
    delay_unit: DelayUnit | str = DEFAULT,
    queue_memory: QueueMemory | str = QueueMemory.RAM,
    codebook: bool = False,
    capacity: int | None = None,
    seed: int = 0,
    order: IntArray | None = None,
) -> CoreConfig:
    """The smallest build that holds a network: every memory exactly as deep, every number as wide as it needs.

    ``compile_network`` with the same lanes, capacity, and seed or order fits into it. Raises InputError if no build
    can hold it.
    """
    if capacity is None:
        capacity = worst_case_capacity(network)
    low, high = int(network.weight.min(initial=0)), int(network.weight.max(initial=0))
    largest, name = _largest(network, lanes, codebook), "the largest build"
    _refuse(network, _excesses(network, largest, capacity, name), name)
    if order is None:
        order = hardware_order(network, lanes, seed)
    words = synapse_words(network, order, lanes)
    _refuse(network, _excess("synapse_words", words, largest.synapse_words, name), name)
    unit = DelayUnit(delay_unit)
    address = np.concatenate([np.arange(network.axons), network.axons + np.argsort(order)])
    kept = histories(address[network.source[network.level > 0]])
    if codebook:
        values = len(np.unique(network.weight)) + (words * lanes > network.synapses)
        _refuse(network, _excess("codebook: distinct weights", values, 1 << largest.weight_bits, name), name)
        weight_bits = max(1, (values - 1).bit_length())
    else:
        weight_bits = max(2, signed_bits(low, high))
    return CoreConfig(
        neurons=network.neurons.count,
        axons=network.axons,
        delays=int(network.level.max(initial=0)) + 1,
        rows=max(1, len(rows(network)[0])),
        synapse_words=max(1, words),
        lanes=lanes,
        weight_bits=weight_bits,
        codebook=codebook,
        accumulator_bits=accumulator_bits(network),
        state_bits=network.neurons.state_bits,
        refractory_bits=refractory_bits(network),
        delay_unit=unit,
        queue_depth=max(1, unit.spec.entries(capacity=capacity, histories=kept)),
        queue_memory=QueueMemory(queue_memory),
    )


def with_lanes(image: Image, lanes: int | None) -> Image:
    """The image of the same network for the smallest build with so many lanes, with a codebook if it has one.

    Itself for as many lanes as it has, and for None. Raises InputError if no build can hold it.
    """
    geometry = image.geometry
    if lanes is None or lanes == geometry.lanes:
        return image
    network = image.network()
    return compile_network(network, fit(network, lanes=lanes, codebook=geometry.codebook))


def _largest(network: Network, lanes: int, codebook: bool) -> CoreConfig:
    """A build that holds whatever one with these lanes and this kind of weights can hold."""
    return CoreConfig(
        neurons=NEURONS.high, axons=AXONS.high, delays=DELAYS.high, rows=ROWS.high, synapse_words=SYNAPSE_WORDS.high,
        lanes=lanes, weight_bits=4 if codebook else 8, codebook=codebook, accumulator_bits=network.neurons.state_bits,
        state_bits=network.neurons.state_bits, refractory_bits=REFRACTORY_BITS.high, queue_depth=QUEUE_DEPTH.high,
    )  # fmt: skip


def _refuse(network: Network, excesses: list[str], build: str = "the build") -> None:
    if excesses:
        name = f"network {network.name!r}" if network.name else "network"
        raise InputError(f"{name} does not fit {build}: {'; '.join(excesses)}")


def _excess(name: str, need: int, limit: int, build: str = "the build") -> list[str]:
    return [f"{name}: needs {need}, {build} has {limit}, {need - limit} too many"] if need > limit else []


def _excesses(network: Network, config: CoreConfig, capacity: int, build: str = "the build") -> list[str]:
    """Every limit that the network exceeds, apart from those that depend on the numbering of the neurons."""
    queue = config.queue_depth if config.delay_unit.has_queues else CAPACITY.high
    found = [
        *_excess("neurons", network.neurons.count, config.neurons, build),
        *_excess("axons", network.axons, config.axons, build),
        *_excess("delays", int(network.level.max(initial=0)) + 1, config.delays, build),
        *_excess("rows", len(rows(network)[0]), config.rows, build),
        *_excess("capacity", capacity, queue, build),
    ]
    if network.neurons.state_bits != config.state_bits:
        found.append(f"state_bits: network has {network.neurons.state_bits}, the build {config.state_bits}")
    weights = (network.weight, network.weight)
    return [
        *found,
        *_range_excess(
            "weight_bits", 8 if config.codebook else config.weight_bits, "the weight of synapse {} is", weights
        ),
        *_range_excess(
            "accumulator_bits",
            config.accumulator_bits,
            "arrivals of a step at neuron {} can be",
            arrival_bounds(network),
        ),
        *_range_excess("state_bits", config.state_bits, "the current of neuron {} can be", current_bounds(network)),
        *_refractory_excess(network, config.refractory_bits),
    ]


def _refractory_excess(network: Network, bits: int) -> list[str]:
    """The longest refractory period, if a build with so many bits cannot hold it: whose it is, and the bits needed."""
    needed, period = refractory_bits(network), network.neurons.refractory
    if needed <= bits:
        return []
    # One that lasts until the end of sample needs a bit, and no more.
    longest = int((np.where(period == UNTIL_END, 0, period) if bits else period).argmax())
    steps = "until the end of sample" if period[longest] == UNTIL_END else f"of {period[longest]} steps"
    limit = f"holds at most {(1 << bits) - 2}" if bits else "has none"
    return [
        f"refractory_bits: neuron {longest} has a refractory period {steps}, the build {limit}; needs {needed} bits, "
        f"the build has {bits}"
    ]


def _range_excess(name: str, bits: int, what: str, bounds: tuple[IntArray, IntArray]) -> list[str]:
    """One limit of a signed width: the value farthest beyond it, whose it is, and the bits that all need."""
    found = farthest(bits, bounds)
    if found is None:
        return []
    place, worst = found
    low, high = signed_range(bits)
    return [
        f"{name}: {what.format(place)} {worst}, {max(low - worst, worst - high)} beyond the {low}..{high} of {bits} "
        f"bits; needs {signed_bits(int(bounds[0].min()), int(bounds[1].max()))} bits"
    ]


def _masks(network: Network, source: IntArray) -> tuple[BoolArray, BoolArray]:
    """Skip masks of the axons and of the neurons, as wide as the highest delay level in them."""
    masks = []
    inner = network.source >= network.axons
    for chosen, first, count in ((~inner, 0, network.axons), (inner, network.axons, network.neurons.count)):
        level = network.level[chosen]
        mask = np.zeros((count, int(level.max(initial=0)) + 1), np.bool_)
        mask[source[chosen] - first, level] = True
        masks.append(mask)
    return masks[0], masks[1]


def _place(
    lanes: int, source: IntArray, level: IntArray, target: IntArray
) -> tuple[IntArray, IntArray, IntArray, IntArray]:
    """Row, words of each row, word and lane of each synapse; sources and targets are hardware addresses.

    In each lane of a row, synapses are in order of target index, one a word.
    """
    row = np.unique(source * (1 << 32) + level, return_inverse=True)[1].astype(np.int64)
    lane = target % lanes
    group = row * lanes + lane
    order = np.lexsort((target, group))
    starts = np.flatnonzero(np.diff(group[order], prepend=-1))
    rank = np.empty(len(row), np.int64)
    rank[order] = np.arange(len(row)) - np.repeat(starts, np.diff(starts, append=len(row)))
    row_words = np.zeros(int(row.max(initial=-1)) + 1, np.int64)
    np.maximum.at(row_words, row, rank + 1)
    return row, row_words, (np.cumsum(row_words) - row_words)[row] + rank, lane


def _index(network: Network, config: CoreConfig, *, padded: bool) -> tuple[IntArray, IntArray, int]:
    """Codebook indices of the synapses, the codebook, and the index of an empty entry (0)."""
    values = np.unique(np.append(network.weight, 0) if padded else network.weight)
    size = 1 << config.weight_bits
    zero = " with the 0 of empty entries" if padded else ""
    if len(values) > size:
        _refuse(network, _excess(f"codebook: distinct weights{zero}", len(values), size))
    # 0 comes first, so that an empty entry is all zeros.
    values = values[np.argsort(values != 0, kind="stable")]
    codebook = np.zeros(size, np.int64)
    codebook[: len(values)] = values
    by_value = np.argsort(values)
    return by_value[np.searchsorted(values[by_value], network.weight)], codebook, 0
