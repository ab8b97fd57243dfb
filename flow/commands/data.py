# SPDX-License-Identifier: Apache-2.0
"""``chronaxie data``: recordings as spikes."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from data import labels
from data.cochlea.audio import RAMP_S, parse_ramp
from data.delay_xor import write_task
from data.encode import encode_files, sound_files
from data.rasters import info as rasters
from data.rasters.reader import is_raster
from data.shd.fetch import SERVERS, fetch
from data.shd.info import summary
from data.shd.info import table as info_table
from data.shd.reader import Recordings
from data.speech.synth import synthesise
from flow.commands.options import BUILD, OUTPUT, JobsOption, JsonOption
from flow.run.report import write_json
from support.caches import numba_cache
from support.console import console
from support.errors import InputError
from support.outputs import refuse_overwriting
from support.processes import cores

RampOption = Annotated[
    str,
    typer.Option(
        "--ramp", metavar="SECONDS|half", help="How long sound fades in and out; half: as the reference traces."
    ),
]

app = typer.Typer(help="Recordings as spikes: fetch, encode, make, look into a file.", no_args_is_help=True)


class Official(StrEnum):
    """Data sets that can be fetched."""

    SHD = "shd"


@app.command("fetch")
def fetch_official(
    dataset: Annotated[Official, typer.Argument(metavar="shd", help="The Spiking Heidelberg Digits.")],
    folder: Annotated[Path, typer.Argument(metavar="[FOLDER]", help="Where the files go."), OUTPUT] = BUILD / "shd",
    server: Annotated[
        list[str] | None,
        typer.Option("--from", metavar="URL", help="A server that holds the archives (may be given several times)."),
    ] = None,
) -> None:
    """Fetch the official files, check and unpack them; goes on where it stopped."""
    assert dataset is Official.SHD
    for path in fetch(folder, servers=tuple(server or SERVERS)):
        console().print(f"{path}: {len(Recordings.open(path)):,} recordings", soft_wrap=True)


@app.command("encode")
def encode(
    *,
    paths: Annotated[
        list[Path], typer.Argument(metavar="FILES|FOLDER", help="Sound: wav, flac, or folders that hold such files.")
    ],
    output: Annotated[Path, typer.Option("--output", "-o", metavar="FILE", help="Where the spikes go (.h5)."), OUTPUT],
    pattern: Annotated[
        str | None,
        typer.Option("--pattern", metavar="REGEX", help="Finds (?P<label>) and, if wanted, (?P<speaker>) in a path."),
    ] = None,
    table: Annotated[
        Path | None, typer.Option("--table", metavar="CSV", help="Says the label and speaker of each file.")
    ] = None,
    classes: Annotated[
        str | None,
        typer.Option("--classes", metavar="NAMES", help="The classes in their order, with commas between."),
    ] = None,
    seed: Annotated[int, typer.Option(min=0, help="Of the nerve fibres.")] = 1,
    exact: Annotated[
        bool, typer.Option("--exact", help="On the frequency grid of the original: forty times as slow.")
    ] = False,
    ramp: RampOption = str(RAMP_S),
    jobs: JobsOption = None,
) -> None:
    """Encode sound into spikes with the cochlea of the Spiking Heidelberg Digits; goes on where it stopped.

    Without --pattern and --table, files must be named like those of the Heidelberg Digits.
    """
    numba_cache()
    length = parse_ramp(ramp)
    if pattern is not None and table is not None:
        raise InputError("labels come from a --pattern or from a --table, not from both")
    files = sound_files(paths)
    refuse_overwriting([output], files)
    names = [name.strip() for name in classes.split(",")] if classes is not None else None
    if table is not None:
        found = labels.from_table(files, table, names)
    elif pattern is not None:
        found = labels.from_pattern(files, pattern, names)
    else:
        found = labels.from_names(files, names)
    encode_files(files, found, output, seed=seed, exact=exact, ramp=length, jobs=cores() if jobs is None else jobs)
    console().print(info_table(summary(output)))


@app.command("synth")
def synth(
    *,
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="Where synthetic_train.h5 and _test.h5 go."), OUTPUT],
    train: Annotated[int, typer.Option(metavar="N", help="Utterances of the training set.")] = 3000,
    test: Annotated[int, typer.Option(metavar="N", help="Utterances of the test set.")] = 200,
    seed: Annotated[int, typer.Option(help="Of all that is drawn at random.")] = 1,
    ramp: RampOption = str(RAMP_S),
    jobs: JobsOption = None,
) -> None:
    """Speak the digits of two languages with espeak-ng and encode them with the cochlea; goes on where it stopped."""
    numba_cache()
    processes = cores() if jobs is None else jobs
    for path in synthesise(folder, train=train, test=test, seed=seed, ramp=parse_ramp(ramp), jobs=processes):
        console().print(str(path), soft_wrap=True)


@app.command("delay-xor")
def delay_xor(
    *,
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="Where train.npz and test.npz go."), OUTPUT],
    train: Annotated[int, typer.Option(min=1, metavar="N", help="Samples of the training set.")] = 3000,
    test: Annotated[int, typer.Option(min=1, metavar="N", help="Samples of the test set.")] = 500,
    seed: Annotated[int, typer.Option(min=0, help="Of all that is drawn at random.")] = 1,
) -> None:
    """Make the sets of a task that needs delays: does just one of two channels have a pair of spikes 8 steps apart?"""
    for path in write_task(folder, train=train, test=test, seed=seed):
        console().print(str(path), soft_wrap=True)


@app.command("info")
def info(
    path: Annotated[Path, typer.Argument(metavar="FILE", help="SHD format (HDF5), or .npz, .npy, .csv.")],
    json: JsonOption = None,
) -> None:
    """Count samples, classes, speakers and spikes of a file."""
    raster = is_raster(path)
    facts = rasters.summary(path) if raster else summary(path)
    if json:
        write_json(json, facts)
    console().print(rasters.table(facts) if raster else info_table(facts))
