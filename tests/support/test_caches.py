# SPDX-License-Identifier: Apache-2.0
"""Caches of tools for users without a home folder, and with nothing that they may write."""

import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest

from support import caches
from support.caches import NUMBA, YOWASP, numba_cache, tool_cache
from support.errors import InputError
from support.paths import ROOT

BOTH = pytest.mark.parametrize(("name", "provide"), [(YOWASP, tool_cache), (NUMBA, numba_cache)])


@pytest.fixture
def bare(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine on which nothing can be written but build/, which has to be made."""
    for name in (YOWASP, NUMBA, "XDG_CACHE_HOME"):
        monkeypatch.setenv(name, "")
        monkeypatch.delenv(name)
    allowed = tmp_path / "build"
    monkeypatch.setattr(caches, "CACHE", allowed / "cache")
    monkeypatch.setattr(os, "access", lambda path, mode: Path(path).is_relative_to(allowed.parent))
    monkeypatch.setenv("HOME", "/nonexistent")
    return allowed


@BOTH
def test_build_is_the_place_without_a_home(name: str, provide: Callable[[], None], bare: Path) -> None:
    provide()
    assert Path(os.environ[name]).parent == bare / "cache"
    assert Path(os.environ[name]).is_dir()


@BOTH
def test_a_user_who_is_not_known(
    name: str, provide: Callable[[], None], bare: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unknown() -> Path:
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.setattr(Path, "home", unknown)
    provide()
    assert name in os.environ


@BOTH
def test_what_is_set_or_usual_stays(
    name: str, provide: Callable[[], None], bare: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(bare.parent))
    provide()
    assert name not in os.environ
    monkeypatch.setenv(name, "elsewhere")
    provide()
    assert os.environ[name] == "elsewhere"


@BOTH
def test_what_must_be_writable_is_told(
    name: str, provide: Callable[[], None], bare: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bare.write_text("a file")
    folder = caches.CACHE / name.partition("_")[0].lower()
    message = f"^{folder} must be writable for this user, or a home folder, or what {name} names$"
    with pytest.raises(InputError, match=message):
        provide()
    assert name not in os.environ


OTHER = """
import os, sys
from pathlib import Path
from support import caches
from support.errors import InputError
os.setgid(54321)
os.setuid(54321)
os.environ["HOME"] = "/nonexistent"
for folder in sys.argv[1:]:
    caches.CACHE = Path(folder) / "cache"
    os.environ.pop(caches.YOWASP, None)
    try:
        caches.tool_cache()
        print(os.environ[caches.YOWASP])
    except InputError as error:
        print(error)
"""


@pytest.mark.skipif(os.getuid() != 0, reason="only root can become another user; the tests above do without")
def test_as_another_user() -> None:
    """A uid that no one has: build/ if it may be written, else what must be is said at once."""
    environment = {key: value for key, value in os.environ.items() if key not in (YOWASP, "XDG_CACHE_HOME")}
    with tempfile.TemporaryDirectory() as mine, tempfile.TemporaryDirectory() as anyones:
        os.chmod(anyones, 0o777)
        child = subprocess.run([sys.executable, "-c", OTHER, mine, anyones], cwd=ROOT, env=environment,
                               capture_output=True, text=True, check=True)  # fmt: skip
        assert child.stdout.splitlines() == [
            f"{mine}/cache/yowasp must be writable for this user, or a home folder, or what {YOWASP} names",
            f"{anyones}/cache/yowasp",
        ]
