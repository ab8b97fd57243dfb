# SPDX-License-Identifier: Apache-2.0
"""The site: links that leave ``docs/``, the reference, and that a link that leads nowhere is an error."""

import os
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

import pytest

from flow.site.hooks import REFERENCE, reference, sources, with_links
from support.paths import ROOT


@pytest.mark.parametrize(
    ("origin", "uri", "link", "moved"),
    [
        ("docs/a.md", "a.md", "[x](b.md#c)", "[x](b.md#c)"),
        ("docs/a.md", "a.md", "[x](../README.md)", "[x](readme.md)"),
        ("docs/guide/a.md", "guide/a.md", "[x](../../examples/own_bench.py)", "[x](../source/examples/own_bench.py)"),
        ("README.md", "readme.md", "[x](docs/contract.md#neuron)", "[x](contract.md#neuron)"),
        ("README.md", "readme.md", "![x](docs/figures/core.svg)", "![x](figures/core.svg)"),
        ("README.md", "readme.md", "[x](CONTRIBUTING.md)", "[x](contributing.md)"),
        ("README.md", "readme.md", "[x](https://a.b/c) [y](#d)", "[x](https://a.b/c) [y](#d)"),
    ],
)
def test_links_lead_to_where_the_site_has_them(origin: str, uri: str, link: str, moved: str) -> None:
    assert with_links(link, origin, uri) == moved


def test_linked_sources_come_along() -> None:
    assert "examples/own_network.py" in set(sources(ROOT / "README.md"))
    assert not any(source.startswith("docs") for source in sources(ROOT / "README.md"))


def test_the_reference_names_modules() -> None:
    text = reference("model", REFERENCE["model"])
    assert "::: model.network\n" in text
    assert "::: model.image.image\n" in text
    assert "__init__" not in text
    assert all((ROOT / folder).is_dir() for folders in REFERENCE.values() for folder in folders)


def build(config: Path, site: Path) -> "subprocess.CompletedProcess[str]":
    command = [str(Path(sys.executable).parent / "mkdocs"), "build", "-f", str(config), "-d", str(site)]
    env = {**os.environ, "NO_MKDOCS_2_WARNING": "1"}
    return subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, check=False)


class Links(HTMLParser):
    """Where the links of a page lead."""

    def __init__(self, page: Path) -> None:
        super().__init__()
        self.found: list[Path] = []
        self.page = page
        self.feed(page.read_text())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            if name in ("href", "src") and value and ":" not in value and not value.startswith("#"):
                self.found.append((self.page.parent / value.partition("#")[0].partition("?")[0]).resolve())


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    done = build(ROOT / "mkdocs.yml", folder)
    assert done.returncode == 0, done.stdout + done.stderr
    return folder


def test_every_link_of_the_site_leads_somewhere(site: Path) -> None:
    pages = sorted(page for page in site.rglob("*.html") if page.name != "404.html")
    assert {"index.html", "guide/tutorial.html", "reference/model.html", "contract.html"} <= {
        page.relative_to(site).as_posix() for page in pages
    }
    broken = [(page.name, link) for page in pages for link in Links(page).found if not link.exists()]
    assert not broken


def test_the_reference_has_what_the_modules_define(site: Path) -> None:
    text = (site / "reference" / "model.html").read_text()
    assert 'id="model.golden.GoldenCore"' in text
    assert 'id="model.network.Network"' in text


def test_the_site_needs_no_network(site: Path) -> None:
    text = (site / "index.html").read_text()
    assert "fonts.googleapis.com" not in text
    assert 'src="http' not in text


def test_a_link_that_leads_nowhere_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "index.md").write_text("# A\n\n[x](none.md) and [y](#none)\n")
    text = (ROOT / "mkdocs.yml").read_text()
    kept = text.partition("hooks:")[0] + "plugins: []\n" + text[text.index("validation:") : text.index("nav:\n")]
    (tmp_path / "mkdocs.yml").write_text(kept)
    done = build(tmp_path / "mkdocs.yml", tmp_path / "site")
    assert done.returncode != 0
    said = done.stdout + done.stderr
    assert "none.md" in said
    assert "#none" in said
