"""What each group of synapses can spare: accuracy when it alone is pruned, rounded, or held to fewer delays.

Nothing is trained on after a change, so this is the most that a limit can cost; it shows where a network gives first.
"""

import json
from pathlib import Path
from typing import Any

from rich.table import Table
from torch import Tensor

from support.errors import InputError
from support.files import write_atomic
from train.budget.probe import Probe, group_names, left_out, moved, rounded_to
from train.budget.rates import source_rates
from train.budget.selection import keep_within
from train.config.run import BudgetConfig, QuantisationConfig
from train.layers.network import DelayNetwork
from train.loop.evaluate import Labelled

SENSITIVITY = "sensitivity.json"
"""Name of the report in the folder of a run."""
SHARES = (0.75, 0.5, 0.25, 0.1)
"""Shares of a group's synapses that are left, the most salient ones."""
BITS = (6, 4, 3, 2)
RANGES = (0.75, 0.5, 0.25)
"""Shares of a group's longest delay that its delays are held to."""

Report = dict[str, Any]


def sensitivity(network: DelayNetwork, budget: BudgetConfig, samples: Labelled, calibration: Tensor | None, *,
                of: str) -> Report:  # fmt: skip
    """Accuracy and loss (mean cross entropy) of a settled network in real numbers on ``samples``.

    As it is, and with each change to each group of synapses alone: ``of`` says what the samples are. ``calibration``:
    events (steps, batch, axons) for rates and statistics of normalisation. Synapses beyond a range of delays are left
    out, or moved to the longest delay of it, whichever loses less.
    """
    probe = Probe(network, samples, calibration)
    rates = source_rates(probe.network, calibration)
    report: Report = {"of": f"{len(samples.labels)} {of}", **probe.measure()._asdict(), "groups": []}
    for number, (name, group) in enumerate(zip(group_names(network), probe.groups, strict=True)):
        kernel = group.kernel().detach().clone()
        synapses = int((kernel != 0).sum()) * group.share
        entry: Report = {"group": name, "synapses": synapses, "changes": {}}
        for share in SHARES:
            kept = keep_within([kernel], [rates[number]], [group.share], synapses=int(share * synapses),
                               style=budget.style, lanes=budget.lanes)  # fmt: skip
            entry["changes"][f"{share:.0%} of synapses"] = probe.measure_with(number, kernel * kept[0])
        for bits in BITS:
            rounded = rounded_to(kernel, *QuantisationConfig(weight_bits=bits).range)
            entry["changes"][f"{bits}-bit weights"] = probe.measure_with(number, rounded)
        for share in RANGES if len(group.levels) > 1 else ():
            longest = int(share * group.levels[-1])
            either = [probe.measure_with(number, cut(kernel, group.levels, longest)) for cut in (left_out, moved)]
            entry["changes"][f"{share:.0%} of delay range"] = min(either, key=lambda quality: quality.loss)
        entry["changes"] = {change: quality._asdict() for change, quality in entry["changes"].items()}
        report["groups"].append(entry)
    return report


def rows(report: Report) -> tuple[list[str], list[list[str]]]:
    """A report as a table: titles, a group of synapses each, and a row a change with the points that it makes."""
    groups = report["groups"]
    changes = list(dict.fromkeys(change for group in groups for change in group["changes"]))
    lines = [["synapses", *(f"{group['synapses']:,}" for group in groups)]]
    for change in changes:
        seen = [group["changes"].get(change) for group in groups]
        lines.append(
            [change, *("" if each is None else points(each["accuracy"] - report["accuracy"]) for each in seen)]
        )
    return ["", *(group["group"] for group in groups)], lines


def sensitivity_table(report: Report) -> Table:
    """The same for a terminal, with what it is of."""
    titles, lines = rows(report)
    table = Table(title=describe(report))
    for k, name in enumerate(titles):
        table.add_column(name, justify="right" if k else "left")
    for line in lines:
        table.add_row(*line)
    return table


def describe(report: Report) -> str:
    """Says what the numbers of the table are."""
    return (
        "points of accuracy when one group of synapses alone is pruned, rounded or held to a share of its delay range; "
        f"unchanged: {report['accuracy']:.1%} of {report['of']}"
    )


def points(difference: float) -> str:
    """A difference of two shares in points, with its sign."""
    return f"{100 * difference:+.1f}"


def save_report(folder: Path, report: Report) -> None:
    """Write ``sensitivity.json`` of a run, whole or not at all."""
    write_atomic(folder / SENSITIVITY, (json.dumps(report, indent=2) + "\n").encode())


def load_report(folder: Path) -> Report | None:
    """The report of a run, if it has been made. Raises InputError if it is damaged."""
    path = folder / SENSITIVITY
    if not path.is_file():
        return None
    try:
        report: Report = json.loads(path.read_bytes())
        rows(report)
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        raise InputError(f"{path}: damaged; remove it to have it made again") from None
    return report
