# SPDX-License-Identifier: Apache-2.0
"""Is a set of recorded digits as hard as the Spiking Heidelberg Digits? Reference models with published figures, on it.

Run as ``python -m benchmarks.calibration [--data FOLDER] [--models NAMES] [--seeds N ..] [--epochs N]``. Each model is
trained on all of ``shd_train.h5``, without augmentation, and looks at ``shd_test.h5`` once, at the end:

- ``linear``: softmax regression on the spike counts of the 700 units.
- ``plain``: 700-256-256-20, leaky integrate-and-fire, no delays, 100 steps of 10 ms.
- ``recurrent``: 700-256-20, recurrent connections, no delays.
- ``dcls``: the recipe of Hammouamri et al. (arXiv 2306.17670) in this project's layers: 140-256-256-20, one learned
  delay of up to 25 steps a synapse. Its surrogate gradient is the fast sigmoid of ``train.ops.scan``, not the
  arctangent, and delays between layers start at 1.

What is done is kept in ``build/calibration``, so a run that was stopped goes on with the model it was at.
"""

import argparse
import json
import math
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import mean, stdev
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table
from torch import Tensor, nn

from model.encoding import Encoding
from support.errors import InputError
from support.files import make_folder, write_atomic
from train.config.data import AugmentConfig
from train.config.network import DelayConfig, DelayKind, NetworkConfig
from train.data.augment import draw_change, place
from train.data.dataset import file_hash, load_spikes
from train.layers.network import DelayNetwork
from train.ops.memory import keep_memory
from train.report.results import interval

UNITS, STEPS, STEP_SECONDS = 700, 100, 0.010
BATCH = 128
VERSION = 2
"""Of what is kept: raised when a model changes."""

IntArray = NDArray[np.int64]


@dataclass(frozen=True, kw_only=True)
class Model:
    """A network and how it is trained."""

    network: NetworkConfig
    published: str
    """On the official files."""
    groups: int = 700
    """Axons: sums of neighbouring units."""
    binary: bool = False
    """Whether an axon fires at most once a step; otherwise its count is the input."""
    epochs: int
    rate: float = 5e-3
    """Peak learning rate of the weights, one cycle."""
    position_rate: float = 0.1
    """Of learned delays, in steps; falls along a cosine."""
    dropout: float = 0.0
    sum_of_softmax: bool = False
    """Loss and class by the sum over time of the softmax of the potentials, else by their mean."""


MEMORYLESS = -1 / math.log(1 - 10 / 10.05)
"""Time constant of a leak of 1 - 10 / 10.05 a step: what 10.05 ms are in steps of 10 ms, by the recipe's formula."""
NO_DELAY, NEXT_STEP = DelayConfig(first=0, last=0), DelayConfig(first=1, last=1)
MODELS = {
    "plain": Model(
        network=NetworkConfig(hidden=(256, 256), input=NO_DELAY, between=NEXT_STEP, normalise=False, readout_tau=10),
        published="79.3 %", epochs=30, binary=True,
    ),
    "recurrent": Model(
        network=NetworkConfig(
            hidden=(256,), input=NO_DELAY, between=NEXT_STEP, recurrent=NEXT_STEP, normalise=False, readout_tau=10,
        ),
        published="71 to 83 %", epochs=30, binary=True,
    ),
    "dcls": Model(
        network=NetworkConfig(
            hidden=(256, 256), tau=MEMORYLESS, readout_tau=MEMORYLESS,
            input=DelayConfig(kind=DelayKind.SYNAPSE, first=0, last=24),
            between=DelayConfig(kind=DelayKind.SYNAPSE, first=1, last=25),
        ),
        published="93.8 ± 0.7 %", groups=140, epochs=100, dropout=0.4, sum_of_softmax=True,
    ),
}  # fmt: skip
LINEAR = "linear"
NAMES = (LINEAR, *MODELS)


@dataclass(frozen=True)
class Split:
    """Recordings of one file, and their labels."""

    counts: NDArray[np.uint8]
    """Spikes of each unit in each step, (samples, steps, 700)."""
    labels: IntArray


