# SPDX-License-Identifier: Apache-2.0
"""Mixed-signal networks as JSON; docs/mixed-signal.md describes the format."""

import json
from pathlib import Path
from typing import Any

import numpy as np

from model.dynap.chip import BASE, BIASES, KINDS
from model.dynap.fields import Field, check_format, load_json, rows
from model.dynap.network import AnalogNetwork
from support.errors import InputError
from support.files import write_atomic

FORMAT, VERSION = "chronaxie mixed-signal network", 1
MOST = (1 << 31) - 1


def save_analog(path: Path, network: AnalogNetwork) -> None:
    """Write a network, whole or not at all."""
    synapses = [
        [int(source), int(target), KINDS[int(kind)], float(current)]
        for source, target, kind, current in zip(
            network.source, network.target, network.kind, network.current, strict=True
        )
    ]
    head: dict[str, Any] = {
        "format": FORMAT, "version": VERSION, "name": network.name, "channels": network.channels,
        "outputs": list(network.outputs), "group": network.group.tolist(),
        "biases": [dict(each) for each in network.biases],
    }  # fmt: skip
    text = json.dumps(head, indent=1)[:-2] + ',\n "synapses": ' + rows(synapses) + "\n}\n"
    write_atomic(path, text.encode())


def load_analog(path: Path) -> AnalogNetwork:
    """A network of a file. Raises InputError, with file and place, for anything that is none."""
    return read_analog(load_json(path, "mixed-signal network"))


def read_analog(found: Field) -> AnalogNetwork:
    """The network of a file's content."""
    check_format(found, FORMAT, VERSION)
    top = found.entries("format", "version", "name", "channels", "outputs", "group", "biases", "synapses")
    synapses = [list(each.items(4)) for each in top["synapses"].items()]
    try:
        return AnalogNetwork(
            name=top["name"].text(),
            channels=top["channels"].integer(MOST),
            outputs=tuple(each.integer(MOST) for each in top["outputs"].items()),
            group=np.array([each.integer(MOST) for each in top["group"].items()], np.int64),
            biases=tuple(_biases(each) for each in top["biases"].items()),
            source=np.array([each[0].integer(MOST) for each in synapses], np.int64),
            target=np.array([each[1].integer(MOST) for each in synapses], np.int64),
            kind=np.array([each[2].choice(KINDS) for each in synapses], np.int64),
            current=np.array([each[3].number() for each in synapses], np.float64),
        )
    except InputError as error:
        text = str(error)
        raise (error if text.startswith(found.place) else InputError(f"{found.place}: {text}")) from None


def _biases(found: Field) -> dict[str, float]:
    based = isinstance(found.value, dict) and BASE[0] in found.value
    return {name: each.number() for name, each in found.entries(*BIASES, *(BASE if based else ())).items()}
