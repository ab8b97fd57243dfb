# SPDX-License-Identifier: Apache-2.0
"""Where tools keep what they compile: in the home folder, or under build/ where there is none.

A user without a home folder, as in a container with a numeric uid, has no place that the tools find by themselves: they
would fail after a minute of compiling.
"""

import os
from pathlib import Path

from support.errors import InputError
from support.files import make_folder
from support.paths import BUILD, ROOT

CACHE = BUILD / "cache"
YOWASP, NUMBA = "YOWASP_CACHE_DIR", "NUMBA_CACHE_DIR"
"""Settings of the tools that come as WebAssembly, and of numba."""


def tool_cache() -> None:
    """Give Yosys and nextpnr a place for their compiled code. Raises InputError if there is none."""
    _provide(YOWASP, _home())


def numba_cache() -> None:
    """Give numba a place for compiled functions, which it keeps beside the sources if it can. Raises InputError."""
    _provide(NUMBA, ROOT if os.access(ROOT / "data", os.W_OK) else _home())


def _provide(name: str, usual: Path | None) -> None:
    if name in os.environ or (usual is not None and _writable(usual)):
        return
    folder = CACHE / name.partition("_")[0].lower()
    try:
        usable = _writable(make_folder(folder))
    except InputError:
        usable = False
    if not usable:
        raise InputError(f"{folder} must be writable for this user, or a home folder, or what {name} names")
    os.environ[name] = str(folder)


def _home() -> Path | None:
    """Where caches of the user are, if there is a user."""
    if os.environ.get("XDG_CACHE_HOME"):
        return Path(os.environ["XDG_CACHE_HOME"])
    try:
        return Path.home() / ".cache"
    except RuntimeError:
        return None


def _writable(folder: Path) -> bool:
    """Whether something can be put into a folder, which may have to be made with those above it."""
    while not folder.exists() and folder != folder.parent:
        folder = folder.parent
    return folder.is_dir() and os.access(folder, os.W_OK | os.X_OK)
