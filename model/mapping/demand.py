# SPDX-License-Identifier: Apache-2.0
"""What a placement asks of each core, known before anything is laid out: use of its memories, work, traffic."""

from dataclasses import dataclass, fields
from functools import cached_property
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from model import limits
from model.geometry import Geometry
from model.image.info import describe, to_json
from model.image.records import HEADER_BYTES, mask_bytes, parameter_bytes, row_bytes, synapse_word_bytes
from model.mapping.renumber import row_numbers
from model.network import IntArray, Network, Neurons, Readout
from support.errors import InputError

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class Room:
    """The most that each core of a build may hold; by default, what a core of any build can."""

    neurons: int = limits.NEURONS.high
    axons: int = limits.AXONS.high
    rows: int = limits.ROWS.high
    synapse_words: int = limits.SYNAPSE_WORDS.high
    image_bytes: int = 1 << 32
    """Bytes of the image of a core; no build limits them, a host's flash may."""
    accumulator_bits: int = limits.ACCUMULATOR_BITS.high
    """Width of the accumulators: the one limit that no placement changes."""

    def __post_init__(self) -> None:
        for field in fields(self):
            allowed = limits.GEOMETRY.get(field.name, limits.Range(1, 1 << 32))
            allowed.check(f"limit: {field.name}", getattr(self, field.name))


USE = ("neurons", "axons", "rows", "synapse_words", "image_bytes")
"""What a core has of each limit that depends on the placement, in the order of the rows of ``Demand.use``."""


@dataclass(frozen=True, kw_only=True)
class Demand:
    """What a placement asks of the cores."""

    use: FloatArray
    """Shape (5, cores), as ``USE`` names them: words as if lanes were filled evenly, so at most what a layout needs."""
    work: FloatArray
    """Cycles a step of each core, shape (cores,): its neurons, and the synapse words that sources fetch on average."""
    traffic: float
    """Hops x spikes of a step on the ring."""


class Task:
    """A network as a placement sees it, for cores of so many lanes; ``rate``: spikes a step of each source."""

    def __init__(self, network: Network, *, lanes: int = limits.LANES.default, rate: ArrayLike | None = None) -> None:
        """``rate``: shape (axons + neurons,), of at least 0; None: 1 of each. Raises InputError for another shape."""
        limits.LANES.check("core 0: core configuration: lanes", lanes)
        sources = network.axons + network.neurons.count
        self.network, self.lanes = network, lanes
        self.neurons = network.neurons.count
        self.rate: FloatArray = np.ones(sources) if rate is None else np.asarray(rate, np.float64)
        if self.rate.shape != (sources,) or not (self.rate >= 0).all():
            raise InputError(
                f"rate: expected {sources} numbers of at least 0, one a source, not shape {self.rate.shape}"
            )
        self.row = row_numbers(network)
        """The row of each synapse, as if all were on one core."""
        self.row_source: IntArray = network.source[np.diff(self.row, prepend=-1) > 0]

    @cached_property
    def bytes_of(self) -> FloatArray:
        """Bytes of an image for each neuron, axon, row and word, and for the image itself, about; shape (5,)."""
        network = self.network
        most = min(limits.NEURONS.high, self.neurons)
        geometry = Geometry(neurons=most, axons=1, delays=1, rows=1, synapse_words=1, lanes=self.lanes,
                            state_bits=network.neurons.state_bits, accumulator_bits=2)  # fmt: skip
        inner = network.source >= network.axons
        levels = [int(network.level[part].max(initial=0)) + 1 for part in (~inner, inner)]
        neuron = sum(size for _, size, _ in parameter_bytes(geometry)) + mask_bytes(levels[1]) + len(str(most)) + 1
        # The image of a core knows nothing of names, read-out and encoding.
        nothing = np.zeros(0, np.int64)
        bare = Network(axons=1, neurons=Neurons(count=1), source=nothing, target=nothing, delay=nothing, weight=nothing,
                       readout=Readout(neurons=()))  # fmt: skip
        info = len(to_json({**describe(bare), "order": []}))
        return np.array([neuron, mask_bytes(levels[0]), row_bytes(geometry), synapse_word_bytes(geometry),
                         HEADER_BYTES + 4 + info], np.float64)  # fmt: skip

    def demand(self, placement: IntArray, cores: int, nodes: int) -> Demand:
        """What ``placement``, shape (neurons,), asks of each core of a ring of ``nodes``."""
        network, axons = self.network, self.network.axons
        core = placement[network.target]
        held, count = np.unique(self.row * cores + core, return_counts=True)
        row, of = np.divmod(held, cores)
        words = -(-count // self.lanes)
        heard = np.unique(network.source * cores + core)
        source, listener = np.divmod(heard, cores)
        home = np.concatenate([np.full(axons, -1), placement])[source]
        outside = home != listener
        use = np.zeros((len(USE), cores))
        for number, values in enumerate(
            (np.bincount(placement, minlength=cores), np.bincount(listener[outside], minlength=cores),
             np.bincount(of, minlength=cores), np.bincount(of, words, cores))
        ):  # fmt: skip
            use[number] = values
        use[4] = self.bytes_of[:4] @ use[:4] + self.bytes_of[4]
        work = use[0] + np.bincount(of, words * self.rate[self.row_source[row]], cores)
        hops = np.zeros(self.neurons)
        fires = home >= 0
        np.maximum.at(hops, source[fires] - axons, (listener[fires] - home[fires]) % nodes)
        return Demand(use=use, work=work, traffic=float(hops @ self.rate[axons:]))


def excess(use: FloatArray, room: Room) -> FloatArray:
    """By how much of each limit ``use``, shape (5, ...), is above it, as a share of the limit; 0: it is not."""
    limit = np.array([getattr(room, name) for name in USE], np.float64)
    share: FloatArray = np.maximum(0, use / limit.reshape(-1, *[1] * (use.ndim - 1)) - 1)
    return share


def spikes_a_step(samples: NDArray[Any], spikes: NDArray[Any]) -> FloatArray:
    """The rate of each source in recordings, of shapes (samples, steps, axons) and (samples, steps, neurons)."""
    rates: FloatArray = np.concatenate([samples.mean((0, 1)), spikes.mean((0, 1))])
    return rates


def grouped(values: IntArray, groups: int) -> list[slice]:
    """The run of each number 0..groups-1 in ascending ``values``."""
    bounds = np.searchsorted(values, np.arange(groups + 1))
    return [slice(first, end) for first, end in pairwise(bounds.tolist())]
