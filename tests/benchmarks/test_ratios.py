# SPDX-License-Identifier: Apache-2.0
"""benchmarks.ratios and benchmarks.run: what is kept of a run, what it is compared with, what counts as fallen."""

import json
from pathlib import Path

import pytest

from benchmarks import fabric, golden
from benchmarks.ratios import Change, Series, content, last, read
from benchmarks.run import NAMES, main


@pytest.mark.parametrize(
    ("before", "now", "fell"),
    [
        ((10.0, 10.5, 11.0), (9.0, 9.1, 9.2), True),
        ((10.0, 10.5, 11.0), (9.6, 9.9, 10.2), False),
        ((10.0, 10.1, 10.2), (8.0, 9.9, 10.2), False),
        ((10.0, 10.1, 10.2), (12.0, 12.1, 12.2), False),
        ((3.5, 3.5), (3.4, 3.4), True),
        ((3.5, 3.5), (3.5, 3.5), False),
    ],
)
def test_fallen(before: tuple[float, ...], now: tuple[float, ...], fell: bool) -> None:
    change = Change(name="x", now=Series(values=now), before=Series(values=before))
    assert change.fell is fell
    assert not Change(name="x", now=Series(values=now), before=None).fell


def test_the_run_before(tmp_path: Path) -> None:
    own = tmp_path / "c.json"
    assert last(tmp_path, own) is None
    for name, when in (("c", 3.0), ("a", 2.0), ("b", 1.0)):
        (tmp_path / f"{name}.json").write_text(json.dumps(content({"x": [1.0, 2.0, 4.0]}, when)))
    assert last(tmp_path, own) == tmp_path / "a.json"
    assert read(own) == (3.0, {"x": Series(values=(1.0, 2.0, 4.0))})
    stored = json.loads(own.read_text())["ratios"]["x"]
    assert (stored["median"], stored["spread"]) == (2.0, 3.0)
    for name in "ab":
        (tmp_path / f"{name}.json").unlink()
    assert last(tmp_path, own) == own


def test_a_whole_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """Measured, stored, compared; a fall is said and is status 1."""
    values = {"golden: g": [10.0, 10.1], "fabric: f": [2.0, 2.0]}
    monkeypatch.setattr(golden, "ratios", lambda repeats: {"golden: g": values["golden: g"]})
    monkeypatch.setattr(fabric, "ratios", lambda repeats: {"fabric: f": values["fabric: f"]})
    command = ["--only", "golden", "fabric", "--repeats", "2", "--folder", str(tmp_path)]
    for name, status in (("one", 0), ("two", 0)):
        monkeypatch.setattr("benchmarks.run.commit_name", lambda name=name: name)
        assert main(command) == status
        assert "FELL" not in capsys.readouterr().out
    report = json.loads((tmp_path / "two.json").read_text())
    assert set(report["ratios"]) == set(values)
    assert report["made"]["command"].startswith("python -m benchmarks.run --only golden")
    values["fabric: f"] = [1.9, 1.9]
    monkeypatch.setattr("benchmarks.run.commit_name", lambda: "three")
    assert main(command) == 1
    assert "FELL: fabric: f: 1.9 after 2, noise 0" in capsys.readouterr().out


def test_mistakes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main(["--repeats", "1"])
    assert caught.value.code == 2
    capsys.readouterr()
    (tmp_path / "x.json").write_text("{}")
    assert main(["--only", "fabric", "--folder", str(tmp_path)]) == 2
    assert capsys.readouterr().err == (
        f"error: {tmp_path / 'x.json'}: no run of `make bench`; remove it, or bring the right file back\n"
    )
    assert len(NAMES) == len(set(NAMES))


def test_the_fabric_is_exact() -> None:
    [values] = fabric.ratios(2).values()
    assert values[0] == values[1] > 1
