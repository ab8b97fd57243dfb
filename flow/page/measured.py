# SPDX-License-Identifier: Apache-2.0
"""The parts that show what other commands measured, each from its report."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from flow.page.coverage import coverage_part
from flow.page.energy import energy_part
from flow.page.imperfect import faults, frozen_noise
from flow.page.parts import Grid, Part, Plot, Report, count, percent
from flow.page.sweeps import sweep_part
from support.errors import InputError

Content = Mapping[str, Any]


def _simulation(report: Report, content: Content) -> Part:
    runs = content["runs"]
    rows = tuple(
        (
            run["unit"], count(run["cores"]), count(run["samples"]), percent(run["accuracy_golden"]),
            percent(run["accuracy_rtl"]), count(run["spikes_compared"]), count(run["mismatches"]),
            count(run["cycles_mean"]), count(run["cycles_max"]), count(run["cycle_model_errors"]),
            percent(run["word_rate"]), percent(run["lane_fill"]), count(run["delay_memory_bits"]),
        )
        for run in runs
    )  # fmt: skip
    head = ("delay unit", "cores", "samples", "accuracy, golden", "accuracy, RTL", "spikes compared", "mismatches",
            "cycles, mean", "cycles, most", "cycle model wrong", "word rate", "lane fill",
            "delay memory, bits")  # fmt: skip
    return report.part(
        content,
        text=(f"{content['image']} on {content['dataset']}: every spike and final potential compared, bit for bit.",),
        grids=(Grid(caption="RTL against the golden model", head=head, rows=rows),),
        plots=(_bars("sim-cycles", "Cycles an inference by delay unit", "cycles", [run["unit"] for run in runs],
                     [run["cycles_mean"] for run in runs]),),
    )  # fmt: skip


def _golden(report: Report, content: Content) -> Part:
    rows = (
        ("accuracy", percent(content["accuracy"])),
        ("samples", count(content["samples"])),
        ("input events a sample", count(content["input_events_mean"], 1)),
        ("spikes a sample", count(content["spikes_mean"], 1)),
        ("synaptic operations a sample", count(content["synaptic_operations_mean"], 1)),
    )
    caption = f"{content['image']} on {content['dataset']}"
    return report.part(content, grids=(Grid(caption=caption, head=("golden model", "value"), rows=rows),))


def _results(report: Report, content: Content) -> Part:
    runs = content["runs"]
    stages = [name for name in runs[0] if name.startswith("accuracy")]
    rows = tuple((str(run["run"]), *(percent(run[name], 2) for name in stages)) for run in runs)
    head = ("run", *(name.removeprefix("accuracy_").replace("_", " ") for name in stages))
    return report.part(content, grids=(Grid(caption="Trained runs on the test set", head=head, rows=rows),))


def _area(report: Report, content: Content) -> Part:
    runs = content["runs"]
    rows = tuple(
        (_named(run), *(count(run[name]) for name in ("flip_flops", "luts", "block_rams", "dsps")),
         count(_slowest(run["fmax_mhz"]), 1), count(run["memory_bits"]))
        for run in runs
    )  # fmt: skip
    head = ("design", "flip-flops", "LUTs", "block RAM", "DSP", "Fmax, MHz", "memory, bits")
    return report.part(
        content,
        text=(f"On {content['device']}, for the build of {content['source']}.",),
        grids=(Grid(caption="Area and clock", head=head, rows=rows),),
        plots=(_bars("area-luts", "LUTs by design", "LUTs", [_named(run) for run in runs],
                     [run["luts"] for run in runs]),),
    )  # fmt: skip


def _named(run: Content) -> str:
    """The design, with the check bits of its memories if it has any."""
    kind = run.get("protection", "none")
    return str(run["design"]) if kind == "none" else f"{run['design']}, {kind}"


def _slowest(clocks: Sequence[float]) -> float | None:
    """The lowest clock of all placements; None if the design does not fit."""
    return min(clocks, default=None)


def _delay(report: Report, content: Content) -> Part:
    rows = tuple(
        (
            network["image"], unit, count(each["cycles"]), percent(each["word_rate"]), count(each["delay_memory_bits"]),
            count(each["memory_area_um2"]), count(sum(memory["energy_uj"] for memory in each["memories"]), 3),
            count(each["held_peak"]),
        )
        for network in content["networks"]
        for unit, each in network["units"].items()
    )  # fmt: skip
    head = ("network", "delay unit", "cycles", "word rate", "delay memory, bits", "delay memories, um2",
            "their energy, uJ", "events held, most")  # fmt: skip
    return report.part(content, grids=(Grid(caption="Delay units compared", head=head, rows=rows, text_columns=2),))


def _paper(report: Report, content: Content) -> Part:
    rows = tuple(
        (
            row["network"], row["unit"], count(row["cores"]), _mean(row["accuracy"]), percent(row["agreement"]),
            count(row["cycles_mean"]), count(row["latency_ms"], 3), count(row["clock_mhz"], 1),
            count(row["memory_bits"]), count(row["energy_uj"], 1),
        )
        for row in content["rows"]
    )  # fmt: skip
    head = ("network", "delay unit", "cores", "accuracy", "agreement", "cycles", "latency, ms", "clock, MHz",
            "memory, bits", "energy, uJ")  # fmt: skip
    return report.part(
        content, grids=(Grid(caption="Networks of arXiv 2404.10597", head=head, rows=rows, text_columns=2),)
    )


def _yinyang(report: Report, content: Content) -> Part:
    rows = tuple(
        (row["network"], row["delays"], row["noise"] or "none", count(len(row["seeds"])),
         *(_mean(row[f"accuracy_{kind}"]) for kind in ("float", "golden", "rtl")), count(row["mismatches"]))
        for row in content["rows"]
    )  # fmt: skip
    head = ("network", "delays", "noise", "seeds", "float", "golden", "RTL", "mismatches")
    return report.part(content, grids=(Grid(caption="Yin-Yang, test set", head=head, rows=rows, text_columns=3),))


def _mean(value: Any) -> str:
    if isinstance(value, Mapping):
        return f"{percent(value['mean'], 1)} ± {100 * value['std']:.1f}"
    return percent(value)


def _proofs(report: Report, content: Content) -> Part:
    rows: tuple[tuple[str, ...], ...]
    if "mutants" in content:
        rows = tuple(
            (each["name"], each["rejected_by"] or "NOT REJECTED", count(each["seconds"])) for each in content["mutants"]
        )
        bad = sum(not each["rejected_by"] for each in content["mutants"])
        said = f"{len(rows)} broken variants, {bad} not rejected."
        return report.part(content, text=(said,), grids=(
            Grid(caption="Broken variants", head=("variant", "rejected by", "seconds"), rows=rows, text_columns=2),
        ))  # fmt: skip
    proofs = content["proofs"]
    rows = tuple(
        (each["name"], "proven" if each["proven"] else "NOT PROVEN", count(each["seconds"])) for each in proofs
    )
    said = f"{len(rows)} properties, {sum(not each['proven'] for each in proofs)} not proven."
    grid = Grid(caption="Properties", head=("property", "verdict", "seconds"), rows=rows, text_columns=2)
    return report.part(content, text=(said,), grids=(grid,))


def _mutation(report: Report, content: Content) -> Part:
    names = ("mutants", "sample", "killed", "survivors", "equivalent_proven", "equivalent_reviewed")
    rows = tuple(
        (unit, *(count(each[name]) for name in names), percent(each["coverage"]))
        for unit, each in content["units"].items()
    )
    head = (
        "delay unit",
        "mutants",
        "in the sample",
        "killed",
        "survivors",
        "proven equivalent",
        "reviewed",
        "coverage",
    )
    return report.part(content, grids=(Grid(caption="Mutants that the benches find", head=head, rows=rows),))


def _bars(name: str, label: str, axis: str, names: Sequence[str], values: Sequence[float]) -> Plot:
    figure = {
        "data": [{"type": "bar", "orientation": "h", "y": list(names), "x": list(values),
                  "hovertemplate": "%{y}: %{x:,.0f}<extra></extra>"}],
        "layout": {"xaxis": {"title": {"text": axis}, "rangemode": "tozero"}, "yaxis": {"autorange": "reversed"}},
    }  # fmt: skip
    return Plot(name=name, label=label, figure=figure, height=120 + 32 * len(names))


SHOWN: tuple[tuple[Report, Callable[[Report, Content], Part]], ...] = (
    (Report(key="sim", title="Simulation", file="sim.json", command="make sim"), _simulation),
    (Report(key="golden", title="Golden model", file="golden.json", command="make golden"), _golden),
    (Report(key="results", title="Trained networks", file="results.json",
            command="chronaxie results runs/NETWORK-s0 --json build/reports/results.json"), _results),
    (Report(key="paper", title="The paper's networks", file="paper.json", command="make paper"), _paper),
    (Report(key="yinyang", title="DelGrad", file="yinyang.json", command="make yinyang"), _yinyang),
    (Report(key="faults", title="Faults", file="faults.json", command="make faults"), faults),
    (Report(key="frozen-noise", title="Frozen noise", file="frozen_noise.json", command="make frozen-noise"),
     frozen_noise),
    (Report(key="area", title="Area and clock", file="area.json", command="make area"), _area),
    (Report(key="energy", title="Energy", file="energy.json", command="make energy"), energy_part),
    (Report(key="delay", title="Delay units", file="delay/delay.json", command="make delay-report"), _delay),
    (Report(key="sweep", title="Sweep", file="sweep.json",
            command="chronaxie sweep examples/sweeps/quick.toml --json build/reports/sweep.json"), sweep_part),
    (Report(key="formal", title="Proofs", file="formal.json", command="make formal"), _proofs),
    (Report(key="mutation", title="Mutation coverage", file="mutation.json", command="make mutation"), _mutation),
    (Report(key="coverage", title="Coverage", file="coverage.json", command="make coverage"), coverage_part),
)  # fmt: skip
"""Every report and what shows it, in the order of the page."""


def measured_parts(folder: Path) -> list[Part]:
    """A part for each report; what was not run says so. Raises InputError for a file that is no such report."""
    return [_part(report, show, folder) for report, show in SHOWN]


def _part(report: Report, show: Callable[[Report, Content], Part], folder: Path) -> Part:
    content = report.read(folder)
    if content is None:
        return report.missing()
    try:
        return show(report, content)
    except (KeyError, TypeError, IndexError, AttributeError, ValueError) as error:
        what = f"{type(error).__name__}: {error}"
        raise InputError(
            f"{folder / report.file}: not a report of `{report.command}` ({what:.80}); run that again"
        ) from None
