# SPDX-License-Identifier: Apache-2.0
"""``chronaxie deploy`` and ``undeploy``: a network for what it is to run on, and back; ``dynap``: a chip simulated."""

from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer
from rich.table import Table
from rich.text import Text

from flow.commands import image as images
from flow.commands import mapping
from flow.commands.options import OUTPUT, JsonOption
from flow.commands.train import training
from flow.run.report import check_json, write_json
from model.dynap.configuration import Configuration
from model.dynap.configuration_file import load_configuration, save_configuration
from model.dynap.mapper import deploy as deploy_analog
from model.dynap.mapper import undeploy as undeploy_analog
from model.dynap.network_file import load_analog, save_analog
from model.dynap.rounding import rounded
from model.imperfect.mismatch import Mismatch
from model.limits import LANES
from support.console import console
from support.errors import InputError

TARGETS = {
    ".chx": "an image for one core", ".chxb": "a bundle for several cores", ".json": "a configuration of DYNAP-SE2"
}  # fmt: skip


def deploy(
    *,
    network: Annotated[
        Path, typer.Argument(metavar="NETWORK", help="A network in integers (.npz, or an image .chx), or a "
                             "mixed-signal one (.json).")
    ],
    output: Annotated[
        Path, typer.Option("--output", "-o", metavar="FILE", help="What it becomes: an image (.chx), a bundle for "
                           "several cores (.chxb), or a configuration of DYNAP-SE2 (.json)."), OUTPUT
    ],
    cores: Annotated[int | None, typer.Option(metavar="N", help="Of a bundle: cores to spread over.")] = None,
    lanes: Annotated[
        int | None, typer.Option(metavar="N", help="Of an image or a bundle: synapses a cycle of each core.")
    ] = None,
    codebook: Annotated[bool, typer.Option("--codebook", help="Of an image: weights as indices into a table.")] = False,
    exact: Annotated[
        bool, typer.Option("--exact", help="Of a configuration: refuse what the chip does not hold exactly.")
    ] = False,
    seed: Annotated[int, typer.Option(min=0, help="Of the searches for a layout, and for base weights.")] = 0,
) -> None:  # fmt: skip
    """Make an image, a bundle, or a configuration of DYNAP-SE2 of a network: the output's name says which."""
    kind = output.suffix
    if kind not in TARGETS:
        raise InputError(f"{output}: expected a name that ends in {_listed(TARGETS)}")
    options = {"--cores": (cores, (".chxb",)), "--lanes": (lanes, (".chx", ".chxb")),
               "--codebook": (codebook or None, (".chx",)), "--exact": (exact or None, (".json",))}  # fmt: skip
    for name, (given, kinds) in options.items():
        if given is not None and kind not in kinds:
            raise InputError(f"{name} is for {' and '.join(TARGETS[each] for each in kinds)}; {output} is none")
    if kind == ".json":
        _to_chip(network, output, exact, seed)
    elif network.suffix not in {".npz", ".chx"}:
        raise InputError(f"{network}: expected a network in integers (.npz, or an image .chx) for {TARGETS[kind]}")
    elif kind == ".chxb":
        if cores is None:
            raise InputError(f"{output}: a bundle is for several cores; expected --cores")
        mapping.map_(network=network, output=output, cores=cores, lanes=lanes or LANES.default, seed=seed)
    elif network.suffix == ".chx":
        raise InputError(
            f"{network}: is an image already; expected a network (.npz), or a bundle (.chxb) as the output"
        )
    else:
        images.compile_(network=network, output=output, lanes=lanes, codebook=codebook, seed=seed)


def undeploy(
    *,
    deployed: Annotated[
        Path, typer.Argument(metavar="FILE", help="An image (.chx), a bundle (.chxb) or a configuration of DYNAP-SE2 "
                             "(.json).")
    ],
    output: Annotated[
        Path, typer.Option("--output", "-o", metavar="NETWORK", help="The network: .npz, or .json of a configuration."),
        OUTPUT,
    ],
) -> None:  # fmt: skip
    """Get back the network of an image, a bundle or a configuration: an equal one."""
    if deployed.suffix == ".chx":
        images.network(deployed, output)
    elif deployed.suffix == ".chxb":
        mapping.unmap(bundle=deployed, output=output)
    elif deployed.suffix != ".json":
        raise InputError(f"{deployed}: expected a name that ends in {_listed(TARGETS)}")
    elif output.suffix != ".json":
        raise InputError(f"{output}: a mixed-signal network ends in .json; expected such a name")
    else:
        found = undeploy_analog(load_configuration(deployed))
        save_analog(output, found)
        console().print(
            f"{output}: {found.neurons} neurons, {found.channels} channels, {found.synapses:,} synapses", soft_wrap=True
        )


