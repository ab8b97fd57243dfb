# SPDX-License-Identifier: Apache-2.0
"""Makes the virtual environment of a checkout; needs nothing but the standard library of Python.

``python3 flow/bootstrap.py base`` installs what ``make sim`` needs, ``all`` what tests and training need too. It can
be run at any time: it does nothing when the environment is right, and starts over when an earlier run was killed while
it installed. Debian's python3 without python3-venv has no ensurepip; pip is then fetched from the package index that
pip's own settings (PIP_INDEX_URL, pip.conf) name, by default PyPI.
"""

import argparse
import configparser
import contextlib
import fcntl
import hashlib
import html.parser
import json
import os
import re
import shutil
import ssl
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.parse
import urllib.request
import venv
from collections.abc import Iterator
from pathlib import Path

if sys.version_info < (3, 11):  # noqa: UP036 - the point of the check
    sys.exit("error: Python 3.11 or later is needed, this is {}.{}; make PYTHON=...".format(*sys.version_info))

import tomllib

ROOT = Path(__file__).resolve().parents[1]
LEVELS = {"base": "", "all": "[dev,fetch,report,sweep,synth,train]"}
"""The extras that each level installs; ``all`` includes ``base``."""
SIZES = {"base": "about 150 MB to fetch", "all": "with torch, about 600 MB to fetch, on PyPI's own torch several GB"}
PYPI = "https://pypi.org/simple"
BEGUN = ".chronaxie-begun"
"""In an environment while it is changed; found at the start, it tells that an earlier run was killed."""
TIMEOUT = 60
"""Seconds to wait for an answer of the package index."""


class BootstrapError(Exception):
    """The environment cannot be made; one line that says why and what to do."""


def stamp(environment: Path, level: str) -> Path:
    """The file that says which versions of a level are installed."""
    return environment / f".chronaxie-{level}"


def fingerprint(root: Path, environment: Path, level: str) -> str:
    """A hash of all that decides what an environment holds."""
    project = tomllib.loads((root / "pyproject.toml").read_text())
    parts = [
        {key: project.get(key) for key in ("build-system", "project")},
        project.get("tool", {}).get("setuptools"),
        (root / "constraints.txt").read_text(),
        [str(root), str(environment), level],
    ]
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


@contextlib.contextmanager
def alone(environment: Path) -> Iterator[None]:
    """Hold the environment for this process; a second one waits."""
    environment.mkdir(parents=True, exist_ok=True)
    handle = os.open(environment, os.O_RDONLY)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say(f"waiting for another process that sets up {environment}")
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def say(text: str) -> None:
    """Print a line of progress."""
    print(f"[bootstrap] {text}", flush=True)


def works(*command: str | Path) -> bool:
    """Whether a command runs and exits with 0."""
    try:
        return subprocess.run(list(map(str, command)), capture_output=True, check=False).returncode == 0
    except OSError:
        return False


def index_url() -> str:
    """The package index that pip would use, without a trailing slash."""
    if os.environ.get("PIP_INDEX_URL"):
        return os.environ["PIP_INDEX_URL"].rstrip("/")
    config = configparser.RawConfigParser()
    home = Path.home()
    # In pip's order: a later file wins.
    files = [Path("/etc/xdg/pip/pip.conf"), Path("/etc/pip.conf"), home / ".pip/pip.conf"]
    files.append(Path(os.environ.get("XDG_CONFIG_HOME", home / ".config")) / "pip/pip.conf")
    if os.environ.get("PIP_CONFIG_FILE"):
        files.append(Path(os.environ["PIP_CONFIG_FILE"]))
    config.read(files)
    return (config.get("install", "index-url", fallback="") or config.get("global", "index-url", fallback=PYPI)).rstrip(
        "/"
    )


