# SPDX-License-Identifier: Apache-2.0
"""Hair cells, nerve fibres and bushy cells of many places side by side: velocity of the membrane to spikes.

The same three stages as ``hair``, ``nerve`` and ``bushy``, which say them plainly and one place after the other. Here
LANES places take every step together, in single precision, so that the compiler keeps them in vector registers. What
that takes: the places lie side by side in memory, the loop over them has no branch, and what it changes lies in one
flat array, as the compiler does not look into more than a few arrays for overlaps. Nothing is reassociated or fused,
so that every processor rounds alike.

A chunk is as many steps as the dead time of a fibre, for then the fibres that come back at a step of a chunk are
those that spiked at the same step of the chunk before.
"""

import numpy as np
from numba import njit
from numpy.typing import NDArray

from data.cochlea import DEAD_SAMPLES, FIBRES, STAGE_RATE, bushy, hair

LANES = 64
"""Places side by side: some vector registers, so that one waits for its result while the others work."""
CHUNK = DEAD_SAMPLES
"""Steps at a time."""
WORDS = 4
"""Words of 32 bits that the random stream of a place starts from."""

_Float, _Int, _Word = np.float32, np.int32, np.uint32
_0, _1 = _Float(0), _Float(1)
_A, _A_B = _Float(hair.A), _Float(hair.A + hair.B)
_G, _Y, _X = _Float(hair.G / STAGE_RATE), _Float(hair.Y / STAGE_RATE), _Float(hair.X / STAGE_RATE)
_R, _L_R, _H = _Float(hair.R / STAGE_RATE), _Float((hair.L + hair.R) / STAGE_RATE), _Float(hair.H / STAGE_RATE)
_M, _B = _Float(hair.M), _Float(hair.B)
_Q_REST, _C_REST, _W_REST = _Float(hair.Q_REST), _Float(hair.C_REST), _Float(hair.W_REST)
# The hair cell gives at most 0.6. Below 0.85, 0.15^40 is still a number in single precision.
_MOST = _Float(0.85)
_UNIT = _Float(2.0**-24)
_INVERSE = (1 / np.arange(1, FIBRES + 1)).astype(_Float)
_CURRENT_DECAY, _MEMBRANE_DECAY = _Float(bushy.CURRENT_DECAY), _Float(bushy.MEMBRANE_DECAY)
_GAIN, _DEAD = _Float(bushy.GAIN), _Float(DEAD_SAMPLES)

_kernel = njit(cache=True, error_model="numpy")


