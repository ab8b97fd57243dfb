# SPDX-License-Identifier: Apache-2.0
"""Descriptions of boards: those that come with the project, one of the user's, and wrong ones."""

from pathlib import Path

import pytest

from flow.board.bitstream import constraints
from flow.board.boards import FOLDER, load, names
from support.errors import InputError

ULX3S = (FOLDER / "ulx3s-85f.toml").read_text()


def test_every_board_has_its_pins() -> None:
    assert {"ulx3s-85f", "ecpix5-85f"} <= set(names())
    for name in names():
        board = load(name)
        lpf = constraints(board, "uart")
        assert f'LOCATE COMP "oscillator" SITE "{board.oscillator.pin}";' in lpf
        assert board.uart is not None
        assert f'LOCATE COMP "rx" SITE "{board.uart.rx}";' in lpf
        sites = [line.split('"')[3] for line in lpf.splitlines() if line.startswith("LOCATE")]
        assert len(set(sites)) == len(sites) == lpf.count("IOBUF")


def test_a_fifo() -> None:
    lpf = constraints(load("ulx3s-85f"), "fifo")
    assert [line for line in lpf.splitlines() if "data_7" in line] == [
        'LOCATE COMP "data_7" SITE "A6";',
        'IOBUF PORT "data_7" IO_TYPE=LVCMOS33;',
    ]
    assert '"rx"' not in lpf
    with pytest.raises(InputError, match=r"^the board has no fifo: expected --link uart$"):
        constraints(load("ecpix5-85f"), "fifo")


def test_a_board_of_the_user(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(ULX3S.replace('"G2"', '"P3"'))
    assert load(str(path)).oscillator.pin == "P3"


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('"G2"', '"2G"', r"mine\.toml: oscillator\.pin: String should match"),
        ("speed = 6", "speed = 5", r"mine\.toml: speed: Input should be greater than or equal to 6"),
        ("speed = 6", "sped = 6", r"mine\.toml: speed: Field required"),
        ("speed = 6", "speed = 6\ncolour = 1", r"mine\.toml: colour: Extra inputs are not permitted"),
        ('"85k"', '"86k"', r"mine\.toml: device: Input should be '25k'"),
        ("[leds]", "[leds", r"mine\.toml: no TOML: "),
    ],
)
def test_wrong_descriptions(tmp_path: Path, old: str, new: str, message: str) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(ULX3S.replace(old, new))
    with pytest.raises(InputError, match=message):
        load(str(path))


def test_no_such_board() -> None:
    with pytest.raises(InputError, match=r"^no board 'x': expected one of ecpix5-85f, ulx3s-85f, or a TOML file$"):
        load("x")
