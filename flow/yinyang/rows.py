# SPDX-License-Identifier: Apache-2.0
"""The rows of the Yin-Yang table: which networks there are, and what a row says."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import mean, stdev
from typing import Any

from support.paths import ROOT

CONFIGS = ROOT / "train" / "configs" / "yinyang"


@dataclass(frozen=True, kw_only=True)
class RowSpec:
    """A row: a network, trained with several seeds."""

    network: str
    delays: str
    noise: str
    """What training knows of: none, hardware-aware (the published chip's noise), or core (the rounding of a grid)."""
    file: str
    """Configuration, in CONFIGS."""

    @property
    def config(self) -> Path:
        """Its configuration file."""
        return CONFIGS / self.file

    @property
    def title(self) -> str:
        """For people."""
        return f"{self.network}, delays: {self.delays}" + (f", {self.noise}" if self.noise != "none" else "")


ROWS = (
    *(RowSpec(network="4-30-3", delays=kind, noise="none", file=f"4_30_3_{kind}.toml")
      for kind in ("none", "axonal", "dendritic", "synaptic")),
    RowSpec(network="4-5-3", delays="synaptic", noise="none", file="4_5_3_synaptic.toml"),
    *(RowSpec(network="4-30-3", delays=kind, noise="hardware-aware", file=f"aware_{kind}.toml")
      for kind in ("none", "axonal")),
    RowSpec(network="4-30-3", delays="axonal", noise="core", file="core_axonal.toml"),
)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Accuracy:
    """Of several seeds, on the test set."""

    mean: float
    std: float
    """Of a sample; 0 of one seed."""
    min: float

    @classmethod
    def of(cls, values: Sequence[float]) -> "Accuracy":
        """Of at least one value."""
        return cls(mean=mean(values), std=stdev(values) if len(values) > 1 else 0.0, min=min(values))


@dataclass(frozen=True, kw_only=True)
class OnHardware:
    """What a row's networks do on the core; None: not measured."""

    accuracy_golden: Accuracy | None = None
    """After training with the core in the loop."""
    accuracy_rtl: Accuracy | None = None
    in_loop: dict[str, Any] | None = None
    """How it was trained so, and its accuracy before and after."""
    chips: dict[str, Any] | None = None
    """Devices with mismatch: accuracy before and after training with each of them in the loop."""
    mismatches: int | None = None
    """Spikes in which golden model and RTL differ."""
    memory: list[dict[str, Any]] | None = None
    """What the first seed's network takes on a core, by delay unit (``flow.yinyang.memory``)."""


@dataclass(frozen=True, kw_only=True)
class Row(OnHardware):
    """A row of the report."""

    network: str
    delays: str
    noise: str
    seeds: Sequence[int]
    accuracy_float: Accuracy
