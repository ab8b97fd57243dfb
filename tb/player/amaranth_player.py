# SPDX-License-Identifier: Apache-2.0
"""The players and the controller of the harness once more, for Amaranth's own simulator.

Same files, same cycles: every register here stands for the one of that name in ``stream_source.sv``, ``stream_sink.sv``
and ``phase_controller.sv``, so a run gives the same answer on both simulators, down to the cycle of each transfer.
"""

import time
from collections.abc import Iterator
from contextlib import ExitStack, nullcontext
from pathlib import Path
from typing import Any, BinaryIO

from amaranth.hdl import ClockDomain, Module, Value
from amaranth.lib import wiring
from amaranth.sim import Simulator

from tb.errors import OutOfSeconds, SimulationError
from tb.player.harness import CLEAR_CYCLES
from tb.player.ports import Port, PortKind, Ports
from tb.player.script import RESULTS, SCRIPT, result_fields, script_fields, sink_file, source_file

MASK32 = (1 << 32) - 1


def play(component: wiring.Component, ports: Ports, folder: Path, phases: int, *, waves: Path | None = None,
         seconds: float = 600.0) -> Iterator[None]:  # fmt: skip
    """Play the script in ``folder``; yields whenever a phase has ended and its results are written.

    Raises SimulationError for a failed assertion or a broken law of streams, OutOfSeconds after ``seconds``.
    """
    top = Module()
    top.domains.sync = domain = ClockDomain("sync")
    top.submodules.dut = component
    simulator = Simulator(top)
    simulator.add_clock(1e-6)
    end = time.monotonic() + seconds
    with ExitStack() as stack:
        controller = _Controller(ports, folder, phases, stack)

        async def bench(ctx: Any) -> None:
            await controller.play(ctx, domain.rst)

        simulator.add_testbench(bench)
        seen = 0
        with simulator.write_vcd(str(waves)) if waves else nullcontext():
            while not controller.finished:
                try:
                    simulator.advance()
                except AssertionError as error:
                    raise SimulationError(f"phase {controller.phase_done}: {error}") from None
                if controller.phase_done > seen:
                    seen = controller.phase_done
                    yield
                if time.monotonic() > end:
                    raise OutOfSeconds(f"phase {seen} not over when the run's {seconds} s were")


def _shuffled(x: int) -> int:
    x ^= (x << 13) & MASK32
    x ^= x >> 17
    return x ^ ((x << 5) & MASK32)


def _signal(port: Port, part: str) -> Value:
    return Value.cast(getattr(port.interface, part))


class _Source:
    """The registers of a ``stream_source``."""

    def __init__(self, port: Port, folder: Path, stack: ExitStack) -> None:
        self.port = port
        self.file: BinaryIO = stack.enter_context((folder / source_file(port)).open("rb"))
        self.size = (port.storage + 7) // 8
        self.valid, self.payload, self.left, self.random = 0, 0, 0, 1

    def edge(self, script: dict[str, int], state: str, playing: bool, ready: int) -> None:
        drawn = self.random >> 16
        name = self.port.name
        self.random = script[f"{name}_seed"] if state == "LOAD" else _shuffled(self.random)
        if state == "CLEAR":
            self.file.seek(self.size * self.left, 1)
            self.left, self.valid = 0, 0
        elif state == "LOAD":
            self.left += script[f"{name}_count"]
            if ready:
                self.valid = 0
        elif not self.valid or ready:
            if playing and self.left and drawn >= script[f"{name}_idle"]:
                self.payload = int.from_bytes(self.file.read(self.size), "big")
                self.valid = 1
                self.left -= 1
            else:
                if self.valid:
                    self.payload ^= (1 << self.port.storage) - 1
                self.valid = 0


