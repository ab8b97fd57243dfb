# SPDX-License-Identifier: Apache-2.0
"""Mixed-signal neurons step by step, by torch's autograd: the reference, with every kind of synapse.

One step of dt, all currents in ampere (arXiv 2303.12167):

- synapse: I <- I exp(-dt/tau) + (I_gain/I_tau) I_w (1 - exp(-t_pulse/tau)) for each spike;
  I_syn = I_ampa - I_gaba + I_nmda I_mem/(I_mem + I_if_nmda) - I_shunt, or I_syn = I_lumped, which has a sign;
- adaptation: the same, driven by the neuron's own spikes, at least I_o;
- membrane, forward Euler: I_leak = I_tau + I_ahp, I_in = max(I_syn - I_leak + I_dc, I_o),
  I_inf = (I_gain/I_tau) (I_in - I_leak), I_fb = I_o (I_mem/I_o)^(kappa/(kappa+1)),
  dI_mem/dt = I_mem/(tau(I_leak) (I_mem + I_gain)) (I_inf + (I_fb/I_leak) (I_mem + I_gain) - I_mem I_leak/I_tau);
- a spike where I_mem > I_spkthr, then I_mem = I_o. In the refractory period after it the membrane rests; where that
  ends inside a step, the membrane moves for the rest of the step.

A spike of step t reaches other neurons in step t + 1. The gradient of a spike is 1/I_spkthr where I_mem exceeds I_o, as
published; none passes the reset. A gradient grows backward as the membrane current grew, from the dark current to
threshold by five orders; ``truncate`` stops it at the membrane's own past, so that it goes back through synapses,
adaptation and other neurons only.
"""

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from train.mixed_signal.parameters import KINDS, Parameters, Synapse


class _Spike(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, current: Tensor, threshold: Tensor, reset: Tensor) -> Tensor:
        ctx.save_for_backward(current, threshold, reset)
        return (current > threshold).to(current.dtype)

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor, None, None]:
        current, threshold, reset = ctx.saved_tensors
        return grad / threshold * (current > reset), None, None


def spike(current: Tensor, threshold: Tensor, reset: Tensor) -> Tensor:
    """1 where a membrane current is above threshold, else 0; the published surrogate gradient."""
    result: Tensor = _Spike.apply(current, threshold, reset)
    return result


@dataclass(frozen=True, kw_only=True)
class Factors:
    """What parameters come to at a time step; each a tensor that broadcasts to (devices, samples, neurons)."""

    decay: tuple[Tensor, ...]
    """Of each synapse's current in a step."""
    jump: tuple[Tensor, ...]
    """By what the current of a weight is multiplied that a spike adds to each synapse."""
    decay_ahp: Tensor
    jump_ahp: Tensor
    """Ampere a spike."""
    rate: Tensor
    """dt / (tau I), per ampere: kappa dt / (C U_T)."""
    power: Tensor
    """kappa / (kappa + 1)."""
    refractory: Tensor
    """In steps."""
    leak: Tensor
    gain: Tensor
    ratio: Tensor
    """I_gain / I_tau of the membrane."""
    dark: Tensor
    dc: Tensor
    threshold: Tensor
    nmda: Tensor


def factors(parameters: Parameters, dt: float, kinds: tuple[Synapse, ...], dtype: torch.dtype) -> Factors:
    """The factors of a time step in seconds, for synapses of these kinds."""

    def tensor(value: Any) -> Tensor:
        return torch.as_tensor(value, dtype=dtype)

    def node(name: str, pulse: Any) -> tuple[Tensor, Tensor]:
        tau = tensor(parameters.tau(name))
        return torch.exp(-dt / tau), tensor(parameters.gain(name)) * -torch.expm1(-tensor(pulse) / tau)

    synapses = [node(kind, parameters.pulse) for kind in kinds]
    decay_ahp, jump_ahp = node("ahp", parameters.pulse_ahp)
    kappa = tensor(parameters.kappa)
    return Factors(
        decay=tuple(each for each, _ in synapses), jump=tuple(each for _, each in synapses),
        decay_ahp=decay_ahp, jump_ahp=jump_ahp * tensor(parameters.i_w_ahp),
        rate=dt * kappa / tensor(parameters.c_mem * parameters.u_t), power=kappa / (kappa + 1),
        refractory=tensor(parameters.refractory) / dt, leak=tensor(parameters.i_tau_mem),
        gain=tensor(parameters.i_gain_mem), ratio=tensor(parameters.gain("mem")), dark=tensor(parameters.i_o),
        dc=tensor(parameters.i_dc), threshold=tensor(parameters.i_spkthr), nmda=tensor(parameters.i_if_nmda),
    )  # fmt: skip


