# SPDX-License-Identifier: Apache-2.0
"""Reading JSON from others: every value is taken with its place, which an error names."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from support.errors import InputError
from support.files import read_bytes


@dataclass(frozen=True)
class Field:
    """A value of a file and where it stands."""

    value: Any
    place: str

    def refuse(self, expected: str) -> InputError:
        """The error that says what was expected here."""
        text = json.dumps(self.value)
        return InputError(f"{self.place}: expected {expected}, not {text if len(text) < 60 else text[:57] + '...'}")

    def entries(self, *keys: str) -> dict[str, "Field"]:
        """Of an object that has exactly these keys."""
        if not isinstance(self.value, Mapping):
            raise self.refuse(f"an object with {', '.join(keys)}")
        for key in keys:
            if key not in self.value:
                raise InputError(f"{self.place}: no {key!r}; expected {', '.join(keys)}")
        for key in self.value:
            if key not in keys:
                raise InputError(f"{self.place}: unknown key {key!r}; expected {', '.join(keys)}")
        return {key: Field(self.value[key], f"{self.place}.{key}") for key in keys}

    def items(self, count: int | None = None) -> Iterator["Field"]:
        """Of a list, of so many if that is given."""
        if not isinstance(self.value, list) or (count is not None and len(self.value) != count):
            raise self.refuse("a list" if count is None else f"a list of {count}")
        return (Field(each, f"{self.place}[{k}]") for k, each in enumerate(self.value))

    def integer(self, high: int, low: int = 0) -> int:
        """A whole number low..high."""
        if type(self.value) is not int or not low <= self.value <= high:
            raise self.refuse(f"a whole number {low}..{high}")
        return self.value

    def number(self) -> float:
        """A number."""
        if type(self.value) not in (int, float):
            raise self.refuse("a number")
        return float(self.value)

    def text(self) -> str:
        """A string."""
        if not isinstance(self.value, str):
            raise self.refuse("a text")
        return self.value

    def choice(self, names: tuple[str, ...]) -> int:
        """The number of a name."""
        if self.value not in names:
            raise self.refuse(f"one of {', '.join(names)}")
        return names.index(self.value)


def load_json(path: Path, what: str) -> Field:
    """The content of a file. Raises InputError if there is none, and if it is no JSON."""
    data = read_bytes(path, what)
    try:
        return Field(json.loads(data), str(path))
    except (ValueError, RecursionError):
        raise InputError(f"{path}: no {what}: not JSON") from None


def check_format(found: Field, name: str, version: int) -> None:
    """Refuse a file of another format, or of another version of it. Raises InputError."""
    given = found.value.get("format") if isinstance(found.value, Mapping) else None
    if given != name:
        raise InputError(f'{found.place}: no {name}: expected "format": {json.dumps(name)}, not {json.dumps(given)}')
    if found.value.get("version") != version:
        raise InputError(
            f"{found.place}: {name} of version {json.dumps(found.value.get('version'))}; expected {version}"
        )


def rows(values: Any) -> str:
    """A list as JSON, an element a line."""
    return "[\n" + ",\n".join(json.dumps(each) for each in values) + "\n]" if values else "[]"
