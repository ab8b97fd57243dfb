# SPDX-License-Identifier: Apache-2.0
"""``chronaxie verilog`` and ``chronaxie vectors``: plain Verilog for other tools, and what to play into it."""

from pathlib import Path
from typing import Annotated

import typer

from flow.commands.area import PresetOption
from flow.commands.image import ImageArgument
from flow.commands.options import (
    BUILD,
    DATA,
    IMAGE,
    OUTPUT,
    BuildOption,
    ChoiceOption,
    DataOption,
    UnitOption,
    builds,
    choices,
    units,
)
from flow.integration.constants import Constant, constant_files, write_constants
from flow.integration.core import core_about, core_constants
from flow.integration.fabric import fabric_about, fabric_constants
from flow.integration.vectors import FILES, write_vectors
from flow.run.recordings import load_samples
from flow.synthesis.verilog import designs, export
from flow.version import version_line
from model.config import CoreConfig
from model.fabric.bundle import Bundle
from model.fabric.config import FabricConfig
from model.image.image import Image
from support.outputs import refuse_overwriting


def verilog(
    *,
    image: BuildOption = None,
    preset: PresetOption = None,
    unit: UnitOption = None,
    option: ChoiceOption = None,
    output: Annotated[
        Path, typer.Option("--output", "-o", metavar="FOLDER", help="Where the files go."), OUTPUT
    ] = BUILD / "rtl",
    name: Annotated[
        str, typer.Option(metavar="PREFIX", help="Begins the name of every module, so that builds do not collide.")
    ] = "",
) -> None:
    """Write plain Verilog of the core and of the delay unit alone, for the build of an image or a preset.

    For a bundle (.chxb), of a fabric that takes it. Beside it, the constants as SystemVerilog package, Verilog include
    and C header.
    """
    made: list[tuple[CoreConfig | FabricConfig, list[str], list[Constant]]] = []  # with what its headers say
    if image is not None and image.suffix == ".chxb":
        bundle, chosen = Bundle.load(image), choices(unit, option)
        for fabric in (bundle.config([each], **chosen) for each in units(unit)):
            made.append((fabric, fabric_about(fabric), fabric_constants(fabric)))
    else:
        for core in builds(image, preset, unit, option)[1]:
            made.append((core, core_about(core), core_constants(core)))
    names = [[*designs(config, name)] for config, _, _ in made]  # the last one of a build holds all of it
    outputs = [output / f"{each}.v" for build in names for each in build]
    outputs += [path for build in names for path in constant_files(build[-1], output)]
    refuse_overwriting(outputs, [image or IMAGE])
    for (config, about, constants), build in zip(made, names, strict=True):
        written = export(config, output, name, [f"{version_line()}.", *about])
        for path in [*written, *write_constants(build[-1], constants, output)]:
            print(path)


def vectors(
    *,
    image: ImageArgument,
    data: DataOption = DATA,
    samples: Annotated[int, typer.Option(min=1, metavar="N", help="How many recordings, from the first on.")] = 1,
    output: Annotated[Path, typer.Option("--output", "-o", metavar="FOLDER", help="Where the files go."), OUTPUT],
) -> None:
    """Write image, events, and the golden model's spikes and read-outs as hex for a bench in Verilog.

    The files suit a core with any delay unit; examples/verilog/core_tb.sv plays them.
    """
    refuse_overwriting([output / name for name in FILES], [image, data])
    loaded = Image.load(image)
    for path in write_vectors(loaded, load_samples(Path(data), loaded.network(), samples), output):
        print(path)
