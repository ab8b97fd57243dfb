# SPDX-License-Identifier: Apache-2.0
"""What a file of samples given step by step holds, in numbers."""

from pathlib import Path
from typing import Any

import numpy as np
from rich.table import Table
from rich.text import Text

from data.rasters.reader import read_rasters


def summary(path: str | Path) -> dict[str, Any]:
    """Counts and sizes of the samples; fit for JSON. ``per_class`` is empty where they have no labels.

    InputError for a file that ``read_rasters`` refuses.
    """
    rasters = read_rasters(path)
    events = np.bincount(rasters.sample, minlength=len(rasters))
    names = rasters.names() if rasters.labelled else ()
    counts = np.bincount(rasters.labels, minlength=len(names)) if rasters.labelled else np.zeros(0, np.int64)
    return {
        "path": str(path),
        "samples": len(rasters),
        "steps": rasters.least_steps,
        "axons": rasters.least_axons,
        "classes": len(names),
        "per_class": dict(zip(names, counts.tolist(), strict=True)),
        "events": {"mean": float(events.mean()), "min": int(events.min()), "max": int(events.max())},
    }


def table(facts: dict[str, Any]) -> Table:
    """``facts`` of ``summary`` for the terminal."""
    result = Table(title=Text(facts["path"]), show_header=False, title_justify="left")
    result.add_column(style="bold")
    result.add_column()
    for name in ("samples", "steps", "axons", "classes"):
        result.add_row(name, f"{facts[name]:,}")
    events = facts["events"]
    result.add_row("events per sample", f"mean {events['mean']:.0f}, {events['min']} to {events['max']}")
    classes = ", ".join(f"{key} {count}" for key, count in facts["per_class"].items())
    # What stands in a file is no markup.
    result.add_row("samples per class", Text(classes or "no labels"))
    return result
