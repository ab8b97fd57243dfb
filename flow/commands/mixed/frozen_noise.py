# SPDX-License-Identifier: Apache-2.0
"""``chronaxie frozen-noise``: networks on the frozen-noise task, with 4 bits and on devices with mismatch."""

from importlib import import_module
from pathlib import Path
from typing import Annotated

import typer

from flow.commands.options import BUILD, OUTPUT, JsonOption, progress_bar
from flow.commands.train import training
from flow.run.report import check_json, write_json
from support.console import console
from support.outputs import refuse_overwriting
from support.paths import ROOT

REPORT = BUILD / "reports" / "frozen_noise.json"
CONFIG = ROOT / "train" / "configs" / "mixed_signal" / "frozen_noise.toml"


def frozen_noise(
    *,
    config: Annotated[
        Path, typer.Argument(metavar="CONFIG", help="The task, as TOML (default: the published one).")
    ] = CONFIG,
    quick: Annotated[bool, typer.Option("--quick", help="One seed, fewer epochs and devices.")] = False,
    folder: Annotated[
        Path, typer.Option("--folder", metavar="FOLDER", help="Of the networks' checkpoints."), OUTPUT
    ] = BUILD / "frozen_noise",
    json: JsonOption = REPORT,
) -> None:
    """Train networks to tell frozen noise apart, round them to 4 bits, try them on devices; goes on where stopped."""
    training("train.mixed_signal.task")
    json = json or REPORT
    check_json(json)
    picture = json.with_suffix(".png")
    refuse_overwriting([json, picture], [config])
    report, shown = import_module("flow.mixed_signal.frozen"), console()
    loaded = training("train.mixed_signal.config").load_frozen_noise(config, report.QUICK if quick else None)
    with progress_bar(shown) as bar:
        tasks: dict[str, object] = {}

        def progress(name: str, done: int, total: int) -> None:
            if name not in tasks:
                tasks[name] = bar.add_task(name, total=total)
            bar.update(tasks[name], completed=done)  # type: ignore[arg-type]

        content = training("train.mixed_signal.task").frozen_noise(loaded, folder / loaded.name, progress)
    write_json(json, content)
    report.save_picture(picture, loaded, content)
    shown.print(report.as_table(content))
    shown.print(report.chip_table(content))
    shown.print(report.ablation_table(content))
    shown.print(report.codes_table(content))
    shown.print(f"report: {json}, picture: {picture}")
