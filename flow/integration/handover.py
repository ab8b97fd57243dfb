# SPDX-License-Identifier: Apache-2.0
"""The files of a build that somebody takes into a design: Verilog, constants, FuseSoC core file."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from pathlib import Path

from flow.integration.axi import axi_about, axi_constants, example, fusesoc_core, wrapper
from flow.integration.constants import FILES, Constant, write_constants
from flow.integration.core import core_about, core_constants
from flow.integration.fabric import fabric_about, fabric_constants
from flow.synthesis.verilog import designs, export, plain_verilog
from flow.version import release, version_line
from model.config import CoreConfig
from model.fabric.config import FabricConfig
from rtl.host.axi_fabric import AxiFabric
from support.files import make_folder, write_atomic


class Handover(ABC):
    """The files of one build. ``prefix`` begins the name of every module."""

    config: CoreConfig | FabricConfig
    prefix: str

    @property
    def designs(self) -> list[str]:
        """Modules of which each has a file; the last one is the whole. Raises InputError for a wrong prefix."""
        return [*designs(self.config, self.prefix)]

    @property
    def top(self) -> str:
        """The module that is instantiated."""
        return self.designs[-1]

    @abstractmethod
    def constants(self) -> Sequence[Constant]:
        """What both sides of the ports must agree on."""

    @abstractmethod
    def about(self) -> Sequence[str]:
        """What the header says of the build, a line each."""

    def verilog(self, folder: Path) -> list[Path]:
        """Write the Verilog; the paths. Raises InputError, BuildError."""
        return export(self.config, folder, self.prefix, self._header())

    def files(self) -> list[str]:
        """Names of all files."""
        return [*(f"{each}.v" for each in self.designs), *(name.format(self.top) for name in FILES), f"{self.top}.core"]

    def write(self, folder: Path) -> list[Path]:
        """Write all files into a folder; their paths. Raises InputError, BuildError."""
        written = [*self.verilog(folder), *write_constants(self.top, self.constants(), folder)]
        core = folder / f"{self.top}.core"
        listed = [each.name for each in written if not each.stem.endswith("_example")]
        write_atomic(core, fusesoc_core(self.top, listed, release()).encode())
        return [*written, core]

    def _header(self) -> list[str]:
        return [f"{version_line()}.", *self.about()]


class CoreHandover(Handover):
    """A core, and its delay unit alone."""

    def __init__(self, config: CoreConfig, prefix: str) -> None:
        self.config: CoreConfig = config
        self.prefix = prefix

    def constants(self) -> Sequence[Constant]:
        """See the base class."""
        return core_constants(self.config)

    def about(self) -> Sequence[str]:
        """See the base class."""
        return core_about(self.config)


class FabricHandover(Handover):
    """A fabric with the streams of this project."""

    def __init__(self, config: FabricConfig, prefix: str) -> None:
        self.config: FabricConfig = config
        self.prefix = prefix

    def constants(self) -> Sequence[Constant]:
        """See the base class."""
        return fabric_constants(self.config)

    def about(self) -> Sequence[str]:
        """See the base class."""
        return fabric_about(self.config)


class AxiHandover(FabricHandover):
    """A fabric with AXI ports, and an example of its use."""

    @property
    def designs(self) -> list[str]:
        """See the base class."""
        [fabric] = super().designs
        return [fabric.replace("fabric_", "axi_")]

    def constants(self) -> Sequence[Constant]:
        """See the base class."""
        return axi_constants(self.config)

    def about(self) -> Sequence[str]:
        """See the base class."""
        return axi_about(self.config)

    def verilog(self, folder: Path) -> list[Path]:
        """See the base class."""
        component, top = AxiFabric(self.config), self.top
        inner = f"{top}__streams"
        said = "".join(f"// {line}\n" for line in self._header())
        text = said + wrapper(component, top, inner) + "\n" + plain_verilog(component, inner)
        make_folder(folder)
        paths = [folder / f"{top}.v", folder / f"{top}_example.v"]
        for path, content in zip(paths, (text, example(component, top)), strict=True):
            write_atomic(path, content.encode())
        return paths

    def files(self) -> list[str]:
        """See the base class."""
        return [*super().files(), f"{self.top}_example.v"]
