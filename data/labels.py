# SPDX-License-Identifier: Apache-2.0
"""What sound files are recordings of: class and speaker of each, from its name or from a table."""

import csv
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from data.shd.reader import CLASSES
from support.errors import InputError

HEIDELBERG = re.compile(r"lang-(?P<language>english|german)_speaker-(?P<speaker>\d+)_trial-\d+_digit-(?P<digit>\d)")
"""The names of the Heidelberg Digits: lang-english_speaker-00_trial-0_digit-1.flac."""
COLUMNS = ("file", "label", "speaker")
"""Columns of a table of labels; ``speaker`` may be missing, others are ignored."""

_LARGEST = (1 << 16) - 1  # that the file format holds


@dataclass(frozen=True, kw_only=True)
class Labels:
    """Class and speaker of some files, in their order."""

    labels: tuple[int, ...]
    """Index into ``keys``."""
    speakers: tuple[int, ...]
    keys: tuple[str, ...]
    """Names of the classes."""


def from_names(paths: Sequence[Path], classes: Sequence[str] | None = None) -> Labels:
    """Of files that are named as the Heidelberg Digits are; classes are the ten English, then the ten German digits.

    Raises InputError for the first one that is not, and if ``classes`` are asked for that lack one.
    """
    found = []
    for path in paths:
        match = HEIDELBERG.search(path.name)
        if not match:
            raise InputError(
                f"{path}: the name does not say what it is, as in lang-english_speaker-00_trial-0_digit-1; "
                "expected such a name, a --pattern or a --table"
            )
        label = CLASSES[int(match["digit"]) + (10 if match["language"] == "german" else 0)]
        found.append((path, label, match["speaker"]))
    return _numbered(found, CLASSES if classes is None else classes)


def from_pattern(paths: Sequence[Path], pattern: str, classes: Sequence[str] | None = None) -> Labels:
    """By a regular expression that is searched in the path as it was given, with ``/`` between its parts.

    Its group ``label`` is the class, its group ``speaker``, if it has one, the speaker. Without ``classes`` these are
    all labels that occur, sorted. Raises InputError for a wrong expression, and for the first path that does not match.
    """
    try:
        compiled = re.compile(pattern)
    except re.error as error:
        raise InputError(f"--pattern: not a regular expression: {error}") from None
    if "label" not in compiled.groupindex:
        raise InputError(f"--pattern: expected a group (?P<label>...), not {pattern!r}")
    found = []
    for path in paths:
        match = compiled.search(path.as_posix())
        if not match or match["label"] is None:
            raise InputError(f"{path}: the pattern {pattern!r} does not match; expected that it does for every file")
        found.append((path, match["label"], match.groupdict().get("speaker") or "0"))
    return _numbered(found, classes)


def from_table(paths: Sequence[Path], table: Path, classes: Sequence[str] | None = None) -> Labels:
    """By a CSV file with a line of column names: file (relative to the table), label and, if wanted, speaker.

    Raises InputError where the table cannot be read, lacks a column, or says nothing or twice about a file.
    """
    try:
        text = table.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{table}: table cannot be read ({getattr(error, 'strerror', None) or error})") from None
    reader = csv.DictReader(text.splitlines())
    if not {"file", "label"} <= set(reader.fieldnames or ()):
        raise InputError(
            f"{table}: expected the columns {', '.join(COLUMNS)}, not {', '.join(reader.fieldnames or ()) or 'none'}"
        )
    rows: dict[Path, tuple[str, str]] = {}
    for row in reader:
        if not row["file"] or not row["label"]:
            raise InputError(f"{table}: line {reader.line_num}: file and label must not be empty")
        path = (table.parent / row["file"]).resolve()
        if path in rows:
            raise InputError(f"{table}: line {reader.line_num}: {row['file']} is there twice")
        rows[path] = row["label"], row.get("speaker") or "0"
    found = []
    for path in paths:
        if path.resolve() not in rows:
            raise InputError(f"{path}: {table} has no line for it")
        found.append((path, *rows[path.resolve()]))
    return _numbered(found, classes)


def _numbered(found: Sequence[tuple[Path, str, str]], classes: Sequence[str] | None) -> Labels:
    keys = tuple(sorted({label for _, label, _ in found}) if classes is None else classes)
    for key in keys:
        if keys.count(key) > 1:
            raise InputError(f"classes: {key!r} is there {keys.count(key)} times, expected once")
    for path, label, _ in found:
        if label not in keys:
            raise InputError(f"{path}: class {label!r} is none of {', '.join(keys)}")
    names = sorted({speaker for _, _, speaker in found})
    # Numbers stay as they are; other names are numbered in their order.
    if all(name.isdecimal() and int(name) <= _LARGEST for name in names):
        number = {name: int(name) for name in names}
    else:
        number = {name: index for index, name in enumerate(names)}
    return Labels(
        labels=tuple(keys.index(label) for _, label, _ in found),
        speakers=tuple(number[speaker] for _, _, speaker in found),
        keys=keys,
    )
