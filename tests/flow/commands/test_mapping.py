# SPDX-License-Identifier: Apache-2.0
"""``chronaxie map`` and ``unmap``: there and back, and what is refused."""

from pathlib import Path

import numpy as np
import pytest

from flow.cli import run
from model.fabric.bundle import Bundle
from model.network_file import load_network, save_network
from tests.flow.examples import small_network


def test_there_and_back(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    save_network(folder / "small.npz", small_network())
    np.save(folder / "where.npy", np.array([1, 0, 1, 0, 0, 1]))
    for arguments, cores in (
        ("small.npz --cores 3 --nodes 5", 3),
        ("small.chx --cores 2 --placement runs --lanes 2", 2),
        ("small.npz --cores 2 --placement where.npy", 2),
        ("small.npz --cores 1", 1),
        ("small.npz --cores 2 --placement search --limit neurons=3", 2),
    ):
        assert run(f"map {arguments} -o a.chxb".split()) == 0
        out = capsys.readouterr().out
        assert f"a.chxb: {cores} of " in out
        assert Bundle.load("a.chxb").cores == cores
        assert run(["unmap", "a.chxb", "-o", "back.npz"]) == 0
        assert capsys.readouterr().out.startswith("back.npz: 6 neurons, ")
        assert load_network("back.npz") == small_network()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ("map small.chx --cores 2 -o a.chx", "a.chx: a bundle ends in .chxb"),
        ("map small.chx --cores 7 -o a.chxb", "cores must be in 1..6, the number of neurons, not 7"),
        ("map small.chx --cores 3 --nodes 2 -o a.chxb", "placement: uses 3 cores, there are 2"),
        ("map small.chx --cores 3 --nodes 65 -o a.chxb", "nodes must be in 1..64, not 65"),
        (
            "map small.chx --cores 2 --placement odd -o a.chxb",
            "--placement must be search, dealt, runs, or a file .npy, not 'odd'",
        ),
        ("map small.chx --cores 2 --placement no.npy -o a.chxb", "no.npy: cannot be read: No such file"),
        ("map small.chx --cores 2 --placement text.npy -o a.chxb", "text.npy: no array of numpy (.npy)"),
        ("map small.chx --cores 2 --placement three.npy -o a.chxb", "three.npy: uses 3 cores, --cores says 2"),
        ("map small.chx --cores 2 --placement short.npy -o a.chxb", "placement: expected 6 integers, the core of each"),
        ("map small.chx --cores 2 --lanes 0 -o a.chxb", "core 0: core configuration: lanes must be in 1..32, not 0"),
        (
            "map small.chx --cores 2 --limit odd=3 -o a.chxb",
            "--limit must be one of neurons, axons, rows, synapse_words",
        ),
        ("map small.chx --cores 2 --limit rows=0 -o a.chxb", "limit: rows must be in 1..1048576, not 0"),
        (
            "map small.chx --cores 2 --limit neurons=2 -o a.chxb",
            "network 'small' does not fit 2 cores: core 0: neurons: needs ",
        ),
        (
            "map small.chx --cores 2 --limit accumulator_bits=2 -o a.chxb",
            "network 'small' does not fit: accumulator_bits",
        ),
        ("unmap small.chx -o a.npz", "small.chx: bundle: BAD_MAGIC at byte 0"),
        ("unmap small.chx -o a.chx", "a.chx: a network ends in .npz"),
    ],
)
def test_refused(folder: Path, capsys: pytest.CaptureFixture[str], arguments: str, message: str) -> None:
    (folder / "text.npy").write_text("text")
    np.save(folder / "three.npy", np.arange(6) % 3)
    np.save(folder / "short.npy", np.arange(2))
    assert run(arguments.split()) == 2
    assert capsys.readouterr().err.startswith(f"error: {message}")
    assert not list(folder.glob("a.*"))
