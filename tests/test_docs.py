# SPDX-License-Identifier: Apache-2.0
"""What the pages say about the checkout is there: links and anchors, paths, modules and what they define, make targets,
subcommands.
"""

import ast
import re
import subprocess
import unicodedata
from pathlib import Path

import pytest

from flow.cli import application

ROOT = Path(__file__).parents[1]
PAGES = sorted(path.relative_to(ROOT) for path in (*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")))
PACKAGES = sorted(path.parent.name for path in ROOT.glob("*/__init__.py"))
MADE = ("build/", "runs/", ".venv/")
"""Where what does not come with a checkout lies."""
PRESENT = [page for page in PAGES if page.name != "CHANGELOG.md"]
"""Pages that speak of the checkout as it is; the changelog speaks of the past as well."""
FILE = r"[a-z]\w*\.(py|sv|cpp|svg)"


def prose(text: str) -> str:
    """A page without its blocks of code."""
    return re.sub(r"^```.*?^```", "", text, flags=re.DOTALL | re.MULTILINE)


def slug(heading: str) -> str:
    """The anchor that GitHub gives a heading."""
    plain = re.sub(r"\[([^]]*)\]\([^)]*\)", r"\1", heading).strip().lower()
    kept = (c for c in plain if c in " -_" or unicodedata.category(c)[0] in "LNM")
    return "".join(kept).replace(" ", "-")


def anchors(text: str) -> set[str]:
    """Every anchor of a page; a heading that comes again is numbered."""
    found: dict[str, int] = {}
    names = set()
    for heading in re.findall(r"^#{1,6} (.+)$", prose(text), re.MULTILINE):
        name = slug(heading)
        names.add(f"{name}-{found[name]}" if name in found else name)
        found[name] = found.get(name, 0) + 1
    return names


def broken_links(root: Path, page: Path) -> list[str]:
    """Links of a page to files and anchors that are not there; links to the web are not followed."""
    wrong = []
    for target in re.findall(r"\]\(([^)\s]+)\)", prose((root / page).read_text())):
        if re.match(r"[a-z]+:", target):
            continue
        name, _, anchor = target.partition("#")
        path = (root / page).parent / name if name else root / page
        if not path.exists():
            wrong.append(f"{page}: {target}: no such file")
        elif anchor and anchor not in anchors(path.read_text()):
            wrong.append(f"{page}: {target}: no such heading")
    return wrong


def missing_paths(root: Path, text: str) -> list[str]:
    """Paths in code spans that begin with a folder of the checkout and lead nowhere, and names of no file in it."""
    tops = {path.name for path in root.iterdir() if path.is_dir() and f"{path.name}/" not in MADE}
    names = {path.name for top in tops if not top.startswith(".") for path in (root / top).rglob("*.*")}
    wrong = []
    for span in re.findall(r"`([^`\n]+)`", text):
        for word in span.split():
            if re.fullmatch(FILE, word) and word not in names:
                wrong.append(word)
            if not re.fullmatch(r"[\w.*-]+(/[\w.*-]*)+", word) or word.startswith(MADE):
                continue
            if word.split("/")[0] in tops and not any(root.glob(word.rstrip("/"))):
                wrong.append(word)
    return wrong


def missing_names(root: Path, text: str) -> list[str]:
    """Dotted names in code spans that begin with one of the packages and name no module, and nothing in one."""
    packages = {path.parent.name for path in root.glob("*/__init__.py")}
    found = re.findall(r"`(?:python -m )?([a-z]\w*(?:\.\w+)+)(?:\(\))?[^`\n]*`", text)
    return [name for name in found if name.split(".")[0] in packages and not defined(root, name)]


def defined(root: Path, name: str) -> bool:
    """Whether a dotted name is a folder with modules, a module, or something that a module defines."""
    parts = name.split(".")
    for length in range(len(parts), 0, -1):
        path, rest = root.joinpath(*parts[:length]), parts[length:]
        if (path / "__init__.py").is_file():
            return not rest or holds(path / "__init__.py", rest)
        if path.with_suffix(".py").is_file():
            return not rest or holds(path.with_suffix(".py"), rest)
    return False


def holds(module: Path, names: list[str]) -> bool:
    """Whether a module defines, or imports, a name, and that a second one inside it, and so on."""
    body: list[ast.stmt] = ast.parse(module.read_text()).body
    for name in names:
        for node in body:
            match node:
                case ast.ClassDef(name=found) | ast.FunctionDef(name=found) if found == name:
                    body = node.body
                case ast.Assign(targets=[ast.Name(id=found)]) | ast.AnnAssign(target=ast.Name(id=found)):
                    if found != name:
                        continue
                    body = []
                case ast.Import(names=aliases) | ast.ImportFrom(names=aliases):
                    if name not in [alias.asname or alias.name for alias in aliases]:
                        continue
                    body = []
                case _:
                    continue
            break
        else:
            return False
    return True


def commands(text: str) -> list[str]:
    """Every shell command that a page shows, in a block or a span: lines that begin with make or chronaxie."""
    blocks = re.findall(r"^```\w*\n(.*?)^```|^    (.*?)$", text, re.DOTALL | re.MULTILINE)
    lines = [line.strip() for pair in blocks for block in pair for line in block.splitlines()]
    spans = re.findall(r"`([^`\n]+)`", prose(text))
    return [line for line in lines + spans if re.match(r"(make|(\.venv/bin/)?chronaxie)\s", line)]


def subcommands() -> set[str]:
    """Every subcommand, as in ``image info``."""
    app = application()
    names = {command.name for command in app.registered_commands if command.name}
    for group in app.registered_groups:
        assert group.typer_instance is not None
        inner = group.typer_instance.registered_commands
        names |= {f"{group.name} {each.name or each.callback.__name__}" for each in inner if each.callback}
        names |= {group.name} if group.name else set()
    return names


@pytest.mark.parametrize("page", PAGES, ids=str)
def test_links(page: Path) -> None:
    assert broken_links(ROOT, page) == []


@pytest.mark.parametrize("page", PRESENT, ids=str)
def test_paths(page: Path) -> None:
    assert missing_paths(ROOT, (ROOT / page).read_text()) == []


@pytest.mark.parametrize("page", PRESENT, ids=str)
def test_modules(page: Path) -> None:
    assert missing_names(ROOT, (ROOT / page).read_text()) == []


@pytest.mark.parametrize("page", PAGES, ids=str)
def test_make_targets_and_subcommands(page: Path) -> None:
    targets = set(re.findall(r"^([\w-]+(?: [\w-]+)*):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    targets = {name for names in targets for name in names.split()}
    wrong = []
    for command in commands((ROOT / page).read_text()):
        program, *words = command.split("#")[0].split()
        words = [word for word in words if not word.startswith("-") and "=" not in word]
        if program == "make":
            wrong += [command for word in words if word.islower() and word not in targets]
        elif words and words[0].islower() and not {words[0], " ".join(words[:2])} & subcommands():
            wrong.append(command)
    assert wrong == []


# The checks themselves can fail:


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    (tmp_path / "model").mkdir()
    (tmp_path / "model" / "__init__.py").touch()
    (tmp_path / "model" / "one.py").write_text(
        "import os as system\nX = 1\nclass C:\n    y: int\n    def f(self): pass\n"
    )
    (tmp_path / "other.md").write_text("# One `two`, three!\n## Same\n## Same\n```\n# no heading\n```\n")
    return tmp_path


@pytest.mark.parametrize(
    ("link", "wrong"),
    [
        ("other.md", ""),
        ("other.md#one-two-three", ""),
        ("other.md#same-1", ""),
        ("https://example.org/x#y", ""),
        ("#here", ""),
        ("none.md", "no such file"),
        ("other.md#no-heading", "no such heading"),
        ("#there", "no such heading"),
    ],
)
def test_a_link(checkout: Path, link: str, wrong: str) -> None:
    (checkout / "page.md").write_text(f"# Here\n[x]({link})\n")
    found = broken_links(checkout, Path("page.md"))
    assert len(found) == bool(wrong)
    assert all(line.endswith(wrong) for line in found)


@pytest.mark.parametrize("path", ["model/one.py", "one.py", "model/", "model/*.py", "build/x.json", "a/b", "make"])
def test_a_path_that_is_right_or_none(checkout: Path, path: str) -> None:
    assert missing_paths(checkout, f"see `{path}`") == []


def test_a_path_that_is_not_there(checkout: Path) -> None:
    text = "`model/two.py`, `two.py` and `cat model/x/`"
    assert missing_paths(checkout, text) == ["model/two.py", "two.py", "model/x/"]


@pytest.mark.parametrize(
    "name", ["model.one", "model.one.X", "model.one.C.f", "model.one.C.y", "model.one.system", "foreign.name"]
)
def test_a_name_that_is_right_or_foreign(checkout: Path, name: str) -> None:
    assert missing_names(checkout, f"`{name}`, `{name}()`, `{name}(a, b=1)`, `python -m {name} --help`") == []


@pytest.mark.parametrize("name", ["model.two", "model.one.Y", "model.one.C.z", "model.one.X.y"])
def test_a_name_that_is_not_there(checkout: Path, name: str) -> None:
    assert missing_names(checkout, f"`{name}`") == [name]


def test_subcommands_are_found() -> None:
    assert {"sim", "image info", "data encode", "delay-report"} <= subcommands()


def test_pages_are_tracked() -> None:
    tracked = subprocess.run(
        ["git", "ls-files", "*.md", "docs/*.md"], cwd=ROOT, text=True, capture_output=True, check=False
    )
    if tracked.returncode == 0:
        assert {str(page) for page in PAGES} >= set(tracked.stdout.split())
