# SPDX-License-Identifier: Apache-2.0
"""The records of the image, as bytes: the one place of the host's side that knows the layout of docs/image.md."""

from collections.abc import Iterator
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from model.geometry import Geometry
from model.network import UNTIL_END, IntArray
from support.errors import InputError

ByteArray = NDArray[np.uint8]

MAGIC = b"CHRX"
VERSION = 1


class Status(IntEnum):
    """What a core says of its image; from BAD_MAGIC on, why it refused one."""

    EMPTY = 0
    LOADING = 1
    ARMED = 2
    BAD_MAGIC = 16
    BAD_VERSION = 17
    BAD_BUILD = 18
    BAD_COUNT = 19
    BAD_CAPACITY = 20
    BAD_PARAMETER = 21
    BAD_MASK = 22
    BAD_ROW = 23
    BAD_WORD = 24
    BAD_CRC = 25
    TRUNCATED = 26
    TRAILING = 27


class ImageError(InputError):
    """An image that a core refuses: ``status``, and ``offset`` of the field or record that is wrong."""

    def __init__(self, status: Status, offset: int, reason: str, *, origin: str = "image") -> None:
        super().__init__(f"{origin}: {status.name} at byte {offset}: {reason}")
        self.status = status
        self.offset = offset
        self.reason = reason


GEOMETRY_FIELDS = (
    ("lanes", 1),
    ("weight_bits", 1),
    ("codebook", 1),
    ("accumulator_bits", 1),
    ("state_bits", 1),
    ("refractory_bits", 1),
    ("neurons", 2),
    ("axons", 2),
    ("delays", 2),
    ("zero", 2),
    ("rows", 4),
    ("synapse_words", 4),
)
"""Name and bytes of the header fields at offset 6 to 27, unsigned."""
GEOMETRY_START = 6
COUNT_FIELDS = (
    ("axons_used", 2),
    ("neurons_used", 2),
    ("axon_levels", 2),
    ("neuron_levels", 2),
    ("rows_used", 4),
    ("words_used", 4),
    ("capacity", 4),
    ("max_steps", 2),
    ("zero", 2),
    ("info_bytes", 4),
)
"""Name and bytes of the header fields at offset 28 to 55, unsigned."""
COUNT_START = 28
HEADER_BYTES = 56


def parameter_bytes(config: Geometry) -> tuple[tuple[str, int, bool], ...]:
    """Name, bytes and signedness of the fields of a neuron record."""
    wide = -(-(config.state_bits + 1) // 8)
    refractory = -(-config.refractory_bits // 8)
    return (
        ("alpha", 2, False),
        ("beta", 2, False),
        ("bias", wide, True),
        ("threshold", wide, True),
        ("floor", wide, True),
        ("reset", 1, False),
        *((("refractory", refractory, False),) if refractory else ()),
    )


def stored_refractory(config: Geometry, period: IntArray) -> IntArray:
    """Refractory periods of a network, all of which the build has room for, as its images hold them: UNTIL_END is all
    ones."""
    return np.where(period == UNTIL_END, config.refractory_until_end, period)


def refractory_period(config: Geometry, stored: IntArray) -> IntArray:
    """The inverse of ``stored_refractory``."""
    return np.where((stored > 0) & (stored == config.refractory_until_end), UNTIL_END, stored)


def mask_bytes(levels: int) -> int:
    """Bytes of a skip mask of a number of delay levels."""
    return -(-levels // 8)


def row_bytes(config: Geometry) -> int:
    """Bytes of a row record."""
    return -(-config.target_bits // 8)


def synapse_word_bytes(config: Geometry) -> int:
    """Bytes of a synapse word."""
    return -(-config.lanes * config.entry_bits // 8)


def integers_to_bytes(values: IntArray, size: int, *, signed: bool = False) -> ByteArray:
    """Little-endian bytes, shape (len(values), size); InputError if a value does not fit."""
    values = np.ascontiguousarray(values, dtype="<i8")
    low, high = (-(1 << (8 * size - 1)), (1 << (8 * size - 1)) - 1) if signed else (0, (1 << 8 * size) - 1)
    bad = np.flatnonzero((values < low) | (values > high))
    if len(bad):
        raise InputError(f"image: value {values[bad[0]]} of record {bad[0]} does not fit {size} bytes ({low}..{high})")
    return values.view(np.uint8).reshape(-1, 8)[:, :size]


def bytes_to_integers(data: ByteArray, *, signed: bool = False) -> IntArray:
    """The inverse of ``integers_to_bytes``: shape (records, size) to (records,)."""
    wide = np.zeros((len(data), 8), np.uint8)
    wide[:, : data.shape[1]] = data
    values: IntArray = wide.view("<i8")[:, 0].astype(np.int64)
    if signed:
        unused = 64 - 8 * data.shape[1]
        values = (values << unused) >> unused
    return values


def words_to_bytes(config: Geometry, weight: IntArray, target: IntArray) -> bytes:
    """Synapse words of stored weights and target indices, both of shape (words, lanes)."""
    entries = (weight & ((1 << config.weight_bits) - 1)) | (target << config.weight_bits)
    if entries.size and (int(entries.max()) >> config.entry_bits or int(target.min()) < 0):
        raise InputError(f"image: a target index does not fit {config.target_bits} bits")
    packed = [
        np.packbits(_bits(entries[part], config.entry_bits), axis=1, bitorder="little").tobytes()
        for part in _parts(len(entries))
    ]
    return b"".join(packed)


def bytes_to_words(config: Geometry, data: ByteArray) -> tuple[IntArray, IntArray, NDArray[np.bool_]]:
    """Stored weights and target indices, shape (words, lanes), and which words have a bit set above the last entry.

    ``data`` has shape (words, synapse_word_bytes). Weights are signed, codebook indices are not.
    """
    used = config.lanes * config.entry_bits
    entries = np.zeros((len(data), config.lanes), np.int64)
    stray = np.zeros(len(data), np.bool_)
    powers = 1 << np.arange(config.entry_bits, dtype=np.int64)
    for part in _parts(len(data)):
        bits = np.unpackbits(data[part], axis=1, bitorder="little")
        stray[part] = bits[:, used:].any(1)
        entries[part] = bits[:, :used].reshape(-1, config.lanes, config.entry_bits) @ powers
    weight = entries & ((1 << config.weight_bits) - 1)
    if not config.codebook:
        weight -= (weight >> (config.weight_bits - 1)) << config.weight_bits
    return weight, entries >> config.weight_bits, stray


def _bits(values: IntArray, count: int) -> ByteArray:
    """The low bits of (n, k) values in order, shape (n, k * count)."""
    return ((values[:, :, None] >> np.arange(count)) & 1).astype(np.uint8).reshape(len(values), -1)


def _parts(count: int, size: int = 1 << 14) -> Iterator[slice]:
    """Slices of ``count`` records, so that unpacked bits of a large image do not fill memory."""
    return (slice(start, start + size) for start in range(0, count, size))
