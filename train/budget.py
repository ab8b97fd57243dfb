"""Pruning toward the budget of a core while training goes on, and what an image of a network takes."""

import copy
from typing import Any

import torch
from torch import Tensor

from model.compiler import compile_network, fit
from model.errors import InputError
from train.config import RunConfig
from train.model import DelayNetwork
from train.prune import keep_per_pair, keep_within
from train.quantise import integer_network, quantise_network

PRUNE_STEPS = 12
"""How often the ramp prunes."""
TRIES = 16
"""How often a network is made smaller whose image is too large by a little."""


class Pruner:
    """Prunes the synapses of a settled network, the more of them the further its ramp is."""

    def __init__(self, config: RunConfig, calibration: Tensor | None) -> None:
        """``calibration``: events (steps, batch, axons) that the rates of the sources are taken from."""
        self.config, self.budget, self.calibration = config, config.budget, calibration
        self.state: dict[str, Any] = {"done": -1, "start": None, "limit": None}
        """Steps done, synapses at the start and at the end; what a checkpoint keeps."""

    def prune(self, network: DelayNetwork, share: float) -> bool:
        """Bring ``network`` to its size at ``share`` (0 to 1) of the ramp; False if there was nothing to do."""
        step = int(share * PRUNE_STEPS)
        if step <= self.state["done"]:
            return False
        if self.state["done"] < 0:
            self._begin(network)
        self.state["done"] = step
        last = step == PRUNE_STEPS
        if self.budget.keep is not None and last:
            for group in network.parallel():
                group.prune(keep_per_pair(group.kernel().detach(), self.budget.keep))
        start, limit = self.state["start"], self.state["limit"]
        if limit < start:
            # Cubic: most of it early, while training can still make up for it.
            self._prune_to(network, limit + int((start - limit) * (1 - step / PRUNE_STEPS) ** 3))
        if last:
            self.fit_image(network)
        return True

    def _begin(self, network: DelayNetwork) -> None:
        start = network.synapse_count()
        limit = start if self.budget.synapses is None else min(start, self.budget.synapses)
        if self.budget.image_bytes is not None:
            size, _ = image_size(network, self.config)
            limit = min(limit, int(start * self.budget.image_bytes / size))
        self.state |= {"start": start, "limit": limit}

    def _prune_to(self, network: DelayNetwork, synapses: int) -> None:
        groups = network.parallel()
        masks = keep_within(
            [group.effective().detach() for group in groups], source_rates(network, self.calibration),
            [group.share for group in groups], synapses=synapses, style=self.budget.style, lanes=self.budget.lanes,
        )  # fmt: skip
        for group, mask in zip(groups, masks, strict=True):
            group.prune(mask)

    def fit_image(self, network: DelayNetwork) -> bool:
        """Prune a settled network, in integers or not yet, until its image is within the bytes; False if it was.

        Training in integers moves weights away from 0 too, so that an image that fitted may grow.
        Raises InputError if no pruning makes the image small enough.
        """
        wanted = self.budget.image_bytes
        if wanted is None:
            return False
        before, more = 0, 0
        for pruned in range(TRIES):
            size, count = image_size(network, self.config)
            if size <= wanted:
                return pruned > 0
            # Bytes that a synapse takes: at first too many, as some bytes do not shrink with them; then as it was seen.
            a_synapse = size / max(1, count)
            if more > count:
                a_synapse = min(a_synapse, max(a_synapse / 4, (before - size) / (more - count)))
            before, more = size, count
            self._prune_to(network, min(count - 1, int(count - (size - wanted) / a_synapse)))
            if count <= 1:
                break
        raise InputError(f"budget.image_bytes: with {count} synapses the image takes {size} bytes, more than {wanted}")


@torch.no_grad()
def source_rates(network: DelayNetwork, calibration: Tensor | None) -> list[Tensor]:
    """Mean square of what each source of each group of synapses sends in a step; 1 without calibration samples."""
    if calibration is None:
        return [torch.ones(group.sources // group.share) for group in network.groups]
    training = network.training
    network.eval()
    spikes = network(calibration).spikes
    network.train(training)
    rates, sent = [], calibration
    for layer, own in zip(network.layers, [*spikes, None], strict=True):
        rates.append(layer.synapses.grouped(sent).square().mean((0, 1)))
        if own is not None:
            sent = own
            if layer.recurrent is not None:
                rates.append(sent.square().mean((0, 1)))
    return rates


def image_size(network: DelayNetwork, config: RunConfig) -> tuple[int, int]:
    """Bytes of the image that a settled network has, or would have if it were quantised now, and its synapses."""
    network = copy.deepcopy(network)
    if network.layers[0].neurons.scale is None:
        quantise_network(network, config.quantisation, config.budget)
    encoding = config.encoding.build()
    exported = integer_network(network, config.budget).network(encoding=encoding, max_steps=encoding.total_steps)
    image = compile_network(exported, fit(exported, lanes=config.budget.lanes))
    return len(image.to_bytes()), exported.synapses
