# SPDX-License-Identifier: Apache-2.0
"""``chronaxie inspect``: what is in an image or a bundle, and what becomes of a sample in it."""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from flow.commands.options import BUILD, JsonOption
from flow.inspection.record import inspection
from flow.inspection.show import tables
from flow.run.recordings import load_samples
from flow.run.report import check_json, write_json
from model.fabric.bundle import Bundle
from model.image.image import Image
from support.console import console
from support.errors import InputError

REPORTS = BUILD / "reports"


def inspect(
    *,
    image: Annotated[Path, typer.Argument(metavar="IMAGE", help="An image (.chx), or a bundle of several (.chxb).")],
    data: Annotated[
        Path | None,
        typer.Option("--data", metavar="FILE", help="Recordings, as everywhere; a sample of them is played."),
    ] = None,
    sample: Annotated[
        int | None, typer.Option("--sample", metavar="N", min=0, help="Which one, from 0 (default: 0).")
    ] = None,
    reports: Annotated[
        Path, typer.Option("--reports", metavar="FOLDER", help="Where the reports of the other commands are.")
    ] = REPORTS,
    json: JsonOption = None,
) -> None:
    """Layers, memory, delays and weights of a network; with --data, what happens in a sample of it.

    The sample is played in the golden model; cycles and what waits in the delay units are those of the cycle model.
    """
    if sample is not None and data is None:
        raise InputError("--sample says which sample of a file; expected --data with it")
    check_json(json)
    loaded = Bundle.load(image) if image.suffix == ".chxb" else Image.load(image)
    number = sample or 0
    samples = load_samples(data, loaded.network()) if data else None
    if samples is not None and number >= len(samples):
        raise InputError(f"{data}: no sample {number}, there are {len(samples)}, from 0")
    seen = inspection(image.name, loaded, samples, number, reports)
    if json:
        write_json(json, asdict(seen))
    for each in tables(seen):
        console().print(each)
