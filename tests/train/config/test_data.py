# SPDX-License-Identifier: Apache-2.0
"""train.config.data: the encoding is the model's, and so are its errors."""

from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from model.encoding import Encoding
from train.config.data import AugmentConfig, DataConfig, EncodingConfig


def test_an_encoding_is_the_one_of_the_model() -> None:
    given: dict[str, Any] = {"units": 20, "axons": 10, "counts": (1, 3), "steps": 8, "step_seconds": 0.01, "drain": 3}
    assert EncodingConfig.model_validate(given).build() == Encoding(**given)
    assert set(EncodingConfig.model_fields) == set(asdict(Encoding(**given)))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"axons": 7, "counts": [1, 2]}, "Value error, axons"),
        ({"counts": [2, 1]}, "Value error, counts"),
        ({"counts": []}, "at least 1 item"),
        ({"counts": [256]}, "less than or equal to 255"),
        ({"step_seconds": 0}, "greater than 0"),
    ],
)
def test_what_the_model_refuses_is_refused_here(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        EncodingConfig.model_validate({"units": 20, "axons": 10, **changes})


def test_without_a_word_nobody_is_held_out_and_nothing_is_changed() -> None:
    data = DataConfig(train=Path("a.h5"), test=Path("b.h5"))
    assert (data.validation_speakers, data.cache) == ((), Path("build/cache"))
    assert not any(AugmentConfig().model_dump().values())
