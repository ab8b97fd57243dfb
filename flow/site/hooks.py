# SPDX-License-Identifier: Apache-2.0
"""Hooks of MkDocs: pages outside ``docs/``, sources that pages link to, and a reference page for each package.

The pages are written for a checkout, where a link may leave ``docs/``. In the site what is linked is a page of its own
(the readme, contributing, changes), a file beside the pages, or an error: the site is built strictly.
"""

import ast
import posixpath
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
PAGES = {"README.md": "readme.md", "CONTRIBUTING.md": "contributing.md", "CHANGELOG.md": "changelog.md"}
"""Pages of the checkout's top folder and their names in the site."""
SOURCES = "source"
"""Folder of the site with the files that pages link to."""
REFERENCE = {
    "model": ("model", "model/image", "model/mapping", "model/delay", "model/fabric", "model/cost"),
    "data": ("data", "data/shd", "data/rasters", "data/cochlea"),
    "rtl": ("rtl", "rtl/core", "rtl/delay", "rtl/fabric", "rtl/host"),
    "tb": ("tb", "tb/player", "tb/core", "tb/fabric"),
    "flow": ("flow/run", "flow/exchange", "flow/host", "flow/integration", "flow/inspection"),
    "support": ("support",),
}
"""For each page of the reference, the folders whose modules it has: what somebody builds on who uses the project."""
LINK = re.compile(r"(\]\()([^)\s#]+)((?:#[^)\s]*)?\))")


def on_files(files: Any, config: Any) -> Any:
    """Add the pages that are made, and the files that pages link to."""
    from mkdocs.structure.files import File  # noqa: PLC0415

    for name, place in PAGES.items():
        files.append(File.generated(config, place, content=(ROOT / name).read_text()))
    for page, folders in REFERENCE.items():
        files.append(File.generated(config, f"reference/{page}.md", content=reference(page, folders)))
    pages = [ROOT / "docs" / file.src_uri for file in files if file.src_uri.endswith(".md")]
    for source in sorted({source for page in pages if page.exists() for source in sources(page)}):
        files.append(File.generated(config, f"{SOURCES}/{source}", abs_src_path=str(ROOT / source)))
    for source in sorted({source for name in PAGES for source in sources(ROOT / name)}):
        if not files.get_file_from_path(f"{SOURCES}/{source}"):
            files.append(File.generated(config, f"{SOURCES}/{source}", abs_src_path=str(ROOT / source)))
    return files


def on_page_markdown(markdown: str, page: Any, config: Any, files: Any) -> str:
    """Let links out of ``docs/`` lead to where the site has what they name."""
    uri = page.file.src_uri
    origin = next((name for name, place in PAGES.items() if place == uri), f"docs/{uri}")
    return "" if uri.startswith(f"{SOURCES}/") else with_links(markdown, origin, uri)


def with_links(markdown: str, origin: str, uri: str) -> str:
    """The page at ``origin`` in the checkout as it stands at ``uri`` in the site."""

    def moved(link: re.Match[str]) -> str:
        name = link[2]
        if re.match(r"[a-z]+:", name):
            return link[0]
        target = posixpath.normpath(posixpath.join(posixpath.dirname(origin), name))
        return f"{link[1]}{posixpath.relpath(place(target), posixpath.dirname(uri) or '.')}{link[3]}"

    return LINK.sub(moved, markdown)


def place(path: str) -> str:
    """Where the site has a path of the checkout."""
    if path in PAGES:
        return PAGES[path]
    if path == "docs" or path.startswith("docs/"):
        return path.removeprefix("docs/")
    found = ROOT / path
    return f"{SOURCES}/{path}/__init__.py" if found.is_dir() else f"{SOURCES}/{path}"


def sources(page: Path) -> Iterator[str]:
    """The files outside ``docs/`` that a page links to, pages of the site aside."""
    for link in LINK.finditer(page.read_text()):
        path = (page.parent / link[2]).resolve()
        if path.exists() and path.is_relative_to(ROOT):
            name = place(path.relative_to(ROOT).as_posix())
            if name.startswith(f"{SOURCES}/"):
                yield name.removeprefix(f"{SOURCES}/")


def reference(title: str, folders: tuple[str, ...]) -> str:
    """A page with what the modules of some folders define, from their docstrings."""
    lines = [f"# {title}", ""]
    for folder in folders:
        for path in sorted((ROOT / folder).glob("*.py")):
            if path.name != "__init__.py" and ast.get_docstring(ast.parse(path.read_text())):
                lines += [f"::: {folder.replace('/', '.')}.{path.stem}", ""]
    return "\n".join(lines)
