"""The build of one neurocore: the numbers that fix its memories, widths and address ranges."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from typing import Any

from support.errors import InputError

LEAK_BITS = 12
"""leak(x, a) = x * a / 2**LEAK_BITS, rounded toward zero."""
LEAK_ONE = 1 << LEAK_BITS
"""The leak factor that leaks nothing."""
STEP_BITS = 16
"""Width of the step counter of a sample: a sample has at most 2**16 - 1 steps."""


class DelayUnit(StrEnum):
    """The structure that gives synapses their delays."""

    RING = "ring"
    SCDQ = "scdq"
    SCDQ1 = "scdq1"
    BITMAP = "bitmap"

    @property
    def has_queues(self) -> bool:
        """Whether it holds events in queues, of which the image says the capacity."""
        return self in {DelayUnit.SCDQ, DelayUnit.SCDQ1}


class QueueMemory(StrEnum):
    """What the event queues of a delay unit are made of."""

    RAM = "ram"
    REGISTERS = "registers"


@dataclass(frozen=True, kw_only=True)
class CoreConfig:
    """Build-time parameters of one neurocore.

    The fields above ``delay_unit`` are the *geometry*: an image is made for exactly one geometry, and a core
    refuses an image of another. The delay unit, its queue and its memory change no result, so an image does
    not depend on them.
    """

    neurons: int
    """Neurons the core can hold (1 to 4096)."""
    axons: int
    """Input axons the core can hold (1 to 4096)."""
    delays: int
    """Delay levels D (1 to 256): delays 0 to D-1 from an input axon, 1 to D from a neuron."""
    rows: int
    """Rows the row table can hold: one per (source, delay level) that has a synapse (1 to 2**20)."""
    synapse_words: int
    """Depth of the synapse memory in words of ``lanes`` synapses (1 to 2**20)."""
    lanes: int = 8
    """Synapses added per cycle; lane l serves the neurons h with h mod lanes = l (1 to 32)."""
    weight_bits: int = 8
    """Bits of a stored weight: signed two's complement of 2 to 8 bits, or a codebook index of 1 to 4 bits."""
    codebook: bool = False
    """Weights are indices into a codebook of 2**weight_bits signed 8-bit values that comes with the image."""
    accumulator_bits: int = 18
    """Width of an accumulator of arrivals, signed (2 to ``state_bits``)."""
    state_bits: int = 20
    """Width of I and V, signed (4 to 31 bits); V saturates at vmax = 2**(state_bits-1) - 1."""

    delay_unit: DelayUnit = DelayUnit.RING
    """Which delay unit is built."""
    queue_depth: int = 1
    """Entries of the delay unit's memory (1 to 2**20): events of a queue of ``scdq`` or ``scdq1``; sources with a
    history of ``bitmap``, from the first one that has a delay level above 0; no meaning for ``ring``."""
    queue_memory: QueueMemory = QueueMemory.RAM
    """Whether the event queues are synchronous RAM or flip-flops."""

    def __post_init__(self) -> None:
        if not isinstance(self.codebook, bool):
            raise InputError(f"core configuration: codebook must be true or false, not {self.codebook!r}")
        for name, low, high in (
            ("neurons", 1, 4096),
            ("axons", 1, 4096),
            ("delays", 1, 256),
            ("rows", 1, 1 << 20),
            ("synapse_words", 1, 1 << 20),
            ("lanes", 1, 32),
            ("weight_bits", *((1, 4) if self.codebook else (2, 8))),
            ("state_bits", 4, 31),
            ("accumulator_bits", 2, self.state_bits),
            ("queue_depth", 1, 1 << 20),
        ):
            value = getattr(self, name)
            if isinstance(value, bool) or not isinstance(value, int):
                raise InputError(f"core configuration: {name} must be an integer, not {value!r}")
            if not low <= value <= high:
                raise InputError(f"core configuration: {name} must be in {low}..{high}, not {value}")
        for name, kind in (("delay_unit", DelayUnit), ("queue_memory", QueueMemory)):
            try:
                object.__setattr__(self, name, kind(getattr(self, name)))
            except ValueError:
                choices = ", ".join(kind)
                raise InputError(
                    f"core configuration: {name} must be one of {choices}, not {getattr(self, name)!r}"
                ) from None

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
    def slots(self) -> int:
        """Accumulators per neuron: one per delay level for ``ring``, one for a presynaptic delay unit."""
        return self.delays if self.delay_unit is DelayUnit.RING else 1

    @property
    def vmax(self) -> int:
        """Largest potential."""
        return (1 << (self.state_bits - 1)) - 1

    @property
    def vmin(self) -> int:
        """Smallest potential."""
        return -(1 << (self.state_bits - 1))

    @property
    def sum_bits(self) -> int:
        """Width of a sum of potentials over the longest sample, signed."""
        return self.state_bits + STEP_BITS

    @property
    def weight_range(self) -> tuple[int, int]:
        """Smallest and largest weight that a synapse can have."""
        bits = 8 if self.codebook else self.weight_bits
        return -(1 << (bits - 1)), (1 << (bits - 1)) - 1

    @property
    def queue_entry_bits(self) -> int:
        """Bits of an event in a queue: its source, and its counter or the step of its arrival modulo D."""
        return self.source_bits + self.delay_bits

    @property
    def delay_memory_bits(self) -> int:
        """Delay memory as built, in bits: all accumulators, and the event queues or the history if any.

        Every report that speaks of delay memory means this. Each lane's memory has ``slots * 2**target_bits``
        accumulators, D slots for ``ring``, one for the others; ``scdq`` has two queues of ``queue_depth`` events,
        ``scdq1`` one; ``bitmap`` has D-1 bits for each of ``queue_depth`` sources, and two flags. The skip mask is not
        in it, for any.
        """
        accumulators = (self.lanes * self.slots << self.target_bits) * self.accumulator_bits
        entry = {
            DelayUnit.RING: 0,
            DelayUnit.SCDQ: 2 * self.queue_entry_bits,
            DelayUnit.SCDQ1: self.queue_entry_bits,
            DelayUnit.BITMAP: max(1, self.delays - 1) + 2,
        }[self.delay_unit]
        return accumulators + self.queue_depth * entry

    def geometry(self) -> dict[str, Any]:
        """The fields that an image is made for, by name."""
        fields = asdict(self)
        for name in ("delay_unit", "queue_depth", "queue_memory"):
            del fields[name]
        return fields

    def with_unit(self, unit: DelayUnit | str, queue_depth: int = 1) -> "CoreConfig":
        """The same geometry with another delay unit; ``queue_depth`` as in the field."""
        return replace(self, delay_unit=DelayUnit(unit), queue_depth=max(1, queue_depth))


