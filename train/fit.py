"""The training loop: a dense phase, pruning, a sparse phase; an epoch is a pure function of seed and checkpoint."""

import copy
import json
import math
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from model.errors import InputError
from model.files import write_atomic
from train.config import RunConfig, TrainingConfig
from train.dataset import BoolArray, IntArray, Spikes, batches
from train.model import DelayNetwork

CHECKPOINT = "checkpoint.pt"
METRICS = "metrics.jsonl"
WARM_UP = 0.1
"""Share of a phase over which the learning rate rises; it then falls along a cosine to 0."""

Metrics = dict[str, Any]
Report = Callable[[Metrics], None]


class Evaluation(NamedTuple):
    """What a network makes of a set of samples."""

    predictions: IntArray
    """(samples,)"""
    spikes: list[float]
    """Mean per sample, of each hidden layer."""


class Samples(NamedTuple):
    """Encoded samples with their labels, for evaluation."""

    events: BoolArray
    """(samples, total steps, axons)"""
    labels: IntArray


def evaluate(network: DelayNetwork, events: BoolArray, *, batch: int = 256) -> Evaluation:
    """Classify ``events``, bool (samples, total steps, axons), in evaluation mode."""
    network.eval()
    predictions, totals = [], np.zeros(len(network.config.hidden))
    with torch.no_grad():
        for start in range(0, len(events), batch):
            output = network(time_first(events[start : start + batch].transpose(1, 0, 2)))
            # NumPy's argmax takes the lowest index on a tie, as the hardware does.
            predictions.append(output.score.numpy().argmax(1))
            totals += [spikes.sum().item() for spikes in output.spikes]
    return Evaluation(np.concatenate(predictions), (totals / max(1, len(events))).tolist())


def time_first(events: NDArray[Any]) -> Tensor:
    """A float32 tensor of an array that already has time first."""
    return torch.from_numpy(np.ascontiguousarray(events, np.float32))


