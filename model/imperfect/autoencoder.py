# SPDX-License-Identifier: Apache-2.0
"""The auto-encoder of arXiv 2303.12167, which finds base currents and masks without supervision: for comparison.

One linear layer encodes the sizes of a core's weights into four currents; a decoder of 4 x N bits, the steps of a
sigmoid whose gradient passes straight through, adds up the chosen ones. Mean squared error, 1000 times the squares of
negative currents, and ``decisive`` times the squares of what is between a bit and its sigmoid; Adam at a rate of 1e-4.
It ends when the mean loss of 1000 steps has not fallen by 1e-6 in five such means.

Written out in numpy, gradients by hand: several times as fast as the same in a framework, so that a comparison of times
is not one of frameworks.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from model.imperfect.codes import BITS, Code, FloatArray

RATE, BLOCK, LEAST, PATIENCE, STEPS = 1e-4, 1000, 1e-6, 5, 10_000_000
NEGATIVE = 1e3


@dataclass(frozen=True, kw_only=True)
class Encoded:
    """What the auto-encoder came to."""

    code: Code
    steps: int
    """Of Adam."""
    ended: bool
    """Whether it stopped by itself rather than at the most steps."""


def auto_encoder(weights: Any, *, seed: int = 0, decisive: float = 1e3, steps: int = STEPS) -> Encoded:
    """Codes of weights (of any shape, not all 0); ``steps``: the most of Adam."""
    weights = np.asarray(weights, np.float64)
    there = weights != 0
    sizes = np.abs(weights[there])
    rng = np.random.default_rng(seed)
    count = len(sizes)
    # One vector, so that Adam is a few operations: the encoder, its offset, the decoder.
    state = np.concatenate([
        rng.uniform(0, 2 / count, BITS * count) * sizes.mean() / np.mean(sizes * sizes) * sizes.mean(),
        np.full(BITS, sizes.mean() / 2) * rng.uniform(0.2, 1.8, BITS), 0.1 * rng.standard_normal(BITS * count),
    ])  # fmt: skip
    first, second, gradient = np.zeros_like(state), np.zeros_like(state), np.empty_like(state)
    encoder, offset, decoder = _parts(state, count)
    parts = _parts(gradient, count)
    best, failed, block, step = np.inf, 0, 0.0, 0
    while step < steps and failed < PATIENCE:
        step += 1
        block += _loss(sizes, encoder, offset, decoder, parts, decisive)
        first += 0.1 * (gradient - first)
        second += 0.001 * (gradient * gradient - second)
        rate = RATE * np.sqrt(1 - 0.999 ** min(step, 50_000)) / (1 - 0.9 ** min(step, 1000))
        state -= rate * first / (np.sqrt(second) + 1e-8)
        if step % BLOCK == 0:
            mean, block = block / BLOCK, 0.0
            failed = failed + 1 if mean > best - LEAST else 0
            best = min(best, mean)
    base = np.maximum(encoder @ sizes + offset, 0)
    order = np.argsort(base)
    bits = (decoder > 0)[order]
    code = np.zeros(weights.shape, np.int64)
    code[there] = (bits * (1 << np.arange(BITS))[:, None]).sum(0)
    found = Code(base=base[order], code=code, sign=np.sign(weights).astype(np.int64))
    return Encoded(code=found, steps=step, ended=failed >= PATIENCE)


def _parts(state: FloatArray, count: int) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Views of encoder (4, count), offset (4,) and decoder (4, count)."""
    many = BITS * count
    return state[:many].reshape(BITS, count), state[many : many + BITS], state[many + BITS :].reshape(BITS, count)


def _loss(sizes: FloatArray, encoder: FloatArray, offset: FloatArray, decoder: FloatArray, gradient: Any,  # noqa: PLR0917
          decisive: float) -> float:  # fmt: skip
    """The loss; its gradients are written into ``gradient``."""
    base = encoder @ sizes + offset
    bits, soft = (decoder > 0).astype(np.float64), 1 / (1 + np.exp(-decoder))
    off, negative, between = base @ bits - sizes, np.minimum(base, 0), soft - bits
    count = len(sizes)
    of_base = 2 / count * (bits @ off) + 2 * NEGATIVE / BITS * negative
    slope = soft * (1 - soft)
    gradient[0][:] = of_base[:, None] * sizes
    gradient[1][:] = of_base
    gradient[2][:] = slope * (2 / count * base[:, None] * off + 2 * decisive / between.size * between)
    return float(np.mean(off * off) + NEGATIVE * np.mean(negative * negative) + decisive * np.mean(between * between))