def load(path: Path, cache: Path) -> Split:
    """All recordings of a file. Raises InputError if it is not one of the SHD format."""
    encoding = Encoding(units=UNITS, axons=UNITS, steps=STEPS, step_seconds=STEP_SECONDS)
    spikes = load_spikes(path, cache, encoding)
    random, unchanged = np.random.default_rng(), AugmentConfig()
    change = draw_change(encoding, unchanged, random)
    counts = np.zeros((len(spikes), STEPS, UNITS), np.uint8)
    for k in range(len(spikes)):
        place(counts[k], spikes[k], change, encoding=encoding, config=unchanged, random=random)
    return Split(counts, spikes.labels)


def linear(train: Split, test: Split, seed: int) -> float:
    """Accuracy of softmax regression on standardised counts, with a penalty of 1e-3 on the squared weights."""
    torch.manual_seed(seed)
    x, other = (torch.from_numpy(each.counts.sum(1, dtype=np.float32)) for each in (train, test))
    centre, spread = x.mean(0), x.std(0) + 1e-6
    x, other, y = (x - centre) / spread, (other - centre) / spread, torch.from_numpy(train.labels)
    layer = nn.Linear(x.shape[1], int(y.max()) + 1)
    optimizer = torch.optim.LBFGS(layer.parameters(), max_iter=200, line_search_fn="strong_wolfe")

    def closure() -> Tensor:
        optimizer.zero_grad()
        loss: Tensor = nn.functional.cross_entropy(layer(x), y) + 1e-3 * layer.weight.square().sum()
        loss.backward()
        return loss

    optimizer.step(closure)
    with torch.no_grad():
        return float((layer(other).argmax(1).numpy() == test.labels).mean())


