# SPDX-License-Identifier: Apache-2.0
"""Which delay unit a network should get: a rule on what the exact models measure for it."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from flow.delay_report.records import AdviceRecord, CandidateRecord
from flow.delay_report.trained import Activity, option_runs, unit_runs
from flow.run.report import read_json
from flow.silicon.cost import UnitFigures, delay_area, memory_costs
from flow.silicon.macros import MacroTable, load_table
from flow.synthesis.area import clocks
from model.config import CoreConfig, DelayUnit
from model.cost.memories import MemoryName
from model.delay.spec import Holds
from model.image.image import Image
from support.errors import InputError

LOGIC = Path(__file__).with_name("logic")
"""Of each unit, what a fit says of the area of its logic, um2 of SG13G2."""
MIXED = (
    "Mind: areas add logic of SG13G2 standard cells (130 nm) to memories of {name}; where these are of another "
    "process, neither the areas nor the ranking by them hold."
)
"""What is said of another table of macros: the logic is always of one process."""
TIMED = "Time: cycles at the lowest routed clock of a core with each unit, as in the report of `make area`."
CYCLES_ONLY = (
    "Only cycles are known, not time: no routed clock of every unit of this build has been measured (make area "
    "IMAGE=FILE does), and a unit with few cycles may have a slow clock."
)
ASSUMED_ACTIVITY = 0.1
"""Share of the sources that fire in a step, where no recordings tell: an assumption."""
FIXED = frozenset({MemoryName.WORDS, MemoryName.ROWS, MemoryName.STATES, MemoryName.PARAMETERS, MemoryName.SPIKES})
"""Memories that a core has with any unit; their energy is not the unit's."""


@cache
def _logic(unit: DelayUnit) -> dict[str, float]:
    return tomllib.loads((LOGIC / f"{unit}.toml").read_text())


def logic_area(config: CoreConfig) -> float:
    """Area of a unit's logic by the fitted model, um2 of SG13G2."""
    model = _logic(config.delay_unit)
    kept = config.queue_depth if config.spec.holds is Holds.SOURCES else 0
    return model["base"] + model["per_delay"] * config.delays + model["per_source"] * kept


@dataclass(frozen=True, kw_only=True)
class Candidate:
    """One unit for one network."""

    run: UnitFigures
    area_um2: float
    """Logic and memories that the unit adds to a core."""
    energy_uj: float
    """Per inference: the memories whose accesses differ between the units."""
    clock_mhz: float | None = None
    """The lowest routed clock of a core with the unit; None if it is not known for this build."""
    score: float = 0.0
    """area * energy * time, over the least of all candidates; cycles for time where some clock is not known."""

    @property
    def time_ms(self) -> float | None:
        """Of an inference, at the routed clock."""
        return None if self.clock_mhz is None else self.run.cycles / (self.clock_mhz * 1e3)

    @property
    def unit(self) -> DelayUnit:
        """Which unit."""
        return self.run.config.delay_unit

    @property
    def name(self) -> str:
        """The unit, with what it leaves to choose."""
        chosen = ", ".join(f"{name} {value}" for name, value in dict(self.run.config.unit_options).items())
        return f"{self.unit} ({chosen})" if chosen else str(self.unit)


@dataclass(frozen=True, kw_only=True)
class Advice:
    """The candidates, the best first."""

    activity: str
    """What the figures are for."""
    candidates: tuple[Candidate, ...]
    """Those that lose nothing, by score."""
    losing: tuple[Candidate, ...]
    """Those whose queue, with the capacity that the image declares, overflowed."""
    note: str = ""
    """What to mind about the areas, if anything."""

    @property
    def timed(self) -> bool:
        """Whether time was weighed, not cycles alone."""
        return all(each.clock_mhz is not None for each in self.candidates)

    @property
    def clocks(self) -> str:
        """Where the time comes from, or that there is none."""
        return TIMED if self.timed else CYCLES_ONLY

    @property
    def best(self) -> Candidate:
        """The unit to take."""
        return self.candidates[0]

    def why(self) -> str:
        """A sentence, and what is known of the time."""
        best = self.best
        parts = []
        for other in self.candidates[1:]:
            gains = [
                f"{ratio:.1f} times the {name}" if ratio >= 1.05 else f"{ratio:.2f} times the {name}"
                for name, ratio in (
                    ("area", other.area_um2 / best.area_um2),
                    ("energy", other.energy_uj / best.energy_uj),
                    ("cycles", other.run.cycles / best.run.cycles),
                    ("time", (other.time_ms or 0.0) / (best.time_ms or 1.0) if self.timed else 1.0),
                )
                if abs(ratio - 1) >= 0.05
            ]
            parts.append(f"{other.name} needs {', '.join(gains) or 'about the same'}")
        reason = "; ".join(parts) or "no other unit holds the network without losing events"
        weighed = "time" if self.timed else "cycles"
        return f"{best.name}: its product of area, energy and {weighed} is the least. {reason}. {self.clocks}"

    def record(self) -> AdviceRecord:
        """Fit for JSON."""
        return {
            "activity": self.activity,
            "unit": str(self.best.unit),
            "why": self.why(),
            "note": self.note,
            "clocks": self.clocks,
            "candidates": [_record(each) for each in self.candidates],
            "losing": [_record(each) for each in self.losing],
        }


