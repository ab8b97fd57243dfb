"""Takes an image apart and checks it as a core does: in the order of the stream, the first wrong thing decides."""

import zlib
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from model.config import LEAK_ONE, CoreConfig, DelayUnit
from model.errors import InputError
from model.network import IntArray
from model.records import (
    CAPACITY_MAX,
    COUNT_FIELDS,
    COUNT_START,
    GEOMETRY_FIELDS,
    GEOMETRY_START,
    MAGIC,
    VERSION,
    ByteArray,
    ImageError,
    Status,
    bytes_to_integers,
    bytes_to_words,
    mask_bytes,
    parameter_bytes,
    row_bytes,
    synapse_word_bytes,
)

BoolArray = NDArray[np.bool_]


@dataclass(frozen=True, kw_only=True)
class Sections:
    """A right image in parts; names and shapes as in ``model.image.Image``."""

    config: CoreConfig
    """The build it was checked for."""
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
    stream = _Stream(data)
    if config is None:
        _check_start(stream, MAGIC + VERSION.to_bytes(2, "little"))
        config = _geometry(stream)
    _check_start(stream, start_bytes(config))
    stream.at = COUNT_START
    counts = {name: _count(stream, name, size, config) for name, size in COUNT_FIELDS}

    codebook = np.zeros(0, np.int64)
    if config.codebook:
        codebook = bytes_to_integers(stream.section("the codebook", 1 << config.weight_bits, 1)[0], signed=True)
        stream.finish()
    parameters = _parameters(stream, config, counts["neurons_used"])
    masks = _masks(stream, counts)
    row_words = _rows(stream, config, counts)
    weight, target = _words(stream, config, counts, codebook)
    info, _ = stream.section("the info", counts["info_bytes"], 1)
    stream.finish()
    _check_crc(stream)
    return Sections(
        config=config,
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


def start_bytes(config: CoreConfig) -> bytes:
    """The first 28 bytes of an image of a geometry: magic, version and geometry."""
    values = {**config.geometry(), "zero": 0}
    fields = (int(values[name]).to_bytes(size, "little") for name, size in GEOMETRY_FIELDS)
    return MAGIC + VERSION.to_bytes(2, "little") + b"".join(fields)


class _Stream:
    """A position in the stream, and what of the current section has arrived."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.at = 0
        self.missing = ""

    def section(self, what: str, count: int, size: int) -> tuple[ByteArray, int]:
        """The complete ones of ``count`` records of ``size`` bytes, shape (records, size), and their offset.

        The caller checks them, then calls ``finish``: a wrong record goes before the end of the stream behind it.
        """
        start = self.at
        whole = min(count, max(0, len(self.data) - start) // size)
        self.at = start + whole * size
        self.missing = "" if whole == count else f"{what}, record {whole} of {count}"
        records = np.frombuffer(self.data, np.uint8, whole * size, min(start, len(self.data)))
        return records.reshape(whole, size), start

    def finish(self) -> None:
        """TRUNCATED if the section is not whole."""
        if self.missing:
            raise ImageError(
                Status.TRUNCATED, len(self.data), f"the stream ends in {self.missing}, expected the rest of the image"
            )

    @property
    def whole(self) -> bool:
        """Whether the section is whole."""
        return not self.missing


def _check_start(stream: _Stream, expected: bytes) -> None:
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


def _geometry(stream: _Stream) -> CoreConfig:
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


def _count(stream: _Stream, name: str, size: int, config: CoreConfig) -> int:
    """One header field from offset 28 on, checked."""
    field, offset = stream.section(f"the header, {name}", 1, size)
    stream.finish()
    value = int(bytes_to_integers(field)[0])
    low, high = {
        "axons_used": (1, config.axons),
        "neurons_used": (1, config.neurons),
        "axon_levels": (1, config.delays),
        "neuron_levels": (1, config.delays),
        "rows_used": (0, config.rows),
        "words_used": (0, config.synapse_words),
        "capacity": (0, CAPACITY_MAX if config.delay_unit is DelayUnit.RING else config.queue_depth),
        "max_steps": (1, (1 << 16) - 1),
        "zero": (0, 0),
        "info_bytes": (0, (1 << 32) - 1),
    }[name]
    if not low <= value <= high:
        status = Status.BAD_CAPACITY if name == "capacity" else Status.BAD_COUNT
        raise ImageError(status, offset, f"{name} must be in {low}..{high}, not {value}")
    return value


def _parameters(stream: _Stream, config: CoreConfig, neurons: int) -> dict[str, IntArray]:
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
    }
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


def _masks(stream: _Stream, counts: dict[str, int]) -> tuple[BoolArray, BoolArray]:
    masks = []
    for kind in ("axon", "neuron"):
        levels = counts[f"{kind}_levels"]
        size = mask_bytes(levels)
        records, start = stream.section(f"the skip masks of {kind}s", counts[f"{kind}s_used"], size)
        bits = np.unpackbits(records, axis=1, bitorder="little").astype(np.bool_)
        bad = _first(bits[:, levels:].any(1))
        if bad is not None:
            raise ImageError(
                Status.BAD_MASK,
                start + bad * size,
                f"the mask of {kind} {bad} has a delay level above {levels - 1}, expected none",
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


def _rows(stream: _Stream, config: CoreConfig, counts: dict[str, int]) -> IntArray:
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


def _words(
    stream: _Stream, config: CoreConfig, counts: dict[str, int], codebook: IntArray
) -> tuple[IntArray, IntArray]:
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


def _check_crc(stream: _Stream) -> None:
    field, offset = stream.section("the CRC-32", 1, 4)
    stream.finish()
    stored, computed = int(bytes_to_integers(field)[0]), zlib.crc32(stream.data[:offset])
    if stored != computed:
        raise ImageError(Status.BAD_CRC, offset, f"CRC-32 {stored:#010x}, expected {computed:#010x}")
    if stream.at != len(stream.data):
        raise ImageError(
            Status.TRAILING, stream.at, f"{len(stream.data) - stream.at} bytes behind the image, expected none"
        )


def _first(wrong: BoolArray) -> int | None:
    """Index of the first true element."""
    bad = np.flatnonzero(wrong)
    return int(bad[0]) if len(bad) else None