PRESETS: Mapping[str, Mapping[str, Any]] = {
    # The paper's 700-48-48-20 network with delay levels 0, 2, .., 58.
    "seneca48": {
        "neurons": 116, "axons": 700, "delays": 59, "rows": 4096, "synapse_words": 16384, "queue_depth": 8192,
    },
    # Small enough to read its waveform.
    "tiny": {
        "neurons": 6, "axons": 4, "delays": 4, "rows": 40, "synapse_words": 64, "lanes": 2, "accumulator_bits": 12,
        "state_bits": 14, "queue_depth": 40,
    },
    # Odd sizes everywhere: what tests use to catch an assumed power of two.
    "odd": {
        "neurons": 13, "axons": 11, "delays": 7, "rows": 120, "synapse_words": 150, "lanes": 3, "weight_bits": 5,
        "accumulator_bits": 13, "state_bits": 15, "queue_depth": 150,
    },
}  # fmt: skip
"""Named builds; ``preset`` makes a configuration of one."""


def preset(name: str, **changes: Any) -> CoreConfig:
    """The configuration of a named build, with fields changed by keyword.

    Raises InputError if there is no such preset.
    """
    if name not in PRESETS:
        raise InputError(f"no preset {name!r}: expected one of {', '.join(PRESETS)}")
    return CoreConfig(**{**PRESETS[name], **changes})
