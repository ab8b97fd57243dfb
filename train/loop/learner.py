# SPDX-License-Identifier: Apache-2.0
"""What a run trains: a network, the running average of its weights, and how both are changed and measured."""

import copy

import torch

from train.budget.pruning import Pruner
from train.config.run import RunConfig
from train.layers.network import DelayNetwork
from train.loop.checkpoint import make_network
from train.loop.evaluate import Labelled, time_first
from train.loop.stages import Stages

CPU = torch.device("cpu")
"""Where a network changes its form: between phases, and when it is pruned."""


class Learner:
    """``network`` learns; ``average``, the running average of its weights, is measured and exported."""

    def __init__(
        self, config: RunConfig, validation: Labelled | None, calibration: Labelled | None, *,
        labels: tuple[str, ...] = (),
    ) -> None:  # fmt: skip
        """What each limit costs is measured on ``validation``, else on ``calibration``.

        ``calibration``: some training samples, for the rates of the sources and the scales of the integers. ``labels``:
        names of the classes, which take bytes of the image.
        """
        self.config = config
        self.calibration = None if calibration is None else time_first(calibration.events.transpose(1, 0, 2))
        """Their events, (steps, batch, axons)."""
        self.network = make_network(config)
        self.average = copy.deepcopy(self.network)
        self.costs = Stages(validation, calibration, self.calibration)
        self.pruner = Pruner(config, self.calibration, calibration, labels=labels)

    def move(self, device: torch.device) -> None:
        """Bring both networks to a device."""
        self.network.to(device)
        self.average.to(device)

    def calibrated(self) -> DelayNetwork:
        """The average with statistics of its own; they do not act back on training."""
        if self.calibration is not None:
            self.average.recalibrate(self.calibration)
        return self.average

    def take_average(self) -> None:
        """Go on from the average."""
        self.network.load_state_dict(self.calibrated().state_dict())

    def start_average(self) -> None:
        """Let the average begin anew with the network as it is."""
        self.average = copy.deepcopy(self.network)

    @torch.no_grad()
    def update_average(self, decay: float) -> None:
        """Draw the average toward the network; ``decay``: what is left of it, 0 to 1."""
        mine = self.network.state_dict()
        for name, value in self.average.state_dict().items():
            if value.is_floating_point():
                value.lerp_(mine[name], 1 - decay)
            else:
                value.copy_(mine[name])

    def prune(self, share: float) -> None:
        """Bring both networks to their size at ``share`` (0 to 1) of the ramp, if something is due there."""
        if not self.pruner.due(share):
            return
        before = self.network.device
        self.move(CPU)
        if self.pruner.prune(self.network, share):
            for mine, other in zip(self.network.parallel(), self.average.parallel(), strict=True):
                other.prune(mine.mask)
        self.move(before)

    def note(self, stage: str) -> None:
        """Note accuracy and size of the average after a change."""
        self.costs.note(stage, self.average)
