# SPDX-License-Identifier: Apache-2.0
"""Reads a bundle field by field, and refuses it where a fabric would."""

import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from model import limits
from model.fabric.config import FabricConfig
from model.fabric.records import (
    FIXED_BYTES,
    FRAME,
    HEADER,
    MAGIC,
    ROUTES,
    SET_BYTES,
    SPAN,
    VERSION,
    BundleError,
    FrameKind,
    span_of,
)
from model.fabric.routes import Routes, Span
from model.fabric.status import FabricStatus
from model.image.image import Image, ImageError
from model.network import IntArray
from support.errors import InputError


@dataclass(frozen=True, kw_only=True)
class Frames:
    """What a bundle holds, checked as a fabric checks it."""

    nodes: int
    axons: int
    routes: tuple[Routes, ...]
    images: tuple[Image, ...]
    info: bytes


def read_frames(data: bytes, config: FabricConfig | None) -> Frames:
    """The frames of a bundle for a build (None: for any).

    Raises BundleError for the first fault in the order of the stream; images are looked at when all else is right, as
    their cores do. InputError for an image whose sums no core could hold.
    """
    return _Reader(data, config).read()


class _Reader:
    def __init__(self, data: bytes, config: FabricConfig | None) -> None:
        self.data, self.config, self.at = data, config, 0
        self.nodes = self.cores = 0

    def refuse(self, status: FabricStatus, size: int, reason: str) -> None:
        """The field of ``size`` bytes that was read last is wrong."""
        raise BundleError(status, self.at - size, reason)

    def expect(self, good: bool, status: FabricStatus, size: int, reason: str) -> None:
        if not good:
            self.refuse(status, size, reason)

    def take(self, size: int) -> bytes:
        """The next bytes."""
        part = self.data[self.at : self.at + size]
        if len(part) < size:
            raise BundleError(FabricStatus.TRUNCATED, len(self.data), f"expected {size} more bytes from {self.at} on")
        self.at += size
        return part

    def number(self, size: int) -> int:
        return int.from_bytes(self.take(size), "little")

    def read(self) -> Frames:
        if not self.data:
            raise BundleError(FabricStatus.EMPTY, 0, "expected a bundle, not 0 bytes")
        magic = self.take(len(MAGIC))
        self.expect(magic == MAGIC, FabricStatus.BAD_MAGIC, 4, f"expected {MAGIC!r}, not {magic!r}")
        axons = self._header()
        routes, images = [], []
        for core in range(self.cores):
            length = self._frame(FrameKind.ROUTES, core)
            routes.append(self._routes(core, length))
            images.append((self.at + sum(size for _, size in FRAME), self.take(self._frame(FrameKind.IMAGE, core))))
        info = self.take(self._frame(FrameKind.INFO, 0))
        crc, expected = self.number(4), zlib.crc32(self.data[: self.at - 4])
        self.expect(crc == expected, FabricStatus.BAD_CRC, 4, f"expected {expected:#010x}, not {crc:#010x}")
        if self.at < len(self.data):
            raise BundleError(FabricStatus.TRAILING, self.at, f"{len(self.data) - self.at} bytes after the CRC")
        return Frames(
            nodes=self.nodes,
            axons=axons,
            routes=tuple(routes),
            images=self._images(images),
            info=info,
        )

    def _header(self) -> int:
        """Everything before the frames; returns the axons of the network."""
        sizes = dict(HEADER)
        version = self.number(sizes["version"])
        self.expect(version == VERSION, FabricStatus.BAD_VERSION, 2, f"expected version {VERSION}, not {version}")
        self.nodes = self.number(sizes["nodes"])
        most = limits.NODES.high
        if self.config is None:
            self.expect(
                1 <= self.nodes <= most, FabricStatus.BAD_NODES, 2, f"expected 1..{most} nodes, not {self.nodes}"
            )
        else:
            nodes = self.config.nodes
            self.expect(
                self.nodes == nodes, FabricStatus.BAD_NODES, 2, f"for {self.nodes} nodes, the build has {nodes}"
            )
        self.cores = self.number(sizes["cores"])
        reason = f"expected 1..{self.nodes} cores in use, not {self.cores}"
        self.expect(1 <= self.cores <= self.nodes, FabricStatus.BAD_CORES, 2, reason)
        zero = self.number(sizes["zero"])
        self.expect(zero == 0, FabricStatus.BAD_CORES, 2, f"expected 0, not {zero}")
        axons = self.number(sizes["axons"])
        most = limits.HOST_AXONS.high if self.config is None else self.config.axons
        self.expect(1 <= axons <= most, FabricStatus.BAD_AXONS, 4, f"expected 1..{most} axons, not {axons}")
        return axons

    def _frame(self, kind: FrameKind, core: int) -> int:
        """The head of a frame, which must be the one that comes next; returns the bytes of its content."""
        wanted = {"kind": int(kind), "core": core, "zero": 0}
        for name, size in FRAME:
            value = self.number(size)
            if name == "length":
                self.expect(value > 0, FabricStatus.BAD_FRAME, size, "expected a length above 0")
                return value
            reason = f"expected {name} {wanted[name]} of a frame, not {value}"
            self.expect(value == wanted[name], FabricStatus.BAD_FRAME, size, reason)
        raise AssertionError("a frame has a length")

    def _routes(self, core: int, length: int) -> Routes:
        bad, end = FabricStatus.BAD_ROUTES, self.at + length
        senders, listeners = self._set(core, "senders"), self._set(core, "listeners")
        values: dict[str, int] = {}
        limits_ = self._limits()
        for name, size in ROUTES:
            value = values[name] = self.number(size)
            low, high = limits_[name]
            self.expect(low <= value <= high, bad, size, f"{name} must be in {low}..{high}, not {value}")
        entries, neurons = values["entries"], values["neurons"]
        need = FIXED_BYTES + 8 * (self.cores + 1) + 2 * entries + neurons
        self.expect(length == need, FabricStatus.BAD_FRAME, 4, f"the frame has {length} bytes, its routes need {need}")
        spans = tuple(self._span(entries) for _ in range(self.cores + 1))
        table = self._numbers(entries, 2, limits_["axon"][1], lambda at, value: f"entry {at} is axon {value - 1}") - 1
        hops = self._numbers(neurons, 1, self.nodes - 1, lambda at, value: f"neuron {at} has {value} hops")
        assert self.at == end
        return Routes(senders=senders, listeners=listeners, eos_hops=values["eos_hops"], spans=spans, entries=table,
                      hops=hops)  # fmt: skip

    def _numbers(self, count: int, size: int, most: int, reason: Callable[[int, int], str]) -> IntArray:
        """So many route fields of 0 to ``most``, all at once; the first wrong one decides, or the end before it."""
        whole = min(count, (len(self.data) - self.at) // size)
        values = np.frombuffer(self.data, f"<u{size}", whole, self.at).astype(np.int64)
        wrong = np.flatnonzero(values > most)
        if len(wrong):
            first = int(wrong[0])
            raise BundleError(FabricStatus.BAD_ROUTES, self.at + size * first, reason(first, int(values[first])))
        self.take(size * count)
        return values

    def _limits(self) -> dict[str, tuple[int, int]]:
        build = self.config
        neurons, axons = (limits.NEURONS.high, limits.AXONS.high) if build is None else (
            build.geometry.neurons, build.geometry.axons)  # fmt: skip
        routes = limits.ROUTES.high if build is None else build.routes
        return {"eos_hops": (0, self.nodes - 1), "zero": (0, 0), "neurons": (1, neurons), "entries": (0, routes),
                "axon": (0, axons)}  # fmt: skip

    def _set(self, core: int, what: str) -> frozenset[int]:
        """A set of cores, none of them the core itself, all in use."""
        found = set()
        for place in range(SET_BYTES):
            byte = self.number(1)
            here = {8 * place + bit for bit in range(8) if byte >> bit & 1}
            wrong = sorted(each for each in here if each >= self.cores or each == core)
            reason = f"core {core} has core {wrong[0] if wrong else 0} among its {what}"
            self.expect(not wrong, FabricStatus.BAD_ROUTES, 1, reason)
            found |= here
        return frozenset(found)

    def _span(self, entries: int) -> Span:
        values: dict[str, int] = {}
        for name, size in SPAN:
            value = values[name] = self.number(size)
            last = value if name == "base" else values["base"] + value if name == "count" else 0
            reason = f"a span goes on to entry {last}, there are {entries}"
            self.expect(last <= entries, FabricStatus.BAD_ROUTES, size, reason)
        return span_of(values)

    def _images(self, parts: Sequence[tuple[int, bytes]]) -> tuple[Image, ...]:
        """The image of each core, from its offset and bytes: what some core refuses, then what only the host sees."""
        found, seen = [], None
        for core, (offset, data) in enumerate(parts):
            build = None if self.config is None else self.config.cores[core]
            try:
                found.append(Image.from_bytes(data, build))
            except ImageError as error:
                reason = f"core {core}: {error.status.name} at byte {error.offset} of its image: {error.reason}"
                raise BundleError(FabricStatus.BAD_IMAGE, offset, reason) from None
            except InputError as error:
                seen = seen or InputError(f"bundle: core {core}: {error}")
        if seen is not None:
            raise seen
        return tuple(found)
