"""``chronaxie data``: recordings as spikes."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from data.fetch import SERVERS, fetch
from data.info import summary, table
from data.shd import Recordings
from data.synth import synthesise
from flow.commands.options import BUILD, JobsOption, JsonOption, console
from flow.jobs import job_count
from flow.report import write_json

app = typer.Typer(help="Recordings as spikes: fetch, make, look into a file.", no_args_is_help=True)


class Official(StrEnum):
    """Data sets that can be fetched."""

    SHD = "shd"


@app.command("fetch")
def fetch_official(
    dataset: Annotated[Official, typer.Argument(metavar="shd", help="The Spiking Heidelberg Digits.")],
    folder: Annotated[Path, typer.Argument(metavar="[FOLDER]", help="Where the files go.")] = BUILD / "shd",
    server: Annotated[
        list[str] | None,
        typer.Option("--from", metavar="URL", help="A server that holds the archives (may be given several times)."),
    ] = None,
) -> None:
    """Fetch the official files, check and unpack them; goes on where it stopped."""
    assert dataset is Official.SHD
    for path in fetch(folder, servers=tuple(server or SERVERS)):
        console().print(f"{path}: {len(Recordings.open(path)):,} recordings")


@app.command("synth")
def synth(
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="Where synthetic_train.h5 and _test.h5 go.")],
    train: Annotated[int, typer.Option(metavar="N", help="Utterances of the training set.")] = 3000,
    test: Annotated[int, typer.Option(metavar="N", help="Utterances of the test set.")] = 200,
    seed: Annotated[int, typer.Option(help="Of all that is drawn at random.")] = 1,
    jobs: JobsOption = None,
) -> None:
    """Speak the digits of two languages with espeak-ng and encode them with the cochlea; goes on where it stopped."""
    for path in synthesise(folder, train=train, test=test, seed=seed, jobs=job_count(jobs)):
        console().print(str(path))


@app.command("info")
def info(
    path: Annotated[Path, typer.Argument(metavar="FILE", help="Any file of the SHD format (HDF5).")],
    json: JsonOption = None,
) -> None:
    """Count samples, classes, speakers and spikes of a file."""
    facts = summary(path)
    if json:
        write_json(json, facts)
    console().print(table(facts))
