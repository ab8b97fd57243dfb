# SPDX-License-Identifier: Apache-2.0
"""The whole cochlea: sound to spikes."""

from functools import lru_cache
from itertools import islice

import numpy as np
from numpy.typing import ArrayLike, NDArray

from data.cochlea import STAGE_RATE
from data.cochlea.audio import RAMP_S, conditioned
from data.cochlea.cells import LANES, WORDS, cell_spikes
from data.cochlea.membrane import BLOCK, PLACES, Membrane
from data.cochlea.padded import PaddedMembrane, padded_steps


def encode(
    audio: ArrayLike, rng: np.random.Generator, *, pad: bool = False, ramp: float = RAMP_S
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Spikes that mono ``audio`` at 48 kHz causes: times in seconds and channels (0 to 699), ordered by time.

    The same generator state gives the same spikes. ``ramp``: seconds over which the sound fades in and out, or
    ``audio.HALF``. ``pad`` appends silence up to one of a few lengths, whose transfer functions are kept: much faster
    from the second sound of a length on, at the price of small differences in phase, because the frequency grid
    depends on the length. Spikes in the silence are left out. Raises InputError as ``audio.conditioned``.
    """
    sound = conditioned(audio, ramp=ramp)
    steps = len(sound) // 2 + 1
    membrane = _kept_membrane(padded_steps(steps)) if pad else Membrane(len(sound))
    # Every place has a random stream of its own.
    streams = rng.integers(1 << 32, size=(-(-len(PLACES) // LANES), WORDS * LANES), dtype=np.uint32)
    all_steps, all_channels = [], []
    blocks = (block.astype(np.float32, copy=False) for block in membrane.velocities(sound))
    for group, stream in enumerate(streams):
        step, place = cell_spikes(tuple(islice(blocks, LANES // BLOCK)), steps, stream)
        all_steps.append(step)
        all_channels.append(place + group * LANES)
    step, channel = np.concatenate(all_steps), np.concatenate(all_channels)
    order = np.lexsort((channel, step))
    return step[order] / STAGE_RATE, channel[order].astype(np.int64)


@lru_cache(maxsize=4)
def _kept_membrane(steps: int) -> PaddedMembrane:
    return PaddedMembrane(steps)
