"""``train.scan`` in machine code, for float32 on a CPU: one pass over memory forward and one backward."""

from typing import Any

import numpy as np
import torch
from numba import njit
from torch import Tensor

from model.network import Reset


def fits(x: Tensor) -> bool:
    """Whether the scan of a tensor can go this way."""
    return x.device.type == "cpu" and x.dtype == torch.float32


def forward(arrivals: Tensor, alpha: Tensor, beta: Tensor | None, bias: Tensor, threshold: Tensor,  # noqa: PLR0917
            rule: Any) -> tuple[Tensor, Tensor, Tensor | None]:  # fmt: skip
    """Spikes, potentials and, with ``beta``, currents; see ``train.scan.LifScan``."""
    arrivals = arrivals.contiguous()
    current = None if beta is None else torch.empty_like(arrivals)
    potential, spikes = torch.empty_like(arrivals), torch.empty_like(arrivals)
    limit = torch.full_like(threshold, torch.inf) if rule.reset is Reset.NONE else threshold
    scan = _integers_forward if rule.vmax else _forward
    scan(
        _array(arrivals), _array(alpha), _array(beta, 1), _array(bias), _array(limit), _array(current),
        _array(potential), _array(spikes), rule.reset is Reset.SUBTRACT, beta is not None, np.float32(rule.vmax),
    )  # fmt: skip
    return spikes, potential, current


def backward(grad_spikes: Tensor | None, grad_potential: Tensor | None, alpha: Tensor,  # noqa: PLR0917
             beta: Tensor | None, threshold: Tensor, current: Tensor | None, potential: Tensor, spikes: Tensor,
             rule: Any) -> tuple[Any, ...]:  # fmt: skip
    """Gradients of arrivals, alpha, beta, bias and threshold."""
    grad = torch.empty_like(potential)
    fires = rule.reset is not Reset.NONE
    # Summed over time for each sample, then over samples: few enough terms each for float32.
    sums = np.zeros((4, *potential.shape[1:]), np.float32)
    _backward(
        _array(grad_spikes if fires else None), _array(grad_potential), _array(alpha), _array(beta, 1),
        _array(threshold),
        _array(current), _array(potential), _array(spikes), _array(grad), sums,
        rule.reset is Reset.SUBTRACT, beta is not None, fires and grad_spikes is not None, grad_potential is not None,
        np.float32(rule.slope),
    )  # fmt: skip
    of_alpha, of_beta, of_bias, of_threshold = torch.from_numpy(sums.sum(1))
    return grad, of_alpha, None if beta is None else of_beta, of_bias, of_threshold if fires else None


def _array(x: Tensor | None, dimensions: int = 3) -> Any:
    """Its memory as numpy sees it; of what is not there, something of the same type."""
    return np.zeros((1,) * dimensions, np.float32) if x is None else x.detach().contiguous().numpy()


# Each inner loop writes one array: with more, LLVM gives up showing that they do not overlap, and SIMD with it.


@njit(cache=True, nogil=True, error_model="numpy")
def _forward(arrivals, alpha, beta, bias, threshold, current, potential, spikes, subtract, leaky, vmax):  # type: ignore[no-untyped-def]  # noqa: PLR0917
    steps, batch, neurons = arrivals.shape
    v = np.zeros((batch, neurons), np.float32)
    for t in range(steps):
        for b in range(batch):
            x, row, out, sent = arrivals[t, b], v[b], potential[t, b], spikes[t, b]
            if leaky:
                x = current[t, b]
                for n in range(neurons):
                    x[n] = arrivals[t, b, n]
                if t:
                    for n in range(neurons):
                        x[n] += current[t - 1, b, n] * beta[n]
            for n in range(neurons):
                out[n] = x[n] + row[n] * alpha[n] + bias[n]
            _fire(out, threshold, sent, row, subtract)


