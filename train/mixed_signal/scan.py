# SPDX-License-Identifier: Apache-2.0
"""``train.mixed_signal.neuron.run`` for simplified neurons in machine code: a pass over time forward, and one back.

The same equations and the same gradients, of arrivals and recurrent weights; parameters of the neurons are constants.
A step of a neuron takes well under a microsecond, so 500 steps of a small network train in milliseconds.
"""

from typing import Any

import numpy as np
import torch
from numba import njit
from torch import Tensor

from train.mixed_signal.neuron import factors
from train.mixed_signal.parameters import Parameters, Synapse

COEFFICIENTS = (
    "decay", "jump", "decay_ahp", "jump_ahp", "rate", "power", "refractory", "leak", "gain", "ratio", "dark", "dc",
    "threshold",
)  # fmt: skip
DECAY, JUMP, DECAY_AHP, JUMP_AHP, RATE, POWER, REFRACTORY, LEAK, GAIN, RATIO, DARK, DC, THRESHOLD = range(13)


def run_fast(arrivals: Tensor, parameters: Parameters, dt: float = 1e-3, *, recurrent: Tensor | None = None,
             truncate: bool = False) -> Tensor:  # fmt: skip
    """Spikes of simplified neurons, as ``train.mixed_signal.neuron.run``.

    Arrivals are (steps, devices, samples, neurons) in float64 on the CPU, recurrent weights (to, from) or
    (devices, to, from).
    """
    _, devices, _, neurons = arrivals.shape
    if recurrent is None:
        recurrent = arrivals.new_zeros(neurons, neurons)
    loops = recurrent.expand(devices, neurons, neurons)
    scale = torch.as_tensor(parameters.i_scale, dtype=torch.float64)
    # Of the target neuron: (devices, 1, neurons) or a number.
    towards = scale if scale.dim() < 2 else scale.transpose(-1, -2)
    result: Tensor = _Scan.apply(
        arrivals * scale, loops * towards, coefficients(parameters, dt, devices, neurons), truncate
    )
    return result


def coefficients(parameters: Parameters, dt: float, devices: int, neurons: int) -> Any:
    """The factors of the simplified neurons as an array (devices, neurons, coefficients)."""
    f = factors(parameters, dt, (Synapse.LUMPED,), torch.float64)
    values = [getattr(f, name) for name in COEFFICIENTS]
    rows = [each[0] if isinstance(each, tuple) else each for each in values]
    shape = (devices, 1, neurons)
    return np.stack([each.expand(shape)[:, 0].numpy() for each in rows], axis=-1)


class _Scan(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, arrivals: Tensor, loops: Tensor, table: Any, truncate: bool) -> Tensor:
        inward, weights = arrivals.detach().contiguous().numpy(), loops.detach().contiguous().numpy()
        spikes, before, synapse, ahp, active = (np.zeros_like(inward) for _ in range(5))
        _forward(inward, weights, table, spikes, before, synapse, ahp, active)
        ctx.truncate = truncate
        ctx.held = (weights, table, spikes, before, synapse, ahp, active)
        return torch.from_numpy(spikes)

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor, Tensor, None, None]:
        weights, table, spikes, before, synapse, ahp, active = ctx.held
        of_arrivals, of_weights = np.zeros_like(spikes), np.zeros_like(weights)
        _backward(
            grad.contiguous().numpy(),
            weights,
            table,
            spikes,
            before,
            synapse,
            ahp,
            active,
            of_arrivals,
            of_weights,
            ctx.truncate,
        )
        return torch.from_numpy(of_arrivals), torch.from_numpy(of_weights), None, None


