# SPDX-License-Identifier: Apache-2.0
"""Reads the transfers of a stream from a waveform (VCD): what went over it, and when."""

from collections.abc import Iterator
from pathlib import Path


def transfers(path: Path, scope: str, port: str) -> Iterator[tuple[int, int]]:
    """(time, payload) of each transfer of a stream port of the module instance ``scope``, as in ``harness.dut``.

    A transfer happens at a rising edge of the clock before which valid and ready were high; time is in the file's
    unit. Raises KeyError for a signal that is not in the file.
    """
    with path.open() as file:
        ids = _signals(file)
        clk, valid, ready, payload = (
            ids[f"{scope}.{name}"] for name in ("clk", f"{port}__valid", f"{port}__ready", f"{port}__payload")
        )
        now, before, time = dict.fromkeys((clk, valid, ready, payload), 0), dict[str, int](), 0
        for line in file:
            if line.startswith("#"):
                if before and now[clk] and not before[clk] and before[valid] and before[ready]:
                    yield time, before[payload]
                before, time = dict(now), int(line[1:])
            elif line[0] in "01b":
                value, name = line[1:].split() if line[0] == "b" else (line[0], line[1:].strip())
                if name in now:
                    now[name] = int(value, 2)


def _signals(file: Iterator[str]) -> dict[str, str]:
    """The identifier of each signal by its path, from the head of a file."""
    found, scopes = dict[str, str](), list[str]()
    for line in file:
        match line.split():
            case ["$scope", _, name, "$end"]:
                scopes.append(name)
            case ["$upscope", *_]:
                scopes.pop()
            case ["$var", _, _, identifier, name, *_]:
                found[".".join([*scopes, name])] = identifier
            case ["$enddefinitions", *_]:
                break
    root = "$rootio."
    return {path.removeprefix(root): identifier for path, identifier in found.items()}
