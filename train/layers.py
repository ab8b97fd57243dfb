"""Spiking layers in floating point, in the update order of the hardware contract; time is the first axis.

I[t] = beta I[t-1] + arrivals[t];  V[t] = alpha V[t-1] + I[t] + bias;  spike if V[t] >= threshold; then reset.
"""

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.autograd.function import once_differentiable

from model.network import Reset

EXACT = 1 << 24
"""Integers up to here are exact in float32."""


class LifScan(torch.autograd.Function):
    """The whole time loop of a layer as one function with its own backward pass.

    The gradient of a spike is 1 / (1 + slope |V - threshold|)^2 (fast sigmoid, Zenke & Ganguli 2018); the reset is
    taken as given (no gradient through the spike that caused it).
    """

    @staticmethod
    def forward(ctx: Any, arrivals: Tensor, alpha: Tensor, beta: Tensor | None, bias: Tensor,  # noqa: PLR0917
                threshold: float, reset: Reset, slope: float) -> tuple[Tensor, Tensor]:  # fmt: skip
        """Spikes (0 or 1) and potentials before the reset, both (steps, batch, neurons), for arrivals of that shape.

        ``alpha``, ``beta`` and ``bias`` have shape (neurons,); without ``beta`` I holds this step's arrivals only.
        """
        current = arrivals if beta is None else torch.empty_like(arrivals)
        potential, spikes = torch.empty_like(arrivals), torch.zeros_like(arrivals)
        i = v = torch.zeros_like(arrivals[0])
        for t in range(len(arrivals)):
            if beta is not None:
                i = torch.addcmul(arrivals[t], i, beta, out=current[t])
            v = torch.addcmul(current[t], v, alpha, out=potential[t]).add_(bias)
            if reset is Reset.NONE:
                continue
            fired = torch.ge(v, threshold, out=spikes[t])
            v = v.addcmul(fired, v, value=-1) if reset is Reset.ZERO else v.sub(fired, alpha=threshold)
        ctx.save_for_backward(alpha, beta, current if beta is not None else None, potential, spikes)
        ctx.threshold, ctx.reset, ctx.slope = threshold, reset, slope
        return spikes, potential

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad_spikes: Tensor, grad_potential: Tensor) -> tuple[Any, ...]:
        """Gradients of arrivals, alpha, beta and bias."""
        alpha, beta, current, potential, spikes = ctx.saved_tensors
        after = potential
        grad = grad_potential.clone()
        keep = alpha.expand_as(potential)
        if ctx.reset is not Reset.NONE:
            grad += grad_spikes / (1 + ctx.slope * (potential - ctx.threshold).abs()).square()
            after = potential * (1 - spikes) if ctx.reset is Reset.ZERO else potential - ctx.threshold * spikes
            keep = alpha * (1 - spikes) if ctx.reset is Reset.ZERO else keep
        # dL/dV[t] takes in what V[t] does to V[t+1], latest step first.
        for t in range(len(grad) - 2, -1, -1):
            grad[t].addcmul_(grad[t + 1], keep[t])
        grad_alpha = (grad[1:] * after[:-1]).sum((0, 1))
        grad_bias = grad.sum((0, 1))
        grad_beta = None
        if beta is not None:
            grad = grad.clone()
            for t in range(len(grad) - 2, -1, -1):
                grad[t].addcmul_(grad[t + 1], beta)
            grad_beta = (grad[1:] * current[:-1]).sum((0, 1))
        return grad, grad_alpha, grad_beta, grad_bias, None, None, None


class DelayProduct(torch.autograd.Function):
    """Sum over delays of shifted products: y[t] = sum_k x[t - delay_k] @ weight[k].

    Only products and sums of float32, so integers whose sums stay below 2**24 come out exact.
    """

    @staticmethod
    def forward(ctx: Any, x: Tensor, weight: Tensor, delays: tuple[int, ...]) -> Tensor:
        """``x`` (steps, batch, sources), ``weight`` (delays, sources, targets) -> (steps, batch, targets)."""
        steps, batch, sources = x.shape
        targets = weight.shape[2]
        y = x.new_zeros(steps, batch, targets)
        for k, d in enumerate(delays):
            if d < steps:
                y[d:].view(-1, targets).addmm_(x[: steps - d].reshape(-1, sources), weight[k])
        ctx.save_for_backward(x, weight)
        ctx.delays = delays
        return y

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor | None, Tensor, None]:
        """Gradients of x (if it needs one) and weight."""
        x, weight = ctx.saved_tensors
        steps, _, sources = x.shape
        targets = weight.shape[2]
        grad, x = grad.contiguous(), x.contiguous()
        grad_x = torch.zeros_like(x) if ctx.needs_input_grad[0] else None
        grad_weight = torch.zeros_like(weight)
        for k, d in enumerate(ctx.delays):
            if d < steps:
                later = grad[d:].view(-1, targets)
                if grad_x is not None:
                    grad_x[: steps - d].view(-1, sources).addmm_(later, weight[k].T)
                torch.mm(x[: steps - d].view(-1, sources).T, later, out=grad_weight[k])
        return grad_x, grad_weight, None


