# SPDX-License-Identifier: Apache-2.0
"""What each group of synapses can spare: accuracy when it alone is pruned, rounded, or held to fewer delays.

Nothing is trained on after a change, so this is the most that a limit can cost; it shows where a network gives first.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from rich.table import Table
from torch import Tensor

from support.errors import InputError
from support.files import write_atomic
from train.budget.probe import Probe, Quality, group_names, left_out, moved, rounded_to
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


@dataclass(frozen=True, kw_only=True)
class GroupSensitivity:
    """What one group of synapses can spare."""

    group: str
    """Its name."""
    synapses: int
    changes: Mapping[str, Quality]
    """How well the network does with each change to this group alone, by what the change is."""


@dataclass(frozen=True, kw_only=True)
class Sensitivity:
    """What each group of synapses of a network can spare."""

    of: str
    """The samples that it was measured on."""
    unchanged: Quality
    groups: Sequence[GroupSensitivity]

    def record(self) -> dict[str, Any]:
        """Fit for JSON."""
        return {
            "of": self.of,
            **self.unchanged._asdict(),
            "groups": [
                {
                    "group": each.group,
                    "synapses": each.synapses,
                    "changes": {change: quality._asdict() for change, quality in each.changes.items()},
                }
                for each in self.groups
            ],
        }

    @classmethod
    def of_record(cls, record: Mapping[str, Any]) -> Self:
        """That of a record."""
        return cls(
            of=record["of"],
            unchanged=Quality(record["accuracy"], record["loss"]),
            groups=[
                GroupSensitivity(
                    group=each["group"],
                    synapses=each["synapses"],
                    changes={change: Quality(**quality) for change, quality in each["changes"].items()},
                )
                for each in record["groups"]
            ],
        )


def sensitivity(network: DelayNetwork, budget: BudgetConfig, samples: Labelled, calibration: Tensor | None, *,
                of: str) -> Sensitivity:  # fmt: skip
    """Accuracy and loss (mean cross entropy) of a settled network in real numbers on ``samples``.

    As it is, and with each change to each group of synapses alone: ``of`` says what the samples are. ``calibration``:
    events (steps, batch, axons) for rates and statistics of normalisation. Synapses beyond a range of delays are left
    out, or moved to the longest delay of it, whichever loses less.
    """
    probe = Probe(network, samples, calibration)
    rates = source_rates(probe.network, calibration)
    unchanged, groups = probe.measure(), []
    for number, (name, group) in enumerate(zip(group_names(network), probe.groups, strict=True)):
        kernel = group.kernel().detach().clone()
        synapses = int((kernel != 0).sum()) * group.share
        changes: dict[str, Quality] = {}
        for share in SHARES:
            kept = keep_within([kernel], [rates[number]], [group.share], synapses=int(share * synapses),
                               style=budget.style, lanes=budget.lanes)  # fmt: skip
            changes[f"{share:.0%} of synapses"] = probe.measure_with(number, kernel * kept[0])
        for bits in BITS:
            rounded = rounded_to(kernel, *QuantisationConfig(weight_bits=bits).range)
            changes[f"{bits}-bit weights"] = probe.measure_with(number, rounded)
        for share in RANGES if len(group.levels) > 1 else ():
            longest = int(share * group.levels[-1])
            either = [probe.measure_with(number, cut(kernel, group.levels, longest)) for cut in (left_out, moved)]
            changes[f"{share:.0%} of delay range"] = min(either, key=lambda quality: quality.loss)
        groups.append(GroupSensitivity(group=name, synapses=synapses, changes=changes))
    return Sensitivity(of=f"{len(samples.labels)} {of}", unchanged=unchanged, groups=groups)


def rows(report: Sensitivity) -> tuple[list[str], list[list[str]]]:
    """A report as a table: titles, a group of synapses each, and a row a change with the points that it makes."""
    changes = list(dict.fromkeys(change for each in report.groups for change in each.changes))
    lines = [["synapses", *(f"{each.synapses:,}" for each in report.groups)]]
    for change in changes:
        seen = [each.changes.get(change) for each in report.groups]
        lines.append(
            [change, *("" if each is None else points(each.accuracy - report.unchanged.accuracy) for each in seen)]
        )
    return ["", *(each.group for each in report.groups)], lines


def sensitivity_table(report: Sensitivity) -> Table:
    """The same for a terminal, with what it is of."""
    titles, lines = rows(report)
    table = Table(title=describe(report))
    for k, name in enumerate(titles):
        table.add_column(name, justify="right" if k else "left")
    for line in lines:
        table.add_row(*line)
    return table


def describe(report: Sensitivity) -> str:
    """Says what the numbers of the table are."""
    return (
        "points of accuracy when one group of synapses alone is pruned, rounded or held to a share of its delay range; "
        f"unchanged: {report.unchanged.accuracy:.1%} of {report.of}"
    )


def points(difference: float) -> str:
    """A difference of two shares in points, with its sign."""
    return f"{100 * difference:+.1f}"


def save_report(folder: Path, report: Sensitivity) -> None:
    """Write ``sensitivity.json`` of a run, whole or not at all."""
    write_atomic(folder / SENSITIVITY, (json.dumps(report.record(), indent=2) + "\n").encode())


def load_report(folder: Path) -> Sensitivity | None:
    """The report of a run, if it has been made. Raises InputError if it is damaged."""
    path = folder / SENSITIVITY
    if not path.is_file():
        return None
    try:
        return Sensitivity.of_record(json.loads(path.read_bytes()))
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        raise InputError(f"{path}: damaged; remove it to have it made again") from None
