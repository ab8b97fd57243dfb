# SPDX-License-Identifier: Apache-2.0
"""The file of a sweep: which tasks it stands for, and what is wrong with it, in one line."""

from pathlib import Path

import pytest

from flow.sweep.kinds import Call, Cost
from flow.sweep.spec import load_spec
from support.errors import InputError
from support.paths import ROOT
from tests.flow.sweep.examples import POISON, call, spec_file

RANDOM = '[[tasks]]\nkind = "cost"\nsizes = [[20, 8], [20, 8, 4]]\nunit = ["ring", "bitmap"]\n'


def test_lists_are_axes(tmp_path: Path) -> None:
    spec = load_spec(spec_file(tmp_path, RANDOM, limits="retries = 3"))
    assert spec.limits.retries == 3
    options = [options for _, options in spec.points]
    assert all(isinstance(each, Cost) for each in options)
    assert [(each.sizes, str(each.unit)) for each in options if isinstance(each, Cost)] == [
        ((20, 8), "ring"), ((20, 8), "bitmap"), ((20, 8, 4), "ring"), ((20, 8, 4), "bitmap"),
    ]  # fmt: skip


def test_lists_inside_options_are_axes(tmp_path: Path) -> None:
    spec = load_spec(spec_file(tmp_path, call("square", x=[1, 2], log=["a", "b"])))
    found = [options.options for _, options in spec.points if isinstance(options, Call)]
    assert found == [{"x": x, "log": log} for x in (1, 2) for log in ("a", "b")]


def test_the_same_task_twice_is_one(tmp_path: Path) -> None:
    assert len(load_spec(spec_file(tmp_path, RANDOM, RANDOM)).points) == 4


@pytest.mark.parametrize("path", sorted((ROOT / "examples" / "sweeps").glob("*.toml")), ids=lambda path: path.name)
def test_examples(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    assert load_spec(path).points


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("x", "not TOML: "),
        ('name = "a"', "tasks: Field required"),
        ('name = "a/b"\ntasks = [{}]', "name: String should match pattern"),
        ('name = "a"\ntasks = []', "tasks: List should have at least 1 item"),
        ('name = "a"\nother = 1\ntasks = [{}]', "other: Extra inputs are not permitted, not 1"),
        ('name = "a"\ntasks = [{}]', "tasks.0: kind must be one of sim, cost, area, train, call, not None"),
        ('name = "a"\ntasks = [{kind = "cost"}]', "tasks.0: give an image, or sizes of a random network"),
        ('name = "a"\ntasks = [{kind = "cost", sizes = [[3]]}]', "tasks.0: sizes: expected axons and the neurons of"),
        ('name = "a"\ntasks = [{kind = "cost", sizes = [[3, 2]], unit = []}]', "tasks.0.unit: an empty list; expected"),
        ('name = "a"\ntasks = [{kind = "sim", sizes = [[3, 2]], unit = "rung"}]', "tasks.0: unit: Input should be"),
        ('name = "a"\ntasks = [{kind = "sim", sizes = [[3, 2]], lanes = [8, 33]}]', "tasks.0: lanes: Input should be"),
        ('name = "a"\ntasks = [{kind = "area", image = "none.chx"}]', "tasks.0: none.chx: no such file"),
        ('name = "a"\ntasks = [{kind = "train", config = "none.toml"}]', "none.toml: cannot be read"),
        ('name = "a"\ntasks = [{kind = "call", function = "none.py"}]', "tasks.0: function: String should match"),
        ('name = "a"\ntasks = [{kind = "call", function = "none.py:f"}]', "tasks.0: none.py: no such file"),
        ('name = "a"\n[[tasks]]\nkind = "cost"\nsizes = [[3, 2]]\n[[pareto]]\nx = "a"\ny = "min a"', "pareto.0.x: "),
        ('name = "a"\nlimits = {seconds = 0}\ntasks = [{}]', "limits.seconds: Input should be greater than 0, not 0"),
    ],
)  # fmt: skip
def test_mistakes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, message: str) -> None:
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "spec.toml"
    path.write_text(text)
    with pytest.raises(InputError) as caught:
        load_spec(path)
    said = str(caught.value)
    assert message in said
    assert "\n" not in said
    assert "spec.toml" in said or "none.toml" in said


def test_too_many(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("flow.sweep.spec.MOST", 3)
    with pytest.raises(InputError, match="more than 3 tasks"):
        load_spec(spec_file(tmp_path, RANDOM))


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"none\.toml: cannot be read \(No such file or directory\)$"):
        load_spec(tmp_path / "none.toml")
    assert POISON.is_file()
