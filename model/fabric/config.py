# SPDX-License-Identifier: Apache-2.0
"""The build of a fabric: its cores, and what joins them."""

from dataclasses import dataclass
from functools import cached_property

from model import limits
from model.config import CoreConfig
from model.geometry import Geometry
from support.errors import InputError


@dataclass(frozen=True, kw_only=True)
class FabricConfig:
    """Build-time parameters of a fabric; docs/multicore.md says what it does.

    All cores have one geometry; their delay units may differ, for no result depends on them. Raises InputError for a
    value out of its range, and for cores of different geometry.
    """

    cores: tuple[CoreConfig, ...]
    """The cores in the order of the ring (1 to 64)."""
    routes: int
    """Entries of each core's route table (1 to 2**20): sources outside of the core that it can tell apart."""
    axons: int
    """Axons that the host can address (1 to 65535)."""
    input_depth: int = limits.INPUT_DEPTH.default
    """Tokens of the host that wait at each core (2 to 4096)."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "cores", tuple(self.cores))
        limits.NODES.check("fabric configuration: number of cores", len(self.cores))
        limits.ROUTES.check("fabric configuration: routes", self.routes)
        limits.HOST_AXONS.check("fabric configuration: axons", self.axons)
        limits.INPUT_DEPTH.check("fabric configuration: input_depth", self.input_depth)
        for number, core in enumerate(self.cores):
            if core.numbers() != self.cores[0].numbers():
                raise InputError(f"fabric configuration: core {number} must have the geometry of core 0")

    @cached_property
    def geometry(self) -> Geometry:
        """The geometry of each core."""
        return self.cores[0].geometry()

    @property
    def nodes(self) -> int:
        """Cores on the ring."""
        return len(self.cores)

    @property
    def node_bits(self) -> int:
        """Bits of a core's number, and of hops."""
        return max(1, (self.nodes - 1).bit_length())

    @property
    def route_bits(self) -> int:
        """Bits of an address into the route table."""
        return max(1, (self.routes - 1).bit_length())

    @property
    def local_bits(self) -> int:
        """Bits of one of a core's own axons, plus 1: an entry of the route table."""
        return self.geometry.axons.bit_length()
