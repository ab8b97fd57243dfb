# SPDX-License-Identifier: Apache-2.0
"""An inspection on a terminal."""

from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from flow.inspection.record import inspection
from flow.inspection.show import BARS, WIDTH, course, tables
from flow.run.recordings import load_samples
from tests.flow.examples import small_image, write_recordings


@pytest.mark.parametrize(
    ("values", "shown"), [([], ""), ([0, 0], "  "), ([0, 1, 8], " ▁█"), ([4, 8], "▄█"), ([3], "█")]
)
def test_course(values: list[int], shown: str) -> None:
    assert course(values) == shown


def test_a_long_course_keeps_its_peaks() -> None:
    values = [0] * 1000
    values[777] = 5
    assert len(course(values)) == WIDTH
    assert course(values).strip() == BARS[-1]


@pytest.mark.parametrize("width", [40, 80, 200])
def test_tables_fit_the_terminal(tmp_path: Path, width: int) -> None:
    image = small_image()
    write_recordings(tmp_path / "x.h5")
    samples = load_samples(tmp_path / "x.h5", image.network())
    text = StringIO()
    console = Console(file=text, width=width)
    for each in tables(inspection("[bold]small.chx", image, samples, 0, tmp_path)):
        console.print(each)
    assert max(map(len, text.getvalue().splitlines())) <= width
    assert "[bold]" in text.getvalue()
    if width == 200:
        assert "4 axons, 6 neurons, 40 synapses" in text.getvalue()
        assert "taken for" in text.getvalue()
        assert "delay memory of scdq, bits" in text.getvalue()
        assert "energy: not known, run make delay-report" in text.getvalue()
