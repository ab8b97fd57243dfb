# SPDX-License-Identifier: Apache-2.0
"""``chronaxie fpga`` and ``chronaxie host`` from the command line."""

import json
from pathlib import Path
from typing import Any

import pytest

from flow.board.bitstream import Bitstream
from flow.cli import run
from flow.commands.board import fpga as command


@pytest.fixture
def folder(folder: Path) -> Path:
    (folder / "synthetic_small.h5").rename(folder / "x.h5")
    return folder


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ("host", "expected either --port, the serial port of a board, or --simulate"),
        ("host --port x --simulate", "expected either --port, the serial port of a board, or --simulate"),
        ("host --port x --gates", "--gates is of a board in simulation; expected --simulate with it"),
        ("host --port /dev/none --image small.chx --data x.h5",
         "port /dev/none cannot be opened: No such file or directory"),
        ("host --simulate --image none.chx", "none.chx: "),
        ("fpga --board x", "no board 'x': expected one of ecpix5-85f, ulx3s-85f, or a TOML file"),
        ("fpga --board ecpix5-85f --image small.chx --link fifo", "the board has no fifo: expected --link uart"),
        ("fpga --image small.chx --clock 1", "clock must have at least 3.125 MHz, not 1"),
        ("fpga --image small.chx -o .", ".: cannot be written, it is a folder"),
    ],
)  # fmt: skip
def test_mistakes(folder: Path, capsys: pytest.CaptureFixture[str], arguments: str, message: str) -> None:
    assert run(arguments.split()) == 2
    error = capsys.readouterr().err
    assert error.startswith(f"error: {message}")
    assert error.count("\n") == 1


def test_a_bitstream(folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def make(name: str, board: Any, config: Any, where: Path, **_: Any) -> Bitstream:
        (folder / "made.bit").write_bytes(b"bits")
        return Bitstream(
            path=folder / "made.bit", board=name, link="uart", clock_mhz=36.0, fmax_mhz=38.0, flip_flops=1, luts=2,
            block_rams=3, dsps=4,
        )  # fmt: skip

    monkeypatch.setattr(command, "make", make)
    assert run(["fpga", "--image", "small.chx", "-o", "out/x.bit", "--json", "r.json"]) == 0
    assert (folder / "out/x.bit").read_bytes() == b"bits"
    content = json.loads((folder / "r.json").read_text())
    assert (content["board"], content["clock_mhz"], content["fmax_mhz"]) == ("ulx3s-85f", 36.0, 38.0)
    assert content["made"]
    assert capsys.readouterr().out.endswith("out/x.bit\n")


def test_a_board_in_simulation(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert (
        run(
            [
                "host",
                "--simulate",
                "--image",
                "small.chx",
                "--data",
                "x.h5",
                "--samples",
                "2",
                "--errors",
                "0.001",
                "--json",
                "r.json",
            ]
        )
        == 0
    )
    content = json.loads((folder / "r.json").read_text())
    assert (content["samples"], content["mismatches"], content["flags"]) == (2, 0, [])
    assert content["line"]["sent"] > 0
    assert "frames sent, again" in capsys.readouterr().out