def dynap(
    *,
    configuration: Annotated[Path, typer.Argument(metavar="FILE", help="A configuration of DYNAP-SE2 (.json).")],
    patterns: Annotated[
        Path, typer.Argument(metavar="PATTERNS", help="What channels send: 0 and 1, (patterns, steps, channels), .npy.")
    ],
    dt: Annotated[float, typer.Option(metavar="MS", min=1e-3, help="Of a step, in milliseconds.")] = 1.0,
    devices: Annotated[int, typer.Option(metavar="N", min=0, help="Devices, besides the designed one.")] = 20,
    sigma: Annotated[float, typer.Option(min=0, help="Relative standard deviation of what is fabricated.")] = 0.1,
    seed: Annotated[int, typer.Option(min=0, help="Which devices.")] = 0,
    json: JsonOption = None,
) -> None:  # fmt: skip
    """Simulate a configuration of DYNAP-SE2 alone: spikes of its outputs, as designed and on devices with mismatch."""
    check_json(json)
    loaded = load_configuration(configuration)
    if not loaded.outputs:
        raise InputError(f"{configuration}: has no outputs; expected neurons to count the spikes of")
    simulated = training("train.mixed_signal.deployed").Simulated
    rasters = training("train.mixed_signal.patterns").load_patterns(patterns, apart=False)
    designed = simulated(loaded).counts(rasters, dt * 1e-3)[0]
    several = None
    if devices:
        several = simulated(loaded, Mismatch(sigma=sigma, seed=seed), range(devices)).counts(rasters, dt * 1e-3)
    if json:
        content = {"configuration": configuration.name, "outputs": list(loaded.outputs), "designed": designed.tolist()}
        if several is not None:
            content |= {"sigma": sigma, "seed": seed, "devices": several.tolist()}
        write_json(json, content)
    console().print(_counts(configuration, loaded, designed, several))


def _counts(path: Path, configuration: Configuration, designed: Any, devices: Any) -> Table:
    """Spikes of each output in each pattern: as designed, and quartiles over devices."""
    table = Table("pattern", title=Text(f"{path}: spikes of the outputs"), title_justify="left")
    for number in configuration.outputs:
        table.add_column(f"neuron {number}", justify="right")
    for k, row in enumerate(designed):
        cells = [f"{count:.0f}" for count in row]
        if devices is not None:
            low, median, high = np.quantile(devices[:, k], [0.25, 0.5, 0.75], axis=0)
            cells = [f"{c} (devices: {b:.0f}, {a:.0f} to {d:.0f})" for c, a, b, d in
                     zip(cells, low, median, high, strict=True)]  # fmt: skip
        table.add_row(str(k), *cells)
    return table


def _to_chip(network: Path, output: Path, exact: bool, seed: int) -> None:
    if network.suffix != ".json":
        raise InputError(f"{network}: expected a mixed-signal network (.json) for {TARGETS['.json']}")
    loaded, said = load_analog(network), "as it is"
    try:
        if not exact:
            found = rounded(loaded, seed=seed)
            loaded = found.network
            said = (
                f"rounded: currents of synapses by {found.error:.1%}, biases by at most {found.bias_error:.1%}, "
                f"{found.gone} synapses gone"
            )
        configuration = deploy_analog(loaded)
    except InputError as error:
        raise InputError(f"{network}: {error}") from None
    save_configuration(output, configuration)
    tags = len(configuration.senders())
    console().print(
        f"{output}: {configuration.neurons} neurons on {len(configuration.cores)} cores, {loaded.synapses:,} synapses, "
        f"{tags:,} tags, {said}",
        soft_wrap=True,
    )


def _listed(names: dict[str, str]) -> str:
    return ", ".join(f"{ending} ({what})" for ending, what in names.items())
