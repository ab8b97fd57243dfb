# SPDX-License-Identifier: Apache-2.0
"""Takes an image apart and checks it as a core does: in the order of the stream, the first wrong thing decides."""

import zlib
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import ArrayLike, NDArray

from model.config import CoreConfig
from model.delay.spec import Holds
from model.geometry import Geometry
from model.image.header import check_start, read_counts, read_geometry, start_bytes
from model.image.records import (
    MAGIC,
    VERSION,
    ImageError,
    Status,
    bytes_to_integers,
    bytes_to_words,
    mask_bytes,
    parameter_bytes,
    row_bytes,
    synapse_word_bytes,
)
from model.image.stream import Stream
from model.limits import LEAK_ONE
from model.network import IntArray

BoolArray = NDArray[np.bool_]


@dataclass(frozen=True, kw_only=True)
class Sections:
    """A right image in parts; names and shapes as in ``model.image.image.Image``."""

    geometry: Geometry
    """What it is made for."""
    capacity: int
    max_steps: int
    codebook: IntArray
    parameters: dict[str, IntArray]
    axon_mask: BoolArray
    neuron_mask: BoolArray
    row_words: IntArray
    synapse_weight: IntArray
    synapse_target: IntArray
    info: bytes


def read_sections(data: bytes, config: CoreConfig | None = None) -> Sections:
    """Check a whole stream for a core of build ``config`` (None: any build, with the geometry of the header).

    Raises ImageError with the status that the core would report, the offset of what is wrong, and what was expected.
    """
    stream = Stream(data)
    geometry: Geometry | None = config
    if geometry is None:
        check_start(stream, MAGIC + VERSION.to_bytes(2, "little"))
        geometry = read_geometry(stream)
    check_start(stream, start_bytes(geometry))
    counts = read_counts(stream, geometry, config)

    codebook = np.zeros(0, np.int64)
    if geometry.codebook:
        codebook = bytes_to_integers(stream.section("the codebook", 1 << geometry.weight_bits, 1)[0], signed=True)
        stream.finish()
    parameters = _parameters(stream, geometry, counts["neurons_used"])
    masks = _masks(stream, geometry, config, counts)
    row_words = _rows(stream, geometry, counts)
    weight, target = _words(stream, geometry, counts, codebook)
    info, _ = stream.section("the info", counts["info_bytes"], 1)
    stream.finish()
    _check_crc(stream)
    return Sections(
        geometry=geometry.geometry(),
        capacity=counts["capacity"],
        max_steps=counts["max_steps"],
        codebook=codebook,
        parameters=parameters,
        axon_mask=masks[0],
        neuron_mask=masks[1],
        row_words=row_words,
        synapse_weight=weight,
        synapse_target=target,
        info=info.tobytes(),
    )


def _parameters(stream: Stream, config: Geometry, neurons: int) -> dict[str, IntArray]:
    fields = parameter_bytes(config)
    size = sum(width for _, width, _ in fields)
    records, start = stream.section("the neurons", neurons, size)
    ends = np.cumsum([0] + [width for _, width, _ in fields])
    values = {
        name: bytes_to_integers(records[:, first:last], signed=signed)
        for (name, _, signed), (first, last) in zip(fields, pairwise(ends), strict=True)
    }
    ranges = {
        "alpha": (0, LEAK_ONE),
        "beta": (0, LEAK_ONE),
        "bias": (config.vmin, config.vmax),
        "threshold": (config.vmin, config.vmax + 1),
        "floor": (config.vmin, config.vmax),
        "reset": (0, 2),
        "refractory": (0, config.refractory_until_end),
    }
    # A build without refractory periods has no room for them in its records.
    values.setdefault("refractory", np.zeros(len(records), np.int64))
    wrong = {name: (values[name] < low) | (values[name] > high) for name, (low, high) in ranges.items()}
    wrong["threshold"] |= (values["reset"] == 1) & (values["threshold"] < 0)
    record = _first(np.stack(list(wrong.values())).any(axis=0))
    if record is not None:
        name = next(name for name, bad in wrong.items() if bad[record])
        low, high = ranges[name]
        if name == "threshold" and values["reset"][record] == 1:
            low = 0
        raise ImageError(
            Status.BAD_PARAMETER,
            start + record * size,
            f"{name} of neuron {record} must be in {low}..{high}, not {values[name][record]}",
        )
    stream.finish()
    return values


