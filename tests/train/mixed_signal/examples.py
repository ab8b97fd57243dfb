# SPDX-License-Identifier: Apache-2.0
"""A small frozen-noise task that the tests of this folder share."""

from typing import Any

from train.mixed_signal.config import FrozenNoise


def small(**tables: Any) -> FrozenNoise:
    """Few epochs, a short pattern; ``tables``: over that."""
    base: dict[str, Any] = {
        "method": "mixed_signal", "name": "small", "seeds": (0,), "patterns": {"milliseconds": 200, "channels": 40},
        "training": {"epochs": 150}, "noise": {"devices": 2}, "evaluation": {"devices": 12, "unseen": 5},
        "quantisation": {"encoder_steps": 2000, "starts": 16},
    }  # fmt: skip
    return FrozenNoise.model_validate(base | tables)
