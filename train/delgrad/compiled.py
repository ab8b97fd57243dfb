# SPDX-License-Identifier: Apache-2.0
"""``train.delgrad.closed`` in machine code, for a CPU: prefixes are left as soon as one of them has the spike.

Same shapes, same rule; sums are in float64, whatever the tensors are.
"""

import math
from typing import Any

import numpy as np
import torch
from numba import njit
from torch import Tensor

from train.delgrad.closed import SLACK
from train.delgrad.lambert import SERIES, SPLIT, STEPS
from train.delgrad.neuron import Neuron

FEW = 64
"""Inputs that are sorted one by one."""


def fits(x: Tensor) -> bool:
    """Whether the layers of a tensor can go this way."""
    return x.device.type == "cpu" and x.dtype in (torch.float32, torch.float64)


def spike_times(arrivals: Tensor, weights: Tensor, level: Tensor, neuron: Neuron) -> Tensor:
    """As ``train.delgrad.closed.spike_times``."""
    times = arrivals.new_empty(len(arrivals), len(weights))
    slack = SLACK * torch.finfo(arrivals.dtype).eps
    _forward(_array(arrivals), _array(weights), _array(level), times.numpy(), neuron.ratio, slack)
    return times


def gradients(  # noqa: PLR0917
    grad: Tensor, times: Tensor, arrivals: Tensor, weights: Tensor, level: Tensor, neuron: Neuron
) -> tuple[Tensor, Tensor]:
    """As ``train.delgrad.closed.gradients``."""
    of_arrivals, of_weights = torch.zeros_like(arrivals), weights.new_zeros(weights.shape, dtype=torch.float64)
    _backward(
        _array(grad), _array(times), _array(arrivals), _array(weights), _array(level), _array(of_arrivals),
        of_weights.numpy(), neuron.ratio, neuron.slope_floor,
    )  # fmt: skip
    return of_arrivals, of_weights.to(weights.dtype)


def _array(x: Tensor) -> Any:
    """Its memory as numpy sees it."""
    return x.detach().contiguous().numpy()


@njit(cache=True, nogil=True, error_model="numpy")
def _first_root(q):  # type: ignore[no-untyped-def]
    p = math.sqrt(2 * q)
    if q < SPLIT:
        u = 1 - p * (1 - p * (1 / 3 - p * (1 / 36 + p * (1 / 270 + p / 4320))))
        if p < SERIES:
            return u
    else:
        z = math.exp(-1 - q)
        u = z * (1 + z * (1 + 1.5 * z))
        if z == 0:
            return z
    for _ in range(STEPS):
        step = (math.log(u) - u + 1 + q) / (1 - u)
        u *= math.exp(-min(max(step, -1.0), 1.0))
    return u


@njit(cache=True, nogil=True, error_model="numpy")
def _sort(times, at, which):  # type: ignore[no-untyped-def]
    """Put the finite times in order, with their places; how many there are. The first comes first on a tie."""
    if len(times) > FEW:
        order = np.argsort(times, kind="mergesort")
        for k in range(len(times)):
            at[k], which[k] = times[order[k]], order[k]
            if not at[k] < np.inf:
                return k
        return len(times)
    count = 0
    for i in range(len(times)):
        t = times[i]
        if not t < np.inf:
            continue
        k = count
        while k and at[k - 1] > t:
            at[k], which[k] = at[k - 1], which[k - 1]
            k -= 1
        at[k], which[k] = t, i
        count += 1
    return count


@njit(cache=True, nogil=True, error_model="numpy")
def _candidate(slow, fast, level, ratio):  # type: ignore[no-untyped-def]
    """When a prefix reaches the level, after its last input; -infinity: never. With equal time constants ``slow`` is
    the moment."""
    if ratio == 2:
        root = slow * slow - 4 * fast * level
        if fast > 0 and slow > 0 and root >= 0:
            return 2 * math.log(2 * fast / (slow + math.sqrt(root)))
    elif fast > 0:
        q = -1 - slow / fast - math.log(level / fast)
        if q >= 0:
            return slow / fast + _first_root(q)
    return -np.inf


@njit(cache=True, nogil=True, error_model="numpy")
def _reaches(slow, fast, level, ratio, gap, decay):  # type: ignore[no-untyped-def]  # noqa: PLR0917
    """Whether a prefix may reach the level before the next input, without a logarithm: the drive at that input is above
    it, or its peak comes before."""
    if fast <= 0:
        return False
    if ratio == 2:
        # The peak, where exp(-s/2) = slow / (2 fast).
        return (slow - fast * decay) * decay >= level or decay <= slow / (2 * fast)
    return (gap * fast - slow) * decay >= level or gap >= 1 + slow / fast


@njit(cache=True, nogil=True, error_model="numpy")
def _forward(arrivals, weights, level, times, ratio, slack):  # type: ignore[no-untyped-def]  # noqa: PLR0917
    batch, rows, sources = arrivals.shape
    at, which = np.zeros(sources), np.zeros(sources, np.int64)
    gap, decay, count = np.zeros(sources), np.zeros(sources), 0
    for n in range(batch):
        for j in range(len(weights)):
            r = j if rows > 1 else 0
            if j == r:
                # Order, and decay from each input to the next, once for all targets that share them.
                count = _sort(arrivals[n, r], at, which)
                for k in range(1, count):
                    gap[k] = at[k] - at[k - 1]
                    decay[k] = math.exp(-gap[k] / ratio)
            slow, fast, spike = 0.0, 0.0, np.inf
            c = np.float64(level[j])
            for k in range(count):
                w = np.float64(weights[j, which[k]])
                if ratio == 2:
                    slow = slow * decay[k] + w
                    fast = fast * decay[k] * decay[k] + w
                else:
                    slow = (slow - gap[k] * fast) * decay[k]
                    fast = fast * decay[k] + w
                t = at[k]
                until = at[k + 1] if k + 1 < count else np.inf
                if k + 1 < count and not _reaches(slow, fast, c, ratio, gap[k + 1], decay[k + 1]):
                    continue
                after = _candidate(slow, fast, c, ratio)
                if after >= -slack * (1 + abs(t)) and t + after <= until:
                    spike = t + max(after, 0.0)
                    break
            times[n, j] = spike


@njit(cache=True, nogil=True, error_model="numpy")
def _backward(grad, times, arrivals, weights, level, of_arrivals, of_weights, ratio, floor):  # type: ignore[no-untyped-def]  # noqa: PLR0917
    batch, rows, sources = arrivals.shape
    kernel, slope = np.zeros(sources), np.zeros(sources)
    for n in range(batch):
        for j in range(len(weights)):
            spike, g = np.float64(times[n, j]), np.float64(grad[n, j])
            if not spike < np.inf or g == 0:
                continue
            r = j if rows > 1 else 0
            steep = 0.0
            for i in range(sources):
                since = spike - np.float64(arrivals[n, r, i])
                kernel[i] = slope[i] = 0.0
                if since > 0:
                    decay = math.exp(-since / ratio)
                    if ratio == 2:
                        kernel[i], slope[i] = decay - decay * decay, decay * decay - decay / 2
                    else:
                        kernel[i], slope[i] = since * decay, (1 - since) * decay
                    steep += weights[j, i] * slope[i]
            g /= max(steep, floor * level[j])
            for i in range(sources):
                of_weights[j, i] -= g * kernel[i]
                of_arrivals[n, r, i] += g * weights[j, i] * slope[i]
