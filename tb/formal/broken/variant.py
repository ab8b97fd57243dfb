# SPDX-License-Identifier: Apache-2.0
"""Broken variants of the RTL: a change of a few characters of one module's source, for as long as it is asked for."""

import importlib
import inspect
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pkgutil import walk_packages
from types import ModuleType
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Mutation:
    """A named fault, and the properties of which at least one must reject it."""

    name: str
    module: str
    """The module it is in."""
    old: str
    """What the source says, exactly once."""
    new: str
    """What the broken variant says instead."""
    breaks: tuple[str, ...]
    """Names of properties, in the order in which they are tried."""
    cycles: int = 0
    """Cycles from reset that are searched, if more are needed than the property says."""
    by_induction: bool = False
    """A trace from reset would be too long to find: the proof itself is run, and has to fail. From some state in which
    all its assertions hold, a cycle of the broken variant breaks one of them."""


@contextmanager
def applied(mutation: Mutation) -> Iterator[None]:
    """Everything that is elaborated inside is the broken variant: its classes and functions are in all modules, and its
    classes are the bases of theirs.

    Raises ValueError unless the source has the text exactly once: the RTL has changed, and the mutation must follow.
    """
    # What is imported inside would keep the broken variant.
    top = mutation.module.partition(".")[0]
    for each in walk_packages(importlib.import_module(top).__path__, f"{top}."):
        importlib.import_module(each.name)
    original = importlib.import_module(mutation.module)
    source = inspect.getsource(original)
    count = source.count(mutation.old)
    if count != 1:
        raise ValueError(f"mutation {mutation.name}: {mutation.module} has {mutation.old!r} {count} times, not once")
    broken = ModuleType(mutation.module)
    # The name of a module that is not a file: tools that look up source lines find none, rather than wrong ones.
    code = compile(source.replace(mutation.old, mutation.new), f"<{mutation.name}>", "exec")
    sys.modules[mutation.module] = broken
    try:
        exec(code, broken.__dict__)
    finally:
        sys.modules[mutation.module] = original
    own = {name: value for name, value in vars(original).items() if getattr(value, "__module__", "") == mutation.module}
    replaced = {id(value): vars(broken)[name] for name, value in own.items()}
    undo: list[tuple[dict[Any, Any], Any, Any]] = []
    for name, module in list(sys.modules.items()):
        if name.split(".")[0] in ("rtl", "tb"):
            tables = [vars(module), *(each for each in vars(module).values() if isinstance(each, dict))]
            for table in tables:
                for key, value in list(table.items()):
                    if id(value) in replaced and not str(key).startswith("__"):
                        undo.append((table, key, value))
                        table[key] = replaced[id(value)]
    heirs = _heirs(own.values(), mutation.module)
    for heir, bases in heirs:
        heir.__bases__ = tuple(replaced.get(id(base), base) for base in bases)
    try:
        yield
    finally:
        for heir, bases in heirs:
            heir.__bases__ = bases
        for table, key, value in undo:
            table[key] = value


def _heirs(values: Iterable[Any], module: str) -> list[tuple[type, tuple[type, ...]]]:
    """The classes of other modules that inherit from some of these, each with its bases."""
    found: list[tuple[type, tuple[type, ...]]] = []
    for value in values:
        below: list[type] = value.__subclasses__() if isinstance(value, type) else []
        found += [(each, each.__bases__) for each in below if each.__module__ != module]
    return found
