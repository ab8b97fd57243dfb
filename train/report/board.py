# SPDX-License-Identifier: Apache-2.0
"""The course of a run for TensorBoard: ``tensorboard --logdir runs``.

A run may be killed at any moment and go on from its checkpoint: what was logged of epochs that the checkpoint does not
know is then hidden, and numbers of epochs that it knows but that were not logged are added (histograms are not).
"""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray

from support.files import make_folder
from train.budget.probe import group_names
from train.layers.network import DelayNetwork
from train.layers.synapses import PlacedSynapses

BOARD = "board"
"""Folder of the log in the folder of a run."""

LIMIT = 1e20
"""Beyond which TensorBoard has no bins for a histogram."""

_NOT_LOGGED = ("phase", "epoch", "epochs")
_SPLITS = ("train", "validation")


class Board:
    """The log of one run; a step is an epoch, counted from 1 through all phases."""

    def __init__(self, folder: Path, metrics: Sequence[Mapping[str, Any]] = ()) -> None:
        """Log into ``folder``; ``metrics`` are those of the epochs that are done. None done hides all older ones.

        Raises InputError if the folder cannot be made.
        """
        from torch.utils.tensorboard import SummaryWriter  # noqa: PLC0415 - takes seconds to import

        make_folder(folder)
        known = logged(folder)
        self.epochs = 0
        # A reader drops what is at this step or later in the files before.
        self._writer = SummaryWriter(str(folder), purge_step=len(metrics) + 1)
        for each in metrics:
            self.epochs += 1
            self._scalars({name: value for name, value in scalars(each) if (name, self.epochs) not in known})
        self._writer.flush()

    def log(self, metrics: Mapping[str, Any], histograms: Mapping[str, ArrayLike] | None = None) -> None:
        """Add an epoch: every number of ``metrics`` (lists number by number), and histograms of arrays by name.

        Values of ``LIMIT`` or more are left out of a histogram.

        What is left of it when the process is killed afterwards is complete.
        """
        self.epochs += 1
        self._scalars(dict(scalars(metrics)))
        for name, values in (histograms or {}).items():
            array = np.asarray(values)
            # Of a run that diverges; NaN is not within, either.
            within = array[np.abs(array) < LIMIT]
            if within.size:
                self._writer.add_histogram(name, within, self.epochs)
        self._writer.flush()

    def close(self) -> None:
        """End the log."""
        self._writer.close()

    def __enter__(self) -> "Board":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _scalars(self, values: Mapping[str, float]) -> None:
        for name, value in values.items():
            self._writer.add_scalar(name, value, self.epochs)


def histograms(network: DelayNetwork) -> dict[str, NDArray[Any]]:
    """Weights and delays in steps of the synapses that there are, by group: positions while those are learned."""
    found: dict[str, NDArray[Any]] = {}
    with torch.no_grad():
        for name, group in zip(group_names(network), network.groups, strict=True):
            if isinstance(group, PlacedSynapses):
                weight, delay = group.weight.cpu(), group.position.cpu()
            else:
                kernel = group.effective().cpu()
                weight = kernel[kernel != 0]
                delay = torch.tensor(group.levels)[kernel.nonzero()[:, 0]]
            found |= {f"weights/{name}": weight.numpy(), f"delays/{name}": delay.numpy()}
    return found


def scalars(metrics: Mapping[str, Any]) -> Iterator[tuple[str, float]]:
    """The numbers of an epoch, by the name that they have in TensorBoard; of a list, one for each layer."""
    for key, value in metrics.items():
        if key in _NOT_LOGGED or value is None or isinstance(value, str):
            continue
        if isinstance(value, list | tuple):
            yield from ((f"{tag(key)}, layer {layer}", each) for layer, each in enumerate(value, start=1))
        else:
            yield tag(key), value


def tag(key: str) -> str:
    """The name of a metric in TensorBoard, which shows those with one beginning side by side: train_x is x/train."""
    for split in _SPLITS:
        if key.startswith(f"{split}_"):
            return f"{key.removeprefix(f'{split}_')}/{split}"
    return f"run/{key}"


def logged(folder: Path) -> set[tuple[str, int]]:
    """Name and epoch of every number that a reader of the log in ``folder`` sees."""
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator  # noqa: PLC0415

    log = EventAccumulator(str(folder), size_guidance={"scalars": 0})
    log.Reload()
    return {(name, event.step) for name in log.Tags()["scalars"] for event in log.Scalars(name)}
