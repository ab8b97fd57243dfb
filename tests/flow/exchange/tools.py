# SPDX-License-Identifier: Apache-2.0
"""Makes the networks in ``files`` with the tools that write them: ``python -m tests.flow.exchange.tools TOOL...``.

Needs the tools (snntorch, norse, sinabs with nirtorch), which nothing else here does; beside each graph lie its input
and the spikes of its layers as the tool itself steps it.
"""

import sys
from importlib import import_module
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import torch

FILES = Path(__file__).parent / "files"
SIZES = (20, 16, 6)
STEPS, SAMPLES = 80, 3


def weights() -> list[torch.nn.Linear]:
    """Two layers without bias, strong enough for spikes."""
    torch.manual_seed(4)
    layers = [torch.nn.Linear(a, b, bias=False) for a, b in pairwise(SIZES)]
    for layer, scale in zip(layers, (6.0, 8.0), strict=True):
        layer.weight.data = layer.weight.data * scale + 0.15
    return layers


def snntorch(raster: torch.Tensor) -> tuple[Any, list[Any]]:
    """Leaky, reset to zero in the step of the spike."""
    snn, export = import_module("snntorch"), import_module("snntorch.export_nir")
    first, second = weights()
    cells = [
        snn.Leaky(beta=torch.full((size,), beta), threshold=torch.ones(size), reset_mechanism="zero", reset_delay=False,
                  init_hidden=True, output=last)
        for size, beta, last in ((SIZES[1], 0.9, False), (SIZES[2], 0.8, True))
    ]  # fmt: skip
    graph = export.export_to_nir(torch.nn.Sequential(first, cells[0], second, cells[1]), torch.ones(SIZES[0]))
    found = []
    for sample in raster:
        for cell in cells:
            cell.reset_hidden()
        hidden, out = [], []
        for events in sample:
            hidden.append(cells[0](first(events)))
            out.append(cells[1](second(hidden[-1]))[0])
        found.append([torch.stack(hidden), torch.stack(out)])
    return graph, found


def norse(raster: torch.Tensor) -> tuple[Any, list[Any]]:
    """LIF without synaptic current."""
    module = import_module("norse.torch")
    first, second = weights()
    for layer in (first, second):
        layer.weight.data *= 5
    cells = [module.LIFBoxCell(), module.LIFBoxCell()]
    graph = module.to_nir(module.SequentialState(first, cells[0], second, cells[1]), torch.ones(1, SIZES[0]))
    found = []
    for sample in raster:
        states: list[Any] = [None, None]
        hidden, out = [], []
        for events in sample:
            spikes, states[0] = cells[0](first(events), states[0])
            hidden.append(spikes)
            spikes, states[1] = cells[1](second(spikes), states[1])
            out.append(spikes)
        found.append([torch.stack(hidden), torch.stack(out)])
    return graph, found


def sinabs(raster: torch.Tensor) -> tuple[Any, list[Any]]:
    """Leaky and not leaky, reset to zero, one spike a step."""
    layers, activation = import_module("sinabs.layers"), import_module("sinabs.activation")
    first, second = weights()
    first.weight.data *= 5
    rest = {"spike_fn": activation.SingleSpike, "reset_fn": activation.MembraneReset()}
    cells = [layers.LIFSqueeze(tau_mem=10.0, batch_size=1, **rest), layers.IAFSqueeze(batch_size=1, **rest)]
    graph = import_module("sinabs.nir").to_nir(
        torch.nn.Sequential(first, cells[0], second, cells[1]), torch.ones(1, SIZES[0])
    )
    found = []
    for sample in raster:
        for cell in cells:
            cell.reset_states()
        hidden = cells[0](first(sample))
        found.append([hidden, cells[1](second(hidden))])
    return graph, found


def main(names: list[str]) -> None:
    """Write the files of some tools."""
    nir = import_module("nir")
    raster = np.random.default_rng(9).random((SAMPLES, STEPS, SIZES[0])) < 0.06
    FILES.mkdir(exist_ok=True)
    for name in names:
        with torch.no_grad():
            graph, found = globals()[name](torch.tensor(raster, dtype=torch.float32))
        # What nir 1.0 cannot write: single numbers and tensors, as norse and sinabs give them.
        for node in graph.nodes.values():
            for field, value in vars(node).items():
                if isinstance(value, torch.Tensor | np.ndarray):
                    setattr(node, field, np.atleast_1d(np.asarray(value)))
        nir.write(FILES / f"{name}.nir", graph)
        layers: dict[str, Any] = {f"layer{k}": np.stack([each[k].numpy() > 0 for each in found]) for k in range(2)}
        np.savez_compressed(FILES / f"{name}.npz", raster=raster, **layers)
        print(name, {key: int(each.sum()) for key, each in layers.items()})


if __name__ == "__main__":
    main(sys.argv[1:])
