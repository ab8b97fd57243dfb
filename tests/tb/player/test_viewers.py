# SPDX-License-Identifier: Apache-2.0
"""The files for GTKWave and Surfer."""

from pathlib import Path

from tb.player.view import Group, Shown, View
from tb.player.viewers import Mark, described, save

VIEW = View(
    groups=(
        Group(
            name="unit",
            title="a unit",
            signals=(
                Shown(name="state", value="{dut}.s", width=2, names=("A", "B", "C")),
                Shown(name="weight", value="{dut}.w", width=4, signed=True),
                Shown(name="count", value="{dut}.c", width=9),
                Shown(name="on", value="{dut}.o", width=1),
            ),
        ),
    )
)
MARKS = [Mark(time=1200, name="sent", text="it is sent"), Mark(time=1900, name="comes", text="it comes")]


def test_gtkwave(tmp_path: Path) -> None:
    gtkwave, _ = save(tmp_path / "x.fst", VIEW, MARKS)
    text = gtkwave.read_text()
    assert gtkwave == tmp_path / "x.gtkw"
    assert f'[dumpfile] "{tmp_path}/x.fst"' in text
    assert "[timestart] 1130000" in text
    [line] = [line for line in text.splitlines() if line.startswith("*")]
    zoom, primary, *named = line[1:].split()
    assert (float(zoom), primary, named[:3]) == (-17.680030, "1200000", ["1200000", "1900000", "-1"])
    assert len(named) == 26
    assert "[markername] Asent\n[markername] Bcomes\n" in text
    assert text.endswith(
        "@200\n-a unit\n@100000028\n+{state} harness.view.unit.state[1:0]\n"
        "@420\n+{weight} harness.view.unit.weight[3:0]\n"
        "@24\n+{count} harness.view.unit.count[8:0]\n@28\n+{on} harness.view.unit.on\n"
    )


def test_a_vcd_has_no_names_of_values(tmp_path: Path) -> None:
    gtkwave, _ = save(tmp_path / "x.vcd.gz", VIEW)
    assert "@200\n-0 A, 1 B, 2 C\n@24\n+{state} harness.view.unit.state[1:0]\n" in gtkwave.read_text()


def test_what_a_reader_is_told() -> None:
    assert described(Path("waves/x.fst"), MARKS) == [
        "waveform: waves/x.fst",
        "  gtkwave waves/x.gtkw",
        "  surfer --command-file waves/x.sucl",
        "  A     1200 ns  it is sent",
        "  B     1900 ns  it comes",
    ]
    assert described(Path("x.vcd.gz"))[-1].startswith("  compressed VCD: ")


def test_surfer(tmp_path: Path) -> None:
    _, surfer = save(tmp_path / "x.vcd.gz", VIEW, MARKS)
    lines = surfer.read_text().splitlines()
    assert surfer == tmp_path / "x.sucl"
    assert lines[0] == f"load_file {tmp_path}/x.vcd.gz"
    assert lines[3:7] == [
        "divider_add unit",
        *(f"variable_add harness.view.unit.{name}" for name in ("state", "weight", "count")),
    ]
    assert lines[-3:] == ["cursor_set 1900000", "marker_set #2 1900000", "zoom_fit"]


def test_without_marks(tmp_path: Path) -> None:
    gtkwave, surfer = save(tmp_path / "x.fst", VIEW)
    assert "[timestart] 0\n" in gtkwave.read_text()
    assert "marker" not in surfer.read_text()
