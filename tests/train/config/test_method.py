# SPDX-License-Identifier: Apache-2.0
"""train.config.method: which module trains a configuration."""

from pathlib import Path

import pytest

from support.errors import InputError
from support.paths import ROOT
from train.config.method import Method, method_of


def test_methods() -> None:
    configs = ROOT / "train" / "configs"
    assert method_of(configs / "hd_48_48_20.toml") is Method.SURROGATE
    assert method_of(configs / "yinyang" / "4_30_3_axonal.toml") is Method.DELGRAD


def test_another_one_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "x.toml"
    path.write_text('method = "magic"\n')
    with pytest.raises(InputError, match=r"x\.toml: method must be delgrad, or absent, not 'magic'$"):
        method_of(path)
