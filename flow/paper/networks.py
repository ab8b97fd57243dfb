# SPDX-License-Identifier: Apache-2.0
"""The networks of arXiv 2404.10597, and what was published of them there and in arXiv 2501.13610."""

import tomllib
from functools import cache
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict

from model.config import DelayUnit

SEEDS = (0, 1, 2)
CORES = (1, 3)


class Published(BaseModel):
    """What a column of the published tables says of a network; None: nothing."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    cores: int
    accuracy: float | None = None
    agreement: float | None = None
    """Share of the samples with the class that PyTorch gave."""
    latency_ms: float | None = None
    energy_uj: float | None = None
    memory_mbit: float | None = None


class PaperNetwork(BaseModel):
    """A network of the paper, trained here."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    name: str
    """Of its configuration in train/configs and of its runs."""
    title: str
    pytorch: float
    """Published accuracy before it was mapped."""
    spikes: tuple[int, ...] = ()
    """Published spikes of each hidden layer in an inference."""
    loihi: Published
    seneca: Published
    software: Published | None = None
    """Seneca with delays in software: the host queues events again, step by step."""


@cache
def networks() -> tuple[PaperNetwork, ...]:
    """The networks in the order of the tables, the largest first."""
    return tuple(PaperNetwork.model_validate(each) for each in _file()["network"])


@cache
def units() -> tuple[DelayUnit, ...]:
    """The delay units that are measured."""
    return tuple(DelayUnit(each) for each in _file()["units"])


def _file() -> dict[str, Any]:
    return tomllib.loads(Path(__file__).with_name("published.toml").read_text())
