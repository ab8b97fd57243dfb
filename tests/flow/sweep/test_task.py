# SPDX-License-Identifier: Apache-2.0
"""The key of a task: it changes with all that decides the result, and with nothing else."""

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from flow.sweep import task as module
from flow.sweep.task import Task, check_here
from support.errors import InputError
from tests.flow.examples import small_image, write_recordings
from tests.flow.sweep.examples import call, tasks


def cost(folder: Path, more: str = "", image: str = "small.chx") -> Task:
    text = f'[[tasks]]\nkind = "cost"\nimage = "{folder / image}"\ndata = "{folder / "x.h5"}"\nsamples = 2\n{more}\n'
    [found] = tasks(folder, text)
    return found


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    small_image().save(tmp_path / "small.chx")
    write_recordings(tmp_path / "x.h5")
    return tmp_path


def test_content_counts_and_no_name(folder: Path) -> None:
    first = cost(folder)
    assert cost(folder) == first
    shutil.copy(folder / "small.chx", folder / "other.chx")
    assert cost(folder, image="other.chx").key == first.key
    small_image(seed=8).save(folder / "other.chx")
    assert cost(folder, image="other.chx").key != first.key


def test_options_count(folder: Path) -> None:
    first = cost(folder)
    assert cost(folder, "cores = 1").key == first.key, "a default that is given is the default"
    assert cost(folder, "cores = 2").key != first.key
    keys = [each.key for each in tasks(folder, call("square", x=[1, 2]), call("flaky", log=""))]
    assert len(set(keys)) == 3


def test_sources_and_limits(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Sources are part of a key; how long a task may take is not."""
    first = cost(folder)
    table = f'[[tasks]]\nkind = "cost"\nimage = "{folder / "small.chx"}"\ndata = "{folder / "x.h5"}"\nsamples = 2\n'
    [other] = tasks(folder, table, limits="seconds = 5")
    assert other.key == first.key
    assert len({module.sources_digest(kind) for kind in ("sim", "cost", "area", "train")}) == 4
    monkeypatch.setattr(module, "sources_digest", lambda _: "another version")
    assert cost(folder).key != first.key


def test_a_worker_with_something_else(folder: Path) -> None:
    task = cost(folder)
    check_here(task)
    with pytest.raises(InputError, match=r"other sources or tools in .* than where the sweep was started"):
        check_here(replace(task, sources="0"))
    write_recordings(folder / "x.h5", 7)
    with pytest.raises(InputError, match=r"x\.h5: is not the file that the sweep was started with"):
        check_here(task)


def test_words(folder: Path) -> None:
    assert cost(folder, "cores = 2").line == "cost image=small.chx data=x.h5 samples=2 cores=2"
