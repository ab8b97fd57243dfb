# SPDX-License-Identifier: Apache-2.0
"""``chronaxie nir``: networks from and to the neuromorphic intermediate representation."""

from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from flow.commands.exchange.imported import Format, NetworkOption, StateBitsOption, WeightBitsOption, import_graph
from flow.commands.options import OUTPUT, JsonOption, SamplesOption
from flow.exchange.discrete import Method
from flow.exchange.reading import read_graph
from flow.exchange.reference import FloatStepper
from flow.exchange.rounding import to_network
from flow.exchange.writing import save_graph, to_graph
from model.image.image import Image
from model.limits import WEIGHT_BITS
from model.network_file import load_network
from support.console import console
from support.errors import InputError

DT = 1e-3
DtOption = Annotated[float, typer.Option("--dt", metavar="SECONDS", help="Length of a step.")]

app = typer.Typer(help="Networks from and to NIR, the neuromorphic intermediate representation.", no_args_is_help=True)


@app.command("import")
def import_(
    *,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A graph of NIR (.nir).")],
    output: NetworkOption,
    dt: DtOption = DT,
    method: Annotated[Method, typer.Option(help="From equations to steps: forward Euler, or exactly.")] = Method.EULER,
    weight_bits: WeightBitsOption = WEIGHT_BITS.default,
    state_bits: StateBitsOption = None,
    data: Annotated[
        Path | None, typer.Option("--data", metavar="FILE", help="Samples on which to compare with NIR in float.")
    ] = None,
    samples: SamplesOption = None,
    json: JsonOption = None,
) -> None:
    """Make a network in integers of a graph, and say what rounding costs: errors, and spikes on samples (--data)."""
    kind = Format(
        read=read_graph,
        make=partial(to_network, dt=dt, method=method, weight_bits=weight_bits, state_bits=state_bits, name=file.stem),
        stepper=partial(FloatStepper, dt=dt, method=method),
        reference="float",
        settings={"dt": dt, "method": str(method)},
    )
    made = import_graph(kind, file, output, data=data, samples=samples, json=json)
    if made.delay:
        console().print(
            f"delays are off by up to {made.delay:.2g} steps, from rounding to steps of {dt} s", soft_wrap=True
        )  # fmt: skip


@app.command("export")
def export(
    *,
    network: Annotated[Path, typer.Argument(metavar="NETWORK", help="A network (.npz), or that of an image (.chx).")],
    output: Annotated[Path, typer.Option("--output", "-o", metavar="FILE", help="The graph (.nir)."), OUTPUT],
    dt: DtOption = DT,
) -> None:
    """Write a network as a graph of NIR; importing it with the same --dt gives the network again."""
    if output.suffix != ".nir":
        raise InputError(f"{output}: a graph of NIR ends in .nir; expected such a name")
    loaded = Image.load(network).network() if network.suffix == ".chx" else load_network(network)
    try:
        graph = to_graph(loaded, dt)
    except InputError as error:
        raise InputError(f"{network}: {error}") from None
    save_graph(output, graph)
    console().print(f"{output}: {len(graph.nodes)} nodes, {len(graph.edges)} edges", soft_wrap=True)
