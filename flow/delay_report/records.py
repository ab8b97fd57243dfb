# SPDX-License-Identifier: Apache-2.0
"""The records of delay.json and of the advice: what each key holds. They are read back as they were written."""

from typing import Literal, NotRequired, TypedDict

from flow.silicon.share import FlipFlopFigures, ShareRecord

Quantity = Literal["needed_bits", "formula_bits", "cycles_per_step", "energy_nj_per_step", "memory_area_um2"]
"""What is drawn over a sweep."""


class PointUnit(TypedDict):
    """One unit at a point of a sweep."""

    provisioned_bits: int
    needed_bits: int
    """With a queue just deep enough for the most that was held."""
    formula_bits: float
    formula_at: list[float]
    """By the published formula, where no source fires and where all do."""
    used_bits: int
    held_peak: int
    queue_events: int
    cycles_per_step: float
    stalls_per_step: float
    word_rate: float
    writes_per_step: float
    reads_per_step: float
    memory_area_um2: float
    energy_nj_per_step: float


class PointRecord(TypedDict):
    """A layer of random sources."""

    sources: int
    delays: int
    activity: float
    """Asked for; ``activity_seen``: as drawn."""
    density: float
    targets: int
    activity_seen: float
    accumulator_bits: int
    event_bits: int
    units: dict[str, PointUnit]
    formulas: dict[str, float]


class Swept(TypedDict):
    """All points."""

    axes: dict[str, list[PointRecord]]
    published: list[PointRecord]
    large: list[PointRecord]


class MemoryRecord(TypedDict):
    """One memory of a core while a network runs; accesses and energy are of an inference."""

    name: str
    copies: int
    depth: int
    width: int
    two_port: bool
    macros: str
    area_um2: float
    reads: float
    writes: float
    energy_uj: float


class UnitRecord(TypedDict):
    """One unit with a trained network; means of an inference, peaks over all."""

    provisioned_bits: int
    used_bits: int
    delay_memory_bits: int
    held_peak: int
    queue_depth: int
    lost: int
    cycles: float
    cycles_per_step: float
    synapse_cycles: float
    stalls_per_step: float
    word_rate: float
    lane_fill: float
    queue_writes: float
    queue_reads: float
    operations: float
    memory_area_um2: float
    tight_memory_area_um2: float
    memories: list[MemoryRecord]


class OptionRecord(TypedDict):
    """One choice of a unit that leaves something to choose."""

    unit: str
    options: dict[str, int]
    provisioned_bits: int
    accumulator_bits: int
    queue_bits: int
    held_peak: int
    used_bits: int
    cycles: float
    word_rate: float
    queue_writes: float
    queue_reads: float
    lookups: float
    memory_area_um2: float
    energy_uj: float


class LayerUnit(TypedDict):
    """One unit for one hidden layer."""

    built_bits: int
    memories: list[str]
    held_peak: int
    used_bits: int


class LayerRecord(TypedDict):
    """A hidden layer by itself."""

    sources: int
    targets: int
    levels: int
    delays: int
    activity: float
    units: dict[str, LayerUnit]


class CandidateRecord(TypedDict):
    """One unit as it was weighed."""

    unit: str
    name: str
    delay_memory_bits: int
    added_bits: int
    used_bits: int
    held_peak: int
    queue_depth: int
    area_um2: float
    energy_uj: float
    cycles: float
    clock_mhz: float | None
    time_ms: float | None
    word_rate: float
    lost_events: int
    score: float


class AdviceRecord(TypedDict):
    """Which unit a network should get."""

    activity: str
    unit: str
    why: str
    note: str
    clocks: str
    candidates: list[CandidateRecord]
    losing: list[CandidateRecord]


class NetworkRecord(TypedDict):
    """One trained network."""

    image: str
    data: str
    samples: int
    steps: int
    correct: float | None
    axons: int
    neurons: int
    synapses: int
    delays: int
    lanes: int
    image_lane_fill: float
    capacity: int
    units: dict[str, UnitRecord]
    options: list[OptionRecord]
    layers: list[LayerRecord]
    advice: NotRequired[AdviceRecord]
    """In a report always; it is not kept with the rest."""


class FpgaRecord(TypedDict):
    """One design on an FPGA; None where the tools gave up, ``fmax_mhz`` also where it does not fit."""

    flip_flops: int | None
    luts: int | None
    block_rams: int | None
    dsps: int | None
    memory_bits: int | None
    fmax_mhz: float | None


class GridRecord(FpgaRecord):
    """A delay unit by itself."""

    unit: str
    sources: int
    delays: int
    logic_um2: NotRequired[float]


class SiliconUnit(TypedDict):
    """One unit in the core of the first network; all but FPGA needs standard cells."""

    delay: FpgaRecord
    core: FpgaRecord
    modules: NotRequired[dict[str, float]]
    logic_um2: NotRequired[float]
    logic_alone_um2: NotRequired[float]
    cells: NotRequired[int]
    core_logic_um2: NotRequired[float]
    shares: NotRequired[list[ShareRecord]]
    unit_logic_uj: NotRequired[float]
    core_logic_uj: NotRequired[float]


class LogicModel(TypedDict):
    """Logic area of a unit, um2."""

    base: float
    per_delay: float
    per_source: float


class SiliconRecord(TypedDict):
    """What synthesis found."""

    device: str
    image: str
    toggles: float
    units: dict[str, SiliconUnit]
    grid: list[GridRecord]
    flip_flop: NotRequired[FlipFlopFigures]
    logic_model: NotRequired[dict[str, LogicModel]]


class PublishedRecord(TypedDict):
    """A number of the literature."""

    text: str
    published: int
    formula: float


class CrossingRecord(TypedDict):
    """Where two units cross."""

    quantity: Quantity
    first: str
    second: str
    at: list[float]


class FormulaCrossing(TypedDict):
    """Where two formulas cross."""

    first: str
    second: str
    at: float


class Report(TypedDict):
    """delay.json."""

    quick: bool
    macros: str
    flip_flop: FlipFlopFigures
    liberty: str | None
    networks: list[NetworkRecord]
    sweeps: dict[str, list[PointRecord]]
    published: list[PointRecord]
    large: list[PointRecord]
    formulas: list[PublishedRecord]
    ring_against_scdq: float
    crossings: list[CrossingRecord]
    crossings_by_formula: list[FormulaCrossing]
    quantities: dict[Quantity, str]
    silicon: SiliconRecord | None
