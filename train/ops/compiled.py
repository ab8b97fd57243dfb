# SPDX-License-Identifier: Apache-2.0
"""``train.ops.scan`` in machine code, for float32 on a CPU: one pass over memory forward and one backward.

Memory is what limits it, so nothing is kept that follows from something else: the V that a step starts from, from the
potential before; spikes, from potentials. Batch and neurons are one axis of columns; parameters are repeated over a
tile of columns, so that inner loops are whole vectors however few neurons there are. Between the passes as little as
can be is left to Python and torch, which find nothing of theirs in the caches then.
"""

import math
from typing import Any

import numpy as np
import torch
from numba import njit
from torch import Tensor

from model.network import Reset

TILE = 512
"""Columns of a tile at least: parameters and sums of one stay in the nearest cache."""
LINE = 16
"""Numbers in a line of the cache; a tile is so many lines, and so many rows of neurons."""

ALPHA, LIMIT, BIAS, BETA, INVERSE = range(5)
"""Rows of the parameters. The limit is the threshold, infinite where nothing fires; the inverse is that of the
threshold."""
OF_ALPHA, OF_BIAS, OF_BETA, OF_THRESHOLD = range(4)
"""Rows of the sums."""
ROW, BLOCK = np.zeros(1, np.float32), np.zeros((1, 1, 1), np.float32)
"""For what is not there, by number of dimensions 1 and 3."""


def fits(x: Tensor) -> bool:
    """Whether the scan of a tensor can go this way."""
    return x.device.type == "cpu" and x.dtype == torch.float32


def forward(arrivals: Tensor, alpha: Tensor, beta: Tensor | None, bias: Tensor, threshold: Tensor,  # noqa: PLR0917
            rule: Any) -> tuple[Tensor, Tensor, Tensor | None]:  # fmt: skip
    """Spikes, potentials and, with ``beta``, currents; see ``train.ops.scan.LifScan``."""
    arrivals = arrivals.detach().contiguous()
    current = None if beta is None else torch.empty_like(arrivals)
    potential, spikes = torch.empty_like(arrivals), torch.empty_like(arrivals)
    scan = _integers_forward if rule.vmax else _forward
    scan(
        _array(arrivals), _array(alpha), _array(beta, ROW), _array(bias), _array(threshold), _array(current, BLOCK),
        _array(potential), _array(spikes), _tile(alpha), rule.reset is not Reset.NONE, beta is not None,
        rule.reset is Reset.SUBTRACT, float(rule.vmax),
    )  # fmt: skip
    return spikes, potential, current


def backward(grad_spikes: Tensor | None, grad_potential: Tensor | None, alpha: Tensor,  # noqa: PLR0917
             beta: Tensor | None, threshold: Tensor, current: Tensor | None, potential: Tensor,
             rule: Any, of_threshold: bool) -> tuple[Any, ...]:  # fmt: skip
    """Gradients of arrivals, alpha, beta, bias and, if ``of_threshold``, threshold."""
    fires = rule.reset is not Reset.NONE
    grad, sums = torch.empty_like(potential), torch.empty(4, len(alpha))
    _backward(
        _array(grad_spikes if fires else None, BLOCK), _array(grad_potential, BLOCK), _array(alpha), _array(beta, ROW),
        _array(threshold), _array(current, BLOCK), _array(potential), _array(grad), _array(sums), _tile(alpha), fires,
        beta is not None, rule.reset is Reset.SUBTRACT, fires and grad_spikes is not None, grad_potential is not None,
        of_threshold and fires, float(rule.slope),
    )  # fmt: skip
    total = sums.unbind()
    return (
        grad, total[OF_ALPHA], None if beta is None else total[OF_BETA], total[OF_BIAS],
        total[OF_THRESHOLD] if of_threshold and fires else None,
    )  # fmt: skip


