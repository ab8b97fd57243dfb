# SPDX-License-Identifier: Apache-2.0
"""Who hears how long work goes on, stage by stage."""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Listener:
    """Hears how the work goes on."""

    begin: Callable[[str, int], None] = lambda *_: None
    """A stage, and how many things it has."""
    advance: Callable[[], None] = lambda: None
    """One of them is done."""


SILENT = Listener()
"""Nobody hears."""
