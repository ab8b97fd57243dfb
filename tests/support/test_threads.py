# SPDX-License-Identifier: Apache-2.0
"""Products run in one thread, and only inside."""

import numpy as np
import pytest

from support.threads import _controls, one_thread


@pytest.fixture
def threads(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The number of threads of a library that starts with 7."""
    state = [7]
    controls = [(lambda: state[-1], state.append)]
    monkeypatch.setattr("support.threads._controls", lambda: controls)
    return state


def test_the_number_of_threads_is_restored(threads: list[int]) -> None:
    with one_thread():
        assert threads[-1] == 1
    assert threads == [7, 1, 7]


def test_the_number_of_threads_is_restored_after_an_error(threads: list[int]) -> None:
    with pytest.raises(KeyError), one_thread():
        raise KeyError
    assert threads == [7, 1, 7]


def test_the_openblas_of_numpys_wheel_is_found() -> None:
    uses_openblas = "openblas" in np.show_config(mode="dicts")["Build Dependencies"]["blas"]["name"]
    assert bool(_controls()) == uses_openblas
    before = [get() for get, _ in _controls()]
    with one_thread():
        assert all(get() == 1 for get, _ in _controls())
    assert [get() for get, _ in _controls()] == before
