# SPDX-License-Identifier: Apache-2.0
"""Memories on macros: by hand, and never worse than what a search of all ways finds."""

from itertools import product
from pathlib import Path

import pytest

from flow.silicon.macros import DEFAULT_TABLE, FlipFlop, Macro, MacroTable, Use, energy_uj, load_table, place, place_for
from support.errors import InputError


def macro(depth: int, width: int, area: float) -> Macro:
    return Macro(depth=depth, width=width, area_um2=area, leakage_nw=1.0, write_pj=width, read_pj=width / 2)


TABLE = MacroTable(
    name="three",
    flip_flop=FlipFlop(area_um2=2.0, clock_pj=0.01, access_pj=0.001),
    macro=(macro(10, 4, 30.0), macro(10, 8, 50.0), macro(40, 4, 80.0)),
)


@pytest.mark.parametrize(
    ("depth", "width", "area", "text", "read"),
    [
        (10, 8, 50.0, "1 of 10x8", 4.0),
        (10, 12, 80.0, "1 of 10x8 + 1 of 10x4", 6.0),
        (11, 8, 100.0, "2 of 10x8", 4.0),
        (40, 4, 80.0, "1 of 40x4", 2.0),
        (41, 4, 150.0, "5 of 10x4", 2.0),
        (40, 12, 240.0, "3 of 40x4", 6.0),
        (3, 4, 24.0, "flip-flops", 0.012),
    ],
)
def test_by_hand(depth: int, width: int, area: float, text: str, read: float) -> None:
    on = place(TABLE, depth, width)
    assert on.area_um2 == area
    assert sorted(on.text.split(" + ")) == sorted(text.split(" + "))
    assert on.read_pj == pytest.approx(read)
    assert on.bits == depth * width


def test_one_or_the_other() -> None:
    assert place(TABLE, 3, 4, registers=False).area_um2 == 30.0
    registers = place(TABLE, 100, 10, registers=True)
    assert (registers.area_um2, registers.clock_pj, registers.macros) == (2000.0, 10.0, ())


@pytest.mark.parametrize(("depth", "width"), [(64, 16), (816, 71), (5552, 17), (13838, 96), (96, 58), (944, 16)])
def test_no_cheaper_way(depth: int, width: int) -> None:
    """Every way to put up to three kinds of columns side by side, for real memories."""
    table = load_table(None)
    costs = [(each.width, -(-depth // each.depth) * each.area_um2) for each in table.macro]
    best = min(
        sum(count * cost for count, (_, cost) in zip(counts, three, strict=True))
        for three in product(costs, repeat=2)
        for counts in product(range(-(-width // 8) + 1), repeat=2)
        if sum(count * wide for count, (wide, _) in zip(counts, three, strict=True)) >= width
    )
    assert place(table, depth, width, registers=False).area_um2 <= best + 1e-6


def test_published_rows() -> None:
    rows = {(each.depth, each.width): (each.area_um2, each.write_pj, each.read_pj) for each in load_table(None).macro}
    assert rows[64, 64] == (50489.0, 50.5, 39.1)
    assert rows[2048, 64] == (491634.0, 155.4, 122.4)
    assert rows[4096, 16] == (257609.0, 72.5, 58.6)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (("[flip_flop]", "[flop]"), "flip_flop: Field required"),
        (("depth = 64\n", "depth = 0\n"), "macro.0.depth: Input should be greater than 0"),
        (("width = 64", 'width = "wide"'), "macro.0.width: Input should be a valid integer"),
        (("leakage_nw = 49.5", "leak = 49.5"), "macro.0.leakage_nw: Field required"),
        (("name = ", "name "), "no TOML"),
    ],
)
def test_a_wrong_table(tmp_path: Path, change: tuple[str, str], message: str) -> None:
    path = tmp_path / "table.toml"
    path.write_text(DEFAULT_TABLE.read_text().replace(*change))
    with pytest.raises(InputError, match=f"table.toml: {message}"):
        load_table(path)


def test_no_table(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"none\.toml: table of macros cannot be read"):
        load_table(tmp_path / "none.toml")


SMALL = MacroTable(
    name="fast and slow",
    flip_flop=FlipFlop(area_um2=50.0, clock_pj=1.0, access_pj=0.1),
    macro=(
        Macro(depth=64, width=8, area_um2=100.0, leakage_nw=1.0, write_pj=2.0, read_pj=1.0),
        Macro(depth=256, width=8, area_um2=300.0, leakage_nw=2.0, write_pj=8.0, read_pj=6.0),
    ),
)


def test_energy_counts_where_a_memory_is_read_often() -> None:
    use = Use(reads=1e6, writes=0.0, cycles=1e6, seconds=1e-2)
    assert place(SMALL, 256, 8).text == "1 of 256x8"
    on = place_for(SMALL, 256, 8, use)
    assert on.text == "4 of 64x8"
    assert energy_uj(on, use) == pytest.approx(1.0 + 4 * 1.0 * 1e-2 * 1e-3)


def test_area_alone_counts_where_it_is_hardly_used() -> None:
    use = Use(reads=1.0, writes=0.0, cycles=1e6, seconds=1.0)
    # Leakage of four small ones is twice that of the large one.
    assert place_for(SMALL, 256, 8, use).text == "1 of 256x8"


@pytest.mark.parametrize(("depth", "width"), [(20, 4), (300, 30), (1000, 18), (5000, 96)])
def test_energy_times_area_is_never_more_than_on_the_smallest(depth: int, width: int) -> None:
    table = load_table(None)
    for reads, writes in ((0.0, 0.0), (1e3, 1e3), (1e6, 1e3)):
        use = Use(reads=reads, writes=writes, cycles=1e5, seconds=1e-3)
        least, smallest = place_for(table, depth, width, use), place(table, depth, width)
        assert least.area_um2 * energy_uj(least, use) <= smallest.area_um2 * energy_uj(smallest, use) * (1 + 1e-12)
