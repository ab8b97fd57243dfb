# SPDX-License-Identifier: Apache-2.0
"""Files are written whole or not at all."""

import errno
import os
import tempfile
from pathlib import Path

from support.errors import InputError

FULL = 1 << 16
"""Bytes with which a disk counts as full: writers buffer, and do not fill it to the last one."""


def write_atomic(path: str | os.PathLike[str], data: bytes) -> None:
    """Write ``data`` to a temporary file beside ``path``, then rename it to ``path``.

    Raises InputError if the folder does not exist or cannot be written.
    """
    path = Path(path)
    try:
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    except OSError as error:
        raise InputError(f"{path}: cannot be written, expected a writable folder ({error.strerror})") from None
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        # mkstemp makes files private; others would read an ordinary file.
        umask = os.umask(0)
        os.umask(umask)
        os.chmod(temporary, 0o666 & ~umask)
        os.replace(temporary, path)
    except BaseException as error:
        Path(temporary).unlink(missing_ok=True)
        if isinstance(error, OSError):
            raise InputError(f"{path}: cannot be written ({error.strerror})") from None
        raise


def make_folder(path: str | os.PathLike[str]) -> Path:
    """The folder ``path``, made with its parents if it does not exist. Raises InputError if that fails."""
    try:
        Path(path).mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(f"{path}: cannot be made ({error.strerror})") from None
    return Path(path)


def disk_full(path: Path, said: str = "") -> OSError | None:
    """The error of a full disk, if the one that holds ``path`` is full, or if a program that wrote there ``said`` so.

    Programs that write results seldom say why these end early.
    """
    left = os.statvfs(path)
    if left.f_bavail * left.f_frsize >= FULL and os.strerror(errno.ENOSPC) not in said:
        return None
    return OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(path))


def read_bytes(path: str | os.PathLike[str], what: str) -> bytes:
    """The content of a file; InputError says which ``what`` could not be read."""
    try:
        return Path(path).read_bytes()
    except OSError as error:
        raise InputError(f"{path}: {what} cannot be read ({error.strerror})") from None
