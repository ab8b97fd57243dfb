# SPDX-License-Identifier: Apache-2.0
"""Where text for people goes: names and paths as they are, whatever is in them and whatever the terminal can show."""

import io
import sys
from typing import Any

from rich.console import Console
from rich.table import Column
from rich.text import Text

PIPE_WIDTH = 160
"""Columns where the output is no terminal."""


def console(*, stderr: bool = False, **options: Any) -> Console:
    """A console on which no text is markup: brackets and colons of names, labels and paths are shown as they are."""
    settings = {"stderr": stderr, "markup": False, "emoji": False, **options}
    shown = Console(**settings)
    return shown if shown.is_terminal else Console(**{"width": PIPE_WIDTH, **settings})


def name_column(title: str = "", **options: Any) -> Column:
    """A column of names, under one, which are folded rather than cut."""
    return Column(Text(title), overflow="fold", **options)


def show_every_character() -> None:
    """Let standard output and error write what their encoding lacks as escapes, as in \\xe9, instead of failing."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def one_line(text: str) -> str:
    """The text with an escape for each line break and other character that moves the cursor."""
    return "".join(each if each.isprintable() or each == " " else ascii(each)[1:-1] for each in text)
