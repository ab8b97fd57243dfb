# SPDX-License-Identifier: Apache-2.0
"""Files are written whole or not at all."""

import errno
import json
import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from support.errors import InputError

TEMPORARY = ".part"
"""How the names of temporary files end: what is left of them was left by a process that was killed."""
FULL = 1 << 16
"""Bytes with which a disk counts as full: writers buffer, and do not fill it to the last one."""


@contextmanager
def replacing(path: str | os.PathLike[str]) -> Iterator[Path]:
    """A temporary path beside ``path``, with an empty file, for the body to write.

    At its end the file is renamed to ``path``; if the body fails, or is interrupted, it is removed and ``path`` stays
    as it was. Raises InputError if the folder does not exist or cannot be written, and for an OSError of the body.
    """
    path = Path(path)
    try:
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=TEMPORARY)
    except OSError as error:
        raise InputError(f"{path}: cannot be written, expected a writable folder ({error.strerror})") from None
    os.close(handle)
    temporary = Path(name)
    try:
        yield temporary
        # mkstemp makes files private; others would read an ordinary file.
        umask = os.umask(0)
        os.umask(umask)
        temporary.chmod(0o666 & ~umask)
        os.replace(temporary, path)
    except OSError as error:
        # Some libraries put much more into the text of their errors.
        reason = os.strerror(error.errno) if error.errno else error
        raise InputError(f"{path}: cannot be written ({reason})") from None
    finally:
        temporary.unlink(missing_ok=True)


def write_atomic(path: str | os.PathLike[str], data: bytes) -> None:
    """Write ``data`` to ``path``, whole or not at all. Raises InputError as ``replacing``."""
    with replacing(path) as temporary:
        temporary.write_bytes(data)


def kept_json(path: Path, mark: Any, make: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """What a file says if it is about ``mark``; else what ``make`` returns, which then stays there. Both fit for JSON.

    A file that is damaged, or about something else, is made again. Raises InputError if it cannot be written.
    """
    mark = json.loads(json.dumps(mark))
    try:
        known: dict[str, Any] = json.loads(path.read_bytes())
        if known.pop("of") == mark:
            return known
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        pass
    found = make()
    make_folder(path.parent)
    write_atomic(path, (json.dumps({"of": mark, **found}, indent=2) + "\n").encode())
    return found


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
