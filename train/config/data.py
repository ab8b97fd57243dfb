# SPDX-License-Identifier: Apache-2.0
"""What a run learns from: files, encoding, augmentation."""

from pathlib import Path
from typing import Annotated, Self

from pydantic import Field, model_validator

from model.encoding import Encoding
from support.errors import InputError
from train.config.section import Count, Epochs, Fraction, NonNegative, Positive, Section


class DataConfig(Section):
    """Files of the SHD format, or of samples step by step (.npz, .npy, .csv); relative to the working directory."""

    train: Path
    test: Path
    validation_speakers: tuple[int, ...] = ()
    """Speakers of the training file that are held out; none: train on all, the last epoch is kept."""
    cache: Path = Path("build/cache")


class EncodingConfig(Section):
    """The fields of ``model.encoding.Encoding``."""

    units: Count = 700
    axons: Count = 700
    """Groups of neighbouring units times the number of ``counts``."""
    counts: Annotated[tuple[Annotated[int, Field(ge=1, le=255)], ...], Field(min_length=1)] = (1,)
    """Spikes of a group in a step from which on each of its axons fires (thermometer code), ascending."""
    steps: Count = 64
    step_seconds: Positive | None = None
    """Length of a step in seconds; absent: equal parts of each sample's own duration."""
    drain: Epochs = 2

    def build(self) -> Encoding:
        """The encoding as the network will carry it."""
        return Encoding(**self.model_dump())

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        try:
            self.build()
        except InputError as error:
            raise ValueError(str(error).removeprefix("encoding: ")) from None
        return self


class AugmentConfig(Section):
    """Random changes of a training sample; each range is symmetric around no change, drawn uniformly."""

    channel_shift: NonNegative = 0
    """Largest shift along the units."""
    channel_stretch: Fraction = 0
    """Largest relative stretch of the unit axis about its centre (vocal tracts differ in length)."""
    channel_warp: NonNegative = 0
    """Largest local shift along the units, drawn at knots and linear in between (formants differ one by one)."""
    time_shift: NonNegative = 0
    """Largest shift in seconds; what leaves the window is lost, as for a recording that starts late."""
    time_stretch: Fraction = 0
    """Largest relative change of speed."""
    blend: Annotated[float, Field(ge=0, le=1)] = 0
    """Probability that a sample is blended with another of its class: moved to the same centre of mass, each spike of
    either kept with probability 1/2 (Nowotny et al., arXiv 2212.01232)."""
    time_warp: NonNegative = 0
    """Largest local shift in seconds, drawn at knots 0.2 s apart and linear in between."""
    event_dropout: Fraction = 0
    """Largest probability with which the spikes of a sample are dropped, drawn for each sample (soft voices)."""
    time_jitter: NonNegative = 0
    """Standard deviation in seconds of a shift drawn for each spike."""
    channel_jitter: NonNegative = 0
    """Standard deviation in units of a shift drawn for each spike."""
    channel_mask: NonNegative = 0
    """Largest width in units of a band that is silent."""
    time_mask: NonNegative = 0
    """Largest length in seconds of a stretch that is silent."""
