# SPDX-License-Identifier: Apache-2.0
"""Reports: tables for people, JSON for programs."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from rich.table import Table

from flow.run.outcomes import SampleOutcome, golden_outcomes, outcome
from flow.run.recordings import Samples, SpikeCounts
from flow.run.simulate import SimulatedUnit
from flow.version import provenance
from model.config import DelayUnit
from model.image.image import Image
from model.image.info import to_json
from model.image.records import mask_bytes, parameter_bytes, row_bytes
from model.network import Network
from model.result import Result
from support.console import name_column
from support.errors import InputError
from support.files import make_folder, read_bytes, write_atomic
from tb.fabric.bench import FabricOutcome


def check_json(path: Path | None) -> None:
    """Refuse a place where no report can be written, before the work that it is about. Raises InputError."""
    if path is not None and make_folder(path.parent) and path.is_dir():
        raise InputError(f"{path}: cannot be written, it is a folder")


def write_json(path: Path, content: Mapping[str, object]) -> None:
    """Write a report, whole or not at all, with the command and the version that ``made`` it; its folder is made.

    Raises InputError if that fails.
    """
    make_folder(path.parent)
    write_atomic(path, json_text(content).encode())


def json_text(content: Mapping[str, object]) -> str:
    """The same as text."""
    return json.dumps({**content, "made": provenance()}, indent=2) + "\n"


def read_json(path: Path, what: str) -> dict[str, Any]:
    """The content of a report that is there already. Raises InputError for a file that is no ``what``."""
    try:
        content = json.loads(read_bytes(path, what))
    except (json.JSONDecodeError, UnicodeDecodeError):
        content = None
    if not isinstance(content, dict):
        raise InputError(f"{path}: no {what}; expected one, or a file that is not there yet")
    return content


def accuracy(predicted: Any, samples: Samples, which: Any = slice(None)) -> float | None:
    """Share of right classes among some of the samples; 0 of none, None of samples without labels."""
    if not samples.labelled:
        return None
    right = np.asarray(predicted) == samples.classes[which]
    return float(right.mean()) if right.size else 0.0


@dataclass(frozen=True, kw_only=True)
class RunRecord:
    """What sim.json says about one run; of the samples that were compared, if it was ended by a failure."""

    unit: str
    cores: int
    samples: int
    accuracy_golden: float | None
    """None: the samples have no labels."""
    accuracy_rtl: float | None
    spikes_compared: int
    mismatches: int
    cycles_mean: float
    """Of an inference."""
    cycles_max: int
    cycle_model_errors: int
    """Samples whose cycles are not those of the cycle model."""
    word_rate: float
    """Cycles that issue a synapse word / cycles of the synapse phases."""
    lane_fill: float
    """Weights added / (lanes * words)."""
    delay_memory_bits: int
    image_bytes: int
    cycles_per_second: float
    """Simulated, in all simulators together."""
    recordings: Sequence[SampleOutcome]
    """What the RTL made of each sample."""


@dataclass(frozen=True, kw_only=True)
class SimReport:
    """The content of sim.json."""

    dataset: str
    image: str
    input: SpikeCounts
    runs: Sequence[RunRecord]


@dataclass(frozen=True, kw_only=True)
class GoldenReport:
    """The content of golden.json; means are a sample's."""

    dataset: str
    image: str
    input: SpikeCounts
    samples: int
    accuracy: float | None
    """None: the samples have no labels."""
    input_events_mean: float
    spikes_mean: float
    synaptic_operations_mean: float
    samples_per_second: float
    recordings: Sequence[SampleOutcome]


def run_record(run: SimulatedUnit) -> RunRecord:
    """One run in numbers."""
    config, checked, network = run.cores[0], run.checked, run.image.network()
    which = [each.sample for each in checked]
    counters = [
        each.outcome.totals if isinstance(each.outcome, FabricOutcome) else each.outcome.counters for each in checked
    ]
    total = {name: sum(counter[name] for counter in counters) for name in counters[0]} if counters else {}
    cycles = [counter["cycles"] for counter in counters]
    words = total.get("synapse_words", 0)
    return RunRecord(
        unit=run.unit,
        cores=len(run.cores),
        samples=len(checked),
        accuracy_golden=accuracy(run.golden.predicted[which], run.samples, which),
        accuracy_rtl=accuracy([each.outcome.result.predicted for each in checked], run.samples, which),
        spikes_compared=int(run.golden.spikes[which].sum()),
        mismatches=sum(each.mismatches for each in checked),
        cycles_mean=float(np.mean(cycles)) if cycles else 0.0,
        cycles_max=max(cycles, default=0),
        cycle_model_errors=sum(each.cycles_wrong for each in checked),
        word_rate=words / max(1, total.get("synapse_cycles", 0)),
        lane_fill=total.get("synaptic_operations", 0) / max(1, config.lanes * words),
        delay_memory_bits=sum(core.delay_memory_bits for core in run.cores),
        image_bytes=len(run.image.to_bytes()),
        cycles_per_second=sum(each.outcome.cycles for each in checked) / max(run.seconds, 1e-9),
        recordings=[
            outcome(network, run.samples, each.sample, each.outcome.result, count)
            for each, count in zip(checked, cycles, strict=True)
        ],
    )


