# SPDX-License-Identifier: Apache-2.0
"""Samples as CSV: a line an event, with the columns sample, step, axon and, if wanted, label and speaker."""

import csv
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np

from data.rasters.rasters import MAX_AXONS, MAX_SAMPLES, MAX_STEPS, RANGES, Rasters, make
from model.network import IntArray
from support.errors import InputError
from support.files import read_bytes

COLUMNS = ("sample", "step", "axon")
OPTIONAL = ("label", "speaker")
EXPECTED = "sample, step, axon and, if wanted, label and speaker"
SIZES = {"samples": MAX_SAMPLES, "steps": MAX_STEPS, "axons": MAX_AXONS}
"""What a comment line may say, as in ``# steps=64 axons=2``, and its largest value."""
MAX_SPEAKER = (1 << 63) - 1

_Labels = dict[int, tuple[str, int]]  # of a sample: what it is called, and the line that said so first


class _Line(NamedTuple):
    number: int
    values: dict[str, str]


def read_table(path: Path) -> Rasters:
    """The samples of a CSV file. Raises InputError, with the line, for what cannot be one."""
    try:
        text = read_bytes(path, "table").decode("utf-8-sig")
    except UnicodeDecodeError:
        raise InputError(f"{path}: not text in UTF-8; expected a table (CSV) of {EXPECTED}") from None
    sizes = _sizes(path, text)
    events: list[tuple[int, int, int]] = []
    said: dict[str, _Labels] = {name: {} for name in OPTIONAL}
    known = 0
    columns: tuple[str, ...] = ()
    for number, values in _lines(path, text):
        where = f"{path}: line {number}"
        columns = tuple(values)
        sample = _whole(where, "sample", values["sample"], RANGES["sample"])
        known = max(known, sample + 1)
        for name in OPTIONAL:
            if name in values:
                _note(where, said[name], sample, name, values[name])
        # A sample without events has a line as well where there are labels.
        if values["step"] or values["axon"]:
            step, axon = (_whole(where, name, values[name], RANGES[name]) for name in ("step", "axon"))
            events.append((sample, step, axon))
            for name in ("step", "axon"):
                end = sizes.get(f"{name}s")
                if end is not None and int(values[name]) >= end:
                    raise InputError(f"{where}: {name} {values[name]} is out of range; the file has {end} {name}s")
    if not known:
        raise InputError(f"{path}: no samples, expected a line an event below the names of the columns")
    samples = sizes.get("samples", known)
    table = np.array(events, np.int64).reshape(-1, 3)
    labels, keys = _labels(path, said["label"], samples) if "label" in columns else (None, ())
    speakers = None
    if "speaker" in columns:
        speakers, _ = _labels(path, said["speaker"], samples, "speaker")
    return make(
        path, sample=table[:, 0], step=table[:, 1], axon=table[:, 2], samples=samples, labels=labels, keys=keys,
        speakers=speakers, axons=sizes.get("axons"), steps=sizes.get("steps"),
    )  # fmt: skip


def _lines(path: Path, text: str) -> Iterator[_Line]:
    """The lines below the names of the columns, without comments and empty ones."""
    reader = csv.reader(text.splitlines())
    names: list[str] = []
    try:
        for values in reader:
            if not any(values) or values[0].startswith("#"):
                continue
            row = [value.strip() for value in values]
            if not names:
                names = _names(path, row)
            elif len(row) != len(names):
                raise InputError(
                    f"{path}: line {reader.line_num}: {len(row)} values, expected {len(names)}: {', '.join(names)}"
                )
            else:
                yield _Line(reader.line_num, dict(zip(names, row, strict=True)))
    except csv.Error as error:
        raise InputError(f"{path}: line {reader.line_num}: not CSV ({error})") from None
    if not names:
        raise InputError(f"{path}: empty; expected a table (CSV) of {EXPECTED}")


def _names(path: Path, row: list[str]) -> list[str]:
    twice = [name for name in row if row.count(name) > 1]
    if set(COLUMNS) - set(row) or set(row) - {*COLUMNS, *OPTIONAL} or twice:
        raise InputError(f"{path}: expected the columns {EXPECTED}, not {', '.join(row):.80}")
    return row


def _sizes(path: Path, text: str) -> dict[str, int]:
    """What the comment lines say of samples, steps and axons."""
    found: dict[str, int] = {}
    for number, line in enumerate(text.splitlines(), start=1):
        for name, value in re.findall(r"\b(samples|steps|axons)\s*=\s*([^\s,]+)", line) if line[:1] == "#" else ():
            if not (value.isascii() and value.isdigit() and 1 <= int(value) <= SIZES[name]):
                raise InputError(f"{path}: line {number}: {name} must be in 1..{SIZES[name]}, not {value:.80}")
            found[name] = int(value)
    return found


def _whole(where: str, name: str, text: str, high: int) -> int:
    if not re.fullmatch(r"[+-]?\d{1,30}", text, re.ASCII):
        raise InputError(f"{where}: {name} must be a whole number, not {text!r:.80}")
    value = int(text)
    if not 0 <= value <= high:
        raise InputError(f"{where}: {name} must be in 0..{high}, not {value}")
    return value


def _note(where: str, said: _Labels, sample: int, name: str, text: str) -> None:
    before = said.setdefault(sample, (text, 0))
    if before[0] != text:
        raise InputError(f"{where}: sample {sample} has the {name} {text!r:.80} here and {before[0]!r:.80} before")


def _labels(path: Path, said: _Labels, samples: int, name: str = "label") -> tuple[IntArray | None, tuple[str, ...]]:
    """The label of each sample and, where these are names, the names in their order; nothing if all are empty."""
    texts = {sample: text for sample, (text, _) in said.items() if text}
    if not texts:
        return None, ()
    for sample in range(samples):
        if sample not in texts:
            raise InputError(
                f"{path}: sample {sample} has no {name}, others have; expected one for each (a sample without events "
                "has a line with neither step nor axon)"
            )
    numbers = {text for text in texts.values() if re.fullmatch(r"[+-]?\d{1,30}", text, re.ASCII)}
    names = tuple(sorted(set(texts.values()) - numbers))
    if names and numbers:
        raise InputError(f"{path}: {name} {names[0]!r:.80} is a name, {min(numbers)!r} a number; expected one kind")
    if names:
        return np.array([names.index(texts[sample]) for sample in range(samples)], np.int64), names
    high = MAX_SPEAKER if name == "speaker" else MAX_AXONS - 1
    return np.array([_whole(f"{path}: sample {i}", name, texts[i], high) for i in range(samples)], np.int64), ()
