# SPDX-License-Identifier: Apache-2.0
"""One delayed spike on a waveform: where it is sent, where it waits, and where it is delivered.

``python -m examples.delayed_spike`` writes ``build/examples/delayed_spike.vcd`` for GTKWave or Surfer and prints the
times at which to look.
"""

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from examples.waveform import transfers
from model.config import DelayUnit
from model.image.image import Image
from model.mapping.compiler import compile_network, fit
from model.network import Network, Neurons, Readout
from rtl.layouts import Kind, arrival_layout, row_layout, spike_layout
from support.paths import BUILD
from tb.core.bench import CoreBench
from tb.player.packing import unpack

FIRES, DELAY = 2, 5
"""The step in which the axon makes neuron 0 fire, and the delay of the synapse from there to neuron 1, in steps."""


def make_image() -> Image:
    """An axon onto neuron 0, and neuron 0 onto neuron 1; one arrival makes a neuron fire."""
    network = Network(
        axons=1, source=np.array([0, 1]), target=np.array([0, 1]), delay=np.array([0, DELAY]), weight=np.array([1, 1]),
        neurons=Neurons(count=2, state_bits=8, alpha=0, threshold=1), readout=Readout(neurons=(1,)),
    )  # fmt: skip
    return compile_network(network, fit(network))


def find(path: Path, image: Image) -> Iterator[tuple[float, int, str, str]]:
    """(ns, step, what happens, signal) of what the waveform shows of neuron 0's spike and of its effect."""
    config = image.config()
    step = 0
    for time, token in transfers(path, "harness.dut", "spikes"):
        spike = unpack(spike_layout(config), token)
        if spike["kind"] == Kind.EVENT:
            # The core knows hardware addresses; order gives the network's numbers.
            yield time / 1000, step, f"neuron {image.order[spike['neuron']]} fires", "harness.dut.spikes__payload"
        step += spike["kind"] == Kind.EOS
    source = config.axons + int(np.argsort(image.order)[0])
    for port, layout, text in (
        ("arrivals", arrival_layout(config), "the delay unit takes the spike"),
        ("rows", row_layout(config), "the delay unit sends its row"),
    ):
        step = 0
        for time, token in transfers(path, "harness.dut.delay", port):
            fields = unpack(layout, token)
            if not fields["eos"] and fields["source"] == source:
                yield time / 1000, step, text, f"harness.dut.delay.{port}__payload"
            step += fields["eos"]


def main(path: Path = BUILD / "examples" / "delayed_spike.vcd") -> int:
    """Play one sample with a waveform and print what is on it, in order of time."""
    image = make_image()
    path.parent.mkdir(parents=True, exist_ok=True)
    sample = [np.array([0]) if step == FIRES else np.zeros(0, np.int64) for step in range(FIRES + DELAY + 2)]
    list(CoreBench(image.config(DelayUnit.SCDQ), waves=path).play(image, [sample]))
    print(f"{path}, clock: harness.dut.clk")
    for time, step, what, signal in sorted(find(path, image)):
        print(f"{time:6.0f} ns  step {step}: {what:<30}  {signal}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
