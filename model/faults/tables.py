# SPDX-License-Identifier: Apache-2.0
"""What the source table, the row table and the synapse memory say, whatever is in them."""

from collections.abc import Mapping

import numpy as np

from model.config import CoreConfig
from model.cost.memories import MemoryName
from model.faults.memories import Bits, decode, wrap
from model.network import IntArray


class RowTable:
    """The synapses of each row, by what the memories hold.

    An address wraps at its width; beyond the depth of a memory 0 is read. ``mask`` are the skip masks of every address
    that a source can have, shape (2**source_bits, delays).
    """

    def __init__(self, content: Mapping[MemoryName, Bits], config: CoreConfig, codebook: IntArray) -> None:
        self.config = config
        sources = _padded(content[MemoryName.MASKS], config.source_bits)
        self.mask = sources[:, : config.delays]
        self._base = decode(sources[:, config.delays :])
        self._below = np.zeros((len(sources), config.delays + 1), np.int64)
        self._below[:, 1:] = np.cumsum(self.mask, axis=1)
        rows = _padded(content[MemoryName.ROWS], config.row_bits)
        start, more = decode(rows[:, : config.word_bits]), decode(rows[:, config.word_bits :])
        self._unpack(start, more, _padded(content[MemoryName.WORDS], config.word_bits), codebook)

    def _unpack(self, start: IntArray, more: IntArray, words: Bits, codebook: IntArray) -> None:
        """For each row, the places in the bank of accumulators (of slot 0) and weights of its entries, row by row."""
        config = self.config
        entries = words.reshape(len(words), config.lanes, config.entry_bits)
        weight = decode(entries[:, :, : config.weight_bits])
        weight = codebook[weight] if config.codebook else wrap(weight, config.weight_bits)
        target = decode(entries[:, :, config.weight_bits :])
        row = np.repeat(np.arange(len(start)), more + 1)
        offset = np.arange(len(row)) - np.repeat(np.cumsum(more + 1) - (more + 1), more + 1)
        word = (start[row] + offset) & ((1 << config.word_bits) - 1)
        which, lane = np.nonzero(weight[word])
        self._place = lane * config.accumulators_per_lane + target[word[which], lane]
        self._weight = weight[word[which], lane].astype(np.float64)
        self._count = np.bincount(row[which], minlength=len(start))
        self._first = np.cumsum(self._count) - self._count

    def number(self, source: IntArray, level: IntArray) -> IntArray:
        """The number of the row of each (source, delay level), whether or not the mask has it."""
        below = self._below[source, np.minimum(level, self.config.delays)]
        return (self._base[source] + below) & ((1 << self.config.row_bits) - 1)

    def entries(self, source: IntArray, level: IntArray) -> tuple[IntArray, np.ndarray, IntArray]:
        """Places and weights of all entries of rows that are not empty, row by row, and how many each row has."""
        row = self.number(source, level)
        count = self._count[row]
        ends = np.cumsum(count)
        total = int(ends[-1]) if len(ends) else 0
        at = np.arange(total) + np.repeat(self._first[row] - (ends - count), count)
        return self._place[at], self._weight[at], count


def _padded(bits: Bits, address_bits: int) -> Bits:
    """A memory with every address that so many bits can have; what is not there is 0."""
    whole = np.zeros((1 << address_bits, bits.shape[1]), np.bool_)
    whole[: len(bits)] = bits[: len(whole)]
    return whole
