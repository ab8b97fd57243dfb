# SPDX-License-Identifier: Apache-2.0
"""``chronaxie nir``: networks from and to the neuromorphic intermediate representation."""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table
from rich.text import Text

from flow.commands.options import OUTPUT, JsonOption, SamplesOption, sample_count
from flow.exchange.agreement import agreement
from flow.exchange.discrete import Method
from flow.exchange.reading import read_graph
from flow.exchange.rounding import to_network
from flow.exchange.writing import save_graph, to_graph
from flow.run.recordings import load_samples
from flow.run.report import check_json, write_json
from model.image.image import Image
from model.limits import WEIGHT_BITS
from model.network_file import load_network, save_network
from support.console import console
from support.errors import InputError

DT = 1e-3
DtOption = Annotated[float, typer.Option("--dt", metavar="SECONDS", help="Length of a step.")]

app = typer.Typer(help="Networks from and to NIR, the neuromorphic intermediate representation.", no_args_is_help=True)


@app.command("import")
def import_(
    *,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A graph of NIR (.nir).")],
    output: Annotated[Path, typer.Option("--output", "-o", metavar="NETWORK", help="The network (.npz)."), OUTPUT],
    dt: DtOption = DT,
    method: Annotated[Method, typer.Option(help="From equations to steps: forward Euler, or exactly.")] = Method.EULER,
    weight_bits: Annotated[
        int, typer.Option(min=WEIGHT_BITS.low, max=WEIGHT_BITS.high, metavar="N", help="Bits of a weight.")
    ] = WEIGHT_BITS.default,
    state_bits: Annotated[int | None, typer.Option(metavar="N", help="Bits of current and potential.")] = None,
    data: Annotated[
        Path | None, typer.Option("--data", metavar="FILE", help="Samples on which to compare with NIR in float.")
    ] = None,
    samples: SamplesOption = None,
    json: JsonOption = None,
) -> None:
    """Make a network in integers of a graph, and say what rounding costs: errors, and spikes on samples (--data)."""
    if output.suffix != ".npz":
        raise InputError(f"{output}: a network ends in .npz; expected such a name")
    check_json(json)
    graph = read_graph(file)
    try:
        made = to_network(
            graph, dt=dt, method=method, weight_bits=weight_bits, state_bits=state_bits, name=file.stem
        )  # fmt: skip
    except InputError as error:
        raise InputError(f"{file}: {error}") from None
    played = None if data is None else load_samples(data, made.network, sample_count(samples))
    found = {} if played is None else {each.name: each for each in agreement(graph, made, played, dt, method)}
    save_network(output, made.network)
    if json:
        layers = [
            {
                **asdict(each),
                **({"spikes": asdict(found[each.name]), "shared": found[each.name].shared} if found else {}),
            }
            for each in made.layers
        ]
        write_json(json, {"file": file.name, "dt": dt, "method": str(method), "delay_error_steps": made.delay,
                          "layers": layers})  # fmt: skip
    table = Table(title=Text(f"{output}: {made.network.synapses:,} synapses"), title_justify="left")
    titles = ("layer", "neurons", "synapses", "error of weights", "of leaks", "of thresholds")
    for title in (*titles, *(("spikes, float", "rounded", "shared") if found else ())):
        table.add_column(title, justify="left" if title == "layer" else "right")
    for each in made.layers:
        row: list[Text | str] = [Text(each.name), f"{each.neurons:,}", f"{each.synapses:,}", f"{each.weight:.3%}",
                                 f"{each.leak:.1e}", f"{each.threshold:.3%}"]  # fmt: skip
        if found:
            seen = found[each.name]
            row += [f"{seen.spikes_float:,}", f"{seen.spikes:,}", f"{seen.shared:.2%}"]
        table.add_row(*row)
    shown = console()
    shown.print(table)
    if made.delay:
        shown.print(f"delays are off by up to {made.delay:.2g} steps, from rounding to steps of {dt} s", soft_wrap=True)


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
