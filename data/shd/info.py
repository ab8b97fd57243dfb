# SPDX-License-Identifier: Apache-2.0
"""What a file of recordings holds, in numbers."""

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rich.table import Table
from rich.text import Text

from data.shd.reader import CHANNELS, Recordings
from support.errors import InputError


def summary(path: str | Path) -> dict[str, Any]:
    """Counts and ranges of the recordings at ``path``, all of which are read; fit for JSON.

    ``times`` is the type that they are stored in.
    ``spikes`` and ``duration_s`` (time of the last spike, 0 without spikes) have mean, min and max over the
    recordings; ``active_units`` of ``units`` occur at all; ``per_class`` counts every class that the file names.
    InputError for a file that ``Recordings`` refuses or that is empty.
    """
    with Recordings.open(path) as recordings:
        if not len(recordings):
            raise InputError(f"{path}: no recordings, expected at least one")
        spikes, durations = np.zeros(len(recordings)), np.zeros(len(recordings))
        active = np.zeros(CHANNELS, bool)
        for index, (times, units) in enumerate(recordings):
            spikes[index] = times.size
            durations[index] = times.max(initial=0.0)
            active[units] = True
        counts = np.bincount(recordings.labels, minlength=len(recordings.keys))
        speakers, takes = np.unique(recordings.speakers, return_counts=True)
        return {
            "path": str(path),
            "samples": len(recordings),
            "classes": len(recordings.keys),
            "speakers": len(speakers),
            "per_class": dict(zip(recordings.keys, counts.tolist(), strict=True)),
            "per_speaker": dict(zip(map(str, speakers.tolist()), takes.tolist(), strict=True)),
            "spikes": _range(spikes),
            "duration_s": _range(durations),
            "times": recordings.stored,
            "units": CHANNELS,
            "active_units": int(active.sum()),
        }


def table(facts: dict[str, Any]) -> Table:
    """``facts`` of ``summary`` for the terminal."""
    result = Table(title=Text(facts["path"]), show_header=False, title_justify="left")
    result.add_column(style="bold")
    result.add_column()
    result.add_row("samples", f"{facts['samples']}")
    result.add_row("classes", f"{facts['classes']}")
    result.add_row("speakers", f"{facts['speakers']}")
    for name, key, form in (("spikes per sample", "spikes", ".0f"), ("duration, s", "duration_s", ".2f")):
        mean, low, high = (format(facts[key][which], form) for which in ("mean", "min", "max"))
        result.add_row(name, f"mean {mean}, {low} to {high}")
    result.add_row("times", f"{facts['times']}{_spacing(facts)}")
    result.add_row("active units", f"{facts['active_units']} of {facts['units']}")
    classes = ", ".join(f"{key} {count}" for key, count in facts["per_class"].items())
    # Text, as the path: what stands in a file is no markup.
    result.add_row("samples per class", Text(classes))
    return result


def _spacing(facts: dict[str, Any]) -> str:
    """How well the stored type tells times apart, at the end of the longest recording."""
    if not facts["times"].startswith("float"):
        return ""
    with np.errstate(over="ignore", invalid="ignore"):
        spacing = np.spacing(np.asarray(facts["duration_s"]["max"], facts["times"]))
    return f", multiples of {1000 * float(spacing):.2g} ms at the end of the longest"


def _range(values: NDArray[np.float64]) -> dict[str, float]:
    return {"mean": float(values.mean()), "min": float(values.min()), "max": float(values.max())}
