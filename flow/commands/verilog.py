# SPDX-License-Identifier: Apache-2.0
"""``chronaxie verilog``: plain Verilog for other tools."""

from pathlib import Path
from typing import Annotated

import typer

from flow.commands.area import PresetOption
from flow.commands.options import BUILD, IMAGE, OUTPUT, BuildOption, ChoiceOption, UnitOption, builds
from flow.synthesis.verilog import designs, export
from support.outputs import refuse_overwriting


def verilog(
    image: BuildOption = None,
    preset: PresetOption = None,
    unit: UnitOption = None,
    option: ChoiceOption = None,
    output: Annotated[
        Path, typer.Option("--output", "-o", metavar="FOLDER", help="Where the files go."), OUTPUT
    ] = BUILD / "rtl",
) -> None:
    """Write plain Verilog of the core and of the delay unit alone, for the build of an image or a preset."""
    configs = builds(image, preset, unit, option)[1]
    refuse_overwriting([output / f"{name}.v" for config in configs for name in designs(config)], [image or IMAGE])
    for config in configs:
        for path in export(config, output):
            print(path)
