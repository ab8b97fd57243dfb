# SPDX-License-Identifier: Apache-2.0
"""Mismatch: fabricated parameters that deviate from their values, p (1 + sigma N(0, 1)), on each device by itself.

Every device, parameter and seed has a stream of numbers of its own: which parameters deviate changes nothing of the
others, device 7 is the same among ten and among a hundred, and a larger sigma is the same device, further off. So a
fabricated chip ("frozen") is a number, and noise that is drawn anew while training ("dynamic") a series of numbers.
"""

import zlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from model.disturbances import LEAKS, leak_mismatch, pair_mismatch, threshold_mismatch
from model.limits import signed_range
from model.network import Network
from support.errors import InputError

FLOOR = 0.05
"""Least factor: no current and no capacitance changes its sign, however large sigma is."""
WEIGHT, THRESHOLD = "weight", "threshold"
NETWORK = (WEIGHT, THRESHOLD, *LEAKS)
"""Parameters of a network for our core that can deviate."""


@dataclass(frozen=True, kw_only=True)
class Mismatch:
    """Which parameters deviate, and by how much."""

    sigma: float = 0.1
    """Relative standard deviation (at least 0); the published one is 0.30 / 3."""
    names: Sequence[str] | None = None
    """Parameters that deviate; None: all."""
    seed: int = 0
    """At least 0; which family of devices."""

    def __post_init__(self) -> None:
        if not (np.isfinite(self.sigma) and self.sigma >= 0):
            raise InputError(f"mismatch: sigma must be at least 0, not {self.sigma!r}")
        if self.seed < 0:
            raise InputError(f"mismatch: seed must be at least 0, not {self.seed}")

    def rng(self, name: str, device: int) -> np.random.Generator:
        """The numbers of a parameter of a device (0, 1, ..)."""
        return np.random.default_rng((self.seed, device, zlib.crc32(name.encode())))

    def factors(self, name: str, devices: Sequence[int], shape: tuple[int, ...]) -> NDArray[np.float64]:
        """By what a parameter of this shape is multiplied on each device, (devices, *shape); at least ``FLOOR``."""
        if self.sigma == 0 or not self.deviates(name):
            return np.ones((len(devices), *shape))
        drawn = np.stack([self.rng(name, device).standard_normal(shape) for device in devices])
        return np.asarray(np.maximum(1 + self.sigma * drawn, FLOOR))

    def deviates(self, name: str) -> bool:
        """Whether a parameter is among those that do."""
        return self.names is None or name in self.names


def on_device(network: Network, mismatch: Mismatch, device: int = 0, *, weights: tuple[int, int] = signed_range(8)
              ) -> Network:  # fmt: skip
    """A network for our core as a device with mismatch would have it; the result is within the contract's ranges.

    It is the same device whatever the network's weights and delays, so training may go on with it in the loop.

    Names are those of ``NETWORK``. Weights are rounded and stay within ``weights``, and all of a source and a target
    are off by the same factor; thresholds are rounded and stay reachable, and a neuron that never spikes stays so. Of
    alpha and beta the leak deviates, 1 - factor, as the current that makes it would: neurons without leak, and delta
    synapses, stay so. Raises InputError for other names.
    """
    unknown = [name for name in mismatch.names or () if name not in NETWORK]
    if unknown:
        raise InputError(f"mismatch: a network has no {unknown[0]}; expected {', '.join(NETWORK)}")
    if mismatch.deviates(WEIGHT):
        network = pair_mismatch(network, mismatch.sigma, mismatch.rng(WEIGHT, device), weights)
    if mismatch.deviates(THRESHOLD):
        network = threshold_mismatch(network, mismatch.sigma, mismatch.rng(THRESHOLD, device))
    for name in LEAKS:
        if mismatch.deviates(name):
            network = leak_mismatch(network, mismatch.sigma, mismatch.rng(name, device), (name,))
    return network
