# SPDX-License-Identifier: Apache-2.0
"""Time of a training step, forward and backward, against Dcls1d and neurons in a Python loop, in one run.

Run as ``python -m benchmarks.training [--repeats N] [--threads N] [--neurons]``. Networks of 700-256-256-20 whose
synapses each have one learned delay; 100 steps, batches of 128, random events, 5 % of axons a step. Each time is the
least of several repeats that take turns, of the processor if there is one thread, so that a busy machine matters less.

``dcls`` is dilated convolution with learnable spacings as its authors publish it (arXiv 2112.03740, version gauss): the
network around it has the same neurons as ours, once as a Python loop left to autograd and once as ``train.ops.scan``.
"""

import argparse
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from DCLS.construct.modules import Dcls1d
from torch import Tensor, nn

from model.network import Reset
from train.config.network import DelayConfig, DelayKind, NetworkConfig
from train.layers.network import DelayNetwork
from train.layers.synapses import PlacedSynapses
from train.ops.memory import keep_memory
from train.ops.scan import LifScan, Rule

SIZES = (700, 256, 256, 20)
STEPS, BATCH, ALPHA, SLOPE = 100, 128, 0.9, 10.0
SIGMA = 5.0
"""Width of the kernels; dcls writes it as |SIG| + 0.27."""


class Spike(torch.autograd.Function):
    """A step function with the gradient of ``train.ops.scan``, as snntorch and others write it."""

    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:
        """1 where x, the potential above the threshold, is at least 0."""
        ctx.save_for_backward(x)
        return (x >= 0).to(x.dtype)

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> Tensor:
        """The fast sigmoid's gradient."""
        (x,) = ctx.saved_tensors
        return grad / (SLOPE * x.abs() + 1).square()


def lif_loop(
    arrivals: Tensor | Sequence[Tensor], alpha: Tensor, bias: Tensor, *, fires: bool = True
) -> tuple[Tensor, Tensor]:
    """Neurons step by step, left to autograd: spikes and potentials, (steps, batch, neurons).

    A tensor is taken apart at once, which is the fastest that a loop can be.
    """
    v = torch.zeros_like(arrivals[0])
    spikes, potentials = [], []
    for x in arrivals:
        v = alpha * v + x + bias
        potentials.append(v)
        if fires:
            s = Spike.apply(v - 1)
            spikes.append(s)
            v = v * (1 - s.detach())
    return torch.stack(spikes) if fires else v, torch.stack(potentials)


def lif_indexed(arrivals: Tensor, alpha: Tensor, bias: Tensor) -> tuple[Tensor, Tensor]:
    """The same loop as it is mostly written, x[t] for t in range(steps): snntorch's tutorials, norse, spikingjelly."""
    return lif_loop([arrivals[t] for t in range(len(arrivals))], alpha, bias)


def lif_scan(arrivals: Tensor, alpha: Tensor, bias: Tensor, *, fires: bool = True) -> tuple[Tensor, Tensor]:
    """The same as ``train.ops.scan`` does it."""
    rule = Rule(Reset.ZERO if fires else Reset.NONE, SLOPE)
    result: tuple[Tensor, Tensor] = LifScan.apply(arrivals, alpha, None, bias, torch.ones_like(bias), rule)
    return result


class Dcls(nn.Module):
    """The network with Dcls1d for its synapses, and with the weights and positions of ours."""

    def __init__(self, ours: DelayNetwork, scan: Callable[..., tuple[Tensor, Tensor]], dtype: torch.dtype) -> None:
        super().__init__()
        self.scan, self.dtype = scan, dtype
        self.stack = nn.ModuleList(dcls_layer(group) for group in ours.placed())
        self.shift = [group.levels[0] for group in ours.placed()]
        self.alpha = nn.ParameterList(torch.full((n,), ALPHA) for n in SIZES[1:])
        self.bias = nn.ParameterList(torch.zeros(n) for n in SIZES[1:])

    def forward(self, x: Tensor) -> Tensor:
        """Score (batch, classes) of events (steps, batch, axons)."""
        potential = x
        for k, layer in enumerate(self.stack):
            with torch.autocast("cpu", torch.bfloat16, enabled=self.dtype is torch.bfloat16):
                arrivals = dcls_arrivals(layer, x, self.shift[k]).float()
            x, potential = self.scan(arrivals, self.alpha[k], self.bias[k], fires=k + 1 < len(self.stack))
        return potential.mean(0)


