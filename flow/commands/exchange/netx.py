# SPDX-License-Identifier: Apache-2.0
"""``chronaxie netx``: networks from Lava's NetX files."""

from functools import partial
from pathlib import Path
from typing import Annotated

import numpy as np
import typer

from flow.commands.exchange.imported import (
    Column,
    Format,
    NetworkOption,
    StateBitsOption,
    WeightBitsOption,
    import_graph,
)
from flow.commands.options import JsonOption, SamplesOption
from flow.exchange.netx.bound import potential_bound
from flow.exchange.netx.reading import read_netx
from flow.exchange.netx.reference import LoihiStepper
from flow.exchange.reading import Graph
from flow.exchange.rounding import Imported, to_network
from flow.exchange.units import WHOLE
from model.limits import WEIGHT_BITS
from model.network import Reset
from support.errors import InputError

app = typer.Typer(help="Networks from NetX files, as Lava has them.", no_args_is_help=True)


@app.callback()
def _commands() -> None:
    pass


@app.command("import")
def import_(
    *,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A network as lava-dl exports it (HDF5, .net).")],
    output: NetworkOption,
    input_shape: Annotated[
        str | None,
        typer.Option(metavar="C,H,W", help="Channels, height, width of the input, if its first layer is conv."),
    ] = None,
    weight_bits: WeightBitsOption = WEIGHT_BITS.default,
    state_bits: StateBitsOption = None,
    compensate: Annotated[
        bool, typer.Option("--compensate", help="Leak a little less, for what coarser rounding toward zero takes.")
    ] = False,
    data: Annotated[
        Path | None, typer.Option("--data", metavar="FILE", help="Samples on which to compare with Lava's steps.")
    ] = None,
    samples: SamplesOption = None,
    json: JsonOption = None,
) -> None:
    """Make a network of a NetX file, and say what rounding costs: errors, a bound, and spikes on samples (--data)."""
    kind = Format(
        read=partial(read_netx, input_shape=None if input_shape is None else _shape(input_shape)),
        make=partial(
            to_network, dt=1.0, weight_bits=weight_bits, state_bits=state_bits, name=file.stem, compensate=compensate
        ),
        stepper=LoihiStepper,
        reference="Lava",
        settings={"compensate": compensate},
        columns=partial(_bounds, compensate=compensate),
    )
    import_graph(kind, file, output, data=data, samples=samples, json=json)


def _shape(text: str) -> tuple[int, ...]:
    try:
        found = tuple(int(each) for each in text.split(","))
    except ValueError:
        found = ()
    if len(found) not in (1, 3) or min(found) < 1:
        raise InputError(f"--input-shape: expected C,H,W, such as 2,34,34, not {text!r:.40}")
    return found


def _bounds(graph: Graph, made: Imported, *, compensate: bool) -> list[Column]:
    """How far potentials can be off before the first spike that differs, in weights, and the least threshold."""
    fields, shown = [], []
    for layer in made.layers:
        node = graph.nodes[layer.name]
        holds = layer.weight < WHOLE and not compensate
        bound = potential_bound(node, made.units[layer.name]).max() if holds else np.inf
        least = node.threshold.min() if made.network.neurons.reset[made.neurons[layer.name][0]] == Reset.ZERO else None
        fields.append({"potential_bound": float(bound) if np.isfinite(bound) else None, "threshold_least": least})
        text = f"{bound:,.1f}" if np.isfinite(bound) else "no bound"
        shown.append(text if least is None else f"{text}, threshold {least:,.0f}")
    return [Column(title="potential off by at most", fields=fields, shown=shown)]