class DelaySynapses(nn.Module):
    """All pairs of sources and targets, joined by one synapse per delay; a mask prunes."""

    def __init__(self, sources: int, targets: int, delays: Sequence[int], *, generator: torch.Generator,
                 share: int = 1) -> None:  # fmt: skip
        """Weights start normal, with a variance of 1 / (sources * delays).

        ``share`` neighbouring sources share their weights in training; in hardware each has its own copy.
        """
        super().__init__()
        self.delays, self.share = tuple(delays), share
        weight = torch.randn(len(self.delays), sources // share, targets, generator=generator)
        self.weight = nn.Parameter(weight / (sources * len(self.delays)) ** 0.5)
        self.mask: Tensor
        self.register_buffer("mask", torch.ones_like(weight, dtype=torch.bool))

    def forward(self, x: Tensor) -> Tensor:
        """Arrivals (steps, batch, targets) of the events x (steps, batch, sources)."""
        if self.share > 1:
            x = x.unflatten(-1, (-1, self.share)).sum(-1)
        result: Tensor = DelayProduct.apply(x, self.weight * self.mask, self.delays)
        return result

    def matrix(self) -> Tensor:
        """Weights of all synapses, (delays, sources, targets); 0 where pruned."""
        return (self.weight * self.mask).detach().repeat_interleave(self.share, 1)

    @torch.no_grad()
    def prune(self, keep: int) -> None:
        """Keep the ``keep`` synapses of largest weight of every pair; the mask stays for good."""
        order = self.weight.abs().argsort(dim=0, descending=True, stable=True)
        self.mask.zero_().scatter_(0, order[:keep], True)
        self.weight.mul_(self.mask)


class Lif(nn.Module):
    """Neurons with a learned leak; threshold 1, because weights already set the scale."""

    THRESHOLD = 1.0

    def __init__(self, count: int, *, alpha: float | None, beta: float | None, reset: Reset, slope: float,
                 normalise: bool) -> None:  # fmt: skip
        """``alpha`` None: V leaks nothing; ``beta`` None: delta synapses. Both learn otherwise, kept within 0..1.

        ``normalise``: batch normalisation of the arrivals to a standard deviation of 0.5 of the threshold at the start.
        """
        super().__init__()
        self.reset, self.slope = reset, slope
        self.alpha_logit = None if alpha is None else nn.Parameter(torch.logit(torch.full((count,), alpha)))
        self.beta_logit = None if beta is None else nn.Parameter(torch.logit(torch.full((count,), beta)))
        self.bias = nn.Parameter(torch.zeros(count))
        self.norm = nn.BatchNorm1d(count, affine=False, momentum=0.05) if normalise else None
        self.gain = nn.Parameter(torch.full((count,), 0.5)) if normalise else None

    def alpha(self) -> Tensor:
        """Leak factor of V, (neurons,)."""
        return torch.ones_like(self.bias) if self.alpha_logit is None else torch.sigmoid(self.alpha_logit)

    def beta(self) -> Tensor | None:
        """Leak factor of I, (neurons,), or None."""
        return None if self.beta_logit is None else torch.sigmoid(self.beta_logit)

    def forward(self, arrivals: Tensor) -> tuple[Tensor, Tensor]:
        """Spikes and potentials before the reset, (steps, batch, neurons)."""
        if self.norm is not None and self.gain is not None:
            flat = self.norm(arrivals.reshape(-1, arrivals.shape[-1]))
            arrivals = flat.view_as(arrivals) * self.gain
        result: tuple[Tensor, Tensor] = LifScan.apply(
            arrivals, self.alpha(), self.beta(), self.bias, self.THRESHOLD, self.reset, self.slope
        )
        return result

    @torch.no_grad()
    def folded(self) -> tuple[Tensor, Tensor]:
        """Factor on the weights into each neuron, and the bias, that stand for normalisation in use: (neurons,) each.

        With a leaking I the mean that is taken off would pass through I's filter, so the bias stands for its share:
        only exact with delta synapses, which is why normalisation with beta is refused by the model.
        """
        if self.norm is None or self.gain is None or self.norm.running_var is None or self.norm.running_mean is None:
            return torch.ones_like(self.bias), self.bias.detach().clone()
        factor = self.gain / (self.norm.running_var + self.norm.eps).sqrt()
        return factor, self.bias - self.norm.running_mean * factor