class Trainer:
    """Trains one model with one seed; ``run`` goes through its epochs."""

    def __init__(self, model: Model, train: Split, seed: int, epochs: int) -> None:
        self.model, self.train, self.seed, self.epochs = model, train, seed, epochs
        self.network = DelayNetwork(
            model.groups, model.network, dropout=model.dropout, seed=seed, dtype=torch.bfloat16
        )  # fmt: skip
        self.placed = self.network.placed()
        positions = [group.position for group in self.placed]
        chosen = {id(position) for position in positions}
        weights = [p for p in self.network.parameters() if p.requires_grad and id(p) not in chosen]
        self.optimizer = torch.optim.Adam([{"params": weights}, *([{"params": positions}] if positions else [])])

    def epoch(self, number: int) -> None:
        """One pass over the training set in random order."""
        random = np.random.default_rng((self.seed, number))
        torch.manual_seed(int(random.integers(1 << 62)))
        order = random.permutation(len(self.train.labels))
        starts = range(0, max(1, len(order) - BATCH // 2), BATCH)
        self.network.train()
        for k, start in enumerate(starts):
            self._schedule((number + k / len(starts)) / self.epochs)
            chosen = order[start : start + BATCH]
            loss = self._loss(self._forward(self.train.counts[chosen]), torch.from_numpy(self.train.labels[chosen]))
            self.optimizer.zero_grad()
            loss.backward()
            self.optimizer.step()
            for group in self.placed:
                group.clamp()

    def accuracy(self, split: Split) -> float:
        """Share of the samples that are classified right, with delays rounded to steps."""
        self.network.eval()
        right = 0
        with torch.no_grad():
            for start in range(0, len(split.labels), 256):
                part = slice(start, start + 256)
                seen = self._score(self._forward(split.counts[part])).argmax(1).numpy()
                right += int((seen == split.labels[part]).sum())
        return right / len(split.labels)

    def _forward(self, counts: NDArray[np.uint8]) -> Tensor:
        """Potentials of the read-out, (steps, batch, classes)."""
        grouped = counts.reshape(*counts.shape[:2], self.model.groups, -1).sum(3, dtype=np.float32).transpose(1, 0, 2)
        if self.model.binary:
            grouped = np.minimum(grouped, 1)
        return self.network(torch.from_numpy(np.ascontiguousarray(grouped))).potentials[-1]

    def _score(self, potential: Tensor) -> Tensor:
        return potential.softmax(2).sum(0) if self.model.sum_of_softmax else potential.mean(0)

    def _loss(self, potential: Tensor, labels: Tensor) -> Tensor:
        return nn.functional.cross_entropy(self._score(potential), labels)

    def _schedule(self, done: float) -> None:
        """One cycle for the weights; positions fall along a cosine, kernels narrow over the first quarter."""
        rise = 0.3
        cycle = done / rise if done < rise else 0.5 + 0.5 * math.cos(math.pi * (done - rise) / (1 - rise))
        rates = [
            self.model.rate * (0.04 + 0.96 * cycle),
            self.model.position_rate * 0.5 * (1 + math.cos(math.pi * done)),
        ]
        for group, rate in zip(self.optimizer.param_groups, rates, strict=False):
            group["lr"] = rate
        for placed in self.placed:
            placed.sigma = 12 * (0.23 / 12) ** min(1.0, done / 0.25)


def measure(name: str, train: Split, test: Split, *, seed: int, epochs: int | None, console: Console) -> float:
    """Test accuracy of a model with one seed."""
    if name == LINEAR:
        return linear(train, test, seed)
    model = MODELS[name]
    trainer = Trainer(model, train, seed, epochs or model.epochs)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, disable=not console.is_terminal) as progress:
        task = progress.add_task(f"{name}, seed {seed}", total=trainer.epochs)
        for number in range(trainer.epochs):
            trainer.epoch(number)
            progress.advance(task)
    return trainer.accuracy(test)


def calibrate(options: argparse.Namespace, console: Console) -> list[dict[str, Any]]:
    """Every model and seed that is asked for, from ``options.kept`` where it was measured before."""
    paths = [options.data / name for name in ("shd_train.h5", "shd_test.h5")]
    splits = [load(path, options.cache) for path in paths]
    hashes = [file_hash(path) for path in paths]
    rows = []
    for name in options.models:
        seen = []
        for seed in options.seeds if name != LINEAR else options.seeds[:1]:
            key = {"version": VERSION, "model": name, "seed": seed, "epochs": options.epochs, "files": hashes}
            store = options.kept / f"{name}-s{seed}.json"
            accuracy = _kept(store, key)
            if accuracy is None:
                accuracy = measure(name, *splits, seed=seed, epochs=options.epochs, console=console)
                write_atomic(store, (json.dumps({"key": key, "accuracy": accuracy}, indent=2) + "\n").encode())
            seen.append(accuracy)
            console.print(f"{name}, seed {seed}: {seen[-1]:.2%}")
        rows.append({
            "model": name, "published": MODELS[name].published if name in MODELS else None, "accuracies": seen,
            "mean": mean(seen), "spread": stdev(seen) if len(seen) > 1 else None,
            "interval": interval(mean(seen), len(splits[1].labels)), "samples": len(splits[1].labels),
        })  # fmt: skip
    return rows


def _kept(store: Path, key: dict[str, Any]) -> float | None:
    """What was measured before under a key, if it was; a damaged file holds nothing."""
    try:
        kept = json.loads(store.read_bytes()) if store.is_file() else {}
        return float(kept["accuracy"]) if kept["key"] == key else None
    except (ValueError, KeyError, TypeError):
        return None


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the table, and write it to build/reports/calibration.json."""
    parser = argparse.ArgumentParser(description="reference models on recorded digits")
    parser.add_argument("--data", type=Path, default=Path("build/hd"), help="folder of shd_train.h5 and shd_test.h5")
    parser.add_argument("--models", nargs="+", choices=NAMES, default=list(NAMES))
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--epochs", type=int, help="instead of each model's own, to try it out")
    parser.add_argument("--threads", type=int, default=1)
    options = parser.parse_args(arguments)
    options.cache, options.kept = Path("build/cache"), make_folder(Path("build/calibration"))
    console = Console()
    torch.set_num_threads(options.threads)
    keep_memory()
    try:
        rows = calibrate(options, console)
    except InputError as error:
        console.print(str(error), style="red", markup=False)
        return 2
    table = Table("model", "here", "published, official files", "95 % interval", title=f"{rows[0]['samples']} samples")
    for row in rows:
        spread = "" if row["spread"] is None else f" ± {row['spread']:.1%}"
        table.add_row(row["model"], f"{row['mean']:.1%}{spread}", row["published"] or "", f"± {row['interval']:.1%}")
    console.print(table)
    out = make_folder(Path("build/reports")) / "calibration.json"
    write_atomic(out, (json.dumps({"rows": rows}, indent=2) + "\n").encode())
    return 0


if __name__ == "__main__":
    sys.exit(main())
