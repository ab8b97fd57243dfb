# SPDX-License-Identifier: Apache-2.0
"""Disturbances in training: what happens to events, weights and thresholds, drawn anew for every batch."""

from typing import NamedTuple

import torch
from torch import Tensor

from train.config.run import NoiseConfig


class EventNoise(NamedTuple):
    """What happens to the events of some sources on their way; a gradient passes those that arrive as they are."""

    kept: Tensor | None = None
    """Factors 0 and 1, (steps, batch, sources)."""
    added: Tensor | None = None
    """Events 0 and 1 that nobody sent, of that shape; no event is kept there."""
    late: Tensor | None = None
    """Sources whose events come a step late, bool (sources,)."""

    def step(self, sent: Tensor, step: int) -> Tensor:
        """Events of one step, (batch, sources), after losses and additions, which lateness then moves."""
        if self.kept is not None:
            sent = sent * self.kept[step]
        return sent if self.added is None else sent + self.added[step]

    def __call__(self, x: Tensor) -> Tensor:
        """Events (steps, batch, sources) as they arrive."""
        if self.kept is not None:
            x = x * self.kept
        if self.added is not None:
            x = x + self.added
        return x if self.late is None else torch.where(self.late, delayed(x), x)

    def backward(self, grad: Tensor, after: Tensor, step: int) -> Tensor:
        """Gradient of the events of a step, of what arrived in it and in the step after, (batch, sources) each."""
        if self.late is not None:
            grad = torch.where(self.late, after, grad)
        return grad if self.kept is None else grad * self.kept[step]


def event_noise(x: Tensor, noise: NoiseConfig | None) -> EventNoise | None:
    """What is drawn for events of the shape and device of ``x``, (steps, batch, sources); None without noise."""
    if not noise or not (noise.dropped or noise.spurious or noise.delay_jitter):
        return None
    kept = added = late = None
    if noise.dropped:
        kept = (torch.rand_like(x) >= noise.dropped).to(x.dtype)
    if noise.spurious:
        added = (torch.rand_like(x) < noise.spurious).to(x.dtype)
        kept = 1 - added if kept is None else kept * (1 - added)
    if noise.delay_jitter:
        late = torch.rand(x.shape[2], device=x.device) < noise.delay_jitter
    return EventNoise(kept, added, late)


def disturbed(x: Tensor, noise: NoiseConfig | None) -> Tensor:
    """Events after losses, additions and shifts by a step, (steps, batch, sources)."""
    drawn = event_noise(x, noise)
    return x if drawn is None else drawn(x)


def delayed(x: Tensor) -> Tensor:
    """Events a step later, (steps, batch, sources); those of the last step are lost."""
    return torch.cat([torch.zeros_like(x[:1]), x[:-1]])


def weight_factor(shape: tuple[int, ...], noise: NoiseConfig | None, device: torch.device) -> Tensor | None:
    """Factors of the weights of a kernel of that shape; None without a mismatch."""
    if not noise or not noise.weight_mismatch:
        return None
    return 1 + noise.weight_mismatch * torch.randn(shape, device=device)


def threshold_factor(neurons: Tensor, noise: NoiseConfig | None) -> Tensor | None:
    """Factors of the thresholds, of the shape and device of ``neurons``, (neurons,); None without a mismatch."""
    if not noise or not noise.threshold_mismatch:
        return None
    # Nothing fires without end: a threshold stays above 0.
    return (1 + noise.threshold_mismatch * torch.randn_like(neurons)).clamp(min=0.1)
