"""The first 56 bytes of an image: magic, version and geometry byte by byte, then the counts field by field."""

from typing import Any

import numpy as np

from model.config import CoreConfig
from model.image.records import (
    CAPACITY_MAX,
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


def start_bytes(config: CoreConfig) -> bytes:
    """The first 28 bytes of an image of a geometry: magic, version and geometry."""
    values = {**config.geometry(), "zero": 0}
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


def read_geometry(stream: Stream) -> CoreConfig:
    """The build of the header, for a host that has none in mind."""
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
        return CoreConfig(**values)
    except InputError as error:
        raise ImageError(Status.BAD_BUILD, GEOMETRY_START, f"no such build exists ({error})") from None


def read_counts(stream: Stream, config: CoreConfig) -> dict[str, int]:
    """The header fields from offset 28 on, by name, each checked when it is complete."""
    stream.at = COUNT_START
    counts: dict[str, int] = {}
    for name, size in COUNT_FIELDS:
        field, offset = stream.section(f"the header, {name}", 1, size)
        stream.finish()
        value = int(bytes_to_integers(field)[0])
        low, high = _range(name, config, counts.get("rows_used", 0))
        if not low <= value <= high:
            status = Status.BAD_CAPACITY if name == "capacity" else Status.BAD_COUNT
            raise ImageError(status, offset, f"{name} must be in {low}..{high}, not {value}")
        counts[name] = value
    return counts


def _range(name: str, config: CoreConfig, rows_used: int) -> tuple[int, int]:
    """Smallest and largest value of a header field."""
    return {
        "axons_used": (1, config.axons),
        "neurons_used": (1, config.neurons),
        "axon_levels": (1, config.delays),
        "neuron_levels": (1, config.delays),
        "rows_used": (0, config.rows),
        "words_used": (rows_used, config.synapse_words if rows_used else 0),
        "capacity": (0, config.queue_depth if config.delay_unit.has_queues else CAPACITY_MAX),
        "max_steps": (1, (1 << 16) - 1),
        "zero": (0, 0),
        "info_bytes": (0, (1 << 32) - 1),
    }[name]