class _Sink:
    """The registers of a ``stream_sink``."""

    def __init__(self, port: Port, folder: Path, stack: ExitStack) -> None:
        self.port = port
        self.record = port.kind is PortKind.RECORD
        self.file: BinaryIO = stack.enter_context((folder / sink_file(port)).open("wb"))
        self.size = 4 * ((port.storage + 31) // 32)
        self.ready, self.matched, self.count, self.written, self.random = 0, 0, 0, 0, 1
        self.waiting: int | None = None

    def edge(self, script: dict[str, int], state: str, playing: bool, cycle: int, offer: tuple[int, int]) -> None:
        valid, payload = offer
        name = self.port.name
        drawn = self.random >> 16
        self.random = script[f"{name}_seed"] if state == "LOAD" else _shuffled(self.random)
        if state in ("CLEAR", "LOAD"):
            self.count, self.matched = 0, 0
        if state != "CLEAR":
            if valid and (self.ready or self.record):
                if script[f"{name}_write"]:
                    self.file.write(payload.to_bytes(self.size, "little") + cycle.to_bytes(8, "little"))
                    self.written += 1
                self.count += 1
                if payload & script[f"{name}_mask"] == script[f"{name}_value"]:
                    self.matched = 1
            if self.waiting is not None and not self.record:
                self._check_law(cycle, valid, payload)
        self.waiting = payload if state != "CLEAR" and valid and not self.ready else None
        self.ready = int(playing and drawn >= script[f"{name}_stall"])

    def _check_law(self, cycle: int, valid: int, payload: int) -> None:
        where = f"before ready in cycle {cycle} ({sink_file(self.port)})"
        if not valid:
            raise SimulationError(f"law of streams: valid dropped {where}")
        if payload != self.waiting:
            raise SimulationError(f"law of streams: payload changed from {self.waiting:x} to {payload:x} {where}")


class _Controller:
    """The controller of the harness: reads the script, moves the players, writes the results."""

    def __init__(self, ports: Ports, folder: Path, phases: int, stack: ExitStack) -> None:
        self.ports, self.phases = ports, phases
        self.sources = [_Source(port, folder, stack) for port in ports.of(PortKind.SOURCE)]
        self.sinks = [_Sink(port, folder, stack) for port in ports.of(PortKind.SINK, PortKind.RECORD)]
        self.script_file = stack.enter_context((folder / SCRIPT).open("rb"))
        self.results_file = stack.enter_context((folder / RESULTS).open("wb"))
        self.script = {name: 0 for name, _ in script_fields(ports)}
        self.state = "READY"
        self.phase_done, self.finished = 0, phases == 0
        self.cycle = self.start = self.finish = self.elapsed = self.settled = self.clear_left = 0
        self.late = False
        self.values: dict[str, int] = {}

    async def play(self, ctx: Any, reset: Value) -> None:
        """The whole run: one turn per clock edge, which sees the values before it and sets those after it."""
        inputs = [_signal(source.port, "ready") for source in self.sources]
        for sink in self.sinks:
            inputs += [_signal(sink.port, "valid"), _signal(sink.port, "payload")]
        plain = self.ports.of(PortKind.GET)
        inputs += [Value.cast(port.interface) for port in plain]
        while not self.finished:
            _, _, *seen = await ctx.tick().sample(*inputs)
            values = iter([int(value) for value in seen])
            ready = [next(values) for _ in self.sources]
            offers = [(next(values), next(values) & ((1 << sink.port.storage) - 1)) for sink in self.sinks]
            now = {port.name: next(values) & ((1 << port.width) - 1) for port in plain}
            self._edge(ready, offers, now)
            self._drive(ctx, reset)

    def _drive(self, ctx: Any, reset: Value) -> None:
        ctx.set(reset, self.state == "CLEAR")
        for port in self.ports.of(PortKind.SET):
            ctx.set(Value.cast(port.interface), self.script[f"{port.name}_set"])
        for source in self.sources:
            ctx.set(_signal(source.port, "valid"), source.valid)
            if source.port.width:
                ctx.set(_signal(source.port, "payload"), source.payload)
        for sink in self.sinks:
            if not sink.record:
                ctx.set(_signal(sink.port, "ready"), sink.ready)

    def _edge(self, ready: list[int], offers: list[tuple[int, int]], now: dict[str, int]) -> None:
        script, state = self.script, self.state
        settling = over = overdue = False
        if state == "RUN":
            settling = self._met(now) or self.settled != 0
            over = settling and self.settled == script["settle"]
            overdue = self.elapsed + 1 >= script["timeout"]
        playing = state == "RUN" and not over and not overdue
        if state == "WRITE":
            self._write()
        for source, taken in zip(self.sources, ready, strict=True):
            source.edge(script, state, playing, taken)
        for sink, offer in zip(self.sinks, offers, strict=True):
            sink.edge(script, state, playing, self.cycle, offer)
        if state == "READY":
            self._read()
        elif state == "CLEAR":
            self.clear_left -= 1
            self.state = "CLEAR" if self.clear_left >= 0 else "LOAD"
        elif state == "LOAD":
            self.start, self.elapsed, self.settled, self.state = self.cycle + 1, 0, 0, "RUN"
        elif state == "RUN":
            self.elapsed += 1
            self.settled += settling
            if over or overdue:
                self.late, self.finish, self.values, self.state = not over, self.cycle, now, "FLUSH"
        elif state == "FLUSH":
            self.state = "WRITE"
        self.cycle += 1

    def _met(self, now: dict[str, int]) -> bool:
        script = self.script
        return (
            self.elapsed + 1 >= script["minimum"]
            and (not script["drain"] or not any(source.left or source.valid for source in self.sources))
            and all(
                sink.count >= script[f"{sink.port.name}_expect"]
                and (sink.matched or not script[f"{sink.port.name}_until"])
                for sink in self.sinks
            )
            and all(value & script[f"{name}_mask"] == script[f"{name}_value"] for name, value in now.items())
        )

    def _read(self) -> None:
        self.script = {
            name: int.from_bytes(self.script_file.read((bits + 7) // 8), "big")
            for name, bits in script_fields(self.ports)
        }
        self.clear_left = CLEAR_CYCLES - 1
        self.state = "CLEAR" if self.script["reset"] else "LOAD"

    def _write(self) -> None:
        for sink in self.sinks:
            sink.file.flush()
        record = [int(self.late), self.start, self.finish]
        record += [source.left + source.valid for source in self.sources]
        for sink in self.sinks:
            record += [sink.count, sink.matched, sink.written]
        record += [self.values[port.name] for port in self.ports.of(PortKind.GET)]
        for value, (_, bits) in zip(record, result_fields(self.ports), strict=True):
            self.results_file.write(value.to_bytes(4 * ((bits + 31) // 32), "little"))
        self.results_file.flush()
        self.phase_done += 1
        self.finished = self.late or self.phase_done == self.phases
        self.state = "READY"
