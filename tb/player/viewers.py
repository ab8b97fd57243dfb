# SPDX-License-Identifier: Apache-2.0
"""What GTKWave and Surfer need to open a waveform the way it is to be read: signals in order, formats, marks."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from string import ascii_uppercase

from support.files import replacing
from tb.player.view import Shown, View, shown_in
from tb.player.waves import NO_FST

DECIMAL, BINARY, SIGNED, HEADING, NAMED = 0x24, 0x28, 0x420, 0x200, 1 << 32
"""Flags of a line of a GTKWave save file: the format of a value, a heading, names in place of values."""
MARKS = 26
"""GTKWave has one for each letter."""
PS = 1000
"""Units of a waveform's time in a ns: both viewers count in ps."""
MARGIN = 20 * PS
"""What is at least shown before the first mark and after the last one."""
UNMARKED = 4000 * PS
"""What is shown without marks."""
FRAMES = 4
"""Width of the picture of a waveform in GTKWave's unit of zoom, 200 pixels."""


@dataclass(frozen=True, kw_only=True)
class Mark:
    """A place on a waveform."""

    time: int
    """ns from the start of the run."""
    name: str
    """A word or two beside the mark."""
    text: str
    """What happens there."""


def save(waves: Path, view: View, marks: Sequence[Mark] = ()) -> tuple[Path, Path]:
    """Write a save file of GTKWave and a command file of Surfer beside ``waves``; their paths.

    ``marks`` (at most 26) are in order of time.
    """
    stem = waves.with_name(waves.name.split(".")[0])
    gtkwave, surfer = stem.with_suffix(".gtkw"), stem.with_suffix(".sucl")
    with replacing(gtkwave) as new:
        new.write_text(_gtkwave(waves, view, marks[:MARKS]))
    with replacing(surfer) as new:
        new.write_text(_surfer(waves, view, marks))
    return gtkwave, surfer


def described(waves: Path, marks: Sequence[Mark] = ()) -> list[str]:
    """Lines for a reader: the file, the commands that open what ``save`` wrote beside it, each mark with its time."""
    stem = waves.with_name(waves.name.split(".")[0])
    return [
        f"waveform: {waves}",
        f"  gtkwave {stem.with_suffix('.gtkw')}",
        f"  surfer --command-file {stem.with_suffix('.sucl')}",
        *([f"  {NO_FST}"] if waves.suffix == ".gz" else []),
        *(f"  {letter} {mark.time:>8} ns  {mark.text}" for mark, letter in zip(marks, ascii_uppercase, strict=False)),
    ]


def _gtkwave(waves: Path, view: View, marks: Sequence[Mark]) -> str:
    """The save file. Names of values stand in an FST itself; a VCD has none, so they go under the heading."""
    at = [mark.time * PS for mark in marks]
    margin = max(MARGIN, (at[-1] - at[0]) // 10) if at else 0
    start, span = (max(0, at[0] - margin), at[-1] - at[0] + 2 * margin) if at else (0, UNMARKED)
    places = " ".join(map(str, [*at, *[-1] * (MARKS - len(at))]))
    lines = [
        f'[dumpfile] "{waves.resolve()}"',
        f"[timestart] {start}",
        "[size] 1600 900",
        "[pos] -1 -1",
        # The zoom is minus the binary logarithm of the ps of a frame.
        f"*{-math.log2(span / FRAMES):.6f} {at[0] if at else -1} {places}",
        *(f"[markername] {letter}{mark.name}" for letter, mark in zip(ascii_uppercase, marks, strict=False)),
        "[sst_width] 240",
        "[signals_width] 320",
        "[sst_expanded] 1",
        f"@{BINARY:x}",
        "harness.clk",
        f"@{DECIMAL:x}",
        "+{cycle} harness.cycle[63:0]",
    ]
    has_names = waves.suffix == ".fst"
    for group in view.groups:
        lines += [f"@{HEADING:x}", f"-{group.title}"]
        for path, signal in shown_in(group):
            if signal.names and not has_names:
                lines += [f"@{HEADING:x}", "-" + ", ".join(f"{k} {name}" for k, name in enumerate(signal.names))]
            lines.append(f"@{_format(signal, has_names):x}")
            lines.append(f"+{{{signal.name}}} {path}{_range(signal)}")
    return "\n".join(lines) + "\n"


def _range(signal: Shown) -> str:
    return f"[{_bits(signal) - 1}:0]" if _bits(signal) > 1 or signal.names else ""


def _bits(signal: Shown) -> int:
    return max(signal.width, (len(signal.names) - 1).bit_length()) if signal.names else signal.width


def _format(signal: Shown, has_names: bool) -> int:
    if signal.names:
        return BINARY | NAMED if has_names else DECIMAL
    if signal.width == 1:
        return BINARY
    return SIGNED if signal.signed else DECIMAL


def _surfer(waves: Path, view: View, marks: Sequence[Mark]) -> str:
    """The command file: documented commands only, for the state files of Surfer change with its versions."""
    lines = [f"load_file {waves.resolve()}", "variable_add harness.clk", "variable_add harness.cycle"]
    for group in view.groups:
        lines.append(f"divider_add {group.name}")
        lines += [f"variable_add {path}" for path, _ in shown_in(group)]
    for number, mark in enumerate(marks, 1):
        lines += [f"cursor_set {mark.time * PS}", f"marker_set #{number} {mark.time * PS}"]
    return "\n".join([*lines, "zoom_fit"]) + "\n"
