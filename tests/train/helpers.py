# SPDX-License-Identifier: Apache-2.0
"""Small recordings and configurations that every test of training shares."""

from pathlib import Path
from typing import Any

import numpy as np

from data.shd import reader as shd
from train.config.run import RunConfig

CLASSES = 3
SPEAKERS = 4


def write_recordings(path: Path, *, count: int = 48, seed: int = 0) -> Path:
    """A file whose classes differ in where along the channels activity moves, so that they can be learned."""
    random = np.random.default_rng(seed)
    labels = np.arange(count) % CLASSES
    spikes = []
    for label in labels:
        times = np.sort(random.uniform(0, 0.08, 120))
        centre = (200, 350, 500)[label] + (label - 1) * 1500 * (times - 0.04)
        units = np.clip(centre + random.normal(0, 30, len(times)), 0, 699).astype(np.int64)
        spikes.append((times, units))
    shd.write(
        path, spikes, labels=labels, speakers=np.arange(count) // CLASSES % SPEAKERS, keys=("one", "two", "three")
    )
    return path


def run_config(folder: Path, **changes: dict[str, Any]) -> RunConfig:
    """A run on 14 axons, 10 steps and two hidden layers of 6; ``changes`` update its sections."""
    sections: dict[str, dict[str, Any]] = {
        "data": {
            "train": str(folder / "train.h5"),
            "test": str(folder / "test.h5"),
            "cache": str(folder / "cache"),
            "validation_speakers": [3],
        },
        "encoding": {"axons": 14, "steps": 10, "step_seconds": 0.008},
        "augment": {"channel_shift": 20, "time_shift": 0.004, "time_stretch": 0.1, "event_dropout": 0.2},
        "network": {
            "hidden": [6, 6],
            "classes": CLASSES,
            "between": {"first": 1, "last": 5, "step": 2},
        },
        "budget": {"keep": 2, "ramp": 0.0},
        "quantisation": {},
        "noise": {},
        "teachers": {},
        "training": {"dense_epochs": 3, "sparse_epochs": 2, "batch": 12, "dropout": 0.1, "threads": 1, "average": 0.5},
    }
    for section, values in changes.items():
        sections[section].update(values)
    return RunConfig.model_validate({"name": "small", **sections})
