# SPDX-License-Identifier: Apache-2.0
"""The memories of a core that a fault can change, bit by bit; docs/faults.md lists them."""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from model.config import CoreConfig
from model.cost.memories import MemoryName, MemoryShape
from model.image.image import Image
from model.limits import LEAK_BITS
from model.network import IntArray

Bits = NDArray[np.bool_]
"""The content of a memory, shape (depth, width), bit 0 of a word first."""
Fields = Sequence[tuple[str, int]]
"""Names and widths of the fields of a word, from bit 0 up."""

IMAGE = (MemoryName.MASKS, MemoryName.ROWS, MemoryName.WORDS, MemoryName.PARAMETERS)
"""Written while an image loads: a fault there lasts until the next image."""
STATE = (MemoryName.STATES, MemoryName.ACCUMULATORS, MemoryName.QUEUE, MemoryName.HISTORY)
"""Written while the core runs: a fault there lasts until the word is written again."""


def fields(config: CoreConfig, name: MemoryName) -> Fields:
    """The fields of a word of a memory of IMAGE or STATE; of a synapse word, those of each lane."""
    state = config.state_bits
    rest = [("refractory", config.refractory_bits)] if config.refractory_bits else []
    found: dict[MemoryName, Fields] = {
        MemoryName.MASKS: [("mask", config.delays), ("base", config.row_bits)],
        MemoryName.ROWS: [("start", config.word_bits), ("more", config.target_bits)],
        MemoryName.WORDS: [("weight", config.weight_bits), ("target", config.target_bits)] * config.lanes,
        MemoryName.PARAMETERS: [
            ("alpha", LEAK_BITS + 1), ("beta", LEAK_BITS + 1), ("bias", state), ("threshold", state + 1),
            ("floor", state), ("reset", 2), *rest,
        ],
        MemoryName.STATES: [("current", state), ("potential", state), ("potential_sum", config.sum_bits), *rest],
        MemoryName.ACCUMULATORS: [("sum", config.accumulator_bits)],
    }  # fmt: skip
    if name in found:
        return found[name]
    unit: Fields = config.delay_unit.part("model.faults.units", "HELD").fields(config)
    return unit


def shapes(config: CoreConfig) -> dict[MemoryName, MemoryShape]:
    """The memories of IMAGE and STATE that a build has."""
    depths = {
        MemoryName.MASKS: config.sources,
        MemoryName.ROWS: max(2, config.rows),
        MemoryName.WORDS: max(2, config.synapse_words),
        MemoryName.PARAMETERS: max(2, config.neurons),
        MemoryName.STATES: max(2, config.neurons),
        MemoryName.ACCUMULATORS: config.accumulators_per_lane,
    }
    found = {
        name: MemoryShape(
            name=name,
            copies=config.lanes if name is MemoryName.ACCUMULATORS else 1,
            depth=depth,
            width=sum(bits for _, bits in fields(config, name)),
            two_port=name in STATE,
        )
        for name, depth in depths.items()
    }
    return found | {memory.name: memory for memory in config.spec.memories(config)}


def encode(values: IntArray, width: int) -> Bits:
    """The low ``width`` bits of integers, bit 0 first: one axis more."""
    return ((values[..., None] >> np.arange(width)) & 1).astype(np.bool_)


def decode(bits: Bits, *, signed: bool = False) -> IntArray:
    """The integers whose bits the last axis holds, bit 0 first; at most 62 of them."""
    width = bits.shape[-1]
    value = bits.astype(np.int64) @ (np.int64(1) << np.arange(width, dtype=np.int64))
    return wrap(value, width) if signed and width else value


def wrap(values: IntArray, width: int) -> IntArray:
    """Integers as a signed register of ``width`` bits keeps them."""
    half = 1 << (width - 1)
    return ((values + half) & ((1 << width) - 1)) - half


def places(of: Fields) -> Mapping[str, slice]:
    """The bits of each field in a word; of several of one name, the first."""
    found: dict[str, slice] = {}
    start = 0
    for name, width in of:
        found.setdefault(name, slice(start, start + width))
        start += width
    return found


def positions(of: Fields, field: str, bit: int) -> list[int]:
    """Where a bit of a field is in a word: once, or once a lane."""
    found, start = [], 0
    for name, width in of:
        if name == field and bit < width:
            found.append(start + bit)
        start += width
    return found


def load(image: Image, config: CoreConfig) -> dict[MemoryName, Bits]:
    """The memories of IMAGE as the loader fills them; what it does not write is 0, as after power-up."""
    known = shapes(config)
    content = {name: np.zeros((known[name].depth, known[name].width), np.bool_) for name in IMAGE}
    masks, per_source = content[MemoryName.MASKS], []
    for first, mask in ((0, image.axon_mask), (config.axons, image.neuron_mask)):
        masks[first : first + len(mask), : mask.shape[1]] = mask
        per_source.append(first + np.arange(len(mask)))
    sources = np.concatenate(per_source)
    rows = masks[sources, : config.delays].sum(1)
    masks[sources, config.delays :] = encode(np.cumsum(rows) - rows, config.row_bits)
    content[MemoryName.ROWS][: image.rows_used] = np.concatenate(
        [encode(image.row_start, config.word_bits), encode(image.row_words - 1, config.target_bits)], axis=1
    )
    entries = np.concatenate(
        [encode(image.synapse_weight, config.weight_bits), encode(image.synapse_target, config.target_bits)], axis=2
    )
    content[MemoryName.WORDS][: image.words_used] = entries.reshape(image.words_used, config.lanes * config.entry_bits)
    content[MemoryName.PARAMETERS][: image.neurons_used] = np.concatenate(
        [encode(image.parameters[name], width) for name, width in fields(config, MemoryName.PARAMETERS)], axis=1
    )
    return content
