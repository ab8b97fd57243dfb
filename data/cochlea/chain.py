"""The whole cochlea: sound to spikes."""

from functools import lru_cache

import numpy as np
from numpy.typing import ArrayLike, NDArray

from data.cochlea import STAGE_RATE
from data.cochlea.audio import conditioned
from data.cochlea.bushy import cell_spikes
from data.cochlea.hair import spike_probability
from data.cochlea.membrane import Membrane
from data.cochlea.nerve import fibre_spikes

PAD_STEPS = 6000
"""With padding, sounds are brought to a multiple of this many steps (0.25 s)."""


def encode(
    audio: ArrayLike, rng: np.random.Generator, *, pad: bool = False
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Spikes that mono ``audio`` at 48 kHz causes: times in seconds and channels (0 to 699), ordered by time.

    The same generator state gives the same spikes. ``pad`` appends silence up to one of a few lengths, whose
    transfer functions are kept: several times faster from the second sound of a length on, at the price of small
    differences in phase, because the frequency grid depends on the length. Spikes in the silence are left out.
    """
    sound = conditioned(audio)
    steps = len(sound) // 2 + 1
    if pad:
        padded = -(-steps // PAD_STEPS) * PAD_STEPS
        membrane = _kept_membrane(2 * (padded - 1))
        sound = np.pad(sound, (0, membrane.samples - len(sound)))
    else:
        membrane = Membrane(len(sound))
    all_steps, all_channels, first = [], [], 0
    for velocity in membrane.velocities(sound):
        fired = cell_spikes(fibre_spikes(spike_probability(velocity[:, :steps]), rng))
        channel, step = np.nonzero(fired)
        all_steps.append(step)
        all_channels.append(channel + first)
        first += len(velocity)
    step, channel = np.concatenate(all_steps), np.concatenate(all_channels)
    order = np.lexsort((channel, step))
    return step[order] / STAGE_RATE, channel[order].astype(np.int64)


@lru_cache(maxsize=8)
def _kept_membrane(samples: int) -> Membrane:
    return Membrane(samples)
