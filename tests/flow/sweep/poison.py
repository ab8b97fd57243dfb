# SPDX-License-Identifier: Apache-2.0
"""Functions that sweeps of the tests call: one that works, and what can go wrong with one."""

import os
import time
from pathlib import Path


def square(x: int, log: str = "", seconds: float = 0.0, gate: str = "") -> dict[str, int]:
    """A result; its beginning and its end stand in the file ``log``. That of numbers above 1 waits for ``gate``."""
    _note(log, f"begin {x}")
    time.sleep(seconds)
    while gate and x > 1 and not Path(gate).exists():
        time.sleep(0.05)
    _note(log, f"end {x}")
    return {"square": x * x}


def crash() -> dict[str, int]:
    """Ends without a word."""
    os.abort()


def leave(status: int) -> dict[str, int]:
    """Ends with a status."""
    print("about to leave", flush=True)
    os._exit(status)


def hang() -> dict[str, int]:
    """Never ends."""
    while True:
        time.sleep(1)


def eat() -> dict[str, int]:
    """Takes memory without end."""
    held = []
    while True:
        held.append(bytearray(20_000_000))
        time.sleep(0.01)


def fail() -> dict[str, int]:
    """Raises."""
    raise RuntimeError("no luck")


def flaky(log: str) -> dict[str, int]:
    """Works at the second attempt."""
    _note(log, "tried")
    if len(Path(log).read_text().splitlines()) < 2:
        os.abort()
    return {"square": 0}


def odd() -> object:
    """Returns what no row can hold."""
    return {"list": [1, 2]}


def _note(log: str, text: str) -> None:
    if log:
        with Path(log).open("a") as file:
            file.write(f"{text}\n")
