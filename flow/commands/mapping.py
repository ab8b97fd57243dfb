# SPDX-License-Identifier: Apache-2.0
"""``chronaxie map`` and ``unmap``: a network onto the cores of a fabric, and back."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import numpy as np
import typer
from rich.table import Table
from rich.text import Text

from flow.commands.options import OUTPUT
from flow.run.recordings import load_samples
from model.batch import GoldenBatch
from model.fabric.bundle import Bundle
from model.fabric.mapping import map_network
from model.image.image import Image
from model.limits import LANES
from model.mapping.demand import USE, Demand, FloatArray, Room, Task, spikes_a_step
from model.mapping.partition import dealt, evenly
from model.mapping.refusal import check_room, check_widths
from model.mapping.search import search
from model.network import IntArray, Network
from model.network_file import load_network, save_network
from support.console import console
from support.errors import InputError

SEARCH = "search"
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
                          "neurons; search: within limits, even, little traffic; or the core of each neuron (.npy).")
    ] = "dealt",
    limit: Annotated[
        list[str] | None, typer.Option(metavar="NAME=N", help="The most that a core may have: neurons, axons, rows, "
                                       "synapse_words, image_bytes, accumulator_bits; repeat.")
    ] = None,
    data: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Recordings that say how often each source fires (default: all "
                                  "alike).")
    ] = None,
    samples: Annotated[int, typer.Option(metavar="N", min=1, help="How many of the recordings.")] = 50,
    seed: Annotated[int, typer.Option(min=0, help="Of the searches for a placement and for a layout over lanes.")] = 0,
) -> None:  # fmt: skip
    """Spread a network over cores: the same spikes, for builds of the smallest core that holds each part."""
    if output.suffix != ".chxb":
        raise InputError(f"{output}: a bundle ends in .chxb; expected such a name")
    room = _room(limit or ())
    loaded = Image.load(network).network() if network.suffix == ".chx" else load_network(network)
    rate = None if data is None else _rates(loaded, data, samples)
    task, ring = Task(loaded, lanes=lanes, rate=rate), cores if nodes is None else nodes
    check_widths(task, room)
    if placement == SEARCH:
        chosen = search(task, cores, nodes=ring, room=room, seed=seed).placement
    else:
        chosen = _placement(placement, loaded, cores)
    if chosen.shape == (task.neurons,):
        counted = task.demand(chosen, cores, ring).use
        counted[USE.index("image_bytes")] = 0  # which is known about until there are images
        check_room(task, counted, room, seed=seed)
    bundle = map_network(loaded, chosen, nodes=nodes, lanes=lanes, seed=seed)
    check_room(task, _use(bundle), room, seed=seed)
    bundle.save(output)
    _show(output, bundle, task.demand(chosen, cores, ring))


def _show(output: Path, bundle: Bundle, demand: Demand) -> None:
    """The table of what each core has, and what the placement costs."""
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
        "work",
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
            f"{image.lane_fill:.1%}", f"{len(image.to_bytes()):,}",
            f"{demand.work[core] / demand.work.sum():.1%}", heard, f"{routes.hops.mean():.2f}",
        )  # fmt: skip
    shown = console()
    shown.print(table)
    shown.print(
        f"busiest core: {demand.work.max() / demand.work.mean():.3f} of the mean work; on the ring: "
        f"{demand.traffic:,.1f} hops x spikes a step",
        soft_wrap=True,
    )


def _use(bundle: Bundle) -> FloatArray:
    """What each core of a bundle has of each limit, shape (5, cores)."""
    return np.array(
        [
            (each.neurons_used, each.axons_used, each.rows_used, each.words_used, len(each.to_bytes()))
            for each in bundle.images
        ],
        np.float64,
    ).T


def _room(limits: Sequence[str]) -> Room:
    """The limits that ``--limit`` names. Raises InputError."""
    found, names = {}, (*USE, "accumulator_bits")
    for text in limits:
        name, _, value = text.partition("=")
        if name not in names or not (value.isascii() and value.isdigit()):
            raise InputError(f"--limit must be one of {', '.join(names)} and a number, as in axons=512, not {text!r}")
        found[name] = int(value)
    return Room(**found)


def _rates(network: Network, data: Path, samples: int) -> FloatArray:
    """Spikes a step of each source in recordings."""
    played = load_samples(data, network, samples)
    return spikes_a_step(played.rasters, GoldenBatch(network).run(played.rasters).spikes)


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
        raise InputError(f"--placement must be {', '.join((SEARCH, *PLACEMENTS))}, or a file .npy, not {name!r}")
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
