# SPDX-License-Identifier: Apache-2.0
"""The file of a waveform."""

import gzip
import subprocess
from pathlib import Path

import pytest

from tb.player import waves


@pytest.mark.parametrize(("possible", "name"), [(True, "ring.fst"), (False, "ring.vcd.gz")])
def test_the_format_is_what_the_machine_can_write(monkeypatch: pytest.MonkeyPatch, possible: bool, name: str) -> None:
    monkeypatch.setattr(waves, "can_write_fst", lambda: possible)
    assert waves.waves_file(Path("a/ring.fst")) == Path("a") / name


def test_a_program_that_writes_is_compressed_on_the_way(tmp_path: Path) -> None:
    path = tmp_path / "x.vcd.gz"
    with waves.written(path) as (target, inherited):
        subprocess.run(["sh", "-c", f"echo hello > {target}"], pass_fds=inherited, check=True)
    assert gzip.decompress(path.read_bytes()) == b"hello\n"


def test_a_program_that_never_opens_it_is_not_waited_for(tmp_path: Path) -> None:
    with waves.written(tmp_path / "x.vcd.gz"):
        pass
    assert gzip.decompress((tmp_path / "x.vcd.gz").read_bytes()) == b""


def test_a_plain_file_is_written_as_it_is(tmp_path: Path) -> None:
    with waves.written(tmp_path / "x.fst") as found:
        assert found == (str(tmp_path / "x.fst"), ())
