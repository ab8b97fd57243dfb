# SPDX-License-Identifier: Apache-2.0
"""One delayed spike on a waveform: where it is sent, where it waits, and where it is delivered.

``python -m examples.delayed_spike`` writes ``build/examples/delayed_spike.fst`` with files for GTKWave and Surfer, and
prints the times at which to look, which are marked there.
"""

from pathlib import Path

import numpy as np

from model.config import DelayUnit
from model.image.image import Image
from model.mapping.compiler import compile_network, fit
from model.network import Network, Neurons, Readout
from tb.core.bench import CoreBench
from tb.core.delayed import delayed_spike
from tb.player.viewers import Mark, described, save

FIRES, DELAY = 2, 5
"""The step in which the axon makes neuron 0 fire, and the delay of the synapse from there to neuron 1, in steps."""


def make_image() -> Image:
    """An axon onto neuron 0, and neuron 0 onto neuron 1; one arrival makes a neuron fire."""
    network = Network(
        axons=1, source=np.array([0, 1]), target=np.array([0, 1]), delay=np.array([0, DELAY]), weight=np.array([1, 1]),
        neurons=Neurons(count=2, state_bits=8, alpha=0, threshold=1), readout=Readout(neurons=(1,)),
    )  # fmt: skip
    return compile_network(network, fit(network))


def play(path: Path) -> tuple[Path, list[Mark]]:
    """Play one sample with a waveform; its file, and the places on it that show neuron 0's spike."""
    image = make_image()
    bench = CoreBench(image.config(DelayUnit.SCDQ), waves=path)
    sample = [np.array([0]) if step == FIRES else np.zeros(0, np.int64) for step in range(FIRES + DELAY + 2)]
    list(bench.play(image, [sample]))
    marks = delayed_spike(bench.config, image.order, bench.player.transfers)
    assert bench.player.waves is not None
    save(bench.player.waves, bench.player.view, marks)
    return bench.player.waves, marks


def main(path: Path = Path("build/examples/delayed_spike.fst")) -> int:
    """Play the sample and print what is on its waveform, in order of time."""
    path.parent.mkdir(parents=True, exist_ok=True)
    file, marks = play(path)
    print(*described(path.with_name(file.name), marks), sep="\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
