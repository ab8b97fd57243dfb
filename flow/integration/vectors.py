# SPDX-License-Identifier: Apache-2.0
"""What a bench without Python plays into a core and expects of it, as hex for ``$readmemh``."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from flow.integration.core import event_tokens, image_tokens, readout_tokens, spike_tokens, streams
from flow.run.recordings import Samples
from model.encoding import to_events
from model.golden import GoldenCore
from model.image.image import Image
from support.files import make_folder, write_atomic

FILES = ("image.hex", "events.hex", "spikes.hex", "readouts.hex", "vectors.vh")


def vectors(image: Image, samples: Samples) -> dict[str, list[int]]:
    """The payloads of every stream of a core, in order, for samples played one after the other."""
    config = image.config()
    network = image.network()
    golden = GoldenCore(network)
    address = np.argsort(image.order)
    found: dict[str, list[int]] = {"image": image_tokens(image.to_bytes()), "events": [], "spikes": [], "readouts": []}
    for raster in samples.rasters:
        events = to_events(raster)
        result = golden.run(events)
        spikes = [sorted(int(address[n]) for n in np.flatnonzero(now)) for now in result.spikes]
        found["events"] += event_tokens(config, [[int(axon) for axon in step] for step in events])
        found["spikes"] += spike_tokens(config, spikes)
        potentials = (result.potential[image.order].tolist(), result.potential_sum[image.order].tolist())
        found["readouts"] += readout_tokens(config, *potentials)
    return found


def write_vectors(image: Image, samples: Samples, folder: Path) -> list[Path]:
    """Write FILES into ``folder``, which is made; return their paths. Raises InputError.

    A word of hex a line; ``vectors.vh`` holds how many there are of each, and the widths.
    """
    found = vectors(image, samples)
    widths = {name: layout.size for name, layout in streams(image.config()).items()}
    texts = [_hex(found[name], widths[name]) for name in widths]
    sizes = [f"`define {name.upper()}_COUNT {len(tokens)}\n" for name, tokens in found.items()]
    sizes += [f"`define {name.upper()}_BITS {bits}\n" for name, bits in widths.items()]
    make_folder(folder)
    paths = [folder / name for name in FILES]
    for path, text in zip(paths, [*texts, "".join(sizes)], strict=True):
        write_atomic(path, text.encode())
    return paths


def _hex(tokens: Sequence[int], width: int) -> str:
    return "".join(f"{token:0{-(-width // 4)}x}\n" for token in tokens)
