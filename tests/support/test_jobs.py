# SPDX-License-Identifier: Apache-2.0
"""How many jobs run at a time, and how they end."""

import os
import threading

import pytest

from support.errors import InputError
from support.jobs import job_count, threads


def test_job_count() -> None:
    assert job_count(3) == 3
    assert 1 <= job_count(None) <= len(os.sched_getaffinity(0))
    with pytest.raises(InputError, match=r"^jobs must be at least 1, not 0$"):
        job_count(0)


def test_a_failure_drops_what_has_not_begun() -> None:
    begun, go = threading.Event(), threading.Event()

    def wait() -> None:
        begun.set()
        go.wait(30)

    def fail() -> None:
        with threads(1) as pool:
            pool.submit(wait)
            waiting.append(pool.submit(begun.clear))
            assert begun.wait(30)
            raise RuntimeError("enough")

    waiting: list[object] = []
    with pytest.raises(RuntimeError, match="enough"):
        fail()
    go.set()
    assert waiting[0].cancelled()  # type: ignore[attr-defined]
    assert begun.is_set()
