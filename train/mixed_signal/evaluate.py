# SPDX-License-Identifier: Apache-2.0
"""What a trained network does: firing-rate ratios, as designed and over devices, and on patterns that it does not know.

The rate ratio of a network is the mean rate of the right neurons (neuron k in pattern k) over that of the wrong ones. A
network whose wrong neurons are silent counts as if these had spiked once in all patterns together, so that ratios stay
finite.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from train.mixed_signal.config import FrozenNoise
from train.mixed_signal.network import Devices, Weights, counts, fabricated, nominal, respond
from train.mixed_signal.patterns import Rasters, jittered, poisson, shifted, thinned

FloatArray = NDArray[np.float64]
UNSEEN, CHANGED = 1 << 20, 1 << 21
"""Added to a seed, for patterns that are none of training's."""


def rate_ratio(spikes: FloatArray) -> FloatArray:
    """The ratio of each device, (devices,), from counts (devices, patterns, neurons)."""
    patterns = spikes.shape[1]
    right = np.einsum("dkk->d", spikes)
    wrong = (spikes.sum((1, 2)) - right) / (patterns - 1)
    return np.asarray(right / np.maximum(wrong, 1.0))


def separates(spikes: FloatArray) -> NDArray[np.bool_]:
    """Whether each device's right neuron spikes most in every pattern, (devices,)."""
    right = np.einsum("dkk->dk", spikes)
    others = spikes.copy()
    at = np.arange(spikes.shape[1])
    others[:, at, at] = -1
    return np.asarray((right > others.max(2)).all(1))


@dataclass(frozen=True)
class Judge:
    """Measures networks of one seed of a configuration."""

    config: FrozenNoise
    seed: int

    def as_designed(self, weights: Weights) -> dict[str, Any]:
        """Ratio and rates (a second) of the device without mismatch."""
        rasters = self.config.rasters(self.seed)
        found = counts(rasters, weights, self._nominal(weights), self.config.dt)
        rates = found[0] / (rasters.shape[1] * self.config.dt)
        return {"ratio": float(rate_ratio(found)[0]), "rates": rates.tolist(), "separates": bool(separates(found)[0])}

    def over_devices(self, weights: Weights) -> dict[str, Any]:
        """Ratios of the devices 0, 1, .. of this seed, their quartiles, and the share that separates the patterns."""
        family, which = self.config.device.mismatch(self.seed), range(self.config.evaluation.devices)
        devices = fabricated(weights, self.config.parameters, family, which)
        found = counts(self.config.rasters(self.seed), weights, devices, self.config.dt)
        ratios = rate_ratio(found)
        low, median, high = np.quantile(ratios, [0.25, 0.5, 0.75])
        return {
            "median": float(median), "quartiles": [float(low), float(high)], "mean": float(ratios.mean()),
            "separates": float(separates(found).mean()), "ratios": ratios.tolist(),
        }  # fmt: skip

    def on_other_input(self, weights: Weights) -> dict[str, Any]:
        """Ratios on shifted, jittered and thinned patterns, and rates on noise that it has not seen."""
        options, dt, rasters = self.config.evaluation, self.config.dt, self.config.rasters(self.seed)
        devices = self._nominal(weights)

        def ratio(changed: Rasters) -> float:
            return float(rate_ratio(counts(changed, weights, devices, dt))[0])

        milliseconds, seed = self.config.layer.dt, CHANGED + self.seed
        _, steps, channels = rasters.shape
        rate = float(rasters.mean()) / dt
        noise = poisson((options.unseen, steps, channels), rate=rate, dt=dt, seed=UNSEEN + self.seed)
        known = counts(rasters, weights, devices, dt)[0]
        unseen = counts(noise, weights, devices, dt)[0]
        seconds = steps * dt
        return {
            "shifted": {f"{each:g}": ratio(shifted(rasters, round(each / milliseconds))) for each in options.shifts},
            "jittered": {f"{each:g}": ratio(jittered(rasters, each / milliseconds, seed)) for each in options.jitters},
            "thinned": {f"{each:g}": ratio(thinned(rasters, each, seed)) for each in options.thinned},
            "unseen": {
                "patterns": options.unseen,
                "rate": float(unseen.mean()) / seconds,
                "rate_highest_neuron": float(unseen.max(1).mean()) / seconds,
                "rate_right_on_known": float(np.diag(known).mean()) / seconds,
                "as_active_as_known": float((unseen.max(1) >= np.diag(known).min()).mean()),
            },
        }  # fmt: skip

    def _nominal(self, weights: Weights) -> Devices:
        return nominal(weights, self.config.parameters)


@torch.no_grad()
def respond_nominal(config: FrozenNoise, weights: Weights, rasters: Rasters) -> FloatArray:
    """Spikes (steps, patterns, neurons) of a device as designed."""
    devices = nominal(weights, config.parameters)
    inward, recurrent = torch.from_numpy(weights.inward), torch.from_numpy(weights.recurrent)
    spikes = respond(torch.from_numpy(rasters.astype(np.float64)), inward, recurrent, devices, config.dt)
    return np.asarray(spikes[:, 0].numpy())
