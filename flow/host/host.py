# SPDX-License-Identifier: Apache-2.0
"""The host of a fabric: loads bundles, plays samples, reads registers; over any link."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from flow.host.link import Link, LinkError
from model.encoding import to_events
from model.fabric.bundle import Bundle
from model.fabric.config import FabricConfig
from model.fabric.status import FabricStatus
from model.result import Result
from rtl.core.counters import Flag
from rtl.fabric.host_port import FabricFlag
from rtl.fabric.layouts import HOST_AXON_BITS, out_layout
from rtl.host.registers import IDENTITY, VERSION, BusFlag, Control, address_of, parameters
from tb.errors import SimulationError
from tb.fabric.tokens import sample_result, sample_tokens
from tb.player.packing import unpack

POLLS = 10_000
"""Reads of STATUS after which a fabric that does not answer is given up."""


@dataclass(frozen=True, kw_only=True)
class Played:
    """What came of a sample."""

    result: Result
    """In the network's terms, as the golden model gives it."""
    cycles: int
    """Cycles of the fabric from the first token to the last END."""
    flags: tuple[str, ...]
    """Names of the sticky flags that are set, those of a core with its number: ``core 1: OVERFLOW``. Any of them means
    that the result is not to be trusted."""


class Host:
    """A fabric of build ``config`` behind ``link``.

    Raises LinkError at once if what answers is not such a fabric.
    """

    def __init__(self, link: Link, config: FabricConfig) -> None:
        self.link, self.config = link, config
        self._bundle: Bundle | None = None
        for name, expected in parameters(config).items():
            found = self.read(name)
            if found != expected:
                what = {"id": "no Chronaxie fabric", "map_version": f"a register map of version {found}"}
                text = what.get(name, f"a fabric with {name} {found}")
                raise LinkError(f"{text} answers; expected {_expected(name, expected)}")

    def read(self, name: str, node: int | None = None) -> int:
        """A register of the fabric, or of a node, by its name. Raises KeyError for a name that there is not."""
        return self.link.read(address_of(name, node))

    def reset(self) -> None:
        """Return the fabric to its state after reset; it forgets its bundle."""
        self.link.write(address_of("control"), 1 << Control.RESET)
        self._bundle = None

    def load(self, bundle: Bundle) -> None:
        """Load a bundle. Raises LinkError with the fabric's status if it is refused."""
        self._bundle = None
        self.link.send_image(bundle.to_bytes())
        for _ in range(POLLS):
            status = self.read("status")
            if status == FabricStatus.ARMED:
                self._bundle = bundle
                return
            if status != FabricStatus.LOADING:
                raise LinkError(f"the bundle was refused: {_name(FabricStatus, status)}")
        raise LinkError(f"the fabric is not armed after {POLLS:,} reads of its status; expected it to be, or an error")

    def run(self, samples: Iterable[ArrayLike]) -> Iterator[Played]:
        """Play samples one after another, rasters of shape (steps, axons); each comes as soon as it is over.

        Raises LinkError without a bundle, and for output that cannot be.
        """
        bundle = self._bundle
        if bundle is None:
            raise LinkError("no bundle is loaded; expected `load` before `run`")
        for raster in samples:
            events = to_events(np.asarray(raster, np.bool_))
            fields = sample_tokens(events)
            before = self._operations(bundle), self.read("cycles")
            self.link.send_events((fields["data"] | fields["kind"] << np.uint64(HOST_AXON_BITS)).tolist())
            tokens = [token for _ in range(bundle.cores) for token in self.link.receive()]
            cycles = (self.read("cycles") - before[1]) % (1 << 32)
            operations = (self._operations(bundle) - before[0]) % (1 << 32)
            out: dict[str, Any] = unpack(out_layout(self.config), np.array(tokens, dtype=object))
            try:
                result = sample_result(bundle, out, events, synaptic_operations=operations)
            except SimulationError as error:
                raise LinkError(f"output of a fabric that cannot be: {error}") from None
            yield Played(result=result, cycles=cycles, flags=self.flags())

    def flags(self) -> tuple[str, ...]:
        """Names of all sticky flags that are set."""
        found = [flag.name for flag in FabricFlag if self.read("flags") >> flag & 1]
        found += [flag.name for flag in BusFlag if self.read("bus_flags") >> flag & 1]
        flagged = self.read("flagged_low") | self.read("flagged_high") << 32
        for node in range(self.config.nodes):
            if flagged >> node & 1:
                value = self.read("flags", node)
                found += [f"core {node}: {flag.name}" for flag in Flag if value >> flag & 1]
        return tuple(found)

    def _operations(self, bundle: Bundle) -> int:
        return sum(self.read("synaptic_operations", core) for core in range(bundle.cores))


def _expected(name: str, value: int) -> str:
    return {"id": f"ID 0x{IDENTITY:08X}", "map_version": f"version {VERSION}"}.get(name, f"{name} {value}")


def _name(kind: type[FabricStatus], value: int) -> str:
    return kind(value).name if value in {*kind} else str(value)
