# SPDX-License-Identifier: Apache-2.0
"""``chronaxie verilog`` and ``chronaxie vectors``: plain Verilog for other tools, and what to play into it."""

from collections.abc import Mapping, Sequence
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
from flow.integration.constants import constant_files, write_constants
from flow.integration.core import core_about, core_constants
from flow.integration.fabric import fabric_about, fabric_constants
from flow.integration.vectors import FILES, write_vectors
from flow.run.recordings import load_samples
from flow.synthesis.verilog import designs, export
from flow.version import version_line
from model.delay.registry import DelayUnit
from model.fabric.bundle import Bundle
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
    if image is not None and image.suffix == ".chxb":
        _fabrics(image, units(unit), choices(unit, option), output, name)
        return
    configs = builds(image, preset, unit, option)[1]
    made = [(config, list(designs(config, name))) for config in configs]
    outputs = [output / f"{each}.v" for _, names in made for each in names]
    outputs += [path for _, (_, core) in made for path in constant_files(core, output)]
    refuse_overwriting(outputs, [image or IMAGE])
    for config, (_, core) in made:
        written = export(config, output, name, [f"{version_line()}.", *core_about(config)])
        for path in [*written, *write_constants(core, core_constants(config), output)]:
            print(path)


def _fabrics(bundle: Path, chosen: Sequence[DelayUnit], options: Mapping[str, int], output: Path, name: str) -> None:
    """The same of a fabric that takes a bundle."""
    loaded = Bundle.load(bundle)
    configs = [loaded.config([unit], **options) for unit in chosen]
    tops = [next(iter(designs(config, name))) for config in configs]
    outputs = [output / f"{top}.v" for top in tops] + [path for top in tops for path in constant_files(top, output)]
    refuse_overwriting(outputs, [bundle])
    for config, top in zip(configs, tops, strict=True):
        written = export(config, output, name, [f"{version_line()}.", *fabric_about(config)])
        for path in [*written, *write_constants(top, fabric_constants(config), output)]:
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