class Fit:
    """One training run; ``run`` goes on from the checkpoint in ``folder`` if there is one."""

    def __init__(self, config: RunConfig, spikes: Spikes, train: IntArray, validation: Samples | None,
                 folder: Path) -> None:  # fmt: skip
        """``train``: indices of the training samples in ``spikes``."""
        self.config, self.spikes, self.train, self.validation, self.folder = config, spikes, train, validation, folder
        options = config.training
        torch.set_num_threads(options.threads)
        self.network = DelayNetwork(config.encoding.axons, config.network, dropout=options.dropout, seed=options.seed)
        self.average = copy.deepcopy(self.network)
        self.phase = self.epoch = 0
        self.metrics: list[Metrics] = []
        self.optimizer = self._adam()

    @property
    def phases(self) -> tuple[tuple[str, int, float], ...]:
        """Name, epochs and peak learning rate of each phase."""
        options = self.config.training
        return (
            ("dense", options.dense_epochs, options.learning_rate),
            ("sparse", options.sparse_epochs, options.sparse_learning_rate),
        )

    def run(self, report: Report = lambda metrics: None, *, stop_after: int | None = None) -> DelayNetwork:
        """Train to the end and return the network to export; ``report`` gets the metrics of each epoch.

        ``stop_after``: return after so many epochs of this call, as if killed there.
        """
        done = 0
        while self.phase < len(self.phases):
            name, epochs, rate = self.phases[self.phase]
            while self.epoch < epochs:
                if done == stop_after:
                    return self.average
                metrics = self._epoch(name, epochs, rate)
                self.epoch += 1
                done += 1
                self.metrics.append(metrics)
                self._save()
                report(metrics)
            self.phase, self.epoch = self.phase + 1, 0
            if self.phase == 1:
                self.network.load_state_dict(self.average.state_dict())
                self.network.prune()
                self.average.load_state_dict(self.network.state_dict())
            self.optimizer = self._adam()
        self._save()
        return self.average

    def resume(self) -> bool:
        """Take up the checkpoint in the folder; False if there is none.

        Raises InputError if it is of another configuration.
        """
        path = self.folder / CHECKPOINT
        if not path.is_file():
            return False
        state = torch.load(path, weights_only=True)
        if state["config"] != self.config.model_dump_json():
            raise InputError(f"{path}: was made with another configuration; expected that of {self.config.name}")
        self.phase, self.epoch, self.metrics = state["phase"], state["epoch"], json.loads(state["metrics"])
        self.network.load_state_dict(state["network"])
        self.average.load_state_dict(state["average"])
        self.optimizer.load_state_dict(state["optimizer"])
        return True

    def _save(self) -> None:
        state = {
            "config": self.config.model_dump_json(),
            "phase": self.phase,
            "epoch": self.epoch,
            "metrics": json.dumps(self.metrics),
            "network": self.network.state_dict(),
            "average": self.average.state_dict(),
            "optimizer": self.optimizer.state_dict(),
        }
        part = self.folder / f"{CHECKPOINT}.part"
        torch.save(state, part)
        part.replace(self.folder / CHECKPOINT)
        # Written anew from the checkpoint's list, so a kill leaves neither gaps nor repeats.
        lines = "".join(json.dumps(metrics) + "\n" for metrics in self.metrics)
        write_atomic(self.folder / METRICS, lines.encode())

    def _adam(self) -> torch.optim.Adam:
        options = self.config.training
        leaks = [p for name, p in self.network.named_parameters() if name.endswith("_logit")]
        weights = [p for name, p in self.network.named_parameters() if name.endswith("weight")]
        rest = [p for name, p in self.network.named_parameters() if not name.endswith(("_logit", "weight"))]
        return torch.optim.Adam(
            [
                {"params": weights, "factor": 1.0, "weight_decay": options.weight_decay},
                {"params": leaks, "factor": options.leak_rate},
                {"params": rest, "factor": 1.0},
            ],
            decoupled_weight_decay=True,
        )

    def _epoch(self, phase: str, epochs: int, rate: float) -> Metrics:
        options, begin = self.config.training, time.monotonic()
        seed = (options.seed, self.phase, self.epoch)
        # Dropout draws from torch's own generator.
        torch.manual_seed(int(np.random.SeedSequence(seed).generate_state(1)[0]))
        self.network.train()
        steps = math.ceil(len(self.train) / options.batch)
        losses, right, count = 0.0, 0, 0
        totals = np.zeros(len(self.config.network.hidden))
        stream = batches(
            self.spikes, self.train, size=options.batch, encoding=self.config.encoding.build(),
            config=self.config.augment, seed=seed,
        )  # fmt: skip
        for step, (events, labels) in enumerate(stream):
            scale = _one_cycle((self.epoch * steps + step) / (epochs * steps))
            for group in self.optimizer.param_groups:
                group["lr"] = rate * scale * group["factor"]
            output = self.network(time_first(events))
            loss = _loss(output.score, torch.from_numpy(labels), output.spikes, options)
            if not math.isfinite(loss.item()):
                raise InputError(f"{phase} epoch {self.epoch + 1}: the loss is not finite; lower the learning rate")
            self.optimizer.zero_grad()
            loss.backward()
            self.optimizer.step()
            self._update_average(options.average)
            losses += loss.item() * len(labels)
            right += int((output.score.argmax(1).numpy() == labels).sum())
            totals += [spikes.detach().sum().item() for spikes in output.spikes]
            count += len(labels)
        metrics: Metrics = {
            "phase": phase, "epoch": self.epoch + 1, "epochs": epochs, "loss": losses / count,
            "train_accuracy": right / count, "train_spikes": (totals / count).tolist(),
        }  # fmt: skip
        if self.validation is not None:
            seen = evaluate(self.average, self.validation.events)
            metrics["validation_accuracy"] = float((seen.predictions == self.validation.labels).mean())
            metrics["validation_spikes"] = seen.spikes
        metrics["seconds"] = time.monotonic() - begin
        return metrics

    @torch.no_grad()
    def _update_average(self, decay: float) -> None:
        mine = self.network.state_dict()
        for name, value in self.average.state_dict().items():
            if value.is_floating_point():
                value.lerp_(mine[name], 1 - decay)
            else:
                value.copy_(mine[name])


def _loss(score: Tensor, labels: Tensor, spikes: list[Tensor], options: TrainingConfig) -> Tensor:
    loss = nn.functional.cross_entropy(score, labels, label_smoothing=options.label_smoothing)
    for layer in spikes:
        excess = torch.relu(layer.sum((0, 2)).mean() / options.spike_limit - 1)
        loss = loss + options.spike_penalty * excess.square()
    return loss


def _one_cycle(done: float) -> float:
    """Learning rate relative to its peak, for the share of the phase that is done (0 to 1)."""
    if done < WARM_UP:
        return 0.05 + 0.95 * done / WARM_UP
    return 0.5 * (1 + math.cos(math.pi * (done - WARM_UP) / (1 - WARM_UP)))
