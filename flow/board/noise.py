# SPDX-License-Identifier: Apache-2.0
"""A line that loses, doubles and flips bytes."""

import random

from flow.host.port import Port


class NoisyPort:
    """``port`` with errors in both directions: each byte is hit with probability ``rate``, by a seed.

    A byte that is hit is lost, doubled, or has one bit flipped, each as likely as the others.
    """

    def __init__(self, port: Port, rate: float, seed: int = 1) -> None:
        self._port, self._rate, self._rng = port, rate, random.Random(seed)
        self.hits = 0
        """Bytes that were hit."""

    def write(self, data: bytes) -> None:
        """See ``flow.host.port.Port``."""
        self._port.write(self._hurt(data))

    def read(self) -> bytes:
        """See ``flow.host.port.Port``."""
        return self._hurt(self._port.read())

    def close(self) -> None:
        """See ``flow.host.port.Port``."""
        self._port.close()

    def _hurt(self, data: bytes) -> bytes:
        out = bytearray()
        for byte in data:
            if self._rng.random() >= self._rate:
                out.append(byte)
                continue
            self.hits += 1
            match self._rng.randrange(3):
                case 0:
                    pass
                case 1:
                    out += bytes([byte, byte])
                case _:
                    out.append(byte ^ 1 << self._rng.randrange(8))
        return bytes(out)
