# SPDX-License-Identifier: Apache-2.0
"""Numbers of states, and what a corner is."""

import re
from functools import cache

from support.paths import ROOT

Corners = dict[str, str]
"""By name, an expression."""


@cache
def states(path: str) -> dict[str, int]:
    """Numbers of the states of a source's state machine: Amaranth counts them as they are first named."""
    found: dict[str, int] = {}
    for name in re.findall(r'm\.(?:State\(|next = )"(\w+)"', (ROOT / path).read_text()):
        found.setdefault(name, len(found))
    return found
