# SPDX-License-Identifier: Apache-2.0
"""Kept results: made once, made again after damage or interruption."""

from pathlib import Path

import pytest

from flow.silicon.cache import Results, design_digest, model_digest
from support.errors import InputError


def test_made_once(tmp_path: Path) -> None:
    results = Results(tmp_path / "kept")
    made: list[int] = []

    def make() -> dict[str, int]:
        made.append(1)
        return {"area": 7}

    assert results.find("a", 1) is None
    assert results.get(make, "a", 1) == results.get(make, "a", 1) == {"area": 7}
    assert made == [1]
    assert results.get(make, "a", 2) == {"area": 7}
    assert made == [1, 1]
    results.path("a", 1).write_text("{")
    assert results.get(make, "a", 1) == {"area": 7}
    assert made == [1, 1, 1]


def test_what_fails_is_not_kept(tmp_path: Path) -> None:
    results = Results(tmp_path)

    def interrupted() -> int:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        results.get(interrupted, "a")
    assert results.get(lambda: 3, "a") == 3
    assert [path.suffix for path in tmp_path.iterdir()] == [".json"]


def test_a_place_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="file/kept: cannot be made"):
        Results(tmp_path / "file" / "kept").get(lambda: 1, "a")


def test_digests_differ() -> None:
    assert len({design_digest(), model_digest()}) == 2
