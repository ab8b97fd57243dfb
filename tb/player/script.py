# SPDX-License-Identifier: Apache-2.0
"""The files between Python and the harness: a script of phases in, tokens in, results and tokens out.

The script is one record per phase, its fields in the order of ``script_fields``, each in whole bytes, most significant
first. Results are one record per phase, fields in the order of ``result_fields``, each in whole 32-bit words, least
significant first. Both players (the Verilog harness and ``tb.player.amaranth_player``) use them, so their
answers compare.
"""

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from support.errors import InputError
from tb.errors import SimulatorFailure
from tb.player.phase import Match, Phase, PhaseResult, Probability, Tokens
from tb.player.ports import Port, PortKind, Ports

SCRIPT, RESULTS = "script.bin", "results.bin"
COUNT_LIMIT = (1 << 32) - 1


def script_fields(ports: Ports) -> list[tuple[str, int]]:
    """Name and bits of the fields of a phase in the script."""
    fields = [("reset", 1), ("drain", 1), ("timeout", 64), ("minimum", 64), ("settle", 32)]
    for port in ports.of(PortKind.SOURCE):
        fields += [(f"{port.name}_{what}", bits) for what, bits in (("count", 32), ("seed", 32), ("idle", 16))]
    for port in ports.of(PortKind.SINK, PortKind.RECORD):
        fields += [(f"{port.name}_{what}", bits) for what, bits in (("expect", 32), ("seed", 32), ("stall", 16))]
        fields += [(f"{port.name}_{what}", 1) for what in ("write", "until")]
        fields += [(f"{port.name}_{what}", port.storage) for what in ("mask", "value")]
    for port in ports.of(PortKind.SET):
        fields.append((f"{port.name}_set", port.width))
    for port in ports.of(PortKind.GET):
        fields += [(f"{port.name}_{what}", port.width) for what in ("mask", "value")]
    return fields


def result_fields(ports: Ports) -> list[tuple[str, int]]:
    """Name and bits of the fields of a phase in the results."""
    fields = [("late", 1), ("start", 64), ("end", 64)]
    for port in ports.of(PortKind.SOURCE):
        fields.append((f"{port.name}_left", 32))
    for port in ports.of(PortKind.SINK, PortKind.RECORD):
        fields += [(f"{port.name}_count", 32), (f"{port.name}_matched", 1), (f"{port.name}_written", 64)]
    for port in ports.of(PortKind.GET):
        fields.append((f"{port.name}_get", port.width))
    return fields


def source_file(port: Port) -> str:
    """Name of the file with the tokens of a source: ceil(bits / 8) bytes each, most significant first."""
    return f"in_{port.name}.bin"


def sink_file(port: Port) -> str:
    """Name of the file with the tokens of a sink or record: payload, then cycle in two 32-bit words."""
    return f"out_{port.name}.bin"


