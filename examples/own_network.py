# SPDX-License-Identifier: Apache-2.0
"""A network of one's own, by hand: it fires only if axon 1 follows axon 0 by three steps. Golden model and RTL agree.

``python -m examples.own_network``; the simulator takes about half a minute to build the first time.
"""

import numpy as np

from model.encoding import to_events
from model.golden import GoldenCore
from model.mapping.compiler import compile_network, fit
from model.network import Network, Neurons, Readout
from tb.core.bench import CoreBench
from tb.core.scoreboard import mismatches

# (source, target, delay, weight). Axons are sources 0 and 1, neurons are 2 and 3. Neuron 0 detects, neuron 1 counts.
SYNAPSES = [(0, 0, 3, 5), (1, 0, 0, 5), (2, 1, 1, 1)]


def main() -> int:
    """Run a sample in the golden model and in the RTL, print the spikes of both, and return 1 if anything differs."""
    source, target, delay, weight = np.array(SYNAPSES).T
    neurons = Neurons(count=2, state_bits=8, alpha=[0, 4096], threshold=[10, 128])  # 128 is above vmax: never fires
    network = Network(axons=2, neurons=neurons, source=source, target=target, delay=delay, weight=weight,
                      readout=Readout(neurons=(1,)), max_steps=100, name="coincidence")  # fmt: skip
    raster = np.zeros((16, 2), bool)
    raster[[1, 8], 0] = raster[[4, 10], 1] = True  # three steps apart, then two

    image = compile_network(network, fit(network))
    expected = GoldenCore(network).run(raster)
    (seen,) = CoreBench(image.config("scdq")).play(image, [to_events(raster)])

    for name, result in (("golden model", expected), ("RTL", seen.result)):
        fired = np.flatnonzero(result.spikes[:, 0]).tolist()
        print(f"{name}: neuron 0 fires in steps {fired}, neuron 1 counted {result.potential[1]}")
    different = [str(mismatch) for mismatch in mismatches(0, expected, seen.result)]
    print("\n".join(different) or f"no difference, {seen.counters['cycles']} cycles")
    return int(bool(different))


if __name__ == "__main__":
    raise SystemExit(main())