def _record(candidate: Candidate) -> CandidateRecord:
    run = candidate.run
    return {
        "unit": str(candidate.unit),
        "name": candidate.name,
        "delay_memory_bits": run.config.delay_memory_bits,
        "added_bits": run.provisioned_bits,
        "used_bits": run.used_bits,
        "held_peak": run.held_peak,
        "queue_depth": run.config.queue_depth if candidate.unit.has_queues else 0,
        "area_um2": candidate.area_um2,
        "energy_uj": candidate.energy_uj,
        "cycles": run.cycles,
        "clock_mhz": candidate.clock_mhz,
        "time_ms": candidate.time_ms,
        "word_rate": run.word_rate,
        "lost_events": run.lost,
        "score": candidate.score,
    }


def routed_clocks(image: Image, path: Path) -> dict[str, float]:
    """The lowest clock of a core with each unit, MHz, from an area.json of the build of this image; else none.

    Raises InputError for a file that is no report of areas.
    """
    if not path.is_file():
        return {}
    content = read_json(path, "report of areas")
    try:
        if content["geometry"] != image.geometry.numbers():
            return {}
        return clocks(content)
    except (KeyError, TypeError):
        raise InputError(f"{path}: no report of areas; `chronaxie area --json` writes one") from None


def advise(image: Image, activity: Activity, table: MacroTable, clock_mhz: Mapping[str, float] | None = None) -> Advice:
    """Weigh the units for a network under an activity.

    The rule: of the units that lose no event, the one with the least product of area (logic and memories that the unit
    adds to a core), energy (memories whose accesses differ between the units) and time per inference: cycles at the
    routed clock of a core with the unit (``clock_mhz``), or cycles alone if that of some unit is not known, which
    ``Advice.clocks`` says. At equal products the one named first in ``DelayUnit``. A unit that leaves something to
    choose is weighed with its best choice, though the area of its logic and the clock are those of the default. The
    logic is of SG13G2; ``Advice.note`` says so of another table.
    """
    clock_mhz = clock_mhz or {}
    all_of_them = []
    runs = (*unit_runs(image, activity).values(), *option_runs(image, activity))
    for run in {run.config: run for run in runs}.values():
        config = run.config
        energy = sum(cost.energy_uj for cost in memory_costs(run, table) if cost.shape.name not in FIXED)
        all_of_them.append(
            Candidate(run=run, area_um2=logic_area(config) + delay_area(config, table), energy_uj=energy,
                      clock_mhz=clock_mhz.get(str(config.delay_unit)))
        )  # fmt: skip
    good = [each for each in all_of_them if not each.run.lost]
    timed = all(each.clock_mhz is not None for each in good)
    products = [
        each.area_um2 * each.energy_uj * ((each.time_ms if timed else None) or each.run.cycles) for each in good
    ]
    scored = sorted(
        (replace(each, score=product / min(products)) for each, product in zip(good, products, strict=True)),
        key=lambda each: each.score,
    )
    best = {each.unit: each for each in reversed(scored)}  # of each unit the best choice
    losing = {each.unit: each for each in all_of_them if each.unit not in best}
    return Advice(
        activity=activity.text,
        candidates=tuple(each for each in scored if each is best[each.unit]),
        losing=tuple(losing.values()),
        note="" if table == load_table(None) else MIXED.format(name=table.name),
    )
