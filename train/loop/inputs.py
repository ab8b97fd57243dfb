# SPDX-License-Identifier: Apache-2.0
"""What a run was made from, by content: a run that goes on with other data would be of neither."""

import json
from pathlib import Path

from support.errors import InputError
from support.files import write_atomic
from train.config.run import RunConfig
from train.data.dataset import file_hash
from train.loop.checkpoint import FLOAT

INPUTS = "inputs.json"
"""SHA-256 of the files that a run began with, by key of its configuration."""


def write_inputs(folder: Path, config: RunConfig) -> None:
    """Note what a run begins with."""
    hashes = {key: file_hash(path) for key, path in files_read(config).items() if path.is_file()}
    write_atomic(folder / INPUTS, (json.dumps(hashes, indent=2) + "\n").encode())


def check_inputs(folder: Path, config: RunConfig, *, start: bool = True) -> bool:
    """Whether it is known that a run's files are those that it began with: runs of earlier versions do not say.

    ``start``: the runs that it starts from or learns from as well. A file that is gone is not another one; who needs
    it says so.
    Raises InputError, in one line, for a file that was replaced.
    """
    path = folder / INPUTS
    if not path.is_file():
        return False
    try:
        before = dict(json.loads(path.read_bytes()))
    except (OSError, ValueError, TypeError):
        raise InputError(f"{path}: damaged; expected hashes of what the run began with; train anew (--fresh)") from None
    files = files_read(config) if start else {"data.train": config.data.train}
    for key, file in files.items():
        if file.is_file() and before.get(key) != file_hash(file):
            raise InputError(
                f"{folder}: {file} ({key}) is not the file that the run began with; bring that one back, or train anew "
                "(--fresh)"
            )
    return True


def files_read(config: RunConfig) -> dict[str, Path]:
    """The files that a run begins with, by key of its configuration."""
    start, teachers = config.training.start, config.teachers.runs
    return {
        "data.train": config.data.train,
        **({"training.start": start / FLOAT} if start else {}),
        **{f"teachers.runs.{k}": folder / FLOAT for k, folder in enumerate(teachers)},
    }
