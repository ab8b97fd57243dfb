# SPDX-License-Identifier: Apache-2.0
"""``chronaxie codebook``: any network with weights of 4 bits, as indices into a codebook."""

from pathlib import Path
from typing import Annotated

import numpy as np
import typer

from flow.commands.options import OUTPUT
from model.image.image import Image
from model.imperfect.codebook import ENTRIES, with_codebook
from model.limits import LANES
from model.mapping.compiler import compile_network, fit
from model.network_file import load_network
from support.console import console
from support.errors import InputError


def codebook(
    *,
    network: Annotated[Path, typer.Argument(metavar="NETWORK", help="A network (.npz), or that of an image (.chx).")],
    output: Annotated[Path, typer.Option("--output", "-o", metavar="IMAGE", help="The image (.chx)."), OUTPUT],
    entries: Annotated[
        int, typer.Option(metavar="N", min=2, max=ENTRIES, help="Values that weights may have, 0 among them.")
    ] = ENTRIES,
    lanes: Annotated[int, typer.Option(metavar="N", help="Synapses a cycle of the build.")] = LANES.default,
    seed: Annotated[int, typer.Option(help="Of the search for a layout over the lanes.")] = 0,
) -> None:
    """Round a network's weights to the few values that change them least, and compile it with a codebook."""
    if output.suffix != ".chx":
        raise InputError(f"{output}: an image ends in .chx; expected such a name")
    before = Image.load(network).network() if network.suffix == ".chx" else load_network(network)
    after = with_codebook(before, entries)
    image = compile_network(after, fit(after, lanes=lanes, codebook=True, seed=seed), seed=seed)
    image.save(output)
    values = np.unique(np.append(after.weight, 0))
    console().print(
        f"{output}: {after.synapses:,} of {before.synapses:,} synapses with weights of "
        f"{image.geometry.weight_bits} bits, {len(np.unique(before.weight))} values before; "
        f"codebook: {', '.join(map(str, values))}",
        soft_wrap=True,
    )
