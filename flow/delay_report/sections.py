# SPDX-License-Identifier: Apache-2.0
"""Parts of a page: sentences, tables and pictures."""

from dataclasses import dataclass

from model.delay.registry import DelayUnit

UNITS = tuple(map(str, DelayUnit))
"""The units in the order of the tables."""


@dataclass(frozen=True, kw_only=True)
class Table:
    """A table: the first column is text, the others are figures unless ``text_columns`` says more."""

    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    text_columns: int = 1
    note: str = ""


@dataclass(frozen=True, kw_only=True)
class Section:
    """A part of the page."""

    title: str
    text: tuple[str, ...] = ()
    tables: tuple[Table, ...] = ()
    pictures: tuple[str, ...] = ()
    """Names of pictures, which the page has or leaves out."""


def number(value: float, digits: int = 0) -> str:
    """A figure with commas."""
    return f"{value:,.{digits}f}"
