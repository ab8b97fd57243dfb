# SPDX-License-Identifier: Apache-2.0
"""The first 56 bytes of an image: magic, version and geometry byte by byte, then the counts field by field."""

from typing import Any

import numpy as np

from model import limits
from model.config import CoreConfig
from model.geometry import Geometry
from model.image.records import (
    COUNT_FIELDS,
    COUNT_START,
    GEOMETRY_FIELDS,
    GEOMETRY_START,
    MAGIC,
    VERSION,
    ImageError,
    Status,
    bytes_to_integers,
)
from model.image.stream import Stream
from support.errors import InputError


def start_bytes(geometry: Geometry) -> bytes:
    """The first 28 bytes of an image of a geometry: magic, version and geometry."""
    values = {**geometry.numbers(), "zero": 0}
    fields = (int(values[name]).to_bytes(size, "little") for name, size in GEOMETRY_FIELDS)
    return MAGIC + VERSION.to_bytes(2, "little") + b"".join(fields)


def check_start(stream: Stream, expected: bytes) -> None:
    """Compare the first bytes of the stream one by one; BAD_MAGIC, BAD_VERSION or BAD_BUILD by where they differ."""
    if not stream.data:
        raise ImageError(Status.EMPTY, 0, "the stream is empty, expected an image")
    offset = next((i for i, pair in enumerate(zip(stream.data, expected, strict=False)) if pair[0] != pair[1]), None)
    if offset is not None:
        got = f"{stream.data[offset]:#04x} where {expected[offset]:#04x} was expected"
        if offset < len(MAGIC):
            raise ImageError(Status.BAD_MAGIC, offset, f"no Chronaxie image ({got})")
        if offset < GEOMETRY_START:
            raise ImageError(Status.BAD_VERSION, offset, f"not of version {VERSION} ({got})")
        ends = np.cumsum([GEOMETRY_START] + [size for _, size in GEOMETRY_FIELDS])
        field = int(np.searchsorted(ends, offset, side="right")) - 1
        name, size = GEOMETRY_FIELDS[field]
        own, theirs = (int.from_bytes(b[ends[field] : ends[field] + size], "little") for b in (expected, stream.data))
        raise ImageError(Status.BAD_BUILD, offset, f"made for a build with {name} {theirs}, expected {own}")
    if len(stream.data) < len(expected):
        stream.missing = "the header"
        stream.finish()


def read_geometry(stream: Stream) -> Geometry:
    """The geometry of the header, for a host that has no build in mind."""
    if len(stream.data) < COUNT_START:
        stream.missing = "the header"
        stream.finish()
    values: dict[str, Any] = {}
    at = GEOMETRY_START
    for name, size in GEOMETRY_FIELDS:
        value = int.from_bytes(stream.data[at : at + size], "little")
        if name == "zero":
            if value:
                raise ImageError(Status.BAD_BUILD, at, f"expected 0, not {value}")
        else:
            values[name] = value
        at += size
    if values["codebook"] > 1:
        raise ImageError(Status.BAD_BUILD, GEOMETRY_START + 2, f"codebook must be 0 or 1, not {values['codebook']}")
    values["codebook"] = bool(values["codebook"])
    try:
        return Geometry(**values)
    except InputError as error:
        raise ImageError(Status.BAD_BUILD, GEOMETRY_START, f"no such build exists ({error})") from None


def read_counts(stream: Stream, geometry: Geometry, build: CoreConfig | None) -> dict[str, int]:
    """The header fields from offset 28 on, by name, each checked when it is complete; None: no build sets a limit."""
    stream.at = COUNT_START
    counts: dict[str, int] = {}
    for name, size in COUNT_FIELDS:
        field, offset = stream.section(f"the header, {name}", 1, size)
        stream.finish()
        value = int(bytes_to_integers(field)[0])
        low, high = _range(name, geometry, build, counts.get("rows_used", 0))
        if not low <= value <= high:
            status = Status.BAD_CAPACITY if name == "capacity" else Status.BAD_COUNT
            raise ImageError(status, offset, f"{name} must be in {low}..{high}, not {value}")
        counts[name] = value
    return counts


def _range(name: str, geometry: Geometry, build: CoreConfig | None, rows_used: int) -> tuple[int, int]:
    """Smallest and largest value of a header field."""
    depth = build.queue_depth if build and build.delay_unit.has_queues else limits.CAPACITY.high
    return {
        "axons_used": (1, geometry.axons),
        "neurons_used": (1, geometry.neurons),
        "axon_levels": (1, geometry.delays),
        "neuron_levels": (1, geometry.delays),
        "rows_used": (0, geometry.rows),
        "words_used": (rows_used, geometry.synapse_words if rows_used else 0),
        "capacity": (limits.CAPACITY.low, depth),
        "max_steps": (limits.MAX_STEPS.low, limits.MAX_STEPS.high),
        "zero": (0, 0),
        "info_bytes": (0, (1 << 32) - 1),
    }[name]
