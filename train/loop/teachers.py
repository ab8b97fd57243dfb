# SPDX-License-Identifier: Apache-2.0
"""Teachers: finished runs whose opinion a smaller network learns from (Hinton et al., arXiv 1503.02531)."""

from collections.abc import Sequence
from pathlib import Path

import torch
from torch import Tensor, nn

from model.encoding import Encoding, Raster
from support.errors import InputError
from train.config.run import RunConfig
from train.layers.network import DelayNetwork, Output
from train.loop.checkpoint import FLOAT, load_checkpoint, make_network, restore
from train.loop.evaluate import time_first


class Teachers:
    """The networks of several runs, before they were quantised, as one ensemble."""

    def __init__(self, config: RunConfig, device: torch.device) -> None:
        """Those that ``config.teachers`` names.

        Raises InputError for the folder of no run, a teacher of other classes or units, and one that learned from
        speakers that are held out here: accuracy on them would say nothing.
        """
        self.options = config.teachers
        loaded = [_load(folder, config) for folder in config.teachers.runs]
        self.networks: list[DelayNetwork] = [network.to(device).eval() for _, network in loaded]
        self.configs: list[RunConfig] = [each for each, _ in loaded]
        encodings = [each.encoding.build() for each in self.configs]
        own = config.encoding.build()
        every = tuple(dict.fromkeys((own, *encodings)))
        self.others: tuple[Encoding, ...] = every[1:]
        """Encodings of the teachers that have another than the student."""
        self._place = [every.index(each) for each in encodings]

    def __bool__(self) -> bool:
        """Whether there are any."""
        return bool(self.networks)

    @torch.no_grad()
    def opinion(self, events: Sequence[Raster]) -> Tensor:
        """Mean probability of each class, (batch, classes), of recordings.

        ``events``: (total steps, batch, axons) in the encoding of the student, then in each of ``others``.
        """
        inputs = [time_first(each) for each in events]
        votes = []
        for network, place in zip(self.networks, self._place, strict=True):
            score = network(inputs[place], dtype=network.dtype).score
            votes.append((score / self.options.temperature).softmax(1))
        return torch.stack(votes).mean(0)

    def loss(self, output: Output, opinion: Tensor) -> Tensor:
        """Cross entropy of the votes of a student against an opinion, in the scale of a loss on labels."""
        votes, temperature = output.votes.flatten(0, 1), self.options.temperature
        wanted = opinion.repeat(len(output.votes), 1)
        return nn.functional.cross_entropy(votes / temperature, wanted) * temperature**2


def _load(folder: Path, config: RunConfig) -> tuple[RunConfig, DelayNetwork]:
    state = load_checkpoint(folder / FLOAT)
    if state is None:
        raise InputError(f"teachers.runs: no {FLOAT} in {folder}; expected the folder of a finished run")
    theirs = RunConfig.model_validate_json(state["config"])
    if theirs.network.classes != config.network.classes:
        raise InputError(
            f"teachers.runs: {folder} knows {theirs.network.classes} classes; expected {config.network.classes}"
        )
    if theirs.encoding.units != config.encoding.units:
        raise InputError(
            f"teachers.runs: {folder} hears {theirs.encoding.units} units; expected {config.encoding.units}"
        )
    heard = sorted(set(config.data.validation_speakers) - set(theirs.data.validation_speakers))
    if heard:
        raise InputError(
            f"teachers.runs: {folder} learned from speakers {', '.join(map(str, heard))}, which are held out here"
        )
    network = make_network(theirs)
    restore(network, state, "average")
    return theirs, network