def _tile(alpha: Tensor) -> Any:
    """Room for the parameters and sums of a tile, (13, columns): it begins with a line of the cache, as torch does."""
    whole = LINE // math.gcd(len(alpha), LINE)
    return torch.empty(13, -(-TILE // (len(alpha) * whole)) * whole * len(alpha)).numpy()


def _array(x: Tensor | None, nothing: Any = None) -> Any:
    """Its memory as numpy sees it; ``nothing``: of the same type, where there is none."""
    return nothing if x is None else x.detach().contiguous().numpy()


@njit(cache=True, nogil=True, error_model="numpy")
def _fill(tile, alpha, beta, bias, threshold, leaky, fires):  # type: ignore[no-untyped-def]  # noqa: PLR0917
    """The parameters of the columns of a tile; its sums begin with 0."""
    neurons = len(alpha)
    for k in range(tile.shape[1]):
        n = k % neurons
        tile[ALPHA, k], tile[BIAS, k], tile[BETA, k] = alpha[n], bias[n], beta[n] if leaky else np.float32(0)
        tile[LIMIT, k] = threshold[n] if fires else np.float32(np.inf)
        tile[INVERSE, k] = np.float32(1) / threshold[n]
    tile[5:] = np.float32(0)


# Columns are counted without a sign: where an index might be negative, numba counts it from the end, and LLVM finds no
# SIMD. Loops write few arrays: with more, LLVM gives up showing that they do not overlap.


@njit(cache=True, nogil=True, error_model="numpy")
def _forward(inputs, alpha, beta, bias, threshold, currents, potentials, out, p, fires, leaky, subtract, vmax):  # type: ignore[no-untyped-def]  # noqa: PLR0917
    steps = len(inputs)
    arrivals, potential, spikes = inputs.reshape(steps, -1), potentials.reshape(steps, -1), out.reshape(steps, -1)
    current = currents.reshape(len(currents), -1)
    columns = arrivals.shape[1]
    zero, one, vmax = np.float32(0), np.float32(1), np.float32(vmax)
    nothing = np.zeros(columns, np.float32)
    _fill(p, alpha, beta, bias, threshold, leaky, fires)
    for t in range(steps):
        x, v, sent = arrivals[t], potential[t], spikes[t]
        before = potential[t - 1] if t else nothing
        for start in range(0, columns, p.shape[1]):
            c, size = np.uintp(start), np.uintp(min(p.shape[1], columns - start))
            if leaky:
                i, held = current[t], current[t - 1] if t else nothing
                for n in range(size):
                    i[c + n] = arrivals[t, c + n] + held[c + n] * p[BETA, n]
                x = i
            for n in range(size):
                last = before[c + n]
                taken = p[LIMIT, n] if subtract else last
                left = last - taken if last >= p[LIMIT, n] else last
                new = x[c + n] + left * p[ALPHA, n] + p[BIAS, n]
                v[c + n] = new
                sent[c + n] = one if new >= p[LIMIT, n] else zero


@njit(cache=True, nogil=True, error_model="numpy")
def _integers_forward(inputs, alpha, beta, bias, threshold, currents, potentials, out, p, fires, leaky, subtract, vmax):  # type: ignore[no-untyped-def]  # noqa: PLR0917
    steps = len(inputs)
    arrivals, potential, spikes = inputs.reshape(steps, -1), potentials.reshape(steps, -1), out.reshape(steps, -1)
    current = currents.reshape(len(currents), -1)
    columns = arrivals.shape[1]
    zero, one, vmax = np.float32(0), np.float32(1), np.float32(vmax)
    nothing = np.zeros(columns, np.float32)
    _fill(p, alpha, beta, bias, threshold, leaky, fires)
    for t in range(steps):
        x, v, sent = arrivals[t], potential[t], spikes[t]
        before = potential[t - 1] if t else nothing
        for start in range(0, columns, p.shape[1]):
            c, size = np.uintp(start), np.uintp(min(p.shape[1], columns - start))
            # float64: a product of V or I and a leak may have more bits than float32.
            if leaky:
                i, held = current[t], current[t - 1] if t else nothing
                for n in range(size):
                    i[c + n] = arrivals[t, c + n] + np.float32(
                        np.trunc(np.float64(held[c + n]) * np.float64(p[BETA, n]))
                    )
                x = i
            for n in range(size):
                last = before[c + n]
                taken = p[LIMIT, n] if subtract else last
                left = last - taken if last >= p[LIMIT, n] else last
                new = x[c + n] + np.float32(np.trunc(np.float64(left) * np.float64(p[ALPHA, n]))) + p[BIAS, n]
                v[c + n] = min(max(new, -vmax - one), vmax)
            for n in range(size):
                sent[c + n] = one if v[c + n] >= p[LIMIT, n] else zero


@njit(cache=True, nogil=True, error_model="numpy")
def _backward(of_spikes, of_potentials, alpha, beta, threshold, currents, potentials, of_arrivals, of_parameters, p,  # type: ignore[no-untyped-def]  # noqa: PLR0912, PLR0917
              fires, leaky, subtract, through_spikes, through_potential, of_threshold, slope):  # fmt: skip
    steps = len(potentials)
    grad_spikes = of_spikes.reshape(len(of_spikes), -1)
    grad_potential = of_potentials.reshape(len(of_potentials), -1)
    current = currents.reshape(len(currents), -1)
    potential, grad = potentials.reshape(steps, -1), of_arrivals.reshape(steps, -1)
    columns = potential.shape[1]
    zero, one, slope = np.float32(0), np.float32(1), np.float32(slope)
    nothing = np.zeros(columns, np.float32)
    of_v = np.empty((2, columns if leaky else 1), np.float32)
    _fill(p, alpha, beta, alpha, threshold, leaky, fires)
    # Summed over the tiles of a step, then over steps, then over the rows of a tile: few enough terms each for float32.
    s, total = p[5:9], p[9:]
    for t in range(steps - 1, -1, -1):
        v, of_i, later_i = potential[t], grad[t], grad[t + 1] if t + 1 < steps else nothing
        # The gradient of V; without I it is that of the arrivals.
        now = of_v[t % 2] if leaky else of_i
        later = later_i if not leaky else of_v[(t + 1) % 2] if t + 1 < steps else nothing
        s[:] = zero
        for start in range(0, columns, p.shape[1]):
            c, size = np.uintp(start), np.uintp(min(p.shape[1], columns - start))
            given = grad_spikes[t] if through_spikes else nothing
            # What V does to V a step later goes through what the reset leaves of it.
            if subtract:
                for n in range(size):
                    last = v[c + n]
                    width = one + slope * abs(last * p[INVERSE, n] - one)
                    new = later[c + n] * p[ALPHA, n] + given[c + n] * p[INVERSE, n] / (width * width)
                    s[OF_ALPHA, n] += later[c + n] * (last - p[LIMIT, n] if last >= p[LIMIT, n] else last)
                    s[OF_BIAS, n] += new
                    now[c + n] = new
            else:
                for n in range(size):
                    last = v[c + n]
                    width = one + slope * abs(last * p[INVERSE, n] - one)
                    back = zero if last >= p[LIMIT, n] else later[c + n]
                    new = back * p[ALPHA, n] + given[c + n] * p[INVERSE, n] / (width * width)
                    s[OF_ALPHA, n] += back * last
                    s[OF_BIAS, n] += new
                    now[c + n] = new
            if of_threshold:
                for n in range(size):
                    width = one + slope * abs(v[c + n] * p[INVERSE, n] - one)
                    s[OF_THRESHOLD, n] -= given[c + n] * p[INVERSE, n] / (width * width)
                    if subtract:
                        s[OF_THRESHOLD, n] -= later[c + n] * p[ALPHA, n] if v[c + n] >= p[LIMIT, n] else zero
            if through_potential:
                for n in range(size):
                    s[OF_BIAS, n] += grad_potential[t, c + n]
                    now[c + n] += grad_potential[t, c + n]
            if leaky:
                for n in range(size):
                    s[OF_BETA, n] += later_i[c + n] * current[t, c + n]
                    of_i[c + n] = now[c + n] + later_i[c + n] * p[BETA, n]
        total += s
    of_parameters[:] = zero
    for k in range(p.shape[1]):
        for row in range(4):
            of_parameters[row, k % len(alpha)] += total[row, k]
