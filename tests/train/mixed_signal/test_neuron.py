# SPDX-License-Identifier: Apache-2.0
"""train.mixed_signal.neuron: against closed forms, finer steps and finite differences."""

import math
from itertools import pairwise

import numpy as np
import pytest
import torch
from torch import Tensor

from train.mixed_signal.neuron import factors, run, spike, start, step
from train.mixed_signal.parameters import KINDS, Parameters, Synapse
from train.mixed_signal.scan import run_fast

F64 = torch.float64


def held(parameters: Parameters, dt: float, arrivals: list[float], kind: Synapse) -> list[float]:
    """The current of a synapse into which so many ampere arrive step by step."""
    kinds: tuple[Synapse, ...] = (kind,) if kind is Synapse.LUMPED else KINDS
    f = factors(parameters, dt, kinds, F64)
    state, place, seen = start(f, (1, 1, 1), F64), kinds.index(kind), []
    for each in arrivals:
        entering = [torch.zeros(1, 1, 1, dtype=F64) for _ in kinds]
        entering[place] += each
        state = step(state, entering, f, kinds)
        seen.append(float(state.synapses[place]))
    return seen


@pytest.mark.parametrize("kind", list(Synapse))
def test_the_response_of_a_synapse_to_a_spike(kind: Synapse) -> None:
    usual, dt, weight = Parameters(), 1e-3, 8e-9
    tau = usual.c_gaba * usual.u_t / (usual.kappa * usual.i_tau_gaba)
    seen = held(usual, dt, [weight] + [0.0] * 30, kind)
    # Bartolozzi and Indiveri 2007: up by gain I_w (1 - exp(-t/tau)) in the pulse, then down by exp(-t/tau).
    up = 100 * weight * (1 - math.exp(-10e-6 / tau))
    assert seen == pytest.approx([up * math.exp(-k * dt / tau) for k in range(31)], rel=1e-9)


@pytest.mark.parametrize("dt", [1e-3, 1e-4])
def test_the_response_of_a_synapse_to_a_step(dt: float) -> None:
    usual, weight, tau = Parameters(), 1e-9, 10e-3
    steps = round(0.1 / dt)
    seen = held(usual, dt, [weight] * steps, Synapse.LUMPED)
    level = 100 * weight * (1 - math.exp(-10e-6 / tau)) / (1 - math.exp(-dt / tau))
    assert seen[-1] == pytest.approx(level * (1 - math.exp(-0.1 / tau)), rel=1e-9)
    # In the mean, a DPI synapse is rate x gain x I_w x pulse width.
    assert level == pytest.approx(100 * weight * 10e-6 / dt, rel=0.06)


def spikes_of(parameters: Parameters, dt: float, seconds: float = 1.0) -> Tensor:
    """Spikes of a neuron that only its DC current drives; by the scan, which test_scan compares with the reference."""
    return run_fast(torch.zeros(round(seconds / dt), 1, 1, 1, dtype=F64), parameters, dt)[:, 0, 0, 0]


def period(parameters: Parameters) -> float:
    """Seconds between spikes of a neuron under constant current: 1/(dI/dt) integrated from I_o to threshold."""
    p, leak, gain = parameters, parameters.i_tau_mem + parameters.i_o, parameters.i_gain_mem
    target = p.gain("mem") * (max(p.i_dc - leak, p.i_o) - leak)
    rate, power = p.kappa / (p.c_mem * p.u_t), p.kappa / (p.kappa + 1)
    x = np.linspace(math.log(p.i_o), math.log(p.i_spkthr), 40_001)
    current = np.exp(x)
    pull = leak * (target - current * leak / p.i_tau_mem) / (current + gain)
    # dI/dt = rate I (pull + I_fb), so the time is the integral of dx / (rate (pull + I_fb)), x = ln I.
    slowness = 1 / (rate * (pull + p.i_o * (current / p.i_o) ** power))
    return float(((slowness[1:] + slowness[:-1]) / 2 * np.diff(x)).sum()) + p.refractory


@pytest.mark.parametrize("current", [40e-12, 100e-12, 1e-9, 10e-9])
def test_the_rate_under_constant_current(current: float) -> None:
    parameters = Parameters(i_dc=current)
    wanted = 1 / period(parameters)
    measured = float(spikes_of(parameters, 2e-6, 0.08).sum()) / 0.08
    assert measured == pytest.approx(wanted, abs=13, rel=0.01)


def test_below_rheobase_a_neuron_is_silent() -> None:
    # I_inf is at most I_tau / 2 times the gain here: leak and feedback meet at a fixed point below threshold.
    assert spikes_of(Parameters(i_dc=12e-12), 1e-4).sum() == 0
    assert spikes_of(Parameters(), 1e-3).sum() == 0


@pytest.mark.parametrize("refractory", [1e-3, 2.5e-3, 10e-3])
def test_the_refractory_limit(refractory: float) -> None:
    parameters = Parameters.of_times(refractory=refractory, i_dc=1e-3)
    at = torch.nonzero(spikes_of(parameters, 1e-5, 0.5))[:, 0].double() * 1e-5
    measured = float((len(at) - 1) / (at[-1] - at[0]))
    assert measured <= 1 / refractory + 1e-6
    assert measured == pytest.approx(1 / refractory, rel=0.02)
    # In steps of 1 ms, the membrane has to move for at least a part of one.
    coarse = float(spikes_of(parameters, 1e-3, 0.5).sum()) / 0.5
    assert coarse == pytest.approx(1 / (math.floor(refractory * 1e3) * 1e-3 + 1e-3), rel=0.02)


