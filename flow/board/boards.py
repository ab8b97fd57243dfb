# SPDX-License-Identifier: Apache-2.0
"""Boards, each described by a TOML file in flow/board/boards: its FPGA, and which pin is what."""

import tomllib
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from support.errors import InputError
from support.files import read_bytes

FOLDER = Path(__file__).parent / "boards"
Pin = Annotated[str, Field(pattern=r"^[A-Z]{1,2}[0-9]{1,2}$")]


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Oscillator(_Section):
    """The clock that the board has."""

    pin: Pin
    mhz: float = Field(ge=10, le=400)


class Leds(_Section):
    """Lights."""

    armed: Pin
    busy: Pin
    error: Pin


class UartPins(_Section):
    """A UART, seen from the FPGA."""

    rx: Pin
    tx: Pin
    baud: int = Field(ge=9600, le=12_000_000)


class FifoPins(_Section):
    """A 245 FIFO of FTDI."""

    data: list[Pin] = Field(min_length=8, max_length=8)
    rxf_n: Pin
    txe_n: Pin
    rd_n: Pin
    wr_n: Pin


class Board(_Section):
    """A board with an ECP5."""

    device: Literal["25k", "45k", "85k", "um-25k", "um-45k", "um-85k", "um5g-25k", "um5g-45k", "um5g-85k"]
    """As nextpnr calls it."""
    package: str
    speed: int = Field(ge=6, le=8)
    io: str
    """IO_TYPE of all pins."""
    clock_mhz: float = Field(ge=4, le=400)
    """What the clock is to be, unless another one is asked for or the routed design does not allow it."""
    oscillator: Oscillator
    leds: Leds
    leds_low: bool = False
    """A low pin turns a light on."""
    uart: UartPins | None = None
    fifo: FifoPins | None = None
    high: dict[str, Pin] = Field(default_factory=dict)
    """Pins that are driven high, by a name."""


def names() -> list[str]:
    """Names of the boards that come with the project."""
    return sorted(path.stem for path in FOLDER.glob("*.toml"))


def load(name: str) -> Board:
    """The board of that name, or that a TOML file describes. Raises InputError."""
    path = Path(name) if name.endswith(".toml") else FOLDER / f"{name}.toml"
    if not path.exists():
        raise InputError(f"no board {name!r}: expected one of {', '.join(names())}, or a TOML file")
    try:
        return Board.model_validate(tomllib.loads(read_bytes(path, "board").decode()))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InputError(f"{path}: no TOML: {error}") from None
    except ValidationError as error:
        first = error.errors()[0]
        raise InputError(f"{path}: {'.'.join(map(str, first['loc']))}: {first['msg']}") from None
