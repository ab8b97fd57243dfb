# SPDX-License-Identifier: Apache-2.0
"""train.config.section: what every table of a configuration refuses."""

import pytest
from pydantic import ValidationError

from train.config.section import Count, Epochs, Fraction, NonNegative, Positive, Section


class Table(Section):
    count: Count = 1
    epochs: Epochs = 0
    fraction: Fraction = 0
    weight: NonNegative = 0
    rate: Positive = 1


def test_unknown_keys_are_errors() -> None:
    with pytest.raises(ValidationError, match=r"cuont\s+Extra inputs are not permitted"):
        Table.model_validate({"cuont": 2})


def test_values_do_not_change() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        Table().count = 3


@pytest.mark.parametrize(
    ("key", "good", "bad"),
    [
        ("count", 1, 0),
        ("epochs", 0, -1),
        ("fraction", 0.999, 1),
        ("fraction", 0, -0.1),
        ("weight", 0, -0.1),
        ("rate", 1e-9, 0),
    ],
)
def test_ranges(key: str, good: float, bad: float) -> None:
    assert getattr(Table.model_validate({key: good}), key) == good
    with pytest.raises(ValidationError, match=key):
        Table.model_validate({key: bad})
