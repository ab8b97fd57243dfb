# SPDX-License-Identifier: Apache-2.0
"""``chronaxie image``: what is in an image, how one is made, and back."""

from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table
from rich.text import Text

from flow.commands.options import OUTPUT, JsonOption
from flow.run.report import image_report, write_json
from model.config import PRESETS, preset
from model.image.image import Image
from model.mapping.compiler import compile_network, fit
from model.network_file import load_network, save_network
from support.console import console
from support.errors import InputError

app = typer.Typer(help="Images of networks: look inside, compile, decompile.", no_args_is_help=True)
ImageArgument = Annotated[Path, typer.Argument(metavar="IMAGE", help="Image of a network (.chx).")]


LANES = 8
"""Of a build that is made to measure, unless --lanes says otherwise."""


def _check_ending(path: Path, what: str, ending: str) -> None:
    """Refuse a name under which nobody would look for a thing. Raises InputError."""
    if path.suffix != ending:
        raise InputError(f"{path}: {what} ends in {ending}; expected such a name")


@app.command("info")
def info(image: ImageArgument, json: JsonOption = None) -> None:
    """Geometry, contents, lane fill and delay memory of an image."""
    report = image_report(image.name, Image.load(image))
    if json:
        write_json(json, report)
    table = Table(title=Text(str(image)), title_justify="left", show_header=False)
    table.add_column(style="bold")
    table.add_column()
    for key, value in report.items():
        if isinstance(value, dict):
            text = ", ".join(
                f"{name} {part:,}" if type(part) is int else f"{name} {part}" for name, part in value.items()
            )
        else:
            text = f"{value:.1%}" if isinstance(value, float) else f"{value:,}" if type(value) is int else str(value)
        # What stands in a file is no markup.
        table.add_row(key.replace("_", " "), Text(text))
    console().print(table)


@app.command("compile")
def compile_(
    *,
    network: Annotated[Path, typer.Argument(metavar="NETWORK", help="A network in integers (.npz).")],
    output: Annotated[Path, typer.Option("--output", "-o", metavar="IMAGE", help="The image to write (.chx)."), OUTPUT],
    lanes: Annotated[
        int | None, typer.Option(metavar="N", help=f"Synapses a cycle of a build to measure (default: {LANES}).")
    ] = None,
    codebook: Annotated[bool, typer.Option("--codebook", help="Weights as indices into a codebook.")] = False,
    build: Annotated[
        str | None, typer.Option("--preset", metavar="NAME", help=f"For a named build: {', '.join(PRESETS)}.")
    ] = None,
    capacity: Annotated[
        int | None, typer.Option(metavar="EVENTS", help="Entries of an event queue (default: the worst case).")
    ] = None,
    seed: Annotated[int, typer.Option(help="Of the search for a layout over the lanes.")] = 0,
) -> None:
    """Compile a network for the smallest build that holds it, or for a named one."""
    _check_ending(output, "an image", ".chx")
    if build and lanes is not None:
        raise InputError(f"--preset {build} says how many lanes there are; give no --lanes")
    if build and codebook:
        raise InputError(f"--preset {build} says whether there is a codebook; give no --codebook")
    loaded = load_network(network)
    if build:
        config = preset(build)
    else:
        config = fit(
            loaded, lanes=LANES if lanes is None else lanes, codebook=codebook, capacity=capacity, seed=seed
        )  # fmt: skip
    image = compile_network(loaded, config, capacity=capacity, seed=seed)
    image.save(output)
    console().print(
        f"{output}: {image.synapses:,} synapses in {image.words_used:,} words, lane fill {image.lane_fill:.1%}",
        soft_wrap=True,
    )


@app.command("network")
def network(
    image: ImageArgument,
    output: Annotated[
        Path, typer.Option("--output", "-o", metavar="NETWORK", help="The network to write (.npz)."), OUTPUT
    ],
) -> None:
    """Map an image back to its network."""
    _check_ending(output, "a network", ".npz")
    loaded = Image.load(image).network()
    save_network(output, loaded)
    console().print(
        f"{output}: {loaded.neurons.count} neurons, {loaded.axons} axons, {loaded.synapses:,} synapses", soft_wrap=True
    )
