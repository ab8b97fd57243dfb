# SPDX-License-Identifier: Apache-2.0
"""The drawn figures have colours for a dark page, too, and the site lets them be read on a phone."""

import re
import shutil
from pathlib import Path
from typing import Any

import pytest

from support.paths import ROOT

FOLDER = ROOT / "docs" / "figures"
DRAWN = sorted(path for path in FOLDER.glob("*.svg") if "<style>" in path.read_text() and "matplotlib" not in
               path.read_text())  # fmt: skip
DARK = re.compile(r"@media \(prefers-color-scheme: dark\) \{(.*?)\n    \}", re.DOTALL)
RULE = re.compile(r"^ *([^{}\n]+) \{([^}]*)\}", re.MULTILINE)
PAINT = re.compile(r"(?:fill|stroke): #")
CHROMIUM = shutil.which("chromium")


def painted(style: str) -> set[str]:
    """What some rules give a colour."""
    return {each.strip() for names, rule in RULE.findall(style) if PAINT.search(rule) for each in names.split(",")}


@pytest.mark.parametrize("path", DRAWN, ids=lambda path: path.stem)
def test_every_colour_has_one_for_dark(path: Path) -> None:
    text = path.read_text()
    style = re.findall(r"<style>(.*?)</style>", text, re.DOTALL)[0]
    dark = DARK.findall(style)
    assert len(dark) == 1
    markers = {f"#{name} path" for name in re.findall(r'<marker id="(\w+)"', text)}
    assert painted(DARK.sub("", style)) | markers == painted(dark[0])
    # A colour of an element itself, outside of markers, would be the same in both.
    assert not re.search(r'(?:fill|stroke)="#', re.sub(r"<marker.*?</marker>", "", text, flags=re.DOTALL))


def test_there_are_such_figures() -> None:
    assert FOLDER / "core.svg" in DRAWN


@pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed (Debian: chromium)")
def test_on_a_phone(tmp_path: Path) -> None:
    """A figure of the site is wider than a phone, scrolls by itself, and the page does not."""
    from playwright.sync_api import sync_playwright  # noqa: PLC0415  it starts a process

    page_file = tmp_path / "page.html"
    page_file.write_text(
        f'<html style="font-size: 20px"><meta name="viewport" content="width=device-width">'
        f"<style>{(ROOT / 'docs' / 'site.css').read_text()}</style>"
        f'<div class="md-typeset"><p><img src="{(FOLDER / "core.svg").as_uri()}"></p></div></html>'
    )
    with sync_playwright() as playwright:
        browser: Any = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 390, "height": 844})
        page.goto(page_file.as_uri())
        assert page.locator("img").bounding_box()["width"] > 800
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
        assert page.evaluate("(p => p.scrollWidth > p.clientWidth)(document.querySelector('p'))")
        browser.close()