@njit(cache=True)
def _forward(inward: Any, weights: Any, table: Any, spikes: Any, before: Any, synapse: Any, ahp: Any,  # noqa: PLR0917
             active: Any) -> None:  # pragma: no cover  # fmt: skip
    steps, devices, samples, neurons = inward.shape
    for d in range(devices):
        for p in range(samples):
            rest, held = np.zeros(neurons), np.zeros(neurons)
            tired, membrane = table[d, :, DARK].copy(), table[d, :, DARK].copy()
            for t in range(steps):
                for n in range(neurons):
                    c = table[d, n]
                    arriving = inward[t, d, p, n]
                    if t > 0:
                        for m in range(neurons):
                            arriving += weights[d, n, m] * spikes[t - 1, d, p, m]
                        tired[n] = tired[n] * c[DECAY_AHP] + spikes[t - 1, d, p, n] * c[JUMP_AHP]
                    tired[n] = max(tired[n], c[DARK])
                    held[n] = held[n] * c[DECAY] + arriving * c[JUMP]
                    share = min(max(1 - rest[n], 0.0), 1.0)
                    before[t, d, p, n], synapse[t, d, p, n], ahp[t, d, p, n] = membrane[n], held[n], tired[n]
                    active[t, d, p, n] = share
                    membrane[n] = max(membrane[n] + share * _moved(c, membrane[n], held[n], tired[n]), c[DARK])
                    rest[n] = max(rest[n] - 1, 0.0)
                    if membrane[n] > c[THRESHOLD]:
                        spikes[t, d, p, n] = 1
                        membrane[n], rest[n] = c[DARK], c[REFRACTORY]


@njit(cache=True)
def _moved(c: Any, membrane: float, held: float, tired: float) -> float:  # pragma: no cover
    """What the membrane current changes by in a step."""
    leak = c[LEAK] + tired
    target = c[RATIO] * (max(held - leak + c[DC], c[DARK]) - leak)
    feedback = c[DARK] * (membrane / c[DARK]) ** c[POWER]
    slope = leak * (target - membrane * leak / c[LEAK]) / (membrane + c[GAIN]) + feedback
    return float(c[RATE] * membrane * slope)


@njit(cache=True)
def _backward(grad: Any, weights: Any, table: Any, spikes: Any, before: Any, synapse: Any, ahp: Any,  # noqa: PLR0917
              active: Any, of_arrivals: Any, of_weights: Any, truncate: bool) -> None:  # pragma: no cover  # fmt: skip
    steps, devices, samples, neurons = grad.shape
    for d in range(devices):
        for p in range(samples):
            g_membrane, g_held, g_tired = np.zeros(neurons), np.zeros(neurons), np.zeros(neurons)
            arrived = np.zeros(neurons)
            for t in range(steps - 1, -1, -1):
                g_spike = np.zeros(neurons)
                for n in range(neurons):
                    # Into the next step: at other neurons, and at its own adaptation.
                    g_spike[n] = grad[t, d, p, n] + table[d, n, JUMP_AHP] * g_tired[n]
                    for m in range(neurons):
                        g_spike[n] += weights[d, m, n] * arrived[m]
                for n in range(neurons):
                    c = table[d, n]
                    g_tired[n] *= c[DECAY_AHP]
                    membrane, held, tired, share = (
                        before[t, d, p, n], synapse[t, d, p, n], ahp[t, d, p, n], active[t, d, p, n],
                    )  # fmt: skip
                    leak = c[LEAK] + tired
                    drive = held - leak + c[DC]
                    target = c[RATIO] * (max(drive, c[DARK]) - leak)
                    feedback = c[DARK] * (membrane / c[DARK]) ** c[POWER]
                    below, out = membrane + c[GAIN], target - membrane * leak / c[LEAK]
                    slope = leak * out / below + feedback
                    rate = c[RATE] * share
                    peak = membrane + rate * membrane * slope
                    g_peak = g_membrane[n] if spikes[t, d, p, n] == 0 else 0.0
                    if peak > c[DARK]:
                        g_peak += g_spike[n] / c[THRESHOLD]
                    else:
                        g_peak = 0.0
                    of_target = rate * membrane * leak / below
                    of_leak = rate * membrane * (out - leak * membrane / c[LEAK]) / below - c[RATIO] * of_target
                    of_drive = c[RATIO] * of_target if drive > c[DARK] else 0.0
                    inner = -(leak * leak / c[LEAK] * below + leak * out) / (below * below)
                    inner += c[POWER] * feedback / membrane
                    g_membrane[n] = 0.0 if truncate else g_peak * (1 + rate * (slope + membrane * inner))
                    g_held[n] = g_held[n] * c[DECAY] + g_peak * of_drive
                    g_tired[n] += g_peak * (of_leak - of_drive)
                    arrived[n] = g_held[n] * c[JUMP]
                    of_arrivals[t, d, p, n] = arrived[n]
                    if tired <= c[DARK]:
                        g_tired[n] = 0.0
                    if t > 0:
                        for m in range(neurons):
                            of_weights[d, n, m] += arrived[n] * spikes[t - 1, d, p, m]
