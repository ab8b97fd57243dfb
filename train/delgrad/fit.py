# SPDX-License-Identifier: Apache-2.0
"""The training loop. An epoch follows from seed, number and checkpoint: a killed run ends like one that was not."""

import json
import time
from collections.abc import Callable, Sequence
from copy import deepcopy
from pathlib import Path
from pickle import UnpicklingError
from typing import Any

import numpy as np
import torch
from torch import Tensor

from data.yinyang import CLASSES
from support.errors import InputError
from train.delgrad.config import DelGradConfig
from train.delgrad.evaluate import Samples
from train.delgrad.loss import losses
from train.delgrad.network import DelGradNetwork, decide
from train.delgrad.noise import Chip
from train.delgrad.steps import Raise, Steps, rate_factor
from train.loop.checkpoint import CHECKPOINT, save_checkpoint
from train.loop.metrics import EpochMetrics, write_metrics
from train.ops.device import pick_device

TRAINING, EVALUATION = 0, 1
"""Streams of a seed and epoch."""
Forward = Callable[[DelGradNetwork, Tensor], Sequence[Tensor]]
"""A chip: the network as it is now and the spikes of the axons (batch, axons) to the spikes of each layer, as observed
before dendritic delays."""


class Fit:
    """One training run; ``resume`` goes on from the checkpoint in ``folder`` if there is one."""

    def __init__(self, config: DelGradConfig, folder: Path | None = None, *, forward: Forward | None = None) -> None:
        """``folder``: where checkpoint and metrics go; None: nowhere.

        ``forward``: what runs the network instead of the closed form (hardware in the loop); gradients are then those
        at the spikes that it returns, and the validation accuracy is its own.
        """
        self.config, self.folder, self.observe = config, folder, forward
        self.device = pick_device(config.training.device)
        self.network = DelGradNetwork(config.input.axons, len(CLASSES), config).to(self.device)
        self.average = deepcopy(self.network)
        """What is evaluated: the running average, or the network itself."""
        self.kept = deepcopy(self.network)
        """What a run ends with."""
        self.chip = Chip(config.noise, self.network.sizes, config.training.seed) if config.noise.disturbs else None
        self.train = Samples("train", config, self.device)
        self.validation = Samples("validation", config, self.device)
        self.steps = Steps(self.network, self.average, config)
        self.raises = Raise(config.training)
        self.metrics: list[EpochMetrics] = []
        self.best = -1.0
        """Validation accuracy of what is kept."""

    @property
    def epoch(self) -> int:
        """Epochs that are done."""
        return len(self.metrics)

    def run(self, report: Callable[[EpochMetrics], None] = lambda metrics: None, *,
            stop_after: int | None = None) -> DelGradNetwork:  # fmt: skip
        """Train to the end and return the network that is kept.

        ``report`` gets the metrics of each epoch; ``stop_after``: return after so many epochs of this call, as if
        killed there.
        """
        for done in range(self.config.training.epochs - self.epoch):
            if done == stop_after:
                break
            self.metrics.append(self._epoch())
            self._save()
            report(self.metrics[-1])
        return self.kept

    def begin(self) -> None:
        """Take the best of ``training.starts`` networks, if there are several."""
        if self.config.training.starts > 1:
            start = DelGradNetwork(self.config.input.axons, len(CLASSES), pick_start(self.config)).state_dict()
            for each in (self.network, self.average, self.kept):
                each.load_state_dict(start)

    def resume(self) -> bool:
        """Go on from the checkpoint; False: there is none.

        Raises InputError if it is damaged or of another configuration.
        """
        if self.folder is None:
            return False
        path = self.folder / CHECKPOINT
        state = load_state(path)
        if state is None:
            return False
        if config_of(state, path) != self.config:
            raise InputError(f"{path}: of another configuration; choose another folder, or train anew (--fresh)")
        try:
            for name in ("network", "average", "kept"):
                getattr(self, name).load_state_dict(state[name])
            self.steps.load(state["optimizer"])
            self.raises.now, self.best = state["raises"], state["best"]
            self.metrics = [EpochMetrics.of(each) for each in json.loads(state["metrics"])]
        except (KeyError, RuntimeError, TypeError, ValueError):
            raise InputError(f"{path}: a damaged checkpoint; remove it, or train anew (--fresh)") from None
        return True

    def _save(self) -> None:
        if self.folder is None:
            return
        state = {
            "config": self.config.model_dump_json(),
            "metrics": json.dumps([each.record() for each in self.metrics]),
            "network": self.network.state_dict(), "average": self.average.state_dict(), "kept": self.kept.state_dict(),
            "optimizer": self.steps.state(), "raises": self.raises.now, "best": self.best,
        }  # fmt: skip
        save_checkpoint(self.folder / CHECKPOINT, state)
        write_metrics(self.folder, self.metrics)

    def _epoch(self) -> EpochMetrics:
        begin, options, epoch = time.monotonic(), self.config.training, self.epoch
        seed = (options.seed, epoch, TRAINING)
        order = torch.from_numpy(np.random.default_rng(seed).permutation(len(self.train.labels))).to(self.device)
        factor = rate_factor(options, epoch)
        loss_sum = right = torch.zeros((), dtype=torch.float64, device=self.device)
        fired = torch.zeros(len(self.network.sizes) - 1, dtype=torch.float64, device=self.device)
        for step, batch in enumerate(order.split(options.batch)):
            times, labels = self.train.times[batch], self.train.labels[batch]
            trial = self.chip.trial(*seed, step) if self.chip else None
            observed = self.observe(self.network, times) if self.observe else None
            records = self.network.record(times, trial, observed)
            spikes = [record.spikes for record in records]
            each, grad = losses(spikes[-1], labels, options)
            self.network.gradients(records, grad / len(batch))
            self.steps(factor)
            self.raises(self.network, spikes)
            self.steps.update_average()
            loss_sum = loss_sum + each.sum()
            right = right + (decide(spikes[-1]) == labels).sum()
            fired += torch.stack([(layer < torch.inf).sum() for layer in spikes[:-1]])
        if not all(bool(each.isfinite().all()) for each in self.network.parameters()):
            raise InputError(f"epoch {epoch + 1}: a weight is not finite; lower the learning rate")
        count = len(order)
        seen = self._evaluate(self.validation)
        accuracy = float((decide(seen[-1]) == self.validation.labels).double().mean())
        if options.keep == "last" or accuracy >= self.best:
            self.best = accuracy
            self.kept.load_state_dict(self.average.state_dict())
        return EpochMetrics(
            phase="delgrad", epoch=epoch + 1, epochs=options.epochs, loss=float(loss_sum) / count,
            train_accuracy=float(right) / count, train_spikes=(fired / count).tolist(), validation_accuracy=accuracy,
            validation_spikes=[float(layer.isfinite().sum(1).double().mean()) for layer in seen[:-1]],
            seconds=time.monotonic() - begin,
        )  # fmt: skip

    @torch.no_grad()
    def _evaluate(self, samples: Samples) -> list[Tensor]:
        trial = self.chip.trial(self.config.training.seed, self.epoch, EVALUATION) if self.chip else None
        observed = self.observe(self.average, samples.times) if self.observe else None
        return [record.spikes for record in self.average.record(samples.times, trial, observed)]


