"""train.ops.memory: what the C library is told, and that one that knows nothing of it is left alone."""

import ctypes
from typing import Any

import pytest

from train.ops.memory import keep_memory


class Library:
    """Notes what it is told."""

    def __init__(self) -> None:
        self.told: dict[int, int] = {}

    def mallopt(self, option: int, value: int) -> int:
        self.told[option] = value
        return 1


def test_freed_memory_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is mapped apart (-4), the top is trimmed (-1) and grown (-2) by much at a time."""
    library = Library()
    monkeypatch.setattr(ctypes, "CDLL", lambda name: library)
    keep_memory()
    assert library.told == {-4: 0, -1: 1 << 30, -2: 1 << 26}


@pytest.mark.parametrize("error", [OSError, None])
def test_another_library(monkeypatch: pytest.MonkeyPatch, error: type[Exception] | None) -> None:
    """One that cannot be opened, and one without mallopt."""
    opened: list[Any] = []

    def open_library(name: Any) -> Any:
        opened.append(name)
        if error:
            raise error
        return object()

    monkeypatch.setattr(ctypes, "CDLL", open_library)
    keep_memory()
    assert opened == [None]