@njit(cache=True, nogil=True, error_model="numpy")
def _integers_forward(arrivals, alpha, beta, bias, threshold, current, potential, spikes, subtract, leaky, vmax):  # type: ignore[no-untyped-def]  # noqa: PLR0917
    steps, batch, neurons = arrivals.shape
    v = np.zeros((batch, neurons), np.float32)
    for t in range(steps):
        for b in range(batch):
            x, row, out, sent = arrivals[t, b], v[b], potential[t, b], spikes[t, b]
            # float64: a product of V or I and a leak may have more bits than float32.
            if leaky:
                x = current[t, b]
                for n in range(neurons):
                    x[n] = arrivals[t, b, n]
                if t:
                    for n in range(neurons):
                        x[n] += np.float32(np.trunc(np.float64(current[t - 1, b, n]) * np.float64(beta[n])))
            for n in range(neurons):
                new = x[n] + np.float32(np.trunc(np.float64(row[n]) * np.float64(alpha[n]))) + bias[n]
                out[n] = min(max(new, -vmax - np.float32(1)), vmax)
            _fire(out, threshold, sent, row, subtract)


@njit(cache=True, nogil=True, error_model="numpy")
def _fire(v, threshold, sent, left, subtract):  # type: ignore[no-untyped-def]
    zero, one = np.float32(0), np.float32(1)
    for n in range(len(v)):
        sent[n] = one if v[n] >= threshold[n] else zero
    if subtract:
        for n in range(len(v)):
            left[n] = v[n] - threshold[n] if v[n] >= threshold[n] else v[n]
    else:
        for n in range(len(v)):
            left[n] = zero if v[n] >= threshold[n] else v[n]


@njit(cache=True, nogil=True, error_model="numpy")
def _pull(grad, v, inverse, slope, pull):  # type: ignore[no-untyped-def]
    one = np.float32(1)
    for n in range(len(v)):
        width = one + slope * abs(v[n] * inverse[n] - one)
        pull[n] = grad[n] * inverse[n] / (width * width)


@njit(cache=True, nogil=True, error_model="numpy")
def _backward(grad_spikes, grad_potential, alpha, beta, threshold, current, potential, spikes, grad, sums,  # type: ignore[no-untyped-def]  # noqa: PLR0912, PLR0917
              subtract, leaky, through_spikes, through_potential, slope):  # fmt: skip
    steps, batch, neurons = potential.shape
    one = np.float32(1)
    of_v, of_i = np.zeros((batch, neurons), np.float32), np.zeros((batch, neurons), np.float32)
    inverse, pull = one / threshold, np.zeros(neurons, np.float32)
    for t in range(steps - 1, -1, -1):
        for b in range(batch):
            v, s, row, out = potential[t, b], spikes[t, b], of_v[b], grad[t, b]
            of_alpha, of_beta, of_bias, of_threshold = sums[0, b], sums[1, b], sums[2, b], sums[3, b]
            # What V does to V a step later: through what the reset leaves of it.
            if subtract:
                for n in range(neurons):
                    of_alpha[n] += row[n] * (v[n] - threshold[n] * s[n])
                for n in range(neurons):
                    out[n] = row[n] * alpha[n]
                for n in range(neurons):
                    of_threshold[n] -= out[n] * s[n]
            else:
                for n in range(neurons):
                    of_alpha[n] += row[n] * v[n] * (one - s[n])
                for n in range(neurons):
                    out[n] = row[n] * alpha[n] * (one - s[n])
            if through_potential:
                direct = grad_potential[t, b]
                for n in range(neurons):
                    out[n] += direct[n]
            if through_spikes:
                _pull(grad_spikes[t, b], v, inverse, slope, pull)
                for n in range(neurons):
                    of_threshold[n] -= pull[n]
                for n in range(neurons):
                    out[n] += pull[n]
            for n in range(neurons):
                of_bias[n] += out[n]
            for n in range(neurons):
                row[n] = out[n]
            if leaky:
                later, held = of_i[b], current[t, b]
                for n in range(neurons):
                    of_beta[n] += later[n] * held[n]
                for n in range(neurons):
                    out[n] += later[n] * beta[n]
                for n in range(neurons):
                    later[n] = out[n]
