# SPDX-License-Identifier: Apache-2.0
"""The training loop. An epoch is a pure function of seed and checkpoint: a killed run ends like one that was not."""

import json
import math
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from model.encoding import Raster
from support.errors import InputError
from train.config.run import RunConfig, with_device
from train.data.dataset import IntArray, Spikes, batches
from train.layers.network import DelayNetwork, Output
from train.loop.checkpoint import CHECKPOINT, load_checkpoint, restore, save_checkpoint
from train.loop.evaluate import Labelled, evaluate, time_first
from train.loop.learner import CPU, Learner
from train.loop.metrics import EpochMetrics, write_metrics
from train.loop.phases import TrainingPhase, make_phases
from train.loop.stages import Stage
from train.loop.teachers import Teachers
from train.ops.device import pick_device
from train.ops.process import torch_seed

OnEpoch = Callable[[EpochMetrics], None]
DIVERGED = 1e15
"""Of a loss or a weight: far above what training comes back from, far below where numbers end."""


class Fit:
    """One training run; ``run`` goes on from the checkpoint in ``folder`` if there is one."""

    def __init__(self, config: RunConfig, spikes: Spikes, train: IntArray, validation: Labelled | None,
                 folder: Path, *, calibration: Labelled | None = None) -> None:  # fmt: skip
        """``train``: indices of the training samples in ``spikes``.

        ``calibration``: some training samples, for the rates of the sources and the scales of the integers.
        """
        self.config, self.spikes, self.train, self.validation, self.folder = config, spikes, train, validation, folder
        self.device = pick_device(config.training.device)
        self.learner = Learner(config, validation, calibration, labels=spikes.keys)
        self.learner.pruner.check(self.learner.network)
        self.teachers = Teachers(config, self.device)
        self.phases = make_phases(config)
        self.phase = self.epoch = 0
        """Numbers of the phase that the run is in, and of its epochs that are done."""
        self.metrics: list[EpochMetrics] = []

    @property
    def stages(self) -> list[Stage]:
        """What each limit cost, so far."""
        return self.learner.costs.entries

    def run(self, report: OnEpoch = lambda metrics: None, *, stop_after: int | None = None) -> DelayNetwork:
        """Train to the end and return the network to export; ``report`` gets the metrics of each epoch.

        ``stop_after``: return after so many epochs of this call, as if killed there.
        """
        done = 0
        while self.phase < len(self.phases):
            phase = self.phases[self.phase]
            if self.epoch == 0:
                phase.begin(self.learner)
            self.learner.move(self.device)
            optimizer = phase.optimizer(self.learner.network)
            if self._state is not None:
                optimizer.load_state_dict(self._state)
                self._state = None
            while self.epoch < phase.epochs:
                if done == stop_after:
                    return self.learner.average
                seed = (self.config.training.seed, self.phase, self.epoch)
                # Dropout and noise draw from torch's own generator.
                with torch_seed(seed, self.device):
                    metrics = self._epoch(phase, optimizer, seed)
                self.epoch += 1
                done += 1
                self.metrics.append(metrics)
                self._save(optimizer)
                report(metrics)
            self.learner.move(CPU)
            phase.end(self.learner, self.folder)
            self.phase, self.epoch = self.phase + 1, 0
        self._save(None)
        return self.learner.average

    _state: dict[str, Any] | None = None
    """Of the optimiser, from a checkpoint."""

    def resume(self) -> bool:
        """Take up the checkpoint in the folder; False if there is none.

        Raises InputError if it is of another configuration.
        """
        state = load_checkpoint(self.folder / CHECKPOINT)
        if state is None:
            return False
        # Keys that an earlier version did not know have their defaults.
        before = RunConfig.model_validate_json(state["config"])
        if with_device(before, self.config.training.device) != self.config:
            raise InputError(
                f"{self.folder / CHECKPOINT}: was made with another configuration; expected that of {self.config.name}"
            )
        learner = self.learner
        self.phase, self.epoch = state["phase"], state["epoch"]
        self.metrics = [EpochMetrics.of(each) for each in json.loads(state["metrics"])]
        learner.costs.entries = [Stage.of(each) for each in json.loads(state["stages"])]
        for network, part in ((learner.network, "network"), (learner.average, "average")):
            restore(network, state, part)
        self._state = state["optimizer"]
        learner.pruner.state |= state["pruner"]
        return True

    def _save(self, optimizer: torch.optim.Optimizer | None) -> None:
        network, average = self.learner.network, self.learner.average
        state = {
            "config": self.config.model_dump_json(),
            "phase": self.phase,
            "epoch": self.epoch,
            "metrics": json.dumps([each.record() for each in self.metrics]),
            "stages": json.dumps([each.record() for each in self.stages]),
            "settled": not network.placed(),
            "folded": network.layers[0].neurons.scale is not None,
            "pruner": self.learner.pruner.state,
            "network": network.state_dict(),
            "average": average.state_dict(),
            "optimizer": optimizer.state_dict() if optimizer else None,
        }
        save_checkpoint(self.folder / CHECKPOINT, state)
        write_metrics(self.folder, self.metrics)

    def _epoch(self, phase: TrainingPhase, optimizer: torch.optim.Optimizer, seed: tuple[int, ...]) -> EpochMetrics:
        options, learner, begin = self.config.training, self.learner, time.monotonic()
        network = learner.network
        network.train()
        steps = math.ceil(len(self.train) / options.batch)
        losses, right, count = 0.0, 0, 0
        totals = np.zeros(len(self.config.network.hidden))
        stream = batches(
            self.spikes, self.train, size=options.batch, config=self.config.augment, seed=seed,
            others=self.teachers.others,
        )  # fmt: skip
        for step, (events, labels) in enumerate(stream):
            done = (self.epoch * steps + step) / (phase.epochs * steps)
            phase.schedule(network, optimizer, done)
            phase.before_step(learner, done)
            output = network(time_first(events[0]))
            loss = self._loss(output, events, torch.from_numpy(labels).to(self.device))
            self._check_finite(phase, loss)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            phase.after_step(learner)
            learner.update_average(options.average)
            losses += loss.item() * len(labels)
            right += int((output.score.argmax(1).cpu().numpy() == labels).sum())
            totals += [spikes.detach().sum().item() for spikes in output.spikes]
            count += len(labels)
        # What the last step did, no loss has seen yet.
        self._check_finite(phase, *learner.network.parameters())
        held_out = self.validation
        seen = None if held_out is None else evaluate(learner.calibrated(), held_out.events)
        return EpochMetrics(
            phase=phase.name,
            epoch=self.epoch + 1,
            epochs=phase.epochs,
            loss=losses / count,
            train_accuracy=right / count,
            train_spikes=(totals / count).tolist(),
            validation_accuracy=None if held_out is None or seen is None else seen.accuracy(held_out.labels),
            validation_spikes=None if seen is None else seen.spikes,
            seconds=time.monotonic() - begin,
        )

    def _check_finite(self, phase: TrainingPhase, *values: Tensor) -> None:
        """InputError for values that training does not come back from; the checkpoint of the epoch before stays."""
        worst = max(float(value.detach().abs().max()) for value in values if value.numel())
        if not all(bool(value.isfinite().all()) for value in values):
            raise InputError(f"{phase.name} epoch {self.epoch + 1}: the loss is not finite; lower the learning rate")
        if worst > DIVERGED:
            raise InputError(
                f"{phase.name} epoch {self.epoch + 1}: loss or weights reach {worst:.1e}; lower the learning rate"
            )

    def _loss(self, output: Output, events: tuple[Raster, ...], labels: Tensor) -> Tensor:
        options, columns = self.config.training, len(output.votes)
        loss = nn.functional.cross_entropy(
            output.votes.flatten(0, 1), labels.repeat(columns), label_smoothing=options.label_smoothing
        )
        if self.teachers:
            taught = self.teachers.loss(output, self.teachers.opinion(events))
            loss = torch.lerp(loss, taught, self.config.teachers.share)
        for layer in output.spikes:
            excess = torch.relu(layer.sum((0, 2)).mean() / options.spike_limit - 1)
            loss = loss + options.spike_penalty * excess.square()
        return loss
