# SPDX-License-Identifier: Apache-2.0
"""How every picture of the project looks, and how one becomes a part of a page. Needs matplotlib, as what draws does.

Drawn without pyplot: nothing global is touched, no display is needed. Equal data give equal bytes.
"""

import io
from pathlib import Path
from typing import Any

import matplotlib as mpl
from cycler import cycler
from matplotlib.figure import Figure

from support.files import write_atomic

COLOURS = ("#1f5fa8", "#d1632a", "#3c8f4f", "#7d4fa3", "#a8802a", "#2a9aa8")
GREY = "#8a929b"
STYLE: dict[Any, Any] = {
    "font.family": "sans-serif",
    "font.size": 9,
    "axes.edgecolor": GREY,
    "axes.axisbelow": True,
    "axes.grid": True,
    "axes.prop_cycle": cycler(color=COLOURS),
    "axes.spines.right": False,
    "axes.spines.top": False,
    "axes.titlelocation": "left",
    "axes.titlesize": 10,
    "grid.color": "#e4e7ea",
    "grid.linewidth": 0.8,
    "legend.frameon": False,
    "lines.linewidth": 1.6,
    "svg.fonttype": "none",
    "text.parse_math": False,
}
"""Settings of matplotlib that all pictures of the project share; for ``matplotlib.rc_context``."""
DPI = 160
"""Resolution of the points of a raster."""


def write_picture(figure: Figure, path: Path) -> None:
    """Write a figure as PNG or SVG, by the name of the file, whole or not at all. Raises InputError if that fails."""
    buffer = io.BytesIO()
    metadata = {"Date": None, "Creator": None} if path.suffix == ".svg" else {"Software": None}
    figure.savefig(buffer, format=path.suffix[1:], dpi=DPI, metadata=metadata)
    write_atomic(path, buffer.getvalue())


def svg(figure: Figure, name: str) -> str:
    """The figure as an ``<svg>`` element; ``name`` keeps its identifiers apart from those of others in a page."""
    buffer = io.StringIO()
    with mpl.rc_context({**STYLE, "svg.hashsalt": name}):
        figure.savefig(buffer, format="svg", dpi=DPI, metadata={"Date": None, "Creator": None})
    text = buffer.getvalue()
    return text[text.index("<svg") :]