@dataclass(frozen=True, kw_only=True)
class Run:
    """A list of phases with all that they leave open decided; see ``Player.run`` for the fields."""

    phases: Sequence[Phase]
    idle: Probability
    stall: Probability
    seed: int
    timeout: int
    discard: tuple[str, ...] = ()

    def write(self, ports: Ports, folder: Path) -> None:
        """Write the script and the token files into ``folder``. Raises InputError for a phase that cannot be."""
        values = {port.name: port.init for port in ports.of(PortKind.SET)}
        for name in self.discard:
            ports.named(name, PortKind.SINK, PortKind.RECORD)
        fields = script_fields(ports)
        with (folder / SCRIPT).open("wb") as script:
            for index, phase in enumerate(self.phases):
                record = self._record(ports, index, phase, values)
                for name, bits in fields:
                    script.write(record[name].to_bytes((bits + 7) // 8, "big"))
        for port in ports.of(PortKind.SOURCE):
            with (folder / source_file(port)).open("wb") as file:
                for index, phase in enumerate(self.phases):
                    tokens = phase.inputs.get(port.name, ())
                    file.write(token_bytes(tokens, port, f"phase {index}, source {port.name}"))

    def _record(self, ports: Ports, index: int, phase: Phase, values: dict[str, int]) -> dict[str, int]:
        where = f"phase {index}"
        for given, kinds in (
            (phase.inputs, (PortKind.SOURCE,)),
            (phase.set, (PortKind.SET,)),
            (phase.expect, (PortKind.SINK, PortKind.RECORD)),
            (phase.until, (PortKind.SINK, PortKind.RECORD, PortKind.GET)),
        ):
            for name in given:
                ports.named(name, *kinds)
        dice = random.Random(f"{self.seed} {index}")
        record = {
            "reset": int(phase.reset or index == 0),
            "drain": int(phase.drain),
            "timeout": self._checked_limit(phase, where),
            "minimum": phase.cycles,
            "settle": phase.settle,
        }
        idle = self.idle if phase.idle is None else phase.idle
        stall = self.stall if phase.stall is None else phase.stall
        for port in ports.of(PortKind.SOURCE):
            record[f"{port.name}_count"] = len(phase.inputs.get(port.name, ()))
            record[f"{port.name}_seed"] = dice.randrange(1, 1 << 32)
            record[f"{port.name}_idle"] = _chance(idle, port, "idle", where)
        for port in ports.of(PortKind.SINK, PortKind.RECORD):
            match = phase.until.get(port.name)
            mask, value = _match(match, port)
            record[f"{port.name}_expect"] = phase.expect.get(port.name, 0)
            record[f"{port.name}_seed"] = dice.randrange(1, 1 << 32)
            record[f"{port.name}_stall"] = _chance(stall, port, "stall", where)
            record[f"{port.name}_write"] = int(port.name not in self.discard)
            record[f"{port.name}_until"] = int(match is not None)
            record[f"{port.name}_mask"], record[f"{port.name}_value"] = mask, value
        for port in ports.of(PortKind.SET):
            values[port.name] = phase.set.get(port.name, values[port.name])
            if not 0 <= values[port.name] < 1 << port.width:
                raise InputError(f"{where}: {port.name} must be in 0..{(1 << port.width) - 1}, not {values[port.name]}")
            record[f"{port.name}_set"] = values[port.name]
        for port in ports.of(PortKind.GET):
            record[f"{port.name}_mask"], record[f"{port.name}_value"] = _match(phase.until.get(port.name, None), port)
        return record

    def limit(self, phase: Phase) -> int:
        """Cycles after which ``phase`` has failed."""
        return self.timeout if phase.timeout is None else phase.timeout

    def _checked_limit(self, phase: Phase, where: str) -> int:
        limit, least = self.limit(phase), phase.cycles + phase.settle
        if limit <= least:
            raise InputError(f"{where}: time-out must be above cycles + settle ({least}), not {limit}")
        return limit


def _chance(given: Probability, port: Port, what: str, where: str) -> int:
    chance = given.get(port.name, 0.0) if isinstance(given, Mapping) else given
    if not 0 <= chance < 1:
        raise InputError(f"{where}: {what} of {port.name} must be at least 0 and below 1, not {chance}")
    return min(round(chance * 65536), 65535)


def _match(match: Match | int | None, port: Port) -> tuple[int, int]:
    """(mask, value) of a condition; (0, 0), which always holds, for none."""
    if match is None:
        return 0, 0
    ones = (1 << port.width) - 1
    mask, value = (match.mask, match.value) if isinstance(match, Match) else (ones, match)
    if mask & ~ones or value & ~mask:
        raise InputError(f"{port.name}: value {value:#x} or mask {mask:#x} has bits outside the mask or the port")
    return mask, value


def token_bytes(tokens: Tokens, port: Port, where: str) -> bytes:
    """``tokens`` as they stand in the file of a source. Raises InputError if one does not fit the port."""
    size = (port.storage + 7) // 8
    if not len(tokens):
        return b""
    low, high = (int(tokens.min()), int(tokens.max())) if isinstance(tokens, np.ndarray) else (min(tokens), max(tokens))
    if low < 0 or high >> port.width:
        raise InputError(f"{where}: tokens must be in 0..{(1 << port.width) - 1}, not {low if low < 0 else high}")
    if port.storage <= 64:
        array = np.asarray(tokens, dtype=np.uint64).astype(">u8")
        return array.view(np.uint8).reshape(-1, 8)[:, 8 - size :].tobytes()
    return b"".join(int(token).to_bytes(size, "big") for token in tokens)


def _dtype(fields: Sequence[tuple[str, int]]) -> np.dtype[Any]:
    return np.dtype([(name, "<u4", ((bits + 31) // 32,)) for name, bits in fields])


def _integer(words: NDArray[np.uint32]) -> int:
    return int.from_bytes(words.tobytes(), "little")


class ResultReader:
    """Reads the results in ``folder`` while they are being written, phase by phase."""

    def __init__(self, ports: Ports, run: Run, folder: Path) -> None:
        self._ports, self._run, self._folder = ports, run, folder
        self._dtype = _dtype(result_fields(ports))
        self._phase = 0
        self._written = {port.name: 0 for port in ports.of(PortKind.SINK, PortKind.RECORD)}

    def new(self) -> Iterator[PhaseResult | str]:
        """The phases that have ended since the last call; for one that is late, what it still waits for."""
        path = self._folder / RESULTS
        while path.exists() and path.stat().st_size >= (self._phase + 1) * self._dtype.itemsize:
            raw = np.fromfile(path, dtype=self._dtype, count=1, offset=self._phase * self._dtype.itemsize)[0]
            record = {name: _integer(raw[name]) for name in self._dtype.names or ()}
            result = self._result(record)
            self._phase += 1
            yield self._waits_for(self._phase - 1, record) if record["late"] else result

    @property
    def phases(self) -> int:
        """Phases read so far."""
        return self._phase

    def _result(self, record: dict[str, int]) -> PhaseResult:
        outputs, cycles = {}, {}
        for port in self._ports.of(PortKind.SINK, PortKind.RECORD):
            words = (port.storage + 31) // 32
            kind = np.dtype([("payload", "<u4", (words,)), ("cycle", "<u8")])
            before, self._written[port.name] = self._written[port.name], record[f"{port.name}_written"]
            tokens = np.fromfile(self._folder / sink_file(port), dtype=kind, offset=before * kind.itemsize,
                                 count=self._written[port.name] - before)  # fmt: skip
            if len(tokens) != self._written[port.name] - before:
                raise SimulatorFailure(
                    f"{sink_file(port)} ends before the {self._written[port.name]} tokens it should hold"
                )
            if words <= 2:
                parts = tokens["payload"].astype(np.uint64)
                outputs[port.name] = (parts[:, 0] if words == 1 else parts[:, 0] | (parts[:, 1] << 32)).tolist()
            else:
                outputs[port.name] = [_integer(payload) for payload in tokens["payload"]]
            cycles[port.name] = tokens["cycle"].tolist()
        values = {port.name: record[f"{port.name}_get"] for port in self._ports.of(PortKind.GET)}
        return PhaseResult(outputs=outputs, at=cycles, values=values, start=record["start"],
                           cycles=record["end"] - record["start"] + 1)  # fmt: skip

    def _waits_for(self, index: int, record: dict[str, int]) -> str:
        phase = self._run.phases[index]
        waits = []
        for port in self._ports.of(PortKind.SOURCE):
            if phase.drain and record[f"{port.name}_left"]:
                waits.append(f"source {port.name} has {record[f'{port.name}_left']} tokens left")
        for port in self._ports.of(PortKind.SINK, PortKind.RECORD):
            count, expected = record[f"{port.name}_count"], phase.expect.get(port.name, 0)
            if count < expected:
                waits.append(f"{port.name} has given {count} of {expected} tokens")
            if port.name in phase.until and not record[f"{port.name}_matched"]:
                waits.append(f"{port.name} has given {count} tokens, none that ends the phase")
        for port in self._ports.of(PortKind.GET):
            if port.name in phase.until:
                waits.append(f"{port.name} is {record[f'{port.name}_get']:#x}")
        return f"phase {index} not over after {self._run.limit(phase)} cycles: {', '.join(waits) or 'settling'}"
