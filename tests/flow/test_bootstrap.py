# SPDX-License-Identifier: Apache-2.0
"""The environment that makes itself: which pip, when to install, when to start over."""

import hashlib
import json
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from flow import bootstrap
from flow.bootstrap import BEGUN, BootstrapError, choose_pip, fetch, fingerprint, index_url, install_pip, prepare, stamp

BASE = "https://example.org/simple/pip/"
PAGE = """<a href="pip-9.0.3-py2.py3-none-any.whl">old</a>
<a href="../../files/pip-24.0-py3-none-any.whl#sha256=aa" data-requires-python="&gt;=3.7">24.0</a>
<a href="https://files.example.org/pip-25.1-py3-none-any.whl#sha256=bb">25.1</a>
<a href="pip-26.0b1-py3-none-any.whl">pre-release</a> <a href="pip-25.2.tar.gz">source</a>"""

FAKE_PIP = '''"""Stands for pip: installs itself, as the real one can."""
import sys, sysconfig, zipfile
if sys.argv[1] == "install":
    with zipfile.ZipFile(sys.argv[-1]) as wheel:
        wheel.extractall(sysconfig.get_path("purelib"))
elif sys.argv[1] != "--version":
    sys.exit(3)
'''


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "checkout"
    folder.mkdir()
    (folder / "pyproject.toml").write_text(
        '[project]\nname = "x"\ndependencies = ["a"]\n[tool.ruff]\nline-length = 1\n'
    )
    (folder / "constraints.txt").write_text("a==1\npip==24.0\n")
    return folder


def fake_index(folder: Path) -> str:
    """An index in a folder that has a pip that can install itself, and nothing else; its address."""
    page = folder / "pip" / "index.html"
    page.parent.mkdir(parents=True)
    wheel = page.parent / "pip-24.0-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as file:
        file.writestr("pip/__init__.py", "")
        file.writestr("pip/__main__.py", FAKE_PIP)
    page.write_text(f'<a href="{wheel.name}#sha256={hashlib.sha256(wheel.read_bytes()).hexdigest()}">pip</a>')
    return folder.as_uri()


def test_choose_pip_pinned() -> None:
    assert choose_pip(PAGE, BASE, "24.0") == "https://example.org/files/pip-24.0-py3-none-any.whl#sha256=aa"


def test_choose_pip_newest_release() -> None:
    assert choose_pip(PAGE, BASE, "99.9") == "https://files.example.org/pip-25.1-py3-none-any.whl#sha256=bb"
    assert choose_pip(PAGE, BASE, None) == "https://files.example.org/pip-25.1-py3-none-any.whl#sha256=bb"


def test_choose_pip_none() -> None:
    with pytest.raises(
        BootstrapError, match=r"^no wheel of pip at https://example.org/simple/pip/; install python3-venv"
    ):
        choose_pip("<html></html>", BASE, None)


