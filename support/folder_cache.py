# SPDX-License-Identifier: Apache-2.0
"""Results of slow tools, kept by the hash of all that they depend on, shared by processes that run side by side."""

import fcntl
import hashlib
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from support.errors import InputError
from support.files import disk_full, make_folder
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
    make_folder(path.parent)
    try:
        file = path.open("w")
    except OSError as error:
        raise InputError(f"{path.parent}: must be writable for this user ({error.strerror})") from None
    with file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def cached_folder(name: str, make: Callable[[Path], None], *, root: Path | None = None) -> Path:
    """The folder ``root/name``, made by ``make(folder)`` unless it is there already.

    ``make`` fills a folder beside it, which is renamed when ``make`` returns: a folder under its own name is always
    complete. Whatever ``make`` raises goes up, or OSError where the disk is full, and nothing is kept.
    """
    root = root or BUILD_ROOT
    final = root / name
    if final.is_dir():
        return final
    with locked(root / "locks" / f"{name}.lock"):
        if final.is_dir():
            return final
        # Of a process that was killed: nobody else makes this folder while the lock is held.
        for left in root.glob(f".{name}-????????"):
            shutil.rmtree(left, ignore_errors=True)
        work = Path(tempfile.mkdtemp(prefix=f".{name}-", dir=root))
        try:
            make(work)
            work.chmod(0o755)
            work.rename(final)
        except Exception as error:
            if full := disk_full(root, str(error)):
                raise full from error
            raise
        finally:
            shutil.rmtree(work, ignore_errors=True)
    return final
