# SPDX-License-Identifier: Apache-2.0
"""How far a rounded network spikes as the graph that it is from: golden model against a stepper, layer by layer."""

from dataclasses import dataclass

import numpy as np

from flow.exchange.reference import Stepper
from flow.exchange.rounding import Imported
from flow.run.recordings import Samples
from model.batch import GoldenBatch
from support.listener import SILENT, Listener


@dataclass(frozen=True, kw_only=True)
class LayerAgreement:
    """Spikes of one population over all samples."""

    name: str
    spikes_float: int
    spikes: int
    """Of the rounded network."""
    same: int
    """In the same neuron and step in both."""

    @property
    def shared(self) -> float:
        """Spikes in both / spikes in either; 1 where there are none."""
        either = self.spikes_float + self.spikes - self.same
        return self.same / either if either else 1.0


def agreement(
    stepper: Stepper, imported: Imported, samples: Samples, listener: Listener = SILENT
) -> list[LayerAgreement]:
    """Compare on samples, every step of them; ``listener`` hears of each."""
    listener.begin("comparing", len(samples.rasters))
    golden = GoldenBatch(imported.network).run(samples.rasters).spikes
    counts = {name: np.zeros(3, np.int64) for name in stepper.populations}
    for raster, spikes in zip(samples.rasters, golden, strict=True):
        real, _ = stepper.run(raster)
        for name, count in counts.items():
            mine = spikes[:, imported.neurons[name]]
            count[:] += real[name].sum(), mine.sum(), (real[name] & mine).sum()
        listener.advance()
    return [
        LayerAgreement(name=name, spikes_float=int(count[0]), spikes=int(count[1]), same=int(count[2]))
        for name, count in counts.items()
    ]
