# SPDX-License-Identifier: Apache-2.0
"""The page in headless Chromium: it draws without an error, its controls work, and axe finds nothing."""

import json
import re
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from flow.cli import run
from flow.page.page import in_script, render
from flow.page.parts import Grid, Part, Plot
from model.mapping.compiler import compile_network
from tests.flow.examples import small_image, write_recordings

CHROMIUM = shutil.which("chromium")
browser_only = pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed (Debian: chromium)")


@pytest.fixture(scope="module")
def page_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page of a small network, with one report, written by the command."""
    folder = tmp_path_factory.mktemp("page")
    small_image().save(folder / "small.chx")
    write_recordings(folder / "small.h5")
    golden = {"dataset": "words", "image": "a <b>.chx", "samples": 3, "accuracy": 0.5, "input_events_mean": 1.0,
              "spikes_mean": 2.0, "synaptic_operations_mean": 3.0}  # fmt: skip
    (folder / "golden.json").write_text(json.dumps(golden))
    output = folder / "index.html"
    paths = {"image": "small.chx", "data": "small.h5", "reports": ".", "output": "index.html"}
    options = [text for name, path in paths.items() for text in (f"--{name}", str(folder / path))]
    assert run(["report", *options, "--no-rtl", "--cores", "2", "--sample", "1"]) == 0
    return output


def test_the_file_needs_nothing_else(page_file: Path) -> None:
    text = page_file.read_text()
    assert "Not run: <code>make area</code>" in text
    assert "a &lt;b&gt;.chx" in text
    own = text[: text.index('id="data"')]
    assert "http" not in own
    assert "src=" not in own


def test_recordings_and_classes_without_names(folder: Path) -> None:
    """Samples given step by step without labels, a network whose classes have no names: neither is made up."""
    image = small_image()
    network = replace(image.network(), labels=(), encoding=None)
    compile_network(network, image.config()).save(folder / "plain.chx")
    np.savez(folder / "u.npz", raster=np.random.default_rng(1).random((3, 9, network.axons)) < 0.3)
    options = ["report", "--image", "plain.chx", "--data", "u.npz", "--no-rtl", "--output", "page.html"]
    assert run(options) == 0
    text = (folder / "page.html").read_text()
    assert "3 recordings without labels." in text
    assert re.search(r"\d \(no label\)", text)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ("--sample 99", "no recording 99, there are 6, from 0"),
        ("--cores 7", "cores"),
        ("--reports small.chx", "small.chx: expected a folder of reports"),
        ("--reports nowhere", "nowhere: expected a folder of reports"),
        ("--output .", "cannot be written, it is a folder"),
    ],
)
def test_mistakes(folder: Path, capsys: pytest.CaptureFixture[str], arguments: str, message: str) -> None:
    options = ["report", "--image", "small.chx", "--data", "synthetic_small.h5", "--no-rtl", "--output", "page.html"]
    assert run([*options, *arguments.split()]) == 2
    assert message in capsys.readouterr().err
    assert not (folder / "page.html").exists()


def test_no_text_ends_the_script() -> None:
    hostile = "</script><script>alert(1)</script>&"
    assert "<" not in in_script({"name": hostile})
    assert json.loads(str(in_script({"name": hostile}))) == {"name": hostile}


def test_what_was_not_run_says_how() -> None:
    ran = Part(key="a", title="A", command="make a", made={"command": "chronaxie a", "version": "chronaxie 9"},
               grids=(Grid(caption="C", head=("x", "y"), rows=(("1", "2"),)),),
               plots=(Plot(name="p", label="P", figure={"data": [], "layout": {}}),))  # fmt: skip
    text = render([ran, Part(key="b", title="B", command="make b")], title="T", version="v", sample=None)
    assert "Not run: <code>make b</code>" in text
    assert "Made by <code>chronaxie a</code>, chronaxie 9." in text
    assert 'id="raster"' not in text


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """A headless Chromium."""
    from playwright.sync_api import sync_playwright  # noqa: PLC0415  it starts a process

    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield chromium
        chromium.close()


def opened(browser: Any, path: Path, **options: Any) -> tuple[Any, list[str]]:
    """The page, drawn, and what the console said."""
    page = browser.new_page(**options)
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.goto(path.as_uri())
    page.wait_for_selector("html[data-ready=yes]", timeout=120_000)
    return page, said


@browser_only
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1280])
def test_it_draws_and_is_accessible(browser: Any, page_file: Path, scheme: str, width: int) -> None:
    from axe_playwright_python.sync_playwright import Axe  # noqa: PLC0415

    page, said = opened(browser, page_file, color_scheme=scheme, viewport={"width": width, "height": 800})
    assert said == []
    assert page.evaluate("document.documentElement.dataset.theme") == scheme
    assert page.evaluate("document.documentElement.scrollWidth") <= width, "nothing sticks out to the right"
    drawn = page.locator(".plot .main-svg").count()
    assert drawn >= page.locator(".plot").count() > 5
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
    page.close()


@browser_only
def test_controls(browser: Any, page_file: Path) -> None:
    page, said = opened(browser, page_file)

    def range_of(name: str) -> list[float]:
        found: list[float] = page.evaluate(f"document.getElementById('{name}').layout.xaxis.range")
        return found

    whole = range_of("raster")
    page.locator("#zoom-in").click()
    near = range_of("raster")
    assert near[1] - near[0] == pytest.approx((whole[1] - whole[0]) / 2)
    page.locator("#reset").focus()
    page.keyboard.press("Enter")
    assert range_of("raster") == whole

    before = page.locator("#spike-out").inner_text()
    page.locator("#every").focus()
    page.keyboard.press("Space")
    assert "spikes:" in page.locator("#spike-out").inner_text() != before

    page.locator("#neuron").select_option("3")
    assert page.evaluate("document.getElementById('potential').data[0].y") == page.evaluate(
        "JSON.parse(document.getElementById('data').textContent).sample.golden[3]"
    )
    counts = []
    for delay in ("all", "0", "1", "2", "3", "4"):
        page.locator("#synapse-delay").select_option(delay)
        counts.append(int(page.locator("#matrix-text").inner_text().split(": ")[1].split()[0]))
    assert counts[0] == sum(counts[1:]) > 0

    theme = page.locator("#theme")
    for expected in ("light", "dark"):
        theme.click()
        assert page.evaluate("document.documentElement.dataset.theme") == expected
    assert said == []
    page.close()
