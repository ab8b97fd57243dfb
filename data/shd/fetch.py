# SPDX-License-Identifier: Apache-2.0
"""The official Spiking Heidelberg Digits from their servers: resumed where a download broke, checked, unpacked.

A download lies in ``download/<archive>.part`` until it is whole. pooch compares the whole with the published checksum
and then gives it its name; unpacked, it takes its final name at once. ``shd.json`` beside it says what was fetched.
"""

import gzip
import hashlib
import json
import logging
import shutil
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import (
    BarColumn,
    DownloadColumn,
    Progress,
    TextColumn,
    TimeRemainingColumn,
    TransferSpeedColumn,
)

from support.console import console as plain_console
from support.errors import InputError
from support.files import make_folder, replacing, write_atomic

SERVERS = ("https://zenkelab.org/datasets", "https://compneuro.net/datasets")
"""Where the files are; both hold the same bytes."""
ARCHIVES: Mapping[str, str] = {
    "shd_train.h5.gz": "d47c9825dee33347913e8ce0f2be08b0",
    "shd_test.h5.gz": "3062a80ec0c5719404d5b02e166543b1",
}
"""MD5 of each archive, as published beside them (md5sums.txt)."""
RECEIPT = "shd.json"
"""In the folder: MD5 of what was unpacked, and where it came from."""

_WORK = "download"  # in the folder, while something is missing
_TRIES = 5  # to go on with a connection that broke, without a new byte in between
_WAIT_S = 1.0  # before the first of them, then twice as long each time
_TIMEOUT_S = 30
_CHUNK = 1 << 16


class _Unreachable(Exception):
    """A server does not give a file: why, in a few words."""


def fetch(
    folder: str | Path, *, servers: tuple[str, ...] = SERVERS, console: Console | None = None
) -> list[Path]:  # fmt: skip
    """Fetch ``shd_train.h5`` and ``shd_test.h5`` into a folder, which is made, and return their paths.

    What is there from an earlier call is kept, and a broken download goes on where it broke. An archive that already
    lies in the folder is taken instead of a download, if it is the official one. Servers are tried in order. Progress
    goes to ``console`` (standard error).

    Raises InputError where pooch is missing, no server gives a file, the bytes are not the published ones, a file of
    that name is there that this function did not put there, or nothing can be written.
    """
    missing = [name for name in ("pooch", "requests") if find_spec(name) is None]
    if missing:
        raise InputError(f"data fetch: needs the packages {', '.join(missing)}: pip install -e '.[fetch]'")
    folder = make_folder(folder)
    console = console or plain_console(stderr=True)
    columns = (TextColumn("{task.description}", markup=False), BarColumn(), DownloadColumn(), TransferSpeedColumn())
    paths = []
    with Progress(*columns, TimeRemainingColumn(), console=console, disable=not console.is_terminal) as progress:
        for archive, md5 in ARCHIVES.items():
            path = folder / archive.removesuffix(".gz")
            if not _is_there(path):
                packed = _archive(folder / archive, md5, servers, progress)
                _unpack(packed, path, progress)
                if packed.parent != folder:
                    packed.unlink()
            paths.append(path)
    # pooch leaves an empty file there when it is killed.
    shutil.rmtree(folder / _WORK, ignore_errors=True)
    return paths


def _is_there(path: Path) -> bool:
    """Whether an earlier call put the file there, and nobody has changed it."""
    if not path.exists():
        return False
    if _receipt(path.parent).get(path.name, {}).get("md5") != _md5(path):
        raise InputError(
            f"{path}: is there already, but is not what was fetched; expected another folder, or none of that name"
        )
    return True


def _archive(given: Path, md5: str, servers: tuple[str, ...], progress: Progress) -> Path:
    """The archive that was put into the folder, or else a download. Raises InputError."""
    if not given.exists():
        return _download(make_folder(given.parent / _WORK) / given.name, md5, servers, progress)
    if (seen := _md5(given)) != md5:
        raise InputError(f"{given}: is not the official archive, for its MD5 is {seen}, expected {md5}; remove it")
    return given


