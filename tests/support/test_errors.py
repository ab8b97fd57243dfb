# SPDX-License-Identifier: Apache-2.0
"""support.errors: a mistake is one line with status 2, a warning is one line with status 0."""

import warnings

import pytest

from flow import cli
from support.errors import InputError, InputWarning


def test_a_mistake_is_a_wrong_value() -> None:
    """So code that knows nothing of the project can catch it; and it is no error of the program."""
    assert issubclass(InputError, ValueError)
    assert not issubclass(InputError, OSError)
    assert issubclass(InputWarning, UserWarning)


def test_several_lines_are_told_as_one(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def fail(*_: object, **__: object) -> None:
        warnings.warn("x:\ny", InputWarning, stacklevel=1)
        raise InputError("a\nb")

    monkeypatch.setattr(cli, "app", fail)
    assert cli.run([]) == 2
    warning, error = capsys.readouterr().err.splitlines()
    assert warning.startswith("warning: x:")
    assert error.startswith("error: a")
