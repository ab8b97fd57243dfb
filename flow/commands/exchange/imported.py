# SPDX-License-Identifier: Apache-2.0
"""What the importing commands share: reading, comparing on samples, saving, and saying what rounding cost."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table
from rich.text import Text

from flow.commands.options import OUTPUT, sample_count, stages
from flow.exchange.agreement import LayerAgreement, agreement
from flow.exchange.reading import Graph
from flow.exchange.reference import Stepper
from flow.exchange.rounding import Imported
from flow.run.recordings import load_samples
from flow.run.report import check_json, write_json
from model.limits import WEIGHT_BITS
from model.network_file import save_network
from support.console import console
from support.errors import InputError
from support.listener import Listener

NetworkOption = Annotated[Path, typer.Option("--output", "-o", metavar="NETWORK", help="The network (.npz)."), OUTPUT]
WeightBitsOption = Annotated[
    int,
    typer.Option("--weight-bits", min=WEIGHT_BITS.low, max=WEIGHT_BITS.high, metavar="N", help="Bits of a weight."),
]
StateBitsOption = Annotated[
    int | None, typer.Option("--state-bits", metavar="N", help="Bits of current and potential.")
]  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Column:
    """What else the report says of each layer."""

    title: str
    fields: Sequence[Mapping[str, Any]]
    """For the JSON, by layer."""
    shown: Sequence[str]


@dataclass(frozen=True, kw_only=True)
class Format:
    """How files of one kind are read and made into networks."""

    read: Callable[[Path], Graph]
    make: Callable[[Graph, Listener], Imported]
    stepper: Callable[[Graph], Stepper]
    reference: str
    """What the spikes of the stepper are called."""
    settings: Mapping[str, Any]
    """For the JSON."""
    columns: Callable[[Graph, Imported], Sequence[Column]] = lambda *_: ()


def import_graph(
    kind: Format, file: Path, output: Path, *, data: Path | None, samples: str | None, json: Path | None
) -> Imported:
    """Make and save the network of a file, and show what that cost; nothing is written where it cannot be made."""
    if output.suffix != ".npz":
        raise InputError(f"{output}: a network ends in .npz; expected such a name")
    check_json(json)
    with stages() as listener:
        listener.begin("reading", 1)
        graph = kind.read(file)
        listener.advance()
        try:
            made = kind.make(graph, listener)
        except InputError as error:
            raise InputError(f"{file}: {error}") from None
        played = None if data is None else load_samples(data, made.network, sample_count(samples))
        found = None if played is None else agreement(kind.stepper(graph), made, played, listener)
    columns = kind.columns(graph, made)
    save_network(output, made.network)
    if json:
        layers: list[dict[str, Any]] = [asdict(each) for each in made.layers]
        for place, layer in enumerate(layers):
            for column in columns:
                layer.update(column.fields[place])
            if found:
                layer.update({"spikes": asdict(found[place]), "shared": found[place].shared})
        write_json(json, {"file": file.name, **kind.settings, "delay_error_steps": made.delay, "layers": layers})
    console().print(_table(f"{output}: {made.network.synapses:,} synapses", kind, made, columns, found))
    return made


def _table(
    title: str, kind: Format, made: Imported, columns: Sequence[Column], found: Sequence[LayerAgreement] | None
) -> Table:
    table = Table(title=Text(title), title_justify="left")
    titles = ["layer", "neurons", "synapses", "error of weights", "of leaks", "of thresholds"]
    titles += [column.title for column in columns]
    for each in (*titles, *((f"spikes, {kind.reference}", "rounded", "shared") if found else ())):
        table.add_column(each, justify="left" if each == "layer" else "right")
    for place, layer in enumerate(made.layers):
        row: list[Text | str] = [Text(layer.name), f"{layer.neurons:,}", f"{layer.synapses:,}", f"{layer.weight:.3%}",
                                 f"{layer.leak:.1e}", f"{layer.threshold:.3%}"]  # fmt: skip
        row += [column.shown[place] for column in columns]
        if found:
            seen = found[place]
            row += [f"{seen.spikes_float:,}", f"{seen.spikes:,}", f"{seen.shared:.2%}"]
        table.add_row(*row)
    return table
