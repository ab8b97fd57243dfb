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
    ProtectionOption,
    UnitOption,
    builds,
    choices,
    units,
)
from flow.integration.handover import AxiHandover, CoreHandover, FabricHandover, Handover
from flow.integration.vectors import FILES, write_vectors
from flow.run.recordings import load_samples
from model.config import Protection
from model.fabric.bundle import Bundle
from model.fabric.mapping import deal_out
from model.image.image import Image
from support.errors import InputError
from support.outputs import refuse_overwriting


def verilog(
    *,
    image: BuildOption = None,
    preset: PresetOption = None,
    unit: UnitOption = None,
    option: ChoiceOption = None,
    protection: ProtectionOption = Protection.NONE,
    output: Annotated[
        Path, typer.Option("--output", "-o", metavar="FOLDER", help="Where the files go."), OUTPUT
    ] = BUILD / "rtl",
    name: Annotated[
        str, typer.Option(metavar="PREFIX", help="Begins the name of every module, so that builds do not collide.")
    ] = "",
    axi: Annotated[
        bool, typer.Option("--axi", help="Of a fabric with AXI4-Stream and AXI4-Lite ports; an image gets one core.")
    ] = False,
) -> None:
    """Write plain Verilog of the core and of the delay unit alone, for the build of an image or a preset.

    For a bundle (.chxb), of a fabric that takes it. Beside it, the constants as SystemVerilog package, Verilog include
    and C header, and a FuseSoC core file. With --axi also an example of its use.
    """
    made: list[Handover] = []
    if axi or (image is not None and image.suffix == ".chxb"):
        if preset is not None:
            raise InputError("--axi is for a bundle or an image, which says what a fabric has to hold, not a preset")
        bundle, chosen = _bundle(image or IMAGE), choices(unit, option)
        kind = AxiHandover if axi else FabricHandover
        made += [kind(bundle.config([each], protection=protection, **chosen), name) for each in units(unit)]
    else:
        made += [CoreHandover(each, name) for each in builds(image, preset, unit, option, protection)[1]]
    refuse_overwriting([output / each for build in made for each in build.files()], [image or IMAGE])
    for build in made:
        for path in build.write(output):
            print(path)


def _bundle(path: Path) -> Bundle:
    """A bundle, or an image on one core."""
    if path.suffix == ".chxb":
        return Bundle.load(path)
    return deal_out(Image.load(path), 1)


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
