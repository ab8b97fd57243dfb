# SPDX-License-Identifier: Apache-2.0
"""The page of a run: complete in itself, nothing but what it was given, sections only for what there is."""

from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from support.errors import InputError
from tests.train.report.test_figures import metrics
from train.report.figures import LayerSpikes, LayerSynapses
from train.report.summary import SummaryContent, SummaryTable, render, shown, write_summary

FULL = SummaryContent(
    name="run <1>",
    configuration={"name": "run", "network": {"hidden": (48, 48), "tau": 10.0, "synaptic_tau": None},
                   "training": {"learning_rate": 0.002, "schedule": {"warm_up": 0.15}}},
    metrics=metrics(3, validation_accuracy=0.4567),
    layers=[LayerSynapses(name="input", weights=[3, -2], delays=[0, 4])],
    rasters=[LayerSpikes(name="input", spikes=np.eye(5, dtype=bool), source="axon")],
    sample="sample 3, taken for two",
    confusion=[[3, 1], [0, 2]],
    confusion_of="6 samples",
    labels=("one", "two"),
    results={"test": {"accuracy_golden": 0.915, "spikes": [334.25, 187.0]}, "validation": {"accuracy_golden": 0.9},
             "image_bytes": np.int64(173682), "cycles_mean": 63960.4},
    tables=[SummaryTable(title="What each limit cost", note="accuracy on <20> samples", titles=("", "points"),
                         rows=[["trained", ""], ["2 synapses a pair", "-1.2"]])],
)  # fmt: skip


class Page(HTMLParser):
    """What a page consists of; fails on tags that do not match."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.headings: list[str] = []
        self.cells: list[list[str]] = []
        self.links: list[str] = []
        self._open: list[str] = []
        self.feed(text)
        self.close()
        assert not self._open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.links += [value or "" for name, value in attrs if name in ("src", "href", "xlink:href")]
        if tag == "meta":
            return
        self._open.append(tag)
        if tag == "tr":
            self.cells.append([])
        elif tag in ("td", "th"):
            self.cells[-1].append("")
        elif tag == "h2":
            self.headings.append("")

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        self.handle_endtag(tag)

    def handle_data(self, data: str) -> None:
        if self._open and self._open[-1] in ("td", "th"):
            self.cells[-1][-1] += data
        elif self._open and self._open[-1] == "h2":
            self.headings[-1] += data


def test_page_is_complete_in_itself() -> None:
    page = Page(render(FULL))
    assert not {"script", "link", "img", "iframe"} & set(page.tags)
    assert page.links
    assert all(link.startswith(("#", "data:image/png;base64,")) for link in page.links)


def test_sections() -> None:
    text = render(FULL)
    page = Page(text)
    assert page.headings == [
        "Results", "What each limit cost", "Learning curves", "Weights and delays", "Spikes of one sample",
        "Confusion matrix", "Configuration",
    ]  # fmt: skip
    assert page.tags.count("svg") == 4
    assert "<h1>run &lt;1&gt;<small>" in text
    for note in ("sample 3, taken for two", "6 samples", "accuracy on &lt;20&gt; samples"):
        assert f'<p class="note">{note}</p>' in text
    for fact in ("<b>3</b><span>epochs", "<b>45.67%</b><span>validation accuracy", "<b>20.00%</b><span>training acc",
                 "<b>0.667</b><span>loss", "<b>0.1 min</b><span>training time"):  # fmt: skip
        assert fact in text


def test_tables() -> None:
    cells = Page(render(FULL)).cells
    assert cells == [
        ["", "test", "validation"],
        ["accuracy golden", "91.50%", "90.00%"],
        ["spikes", "334.2, 187", ""],
        ["image bytes", "173,682"],
        ["cycles mean", "63,960"],
        ["", "points"],
        ["trained", ""],
        ["2 synapses a pair", "-1.2"],
        ["name", "run"],
        ["hidden", "48, 48"],
        ["tau", "10"],
        ["synaptic_tau", "none"],
        ["learning_rate", "0.002"],
        ["schedule.warm_up", "0.15"],
    ]


def test_what_is_empty_has_no_section() -> None:
    page = Page(render(SummaryContent(name="x")))
    assert page.headings == []
    assert "svg" not in page.tags
    assert Page(render(SummaryContent(name="x", metrics=metrics(1)))).headings == ["Learning curves"]
    assert Page(render(SummaryContent(name="x", results={"synapses": 3}))).cells == [["synapses", "3"]]


def test_write(tmp_path: Path) -> None:
    path = write_summary(tmp_path / "run", FULL)
    assert path == tmp_path / "run" / "summary.html"
    before = path.read_bytes()
    assert before.startswith(b"<!doctype html>")
    write_summary(tmp_path / "run", FULL)
    assert path.read_bytes() == before
    assert [each.name for each in path.parent.iterdir()] == ["summary.html"]


def test_wrong_content_leaves_the_page_as_it_was(tmp_path: Path) -> None:
    path = write_summary(tmp_path, FULL)
    before = path.read_bytes()
    with pytest.raises(InputError, match=r"^confusion matrix: expected shape \(0, 0\), not \(1, 1\)$"):
        write_summary(tmp_path, SummaryContent(name="x", confusion=[[1]]))
    assert path.read_bytes() == before


@pytest.mark.parametrize(
    ("name", "value", "text"),
    [
        ("accuracy_float", 0.9, "90.00%"),
        ("lane_fill", np.float64(0.5), "50.00%"),
        ("loss", 0.123456, "0.1235"),
        ("cycles", 65857.3, "65,857"),
        ("samples", 2264, "2,264"),
        ("spikes", (1.5, 2.0), "1.5, 2"),
        ("speakers", [], "none"),
        ("exact", True, "yes"),
        ("exact", np.False_, "no"),
        ("limit", None, "none"),
        ("unit", "scdq", "scdq"),
    ],
)
def test_values(name: str, value: Any, text: str) -> None:
    assert shown(name, value) == text
