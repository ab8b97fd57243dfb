# SPDX-License-Identifier: Apache-2.0
"""What all subcommands share: an output is never one of the inputs."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import typer

from flow.cli import application, run
from flow.commands.options import guarded, paths_of
from support.errors import InputError
from tests.flow.examples import small_image


def commands(group: typer.Typer, prefix: str = "") -> Iterator[tuple[str, Callable[..., Any]]]:
    """Every subcommand with its function."""
    for each in group.registered_commands:
        assert each.callback
        yield f"{prefix}{each.name}", each.callback
    for inner in group.registered_groups:
        assert inner.typer_instance
        yield from commands(inner.typer_instance, f"{prefix}{inner.name} ")


COMMANDS = dict(commands(application()))
OUTPUTS = {
    "sim": {"json", "csv"}, "golden": {"json", "csv"}, "evaluate": {"plot", "json", "csv"},
    "area": {"json"}, "verilog": {"output"}, "fpga": {"output", "json"}, "host": {"json"}, "energy": {"json"},
    "vectors": {"output"}, "map": {"output"}, "unmap": {"output"},
    "formal": {"json"}, "mutation": {"json"}, "coverage": {"json"},
    "delay-report": {"output"}, "advise": {"json"}, "inspect": {"json"}, "image info": {"json"},
    "image compile": {"output"}, "image network": {"output"}, "data fetch": {"folder"}, "data encode": {"output"},
    "data synth": {"folder"}, "data delay-xor": {"folder"},
    "data info": {"json"}, "train": {"folder"}, "yinyang": {"folder", "json"},
    "crossvalidate": {"folder", "json"}, "codebook": {"output"}, "frozen-noise": {"folder", "json"},
    "quantise": {"output", "json"}, "sensitivity": {"json"}, "faults": {"plot", "json"},
    "sweep": {"folder", "plot", "json"}, "results": {"json"},
    "paper": {"output"},
    "report": {"output"}, "deploy": {"output"}, "undeploy": {"output"}, "dynap": {"json"},
    "nir import": {"output", "json"}, "nir export": {"output"},
    "netx import": {"output", "json"},
}  # fmt: skip
"""By command, the options of type Path that name what is written; all others name what is read."""


def test_outputs_and_inputs_are_told_apart() -> None:
    assert {name: set(paths_of(command)[0]) for name, command in COMMANDS.items()} == OUTPUTS


PAIRS = [(name, out, into) for name, command in COMMANDS.items() for out in paths_of(command)[0]
         for into in paths_of(command)[1]]  # fmt: skip


@pytest.mark.parametrize(("name", "output", "into"), PAIRS)
def test_no_command_writes_onto_what_it_reads(name: str, output: str, into: str, tmp_path: Path) -> None:
    path = tmp_path / "precious"
    path.write_text("years of work")
    many = into in ("images", "folders", "paths", "macro_lib")
    with pytest.raises(InputError, match=f"^{path}: would be written over what is read from it"):
        COMMANDS[name](**{output: path, into: [path] if many else path})
    assert path.read_text() == "years of work"


def test_what_is_read_by_default_counts() -> None:
    with pytest.raises(InputError, match=r"synthetic_48_48_20\.chx: would be written over"):
        COMMANDS["golden"](json=Path("tables/synthetic_48_48_20.chx"))


def test_a_command_gets_what_it_was_called_with() -> None:
    def command(data: Path, json: Path | None = None) -> tuple[Path, Path | None]:
        return data, json

    assert guarded(command)(Path("a")) == (Path("a"), None)
    assert guarded(command)(data=Path("a"), json=Path("b")) == (Path("a"), Path("b"))


@pytest.fixture
def folder(folder: Path) -> Path:
    (folder / "synthetic_small.h5").rename(folder / "x.h5")
    return folder


@pytest.mark.parametrize(
    ("arguments", "victim"),
    [
        ("data info x.h5 --json x.h5", "x.h5"),
        ("golden --image small.chx --data x.h5 --json ./x.h5", "x.h5"),
        ("image network small.chx -o link.chx", "small.chx"),
        ("evaluate small.chx --data x.h5 --noise --plot p.svg --json p.svg", "x.h5"),
        ("data encode sounds -o sounds/a.wav --pattern (?P<label>.)", "sounds/a.wav"),
        ("sim --image small.chx --data build/waves/ring.fst --waves --unit ring", "build/waves/ring.fst"),
        ("sim --image build/traces/ring.csv --data x.h5 --trace --unit ring", "build/traces/ring.csv"),
        ("sim --image small.chx --data x.h5 --trace --json build/traces/ring.csv --unit ring", "x.h5"),
        ("verilog --image rtl/core_ring.v -o rtl --unit ring", "rtl/core_ring.v"),
        ("delay-report small.chx --data out/delay.json --quick -o out", "out/delay.json"),
    ],
)
def test_the_command_line_destroys_nothing(
    folder: Path, capsys: pytest.CaptureFixture[str], arguments: str, victim: str
) -> None:
    (folder / "link.chx").symlink_to("small.chx")
    path = folder / victim
    if not path.exists():
        path.parent.mkdir(parents=True)
        small_image().save(path)
    before = path.read_bytes()
    there = set(folder.rglob("*"))
    assert run(arguments.split()) == 2
    assert capsys.readouterr().err.startswith("error: ")
    assert path.read_bytes() == before
    assert set(folder.rglob("*")) == there