@_kernel
def cell_spikes(
    velocities: tuple[NDArray[np.float32], ...], steps: int, streams: NDArray[np.uint32]
) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Steps and places of the spikes of all bushy cells in the first ``steps`` steps, ordered by step, then place.

    ``velocities``: cm/s at 24 kHz, blocks of places, each (places, at least ``steps``); together at most LANES places,
    which are numbered through. ``streams``: WORDS * LANES random words, which are used up; those of a place (p,
    p + LANES, ..) must not all be 0.
    """
    places = 0
    for block in velocities:
        places += block.shape[0]
    values = np.zeros((CHUNK, LANES), _Float)
    draws = np.empty((CHUNK, LANES), _Float)
    counts = np.zeros((CHUNK, LANES), _Float)
    cells, fibres, bushies = hair_state(), fibre_state(), np.zeros(3 * LANES, _Float)
    # A cell spikes at most once in a dead time and a step.
    most = places * (steps // DEAD_SAMPLES + 1)
    at_step, at_place, found = np.empty(most, _Int), np.empty(most, _Int), 0
    for begin in range(0, steps, CHUNK):
        size = min(CHUNK, steps - begin)
        first = 0
        for block in velocities:
            for step in range(size):
                for place in range(block.shape[0]):
                    values[step, first + place] = block[place, begin + step]
            first += block.shape[0]
        probabilities(values, cells)
        uniforms(draws, streams)
        fibre_counts(values, draws, counts, fibres)
        bushy_cells(counts, values, bushies)
        for step in range(size):
            fired = 0
            for place in range(LANES):
                fired |= values[step, place] > _0
            if fired:
                for place in range(places):
                    if values[step, place] > _0:
                        at_step[found], at_place[found] = begin + step, place
                        found += 1
    return at_step[:found], at_place[:found]


@_kernel
def hair_state() -> NDArray[np.float32]:
    """Hair cells at rest: the pools q, c and w of LANES places, one after the other."""
    state = np.empty(3 * LANES, _Float)
    state[:LANES], state[LANES : 2 * LANES], state[2 * LANES :] = _Q_REST, _C_REST, _W_REST
    return state


@_kernel
def fibre_state() -> NDArray[np.float32]:
    """All fibres ready: how many are, and room for what a draw needs."""
    state = np.zeros(5 * LANES, _Float)
    state[:LANES] = _Float(FIBRES)
    return state


@_kernel
def probabilities(values: NDArray[np.float32], state: NDArray[np.float32]) -> None:
    """Velocities (CHUNK, LANES) to probabilities of a spike per fibre, in place; ``state``: see ``hair_state``."""
    for step in range(CHUNK):
        for i in range(LANES):
            q, c, w = state[i], state[LANES + i], state[2 * LANES + i]
            # Where nothing passes, v + A is 0 and so is k.
            drive = max(values[step, i] + _A, _0)
            released = _G * drive / (drive + _B) * q
            replenished = _Y * max(_M - q, _0)
            reprocessed = _X * w
            cleft = max(c + (released - _L_R * c), _0)
            state[i] = max(q + (replenished - released + reprocessed), _0)
            state[LANES + i] = cleft
            state[2 * LANES + i] = max(w + (_R * c - reprocessed), _0)
            values[step, i] = min(_H * cleft, _MOST)


@_kernel
def uniforms(draws: NDArray[np.float32], state: NDArray[np.uint32]) -> None:
    """Numbers from [0, 1), multiples of 2^-24, into ``draws`` (CHUNK, LANES): xoshiro128+ of Blackman and Vigna."""
    for step in range(CHUNK):
        for i in range(LANES):
            a, b, c, d = state[i], state[LANES + i], state[2 * LANES + i], state[3 * LANES + i]
            word = _Word(a + d)
            shifted = _Word(b << _Word(9))
            c = _Word(c ^ a)
            d = _Word(d ^ b)
            b = _Word(b ^ c)
            a = _Word(a ^ d)
            state[i], state[LANES + i], state[2 * LANES + i] = a, b, _Word(c ^ shifted)
            state[3 * LANES + i] = _Word(_Word(d << _Word(11)) | _Word(d >> _Word(21)))
            # By way of a signed number, for which every processor has an instruction.
            draws[step, i] = _Float(_Int(word >> _Word(8))) * _UNIT


@_kernel
def fibre_counts(
    p: NDArray[np.float32], draws: NDArray[np.float32], counts: NDArray[np.float32], state: NDArray[np.float32]
) -> None:
    """New spikes of the fibres, into ``counts`` (CHUNK, LANES), which comes with those of the chunk before.

    One draw of Binomial(fibres that are ready, p) by inversion of the distribution function: the smallest number at
    which it is above the draw. ``p`` is at most 0.85. ``state``: see ``fibre_state``.
    """
    for step in range(CHUNK):
        for i in range(LANES):
            ready = state[i] + counts[step, i]
            state[i] = ready
            # (1 - p)^ready by squaring.
            bits, power = _Int(ready), _1 - p[step, i]
            none = power if bits & 1 else _1
            power *= power
            none = none * power if bits & 2 else none
            power *= power
            none = none * power if bits & 4 else none
            power *= power
            none = none * power if bits & 8 else none
            power *= power
            none = none * power if bits & 16 else none
            power *= power
            none = none * power if bits & 32 else none
            # The probability of a number of spikes, that of no more, and the number itself.
            state[LANES + i], state[2 * LANES + i], state[3 * LANES + i] = none, none, _0
            state[4 * LANES + i] = p[step, i] / (_1 - p[step, i])
        for number in range(FIBRES):
            more = 0
            for i in range(LANES):
                above = draws[step, i] >= state[2 * LANES + i]
                state[3 * LANES + i] += _1 if above else _0
                left = (state[i] - _Float(number)) * _INVERSE[number]
                term = state[LANES + i] * left * state[4 * LANES + i]
                total = state[2 * LANES + i] + term
                state[LANES + i] = term
                state[2 * LANES + i] = total
                more |= draws[step, i] >= total
            if not more:
                break
        for i in range(LANES):
            # A sum that rounding leaves below the draw goes on counting.
            new = min(state[3 * LANES + i], state[i])
            state[i] -= new
            counts[step, i] = new


@_kernel
def bushy_cells(counts: NDArray[np.float32], fired: NDArray[np.float32], state: NDArray[np.float32]) -> None:
    """Spikes of the bushy cells, 1 or 0, into ``fired`` (CHUNK, LANES).

    ``state``: currents, potentials and how many steps they stay blocked, LANES of each.
    """
    for step in range(CHUNK):
        for i in range(LANES):
            current = state[i] * _CURRENT_DECAY + counts[step, i]
            spikes = state[LANES + i] >= _1
            potential = _0 if spikes else state[LANES + i]
            blocked = _DEAD if spikes else state[2 * LANES + i]
            moved = min(potential * _MEMBRANE_DECAY + _GAIN * current, _1)
            state[i] = current
            state[LANES + i] = potential if blocked > _0 else moved
            state[2 * LANES + i] = max(blocked - _1, _0)
            fired[step, i] = _1 if spikes else _0
