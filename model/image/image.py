# SPDX-License-Identifier: Apache-2.0
"""The image: the bytes that are streamed into a core; docs/image.md describes it byte by byte."""

import os
import zlib
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np

from model.bounds import farthest, histories, largest_current, sums_of_weights
from model.config import CoreConfig
from model.delay.registry import DEFAULT, DelayUnit
from model.geometry import Geometry
from model.image.header import start_bytes
from model.image.info import from_json, restore, to_json
from model.image.reader import BoolArray, read_sections
from model.image.records import (
    COUNT_FIELDS,
    ImageError,
    Status,
    integers_to_bytes,
    parameter_bytes,
    refractory_period,
    row_bytes,
    words_to_bytes,
)
from model.limits import signed_range
from model.network import PARAMETERS, IntArray, Network, Neurons
from model.readout import check_host_part
from support.errors import InputError
from support.files import read_bytes, write_atomic

__all__ = ["Image", "ImageError", "Status"]


@dataclass(frozen=True, kw_only=True)
class Image:
    """The tables of one network for builds of one geometry, in hardware order.

    The hardware address h of a neuron decides its lane (h mod lanes) and its target index in the lane (h div lanes);
    ``order[h]`` is its number in the network. Sources are axons 0 to axons_used-1, then neurons by hardware address.
    """

    geometry: Geometry
    """What it is made for; of a build that is given, its geometry."""
    capacity: int
    """Entries that each event queue needs (0 to 2**20)."""
    max_steps: int
    """Longest sample in steps (1 to 65535)."""
    parameters: dict[str, IntArray]
    """Those of ``model.network.PARAMETERS`` as stored, each of shape (neurons_used,), by hardware address."""
    axon_mask: BoolArray
    """Skip masks of the axons, shape (axons_used, axon_levels)."""
    neuron_mask: BoolArray
    """Skip masks of the neurons, shape (neurons_used, neuron_levels)."""
    row_words: IntArray
    """Synapse words of each row, shape (rows_used,), rows in order of source, then delay level."""
    synapse_weight: IntArray
    """Stored weights, shape (words_used, lanes): signed, or an index into ``codebook``."""
    synapse_target: IntArray
    """Target indices in the lane, shape (words_used, lanes); 0 in an empty entry."""
    codebook: IntArray = field(default_factory=lambda: np.zeros(0, np.int64))
    """2**weight_bits signed values, or none."""
    info: dict[str, Any]
    """The info section."""
    origin: str = field(default="image", compare=False)
    """Where it is from, for messages."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "geometry", self.geometry.geometry())

    # The header fields that follow from the tables.

    @property
    def axons_used(self) -> int:
        """Input axons of the network."""
        return len(self.axon_mask)

    @property
    def neurons_used(self) -> int:
        """Neurons of the network."""
        return len(self.neuron_mask)

    @property
    def axon_levels(self) -> int:
        """Delay levels held in the mask of an axon."""
        return self.axon_mask.shape[1]

    @property
    def neuron_levels(self) -> int:
        """Delay levels held in the mask of a neuron."""
        return self.neuron_mask.shape[1]

    @property
    def rows_used(self) -> int:
        """Rows: (source, delay level) with a synapse."""
        return len(self.row_words)

    @property
    def words_used(self) -> int:
        """Synapse words."""
        return len(self.synapse_weight)

    # What the tables mean.

    @property
    def order(self) -> IntArray:
        """``order[h]``: the network's number of the neuron at hardware address h."""
        return np.asarray(self.info["order"], np.int64)

    @property
    def weights(self) -> IntArray:
        """The weight that each entry adds, shape (words_used, lanes); 0: the entry is empty."""
        return self.codebook[self.synapse_weight] if self.geometry.codebook else self.synapse_weight

    @property
    def targets(self) -> IntArray:
        """The hardware address of the target of each entry, shape (words_used, lanes); no meaning in an empty entry."""
        return self.synapse_target * self.geometry.lanes + np.arange(self.geometry.lanes)

    @property
    def row_source(self) -> IntArray:
        """The source of each row, shape (rows_used,): axon a is a, the neuron at h is axons_used + h."""
        return np.concatenate([np.nonzero(self.axon_mask)[0], self.axons_used + np.nonzero(self.neuron_mask)[0]])

    @property
    def row_level(self) -> IntArray:
        """The delay level of each row, shape (rows_used,)."""
        return np.concatenate([np.nonzero(self.axon_mask)[1], np.nonzero(self.neuron_mask)[1]])

    @property
    def row_start(self) -> IntArray:
        """The first synapse word of each row, shape (rows_used,)."""
        return np.cumsum(self.row_words) - self.row_words

    @property
    def synapses(self) -> int:
        """Entries that are not empty."""
        return int(np.count_nonzero(self.weights))

    @property
    def lane_fill(self) -> float:
        """Synapses / (lanes * words): the share of entries that are not empty; 1 if there are no words."""
        return self.synapses / (self.geometry.lanes * self.words_used) if self.words_used else 1.0

    @property
    def histories(self) -> int:
        """Sources from the first to the last with a delay level above 0, by the addresses of the build."""
        axons, neurons = (np.flatnonzero(mask[:, 1:].any(1)) for mask in (self.axon_mask, self.neuron_mask))
        return histories(np.concatenate([axons, self.geometry.axons + neurons]))

    def config(self, delay_unit: DelayUnit | str = DEFAULT, **options: int) -> CoreConfig:
        """A build that takes this image: its geometry, and a delay unit with as much memory as it needs.

        ``options`` are those that only this unit has.
        """
        unit = DelayUnit(delay_unit)
        entries = unit.spec.entries(capacity=self.capacity, histories=self.histories)
        return CoreConfig(**self.geometry.numbers(), delay_unit=unit, queue_depth=max(1, entries), unit_options=options)

    def network(self) -> Network:
        """The network that was compiled: equal to it, array by array. It is decoded once.

        Raises InputError if the tables hold what no network has (two synapses of one source, target and delay).
        """
        return self._network

    @cached_property
    def _network(self) -> Network:
        order, axons = self.order, self.axons_used
        weights = self.weights
        word, lane = np.nonzero(weights)
        row = np.repeat(np.arange(self.rows_used), self.row_words)[word]
        source, level = self.row_source[row], self.row_level[row]
        inner = source >= axons
        source = np.where(inner, axons + order[np.where(inner, source - axons, 0)], source)
        back = np.argsort(order)
        stored = self.parameters
        parameters = {**stored, "refractory": refractory_period(self.geometry, stored["refractory"])}
        try:
            return Network(
                axons=axons,
                neurons=Neurons(
                    count=self.neurons_used,
                    state_bits=self.geometry.state_bits,
                    **{name: parameters[name][back] for name in PARAMETERS},
                ),
                source=source,
                target=order[self.targets[word, lane]],
                delay=level + inner,
                weight=weights[word, lane],
                max_steps=self.max_steps,
                **restore(self.info, "image: info"),
            )
        except InputError as error:
            raise InputError(f"{self.origin}: {error}") from None

    # As bytes.

    def to_bytes(self) -> bytes:
        """The stream. Raises InputError if a value does not fit its field; ranges are the reader's to check."""
        info = to_json(self.info)
        counts = {"zero": 0, "info_bytes": len(info)}
        config = self.geometry
        header = b"".join(
            integers_to_bytes(np.array([counts[name] if name in counts else getattr(self, name)]), size).tobytes()
            for name, size in COUNT_FIELDS
        )
        neurons = np.concatenate(
            [
                integers_to_bytes(self.parameters[name], size, signed=signed)
                for name, size, signed in parameter_bytes(config)
            ],
            axis=1,
        )
        parts = [
            start_bytes(config),
            header,
            integers_to_bytes(self.codebook, 1, signed=True).tobytes(),
            neurons.tobytes(),
            *(np.packbits(mask, axis=1, bitorder="little").tobytes() for mask in (self.axon_mask, self.neuron_mask)),
            integers_to_bytes(self.row_words - 1, row_bytes(config)).tobytes(),
            words_to_bytes(config, self.synapse_weight, self.synapse_target),
            info,
        ]
        body = b"".join(parts)
        return body + zlib.crc32(body).to_bytes(4, "little")

    @classmethod
    def from_bytes(cls, data: bytes, config: CoreConfig | None = None) -> "Image":
        """The image of a stream, checked as a core of build ``config`` does (None: any build of its geometry).

        Raises ImageError with the core's status, the offset and what was expected; InputError for what only the host
        looks at: the info section, and sums that the core's widths cannot hold.
        """
        parts = read_sections(data, config)
        info = from_json(parts.info, "image: info")
        host = restore(info, "image: info")
        neurons = len(parts.neuron_mask)
        try:
            check_host_part(axons=len(parts.axon_mask), neurons=neurons, max_steps=parts.max_steps, **host)
        except InputError as error:
            raise InputError(f"image: info: {error}") from None
        order = info.get("order")
        if not isinstance(order, list) or any(type(n) is not int for n in order) or sorted(order) != [*range(neurons)]:
            raise InputError(f"image: info: expected order to be a permutation of 0..{neurons - 1}, not {order!r:.80}")
        image = cls(
            geometry=parts.geometry,
            capacity=parts.capacity,
            max_steps=parts.max_steps,
            parameters=parts.parameters,
            axon_mask=parts.axon_mask,
            neuron_mask=parts.neuron_mask,
            row_words=parts.row_words,
            synapse_weight=parts.synapse_weight,
            synapse_target=parts.synapse_target,
            codebook=parts.codebook,
            info=info,
        )
        image.check_sums()
        return image

    def check_sums(self) -> None:
        """Raises InputError, with neuron and bound, if a sum of weights or a current could wrap.

        In no compiled image can they; a core sees single weights only, and cannot know.
        """
        weights, targets = self.weights, self.targets
        entry = weights != 0
        low, high = sums_of_weights(targets[entry], weights[entry], self.neurons_used)
        beta, steps = self.parameters["beta"], self.max_steps
        currents = -largest_current(-low, beta, steps), largest_current(high, beta, steps)
        for what, bits, kind, bounds in (
            ("arrivals of a step at", self.geometry.accumulator_bits, "accumulators", (low, high)),
            ("the current of", self.geometry.state_bits, "states", currents),
        ):
            found = farthest(bits, bounds)
            if found is not None:
                smallest, largest = signed_range(bits)
                raise InputError(
                    f"{what} neuron {self.order[found[0]]} can be {found[1]}, beyond the "
                    f"{smallest}..{largest} of {bits}-bit {kind}"
                )

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the stream to a file, whole or not at all."""
        write_atomic(path, self.to_bytes())

    @classmethod
    def load(cls, path: str | os.PathLike[str], config: CoreConfig | None = None) -> "Image":
        """Read an image file; errors as ``from_bytes``, with the file's name in front."""
        data = read_bytes(path, "image")
        try:
            return replace(cls.from_bytes(data, config), origin=str(path))
        except ImageError as error:
            raise ImageError(error.status, error.offset, error.reason, origin=str(path)) from None
        except InputError as error:
            raise InputError(f"{path}: {error}") from None
