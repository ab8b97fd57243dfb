# SPDX-License-Identifier: Apache-2.0
"""A network as a file: an .npz of its arrays, with the rest as JSON inside."""

import io
import os
from typing import Any

import numpy as np

from model.image.info import describe, from_json, restore, to_json
from model.network import PARAMETERS, SYNAPSE, Network, Neurons
from support.archives import read_npz
from support.errors import InputError
from support.files import write_atomic

FORMAT = 2
"""Version of the file."""
LATER = {1: {"refractory"}}
"""Parameters that files of an earlier format do not have: their neurons have the default."""


def save_network(path: str | os.PathLike[str], network: Network) -> None:
    """Write a network to a file, whole or not at all."""
    arrays: dict[str, Any] = {name: getattr(network, name) for name in SYNAPSE}
    arrays |= {f"neurons_{name}": getattr(network.neurons, name) for name in PARAMETERS}
    arrays |= {
        "format": np.array(FORMAT),
        "axons": np.array(network.axons),
        "state_bits": np.array(network.neurons.state_bits),
        "max_steps": np.array(network.max_steps),
        "info": np.frombuffer(to_json(describe(network)), np.uint8),
    }
    file = io.BytesIO()
    np.savez_compressed(file, **arrays)
    write_atomic(path, file.getvalue())


def load_network(path: str | os.PathLike[str]) -> Network:
    """The network of a file that ``save_network`` wrote; InputError, with the file's name, if it is none."""
    arrays: dict[str, Any] = {**read_npz(path, "network")}
    version = _number(path, arrays, "format") if "format" in arrays else FORMAT
    names = [name for name in PARAMETERS if name not in LATER.get(version, ())]
    missing = {"format", "axons", "state_bits", "max_steps", "info", *SYNAPSE} - set(arrays)
    missing |= {f"neurons_{name}" for name in names} - set(arrays)
    if missing:
        raise InputError(f"{path}: no network file: expected {', '.join(sorted(missing))}")
    if version != FORMAT and version not in LATER:
        raise InputError(f"{path}: network file of format {version}, expected {FORMAT}")
    try:
        if arrays["info"].dtype != np.uint8:
            raise InputError(f"info must be bytes (uint8), not {arrays['info'].dtype}")
        info = from_json(arrays["info"].tobytes(), "info")
        parameters = {name: arrays[f"neurons_{name}"] for name in names}
        return Network(
            axons=_number(path, arrays, "axons"),
            neurons=Neurons(
                count=len(np.atleast_1d(parameters["alpha"])),
                state_bits=_number(path, arrays, "state_bits"),
                **parameters,
            ),
            max_steps=_number(path, arrays, "max_steps"),
            **{name: arrays[name] for name in SYNAPSE},
            **restore(info, "info"),
        )
    except InputError as error:
        raise InputError(str(error) if str(path) in str(error) else f"{path}: {error}") from None


def _number(path: str | os.PathLike[str], arrays: dict[str, Any], name: str) -> int:
    array = arrays[name]
    if array.ndim or array.dtype.kind not in "iu":
        raise InputError(f"{path}: {name} must be an integer, not {array.dtype} of shape {array.shape}")
    return int(array)
