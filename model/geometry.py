# SPDX-License-Identifier: Apache-2.0
"""The geometry of a core: the sizes, lanes and widths that an image is made for."""

from dataclasses import dataclass, fields
from typing import Any

from model import limits
from support.errors import InputError


@dataclass(frozen=True, kw_only=True)
class Geometry:
    """What an image carries of the build that it is for: a core refuses an image of another geometry.

    Ranges and defaults are those of ``model.limits``. Raises InputError for a value out of its range.
    """

    neurons: int
    """Neurons the core can hold (1 to 4096)."""
    axons: int
    """Input axons the core can hold (1 to 16384)."""
    delays: int
    """Delay levels D (1 to 256): delays 0 to D-1 from an input axon, 1 to D from a neuron."""
    rows: int
    """Rows the row table can hold: one per (source, delay level) that has a synapse (1 to 2**20)."""
    synapse_words: int
    """Depth of the synapse memory in words of ``lanes`` synapses (1 to 2**20)."""
    lanes: int = limits.LANES.default
    """Synapses added per cycle; lane l serves the neurons h with h mod lanes = l (1 to 32)."""
    weight_bits: int = limits.WEIGHT_BITS.default
    """Bits of a stored weight: signed two's complement of 2 to 8 bits, or a codebook index of 1 to 4 bits."""
    codebook: bool = False
    """Weights are indices into a codebook of 2**weight_bits signed 8-bit values that comes with the image."""
    accumulator_bits: int = limits.ACCUMULATOR_BITS.default
    """Width of an accumulator of arrivals, signed (2 to ``state_bits``)."""
    state_bits: int = limits.STATE_BITS.default
    """Width of I and V, signed (4 to 31 bits); V saturates at vmax = 2**(state_bits-1) - 1."""
    refractory_bits: int = limits.REFRACTORY_BITS.default
    """Width of a refractory period and of the counter of what is left of it (0 to 16); 0: no neuron can have any."""

    def __post_init__(self) -> None:
        if not isinstance(self.codebook, bool):
            raise InputError(f"core configuration: codebook must be true or false, not {self.codebook!r}")
        for name, allowed in limits.GEOMETRY.items():
            if name == "weight_bits" and self.codebook:
                allowed = limits.CODEBOOK_BITS  # noqa: PLW2901
            high = min(allowed.high, self.state_bits) if name == "accumulator_bits" else None
            allowed.check(f"core configuration: {name}", getattr(self, name), high=high)

    def geometry(self) -> "Geometry":
        """The geometry alone, of whatever has one."""
        return Geometry(**self.numbers())

    def numbers(self) -> dict[str, Any]:
        """The fields of the geometry by name."""
        return {field.name: getattr(self, field.name) for field in fields(Geometry)}

    # Derived quantities: the only place where they are computed.

    @property
    def sources(self) -> int:
        """Addresses of sources: axon a has address a, neuron h has address ``axons + h``."""
        return self.axons + self.neurons

    @property
    def source_bits(self) -> int:
        """Bits of a source address."""
        return max(1, (self.sources - 1).bit_length())

    @property
    def neuron_bits(self) -> int:
        """Bits of a neuron address."""
        return max(1, (self.neurons - 1).bit_length())

    @property
    def delay_bits(self) -> int:
        """Bits of a delay level (0 to D-1)."""
        return max(1, (self.delays - 1).bit_length())

    @property
    def targets_per_lane(self) -> int:
        """Neurons that one lane serves: ceil(neurons / lanes)."""
        return -(-self.neurons // self.lanes)

    @property
    def target_bits(self) -> int:
        """Bits of a target in a synapse entry: its index h // lanes within the lane (at least 1)."""
        return max(1, (self.targets_per_lane - 1).bit_length())

    @property
    def row_bits(self) -> int:
        """Bits of a row number."""
        return max(1, (self.rows - 1).bit_length())

    @property
    def word_bits(self) -> int:
        """Bits of an address into the synapse memory."""
        return max(1, (self.synapse_words - 1).bit_length())

    @property
    def entry_bits(self) -> int:
        """Bits of one synapse entry: weight, then target."""
        return self.weight_bits + self.target_bits

    @property
    def vmax(self) -> int:
        """Largest potential."""
        return limits.signed_range(self.state_bits)[1]

    @property
    def vmin(self) -> int:
        """Smallest potential."""
        return limits.signed_range(self.state_bits)[0]

    @property
    def refractory_until_end(self) -> int:
        """The stored refractory period that lasts until the end of sample, all ones; 0 if the build has none."""
        return (1 << self.refractory_bits) - 1

    @property
    def sum_bits(self) -> int:
        """Width of a sum of potentials over the longest sample, signed."""
        return self.state_bits + limits.STEP_BITS

    @property
    def weight_range(self) -> tuple[int, int]:
        """Smallest and largest weight that a synapse can have."""
        return limits.signed_range(limits.VALUE_BITS if self.codebook else self.weight_bits)
