# SPDX-License-Identifier: Apache-2.0
"""Commands on training runs: a report is not written over the run; a configuration names its method."""

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from flow.cli import run
from tests.train.delgrad.examples import SMALL
from train.loop.run import FILES


@pytest.mark.parametrize("command", ["results other {}", "results {}", "sensitivity {}", "quantise {} --evaluate test"])
@pytest.mark.parametrize("name", FILES)
def test_a_report_does_not_replace_a_file_of_a_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], command: str, name: str
) -> None:
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "small" / name
    path.parent.mkdir()
    path.write_text("hours of work")
    assert run([*command.format("small").split(), "--json", str(path)]) == 2
    assert capsys.readouterr().err.startswith(f"error: {path}: would be written over what is read from it")
    assert path.read_text() == "hours of work"


def test_a_configuration_names_its_method(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("small.toml").write_text(SMALL.replace("epochs = 4", "epochs = 1"))
    assert run(["train", "small.toml", "--seed", "3"]) == 0
    assert Path("runs/small-s3/float.pt").is_file()
    Path("small.toml").write_text(SMALL.replace('"delgrad"', '"magic"'))
    assert run(["train", "small.toml"]) == 2
    assert capsys.readouterr().err == "error: small.toml: method must be delgrad, or absent, not 'magic'\n"


def test_jobs_of_the_yin_yang_table(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["yinyang", "--jobs", "0", "--json", str(tmp_path / "x.json"), "--folder", str(tmp_path)]) == 2
    assert capsys.readouterr().err == "error: jobs must be at least 1, not 0\n"


def test_quantise_says_what_to_do_with_a_delgrad_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("small.toml").write_text(SMALL.replace("epochs = 4", "epochs = 1"))
    assert run(["train", "small.toml"]) == 0
    capsys.readouterr()
    for command in ("quantise runs/small", "quantise runs/small --weight-bits 4"):
        assert run(command.split()) == 2
        assert capsys.readouterr().err == (
            "error: runs/small/checkpoint.pt: of a DelGrad run, which has no integers of its own; "
            "train.delgrad.core.grid.to_core maps its network to a core, and `chronaxie yinyang` measures it there\n"
        )


def test_training_without_torch(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in [name for name in sys.modules if name.split(".")[0] == "train"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "torch", None)
    assert run(["train", "config.toml"]) == 2
    assert capsys.readouterr().err == ("error: training needs torch: run `make all`, or pip install -e '.[train]'\n")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ("train none.toml", "none.toml: cannot be read"),
        ("crossvalidate none.toml", "none.toml: cannot be read"),
        ("quantise none --ternary", "none: no checkpoint.pt; expected the folder of a training run"),
        ("quantise none", "none: no checkpoint.pt; expected the folder of a training run"),
        (
            "quantise none --json x.json",
            "--json holds what --evaluate measures; expected --evaluate validation or test",
        ),
        ("quantise none --weight-bits 9", "Invalid value for '--weight-bits': "),
    ],
)
def test_refused(refused: Callable[[str, str], None], arguments: str, message: str) -> None:
    refused(arguments, message)