class _Links(html.parser.HTMLParser):
    """Collects the targets of the links of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.links: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.links += [value for name, value in attrs if tag == "a" and name == "href" and value]


def choose_pip(page: str, base: str, wanted: str | None) -> str:
    """The address of a wheel of pip on a page of an index: the wanted version, else the newest release.

    ``base`` is the address of the page; the answer is absolute. Raises BootstrapError if the page has no wheel.
    """
    links = _Links()
    links.feed(page)
    wheels: dict[tuple[int, ...], str] = {}
    for link in links.links:
        name = urllib.parse.unquote(urllib.parse.urlsplit(link).path.rsplit("/", 1)[-1])
        match = re.fullmatch(r"pip-(\d+(?:\.\d+)*)-py3-none-any\.whl", name)
        if match:
            wheels[tuple(map(int, match[1].split(".")))] = urllib.parse.urljoin(base, link)
    if not wheels:
        raise BootstrapError(f"no wheel of pip at {base}; install python3-venv, or set PIP_INDEX_URL")
    pinned = tuple(map(int, wanted.split("."))) if wanted else ()
    return wheels.get(pinned) or wheels[max(wheels)]


def fetch(url: str) -> bytes:
    """What lies at an address. Raises BootstrapError if there is no answer, or if it is not what its hash says."""
    address, _, fragment = url.partition("#")
    context = ssl.create_default_context()
    for name in ("PIP_CERT", "SSL_CERT_FILE"):
        if os.environ.get(name):
            context.load_verify_locations(os.environ[name])
    for attempt in range(3):
        try:
            with urllib.request.urlopen(address, timeout=TIMEOUT, context=context) as answer:
                content: bytes = answer.read()
            break
        except (urllib.error.URLError, OSError) as error:
            if attempt == 2 or isinstance(error, urllib.error.HTTPError):
                raise BootstrapError(
                    f"cannot fetch {address}: {error}; install python3-venv, or set PIP_INDEX_URL"
                ) from (error)
            time.sleep(2 * (attempt + 1))
    algorithm, _, digest = fragment.partition("=")
    if algorithm == "sha256" and hashlib.sha256(content).hexdigest() != digest:
        raise BootstrapError(f"{address} is damaged: its SHA-256 is not {digest}")
    return content


def install_pip(python: Path, root: Path) -> None:
    """Give an environment its pip: from ensurepip where Python has it, else from the package index."""
    if works(python, "-m", "ensurepip", "--upgrade", "--default-pip"):
        return
    pinned = re.search(r"^pip==([\d.]+)", (root / "constraints.txt").read_text(), re.MULTILINE)
    page = f"{index_url()}/pip/" + ("index.html" if index_url().startswith("file:") else "")
    say(f"this Python has no ensurepip: fetching pip from {page}")
    url = choose_pip(fetch(page).decode(), page, pinned[1] if pinned else None)
    with tempfile.TemporaryDirectory() as folder:
        wheel = Path(folder) / urllib.parse.urlsplit(url).path.rsplit("/", 1)[-1]
        wheel.write_bytes(fetch(url))
        # A wheel of pip runs as it is, and can install itself.
        command = [python, f"{wheel}/pip", "install", "--no-index", "--quiet", wheel]
        if subprocess.run(list(map(str, command)), check=False).returncode:
            raise BootstrapError("the fetched pip could not install itself; its message is above")


def prepare(environment: Path, root: Path) -> Path:
    """Make the environment and its pip where they are missing or broken; return its Python."""
    python = environment / "bin/python"
    begun = environment / BEGUN
    if begun.exists() or not works(python, "-c", "import sys; sys.exit(sys.version_info < (3, 11))"):
        if any(environment.iterdir()):
            if not begun.exists() and not (environment / "pyvenv.cfg").exists():
                raise BootstrapError(f"{environment} holds something else than a virtual environment: nothing done")
            say(f"{environment} is incomplete: starting over")
        begun.touch()
        # The folder itself stays, because the lock is on it.
        for entry in set(environment.iterdir()) - {begun}:
            shutil.rmtree(entry) if entry.is_dir() and not entry.is_symlink() else entry.unlink()
        say(f"making {environment}")
        venv.EnvBuilder(symlinks=True, with_pip=False).create(environment)
    if not works(python, "-m", "pip", "--version"):
        install_pip(python, root)
    return python


def install(python: Path, root: Path, environment: Path, level: str) -> None:
    """Install the project and the dependencies of a level with the pinned versions."""
    begun = environment / BEGUN
    begun.touch()
    command = ["install", "--constraint", "constraints.txt", "--editable", f".{LEVELS[level]}"]
    say(f"installing the dependencies ({SIZES[level]}): pip {' '.join(command)}")
    pip = [str(python), "-m", "pip", "--disable-pip-version-check", "--quiet"]
    # setuptools warns at length of an editable install, which is what is wanted here.
    quiet = {**os.environ, "PYTHONWARNINGS": "ignore"}
    code = subprocess.run(pip + command, cwd=root, env=quiet, check=False).returncode
    # pip undoes what it began when it fails by itself; killed by a signal it cannot, and the next run starts over.
    if code >= 0:
        begun.unlink()
    if code:
        raise BootstrapError(f"pip could not install the dependencies (exit status {code}); its message is above")


def installed_from(environment: Path, root: Path) -> Path | None:
    """The checkout whose project is installed in an environment; None if there is none."""
    name = tomllib.loads((root / "pyproject.toml").read_text())["project"]["name"]
    for path in environment.glob(f"lib/python*/site-packages/{name}-*.dist-info/direct_url.json"):
        try:
            url = urllib.parse.urlsplit(str(json.loads(path.read_text())["url"]))
        except (OSError, ValueError, KeyError, TypeError):
            continue  # cut short: pip writes it again
        if url.scheme == "file":
            return Path(urllib.parse.unquote(url.path))
    return None


def refuse_another_checkout(environment: Path, root: Path) -> None:
    """Raises BootstrapError for the environment of another checkout, which would run the code of this one from then on.

    One that is there no more, for it was moved or removed, has no say.
    """
    other = installed_from(environment, root)
    if other is not None and (other / "pyproject.toml").exists() and other.resolve() != root.resolve():
        raise BootstrapError(
            f"{environment} belongs to the checkout {other}: nothing done; name another one for this checkout (VENV=)"
        )


def bootstrap(level: str, environment: Path, root: Path = ROOT) -> None:
    """Bring an environment to a level. Raises BootstrapError."""
    with alone(environment):
        refuse_another_checkout(environment, root)
        mark = fingerprint(root, environment, level)
        target = stamp(environment, level)
        sound = not (environment / BEGUN).exists() and works(environment / "bin/python", "-c", "")
        if sound and target.exists() and target.read_text() == mark:
            return
        python = prepare(environment, root)
        install(python, root, environment, level)
        for each in LEVELS:
            # "all" holds "base" too; a stamp of the other level is old when the pinned versions changed.
            if level in (each, "all"):
                stamp(environment, each).write_text(fingerprint(root, environment, each))
        say(f"{environment} is ready ({level})")


def main(arguments: list[str] | None = None) -> int:
    """The command line: ``bootstrap.py [--venv DIR] base|all``; the exit status is returned."""
    parser = argparse.ArgumentParser(description="Make the virtual environment of this checkout.")
    parser.add_argument("level", choices=list(LEVELS), help="base: what simulation needs; all: tests and training too")
    parser.add_argument("--venv", type=Path, default=ROOT / ".venv", help="its folder (default: .venv)")
    options = parser.parse_args(arguments)
    try:
        bootstrap(options.level, options.venv.absolute())
    except BootstrapError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
