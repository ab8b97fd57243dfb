# SPDX-License-Identifier: Apache-2.0
"""``chronaxie data``: what its options ask for, what it prints, and what it refuses.

The work itself: tests/data.
"""

import json
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from data.shd.fetch import SERVERS
from flow.cli import run
from flow.commands import data
from tests.flow.examples import CLASSES, write_recordings


@pytest.fixture(autouse=True)
def no_cache(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is compiled here."""
    monkeypatch.setattr(data, "numba_cache", lambda: None)


def test_data_info(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["data", "info", "synthetic_small.h5", "--json", "info.json"]) == 0
    facts = json.loads((folder / "info.json").read_text())
    assert facts["samples"] == 6
    shown = capsys.readouterr().out
    assert all(f"{name} 2" in shown for name in CLASSES)


@pytest.mark.parametrize(
    ("options", "servers"),
    [("", SERVERS), (" --from http://a --from http://b", ("http://a", "http://b"))],
)
def test_fetch(
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    options: str,
    servers: tuple[str, ...],
) -> None:
    """Its files are named with what is in them; servers are asked in the order given."""

    def fetch(where: Path, *, servers: tuple[str, ...]) -> list[Path]:
        asked.append((where, servers))
        return [folder / "synthetic_small.h5"]

    asked: list[tuple[Path, tuple[str, ...]]] = []
    monkeypatch.setattr(data, "fetch", fetch)
    assert run(f"data fetch shd here{options}".split()) == 0
    assert asked == [(Path("here"), servers)]
    assert capsys.readouterr().out == f"{folder / 'synthetic_small.h5'}: 6 recordings\n"


@pytest.fixture
def encoded(folder: Path, monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """Two sounds, and an encoder that keeps what it is asked for and writes other recordings."""
    seen = SimpleNamespace(calls=0)

    def encode_files(files: list[Path], found: Any, output: Path, **options: Any) -> None:
        seen.__dict__.update(options, files=files, labels=found, calls=seen.calls + 1)
        write_recordings(output)

    monkeypatch.setattr(data, "encode_files", encode_files)
    for name in ("yes/1.wav", "no/2.wav"):
        (folder / "words" / name).parent.mkdir(parents=True)
        (folder / "words" / name).write_bytes(b"")
    return seen


def test_encode_with_a_pattern(encoded: SimpleNamespace, capsys: pytest.CaptureFixture[str]) -> None:
    command = ["data", "encode", "words", "-o", "x.h5", "--pattern", "(?P<label>yes|no)/", "--classes", "yes, no"]
    assert run([*command, "--seed", "5", "--exact", "--ramp", "half", "--jobs", "3"]) == 0
    assert [path.name for path in encoded.files] == ["2.wav", "1.wav"]
    assert (encoded.seed, encoded.exact, encoded.jobs) == (5, True, 3)
    assert list(encoded.labels.keys) == ["yes", "no"]
    assert list(encoded.labels.labels) == [1, 0]
    assert "red 2" in capsys.readouterr().out


def test_encode_with_a_table(folder: Path, encoded: SimpleNamespace) -> None:
    (folder / "t.csv").write_text("file,label,speaker\nwords/yes/1.wav,ja,4\nwords/no/2.wav,nein,2\n")
    assert run(["data", "encode", "words", "-o", "x.h5", "--table", "t.csv", "--jobs", "1"]) == 0
    assert set(encoded.labels.keys) == {"ja", "nein"}
    assert (encoded.seed, encoded.exact) == (1, False)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ("-o x.h5 --pattern a --table t.csv", "labels come from a --pattern or from a --table, not from both"),
        ("-o x.h5 --ramp soon", "ramp must be "),
        ("-o words/yes/1.wav --pattern (?P<label>yes|no)", "words/yes/1.wav: would be written over"),
        ("-o x.h5 --pattern (?P<label>yes)/", "words/no/2.wav: "),
        ("-o x.h5 --seed -1", "Invalid value for '--seed': "),
    ],
)
def test_encode_refuses(
    encoded: SimpleNamespace, refused: Callable[[str, str], None], arguments: str, message: str
) -> None:
    refused(f"data encode words {arguments}", message)
    assert encoded.calls == 0


def test_synth(folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def synthesise(where: Path, **options: Any) -> list[Path]:
        asked.append((where, options))
        return [where / "a.h5", where / "b.h5"]

    asked: list[tuple[Path, dict[str, Any]]] = []
    monkeypatch.setattr(data, "synthesise", synthesise)
    assert (
        run(["data", "synth", "there", "--train", "7", "--test", "3", "--seed", "2", "--ramp", "0.5", "--jobs", "2"])
        == 0
    )
    assert asked == [(Path("there"), {"train": 7, "test": 3, "seed": 2, "ramp": 0.5, "jobs": 2})]
    assert capsys.readouterr().out == "there/a.h5\nthere/b.h5\n"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ("data synth small.chx/x --train 1 --test 1", "small.chx/x/parts/"),
        ("data info none.h5", "none.h5: no such file"),
        ("data info .", ".: a folder; expected an HDF5 file of the SHD format"),
        ("data synth there --test -1 --jobs 1", "data synth: test must be at least 0, not -1"),
        ("data fetch ssc", "Invalid value for 'shd': 'ssc' is not"),
    ],
)
def test_refused(refused: Callable[[str, str], None], arguments: str, message: str) -> None:
    refused(arguments, message)