def dcls_layer(group: PlacedSynapses) -> Dcls1d:
    """The synapses of a group as a Dcls1d with the same kernels: its taps count from the longest delay."""
    length = len(group.levels)
    layer = Dcls1d(
        group.sources, group.targets, kernel_count=1, dilated_kernel_size=length, bias=False, version="gauss"
    )  # fmt: skip
    with torch.no_grad():
        layer.weight.copy_(group.weight[0].T[..., None])
        layer.P.copy_((length - 1 - (group.position[0] - group.levels[0])).T[None, ..., None] - length // 2)
        layer.SIG.fill_(SIGMA - 0.27)
    layer.SIG.requires_grad_(False)
    return layer


def dcls_arrivals(layer: Dcls1d, x: Tensor, shift: int) -> Tensor:
    """Arrivals (steps, batch, targets) of events x (steps, batch, sources); ``shift``: the shortest delay."""
    steps = len(x)
    padded = nn.functional.pad(x.permute(1, 2, 0), (layer.dilated_kernel_size[0] - 1 + shift, 0))[..., : -shift or None]
    arrivals: Tensor = layer(padded).permute(2, 0, 1)
    return arrivals[:steps]


def network(delays: int, dtype: torch.dtype) -> DelayNetwork:
    """Our network, in training, with kernels as wide as dcls's."""
    config = NetworkConfig(
        hidden=SIZES[1:-1], classes=SIZES[-1], normalise=False, surrogate_slope=SLOPE,
        input=DelayConfig(kind=DelayKind.SYNAPSE, first=0, last=delays - 1),
        between=DelayConfig(kind=DelayKind.SYNAPSE, first=1, last=delays),
    )  # fmt: skip
    made = DelayNetwork(SIZES[0], config, dtype=dtype).train()
    for group in made.placed():
        group.sigma = SIGMA
        # Sums of sparse events reach the threshold now and then.
        group.weight.data.mul_(4)
    return made


@dataclass
class Entry:
    """What is timed."""

    name: str
    step: Callable[[], Any]
    seconds: float = float("inf")


def fastest(entries: Sequence[Entry], repeats: int) -> None:
    """Note the least time of each; they take turns. The first turn warms up."""
    clock = time.process_time if torch.get_num_threads() == 1 else time.perf_counter
    for turn in range(repeats + 1):
        for entry in entries:
            start = clock()
            entry.step()
            if turn:
                entry.seconds = min(entry.seconds, clock() - start)


def training_step(model: nn.Module, x: Tensor, labels: Tensor) -> Callable[[], None]:
    """Forward and backward of a batch."""

    def step() -> None:
        model.zero_grad()
        output = model(x)
        nn.functional.cross_entropy(output.score if isinstance(model, DelayNetwork) else output, labels).backward()

    return step


def scan_step(scan: Callable[..., tuple[Tensor, Tensor]]) -> Callable[[], None]:
    """Forward and backward of one layer of neurons."""
    generator = torch.Generator().manual_seed(1)
    arrivals = torch.randn(STEPS, BATCH, SIZES[1], generator=generator).mul_(0.5).requires_grad_()
    alpha = torch.full((SIZES[1],), ALPHA, requires_grad=True)
    bias = torch.zeros(SIZES[1], requires_grad=True)
    grad = torch.randn(STEPS, BATCH, SIZES[1], generator=generator)

    def step() -> None:
        spikes, _ = scan(arrivals, alpha, bias)
        torch.autograd.grad(spikes, (arrivals, alpha, bias), grad)

    return step


def memory_step() -> Callable[[], None]:
    """As many passes over as much memory as ``train.ops.scan`` needs (six, four reading) and next to no work."""
    x, y, z = torch.rand(3, STEPS, BATCH, SIZES[1])

    def step() -> None:
        torch.add(x, y, out=z)
        torch.sub(z, x, out=y)

    return step


def processor() -> str:
    """Which bf16 instructions the processor has, as Linux names them."""
    try:
        text = Path("/proc/cpuinfo").read_text(encoding="ascii", errors="replace")
    except OSError:
        return "bf16 instructions unknown"
    flags = set(text.partition("flags")[2].partition("\n")[0].split())
    found = [flag for flag in ("amx_bf16", "avx512_bf16") if flag in flags]
    model = text.partition("model name")[2].partition("\n")[0].strip(" \t:")
    return f"{model}, {' '.join(found) or 'no bf16 instructions'}"


def ratios(repeats: int) -> dict[str, list[float]]:
    """How many times faster a training step is than with Dcls1d and neurons in a loop, and neurons than in a loop."""
    torch.set_num_threads(1)
    torch.manual_seed(0)
    keep_memory()
    x = (torch.rand(STEPS, BATCH, SIZES[0]) < 0.05).float()
    labels = torch.randint(0, SIZES[-1], (BATCH,))
    ours = network(25, torch.float32)
    forms = {
        "training: a step against Dcls1d and a loop": (
            training_step(Dcls(ours, lif_loop, torch.float32), x, labels), training_step(ours, x, labels),
        ),
        "training: neurons against a loop": (scan_step(lif_loop), scan_step(lif_scan)),
    }  # fmt: skip
    found: dict[str, list[float]] = {name: [] for name in forms}
    for _ in range(repeats):
        for name, (other, own) in forms.items():
            entries = [Entry("other", other), Entry("own", own)]
            fastest(entries, 1)
            found[name].append(entries[0].seconds / entries[1].seconds)
    return found


def main() -> int:
    """Print the times."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--neurons", action="store_true", help="only neurons without synapses")
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    torch.manual_seed(0)
    keep_memory()
    print(f"{processor()}; torch {torch.__version__}, {options.threads} thread(s)")
    x = (torch.rand(STEPS, BATCH, SIZES[0]) < 0.05).float()
    labels = torch.randint(0, SIZES[-1], (BATCH,))
    for delays in () if options.neurons else (25, 61):
        ours = [network(delays, dtype) for dtype in (torch.float32, torch.bfloat16)]
        entries = [
            Entry(
                "Dcls1d, neurons in a loop, float32", training_step(Dcls(ours[0], lif_loop, torch.float32), x, labels)
            ),
            Entry("Dcls1d, train.ops.scan, float32", training_step(Dcls(ours[0], lif_scan, torch.float32), x, labels)),
            Entry(
                "Dcls1d, train.ops.scan, bfloat16", training_step(Dcls(ours[0], lif_scan, torch.bfloat16), x, labels)
            ),
            *(Entry(f"train, {str(each.dtype)[6:]}", training_step(each, x, labels)) for each in ours),
        ]
        show(f"{'-'.join(map(str, SIZES))}, {STEPS} steps, batch {BATCH}, {delays} delays", entries, options.repeats)
    entries = [
        Entry("neurons in a loop, x[t]", scan_step(lif_indexed)),
        Entry("neurons in a loop, unbound", scan_step(lif_loop)), Entry("train.ops.scan", scan_step(lif_scan)),
        Entry("as much memory, read and written", memory_step()),
    ]  # fmt: skip
    show(f"{SIZES[1]} neurons alone, {STEPS} steps, batch {BATCH}", entries, 2 * options.repeats)
    return 0


def show(title: str, entries: list[Entry], repeats: int) -> None:
    """Time the entries and print them."""
    fastest(entries, repeats)
    print(title)
    for entry in entries:
        ratios = "  ".join(f"{other.seconds / entry.seconds:5.1f}" for other in entries)
        print(f"  {entry.name:36} {entry.seconds * 1e3:8.1f} ms   times faster: {ratios}")


if __name__ == "__main__":
    sys.exit(main())
