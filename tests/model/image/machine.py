# SPDX-License-Identifier: Apache-2.0
"""A core's loader, as plainly as docs/image.md can be read, one byte at a time: a check on ``model.image.reader``."""

import zlib
from collections.abc import Generator

from model.config import CoreConfig, DelayUnit
from model.image.records import Status

Steps = Generator[None, int, None]
Bytes = Generator[None, int, bytes]
Number = Generator[None, int, int]


class Refused(Exception):
    """Carries the status."""


def status_of(data: bytes, config: CoreConfig) -> Status:
    """The status after the stream ``data``, of which the last byte is marked ``last``."""
    machine = Loader(config).run()
    next(machine)
    if not data:
        return Status.EMPTY
    for number, byte in enumerate(data):
        try:
            machine.send(byte)
        except Refused as refused:
            status: Status = refused.args[0]
            return status
        except StopIteration:
            return Status.ARMED if number == len(data) - 1 else Status.TRAILING
    return Status.TRUNCATED


def demand(right: bool, status: Status) -> None:
    """Refuse what is not right."""
    if not right:
        raise Refused(status)


class Loader:
    """Receives bytes; raises Refused at the byte that completes something wrong, ends with the image."""

    def __init__(self, config: CoreConfig) -> None:
        self.config = config
        self.seen = bytearray()

    def run(self) -> Steps:
        """The whole stream."""
        yield from self.start()
        yield from self.counts()
        yield from self.neurons()
        yield from self.masks()
        yield from self.rows()
        yield from self.words()
        yield from self.take(self.info_bytes)
        expected = zlib.crc32(self.seen)
        demand((yield from self.number(4)) == expected, Status.BAD_CRC)

    def take(self, count: int) -> Bytes:
        """The next bytes."""
        start = len(self.seen)
        for _ in range(count):
            self.seen.append((yield))
        return bytes(self.seen[start:])

    def number(self, count: int, signed: bool = False) -> Number:
        """The next bytes as a number."""
        return int.from_bytes((yield from self.take(count)), "little", signed=signed)

    def count(self, size: int, low: int, high: int, status: Status = Status.BAD_COUNT) -> Number:
        """A number in a range."""
        value = yield from self.number(size)
        demand(low <= value <= high, status)
        return value

    def start(self) -> Steps:
        """Magic, version and build."""
        for letter in b"CHRX":
            demand((yield from self.number(1)) == letter, Status.BAD_MAGIC)
        for part in (1, 0):
            demand((yield from self.number(1)) == part, Status.BAD_VERSION)
        config = self.config
        build = bytes(
            [
                config.lanes,
                config.weight_bits,
                int(config.codebook),
                config.accumulator_bits,
                config.state_bits,
                config.refractory_bits,
                *config.neurons.to_bytes(2, "little"),
                *config.axons.to_bytes(2, "little"),
                *config.delays.to_bytes(2, "little"),
                *[0, 0],
                *config.rows.to_bytes(4, "little"),
                *config.synapse_words.to_bytes(4, "little"),
            ]
        )
        for part in build:
            demand((yield from self.number(1)) == part, Status.BAD_BUILD)

    def counts(self) -> Steps:
        """The rest of the header, and the codebook."""
        config = self.config
        self.axons_used = yield from self.count(2, 1, config.axons)
        self.neurons_used = yield from self.count(2, 1, config.neurons)
        self.axon_levels = yield from self.count(2, 1, config.delays)
        self.neuron_levels = yield from self.count(2, 1, config.delays)
        self.rows_used = yield from self.count(4, 0, config.rows)
        self.words_used = yield from self.count(4, self.rows_used, config.synapse_words if self.rows_used else 0)
        queue = 1 << 20 if config.delay_unit is DelayUnit.RING else config.queue_depth
        yield from self.count(4, 0, queue, Status.BAD_CAPACITY)
        yield from self.count(2, 1, 65535)
        yield from self.count(2, 0, 0)
        self.info_bytes = yield from self.number(4)
        self.codebook = []
        if config.codebook:
            for _ in range(2**config.weight_bits):
                self.codebook.append((yield from self.number(1, signed=True)))

    def neurons(self) -> Steps:
        """The neuron records."""
        config = self.config
        wide = (config.state_bits + 8) // 8
        for _ in range(self.neurons_used):
            alpha, beta = (yield from self.number(2)), (yield from self.number(2))
            bias = yield from self.number(wide, signed=True)
            threshold = yield from self.number(wide, signed=True)
            floor = yield from self.number(wide, signed=True)
            reset = yield from self.number(1)
            refractory = yield from self.number((config.refractory_bits + 7) // 8)
            demand(
                alpha <= 4096
                and beta <= 4096
                and config.vmin <= bias <= config.vmax
                and (0 if reset == 1 else config.vmin) <= threshold <= config.vmax + 1
                and config.vmin <= floor <= config.vmax
                and reset <= 2
                and refractory < 2**config.refractory_bits,
                Status.BAD_PARAMETER,
            )

    def masks(self) -> Steps:
        """The skip masks."""
        levels = [self.axon_levels] * self.axons_used + [self.neuron_levels] * self.neurons_used
        total = 0
        for source, width in enumerate(levels):
            mask = yield from self.number((width + 7) // 8)
            demand(mask < 2**width, Status.BAD_MASK)
            total += mask.bit_count()
            demand(source < len(levels) - 1 or total == self.rows_used, Status.BAD_MASK)

    def rows(self) -> Steps:
        """The row records."""
        total = 0
        for row in range(self.rows_used):
            length = 1 + (yield from self.number((self.config.target_bits + 7) // 8))
            total += length
            demand(length <= self.config.targets_per_lane, Status.BAD_ROW)
            demand(row < self.rows_used - 1 or total == self.words_used, Status.BAD_ROW)

    def words(self) -> Steps:
        """The synapse words."""
        config = self.config
        for _ in range(self.words_used):
            word = yield from self.number((config.lanes * config.entry_bits + 7) // 8)
            for lane in range(config.lanes):
                weight = word % 2**config.weight_bits
                target = (word >> config.weight_bits) % 2**config.target_bits
                word >>= config.entry_bits
                empty = (self.codebook[weight] if config.codebook else weight) == 0
                address = target * config.lanes + lane
                demand(target == 0 if empty else address < self.neurons_used, Status.BAD_WORD)
            demand(word == 0, Status.BAD_WORD)
