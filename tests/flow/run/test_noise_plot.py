# SPDX-License-Identifier: Apache-2.0
"""The picture of a sweep."""

from pathlib import Path
from xml.etree import ElementTree

import pytest

from flow.run.evaluate import Noise, NoisePoint
from flow.run.noise_plot import check_plot, save_plot
from support.errors import InputError

POINTS = [
    NoisePoint(noise=noise, level=level, accuracies=(0.9 - level / 10, 0.8 - level / 10)[: 2 if level else 1])
    for noise in (Noise.DELAY_MISMATCH, Noise.DROPPED_SPIKES)
    for level in (0.0, 1.0, 2.0)
]


def test_svg(tmp_path: Path) -> None:
    save_plot(tmp_path / "new" / "a.svg", "x.chx on y.h5", POINTS)
    text = (tmp_path / "new" / "a.svg").read_text()
    shown = ["".join(each.itertext()) for each in ElementTree.fromstring(text).iter("{http://www.w3.org/2000/svg}text")]
    for title in ("x.chx on y.h5", "delay mismatch", "dropped spikes", "probability that a spike reaches no synapse"):
        assert title in shown
    save_plot(tmp_path / "b.svg", "x.chx on y.h5", POINTS)
    assert (tmp_path / "b.svg").read_text() == text


def test_png(tmp_path: Path) -> None:
    save_plot(tmp_path / "a.png", "x", POINTS)
    save_plot(tmp_path / "b.png", "x", POINTS)
    assert (tmp_path / "a.png").read_bytes() == (tmp_path / "b.png").read_bytes()
    assert (tmp_path / "a.png").read_bytes().startswith(b"\x89PNG")


def test_what_is_drawn(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lines = []
    monkeypatch.setattr("matplotlib.axes.Axes.plot", lambda self, x, y, *form, **rest: lines.append((list(x), list(y))))
    save_plot(tmp_path / "a.svg", "x", POINTS[:3])
    assert lines[0] == ([0, 1, 2], [0.9, pytest.approx(0.75), pytest.approx(0.65)])
    assert lines[2] == ([1, 1], [pytest.approx(0.8), pytest.approx(0.7)])
    assert len(lines) == 4


@pytest.mark.parametrize("name", ["a.pdf", "a", "svg"])
def test_other_kinds(tmp_path: Path, name: str) -> None:
    with pytest.raises(InputError, match=r"expected a picture that ends in .png or .svg$"):
        check_plot(tmp_path / name)


def test_no_place(tmp_path: Path) -> None:
    (tmp_path / "x.svg").mkdir()
    with pytest.raises(InputError, match=r"x.svg: cannot be written, it is a folder"):
        check_plot(tmp_path / "x.svg")
