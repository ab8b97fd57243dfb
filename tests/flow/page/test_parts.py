# SPDX-License-Identifier: Apache-2.0
"""Figures of the page: what is not known is never a zero."""

from flow.page.parts import Part, count, percent


def test_what_is_not_known() -> None:
    assert count(None) == percent(None) == "n/a"


def test_figures() -> None:
    assert (count(1234567), count(0), count(1.25, 1), percent(0.12345), percent(1.0, 0)) == (
        "1,234,567", "0", "1.2", "12.3 %", "100 %",
    )  # fmt: skip


def test_a_part_without_figures_was_not_run() -> None:
    assert not Part(key="x", title="X", command="make x", text=("said",)).ran
