# SPDX-License-Identifier: Apache-2.0
"""The kinds of tasks: which options each has, which files it reads, and the module that does it.

An option stands for one value here; the file of a sweep may give a list of values for any of them.
"""

from importlib import import_module
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, JsonValue, model_validator

from model.config import DelayUnit
from model.delay.registry import DEFAULT
from model.limits import CODEBOOK_BITS, LANES, NODES
from support.errors import InputError

DONE, REFUSED, FAILED = "done", "refused", "failed"
"""A result; a task that cannot be, such as a network that does not fit the build; one that failed each time."""
ENDINGS = (DONE, REFUSED)
"""What is never tried again: a failure may have had other reasons than the task."""

Count = Annotated[int, Field(ge=1)]
Seed = Annotated[int, Field(ge=0)]
Lanes = Annotated[int, Field(ge=LANES.low, le=LANES.high)]
CodebookBits = Annotated[int, Field(ge=CODEBOOK_BITS.low, le=CODEBOOK_BITS.high)]


class Options(BaseModel):
    """Options of a task. What they do is in the module ``flow.sweep.work.<kind>``, function ``measure``."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    def files(self) -> list[Path]:
        """The files whose content decides what comes out. Raises InputError if that cannot be told."""
        return [value for _, value in self if isinstance(value, Path)]


class Build(Options):
    """A network and the core that it is built for."""

    image: Path | None = None
    """Image of a network (.chx)."""
    sizes: tuple[Count, ...] | None = None
    """Instead of an image: axons, then the neurons of each layer of a random network."""
    network_seed: Seed = 0
    """Of the random network."""
    unit: DelayUnit = DEFAULT
    lanes: Lanes | None = None
    """Compiled anew for so many lanes, into the smallest build (default: the image's build; random networks: 8)."""
    codebook_bits: CodebookBits | None = None
    """Weights as an index of so many bits into the codebook that suits them best."""

    @model_validator(mode="after")
    def _one_network(self) -> "Build":
        if (self.image is None) == (self.sizes is None):
            raise ValueError("give an image, or sizes of a random network")
        if self.sizes is not None and len(self.sizes) < 2:
            raise ValueError("sizes: expected axons and the neurons of at least one layer")
        return self


class Sim(Build):
    """Recordings through the core in RTL, compared with the golden model."""

    data: Path | None = None
    """Recordings (default: random input)."""
    samples: Count = 10
    """The first so many recordings, or so many random inputs."""
    cores: Annotated[int, Field(ge=1, le=NODES.high)] = 1
    seed: Seed | None = None
    """Order of the events in each step (default: ascending)."""
    rate: Annotated[float, Field(ge=0, le=1)] = 0.02
    """Of random input: share of the axons that fire in a step."""
    steps: Count = 66
    """Of random input."""


class Cost(Sim):
    """The same by the golden model and the cycle model, which are exact and need no simulator."""


class Area(Build):
    """A core on an FPGA: synthesised, placed and routed."""


class Train(Options):
    """A training run, by the method of its configuration, and its accuracy."""

    config: Path
    """As of ``chronaxie train``."""
    seed: Seed | None = None
    set: dict[str, JsonValue] = {}
    """Values instead of the configuration's, by dotted key, as in ``"network.hidden"``."""
    split: Annotated[str, Field(pattern="^(validation|test)$")] = "validation"
    """Samples that accuracy is measured on."""

    def files(self) -> list[Path]:
        """The configuration with those that it builds on, and the data."""
        found: list[Path] = import_module("flow.sweep.work.train").files(self)
        return found


class Call(Options):
    """A Python function of yours, which returns a figure for each name."""

    function: Annotated[str, Field(pattern=r"^.+\.py:\w+$")]
    """As in ``folder/own.py:measure``."""
    options: dict[str, JsonValue] = {}
    """Its keyword arguments."""

    def files(self) -> list[Path]:
        """The module."""
        return [Path(self.function.rpartition(":")[0])]


KINDS: dict[str, type[Options]] = {"sim": Sim, "cost": Cost, "area": Area, "train": Train, "call": Call}
NESTED = ("set", "options")
"""Tables of options inside a task's."""


def measure(kind: str, options: dict[str, Any], folder: Path) -> dict[str, Any]:
    """Do a task in this process: a figure by name. ``folder``: what it may leave there, such as a training run.

    Raises InputError for what cannot be, such as a network that does not fit the build.
    """
    checked = KINDS[kind].model_validate(options)
    found: dict[str, Any] = import_module(f"flow.sweep.work.{kind}").measure(checked, folder)
    return found


def refuse_missing(options: Options, where: str) -> None:
    """Raises InputError for a file of a task that is not there."""
    for path in options.files():
        if not path.is_file():
            raise InputError(f"{where}: {path}: no such file")
