"""Results of slow tools, kept by the hash of all that they depend on, shared by processes that run side by side."""

import fcntl
import hashlib
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from support.paths import BUILD

BUILD_ROOT = BUILD / "sim"
"""Everything that the benches build; deleting it costs time only."""


def digest(*parts: str | bytes) -> str:
    """A short name of ``parts``, in order; different parts have different names."""
    state = hashlib.sha256()
    for part in parts:
        data = part.encode() if isinstance(part, str) else part
        state.update(len(data).to_bytes(8, "little"))
        state.update(data)
    return state.hexdigest()[:20]


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold the lock file ``path``, waiting for whoever has it; a process that dies lets go of it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def cached_folder(name: str, make: Callable[[Path], None], *, root: Path | None = None) -> Path:
    """The folder ``root/name``, made by ``make(folder)`` unless it is there already.

    ``make`` fills a folder beside it, which is renamed when ``make`` returns: a folder under its own name is always
    complete. Whatever ``make`` raises goes up, and nothing is kept.
    """
    root = root or BUILD_ROOT
    final = root / name
    if final.is_dir():
        return final
    with locked(root / "locks" / f"{name}.lock"):
        if final.is_dir():
            return final
        work = Path(tempfile.mkdtemp(prefix=f".{name}-", dir=root))
        try:
            make(work)
            work.chmod(0o755)
            work.rename(final)
        finally:
            shutil.rmtree(work, ignore_errors=True)
    return final
