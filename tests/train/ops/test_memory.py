# SPDX-License-Identifier: Apache-2.0
"""train.ops.memory: what the C library is told, and that one that knows nothing of it is left alone."""

import ctypes
import json
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from flow.cli import run as chronaxie
from train.loop.crossvalidation import CrossValidation, Fold, Spread
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


FOLDS = CrossValidation(name="x", folds=[Fold(speakers=(1, 2), samples=4, accuracy_float=0.5, accuracy_quantised=0.25)],
                        accuracy_float=Spread(mean=0.5, spread=0.0),
                        accuracy_quantised=Spread(mean=0.25, spread=0.0))  # fmt: skip


def test_memory_is_kept_before_training_begins(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """By the commands that train, once, and by nothing that they call."""
    called: list[str] = []

    def noted(name: str, value: Any = None) -> Callable[..., Any]:
        def call(*_: Any, **__: Any) -> Any:
            called.append(name)
            return value

        return call

    names: dict[str, Any] = {"keep_memory": None, "train": None, "crossvalidate": FOLDS}
    module = SimpleNamespace(
        **{name: noted(name, value) for name, value in names.items()},
        result_table=lambda *_: "table",
        method_of=lambda _: "surrogate",
    )
    monkeypatch.setattr("flow.commands.train.training", lambda *_: module)
    assert chronaxie(["train", "x.toml"]) == 0
    assert called == ["keep_memory", "train"]
    out = tmp_path / "folds.json"
    assert chronaxie(["crossvalidate", "x.toml", "--json", str(out)]) == 0
    assert called[2:] == ["keep_memory", "crossvalidate"]
    written = json.loads(out.read_text())
    assert set(written.pop("made")) == {"command", "version"}
    assert written == {
        "name": "x",
        "folds": [{"speakers": [1, 2], "samples": 4, "accuracy_float": 0.5, "accuracy_quantised": 0.25}],
        "accuracy_float": {"mean": 0.5, "spread": 0.0},
        "accuracy_quantised": {"mean": 0.25, "spread": 0.0},
    }
