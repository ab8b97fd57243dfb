# SPDX-License-Identifier: Apache-2.0
"""The bundle: a network on the cores of a fabric, as it is streamed into one; docs/multicore.md describes it."""

import os
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from model.config import CoreConfig, Protection
from model.delay.registry import DEFAULT, DelayUnit
from model.encoding import Raster, to_events
from model.fabric.check import check_consistent
from model.fabric.config import FabricConfig
from model.fabric.reader import read_frames
from model.fabric.records import MAGIC, VERSION, FrameKind, frame_bytes, routes_to_bytes
from model.fabric.routes import Routes
from model.image.image import Image
from model.image.info import from_json, restore, to_json
from model.limits import INPUT_DEPTH
from model.network import PARAMETERS, IntArray, Network, Neurons
from support.errors import InputError
from support.files import read_bytes, write_atomic


@dataclass(frozen=True, kw_only=True)
class Bundle:
    """The routes and images of one network for a ring of ``nodes`` cores. Raises InputError if they contradict."""

    nodes: int
    """Cores on the ring (1 to 64); those in use come first."""
    axons: int
    """Axons of the network (1 to 65535)."""
    routes: tuple[Routes, ...]
    """Of each core in use."""
    images: tuple[Image, ...]
    """Likewise, all of one geometry."""
    info: dict[str, Any]
    """What only the host knows: name, read-out, labels and encoding of the network, and ``neurons``, the network's
    numbers of each core's neurons."""

    def __post_init__(self) -> None:
        check_consistent(self.nodes, self.axons, self.routes, self.images, self.info)

    @property
    def cores(self) -> int:
        """Cores in use."""
        return len(self.images)

    def neurons(self, core: int) -> IntArray:
        """The network's number of the neuron at each hardware address of a core."""
        return self._neurons[core]

    @cached_property
    def _neurons(self) -> list[IntArray]:
        return [numbers[image.order] for numbers, image in zip(self.numbers, self.images, strict=True)]

    @cached_property
    def numbers(self) -> list[IntArray]:
        """For each core, the network's number of each neuron of the network that its image holds."""
        return [np.asarray(numbers, np.int64) for numbers in self.info["neurons"]]

    def fired(self, spikes: Raster) -> list[list[IntArray]]:
        """For each core and step, the hardware addresses of the neurons that fire.

        ``spikes``: of the network, shape (steps, neurons).
        """
        return [to_events(spikes[:, self.neurons(core)]) for core in range(self.cores)]

    def config(self, units: Sequence[DelayUnit | str] = (DEFAULT,), *, input_depth: int = INPUT_DEPTH.default,
               protection: Protection | str = Protection.NONE, **options: int) -> FabricConfig:  # fmt: skip
        """A build that takes this bundle, with these delay units: one for each core, or one for all.

        Each core has the memory for its delays that the neediest image asks for, and check bits as ``protection`` says.
        ``options`` are those that only the unit has. Raises InputError for another number of units.
        """
        chosen = [DelayUnit(unit) for unit in units]
        if len(chosen) not in {1, self.nodes}:
            raise InputError(f"units: expected one, or one for each of the {self.nodes} cores, not {len(chosen)}")
        chosen *= self.nodes // len(chosen)
        depth = {unit: max(image.config(unit).queue_depth for image in self.images) for unit in {*chosen}}
        geometry = self.images[0].geometry.numbers()
        return FabricConfig(
            cores=tuple(
                CoreConfig(
                    **geometry,
                    delay_unit=unit,
                    queue_depth=depth[unit],
                    unit_options=options,
                    protection=Protection(protection),
                )
                for unit in chosen
            ),
            routes=max(1, *(len(routes.entries) for routes in self.routes)),
            axons=self.axons,
            input_depth=input_depth,
        )

    def network(self) -> Network:
        """The network that was mapped: equal to it, array by array. It is put together once."""
        return self._network

    @cached_property
    def _network(self) -> Network:
        numbers = self.numbers
        count = sum(map(len, numbers))
        parameters = {name: np.zeros(count, np.int64) for name in PARAMETERS}
        found: dict[str, list[IntArray]] = {name: [] for name in ("source", "target", "delay", "weight")}
        for core, image in enumerate(self.images):
            alone = image.network()
            outside = self.sources(core)
            inner = alone.source >= alone.axons
            source = np.where(inner, self.axons + numbers[core][np.where(inner, alone.source - alone.axons, 0)],
                              outside[np.where(inner, 0, alone.source)])  # fmt: skip
            found["source"].append(source)
            found["target"].append(numbers[core][alone.target])
            found["delay"].append(alone.delay + (~inner & (source >= self.axons)))
            found["weight"].append(alone.weight)
            for name, values in parameters.items():
                values[numbers[core]] = getattr(alone.neurons, name)
        synapses: dict[str, Any] = {name: np.concatenate(parts) for name, parts in found.items()}
        return Network(
            axons=self.axons,
            neurons=Neurons(count=count, state_bits=self.images[0].geometry.state_bits, **parameters),
            max_steps=self.images[0].max_steps,
            **synapses,
            **restore(self.info, "bundle: info"),
        )

    def sources(self, core: int) -> IntArray:
        """The network's source number of each axon of a core, shape (axons,); -1: nothing outside is this axon."""
        routes, found = self.routes[core], np.full(self.images[core].axons_used, -1)
        for sender, span in enumerate(routes.spans):
            axon = routes.entries[span.base : span.base + span.count]
            source = np.arange(span.first, span.first + span.count)
            if sender < self.cores:
                source = self.axons + self.neurons(sender)[source]
            found[axon[axon >= 0]] = source[axon >= 0]
        return found

    # As bytes.

    def to_bytes(self) -> bytes:
        """The stream."""
        frames = [
            part
            for core, (routes, image) in enumerate(zip(self.routes, self.images, strict=True))
            for part in (
                frame_bytes(FrameKind.ROUTES, core, routes_to_bytes(routes)),
                frame_bytes(FrameKind.IMAGE, core, image.to_bytes()),
            )
        ]
        head = b"".join(
            value.to_bytes(size, "little")
            for value, size in ((VERSION, 2), (self.nodes, 2), (self.cores, 2), (0, 2), (self.axons, 4))
        )
        body = MAGIC + head + b"".join([*frames, frame_bytes(FrameKind.INFO, 0, to_json(self.info))])
        return body + zlib.crc32(body).to_bytes(4, "little")

    @classmethod
    def from_bytes(cls, data: bytes, config: FabricConfig | None = None) -> "Bundle":
        """The bundle of a stream, checked as a fabric of build ``config`` does (None: any that could take it).

        Raises BundleError with the fabric's status, the offset and what was expected; InputError for what only the host
        looks at: info, and whether routes and images agree.
        """
        parts = read_frames(data, config)
        return cls(
            nodes=parts.nodes,
            axons=parts.axons,
            routes=parts.routes,
            images=parts.images,
            info=from_json(parts.info, "bundle: info"),
        )

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the stream to a file, whole or not at all."""
        write_atomic(path, self.to_bytes())

    @classmethod
    def load(cls, path: str | os.PathLike[str], config: FabricConfig | None = None) -> "Bundle":
        """Read a bundle; errors as ``from_bytes``, with the file's name in front."""
        data = read_bytes(path, "bundle")
        try:
            return cls.from_bytes(data, config)
        except InputError as error:
            raise InputError(f"{path}: {error}") from None