@dataclass
class State:
    """Currents in ampere, and steps that are left of the refractory period; (..., neurons)."""

    synapses: list[Tensor]
    ahp: Tensor
    membrane: Tensor
    rest: Tensor
    spikes: Tensor
    peak: Tensor
    """Membrane current before the reset."""


def start(f: Factors, shape: tuple[int, ...], dtype: torch.dtype) -> State:
    """At rest: no synaptic current, all others dark."""
    zero = torch.zeros(shape, dtype=dtype)
    return State([zero] * len(f.decay), f.dark + zero, f.dark + zero, zero, zero, f.dark + zero)


def step(state: State, arrivals: list[Tensor], f: Factors, kinds: tuple[Synapse, ...], *,
         truncate: bool = False) -> State:  # fmt: skip
    """A step later. ``arrivals``: the sum of the weights' currents that arrive at each synapse, in ampere."""
    now = [
        held * decay + each * jump
        for held, each, decay, jump in zip(state.synapses, arrivals, f.decay, f.jump, strict=True)
    ]
    ahp = torch.maximum(state.ahp * f.decay_ahp + state.spikes * f.jump_ahp, f.dark)
    membrane, leak = state.membrane.detach() if truncate else state.membrane, f.leak + ahp
    if kinds == (Synapse.LUMPED,):
        drive = now[0]
    else:
        ampa, gaba, nmda, shunt = now
        drive = ampa - gaba + nmda * membrane / (membrane + f.nmda) - shunt
    entering = torch.maximum(drive - leak + f.dc, f.dark)
    target = f.ratio * (entering - leak)
    feedback = f.dark * (membrane / f.dark) ** f.power
    active = (1 - state.rest).clamp(0, 1)
    slope = leak * (target - membrane * leak / f.leak) / (membrane + f.gain) + feedback
    peak = torch.maximum(membrane + f.rate * active * membrane * slope, f.dark)
    spikes = spike(peak, f.threshold.expand_as(peak), f.dark.expand_as(peak))
    fired = spikes.detach() > 0
    rest = torch.where(fired, f.refractory, (state.rest - 1).clamp(min=0))
    return State(now, ahp, torch.where(fired, f.dark, peak), rest, spikes, peak)


def run(arrivals: Tensor, parameters: Parameters, dt: float = 1e-3, *, recurrent: Tensor | None = None,
        trace: bool = False, truncate: bool = False) -> tuple[Tensor, Tensor | None]:  # fmt: skip
    """Spikes (steps, devices, samples, neurons), 0 or 1, and with ``trace`` the membrane currents before resets.

    ``arrivals``: the sum of weights that arrive from outside, of that shape for simplified neurons, and with an axis
    for the kinds of synapses (``KINDS``) after the steps for others. ``recurrent``: weights (to, from), or
    (devices, to, from) of each device, with that axis in front for others. A weight of 1 is ``i_scale``; weights of
    the simplified neuron have a sign, others none.
    """
    full = arrivals.dim() == 5
    kinds: tuple[Synapse, ...] = KINDS if full else (Synapse.LUMPED,)
    dtype = arrivals.dtype
    f, scale = factors(parameters, dt, kinds, dtype), torch.as_tensor(parameters.i_scale, dtype=dtype)
    inward = arrivals if full else arrivals.unsqueeze(1)
    loops = None if recurrent is None else list(recurrent if full else recurrent.unsqueeze(0))
    state = start(f, tuple(inward.shape[2:]), dtype)
    spikes, peaks = [], []
    for now in inward:
        each = list(now)
        if loops is not None:
            each = [a + state.spikes @ w.transpose(-1, -2) for a, w in zip(each, loops, strict=True)]
        state = step(state, [a * scale for a in each], f, kinds, truncate=truncate)
        spikes.append(state.spikes)
        if trace:
            peaks.append(state.peak)
    return torch.stack(spikes), torch.stack(peaks) if trace else None
