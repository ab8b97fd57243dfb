# SPDX-License-Identifier: Apache-2.0
"""A component that is built to count, played on Verilator: its points, and the folder that they are kept in."""

from pathlib import Path

import numpy as np
import pytest

from model.config import preset
from rtl.delay.rank import RowNumber
from support.errors import InputError
from tb.coverage.collect import Collector, clear, keep, merged
from tb.player import counts
from tb.player.phase import Phase
from tb.player.play import Player


def play(player: Player, tokens: int) -> None:
    due = player.pack("due", {"eos": np.zeros(tokens, np.uint64), "event": {"source": np.arange(tokens) % 4,
                              "level": np.arange(tokens) % 4}, "entry": {"mask": np.full(tokens, 7),
                              "base": np.arange(tokens)}})  # fmt: skip
    player.run([Phase(inputs={"due": due}, expect={"rows": tokens})], seed=1)


def test_a_run_is_counted(tmp_path: Path) -> None:
    collector, folder = Collector(), tmp_path / "counts"
    with counts.counted(collector):
        player = Player(RowNumber(preset("tiny")), backend="native")
    assert counts.wanted() is None
    assert not collector.drained(), "nothing was played in the block"
    play(player, 6)
    keep(folder, "a", collector.drained())
    once = merged(folder)
    play(player, 6)
    keep(folder, "b", collector.drained())
    total = merged(folder)
    assert total == {point: 2 * count for point, count in once.items()}
    lines = {point: count for point, count in total.items() if point.startswith("line|rtl/delay/rank.py|")}
    assert lines
    assert any(lines.values())
    toggles = {point: count for point, count in total.items() if point.startswith("toggle|rtl/delay/rank.py|")}
    assert any(toggles.values())
    assert not all(toggles.values()), "no end of step was sent"
    plain = Player(RowNumber(preset("tiny")), backend="native")
    assert plain.executable != player.executable
    play(plain, 6)
    assert not collector.drained()
    clear(folder)
    assert not list(folder.iterdir())


def test_folders(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no counts of simulations; expected what `make coverage` leaves there"):
        merged(tmp_path)
    (tmp_path / "1.json.gz").write_bytes(b"x")
    with pytest.raises(InputError, match=r"1\.json\.gz: damaged; remove it, or run `make coverage` again"):
        merged(tmp_path)
