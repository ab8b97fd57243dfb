# SPDX-License-Identifier: Apache-2.0
"""Configurations as JSON; docs/mixed-signal.md describes the format."""

import json
from pathlib import Path
from typing import Any

from model.dynap.chip import BASE, BIASES, DYNAP_SE2, KINDS, Chip
from model.dynap.configuration import Cam, Cell, Configuration, Core, Destination
from model.dynap.fields import Field, check_format, load_json, rows
from support.errors import InputError
from support.files import write_atomic

FORMAT, VERSION = "chronaxie dynap-se2 configuration", 1


def save_configuration(path: Path, configuration: Configuration) -> None:
    """Write a configuration, whole or not at all; a line for each channel and neuron."""
    cores = []
    for core in configuration.cores:
        head = {"chip": core.chip, "core": core.core, "biases": {k: list(v) for k, v in core.biases.items()}}
        cells = [
            {
                "neuron": cell.place, "number": cell.number, "destinations": _sent(cell.destinations),
                "synapses": [[cam.tag, KINDS[cam.kind], cam.mask] for cam in cell.synapses],
            }
            for cell in core.cells
        ]  # fmt: skip
        cores.append(json.dumps(head)[:-1] + ', "neurons": ' + rows(cells) + "}")
    head_text = json.dumps({"format": FORMAT, "version": VERSION, "name": configuration.name,
                            "outputs": list(configuration.outputs)}, indent=1)  # fmt: skip
    text = f'{head_text[:-2]},\n "inputs": {rows([_sent(each) for each in configuration.inputs])},\n "cores": '
    write_atomic(path, (text + "[" + ",\n".join(cores) + "]\n}\n").encode())


def _sent(destinations: tuple[Destination, ...]) -> list[Any]:
    return [[each.tag, each.chip, list(each.cores)] for each in destinations]


def load_configuration(path: Path, board: Chip = DYNAP_SE2) -> Configuration:
    """A configuration of a file. Raises InputError, with file and place or limit, for anything that is none."""
    return read_configuration(load_json(path, "configuration"), board)


def read_configuration(found: Field, board: Chip = DYNAP_SE2) -> Configuration:
    """The configuration of a file's content."""
    check_format(found, FORMAT, VERSION)
    top = found.entries("format", "version", "name", "outputs", "inputs", "cores")
    try:
        return Configuration(
            name=top["name"].text(),
            outputs=tuple(_any(each) for each in top["outputs"].items()),
            inputs=tuple(_destinations(each) for each in top["inputs"].items()),
            cores=tuple(_core(each) for each in top["cores"].items()),
            board=board,
        )
    except InputError as error:
        text = str(error)
        raise (error if text.startswith(found.place) else InputError(f"{found.place}: {text}")) from None


def _any(found: Field) -> int:
    """A whole number whose range the board knows."""
    return found.integer((1 << 31) - 1)


def _destinations(found: Field) -> tuple[Destination, ...]:
    each = [list(one.items(3)) for one in found.items()]
    return tuple(Destination(_any(tag), _any(chip), tuple(_any(core) for core in cores.items()))
                 for tag, chip, cores in each)  # fmt: skip


def _core(found: Field) -> Core:
    parts = found.entries("chip", "core", "biases", "neurons")
    biases = {}
    for name, each in parts["biases"].entries(*BIASES, *BASE).items():
        coarse, fine = each.items(2)
        biases[name] = (_any(coarse), _any(fine))
    cells = tuple(_cell(each) for each in parts["neurons"].items())
    return Core(_any(parts["chip"]), _any(parts["core"]), biases, cells)


def _cell(found: Field) -> Cell:
    parts = found.entries("neuron", "number", "destinations", "synapses")
    synapses = [list(one.items(3)) for one in parts["synapses"].items()]
    return Cell(
        _any(parts["neuron"]), _any(parts["number"]), _destinations(parts["destinations"]),
        tuple(Cam(_any(tag), kind.choice(KINDS), _any(mask)) for tag, kind, mask in synapses),
    )  # fmt: skip
