# SPDX-License-Identifier: Apache-2.0
"""Makes the NetX files in ``files`` with lava-dl, and their spikes with Lava: ``python -m tests.flow.exchange.lava``.

Needs lava-dl 0.6.0 (BSD-3-Clause) and lava-nc 0.10.0 (BSD-3-Clause and LGPL-2.1), whose packages ask for Python 3.10;
nothing else here does. Beside each network lie its input and the spikes of its layers in Lava's bit-accurate processes.
"""

from importlib import import_module
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import torch

FILES = Path(__file__).parent / "files"
STEPS, SAMPLES = 80, 3
LEAKY = {"threshold": 1.25, "current_decay": 0.25, "voltage_decay": 0.03, "tau_grad": 0.03, "scale_grad": 3}
WHOLE = {**LEAKY, "threshold": 1.0, "current_decay": 1.0, "voltage_decay": 0.0}
"""Nothing decays a little: neither Lava nor a core rounds."""


def networks(slayer: Any) -> dict[str, tuple[list[Any], tuple[int, ...]]]:
    """Blocks of each network, and the shape of its input."""
    cuba = slayer.block.cuba
    plain = {"weight_norm": False}
    return {
        "lava_delay": ([cuba.Dense(LEAKY, 20, 16, delay=True, **plain), cuba.Dense(LEAKY, 16, 6, **plain)], (20,)),
        "lava_whole": ([cuba.Dense(WHOLE, 20, 16, delay=True, **plain), cuba.Dense(WHOLE, 16, 6, **plain)], (20,)),
        "lava_conv": (
            [cuba.Conv(LEAKY, 2, 3, 3, stride=2, padding=1, **plain), cuba.Flatten(),
             cuba.Dense(LEAKY, 48, 6, **plain)],
            (2, 8, 8),
        ),
        "lava_recurrent": ([cuba.Recurrent(dict(LEAKY), 20, 12, **plain), cuba.Affine(LEAKY, 12, 4)], (20,)),
    }  # fmt: skip


def export(name: str, blocks: list[Any], raster: torch.Tensor) -> None:
    """Write a network after one pass, which makes shapes and delays."""
    generator = torch.Generator().manual_seed(4)
    with torch.no_grad():
        passing = raster
        for block in blocks:
            synapses = [getattr(block, each) for each in ("synapse", "input_synapse", "recurrent_synapse")
                        if hasattr(block, each)]  # fmt: skip
            for synapse in synapses:
                values = torch.randn(synapse.weight.shape, generator=generator)
                synapse.weight.data = 0.35 * values + 0.04
            passing = block(passing)
            if getattr(block, "delay", None) is not None:
                block.delay.delay.data = torch.rand(block.delay.delay.shape, generator=generator) * 9
    with h5py.File(FILES / f"{name}.net", "w") as file:
        layers = file.create_group("layer")
        for number, block in enumerate(blocks):
            block.export_hdf5(layers.create_group(str(number)))


def stepped(name: str, sample: Any, shape: tuple[int, ...]) -> list[Any]:
    """Spikes of each layer in Lava, (steps, neurons) in C order of (channels, height, width)."""
    netx, conditions = import_module("lava.lib.dl.netx.hdf5"), import_module("lava.magma.core.run_conditions")
    configs = import_module("lava.magma.core.run_configs")
    source, sink = import_module("lava.proc.io.source"), import_module("lava.proc.io.sink")
    network = netx.Network(net_config=str(FILES / f"{name}.net"), input_shape=shape[::-1])
    # Lava counts width, height, channel.
    turned = sample.reshape(STEPS, *shape).transpose(*range(len(shape), -1, -1))
    events = source.RingBuffer(data=turned.astype(int))
    events.s_out.connect(network.inp)
    sinks = [sink.RingBuffer(shape=layer.out.shape, buffer=STEPS) for layer in network.layers]
    for layer, each in zip(network.layers, sinks, strict=True):
        layer.out.connect(each.a_in)
    network.run(condition=conditions.RunSteps(num_steps=STEPS), run_cfg=configs.Loihi2SimCfg(select_tag="fixed_pt"))
    found = [each.data.get() for each in sinks]
    network.stop()
    return [each.transpose(*range(each.ndim - 1, -1, -1)).reshape(STEPS, -1) > 0 for each in found]


def main() -> None:
    """Write all files."""
    slayer = import_module("lava.lib.dl.slayer")
    for name, (blocks, shape) in networks(slayer).items():
        rate = 0.06 if len(shape) == 1 else 0.03
        raster = np.random.default_rng(9).random((SAMPLES, STEPS, int(np.prod(shape)))) < rate
        batch = torch.tensor(raster.reshape(SAMPLES, STEPS, *shape), dtype=torch.float32)
        export(name, blocks, batch.movedim(1, -1))
        layers = [stepped(name, sample, shape) for sample in raster]
        spikes: dict[str, Any] = {f"layer{k}": np.stack(each) for k, each in enumerate(zip(*layers, strict=True))}
        np.savez_compressed(FILES / f"{name}.npz", raster=raster, **spikes)
        print(name, {key: int(each.sum()) for key, each in spikes.items()})


if __name__ == "__main__":
    main()
