# SPDX-License-Identifier: Apache-2.0
"""The limits of a core build on the synapses of its neurons: rows, synapse words, and the accumulator."""

from collections.abc import Callable, Iterator
from itertools import accumulate
from typing import cast

import torch
from torch import Tensor

from model.config import CoreConfig
from model.mapping.compiler import compile_network
from model.mapping.partition import partition, shares
from support.errors import InputError
from train.budget.rates import source_rates
from train.budget.selection import keep_fan_in, keep_rows, keep_within
from train.budget.size import CoreLoad, compiled, core_loads
from train.config.run import BudgetConfig, RunConfig
from train.layers.network import DelayNetwork
from train.layers.quantise import accumulator_room
from train.layers.synapses import ParallelSynapses

TRIES = 16
"""How often a network is made smaller that is too large for a core by a little."""
ROUNDS = 2
"""The same at a step of the ramp, which need not be met exactly."""
DAMPING = 0.75
"""Share of what is too much that a round takes away: how many words fewer synapses leave is known only afterwards."""
KEYS = 1 << 10
"""Numbers of rows that a source has; more than there are delays."""


class CoreLimits:
    """Prunes what each core of a budget holds, of its neurons alone."""

    limits: tuple[int, int]
    """Rows and synapse words of a core."""

    def __init__(self, config: RunConfig, calibration: Tensor | None) -> None:
        """``calibration``: events (steps, batch, axons) that the rates of the sources are taken from."""
        assert config.budget.core is not None
        self.config, self.budget, self.calibration = config, config.budget, calibration
        self.build: CoreConfig = config.budget.core
        self.limits = self.build.rows, self.build.synapse_words
        self.shares = shares(sum(config.network.hidden) + config.network.classes, config.budget.cores)

    def measure(self, network: DelayNetwork) -> list[list[int]]:
        """Rows and synapse words that each core needs for a settled network."""
        return [[share.rows, share.synapse_words] for share in core_loads(network, self.config)]

    def room(self, network: DelayNetwork, needs: list[list[int]]) -> int:
        """About how many synapses of a network fit, if each core loses as many as its memories are too small for."""
        synapses = [share.synapses for share in core_loads(network, self.config)]
        return sum(
            int(count * min(1, *(limit / max(1, need) for need, limit in zip(each, self.limits, strict=True))))
            for count, each in zip(synapses, needs, strict=True)
        )

    def prune(
        self, network: DelayNetwork, limits: list[list[int]], *, rounds: int = ROUNDS
    ) -> list[tuple[int, CoreLoad]]:
        """Prune toward rows and synapse words of each core; the cores, and what they hold, that still have more.

        Each round takes most of what the last measurement was too large by, and a little more from round to round.
        """
        for done in range(rounds + 1):
            held = list(enumerate(core_loads(network, self.config)))
            large = [(core, share) for core, share in held
                     if share.rows > limits[core][0] or share.synapse_words > limits[core][1]]  # fmt: skip
            if not large or done == rounds:
                break
            for core, share in large:
                if share.rows > limits[core][0]:
                    self._prune(network, core, rows=limits[core][0])
                elif share.synapses > 1:
                    excess = 1 - limits[core][1] / share.synapse_words
                    wanted = int(share.synapses * (1 - DAMPING * excess - done / 100))
                    self._prune(network, core, synapses=max(0, min(share.synapses - 1, wanted)))
        return large

    def fit(self, network: DelayNetwork) -> bool:
        """Prune a settled network, in integers or not yet, until each core holds its share; False if it did.

        Raises InputError, naming the core and the limit, if no pruning makes it small enough.
        """
        before = network.synapse_count()
        large = self.prune(network, [[*self.limits]] * len(self.shares), rounds=TRIES)
        for core, share in large:
            name, need, limit = next(
                (name, need, limit)
                for name, need, limit in zip(("rows", "synapse_words"), share, self.limits, strict=False)
                if need > limit
            )
            which = f" of core {core + 1}" if len(self.shares) > 1 else ""
            raise InputError(
                f"budget.core: {name}{which}: needs {need} with {share.synapses} synapses left, the core has {limit}"
            )
        for each in partition(compiled(network, self.config), len(self.shares)):
            compile_network(each, self.build)
        return network.synapse_count() < before

    def alone(self) -> Iterator[tuple[str, Callable[[DelayNetwork], None]]]:
        """Names of the limits, and functions that prune a settled network toward one alone."""
        rows, words = self.limits
        each, free = " a core" if len(self.shares) > 1 else "", 1 << 40
        yield f"{rows:,} rows{each}", self._toward([rows, free])
        yield f"{words:,} synapse words{each}", self._toward([free, words])

    def _toward(self, limit: list[int]) -> Callable[[DelayNetwork], None]:
        def apply(network: DelayNetwork) -> None:
            self.prune(network, [limit] * len(self.shares), rounds=TRIES)

        return apply

    def _prune(self, network: DelayNetwork, core: int, *, rows: int | None = None, synapses: int = 0) -> None:
        """Bring the synapses into the neurons of a core to so many rows, or to so many synapses."""
        held = [
            (group, part, rate, keys)
            for group, part, rate, keys in zip(
                network.parallel(), self._parts(network, core), source_rates(network, self.calibration),
                _keys(network), strict=True,
            )
            if len(part)
        ]  # fmt: skip
        kernels = [group.effective().detach()[:, :, part] for group, part, _, _ in held]
        rates, copies = [rate for _, _, rate, _ in held], [group.share for group, _, _, _ in held]
        if rows is not None:
            masks = keep_rows(kernels, rates, [keys for _, _, _, keys in held], copies, rows=rows)
        else:
            masks = keep_within(
                kernels, rates, copies, synapses=synapses, style=self.budget.style, lanes=self.budget.lanes
            )
        for (group, part, _, _), mask in zip(held, masks, strict=True):
            whole = torch.ones_like(group.mask)
            whole[:, :, part] = mask
            group.prune(whole)

    def _parts(self, network: DelayNetwork, core: int) -> list[Tensor]:
        """Of each group of synapses the targets that a core holds."""
        parts, first = [], 0
        mine = torch.from_numpy(self.shares[core])
        for layer in network.layers:
            count = layer.synapses.targets
            part = mine[(mine >= first) & (mine < first + count)] - first
            parts += [part] * len(layer.groups)
            first += count
        return parts


