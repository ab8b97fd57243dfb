# SPDX-License-Identifier: Apache-2.0
"""Bitstreams: how the clock is chosen, with a router that only says what it reached; one by the tools themselves."""

from pathlib import Path
from typing import Any

import pytest

from flow.board import bitstream
from flow.board.bitstream import Bitstream, make, top
from flow.board.boards import load
from rtl.board.pll import Pll, fastest
from support.errors import InputError
from tb.errors import BuildError
from tb.netlist.netlist import elaborated_design
from tests.model.fabric.cases import case

CONFIG = case(7, cores=1, nodes=1, neurons=4, axons=3).bundle.config()
BOARD = load("ulx3s-85f")


@pytest.fixture
def router(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """A router that reaches ``reaches`` MHz, and notes the clocks that it was asked for."""
    seen: dict[str, Any] = {"reaches": 33.0, "asked": [], "packed": 0}

    def route(name: str, board: object, design: object, pll: Pll, **where: Any) -> Bitstream:
        seen["asked"].append(pll.mhz)
        return Bitstream(
            path=where["folder"] / "chronaxie.bit", board=name, link="uart", clock_mhz=pll.mhz,
            fmax_mhz=seen["reaches"], flip_flops=1, luts=1, block_rams=1, dsps=1,
        )  # fmt: skip

    def pack(*command: str, **where: Any) -> None:
        seen["packed"] += 1

    monkeypatch.setattr(bitstream, "_route", route)
    monkeypatch.setattr(bitstream, "run_tool", pack)
    return seen


def test_the_clock_of_the_board(router: dict[str, Any], tmp_path: Path) -> None:
    router["reaches"] = 40.0
    assert make("x", BOARD, CONFIG, tmp_path).clock_mhz == pytest.approx(36, abs=0.5)
    assert (len(router["asked"]), router["packed"]) == (1, 1)
    assert "FREQUENCY PORT" in (tmp_path / "board.lpf").read_text()


def test_a_clock_that_the_routed_design_allows(router: dict[str, Any], tmp_path: Path) -> None:
    done = make("x", BOARD, CONFIG, tmp_path)
    assert 30 < done.clock_mhz <= 33.0
    assert (len(router["asked"]), router["packed"]) == (2, 1)


def test_a_clock_that_is_asked_for_and_missed(router: dict[str, Any], tmp_path: Path) -> None:
    with pytest.raises(BuildError) as error:
        make("x", BOARD, CONFIG, tmp_path, clock_mhz=50)
    assert str(error.value) == ("x: timing missed: a clock of 50.00 MHz, but the routed design reaches 33.00; "
                                "expected at most that, as in CLOCK=32")  # fmt: skip
    assert router["packed"] == 0


@pytest.mark.parametrize(
    ("clock", "message"),
    [
        (8.0, r"^clock must be at least 4 times the baud rate of 3e\+06, not 8e\+06$"),
        (2.0, r"^clock must have at least 3.125 MHz, not 2$"),
    ],
)
def test_a_clock_that_cannot_be(router: dict[str, Any], tmp_path: Path, clock: float, message: str) -> None:
    with pytest.raises(InputError, match=message):
        make("x", BOARD, CONFIG, tmp_path, clock_mhz=clock)


@pytest.mark.parametrize(("name", "link"), [("ulx3s-85f", "uart"), ("ulx3s-85f", "fifo"), ("ecpix5-85f", "uart")])
def test_every_pin_has_a_place(name: str, link: Any) -> None:
    board = load(name)
    design = top(board, link, CONFIG, fastest(board.oscillator.mhz, 36))
    placed = bitstream.constraints(board, link)
    assert all(f'COMP "{port}"' in placed for port in design.ports())
    assert placed.count("LOCATE") == len(design.ports())
    netlist = elaborated_design(design, "top", design.ports())
    assert netlist.count("cell \\EHXPLLL") == 1
    assert netlist.count("cell \\BB ") == (8 if link == "fifo" else 0)


def test_the_tools(tmp_path: Path) -> None:
    """Yosys, nextpnr and ecppack, with a clock that any design reaches."""
    done = make("ulx3s-85f", BOARD, CONFIG, tmp_path, clock_mhz=16)
    assert done.fmax_mhz >= done.clock_mhz == 16
    assert done.path.read_bytes()[:2] == b"\xff\x00"
    assert b"Part: LFE5U-85F-6CABGA381" in done.path.read_bytes()[:200]
    assert done.block_rams > 0
