"""The training loop. An epoch is a pure function of seed and checkpoint: a killed run ends like one that was not.

Phases: ``dense`` learns weights and delays, ``sparse`` trains on with settled delays inside the budget, ``integer``
trains the quantised network.
"""

import copy
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
from support.files import write_atomic
from train.budget.pruning import Pruner
from train.config.run import RunConfig, with_device
from train.data.dataset import IntArray, Spikes, batches
from train.layers.network import DelayNetwork, Output
from train.layers.quantise import confine, quantise_network, widest
from train.loop.checkpoint import CHECKPOINT, FLOAT, load_checkpoint, load_start, make_network, restore, save_checkpoint
from train.loop.evaluate import Samples, evaluate, time_first
from train.loop.schedule import Phase, adam, set_schedule
from train.loop.stages import Stage, Stages
from train.loop.teachers import Teachers
from train.ops.device import pick_device

METRICS = "metrics.jsonl"
CPU = torch.device("cpu")
"""Where a network changes its form: between phases, and when it is pruned."""
DIVERGED = 1e15
"""Of a loss or a weight: far above what training comes back from, far below where numbers end."""
PHASES = 3
"""Number of phases; a run that is complete stands behind the last."""

Metrics = dict[str, Any]
Report = Callable[[Metrics], None]


