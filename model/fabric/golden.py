# SPDX-License-Identifier: Apache-2.0
"""The golden fabric: every core of a bundle in the golden core, spikes of others as events of its axons."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from model.encoding import check_events
from model.fabric.bundle import Bundle
from model.golden import GoldenCore
from model.result import Result, read_out


class GoldenFabric:
    """A bundle at rest. It knows the routes, and no ring: what a core sends in a step, others have in the next."""

    def __init__(self, bundle: Bundle) -> None:
        self.bundle = bundle
        self._cores = [GoldenCore(image.network()) for image in bundle.images]
        # The network's source number of each axon of each core.
        self._axons = [bundle.sources(core) for core in range(bundle.cores)]

    def run(self, sample: Sequence[ArrayLike]) -> Result:
        """Run a sample from the start: the axons of the network that fire in each step.

        Every state is at its start again afterwards. Raises InputError as the golden core does.
        """
        bundle, steps = self.bundle, len(sample)
        network = bundle.network()
        count = network.neurons.count
        spikes = np.zeros((steps, count), np.bool_)
        total, potential = np.zeros(count, np.int64), np.zeros(count, np.int64)
        operations = events = 0
        for core in self._cores:
            core.reset()
        fired = np.zeros(bundle.axons + count, np.bool_)  # by the network's source number: what a step is given
        for step, now in enumerate(sample):
            axons = check_events(now, bundle.axons, step)
            events += len(axons)
            fired[: bundle.axons] = False
            fired[axons] = True
            for core, outside, numbers in zip(self._cores, self._axons, bundle.numbers, strict=True):
                heard = (outside >= 0) & fired[outside]
                record = core.step(np.flatnonzero(heard))
                spikes[step, numbers] = record.spike
                total[numbers] += record.potential_after
                potential[numbers] = record.potential_after
                operations += record.synaptic_operations
            fired[bundle.axons :] = spikes[step]
        for core in self._cores:
            core.reset()
        return read_out(
            network,
            spikes=spikes,
            potential=potential,
            potential_sum=total,
            input_events=events,
            synaptic_operations=operations,
        )