def sim_report(image: str, samples: Samples, runs: Sequence[SimulatedUnit]) -> SimReport:
    """All runs of an image in numbers."""
    return SimReport(
        dataset=samples.name, image=image, input=samples.counts(), runs=[run_record(run) for run in runs]
    )  # fmt: skip


ROWS = (
    ("samples", "samples", "{:,}"),
    ("accuracy, golden", "accuracy_golden", "{:.2%}"),
    ("accuracy, RTL", "accuracy_rtl", "{:.2%}"),
    ("spikes compared", "spikes_compared", "{:,}"),
    ("mismatches", "mismatches", "{:,}"),
    ("cycles per inference, mean", "cycles_mean", "{:,.0f}"),
    ("cycles per inference, max", "cycles_max", "{:,}"),
    ("cycle model errors", "cycle_model_errors", "{:,}"),
    ("word rate", "word_rate", "{:.1%}"),
    ("lane fill", "lane_fill", "{:.1%}"),
    ("delay memory as built, bits", "delay_memory_bits", "{:,}"),
    ("image bytes", "image_bytes", "{:,}"),
    ("simulated cycles a second", "cycles_per_second", "{:,.0f}"),
)
"""Rows of the table: what people read, the field of a run's record, and its form."""


def shown(form: str, value: float | None) -> str:
    """A figure for people; "-" where there is none."""
    return "-" if value is None else form.format(value)


def sim_table(report: SimReport) -> Table:
    """The content of sim.json as a table, a column per run."""
    table = Table(name_column(f"{report.image} on {report.dataset}"))
    for run in report.runs:
        table.add_column(run.unit, justify="right")
    if any(run.cores > 1 for run in report.runs):
        table.add_row("cores", *(str(run.cores) for run in report.runs))
    for title, key, form in ROWS:
        table.add_row(title, *(shown(form, getattr(run, key)) for run in report.runs))
    return table


def golden_report(
    image: str, network: Network, samples: Samples, golden: Result, seconds: float
) -> GoldenReport:  # fmt: skip
    """What the golden model makes of an image, in numbers; ``seconds``: that it took."""
    return GoldenReport(
        dataset=samples.name,
        image=image,
        input=samples.counts(),
        samples=len(samples),
        accuracy=accuracy(golden.predicted, samples),
        input_events_mean=float(samples.rasters.sum() / len(samples)),
        spikes_mean=float(golden.spikes.sum() / len(samples)),
        synaptic_operations_mean=float(golden.synaptic_operations.mean()),
        samples_per_second=len(samples) / max(seconds, 1e-9),
        recordings=golden_outcomes(network, samples, golden),
    )


def image_report(name: str, image: Image) -> dict[str, Any]:
    """What ``chronaxie image info`` says of an image."""
    config = image.geometry
    word_bytes = -(-config.lanes * config.entry_bits // 8)
    sections = {
        "neurons": image.neurons_used * sum(size for _, size, _ in parameter_bytes(config)),
        "skip masks": sum(len(mask) * mask_bytes(mask.shape[1]) for mask in (image.axon_mask, image.neuron_mask)),
        "rows": image.rows_used * row_bytes(config),
        "synapse words": image.words_used * word_bytes,
        "info": len(to_json(image.info)),
    }
    total = len(image.to_bytes())
    return {
        "image": name,
        "network": image.info["name"],
        "bytes": total,
        "sections": {"header, codebook, CRC": total - sum(sections.values()), **sections},
        "geometry": config.numbers(),
        "axons": image.axons_used,
        "neurons": image.neurons_used,
        "synapses": image.synapses,
        "rows": image.rows_used,
        "synapse_words": image.words_used,
        "lane_fill": image.lane_fill,
        "queue_capacity": image.capacity,
        "max_steps": image.max_steps,
        "delay_memory_bits": {str(unit): image.config(unit).delay_memory_bits for unit in DelayUnit},
        "readout": {"kind": image.info["readout"]["kind"], "neurons": len(image.info["readout"]["neurons"])},
        "encoding": image.info["encoding"] or "none",
    }
