# SPDX-License-Identifier: Apache-2.0
"""``chronaxie sim``: recordings through the core in RTL, checked against the golden model."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from flow.commands.options import (
    BUILD,
    DATA,
    IMAGE,
    ChoiceOption,
    CsvOption,
    DataOption,
    ImageOption,
    JobsOption,
    JsonOption,
    ProtectionOption,
    RunFailed,
    SamplesOption,
    UnitOption,
    choices,
    progress_bar,
    sample_count,
    units,
)
from flow.run.outcomes import write_outcomes
from flow.run.recordings import load_samples
from flow.run.report import check_json, sim_report, sim_table, write_json
from flow.run.simulate import INPUT_DEPTH, SimulatedUnit, save_traces, simulate
from model.batch import GoldenBatch
from model.config import CoreConfig, DelayUnit, Protection
from model.fabric.bundle import Bundle
from model.fabric.config import FabricConfig
from model.fabric.mapping import deal_out
from model.image.image import Image
from support.console import console
from support.errors import InputError
from support.files import make_folder
from support.jobs import job_count
from support.outputs import refuse_overwriting
from support.processes import finished
from tb.core.bench import CoreBench
from tb.core.delayed import delayed_spike
from tb.fabric.bench import FabricBench
from tb.player.viewers import Mark, described
from tb.player.viewers import save as save_view
from tb.player.waves import waves_file


def sim(
    *,
    image: ImageOption = IMAGE,
    data: DataOption = DATA,
    samples: SamplesOption = None,
    unit: UnitOption = None,
    option: ChoiceOption = None,
    protection: ProtectionOption = Protection.NONE,
    cores: Annotated[
        int, typer.Option(metavar="N", help="Spread the network over N cores; each has a share of every layer.")
    ] = 1,
    jobs: JobsOption = None,
    seed: Annotated[
        int | None,
        typer.Option(min=0, help="Shuffle the events inside each step; no result may change (default: ascending)."),
    ] = None,
    waves: Annotated[
        bool, typer.Option("--waves", help="Write a waveform of one sample (or --samples N) to build/waves/.")
    ] = False,
    trace: Annotated[
        bool, typer.Option("--trace", help="Compare every update of every neuron, and write them to build/traces/.")
    ] = False,
    json: JsonOption = None,
    csv: CsvOption = None,
) -> None:
    """Play recordings through the core in RTL (Verilator) with each delay unit.

    Every spike, every final potential and the cycles are compared with the models; the first difference ends the run
    with status 1.
    """
    jobs = 1 if waves else job_count(jobs)
    count = sample_count("1" if waves and samples is None else samples)
    made = [path(each) for path, wanted in ((_waves, waves), (_traces, trace)) if wanted for each in units(unit)]
    refuse_overwriting([*filter(None, (json, csv)), *made], [image, data])
    check_json(json)
    check_json(csv)
    chosen = choices(unit, option)
    loaded = _load(image, cores)
    if trace and isinstance(loaded, Bundle):
        raise InputError("--trace is for one core; expected no --cores and no bundle with it")
    network = loaded.network()
    played = load_samples(Path(data), network, count)
    golden = GoldenBatch(network).run(played.rasters)
    configs: list[CoreConfig | FabricConfig] = [
        loaded.config([each], input_depth=INPUT_DEPTH, protection=protection, **chosen)
        if isinstance(loaded, Bundle)
        else replace(loaded.config(each, **chosen), protection=protection)
        for each in units(unit)
    ]
    build = _Build(trace=trace, waves=waves)
    progress_on = console(stderr=True)
    _build_all(build, configs, jobs, progress_on)

    runs: list[SimulatedUnit] = []
    for config in configs:
        bench = build(config)
        with progress_bar(progress_on) as progress:
            task = progress.add_task(f"{_unit(config)}: simulating", total=len(played))
            advance = partial(progress.advance, task)
            runs.append(simulate(bench, loaded, played, golden, jobs=jobs, seed=seed, progress=advance))
        if runs[-1].failure:
            break
    report = sim_report(image.name, played, runs)
    if json:
        write_json(json, asdict(report))
    if csv:
        write_outcomes(csv, {run.unit: run.recordings for run in report.runs})
    shown = console()
    shown.print(sim_table(report))
    shown.print(played.line(), soft_wrap=True)
    for run in runs:
        each = _unit(run.bench.config)
        if trace:
            save_traces(run, path := _traces(each))
            shown.print(f"trace: {path}", soft_wrap=True)
        if waves:
            _show_waves(run, shown)
    failures = [run.failure for run in runs if run.failure]
    if failures:
        raise RunFailed(failures[0])


def _load(path: Path, cores: int) -> Image | Bundle:
    """An image, or a bundle: a file of one (.chxb), or the network of an image spread over cores."""
    if path.suffix == ".chxb":
        if cores != 1:
            raise InputError(f"{path}: a bundle says how many cores there are; give no --cores")
        return Bundle.load(path)
    loaded = Image.load(path)
    return loaded if cores == 1 else deal_out(loaded, cores)


def _unit(config: CoreConfig | FabricConfig) -> DelayUnit:
    return config.delay_unit if isinstance(config, CoreConfig) else config.cores[0].delay_unit


def _waves(unit: DelayUnit) -> Path:
    return waves_file(BUILD / "waves" / f"{unit}.fst")


def _show_waves(run: SimulatedUnit, shown: Console) -> None:
    """Say where the waveform of a run is, how it is opened, and where on it a delayed spike is; mark that spike."""
    bench, path = run.bench, _waves(_unit(run.bench.config))
    marks: list[Mark] = []
    if isinstance(bench, CoreBench) and isinstance(run.image, Image):
        marks = delayed_spike(bench.config, run.image.order, bench.player.transfers)
    save_view(path, bench.player.view, marks)
    for line in described(path, marks):
        shown.print(line, soft_wrap=True)


def _traces(unit: DelayUnit) -> Path:
    return BUILD / "traces" / f"{unit}.csv"


@dataclass(frozen=True, kw_only=True)
class _Build:
    """How the simulators of a run are built."""

    trace: bool
    waves: bool

    def __call__(self, config: CoreConfig | FabricConfig) -> CoreBench | FabricBench:
        waves = _waves(_unit(config)) if self.waves else None
        if waves:
            make_folder(waves.parent)
        if isinstance(config, FabricConfig):
            return FabricBench(config, backend="native", fast=True, waves=waves)
        return CoreBench(config, trace=self.trace, backend="native", fast=True, waves=waves)


def _build_all(build: _Build, configs: Sequence[CoreConfig | FabricConfig], jobs: int, shown: Console) -> None:
    """Build the simulators side by side; the caller finds them built. Processes, for Amaranth knows no threads."""
    with progress_bar(shown) as progress:
        task = progress.add_task("building the simulators", total=len(configs))
        for _ in finished(partial(_build_one, build), configs, jobs):
            progress.advance(task)


def _build_one(build: _Build, config: CoreConfig | FabricConfig) -> None:
    # The simulator stays in the folder of builds; a core cannot go from one process to another.
    build(config)
