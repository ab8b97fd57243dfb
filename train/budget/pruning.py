# SPDX-License-Identifier: Apache-2.0
"""Pruning toward the budget of a core, or of several, while training goes on."""

import copy
from collections.abc import Callable, Iterator
from typing import Any

import torch
from torch import Tensor

from support.errors import InputError
from train.budget.choice import choose_keep, most_per_pair
from train.budget.core_limits import CoreLimits, prune_fan_in
from train.budget.rates import source_rates
from train.budget.selection import keep_per_pair, keep_within
from train.budget.size import estimated_size, image_size
from train.config.run import RunConfig
from train.layers.network import DelayNetwork
from train.loop.evaluate import Labelled

PRUNE_STEPS = 12
"""How often the ramp prunes."""
TRIES = 16
"""How often a network is made smaller whose image is too large by a little."""


class Pruner:
    """Prunes the synapses of a settled network, the more of them the further its ramp is."""

    def __init__(
        self, config: RunConfig, calibration: Tensor | None, samples: Labelled | None = None, *,
        labels: tuple[str, ...] = (),
    ) -> None:  # fmt: skip
        """``calibration``: events (steps, batch, axons) that the rates of the sources are taken from.

        ``samples``: the same with labels, which ``keep = "auto"`` needs. ``labels``: names of the classes, which take
        bytes of the image.
        """
        self.labels = labels
        self.config, self.budget, self.calibration, self.samples = config, config.budget, calibration, samples
        self.core = CoreLimits(config, calibration) if self.budget.core is not None else None
        self.state: dict[str, Any] = {"done": -1, "start": None, "limit": None, "keep": None, "cores": None}
        """Steps done, synapses at the start and at the end, the same of synapses a pair of each group where they are
        chosen, and rows and synapse words of each core at the start; what a checkpoint keeps."""

    def check(self, network: DelayNetwork) -> None:
        """Refuse bytes that do not even hold the neurons, before training takes its time; ``network`` stays as it is.

        Raises InputError with what an image without synapses takes.
        """
        wanted = self.budget.image_bytes
        if wanted is None:
            return
        network = copy.deepcopy(network)
        network.settle()
        for group in network.parallel():
            group.prune(torch.zeros_like(group.effective(), dtype=torch.bool))
        size, _ = image_size(network, self.config, None, self.labels)
        if size > wanted:
            raise InputError(f"budget.image_bytes: without synapses the image takes {size} bytes, more than {wanted}")

    def due(self, share: float) -> bool:
        """Whether there is something to prune at ``share`` (0 to 1) of the ramp."""
        return int(share * PRUNE_STEPS) > self.state["done"]

    def prune(self, network: DelayNetwork, share: float) -> bool:
        """Bring ``network`` to its size at ``share`` (0 to 1) of the ramp; False if there was nothing to do."""
        step = int(share * PRUNE_STEPS)
        if not self.due(share):
            return False
        self.begin(network)
        self.state["done"] = step
        last = step == PRUNE_STEPS
        self._keep(network, step)
        prune_fan_in(network, self.budget, self.calibration)
        if self.core is not None:
            self.core.prune(network, [[_at(n, limit, step) for n, limit in zip(start, self.core.limits, strict=True)]
                                      for start in self.state["cores"]])  # fmt: skip
        start, limit = self.state["start"], self.state["limit"]
        if limit < start and (last or self.budget.keep != "auto"):
            self._prune_to(network, _at(start, limit, step))
        if last:
            self.fit(network)
        return True

    def begin(self, network: DelayNetwork) -> None:
        """Measure a settled network that is not pruned yet, and choose from it what the budget leaves open."""
        if self.state["start"] is not None:
            return
        start = network.synapse_count()
        limit = start if self.budget.synapses is None else min(start, self.budget.synapses)
        network = copy.deepcopy(network)
        prune_fan_in(network, self.budget, self.calibration)
        if self.budget.image_bytes is not None:
            limit = min(limit, int(start * self.budget.image_bytes / self._size(network)))
        self.state |= {"start": start, "limit": limit}
        if self.core is not None:
            self.state["cores"] = self.core.measure(network)
        if self.budget.keep == "auto":
            if self.samples is None:
                raise ValueError("keep = 'auto' needs samples")
            room = limit if self.core is None else min(limit, self.core.room(network, self.state["cores"]))
            chosen = choose_keep(network, self.samples, self.calibration, room)
            most = [most_per_pair(group.kernel().detach()) for group in network.parallel()]
            self.state["keep"] = [list(pair) for pair in zip(most, chosen, strict=True)]

    def alone(self, network: DelayNetwork) -> Iterator[tuple[str, DelayNetwork]]:
        """For each limit that makes a settled network smaller: its name, and a copy inside that limit alone."""
        self.begin(network)
        for name, apply in self._limits():
            inside = copy.deepcopy(network)
            apply(inside)
            if inside.synapse_count() < network.synapse_count():
                yield name, inside

    def _limits(self) -> Iterator[tuple[str, Callable[[DelayNetwork], None]]]:
        budget = self.budget
        if budget.keep == "auto":
            counts = ", ".join(str(end) for _, end in self.state["keep"])
            yield f"{counts} synapses a pair, chosen", lambda network: self._keep(network, PRUNE_STEPS)
        elif budget.keep is not None:
            yield f"{budget.keep} synapses a pair", lambda network: self._keep(network, PRUNE_STEPS)
        yield (
            f"{budget.accumulator_bits}-bit accumulator",
            lambda network: prune_fan_in(network, budget, self.calibration),
        )
        if self.core is not None:
            yield from self.core.alone()
        if budget.synapses is not None:
            yield f"{budget.synapses:,} synapses", lambda network: self._prune_to(network, self.budget.synapses or 0)
        if budget.image_bytes is not None:
            yield f"image of {budget.image_bytes:,} bytes", self._to_image

    def _to_image(self, network: DelayNetwork) -> None:
        size = self._size(network)
        if size > (self.budget.image_bytes or 0):
            self._prune_to(network, int(network.synapse_count() * (self.budget.image_bytes or 0) / size))

    def _size(self, network: DelayNetwork) -> int:
        """Bytes of the image, or about that where the network is larger than any build."""
        try:
            return image_size(network, self.config, None, self.labels)[0]
        except InputError:
            return estimated_size(network, self.config)

    def _keep(self, network: DelayNetwork, step: int) -> None:
        """Prune to as many synapses a pair as there may be at a step of the ramp."""
        groups = network.parallel()
        if self.budget.keep == "auto":
            keep = [_at(start, end, step) for start, end in self.state["keep"]]
        elif self.budget.keep is not None and step == PRUNE_STEPS:
            keep = [self.budget.keep] * len(groups)
        else:
            return
        for group, count in zip(groups, keep, strict=True):
            group.prune(keep_per_pair(group.kernel().detach(), count))

    def _prune_to(self, network: DelayNetwork, synapses: int) -> None:
        groups = network.parallel()
        masks = keep_within(
            [group.effective().detach() for group in groups], source_rates(network, self.calibration),
            [group.share for group in groups], synapses=synapses, style=self.budget.style, lanes=self.budget.lanes,
        )  # fmt: skip
        for group, mask in zip(groups, masks, strict=True):
            group.prune(mask)

    def fit(self, network: DelayNetwork) -> bool:
        """Prune a settled network, in integers or not yet, until it is within the core and the bytes; False if it was.

        Training in integers moves weights away from 0 too, so that a network that fitted may grow.
        Raises InputError, naming the limit, what is needed and what there is, if no pruning makes it small enough.
        """
        changed = self.core is not None and self.core.fit(network)
        return self.fit_image(network) or changed

    def fit_image(self, network: DelayNetwork) -> bool:
        """``fit`` for the bytes of the image alone."""
        wanted = self.budget.image_bytes
        if wanted is None:
            return False
        before, more = 0, 0
        for pruned in range(TRIES + 1):
            size, count = image_size(network, self.config, self.budget.core, self.labels)
            if size <= wanted:
                return pruned > 0
            if pruned == TRIES or count <= 1:
                break
            # Bytes that a synapse takes: at first too many, as some bytes do not shrink with them; then as it was seen.
            a_synapse = size / max(1, count)
            if more > count:
                a_synapse = min(a_synapse, max(a_synapse / 4, (before - size) / (more - count)))
            before, more = size, count
            self._prune_to(network, min(count - 1, int(count - (size - wanted) / a_synapse)))
        raise InputError(f"budget.image_bytes: with {count} synapses the image takes {size} bytes, more than {wanted}")


def _at(start: int, end: int, step: int) -> int:
    """A size at a step of the ramp: most of the way early, while training can still make up for it."""
    return end + int((start - end) * (1 - step / PRUNE_STEPS) ** 3) if end < start else end