class Fit:
    """One training run; ``run`` goes on from the checkpoint in ``folder`` if there is one."""

    def __init__(self, config: RunConfig, spikes: Spikes, train: IntArray, validation: Samples | None,
                 folder: Path, *, calibration: Samples | None = None) -> None:  # fmt: skip
        """``train``: indices of the training samples in ``spikes``.

        ``calibration``: some training samples, for the rates of the sources and the scales of the integers.
        """
        self.config, self.spikes, self.train, self.validation, self.folder = config, spikes, train, validation, folder
        self.samples = calibration
        self.calibration = None if calibration is None else time_first(calibration.events.transpose(1, 0, 2))
        options = config.training
        torch.set_num_threads(options.threads)
        self.device = pick_device(options.device)
        self.network = make_network(config)
        self.teachers = Teachers(config, self.device)
        self.average = copy.deepcopy(self.network)
        self.phase = self.epoch = 0
        self.metrics: list[Metrics] = []
        self.costs = Stages(validation, calibration, self.calibration)
        self.pruner = Pruner(config, self.calibration, calibration)

    @property
    def stages(self) -> list[Stage]:
        """What each limit cost, so far."""
        return self.costs.entries

    @property
    def phases(self) -> tuple[Phase, ...]:
        """The phases in order; one without epochs still makes its change."""
        options, integers = self.config.training, self.config.quantisation
        return (
            Phase("dense", 0 if options.start else options.dense_epochs, options.learning_rate),
            Phase("sparse", options.sparse_epochs, options.sparse_learning_rate),
            Phase("integer", integers.epochs, integers.learning_rate),
        )

    def run(self, report: Report = lambda metrics: None, *, stop_after: int | None = None) -> DelayNetwork:
        """Train to the end and return the network to export; ``report`` gets the metrics of each epoch.

        ``stop_after``: return after so many epochs of this call, as if killed there.
        """
        done = 0
        while self.phase < len(self.phases):
            phase = self.phases[self.phase]
            if self.epoch == 0:
                self._begin(phase)
            self._move(self.device)
            optimizer = adam(self.network, phase, self.config.training)
            if self._state is not None:
                optimizer.load_state_dict(self._state)
                self._state = None
            while self.epoch < phase.epochs:
                if done == stop_after:
                    return self.average
                metrics = self._epoch(phase, optimizer)
                self.epoch += 1
                done += 1
                self.metrics.append(metrics)
                self._save(optimizer)
                report(metrics)
            self._move(CPU)
            self._end(phase)
            self.phase, self.epoch = self.phase + 1, 0
        self._save(None)
        return self.average

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
        self.phase, self.epoch = state["phase"], state["epoch"]
        self.metrics, self.costs.entries = json.loads(state["metrics"]), json.loads(state["stages"])
        for network, part in ((self.network, "network"), (self.average, "average")):
            restore(network, state, part)
        self._state = state["optimizer"]
        self.pruner.state |= state["pruner"]
        return True

    def _begin(self, phase: Phase) -> None:
        """Change the network as the phase needs it."""
        if phase.name == "dense" and self.config.training.start:
            restore(self.network, load_start(self.config), "average")
        elif phase.name == "sparse":
            self._take_average()
            self.network.settle()
            self._copy_to_average()
            self._stage("delays settled")
            for name, inside in self.pruner.alone(self.network):
                self.costs.note_alone(name, inside)
        elif phase.name == "integer":
            self._take_average()
            self._quantise()
        self._copy_to_average()
        if phase.name == "integer":
            bits = self.config.quantisation.weight_bits
            self._stage("ternary weights" if self.config.quantisation.ternary else f"{bits}-bit integers")

    def _quantise(self) -> None:
        """Turn the network into integers; weights and widths are measured one after the other."""
        options, budget = self.config.quantisation, self.config.budget
        wide = copy.deepcopy(self.network)
        quantise_network(wide, options, widest(budget), calibration=self.calibration)
        self.costs.note_alone("ternary weights" if options.ternary else f"{options.weight_bits}-bit weights", wide)
        quantise_network(self.network, options, budget, calibration=self.calibration)
        widths = f"{budget.accumulator_bits}-bit accumulator, {budget.state_bits}-bit state"
        self.costs.note_alone(widths, self.network, after_last=True)

    def _end(self, phase: Phase) -> None:
        """What remains to be done when a phase has no more epochs."""
        if phase.name == "sparse":
            # The last step of a ramp over the whole phase, or of a phase without epochs.
            self._prune(1.0)
            self._stage("trained on inside the budget" if phase.epochs else "pruned")
            state = {"config": self.config.model_dump_json(), "settled": True, "folded": False,
                     "average": self._calibrated().state_dict()}  # fmt: skip
            save_checkpoint(self.folder / FLOAT, state)
        elif phase.name == "dense" and phase.epochs:
            self._stage("trained")
        elif phase.name == "integer":
            if phase.epochs:
                confine(self.average, self.config.budget)
                self._stage("trained on in integers")
            if self.pruner.fit(self.average):
                self._stage("pruned again, to fit")

    def _stage(self, name: str) -> None:
        """Note accuracy and size after a change of the network."""
        self.costs.note(name, self.average)

    def _save(self, optimizer: torch.optim.Optimizer | None) -> None:
        state = {
            "config": self.config.model_dump_json(),
            "phase": self.phase,
            "epoch": self.epoch,
            "metrics": json.dumps(self.metrics),
            "stages": json.dumps(self.stages),
            "settled": not self.network.placed(),
            "folded": self.network.layers[0].neurons.scale is not None,
            "pruner": self.pruner.state,
            "network": self.network.state_dict(),
            "average": self.average.state_dict(),
            "optimizer": optimizer.state_dict() if optimizer else None,
        }
        save_checkpoint(self.folder / CHECKPOINT, state)
        # Written anew from the checkpoint's list, so a kill leaves neither gaps nor repeats.
        lines = "".join(json.dumps(metrics) + "\n" for metrics in self.metrics)
        write_atomic(self.folder / METRICS, lines.encode())

    def _epoch(self, phase: Phase, optimizer: torch.optim.Optimizer) -> Metrics:
        options, begin = self.config.training, time.monotonic()
        seed = (options.seed, self.phase, self.epoch)
        # Dropout and noise draw from torch's own generator.
        torch.manual_seed(int(np.random.SeedSequence(seed).generate_state(1)[0]))
        self.network.train()
        steps = math.ceil(len(self.train) / options.batch)
        losses, right, count = 0.0, 0, 0
        totals = np.zeros(len(self.config.network.hidden))
        stream = batches(
            self.spikes, self.train, size=options.batch, config=self.config.augment, seed=seed,
            others=self.teachers.others,
        )  # fmt: skip
        for step, (events, labels) in enumerate(stream):
            done = (self.epoch * steps + step) / (phase.epochs * steps)
            set_schedule(self.network, optimizer, phase, options, done)
            if phase.name == "sparse":
                self._prune(min(1.0, done / self.config.budget.ramp) if self.config.budget.ramp else 1.0)
            output = self.network(time_first(events[0]))
            loss = self._loss(output, events, torch.from_numpy(labels).to(self.device))
            self._check_finite(phase, loss)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            if phase.name == "integer":
                confine(self.network, self.config.budget)
            for group in self.network.placed():
                group.clamp()
            self._update_average(options.average)
            losses += loss.item() * len(labels)
            right += int((output.score.argmax(1).cpu().numpy() == labels).sum())
            totals += [spikes.detach().sum().item() for spikes in output.spikes]
            count += len(labels)
        # What the last step did, no loss has seen yet.
        self._check_finite(phase, *self.network.parameters())
        metrics: Metrics = {
            "phase": phase.name, "epoch": self.epoch + 1, "epochs": phase.epochs, "loss": losses / count,
            "train_accuracy": right / count, "train_spikes": (totals / count).tolist(),
        }  # fmt: skip
        if self.validation is not None:
            seen = evaluate(self._calibrated(), self.validation.events)
            metrics["validation_accuracy"] = float((seen.predictions == self.validation.labels).mean())
            metrics["validation_spikes"] = seen.spikes
        metrics["seconds"] = time.monotonic() - begin
        return metrics

    def _check_finite(self, phase: Phase, *values: Tensor) -> None:
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

    def _prune(self, share: float) -> None:
        if not self.pruner.due(share):
            return
        before = self.network.device
        self._move(CPU)
        if self.pruner.prune(self.network, share):
            for mine, other in zip(self.network.parallel(), self.average.parallel(), strict=True):
                other.prune(mine.mask)
        self._move(before)

    def _move(self, device: torch.device) -> None:
        self.network.to(device)
        self.average.to(device)

    def _calibrated(self) -> DelayNetwork:
        """The average with statistics of its own; they do not act back on training."""
        if self.calibration is not None:
            self.average.recalibrate(self.calibration)
        return self.average

    def _take_average(self) -> None:
        self.network.load_state_dict(self._calibrated().state_dict())

    def _copy_to_average(self) -> None:
        self.average = copy.deepcopy(self.network)

    @torch.no_grad()
    def _update_average(self, decay: float) -> None:
        mine = self.network.state_dict()
        for name, value in self.average.state_dict().items():
            if value.is_floating_point():
                value.lerp_(mine[name], 1 - decay)
            else:
                value.copy_(mine[name])
