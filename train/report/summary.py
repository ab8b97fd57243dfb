# SPDX-License-Identifier: Apache-2.0
"""A training run on one page: what was trained, how it went, what came out.

The page is one HTML file without scripts and without anything that is fetched from elsewhere.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup
from numpy.typing import ArrayLike

from support.files import make_folder, write_atomic
from train.loop.metrics import EpochMetrics
from train.report import figures
from train.report.figures import LayerSpikes, LayerSynapses

SUMMARY = "summary.html"
"""Name of the page in the folder of a run."""

_SHARES = {"accuracy", "agreement", "share", "fill"}


@dataclass(frozen=True, kw_only=True)
class SummaryTable:
    """A table with a section of its own."""

    title: str
    note: str = ""
    """Says what the numbers are."""
    titles: Sequence[str]
    """Of the columns; the first column holds names, the others numbers."""
    rows: Sequence[Sequence[str]]


@dataclass(frozen=True, kw_only=True)
class SummaryContent:
    """What the page shows; what is left empty gets no section."""

    name: str
    """Of the run."""
    configuration: Mapping[str, Any] = field(default_factory=dict)
    """Values by name; a table of values makes a section."""
    metrics: Sequence[EpochMetrics] = ()
    """Of all epochs that were trained."""
    layers: Sequence[LayerSynapses] = ()
    """Integer weights and delays."""
    rasters: Sequence[LayerSpikes] = ()
    """One sample, from the input events on."""
    sample: str = ""
    """Says which sample the rasters show, and what it was taken for."""
    confusion: ArrayLike | None = None
    """Counts, shape (classes, classes): row the true class, column the predicted one."""
    confusion_of: str = ""
    """Says which samples were counted."""
    labels: Sequence[str] = ()
    """Names of the classes."""
    results: Mapping[str, Any] = field(default_factory=dict)
    """Figures by name; a table of figures (test, validation) makes a column. Shares are told by their names."""
    tables: Sequence[SummaryTable] = ()


def write_summary(folder: Path, content: SummaryContent) -> Path:
    """Write ``summary.html`` into the folder of a run, whole or not at all, and return its path.

    Equal content gives equal bytes. Raises InputError for arrays of wrong shape or type, and if it cannot be written.
    """
    path = make_folder(folder) / SUMMARY
    write_atomic(path, render(content).encode())
    return path


def render(content: SummaryContent) -> str:
    """The page. Raises InputError for arrays of wrong shape or type."""
    environment = Environment(
        loader=PackageLoader("train.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    pictures = {
        "curves": figures.learning_curves(content.metrics) if content.metrics else "",
        "histograms": figures.histograms(content.layers) if content.layers else "",
        "rasters": figures.rasters(content.rasters) if content.rasters else "",
        "confusion": figures.confusion(content.confusion, content.labels) if content.confusion is not None else "",
    }
    return environment.get_template("summary.html.j2").render(
        content=content,
        facts=_facts(content.metrics),
        results=_columns(content.results),
        configuration=_sections(content.configuration),
        pictures={name: Markup(picture) for name, picture in pictures.items()},
    )


def shown(name: str, value: Any) -> str:
    """A value for people: what is a share by its name in per cent, thousands apart, lists without brackets."""
    if isinstance(value, list | tuple):
        return ", ".join(shown(name, each) for each in value) or "none"
    if isinstance(value, np.generic):
        value = value.item()
    if value is None:
        text = "none"
    elif isinstance(value, bool):
        text = "yes" if value else "no"
    elif isinstance(value, int):
        text = f"{value:,}"
    elif not isinstance(value, float):
        text = str(value)
    elif any(part in _SHARES for part in name.split("_")):
        text = f"{value:.2%}"
    else:
        text = f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.4g}"
    return text


def _facts(metrics: Sequence[EpochMetrics]) -> list[tuple[str, str]]:
    """The state of training, in a few figures."""
    if not metrics:
        return []
    last = metrics[-1]
    facts = [("epochs", f"{len(metrics)}")]
    if last.validation_accuracy is not None:
        facts.append(("validation accuracy", f"{last.validation_accuracy:.2%}"))
    facts.append(("training accuracy", f"{last.train_accuracy:.2%}"))
    facts.append(("loss", f"{last.loss:.3f}"))
    minutes = sum(each.seconds for each in metrics) / 60
    facts.append(("training time", f"{minutes / 60:.1f} h" if minutes >= 90 else f"{minutes:.1f} min"))
    return facts


def _columns(results: Mapping[str, Any]) -> dict[str, Any]:
    """Results as tables: single figures, and figures that are told for several sets, a column each."""
    single = [(_title(name), shown(name, value)) for name, value in results.items() if not isinstance(value, Mapping)]
    sets = {name: value for name, value in results.items() if isinstance(value, Mapping)}
    names = list(dict.fromkeys(name for each in sets.values() for name in each))
    rows = [(_title(name), [shown(name, each.get(name, "")) for each in sets.values()]) for name in names]
    return {"single": single, "sets": [_title(name) for name in sets], "rows": rows}


def _sections(configuration: Mapping[str, Any]) -> list[tuple[str, list[tuple[str, str]]]]:
    """The configuration as sections of names and values; what stands in none comes first."""
    loose = {name: value for name, value in configuration.items() if not isinstance(value, Mapping)}
    tables = {name: value for name, value in configuration.items() if isinstance(value, Mapping)}
    sections = [("run", _flat(loose))] if loose else []
    return sections + [(name, _flat(table)) for name, table in tables.items()]


def _flat(table: Mapping[str, Any], prefix: str = "") -> list[tuple[str, str]]:
    rows: list[tuple[str, str]] = []
    for name, value in table.items():
        if isinstance(value, Mapping):
            rows += _flat(value, f"{prefix}{name}.")
        else:
            # As in the configuration file: no per cent.
            rows.append((f"{prefix}{name}", shown("", value)))
    return rows


def _title(name: str) -> str:
    return name.replace("_", " ")