def pick_start(config: DelGradConfig) -> DelGradConfig:
    """The run whose start is the best of ``training.starts``: a short run is made from each.

    The seeds of starts follow from that of the run; the first is its own.
    """
    options = config.training
    found: list[tuple[float, int]] = []
    for start in range(options.starts if options.starts > 1 else 0):
        seed = options.seed if start == 0 else int(np.random.default_rng((options.seed, start)).integers(1 << 62))
        short = options.model_copy(update={"seed": seed, "epochs": options.start_epochs, "keep": "best"})
        fit = Fit(config.model_copy(update={"training": short}))
        fit.run()
        found.append((fit.best, seed))
    if not found:
        return config
    best = max(found, key=lambda each: each[0])[1]
    return config.model_copy(update={"training": options.model_copy(update={"seed": best})})


def load_state(path: Path) -> dict[str, Any] | None:
    """The state in a file, on the CPU; None: there is no file. Raises InputError if it is damaged."""
    if not path.is_file():
        return None
    try:
        state: dict[str, Any] = torch.load(path, map_location="cpu", weights_only=True)
    except (OSError, RuntimeError, EOFError, UnpicklingError, KeyError, TypeError, ValueError):
        raise InputError(f"{path}: not a checkpoint, or a damaged one; remove it, or train anew (--fresh)") from None
    return state


def config_of(state: dict[str, Any], path: Path) -> DelGradConfig:
    """The configuration that a state was saved with. Raises InputError if it is of another kind of run."""
    try:
        return DelGradConfig.model_validate_json(state["config"])
    except (KeyError, TypeError, ValueError):
        raise InputError(f"{path}: of no DelGrad run; choose another folder, or train anew (--fresh)") from None