def test_index_url(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = tmp_path / "pip.conf"
    settings.write_text("[global]\nindex-url = https://mirror.example.org/simple/\n")
    monkeypatch.setenv("PIP_CONFIG_FILE", str(settings))
    monkeypatch.delenv("PIP_INDEX_URL", raising=False)
    assert index_url() == "https://mirror.example.org/simple"
    monkeypatch.setenv("PIP_INDEX_URL", "https://other.example.org/simple/")
    assert index_url() == "https://other.example.org/simple"


def test_fetch_damaged(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"right")
    digest = hashlib.sha256(b"right").hexdigest()
    assert fetch(f"{path.as_uri()}#sha256={digest}") == b"right"
    path.write_bytes(b"wrong")
    with pytest.raises(BootstrapError, match=rf"^file://.*/file is damaged: its SHA-256 is not {digest}$"):
        fetch(f"{path.as_uri()}#sha256={digest}")


def test_fetch_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("time.sleep", lambda _: None)
    with pytest.raises(
        BootstrapError, match=r"^cannot fetch file://.*/none: .*; install python3-venv, or set PIP_INDEX_URL$"
    ):
        fetch((tmp_path / "none").as_uri())


def test_install_pip_without_ensurepip(tmp_path: Path, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As on Debian without python3-venv: pip comes from the index, and works."""
    python = make_venv(tmp_path / "venv")
    really = bootstrap.works
    monkeypatch.setattr(bootstrap, "works", lambda *command: "ensurepip" not in command and really(*command))
    monkeypatch.setenv("PIP_INDEX_URL", fake_index(tmp_path / "index"))
    assert not really(python, "-m", "pip", "--version")
    install_pip(python, root)
    assert really(python, "-m", "pip", "--version")


def make_venv(folder: Path) -> Path:
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(folder)], check=True)
    return folder / "bin" / "python"


def test_prepare_starts_over_after_a_kill(tmp_path: Path, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    environment = tmp_path / "venv"
    make_venv(environment)
    (environment / BEGUN).touch()
    (environment / "half").mkdir()
    pips: list[Path] = []
    monkeypatch.setattr(bootstrap, "install_pip", lambda python, _: pips.append(python))
    python = prepare(environment, root)
    assert bootstrap.works(python, "-c", "")
    assert not (environment / "half").exists()
    assert pips == [python]


def test_prepare_keeps_what_is_no_environment(tmp_path: Path, root: Path) -> None:
    (tmp_path / "letters").write_text("dear")
    with pytest.raises(BootstrapError, match="holds something else than a virtual environment: nothing done"):
        prepare(tmp_path, root)
    assert (tmp_path / "letters").read_text() == "dear"


@pytest.fixture
def installs(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The levels that were installed, for an environment whose programs all work."""
    done: list[str] = []
    monkeypatch.setattr(bootstrap, "prepare", lambda environment, root: environment / "bin/python")
    monkeypatch.setattr(bootstrap, "install", lambda python, root, environment, level: done.append(level))
    monkeypatch.setattr(bootstrap, "works", lambda *command: True)
    return done


def test_bootstrap_once(tmp_path: Path, root: Path, installs: list[str]) -> None:
    environment = tmp_path / "venv"
    for _ in range(2):
        bootstrap.bootstrap("base", environment, root)
    assert installs == ["base"]
    for level in ("all", "base", "all"):
        bootstrap.bootstrap(level, environment, root)
    assert installs == ["base", "all"]
    assert stamp(environment, "base").read_text() == fingerprint(root, environment, "base")


def test_bootstrap_again_when_versions_change(tmp_path: Path, root: Path, installs: list[str]) -> None:
    environment = tmp_path / "venv"
    bootstrap.bootstrap("all", environment, root)
    (root / "pyproject.toml").write_text((root / "pyproject.toml").read_text().replace("length = 1", "length = 2"))
    bootstrap.bootstrap("all", environment, root)
    assert installs == ["all"]
    (root / "constraints.txt").write_text("a==2\n")
    bootstrap.bootstrap("all", environment, root)
    assert installs == ["all", "all"]


def test_bootstrap_again_after_a_kill(tmp_path: Path, root: Path, installs: list[str]) -> None:
    environment = tmp_path / "venv"
    bootstrap.bootstrap("base", environment, root)
    (environment / BEGUN).touch()
    bootstrap.bootstrap("base", environment, root)
    assert installs == ["base", "base"]


def belongs(environment: Path, content: str) -> None:
    path = environment / "lib" / "python3.11" / "site-packages" / "x-0.1.dist-info" / "direct_url.json"
    path.parent.mkdir(parents=True)
    path.write_text(content)


def test_an_environment_of_another_checkout_is_left_alone(tmp_path: Path, root: Path, installs: list[str]) -> None:
    environment, other = tmp_path / "venv", tmp_path / "other checkout"
    other.mkdir()
    (other / "pyproject.toml").write_text("")
    belongs(environment, json.dumps({"dir_info": {"editable": True}, "url": other.as_uri()}))
    message = rf"^{environment} belongs to the checkout {other}: nothing done; name another one .*VENV=\)$"
    for level in ("base", "all"):
        with pytest.raises(BootstrapError, match=message):
            bootstrap.bootstrap(level, environment, root)
    assert installs == []
    (other / "pyproject.toml").unlink()
    bootstrap.bootstrap("base", environment, root)
    assert installs == ["base"]


@pytest.mark.parametrize("content", ["", "[]", '{"url": 1}', '{"url": "https://example.org/x"}'])
def test_an_environment_that_does_not_say_is_taken(
    content: str, tmp_path: Path, root: Path, installs: list[str]
) -> None:
    belongs(tmp_path / "venv", content)
    bootstrap.bootstrap("base", tmp_path / "venv", root)
    assert installs == ["base"]


def test_a_checkout_has_its_own_environment(tmp_path: Path, root: Path, installs: list[str]) -> None:
    """Under whatever name."""
    (tmp_path / "link").symlink_to(root)
    belongs(tmp_path / "venv", json.dumps({"url": (tmp_path / "link").as_uri()}))
    bootstrap.bootstrap("base", tmp_path / "venv", root)
    assert installs == ["base"]


def test_main_fails_in_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "letters").write_text("dear")
    assert bootstrap.main(["--venv", str(tmp_path), "base"]) == 1
    assert capsys.readouterr().err == (
        f"error: {tmp_path} holds something else than a virtual environment: nothing done\n"
    )


def test_old_python() -> None:
    """The check of the version stands before anything that an older Python cannot import."""
    lines = Path(bootstrap.__file__).read_text().splitlines()
    check = next(index for index, line in enumerate(lines) if "sys.version_info < (3, 11)" in line)
    assert next(index for index, line in enumerate(lines) if "import tomllib" in line) > check


@pytest.mark.parametrize(("script", "status", "left"), [("exit 3", 3, False), ("kill -9 $$", -9, True)])
def test_install_fails(tmp_path: Path, root: Path, script: str, status: int, left: bool) -> None:
    """What pip gives up by itself is whole; what is killed is not trusted again."""
    python = tmp_path / "python"
    python.write_text(f"#!/bin/sh\n{script}\n")
    python.chmod(0o755)
    message = rf"^pip could not install the dependencies \(exit status {status}\); its message is above$"
    with pytest.raises(BootstrapError, match=message):
        bootstrap.install(python, root, tmp_path, "base")
    assert (tmp_path / BEGUN).exists() is left