def _download(archive: Path, md5: str, servers: tuple[str, ...], progress: Progress) -> Path:
    """Have the whole archive under its name, whatever it takes, and return it. Raises InputError."""
    import pooch  # noqa: PLC0415 - optional

    # It reports what the progress bar shows.
    pooch.get_logger().setLevel(logging.WARNING)
    task = progress.add_task(archive.name, total=None)
    part = archive.with_name(f"{archive.name}.part")
    failures = []
    for server in servers:
        url = f"{server.rstrip('/')}/{archive.name}"
        download = _Resumed(part, lambda done, total: progress.update(task, completed=done, total=total))
        try:
            pooch.retrieve(url, f"md5:{md5}", fname=archive.name, path=archive.parent, downloader=download)
        except _Unreachable as error:
            failures.append(f"{url}: {error}")
        except ValueError:
            # pooch has removed what did not match.
            failures.append(f"{url}: its bytes are not the published ones (MD5 {md5})")
        except OSError as error:
            raise InputError(f"{archive}: cannot be written ({error.strerror or error})") from None
        else:
            size = archive.stat().st_size
            progress.update(task, completed=size, total=size)
            return archive
    size = _size(part)
    if not size:
        part.unlink(missing_ok=True)
    kept = f"; {size:,} bytes are kept, and the same command goes on from there" if size else ""
    raise InputError(
        f"data fetch: {'; '.join(failures)}{kept}; "
        f"without a network, put {archive.name} into {archive.parents[1]} by hand"
    )


@dataclass(frozen=True)
class _Resumed:
    """A downloader for pooch that goes on with a part of the file, over as many connections as it takes."""

    part: Path
    report: Callable[[int, int | None], object]
    """Gets the bytes that are there and the bytes of the whole, if known."""

    def __call__(self, url: str, output: Any, _: Any) -> None:
        """Bring the part to its whole length, then to the name ``output``. Raises _Unreachable and OSError."""
        failures, alive = 0, False
        while True:
            before = _size(self.part)
            try:
                self._connect(url)
                break
            except _Unreachable:
                # Who has sent something may go on; who has not may not be there at all.
                alive = alive or _size(self.part) > before
                failures = 0 if _size(self.part) > before else failures + 1
                if not alive or failures == _TRIES:
                    raise
                time.sleep(_WAIT_S * 2**failures)
        self.part.replace(output)

    def _connect(self, url: str) -> None:
        import requests  # noqa: PLC0415 - optional

        have = _size(self.part)
        # Unpacked on the way, the bytes could not be counted.
        headers = {"Accept-Encoding": "identity", **({"Range": f"bytes={have}-"} if have else {})}
        try:
            with requests.get(url, headers=headers, stream=True, timeout=_TIMEOUT_S) as answer:
                if answer.status_code == requests.codes.requested_range_not_satisfiable:
                    # Nothing behind the part: it is whole, or of another file, which its checksum tells.
                    self.report(have, have)
                    return
                if not answer.ok:
                    raise _Unreachable(f"{answer.status_code} {answer.reason}")
                # A server that knows no ranges sends all.
                have = have if answer.status_code == requests.codes.partial_content else 0
                length = answer.headers.get("Content-Length")
                self._save(answer.iter_content(_CHUNK), have, have + int(length) if length else None)
        except requests.RequestException as error:
            raise _Unreachable(_reason(error)) from error

    def _save(self, chunks: Any, have: int, total: int | None) -> None:
        with self.part.open("ab" if have else "wb") as file:
            for chunk in chunks:
                file.write(chunk)
                have += len(chunk)
                self.report(have, total)


def _unpack(archive: Path, path: Path, progress: Progress) -> None:
    """Put what is in the archive under its name, whole, and write that down."""
    task = progress.add_task(f"unpacking {path.name}", total=archive.stat().st_size)
    digest = hashlib.md5()
    with replacing(path) as temporary:
        with archive.open("rb") as packed, gzip.open(packed) as content, temporary.open("wb") as file:
            while chunk := content.read(1 << 20):
                file.write(chunk)
                digest.update(chunk)
                progress.update(task, completed=packed.tell())
        facts = {"md5": digest.hexdigest(), "archive": archive.name, "archive_md5": ARCHIVES[archive.name]}
        receipt = {**_receipt(path.parent), path.name: facts}
        write_atomic(path.parent / RECEIPT, (json.dumps(receipt, indent=2) + "\n").encode())


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


def _receipt(folder: Path) -> dict[str, Any]:
    try:
        content = json.loads((folder / RECEIPT).read_text())
    except (OSError, ValueError):
        return {}
    return content if isinstance(content, dict) else {}


def _md5(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "md5").hexdigest()


def _reason(error: Exception) -> str:
    """The first cause of a failed connection in a few words."""
    import requests  # noqa: PLC0415 - optional

    if isinstance(error, requests.Timeout):
        return f"no answer within {_TIMEOUT_S} s"
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, OSError) and cause.strerror:
            return cause.strerror
        inner = [each for each in (*cause.args, getattr(cause, "reason", None)) if isinstance(each, BaseException)]
        cause = inner[0] if inner else cause.__cause__ or cause.__context__
    return "the connection broke"