def _masks(
    stream: Stream, geometry: Geometry, build: CoreConfig | None, counts: dict[str, int]
) -> tuple[BoolArray, BoolArray]:
    masks: list[BoolArray] = []
    first_kept: int | None = None
    for kind, base in (("axon", 0), ("neuron", geometry.axons)):
        levels = counts[f"{kind}_levels"]
        size = mask_bytes(levels)
        records, start = stream.section(f"the skip masks of {kind}s", counts[f"{kind}s_used"], size)
        bits = np.unpackbits(records, axis=1, bitorder="little").astype(np.bool_)
        excess: BoolArray = np.logical_or.reduce(bits[:, levels:], axis=1)
        delayed = np.flatnonzero(bits[:, 1:].any(1))
        if first_kept is None and len(delayed):
            first_kept = base + int(delayed[0])
        outside: BoolArray = np.zeros(len(bits), np.bool_)
        kept = build.queue_depth if build and build.spec.holds is Holds.SOURCES else geometry.sources
        if first_kept is not None:
            outside[delayed[base + delayed - first_kept >= kept]] = True
        bad = _first(excess | outside)
        if bad is not None and excess[bad]:
            raise ImageError(
                Status.BAD_MASK,
                start + bad * size,
                f"the mask of {kind} {bad} has a delay level above {levels - 1}, expected none",
            )
        if bad is not None:
            raise ImageError(
                Status.BAD_CAPACITY,
                start + bad * size,
                f"{kind} {bad} has a delay level above 0, expected one only of the {kept} sources from "
                f"source {first_kept} on, of which the build keeps the history",
            )
        masks.append(bits[:, :levels])
        if kind == "axon":
            stream.finish()
    total = sum(int(mask.sum()) for mask in masks)
    if stream.whole and total != counts["rows_used"]:
        raise ImageError(
            Status.BAD_MASK, stream.at - size, f"the masks have {total} bits set, expected {counts['rows_used']} rows"
        )
    stream.finish()
    return masks[0], masks[1]


def _rows(stream: Stream, config: Geometry, counts: dict[str, int]) -> IntArray:
    size = row_bytes(config)
    records, start = stream.section("the rows", counts["rows_used"], size)
    words = bytes_to_integers(records) + 1
    bad = _first(words > config.targets_per_lane)
    if bad is not None:
        raise ImageError(
            Status.BAD_ROW,
            start + bad * size,
            f"row {bad} must have 1..{config.targets_per_lane} words, not {words[bad]}",
        )
    total = int(words.sum())
    if stream.whole and total != counts["words_used"]:
        raise ImageError(
            Status.BAD_ROW, stream.at - size, f"the rows have {total} words, expected {counts['words_used']}"
        )
    stream.finish()
    return words


def _words(stream: Stream, config: Geometry, counts: dict[str, int], codebook: IntArray) -> tuple[IntArray, IntArray]:
    size = synapse_word_bytes(config)
    records, start = stream.section("the synapse words", counts["words_used"], size)
    weight, target, stray = bytes_to_words(config, records)
    empty = (codebook[weight] if config.codebook else weight) == 0
    address = target * config.lanes + np.arange(config.lanes)
    wrong = np.where(empty, target != 0, address >= counts["neurons_used"])
    bad = _first(wrong.any(1) | stray)
    if bad is not None:
        reason = f"word {bad} has a bit set above its last entry, expected 0"
        lane = _first(wrong[bad])
        if lane is not None:
            entry = f"word {bad}, lane {lane}"
            reason = (
                f"{entry}: an empty entry has target index {target[bad, lane]}, expected 0"
                if empty[bad, lane]
                else f"{entry}: target {address[bad, lane]} must be below {counts['neurons_used']}"
            )
        raise ImageError(Status.BAD_WORD, start + bad * size, reason)
    stream.finish()
    return weight, target


def _check_crc(stream: Stream) -> None:
    field, offset = stream.section("the CRC-32", 1, 4)
    stream.finish()
    stored, computed = int(bytes_to_integers(field)[0]), zlib.crc32(stream.data[:offset])
    if stored != computed:
        raise ImageError(Status.BAD_CRC, offset, f"CRC-32 {stored:#010x}, expected {computed:#010x}")
    if stream.at != len(stream.data):
        raise ImageError(
            Status.TRAILING, stream.at, f"{len(stream.data) - stream.at} bytes behind the image, expected none"
        )


def _first(wrong: ArrayLike) -> int | None:
    """Index of the first true element."""
    bad = np.flatnonzero(wrong)
    return int(bad[0]) if len(bad) else None


def check(data: bytes, config: CoreConfig) -> Status:
    """The status that a core of build ``config`` reports after this stream, whose last byte is marked ``last``.

    A stream of no bytes leaves the core EMPTY.
    """
    try:
        read_sections(data, config)
    except ImageError as error:
        return error.status
    return Status.ARMED


def reseal(data: bytes) -> bytes:
    """The stream with the CRC-32 in its last four bytes made right: for tests that change bytes on purpose."""
    body = data[:-4]
    return body + zlib.crc32(body).to_bytes(4, "little")
