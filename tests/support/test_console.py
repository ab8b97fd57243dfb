# SPDX-License-Identifier: Apache-2.0
"""What people read is what the data says, on any terminal."""

import os
import subprocess
import sys

import pytest
from rich.table import Table

from support.console import console, name_column, one_line
from support.paths import ROOT

ODD = ["[/x]", "[red]r", "]", "a\\[b]", ":smile:", "zwölf", "[link=x]y[/link]"]


@pytest.mark.parametrize("text", ODD)
def test_no_text_is_markup(text: str, capsys: pytest.CaptureFixture[str]) -> None:
    shown = console()
    shown.print(text)
    table = Table(name_column(text), title=text)
    table.add_row(text)
    shown.print(table)
    assert capsys.readouterr().out.count(text) == 4


def test_long_names_are_folded_not_cut(capsys: pytest.CaptureFixture[str]) -> None:
    name = "".join(chr(ord("a") + k % 26) for k in range(400))
    table = Table(name_column(name), "1")
    table.add_row(name, "2")
    console().print(table)
    out = capsys.readouterr().out
    assert "".join(each for each in out if each in name) == 2 * name
    assert "…" not in out


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "utf-8"])
def test_every_terminal_shows_every_character(encoding: str) -> None:
    code = (
        "import sys; from support.console import console, show_every_character; show_every_character();"
        "console().print('zwölf 十 \\udcff'); print('zwölf 十', file=sys.stderr)"
    )
    child = subprocess.run(
        [sys.executable, "-c", code], env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONIOENCODING": encoding},
        capture_output=True, check=False,
    )  # fmt: skip
    assert child.returncode == 0, child.stderr
    text = "zwölf 十".encode(encoding, "backslashreplace")
    assert child.stdout.strip() == text + b" \\udcff"
    assert child.stderr.strip() == text


@pytest.mark.parametrize(
    ("text", "shown"),
    [("a\nb", "a\\nb"), ("a\x1b[2J", "a\\x1b[2J"), ("zwölf [x] 十", "zwölf [x] 十"), ("\udcff", "\\udcff")],
)
def test_a_message_is_one_line(text: str, shown: str) -> None:
    assert one_line(text) == shown
