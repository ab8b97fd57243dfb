# SPDX-License-Identifier: Apache-2.0
"""train.loop.inputs: a run knows its files by their content."""

import json
import re
from pathlib import Path

import pytest

from support.errors import InputError
from tests.train.helpers import run_config
from train.config.run import RunConfig
from train.data.dataset import file_hash
from train.loop.inputs import INPUTS, check_inputs, write_inputs


@pytest.fixture
def config(tmp_path: Path) -> RunConfig:
    """A run with a training file, a run that it starts from and one that it learns from."""
    (tmp_path / "train.h5").write_bytes(b"recordings")
    for name in ("start", "teacher"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "float.pt").write_bytes(name.encode())
    return run_config(
        tmp_path, training={"start": str(tmp_path / "start")}, teachers={"runs": [str(tmp_path / "teacher")]}
    )


def test_hashes_by_key(config: RunConfig, tmp_path: Path) -> None:
    write_inputs(tmp_path, config)
    assert json.loads((tmp_path / INPUTS).read_text()) == {
        "data.train": file_hash(tmp_path / "train.h5"),
        "training.start": file_hash(tmp_path / "start" / "float.pt"),
        "teachers.runs.0": file_hash(tmp_path / "teacher" / "float.pt"),
    }
    assert check_inputs(tmp_path, config)


def test_a_run_that_says_nothing_is_unknown(config: RunConfig, tmp_path: Path) -> None:
    assert not check_inputs(tmp_path, config)


@pytest.mark.parametrize(
    ("name", "key"),
    [("train.h5", "data.train"), ("start/float.pt", "training.start"), ("teacher/float.pt", "teachers.runs.0")],
)
def test_a_file_that_was_replaced(config: RunConfig, tmp_path: Path, name: str, key: str) -> None:
    write_inputs(tmp_path, config)
    (tmp_path / name).write_bytes(b"another")
    message = re.escape(f"{tmp_path}: {tmp_path / name} ({key}) is not the file that the run began with; ")
    with pytest.raises(InputError, match=message):
        check_inputs(tmp_path, config)
    if key == "data.train":
        with pytest.raises(InputError, match=message):
            check_inputs(tmp_path, config, start=False)
    else:
        assert check_inputs(tmp_path, config, start=False), "asked for the training file alone"
    (tmp_path / name).unlink()
    assert check_inputs(tmp_path, config), "a file that is gone is not another one"


@pytest.mark.parametrize("content", ["[", "3", '["a"]'])
def test_damaged(config: RunConfig, tmp_path: Path, content: str) -> None:
    (tmp_path / INPUTS).write_text(content)
    with pytest.raises(InputError, match=r"inputs\.json: damaged; expected hashes of what the run began with"):
        check_inputs(tmp_path, config)
