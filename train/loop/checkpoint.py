# SPDX-License-Identifier: Apache-2.0
"""What a run keeps of its networks on disk, and how a network comes back from it."""

import io
import json
from pathlib import Path
from pickle import UnpicklingError
from typing import Any

import torch

from support.errors import InputError
from support.files import write_atomic
from train.config.run import RunConfig
from train.layers.network import DelayNetwork

CHECKPOINT = "checkpoint.pt"
"""The whole state of a run."""
FLOAT = "float.pt"
"""The network before it was quantised."""

State = dict[str, Any]


def make_network(config: RunConfig) -> DelayNetwork:
    """The network of a run at its start."""
    options = config.training
    return DelayNetwork(
        config.encoding.axons, config.network, dropout=options.dropout, seed=options.seed,
        noise=config.noise if config.noise else None, dtype=getattr(torch, options.precision),
    )  # fmt: skip


def save_checkpoint(path: Path, state: State) -> None:
    """Write a state, whole or not at all."""
    buffer = io.BytesIO()
    torch.save(state, buffer)
    write_atomic(path, buffer.getvalue())


def load_checkpoint(path: Path) -> State | None:
    """The state in a file, on the CPU, or None if there is no file.

    Raises InputError if it is damaged, or of a DelGrad run.
    """
    if not path.is_file():
        return None
    try:
        state: State = torch.load(path, map_location="cpu", weights_only=True)
        exact = json.loads(state["config"]).get("method") == "delgrad"
        if not exact:
            RunConfig.model_validate_json(state["config"])
    except (OSError, RuntimeError, EOFError, UnpicklingError, KeyError, TypeError, ValueError, AttributeError):
        raise InputError(f"{path}: not a checkpoint, or a damaged one; remove it, or train anew (--fresh)") from None
    if exact:
        raise InputError(
            f"{path}: of a DelGrad run, which has no integers of its own; train.delgrad.core.grid.to_core maps its "
            "network to a core, and `chronaxie yinyang` measures it there"
        )
    return state


def load_start(config: RunConfig) -> State:
    """The network, before quantisation, of the run that a configuration starts from.

    Raises InputError if there is none, if it is another network or sees its input otherwise, and if it learned from
    speakers that are held out now: accuracy on them would say nothing.
    """
    folder = config.training.start
    assert folder is not None
    state = load_checkpoint(folder / FLOAT)
    if state is None:
        raise InputError(f"training.start: no {FLOAT} in {folder}; expected a run's folder")
    before = RunConfig.model_validate_json(state["config"])
    if (before.network, before.encoding) != (config.network, config.encoding):
        raise InputError(
            f"training.start: {folder} has another [network] or [encoding]; expected those of {config.name}"
        )
    heard = sorted(set(config.data.validation_speakers) - set(before.data.validation_speakers))
    if heard:
        raise InputError(
            f"training.start: {folder} learned from speakers {', '.join(map(str, heard))}, which are held out here"
        )
    return state


def restore(network: DelayNetwork, state: State, part: str) -> None:
    """Bring a fresh network, on the CPU, into the form and state of a checkpoint; ``part``: network or average.

    Raises InputError if the checkpoint's network has other layers.
    """
    if state["settled"]:
        network.settle()
    if state["folded"]:
        network.fold()
        config = RunConfig.model_validate_json(state["config"])
        bottom, top = config.quantisation.range
        for k, layer in enumerate(network.layers):
            scale = state[part][f"stack.{k}.neurons.scale"].clone()
            layer.neurons.quantise(scale, config.budget.vmax)
            table = state[part].get(f"stack.{k}.synapses.table")
            for group in layer.groups:
                group.quantise(scale, bottom, top, None if table is None else table.clone())
    try:
        network.load_state_dict(state[part])
    except RuntimeError as error:
        reason = str(error).splitlines()[-1].strip()
        raise InputError(f"the network of the checkpoint is of another form: {reason}") from None
