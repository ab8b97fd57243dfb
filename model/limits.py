# SPDX-License-Identifier: Apache-2.0
"""Limits and defaults of networks, builds and images, in one table: configuration, image, RTL and training read it."""

from dataclasses import dataclass
from typing import Any

from support.errors import InputError


@dataclass(frozen=True)
class Range:
    """The whole numbers that a value may be, and the one that it is if none is given (0: it must be given)."""

    low: int
    high: int
    default: int = 0

    def check(self, what: str, value: Any, *, high: int | None = None) -> None:
        """Raises InputError unless ``value`` is a whole number of the range, which may end sooner: at ``high``."""
        top = self.high if high is None else high
        if isinstance(value, bool) or not isinstance(value, int):
            raise InputError(f"{what} must be an integer, not {value!r}")
        if not self.low <= value <= top:
            raise InputError(f"{what} must be in {self.low}..{top}, not {value}")


def signed_range(bits: int) -> tuple[int, int]:
    """Smallest and largest signed number of so many bits."""
    return -(1 << (bits - 1)), (1 << (bits - 1)) - 1


LEAK_BITS = 12
"""leak(x, a) = x * a / 2**LEAK_BITS, rounded toward zero."""
LEAK_ONE = 1 << LEAK_BITS
"""The leak factor that leaks nothing."""
VALUE_BITS = 8
"""Width of the value of a weight, signed; what is stored may be narrower."""
STEP_BITS = 16
"""Width of the step counter of a sample."""

NEURONS = Range(1, 4096)
AXONS = Range(1, 1 << 14)
"""More than neurons: on several cores, neurons of others are axons."""
DELAYS = Range(1, 256)
ROWS = Range(1, 1 << 20)
SYNAPSE_WORDS = Range(1, 1 << 20)
LANES = Range(1, 32, 8)
WEIGHT_BITS = Range(2, VALUE_BITS, VALUE_BITS)
CODEBOOK_BITS = Range(1, 4)
"""Bits of a stored weight that is an index into a codebook."""
STATE_BITS = Range(4, 31, 20)
ACCUMULATOR_BITS = Range(2, STATE_BITS.high, 18)
"""An accumulator is at most as wide as a state."""
REFRACTORY_BITS = Range(0, STEP_BITS)
"""Bits of a refractory period; 0, the default: the build has none."""
QUEUE_DEPTH = Range(1, 1 << 20, 1)
CAPACITY = Range(0, QUEUE_DEPTH.high)
"""Entries of an event queue that an image may ask for."""
MAX_STEPS = Range(1, (1 << STEP_BITS) - 1, (1 << STEP_BITS) - 1)
"""Steps of a sample."""
SOURCES = Range(1, 1 << 20)
"""Axons, neurons or read-out neurons of a network, which need not fit one core; units of an encoding."""
NODES = Range(1, 64)
"""Cores on the ring of a fabric."""
ROUTES = Range(1, 1 << 20)
"""Entries of a core's route table."""
HOST_AXONS = Range(1, (1 << 16) - 1)
"""Axons that the host can address on a fabric; a span counts them in 16 bits."""
INPUT_DEPTH = Range(2, 4096, 32)
"""Tokens of the host that wait at each core of a fabric."""

GEOMETRY = {
    "neurons": NEURONS,
    "axons": AXONS,
    "delays": DELAYS,
    "rows": ROWS,
    "synapse_words": SYNAPSE_WORDS,
    "lanes": LANES,
    "weight_bits": WEIGHT_BITS,
    "state_bits": STATE_BITS,
    "accumulator_bits": ACCUMULATOR_BITS,
    "refractory_bits": REFRACTORY_BITS,
}
"""Of the numbers of a geometry; ``weight_bits`` without a codebook."""