def prune_fan_in(network: DelayNetwork, budget: BudgetConfig, calibration: Tensor | None) -> None:
    """Leave no neuron of a settled network more synapses than its accumulator can take with weights of 1 on average.

    Rounding may add half a unit a synapse, for which there has to be room, too.
    """
    for k, layer in enumerate(network.layers):
        limit = accumulator_room(layer, budget) * 2 // 3
        groups = [cast(ParallelSynapses, group) for group in layer.groups]
        count = torch.stack([(group.matrix() != 0).sum((0, 1)) for group in groups]).sum(0)
        if bool((count <= limit).all()):
            continue
        first = sum(len(each.groups) for each in network.layers[:k])
        rates = source_rates(network, calibration)[first : first + len(groups)]
        masks = keep_fan_in(
            [group.effective().detach() for group in groups], rates, [group.share for group in groups], limit
        )
        for group, mask in zip(groups, masks, strict=True):
            group.prune(mask)


def _keys(network: DelayNetwork) -> list[Tensor]:
    """A number for the row of each (level, source / share) of each group of synapses."""
    sizes = [layer.synapses.sources for layer in network.layers]
    first = [0, *accumulate(sizes)]
    keys = []
    for k, layer in enumerate(network.layers):
        for group, source in zip(layer.groups, (first[k], first[k] + sizes[k]), strict=False):
            device = next(group.parameters()).device
            number = torch.arange(group.sources // group.share, device=device) + source
            keys.append(torch.tensor(group.levels, device=device)[:, None] + KEYS * number)
    return keys
