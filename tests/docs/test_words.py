# SPDX-License-Identifier: Apache-2.0
"""One name for a thing, in code and documents: what is streamed is an image; EOS is end of step, END end of sample."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from support.paths import ROOT

STRAYS = {
    r"table image": "image",
    r"ends? of (a|the|each|every|this) step": "end of step",
    r"ends? of (a|the|each|every|this) sample": "end of sample",
}
"""What is not said, and what is said instead."""
FOLDERS = ("data", "docs", "flow", "model", "rtl", "support", "tb", "train")


def texts() -> Iterator[Path]:
    """Every text that people read."""
    for folder in FOLDERS:
        for ending in ("py", "md", "svg", "sv", "j2"):
            yield from (ROOT / folder).rglob(f"*.{ending}")


@pytest.mark.parametrize("stray", STRAYS)
def test_a_thing_has_one_name(stray: str) -> None:
    found = []
    for path in texts():
        text = " ".join(path.read_text().split())
        found += [f"{path.relative_to(ROOT)}: {each[0]}: say {STRAYS[stray]}" for each in re.finditer(stray, text)]
    assert found == []
    assert re.search(stray, "table image, end of the step, end of a sample")
