# SPDX-License-Identifier: Apache-2.0
"""A function that a sweep calls, as in examples/sweeps/quick.toml: keyword arguments in, a figure by name out."""


def skip_mask(sources: int, delays: int) -> dict[str, int]:
    """Bits of the skip mask of a layer: one for each source and delay level."""
    return {"mask_bits": sources * delays}
