"""``chronaxie verilog``: plain Verilog for other tools."""

from pathlib import Path
from typing import Annotated

import typer

from flow.commands.area import PresetOption
from flow.commands.options import BUILD, IMAGE, ChoiceOption, ImageOption, UnitOption, builds
from flow.synthesis.verilog import export


def verilog(
    image: ImageOption = IMAGE,
    preset: PresetOption = None,
    unit: UnitOption = None,
    option: ChoiceOption = None,
    output: Annotated[Path, typer.Option("--output", "-o", metavar="FOLDER", help="Where the files go.")] = BUILD
    / "rtl",
) -> None:
    """Write plain Verilog of the core and of the delay unit alone, for the build of an image or a preset."""
    for config in builds(image, preset, unit, option)[1]:
        for path in export(config, output):
            print(path)
