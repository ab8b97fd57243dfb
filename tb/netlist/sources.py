# SPDX-License-Identifier: Apache-2.0
"""The code that classes rest on: the modules that they come from and all that those import, as written and as loaded.

As loaded, because a test may have put something else there, as broken variants do, and because a file may be newer than
what Python has read of it.
"""

import re
import types
from collections.abc import Iterable, Iterator
from functools import cache
from importlib import import_module
from pathlib import Path

from support.folder_cache import digest
from support.paths import ROOT
from tb.netlist.state import PLAIN, State, code_text, functions_of

IMPORT = re.compile(r"^[ \t]*(?:from[ \t]+([\w.]+)[ \t]+import[ \t]+(\([^)]*\)|[^\n#]*)|import[ \t]+([^\n#]*))", re.M)
"""An import, wherever in a module."""
BY_NAME = re.compile(r"\"((?:\w+\.)+\w+)\"")
"""What may be the name of a package, one of whose modules is loaded by a name that is known only then: delay units."""
LOADED = ("model", "rtl", "support", "tb")
"""Packages whose modules are loaded to see what they are now; of others, what is written counts, and what was met."""


@cache
def _file(name: str) -> Path | None:
    """The file of a module of the project; None of any other."""
    stem = ROOT.joinpath(*name.split("."))
    for path in (stem / "__init__.py", stem.with_suffix(".py")):
        if path.is_file():
            return path
    return None


def imports(text: str) -> Iterator[str]:
    """Names that a module may import: ``from a import b`` gives a and a.b, of which the second may be no module."""
    for package in BY_NAME.findall(text):
        if _file(package):
            stems = (path.stem for path in ROOT.joinpath(*package.split(".")).glob("*.py"))
            yield from (f"{package}.{stem}" for stem in stems if stem != "__init__")
    for package, names, plain in IMPORT.findall(text):
        for each in (names or plain).strip("()").split(","):
            words = each.split()
            if package:
                yield package
            if words:
                yield f"{package}.{words[0]}" if package else words[0]


@cache
def _written(roots: frozenset[str]) -> tuple[frozenset[str], str]:
    """Modules of the project that some rest on, themselves included, and a hash of their texts."""
    texts: dict[str, str] = {}
    left = list(roots)
    while left:
        name = left.pop()
        # A package is run before what is in it.
        left += [name.rpartition(".")[0]] if "." in name and name not in texts else []
        path = _file(name) if name and name not in texts else None
        if path is not None:
            texts[name] = path.read_text()
            left += [each for each in imports(texts[name]) if each not in texts]
    return frozenset(texts), digest(*(part for item in sorted(texts.items()) for part in item))


def _ours(name: str) -> bool:
    return _file(name) is not None


def code_digest(classes: Iterable[type], functions: Iterable[types.FunctionType]) -> str:
    """A hash of all code of the project that objects of these classes, and these functions, rest on.

    What comes from packages is not in it. A function or a class that has been replaced in one of the modules counts as
    what it has been replaced by; so does a plain value.
    """
    met: list[type | types.FunctionType] = [*classes, *functions]
    names = frozenset(each.__module__ for each in met if _ours(each.__module__))
    modules, text = _written(names)
    state = State()
    for each in sorted(met, key=lambda each: (each.__module__, each.__qualname__)):
        _add_code(state, each)
    for name in sorted(each for each in modules if each.split(".")[0] in LOADED):
        state.parts.append(f"module {name}")
        for member, value in sorted(vars(import_module(name)).items()):
            # Dunders say where a module is; modules in it are those that happen to be loaded.
            if member.startswith("__") or isinstance(value, types.ModuleType):
                continue
            state.parts.append(f"{member} = {value!r}" if isinstance(value, PLAIN) else member)
            _add_code(state, value)
    return digest(text, state.text)


def _add_code(state: State, value: object) -> None:
    """The code of a function or of a class of the project, to ``state``; anything else is as it is written."""
    if isinstance(value, type):
        if _ours(value.__module__) and value not in state.classes:
            state.classes.add(value)
            state.parts.append(f"class {value.__module__} {value.__qualname__}")
            for base in value.__mro__[1:]:
                _add_code(state, base)
            for name, member in sorted(vars(value).items()):
                state.parts.append(f"{name} = {member!r}" if isinstance(member, PLAIN) and name[0] != "_" else name)
                _add_code(state, member)
        return
    for function in functions_of(value):
        if isinstance(function, types.FunctionType) and _ours(function.__module__) and function not in state.functions:
            state.functions.add(function)
            state.parts.append(f"function {function.__module__} {function.__qualname__}")
            _add_function(state, function)


def _add_function(state: State, function: types.FunctionType) -> None:
    state.parts.append(code_text(function.__code__))
    for held in (*(function.__defaults__ or ()), *_closed_over(function)):
        state.parts.append(repr(held) if isinstance(held, PLAIN) else type(held).__name__)
        _add_code(state, held)


def _closed_over(function: types.FunctionType) -> Iterator[object]:
    for cell in function.__closure__ or ():
        try:
            yield cell.cell_contents
        except ValueError:
            continue
