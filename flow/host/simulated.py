# SPDX-License-Identifier: Apache-2.0
"""A fabric with AXI ports in a simulator of its own (Verilator, cocotbext-axi), as a link for a host."""

import subprocess
import tempfile
from collections.abc import Sequence
from multiprocessing.connection import Connection, Listener
from pathlib import Path
from types import TracebackType
from typing import Any

from amaranth.hdl._ir import PortDirection

from flow.host.link import LinkError
from flow.integration.axi import wrapper
from model.fabric.config import FabricConfig
from rtl.host.axi_fabric import AxiFabric
from tb.fabric.axi_server import SOCKET, STALLS
from tb.netlist.netlist import ports
from tb.player.counts import COUNTED, Counting
from tb.player.play import complaint
from tb.player.runner import Flavour, build, python_environment

SERVER = "tb.fabric.axi_server"
TOP = "bench"
START_SECONDS = 60.0
"""Time in which a simulator has to call."""


class SimulatedLink:
    """A link to a fabric of build ``config`` in a simulator; use it in a ``with`` statement.

    The simulator runs while a call is under way, so what the fabric does between calls takes no time. ``stall`` is the
    probability of an idle cycle of each channel, ``seed`` fixes them. Raises BuildError, LinkError.
    """

    def __init__(self, config: FabricConfig, *, stall: float = 0.0, seed: int = 1) -> None:
        component = AxiFabric(config, simulation=True)
        self._counting = Counting()
        sources = {
            COUNTED: self._counting.verilog(component, "inner"),
            "fabric.v": wrapper(component, "fabric", "inner"),
            "bench.sv": _bench(component),
        }
        visible = f'`verilator_config\npublic_flat_rw -module "{TOP}" -var "*"\n'
        simulator = build(sources, TOP, visible, Flavour(coverage=self._counting.on))
        self._folder = tempfile.TemporaryDirectory(prefix="chronaxie-")
        socket = str(Path(self._folder.name) / "socket")
        self._log = Path(self._folder.name) / "log"
        environment = python_environment(SERVER, TOP) | {SOCKET: socket, STALLS: f"{stall} {seed}"}
        with Listener(socket, "AF_UNIX") as listener, self._log.open("wb") as output:
            self._process = subprocess.Popen(
                [str(simulator)], cwd=self._folder.name, env=environment, stdout=output, stderr=subprocess.STDOUT
            )
            self._connection = self._accept(listener)

    def _accept(self, listener: Listener) -> Connection:
        # Private, but the only way to give up on a simulator that does not come.
        listener._listener._socket.settimeout(START_SECONDS)  # type: ignore[attr-defined]
        try:
            return listener.accept()
        except OSError:
            self._process.kill()
            raise LinkError(f"the simulator did not start: {self._said()}") from None

    def _said(self) -> str:
        text = complaint(self._log.read_text(errors="replace"))
        return text.splitlines()[0] if text else "it said nothing"

    def _ask(self, request: str, argument: Any = None) -> Any:
        try:
            self._connection.send((request, argument))
            answer = self._connection.recv()
        except (EOFError, OSError):
            self._process.wait()
            raise LinkError(f"the simulator has ended: {self._said()}") from None
        if isinstance(answer, tuple):
            raise LinkError(answer[1])
        return answer

    def read(self, address: int) -> int:
        """See ``flow.host.link.Link``."""
        value: int = self._ask("read", address)
        return value

    def write(self, address: int, value: int) -> None:
        """See ``flow.host.link.Link``."""
        self._ask("write", (address, value))

    def send_image(self, data: bytes) -> None:
        """See ``flow.host.link.Link``."""
        self._ask("image", data)

    def send_events(self, tokens: Sequence[int]) -> None:
        """See ``flow.host.link.Link``."""
        self._ask("events", list(tokens))

    def receive(self) -> list[int]:
        """See ``flow.host.link.Link``."""
        tokens: list[int] = self._ask("receive")
        return tokens

    def reset(self) -> None:
        """See ``flow.host.link.Link``."""
        self._ask("reset")

    def close(self) -> None:
        """End the simulator."""
        self._connection.close()
        try:
            self._process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._counting.take(Path(self._folder.name))
        self._folder.cleanup()

    def __enter__(self) -> "SimulatedLink":
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None,
                 trace: TracebackType | None) -> None:  # fmt: skip
        self.close()


def _bench(component: AxiFabric) -> str:
    """The module around the fabric; the runner wants the output ``attention``, cocotb the rest."""
    lines = [f"module {TOP}(output wire attention);", "  assign attention = 0;", "  reg aclk = 0, aresetn = 0;"]
    for name, (signal, direction) in ports(component).items():
        kind = "reg" if direction is PortDirection.Input else "wire"
        lines.append(f"  {kind} [{len(signal) - 1}:0] {name}{' = 0' if kind == 'reg' else ''};")
    return "\n".join([*lines, "  fabric chronaxie(.*);", "endmodule", ""])
