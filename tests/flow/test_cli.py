# SPDX-License-Identifier: Apache-2.0
"""The command line: what all subcommands share. Each by itself: tests/flow/commands."""

import json
import os
import subprocess
import sys
import warnings
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import h5py
import pytest

from data.shd import reader as shd
from flow import cli
from flow.cli import run
from model.config import preset
from model.mapping.compiler import compile_network
from model.network_file import save_network
from support.errors import InputWarning
from support.paths import ROOT
from tests.flow.examples import small_image, small_network, write_recordings

COMMANDS = [
    "sim",
    "golden",
    "evaluate",
    "area",
    "verilog",
    "vectors",
    "formal",
    "mutation",
    "delay-report",
    "advise",
    "image",
    "data",
    "train",
    "crossvalidate",
    "quantise",
    "results",
]


def test_no_command_needs_an_extra_to_be_named() -> None:
    """What `make sim` installs is enough for the command line; each command names what it needs besides."""
    code = (
        "import sys;"
        "missing = 'espeakng_loader jinja2 matplotlib numba pooch requests scipy soundfile tensorboard torch';"
        "sys.modules.update(dict.fromkeys(missing.split()));"
        "from flow.cli import application, run; application(); sys.exit(run(['golden', '--samples', '1']))"
    )
    child = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert child.returncode == 0, child.stderr


@pytest.mark.parametrize("command", COMMANDS)
def test_help(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run([command, "--help"]) == 0
    out = capsys.readouterr().out
    assert f"chronaxie {command}" in out


def test_help_names_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert run([]) == 2
    captured = capsys.readouterr()
    assert all(f" {command} " in captured.out for command in COMMANDS)
    assert captured.err == ""


def test_a_command_that_is_not_there(refused: Callable[[str, str], None]) -> None:
    refused("nope", "No such command 'nope'.")


def test_nothing_but_training_needs_torch() -> None:
    """``make sim`` installs no torch, so nothing that the command line imports may import it."""
    code = (
        "import sys; from flow.cli import application; application();"
        "sys.exit(bool({'torch', 'tensorboard', 'scipy', 'numba'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False).returncode == 0


ODD = ("[/x]", "[red]", "zwölf :x:")


@pytest.fixture
def odd(folder: Path) -> Path:
    """Names of images, data sets, networks, classes and paths that could be taken for markup, beyond ASCII too."""
    network = replace(small_network(), name="[/x]", labels=ODD)
    (folder / "[").mkdir()
    compile_network(network, preset("tiny")).save(folder / "[red]ä.chx")
    write_recordings(folder / "[b].h5", keys=ODD)
    with h5py.File(folder / "[b].h5", "a") as file:
        file.attrs["dataset"] = "[/y] dïgits"
    return folder


SHOWN = [
    ("golden --image [red]ä.chx --data [b].h5 --json [/j.json", "[red]ä.chx on [/y] dïgits"),
    (
        "sim --image [red]ä.chx --data [b].h5 --samples 1 --unit ring --json [/j.json",
        "[red]ä.chx on [/y] dïgits",
    ),
    ("evaluate [red]ä.chx --data [b].h5 --json [/j.json", "weakest class"),
    (
        "evaluate [red]ä.chx --data [b].h5 --noise --kind delay_jitter --level 0.1 --seeds 1 --json [/j.json "
        "--plot [/p$\\x$.svg",
        "plot: [/p$\\x$.svg",
    ),
    ("advise [red]ä.chx --data [b].h5 --json [/j.json", "recordings of [/y] dïgits"),
    ("image info [red]ä.chx --json [/j.json", "[/x]"),
    ("image network [red]ä.chx -o [/c.npz", "[/c.npz: 6 neurons"),
    ("image compile [/c.npz -o [/d.chx", "[/d.chx: "),
    ("data info [b].h5 --json [/j.json", "[/x] 2, [red] 2, zwölf :x: 2"),
]


@pytest.mark.parametrize(("arguments", "shown"), SHOWN)
def test_names_are_no_markup(odd: Path, capsys: pytest.CaptureFixture[str], arguments: str, shown: str) -> None:
    save_network(odd / "[" / "c.npz", replace(small_network(), name="[/x]", labels=ODD))
    assert run(arguments.split()) == 0
    assert shown in capsys.readouterr().out


@pytest.mark.parametrize("encoding", ["ascii", "latin-1"])
def test_any_terminal_will_do(odd: Path, encoding: str) -> None:
    """What a terminal cannot show is escaped; nothing fails after the work is done."""
    for arguments, said in (
        ("evaluate [red]ä.chx --data [b].h5 --noise --kind delay_jitter --level 0.1 --seeds 2", "±"),
        ("golden --image nönε.chx", "nönε.chx: image cannot be read"),
    ):
        child = subprocess.run(
            [sys.executable, "-m", "flow.cli", *arguments.split()], capture_output=True, check=False,
            env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONIOENCODING": encoding},
        )  # fmt: skip
        assert child.returncode == (2 if "nön" in arguments else 0), child.stderr
        assert said.encode(encoding, "backslashreplace") in child.stdout + child.stderr


@pytest.mark.parametrize("arguments", [each for each, _ in SHOWN if "--json" in each])
def test_the_report_is_written_before_anything_is_printed(
    odd: Path, monkeypatch: pytest.MonkeyPatch, arguments: str
) -> None:
    class Broken(Exception):
        pass

    def fail(*_: object, **__: object) -> None:
        raise Broken

    monkeypatch.setattr("rich.console.Console.print", fail)
    with pytest.raises(Broken):
        run(arguments.split())
    assert json.loads((odd / "[" / "j.json").read_text())


@pytest.mark.parametrize("command", ["golden", "sim", "evaluate", "image info", "advise"])
def test_a_hostile_image_is_one_line(folder: Path, capsys: pytest.CaptureFixture[str], command: str) -> None:
    image = small_image()
    info = {**image.info, "encoding": {**image.info["encoding"], "steps": 10**12}}
    replace(image, info=info).save(folder / "small.chx")
    option = "--image " if command in ("golden", "sim") else ""
    assert run(f"{command} {option}small.chx".split()) == 2
    expected = "error: small.chx: encoding: steps must be at most 65535, not 1000000000000\n"
    assert capsys.readouterr().err == expected


def test_a_warning_is_one_line(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    def warn(*_: object, **__: object) -> None:
        warnings.warn("x.npz: made again", InputWarning, stacklevel=1)
        warnings.warn("of others", UserWarning, stacklevel=1)

    monkeypatch.setattr(cli, "app", warn)
    with pytest.warns(UserWarning, match="of others"):
        assert run([]) == 0
    assert capsys.readouterr().err == "warning: x.npz: made again\n"


def test_offenders_in_a_few_recordings_are_one_line(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    network = replace(small_network(), encoding=replace(small_network().encoding, units=500))  # type: ignore[type-var]
    compile_network(network, preset("tiny")).save(folder / "few.chx")
    spikes = [([0.5], [499]), ([0.1, 0.5], [0, 500])]
    shd.write(folder / "few.h5", spikes, labels=[0, 1], speakers=[0, 0], keys=("red", "green"))
    for command in ("golden --image", "sim --image", "evaluate"):
        assert run(f"{command} few.chx --data few.h5".split()) == 2
        assert capsys.readouterr().err == "error: few.h5: recording 1: unit of spike 1 must be in 0..499, not 500\n"
