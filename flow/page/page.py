# SPDX-License-Identifier: Apache-2.0
"""The page as one file: parts, styles, script and plotting library in it, so it needs neither network nor server."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape
from markupsafe import Markup
from plotly.offline import get_plotlyjs

from flow.page.parts import Part
from support.files import make_folder, write_atomic


def in_script(content: Any) -> Markup:
    """JSON for a script element of a page: no text in it can end the element."""
    text = json.dumps(content, separators=(",", ":"), allow_nan=False)
    return Markup(text.replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e"))


def render(parts: Sequence[Part], *, title: str, version: str, sample: Mapping[str, Any] | None) -> str:
    """The page. ``sample``: a recording as ``flow.page.sample.as_content`` gives it; None: none."""
    environment = Environment(
        loader=PackageLoader("flow.page"), autoescape=select_autoescape(["html.j2"]), undefined=StrictUndefined,
        trim_blocks=True, lstrip_blocks=True, keep_trailing_newline=True,
    )  # fmt: skip
    plots = {plot.name: plot.figure for part in parts for plot in part.plots}
    source = environment.loader
    assert source is not None
    style, script = (Markup(source.get_source(environment, name)[0]) for name in ("page.css", "page.js"))
    return environment.get_template("index.html.j2").render(
        parts=parts, title=title, version=version, sample=sample is not None, style=style, script=script,
        plotly=Markup(get_plotlyjs().replace("</script", "<\\/script")),
        data=in_script({"plots": plots, "sample": sample}),
    )  # fmt: skip


def write_page(path: Path, text: str) -> None:
    """Write the page, whole or not at all; its folder is made. Raises InputError if that fails."""
    make_folder(path.parent)
    write_atomic(path, text.encode())
