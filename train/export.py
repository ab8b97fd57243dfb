"""A network as an .npz file: its arrays, and everything else as JSON; readable without this project."""

import io
from pathlib import Path

import numpy as np

from model.errors import InputError
from model.files import read_bytes, write_atomic
from model.info import describe, from_json, restore, to_json
from model.network import PARAMETERS, SYNAPSE, Network, Neurons


def save_network(network: Network, path: Path) -> None:
    """Write ``network``: arrays source, target, delay, weight, the parameters of the neurons, axons, state_bits,
    max_steps, and ``info``, the JSON of ``model.info``."""
    buffer = io.BytesIO()
    np.savez_compressed(
        buffer,
        **{name: getattr(network, name) for name in SYNAPSE},
        **{name: getattr(network.neurons, name) for name in PARAMETERS},
        axons=network.axons,
        state_bits=network.neurons.state_bits,
        max_steps=network.max_steps,
        info=np.frombuffer(to_json(describe(network)), np.uint8),
    )
    write_atomic(path, buffer.getvalue())


def load_network(path: Path) -> Network:
    """The network of a file that ``save_network`` wrote; InputError if it is none."""
    data = read_bytes(path, "network")
    try:
        with np.load(io.BytesIO(data)) as file:
            arrays = {name: file[name] for name in file.files}
        neurons = Neurons(
            count=len(arrays["alpha"]),
            state_bits=int(arrays["state_bits"]),
            **{name: arrays[name] for name in PARAMETERS},
        )
        return Network(
            axons=int(arrays["axons"]),
            neurons=neurons,
            **{name: arrays[name] for name in SYNAPSE},
            max_steps=int(arrays["max_steps"]),
            **restore(from_json(arrays["info"].tobytes(), str(path)), str(path)),
        )
    except InputError:
        raise
    except (KeyError, ValueError, OSError, EOFError, TypeError) as error:
        raise InputError(f"{path}: not a network file ({error})") from None
