# SPDX-License-Identifier: Apache-2.0
"""A block is read in one piece: no function of the RTL is longer than a screen."""

import ast
from collections.abc import Iterator
from pathlib import Path

from support.paths import ROOT

LINES = 80


def functions(path: Path) -> Iterator[tuple[str, int]]:
    """Each function of a file, with the number of its lines."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.FunctionDef):
            assert node.end_lineno is not None
            yield node.name, node.end_lineno - node.lineno + 1


def test_no_function_is_longer_than_a_screen() -> None:
    lengths = {(path.name, *each) for path in (ROOT / "rtl").rglob("*.py") for each in functions(path)}
    assert sum(name == "elaborate" for _, name, _ in lengths) >= 15
    assert {each for each in lengths if each[2] > LINES} == set()
