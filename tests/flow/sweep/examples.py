# SPDX-License-Identifier: Apache-2.0
"""Sweeps that the tests share."""

from pathlib import Path
from typing import Any

from flow.sweep.spec import load_spec
from flow.sweep.task import Task, tasks_of

POISON = Path(__file__).with_name("poison.py")


def call(function: str, **options: Any) -> str:
    """A table of tasks that call a function of ``poison``; lists are axes."""
    values = "".join(f"{name} = {value!r}\n" for name, value in options.items())
    return f'[[tasks]]\nkind = "call"\nfunction = "{POISON}:{function}"\n[tasks.options]\n{values}'


def spec_file(folder: Path, *tables: str, limits: str = "") -> Path:
    """A file of a sweep."""
    path = folder / "spec.toml"
    path.write_text('name = "test"\n' + (f"[limits]\n{limits}\n" if limits else "") + "\n".join(tables))
    return path


def tasks(folder: Path, *tables: str, limits: str = "") -> list[Task]:
    """The tasks of such a file."""
    return tasks_of(load_spec(spec_file(folder, *tables, limits=limits)))
