# SPDX-License-Identifier: Apache-2.0
"""What is measured of a finished run; ``test_run`` measures whole runs with it."""

from pathlib import Path

import pytest

from support.errors import InputError
from train.loop.accuracy import evaluate_run


def test_a_folder_that_is_no_run(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=str(tmp_path)):
        evaluate_run(tmp_path)
    assert list(tmp_path.iterdir()) == [], "nothing is written"
