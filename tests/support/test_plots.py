# SPDX-License-Identifier: Apache-2.0
"""support.plots: equal pictures are equal bytes, those of one page stay apart; the command line draws by it alone."""

import ast
import re
from pathlib import Path

import matplotlib as mpl
from matplotlib.figure import Figure

import flow
from support.plots import COLOURS, STYLE, svg


def picture() -> Figure:
    with mpl.rc_context(STYLE):
        figure = Figure()
        axes = figure.subplots()
        axes.plot([1, 2], [3, 4])
        axes.set_title("costs $5 & more", clip_on=True)
        return figure


def test_equal_bytes_without_a_date_or_a_tool() -> None:
    first = svg(picture(), "a")
    assert first == svg(picture(), "a")
    assert first.startswith("<svg")
    assert "dc:date" not in first
    assert "dc:creator" not in first


def test_text_stays_text_and_is_no_mathematics() -> None:
    assert "costs $5 &amp; more" in svg(picture(), "a")


def test_identifiers_of_pictures_differ() -> None:
    one, other = (set(re.findall(r"url\(#(\w+)\)", svg(picture(), name))) for name in ("a", "b"))
    assert one
    assert not one & other


def test_curves_have_the_colours_of_the_project() -> None:
    assert COLOURS[0] in svg(picture(), "a")


def test_nothing_global_changes() -> None:
    before = dict(mpl.rcParams)
    svg(picture(), "a")
    assert dict(mpl.rcParams) == before


def test_the_command_line_imports_nothing_of_training() -> None:
    """Commands that train load it by name when they run, and so they load the folders whose modules import it; all
    others work without torch."""
    found, loaded_by_name = [], {"mixed_signal", "yinyang"}
    for path in Path(flow.__file__).parent.rglob("*.py"):
        if path.parent.name in loaded_by_name and path.parent.parent.name == "flow":
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            names = [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            names += [each.name for each in node.names] if isinstance(node, ast.Import) else []
            found += [f"{path.name}: {name}" for name in names
                      if name.split(".")[0] == "train"
                      or (name.split(".")[0] == "flow" and {*name.split(".")[1:2]} & loaded_by_name)]  # fmt: skip
    assert found == []
