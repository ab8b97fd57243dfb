# SPDX-License-Identifier: Apache-2.0
"""``chronaxie map`` and ``unmap``: a network onto the cores of a fabric, and back."""

from pathlib import Path
from typing import Annotated

import numpy as np
import typer
from rich.table import Table
from rich.text import Text

from flow.commands.options import OUTPUT
from model.fabric.bundle import Bundle
from model.fabric.mapping import map_network
from model.image.image import Image
from model.limits import LANES
from model.mapping.partition import dealt, evenly
from model.network import IntArray, Network
from model.network_file import load_network, save_network
from support.console import console
from support.errors import InputError

PLACEMENTS = {"dealt": dealt, "runs": evenly}
"""How neurons are spread: dealt out in turn, so that each core has a share of every layer; or in runs of consecutive
numbers, so that a core has whole layers as far as they fit."""


def map_(
    *,
    network: Annotated[Path, typer.Argument(metavar="NETWORK", help="A network (.npz), or that of an image (.chx).")],
    output: Annotated[Path, typer.Option("--output", "-o", metavar="BUNDLE", help="The bundle (.chxb)."), OUTPUT],
    cores: Annotated[int, typer.Option(metavar="N", help="Cores that the network is spread over.")],
    nodes: Annotated[int | None, typer.Option(metavar="N", help="Cores on the ring (default: as many).")] = None,
    lanes: Annotated[int, typer.Option(metavar="N", help="Synapses a cycle of each core.")] = LANES.default,
    placement: Annotated[
        str, typer.Option(metavar="NAME|FILE", help="dealt: each core has a share of every layer; runs: consecutive "
                          "neurons; or the core of each neuron (.npy).")
    ] = "dealt",
    seed: Annotated[int, typer.Option(help="Of the search for a layout over the lanes of each core.")] = 0,
) -> None:  # fmt: skip
    """Spread a network over cores: the same spikes, for builds of the smallest core that holds each part."""
    if output.suffix != ".chxb":
        raise InputError(f"{output}: a bundle ends in .chxb; expected such a name")
    loaded = Image.load(network).network() if network.suffix == ".chx" else load_network(network)
    bundle = map_network(loaded, _placement(placement, loaded, cores), nodes=nodes, lanes=lanes, seed=seed)
    bundle.save(output)
    table = Table(title=Text(f"{output}: {bundle.cores} of {bundle.nodes} cores"), title_justify="left")
    columns = (
        "core",
        "neurons",
        "axons",
        "synapses",
        "rows",
        "words",
        "lane fill",
        "image bytes",
        "hears",
        "hops, mean",
    )
    for name in columns:
        table.add_column(name, justify="right")
    for core, (image, routes) in enumerate(zip(bundle.images, bundle.routes, strict=True)):
        heard = ", ".join(map(str, sorted(routes.senders))) or "-"
        table.add_row(
            str(core), *(f"{value:,}" for value in (image.neurons_used, image.axons_used, image.synapses,
                                                     image.rows_used, image.words_used)),
            f"{image.lane_fill:.1%}", f"{len(image.to_bytes()):,}", heard, f"{routes.hops.mean():.2f}",
        )  # fmt: skip
    console().print(table)


def unmap(
    *,
    bundle: Annotated[Path, typer.Argument(metavar="BUNDLE", help="A bundle (.chxb).")],
    output: Annotated[Path, typer.Option("--output", "-o", metavar="NETWORK", help="The network (.npz)."), OUTPUT],
) -> None:
    """Map a bundle back to its network."""
    if output.suffix != ".npz":
        raise InputError(f"{output}: a network ends in .npz; expected such a name")
    network = Bundle.load(bundle).network()
    save_network(output, network)
    console().print(
        f"{output}: {network.neurons.count} neurons, {network.axons} axons, {network.synapses:,} synapses",
        soft_wrap=True,
    )


def _placement(name: str, network: Network, cores: int) -> IntArray:
    """The placement of that name, or of a file. Raises InputError."""
    if name in PLACEMENTS:
        return PLACEMENTS[name](network, cores)
    path = Path(name)
    if path.suffix != ".npy":
        raise InputError(f"--placement must be {', '.join(PLACEMENTS)}, or a file .npy, not {name!r}")
    try:
        found = np.load(path, allow_pickle=False)
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {error.strerror or error}") from None
    except ValueError:
        raise InputError(f"{path}: no array of numpy (.npy)") from None
    used = int(found.max(initial=-1)) + 1 if found.dtype.kind in "iu" else 0
    if used != cores:
        raise InputError(f"{path}: uses {used} cores, --cores says {cores}")
    return np.asarray(found)