def test_halving_the_step_halves_the_error() -> None:
    parameters = Parameters(i_dc=300e-12)
    exact = period(parameters)

    def error(dt: float) -> float:
        at = torch.nonzero(spikes_of(parameters, dt, 0.3))[:, 0].double() * dt
        return abs(float((at[-1] - at[0]) / (len(at) - 1)) - exact)

    errors = [error(dt) for dt in (4e-5, 2e-5, 1e-5, 5e-6)]
    for coarse, fine in pairwise(errors):
        assert 1.6 < coarse / fine < 2.5


def test_adaptation_slows_a_neuron_down() -> None:
    plain, adapting = Parameters(i_dc=1e-9), Parameters(i_dc=1e-9, i_w_ahp=2e-6)
    before, after = spikes_of(plain, 1e-4, 0.5), spikes_of(adapting, 1e-4, 0.5)
    gaps = torch.diff(torch.nonzero(after)[:, 0])
    assert after.sum() < 0.8 * before.sum()
    assert gaps[-1] > gaps[0]


def drawn(shape: tuple[int, ...], seed: int, rate: float = 0.05) -> Tensor:
    return torch.from_numpy((np.random.default_rng(seed).random(shape) < rate).astype(np.float64))


def test_a_lumped_synapse_is_ampa_less_gaba() -> None:
    excite, inhibit = 12 * drawn((300, 2, 3, 2), 1, 0.3), 8 * drawn((300, 2, 3, 2), 2, 0.2)
    nothing = torch.zeros_like(excite)
    usual = Parameters()
    # The shunt's and AMPA's capacitor is another one, with the same time constant.
    full, peaks = run(torch.stack([excite, inhibit, nothing, nothing], 1), usual, trace=True)
    lumped, lumped_peaks = run(excite - inhibit, usual, trace=True)
    assert full.sum() > 200
    assert torch.equal(full, lumped)
    assert peaks is not None
    assert lumped_peaks is not None
    assert torch.allclose(peaks, lumped_peaks, rtol=1e-6)


def test_what_each_kind_of_synapse_does() -> None:
    base = 10 * drawn((500, 1, 1, 1), 3, 0.4)
    nothing = torch.zeros_like(base)

    def spikes(**extra: Tensor) -> float:
        given = {"ampa": base, **extra}
        return float(run(torch.stack([given.get(kind, nothing) for kind in KINDS], 1), Parameters())[0].sum())

    plain, more = spikes(), 6 * drawn((500, 1, 1, 1), 4, 0.3)
    assert spikes(nmda=more) > plain
    assert spikes(gaba=more) < plain
    assert spikes(shunt=more) < plain


def test_nmda_is_gated_by_the_membrane() -> None:
    given = torch.stack([torch.zeros(300, 1, 1, 1, dtype=F64), *torch.zeros(3, 300, 1, 1, 1, dtype=F64)], 1)
    given[:, 2] = 0.4
    open_, shut = (run(given, Parameters(i_if_nmda=gate))[0].sum() for gate in (1e-15, 1e-6))
    assert open_ > 0
    assert shut == 0


def test_recurrent_spikes_arrive_a_step_later() -> None:
    inward = torch.zeros(12, 1, 1, 2, dtype=F64)
    inward[:, 0, 0, 0] = 300.0
    weights = torch.tensor([[0.0, 0.0], [500.0, 0.0]], dtype=F64)
    alone, together = (run(inward, Parameters(), recurrent=w, trace=True) for w in (None, weights))
    first = int(torch.nonzero(alone[0][:, 0, 0, 0])[0])
    assert together[1] is not None
    assert alone[1] is not None
    other, quiet = together[1][:, 0, 0, 1], alone[1][:, 0, 0, 1]
    assert torch.equal(other[: first + 1], quiet[: first + 1])
    assert other[first + 1] > 2 * quiet[first + 1]


def test_the_gradient_of_the_smooth_parts() -> None:
    """Membrane and synapse currents of a neuron that does not spike, against finite differences."""

    def peak(scaled: Tensor, tau: Tensor) -> Tensor:
        parameters = Parameters(i_spkthr=1.0, i_tau_mem=tau * 5e-12, i_gain_mem=tau * 20e-12)
        arrivals = scaled * torch.linspace(1, 2, 8, dtype=F64)[:, None, None, None].expand(8, 1, 1, 2)
        trace = run(arrivals, parameters, 1e-4, trace=True)[1]
        assert trace is not None
        return trace[-1] * 1e12

    at = torch.tensor([0.02, 0.03], dtype=F64, requires_grad=True)
    tau = torch.tensor([1.0, 1.3], dtype=F64, requires_grad=True)
    assert torch.autograd.gradcheck(peak, (at, tau), eps=1e-6, rtol=1e-4)


def test_the_surrogate_gradient() -> None:
    current = torch.tensor([0.5e-12, 1e-12, 0.9e-7, 3e-7], dtype=F64, requires_grad=True)
    threshold, dark = (torch.full_like(current, value) for value in (1e-7, 0.5e-12))
    out = spike(current, threshold, dark)
    assert out.tolist() == [0, 0, 0, 1]
    (grad,) = torch.autograd.grad(out.sum(), current)
    assert grad.tolist() == pytest.approx([0, 1e7, 1e7, 1e7])


def test_truncated_gradients_stay_small() -> None:
    inward = 6 * drawn((300, 1, 2, 2), 7, 0.6)
    sizes = []
    for truncate in (False, True):
        given = inward.clone().requires_grad_()
        spikes, _ = run(given, Parameters(), truncate=truncate)
        (grad,) = torch.autograd.grad(spikes.sum(), given)
        assert spikes.sum() > 20
        sizes.append(float(grad.abs().max()))
    assert sizes[1] < sizes[0] / 3
    assert sizes[1] > 0
