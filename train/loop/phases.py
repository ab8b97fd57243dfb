# SPDX-License-Identifier: Apache-2.0
"""The phases of a run: dense learns weights and delays, sparse trains on inside the budget, integer in integers.

A phase says how long it takes and how fast it learns, what it does to the network before its first epoch, around every
step and after its last, and which stages it notes. One without epochs still makes its changes.
"""

import copy
from abc import ABC, abstractmethod
from pathlib import Path

import torch

from train.config.run import RunConfig
from train.layers.network import DelayNetwork
from train.layers.quantise import confine, quantise_network, widest
from train.loop.checkpoint import FLOAT, load_start, restore, save_checkpoint
from train.loop.learner import Learner
from train.loop.schedule import adam, set_rates, set_widths


class TrainingPhase(ABC):
    """A part of a run with an optimiser and a schedule of its own."""

    name: str

    def __init__(self, config: RunConfig) -> None:
        self.config = config

    @property
    @abstractmethod
    def epochs(self) -> int:
        """How many it has."""

    @property
    @abstractmethod
    def rate(self) -> float:
        """Peak learning rate."""

    def optimizer(self, network: DelayNetwork) -> torch.optim.Adam:
        """A fresh optimiser of what learns."""
        return adam(network, self.rate, self.config.training)

    def schedule(self, network: DelayNetwork, optimizer: torch.optim.Optimizer, done: float) -> None:
        """Set what changes over the phase, for the share of it that is done (0 to 1)."""
        set_rates(optimizer, self.rate, done)

    @abstractmethod
    def begin(self, learner: Learner) -> None:
        """Change the network as the phase needs it, on the CPU; raises InputError where it cannot."""

    # These two are called in every step: what a phase has nothing to do in is left as it is.

    def before_step(self, learner: Learner, done: float) -> None:  # noqa: B027 - not every phase acts here
        """Act on the network before a step, at the share of the phase that is done (0 to 1)."""

    def after_step(self, learner: Learner) -> None:  # noqa: B027 - not every phase acts here
        """Bring the network back into its limits after a step of the optimiser."""

    @abstractmethod
    def end(self, learner: Learner, folder: Path) -> None:
        """What remains to be done, on the CPU, when there are no more epochs; ``folder`` is that of the run."""


class DensePhase(TrainingPhase):
    """Weights and delays are learned; a run that starts from another takes over its network instead."""

    name = "dense"

    @property
    def epochs(self) -> int:
        """None in a run that starts from another."""
        return 0 if self.config.training.start else self.config.training.dense_epochs

    @property
    def rate(self) -> float:
        """Peak learning rate."""
        return self.config.training.learning_rate

    def schedule(self, network: DelayNetwork, optimizer: torch.optim.Optimizer, done: float) -> None:
        """Learning rates, and the widths of kernels of learned delays."""
        super().schedule(network, optimizer, done)
        set_widths(network, self.config.training, done)

    def begin(self, learner: Learner) -> None:
        """Take over the network of the run that this one starts from, if there is one."""
        if self.config.training.start:
            restore(learner.network, load_start(self.config), "average")
        learner.start_average()

    def after_step(self, learner: Learner) -> None:
        """Keep learned positions between the first and the last level."""
        for group in learner.network.placed():
            group.clamp()

    def end(self, learner: Learner, folder: Path) -> None:
        """Note what was learned."""
        if self.epochs:
            learner.note("trained")


class SparsePhase(TrainingPhase):
    """Delays are settled at levels, and the network is pruned into its budget while it trains on."""

    name = "sparse"

    @property
    def epochs(self) -> int:
        """How many it has."""
        return self.config.training.sparse_epochs

    @property
    def rate(self) -> float:
        """Peak learning rate."""
        return self.config.training.sparse_learning_rate

    def begin(self, learner: Learner) -> None:
        """Settle the delays, and measure each limit of the budget alone."""
        learner.take_average()
        learner.network.settle()
        learner.start_average()
        learner.note("delays settled")
        for name, inside in learner.pruner.alone(learner.network):
            learner.costs.note_alone(name, inside)
        learner.start_average()

    def before_step(self, learner: Learner, done: float) -> None:
        """Prune along the ramp of the budget."""
        ramp = self.config.budget.ramp
        learner.prune(min(1.0, done / ramp) if ramp else 1.0)

    def end(self, learner: Learner, folder: Path) -> None:
        """Prune to the end, and keep the network before it is quantised."""
        # The last step of a ramp over the whole phase, or of a phase without epochs.
        learner.prune(1.0)
        learner.note("trained on inside the budget" if self.epochs else "pruned")
        state = {"config": self.config.model_dump_json(), "settled": True, "folded": False,
                 "average": learner.calibrated().state_dict()}  # fmt: skip
        save_checkpoint(folder / FLOAT, state)


class IntegerPhase(TrainingPhase):
    """The network is quantised and trains on in integers."""

    name = "integer"

    @property
    def epochs(self) -> int:
        """How many it has."""
        return self.config.quantisation.epochs

    @property
    def rate(self) -> float:
        """Peak learning rate."""
        return self.config.quantisation.learning_rate

    def begin(self, learner: Learner) -> None:
        """Turn the network into integers; weights and widths are measured one after the other."""
        options, budget = self.config.quantisation, self.config.budget
        learner.take_average()
        wide = copy.deepcopy(learner.network)
        quantise_network(wide, options, widest(budget), calibration=learner.calibration)
        learner.costs.note_alone(f"{options.weights} weights", wide)
        quantise_network(learner.network, options, budget, calibration=learner.calibration)
        widths = f"{budget.accumulator_bits}-bit accumulator, {budget.state_bits}-bit state"
        learner.costs.note_alone(widths, learner.network, after_last=True)
        learner.start_average()
        learner.note(f"{options.weights} {'weights' if options.ternary else 'integers'}")

    def after_step(self, learner: Learner) -> None:
        """Keep arrivals inside the widths of the budget."""
        confine(learner.network, self.config.budget)

    def end(self, learner: Learner, folder: Path) -> None:
        """Bring the average into the widths and the budget."""
        if self.epochs:
            confine(learner.average, self.config.budget)
            learner.note("trained on in integers")
        if learner.pruner.fit(learner.average):
            learner.note("pruned again, to fit")


PHASES = (DensePhase, SparsePhase, IntegerPhase)
"""In order; a checkpoint says by number in which a run is, and a run that is complete stands behind the last."""


def make_phases(config: RunConfig) -> tuple[TrainingPhase, ...]:
    """The phases of a run, in order."""
    return tuple(phase(config) for phase in PHASES)
