# SPDX-License-Identifier: Apache-2.0
"""Configurations for the tests of train.delgrad."""

from typing import Any

from train.delgrad.config import DelGradConfig


def config_for(**sections: dict[str, Any]) -> DelGradConfig:
    """The default run with some values changed."""
    return DelGradConfig.model_validate({"method": "delgrad", "name": "small", **sections})


SMALL = """
method = "delgrad"
name = "small"

[network]
delays = "axonal"

[training]
epochs = 4
learning_rate = 0.005
average = 0.9
"""
"""A run of a second or two."""
