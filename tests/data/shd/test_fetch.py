# SPDX-License-Identifier: Apache-2.0
"""Fetching from a server on this machine: whole, broken and resumed, wrong bytes, no server."""

import gzip
import hashlib
import io
import json
import logging
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import numpy as np
import pytest
from rich.console import Console

from data.shd import fetch as fetching
from data.shd.fetch import fetch
from data.shd.reader import Recordings, write
from flow.cli import run
from support.errors import InputError

NAMES = ("shd_train.h5", "shd_test.h5")


@dataclass
class Server:
    """What a server gives, how it fails, and what it was asked for."""

    url: str
    files: dict[str, bytes]
    requests: list[tuple[str, int]] = field(default_factory=list)
    """Name and first byte of each request."""
    breaks: list[int] = field(default_factory=list)
    """Bytes after which the next connections break, one each; then they hold."""
    ranges: bool = True
    """Whether it sends parts."""


@contextmanager
def serving(files: dict[str, bytes]) -> Iterator[Server]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            name = self.path.removeprefix("/sets/")
            start = int(self.headers.get("Range", "bytes=0-").removeprefix("bytes=").rstrip("-"))
            state.requests.append((name, start))
            content = files.get(name)
            if content is None:
                self.send_error(404, "Not Found")
                return
            start = start if state.ranges else 0
            if start >= len(content):
                self.send_response(416)
                self.send_header("Content-Length", "0")
                self.end_headers()
                return
            self.send_response(206 if start else 200)
            self.send_header("Content-Length", str(len(content) - start))
            self.end_headers()
            end = start + state.breaks.pop(0) if state.breaks else len(content)
            self.wfile.write(content[start:end])

        def log_message(self, format: str, *args: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as listening:
        state = Server(url=f"http://127.0.0.1:{listening.server_port}/sets", files=files)
        Thread(target=listening.serve_forever, daemon=True).start()
        try:
            yield state
        finally:
            listening.shutdown()


@pytest.fixture
def official(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, bytes]:
    """Small files under the official names; by name, also the archives."""
    files = {}
    rng = np.random.default_rng(1)
    for count, name in enumerate(NAMES, start=2):
        path = tmp_path / "official" / name
        spikes = [(np.sort(rng.random(9000)), rng.integers(0, 700, 9000)) for _ in range(count)]
        write(path, spikes, labels=range(count), speakers=[0] * count)
        files[name] = path.read_bytes()
        files[f"{name}.gz"] = gzip.compress(files[name], mtime=0)
    checksums = {name: hashlib.md5(content).hexdigest() for name, content in files.items() if name.endswith(".gz")}
    monkeypatch.setattr(fetching, "ARCHIVES", checksums)
    monkeypatch.setattr(fetching, "_WAIT_S", 0.0)
    # What has come of a chunk is lost when the connection breaks.
    monkeypatch.setattr(fetching, "_CHUNK", 100)
    return files


@pytest.fixture
def server(official: dict[str, bytes]) -> Iterator[Server]:
    with serving(dict(official)) as it:
        yield it


Get = Callable[..., list[Path]]


@pytest.fixture
def get(tmp_path: Path, server: Server) -> Get:
    """Fetches into a folder from the server, or from others."""

    def call(*servers: str) -> list[Path]:
        return fetch(tmp_path / "shd", servers=servers or (server.url,), console=Console(file=io.StringIO()))

    return call


def names(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


def assert_whole(paths: list[Path], official: dict[str, bytes]) -> None:
    assert [path.name for path in paths] == list(NAMES)
    for path in paths:
        assert path.read_bytes() == official[path.name]
    assert sorted(path.name for path in paths[0].parent.iterdir()) == ["shd.json", "shd_test.h5", "shd_train.h5"]


def test_whole(get: Get, server: Server, official: dict[str, bytes]) -> None:
    paths = get()
    assert_whole(paths, official)
    assert server.requests == [("shd_train.h5.gz", 0), ("shd_test.h5.gz", 0)]
    with Recordings.open(paths[0]) as recordings:
        assert len(recordings) == 2
    receipt = json.loads((paths[0].parent / "shd.json").read_text())
    assert receipt["shd_test.h5"] == {
        "md5": hashlib.md5(official["shd_test.h5"]).hexdigest(),
        "archive": "shd_test.h5.gz",
        "archive_md5": hashlib.md5(official["shd_test.h5.gz"]).hexdigest(),
    }


def test_again_fetches_nothing(get: Get, server: Server, official: dict[str, bytes]) -> None:
    get()
    server.requests.clear()
    assert_whole(get(), official)
    assert server.requests == []


def test_a_lost_file_is_fetched_again(get: Get, server: Server, official: dict[str, bytes]) -> None:
    get()[1].unlink()
    server.requests.clear()
    assert_whole(get(), official)
    assert server.requests == [("shd_test.h5.gz", 0)]


def test_broken_connections_are_taken_up_again(get: Get, server: Server, official: dict[str, bytes]) -> None:
    server.breaks[:] = [1000, 0, 0, 500, 0]
    assert_whole(get(), official)
    starts = [start for name, start in server.requests if name == "shd_train.h5.gz"]
    assert starts == [0, 1000, 1000, 1000, 1500, 1500]


def test_interrupted_and_resumed(
    get: Get, server: Server, official: dict[str, bytes], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fetching, "_TRIES", 1)
    server.breaks[:] = [3000, 0]
    with pytest.raises(
        InputError, match="the connection broke; 3,000 bytes are kept, and the same command goes on from there; without"
    ):
        get()
    assert names(tmp_path / "shd") == ["download/shd_train.h5.gz.part"]
    server.requests.clear()
    assert_whole(get(), official)
    assert server.requests == [("shd_train.h5.gz", 3000), ("shd_test.h5.gz", 0)]


def test_killed_while_it_saves(
    get: Get, server: Server, official: dict[str, bytes], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    save = fetching._Resumed._save

    def killed(self: fetching._Resumed, chunks: Iterator[bytes], have: int, total: int | None) -> None:
        save(self, [next(chunks)], have, total)
        raise KeyboardInterrupt

    monkeypatch.setattr(fetching._Resumed, "_save", killed)
    with pytest.raises(KeyboardInterrupt):
        get()
    assert names(tmp_path / "shd") == ["download/shd_train.h5.gz.part"]
    monkeypatch.setattr(fetching._Resumed, "_save", save)
    assert_whole(get(), official)
    assert server.requests[:2] == [("shd_train.h5.gz", 0), ("shd_train.h5.gz", 100)]


def test_killed_when_all_bytes_were_there(
    get: Get, server: Server, official: dict[str, bytes], tmp_path: Path
) -> None:  # fmt: skip
    (tmp_path / "shd" / "download").mkdir(parents=True)
    whole = official["shd_train.h5.gz"]
    (tmp_path / "shd" / "download" / "shd_train.h5.gz.part").write_bytes(whole)
    # pooch left this one.
    (tmp_path / "shd" / "download" / "tmp0yjiyszs").touch()
    assert_whole(get(), official)
    assert server.requests[0] == ("shd_train.h5.gz", len(whole))


def test_killed_while_it_unpacks(
    get: Get, server: Server, official: dict[str, bytes], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(fetching, "write_atomic", killed)
        with pytest.raises(KeyboardInterrupt):
            get()
    assert names(tmp_path / "shd") == ["download/shd_train.h5.gz"]
    server.requests.clear()
    assert_whole(get(), official)
    assert server.requests == [("shd_test.h5.gz", 0)]


def test_a_server_without_ranges(get: Get, server: Server, official: dict[str, bytes]) -> None:
    server.ranges = False
    server.breaks[:] = [1000]
    assert_whole(get(), official)


def test_wrong_bytes(get: Get, server: Server, official: dict[str, bytes], tmp_path: Path) -> None:
    server.files["shd_test.h5.gz"] = official["shd_test.h5.gz"][:-1] + b"x"
    md5 = hashlib.md5(official["shd_test.h5.gz"]).hexdigest()
    with pytest.raises(InputError) as caught:
        get()
    assert str(caught.value) == (
        f"data fetch: {server.url}/shd_test.h5.gz: its bytes are not the published ones (MD5 {md5}); "
        f"without a network, put shd_test.h5.gz into {tmp_path}/shd by hand"
    )
    # What was right stays, nothing is left of the rest.
    assert names(tmp_path / "shd") == ["shd.json", "shd_train.h5"]
    server.files["shd_test.h5.gz"] = official["shd_test.h5.gz"]
    assert_whole(get(), official)


def test_a_wrong_part_is_not_believed(get: Get, server: Server, official: dict[str, bytes], tmp_path: Path) -> None:
    (tmp_path / "shd" / "download").mkdir(parents=True)
    (tmp_path / "shd" / "download" / "shd_train.h5.gz.part").write_bytes(b"something else")
    with pytest.raises(InputError, match="its bytes are not the published ones"):
        get()
    assert names(tmp_path / "shd") == []
    assert_whole(get(), official)


def test_the_next_server_goes_on(get: Get, server: Server, official: dict[str, bytes], tmp_path: Path) -> None:
    server.breaks[:] = [700] + [0] * fetching._TRIES
    with serving(dict(official)) as mirror:
        assert_whole(get(server.url, mirror.url), official)
        assert mirror.requests[0] == ("shd_train.h5.gz", 700)


def test_no_server(get: Get, tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        # Port 9 of this machine is not in use; the other name cannot exist.
        get("http://127.0.0.1:9", "http://nowhere.invalid/sets")
    text = str(caught.value)
    assert text.startswith(
        "data fetch: http://127.0.0.1:9/shd_train.h5.gz: Connection refused; http://nowhere.invalid/"
    )
    assert text.endswith(f"; without a network, put shd_train.h5.gz into {tmp_path}/shd by hand")
    assert "\n" not in text
    assert names(tmp_path / "shd") == []


def test_no_such_file(get: Get, server: Server) -> None:
    del server.files["shd_train.h5.gz"]
    with pytest.raises(InputError, match=r"shd_train.h5.gz: 404 Not Found; without"):
        get()
    assert len(server.requests) == 1


def test_an_archive_put_there_by_hand(get: Get, server: Server, official: dict[str, bytes], tmp_path: Path) -> None:
    (tmp_path / "shd").mkdir()
    for name in NAMES:
        (tmp_path / "shd" / f"{name}.gz").write_bytes(official[f"{name}.gz"])
    paths = get()
    assert [path.read_bytes() for path in paths] == [official[name] for name in NAMES]
    assert server.requests == []
    # What was put there stays.
    assert names(tmp_path / "shd") == [
        "shd.json", "shd_test.h5", "shd_test.h5.gz", "shd_train.h5", "shd_train.h5.gz",
    ]  # fmt: skip


def test_another_archive_put_there_by_hand(get: Get, tmp_path: Path) -> None:
    (tmp_path / "shd").mkdir()
    (tmp_path / "shd" / "shd_train.h5.gz").write_bytes(b"abc")
    with pytest.raises(InputError, match=r"shd_train.h5.gz: is not the official archive, for its MD5 is 900150983cd2"):
        get()


def test_another_file_is_left_alone(get: Get, server: Server, tmp_path: Path) -> None:
    (tmp_path / "shd").mkdir()
    (tmp_path / "shd" / "shd_train.h5").write_bytes(b"my own")
    with pytest.raises(InputError, match=r"shd_train.h5: is there already, but is not what was fetched; expected"):
        get()
    assert (tmp_path / "shd" / "shd_train.h5").read_bytes() == b"my own"
    assert server.requests == []


def test_a_changed_file_is_found(get: Get) -> None:
    path = get()[0]
    path.write_bytes(path.read_bytes() + b"x")
    with pytest.raises(InputError, match=r"shd_train.h5: is there already, but is not what was fetched"):
        get()


def test_no_place(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(InputError, match=r"file/shd: cannot be made"):
        fetch(tmp_path / "file" / "shd", servers=("http://127.0.0.1:9",))


def test_missing_packages_are_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetching, "find_spec", lambda name: None)
    with pytest.raises(
        InputError, match=r"data fetch: needs the packages pooch, requests: pip install -e '.\[fetch\]'"
    ):
        fetch(tmp_path)


def test_the_official_checksums() -> None:
    """As published; a slip of the keyboard would make every download fail."""
    assert list(fetching.ARCHIVES) == [f"{name}.gz" for name in NAMES]
    assert all(len(md5) == 32 and int(md5, 16) for md5 in fetching.ARCHIVES.values())
    assert all(url.startswith("https://") for url in fetching.SERVERS)


def test_command(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert run(["data", "fetch", "shd", "here", "--from", server.url]) == 0
    assert capsys.readouterr().out.splitlines() == ["here/shd_train.h5: 2 recordings", "here/shd_test.h5: 3 recordings"]
    assert run(["data", "fetch", "shd", "there", "--from", "http://127.0.0.1:9"]) == 2
    seen = capsys.readouterr().err
    assert seen.startswith(
        "error: data fetch: http://127.0.0.1:9/shd_train.h5.gz: Connection refused; without a network"
    )
    assert seen.count("\n") == 1
    assert run(["data", "fetch", "ssc"]) == 2
    assert "Invalid value for 'shd'" in capsys.readouterr().err


def test_pooch_is_quiet(get: Get, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]) -> None:
    get()
    assert not [record for record in caplog.records if record.levelno < logging.WARNING and record.name == "pooch"]
    assert capsys.readouterr().err == ""
    assert "pooch" in sys.modules
