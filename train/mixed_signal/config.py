# SPDX-License-Identifier: Apache-2.0
"""What a run of the frozen-noise task is made of, from a TOML file with ``method = "mixed_signal"``."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import Field, model_validator

from model.imperfect.mismatch import Mismatch
from support.errors import InputError
from train.config.file import load_section
from train.config.section import Count, Epochs, Fraction, NonNegative, Positive, Section
from train.mixed_signal.network import DEVIATING
from train.mixed_signal.parameters import NAMES, Parameters
from train.mixed_signal.patterns import Rasters, load_patterns, poisson

Seed = Annotated[int, Field(ge=0, lt=1 << 32)]


class Patterns(Section):
    """The rasters to tell apart: drawn, or from a file."""

    file: Path | None = None
    """A .npy of 0 and 1, (patterns, steps, channels), instead of drawn ones; relative to where the command runs."""
    count: Annotated[int, Field(ge=2)] = 2
    channels: Count = 60
    milliseconds: Positive = 500.0
    rate: Positive = 50.0
    """Spikes a second of each channel."""
    seed: Seed | None = None
    """None: that of the run."""


class Layer(Section):
    """The neurons."""

    dt: Positive = 1.0
    """Time step in milliseconds."""
    parameters: dict[str, Positive] = Field(default_factory=dict)
    """Other than the usual ones: currents in ampere, capacitances in farad, voltages in volt, by name."""
    weight_mean: float = 0.5
    """Of the weights from channels at the start, in units of i_scale."""
    weight_spread: NonNegative = 1.0
    """Their standard deviation."""
    recurrent_spread: NonNegative = 0.3
    """Standard deviation of the recurrent weights at the start."""

    @model_validator(mode="after")
    def _known(self) -> Self:
        unknown = sorted(set(self.parameters) - set(NAMES))
        if unknown:
            raise ValueError(f"no parameter {unknown[0]}; expected one of {', '.join(NAMES)}")
        return self


class Loss(StrEnum):
    """What training brings down."""

    RASTER = "raster"
    """Mean squared error between spikes and a target raster: the published one."""
    RATES = "rates"
    """Of spike counts: squares of what right neurons are off their target, and of what wrong ones spike, relative to
    the target, half as many spikes as the raster has."""


class Training(Section):
    """Adam on a loss."""

    loss: Loss = Loss.RASTER

    epochs: Epochs = 1000
    learning_rate: Positive = 0.05
    """In units of i_scale; falls along half a cosine to a tenth."""
    weight_decay: NonNegative = 0.02
    """Share of a weight that is lost in a step, over the learning rate (AdamW)."""
    target_every: Count = 4
    """The right neuron is to spike in every so many steps, the others never."""
    wrong: Positive = 1.0
    """Weight of the spikes of wrong neurons in the loss of rates."""
    truncate: bool = True
    """Gradients do not pass the membrane's own past, along which they explode."""


class Noise(Section):
    """Mismatch: of training, or of the devices that are evaluated."""

    sigma: NonNegative = 0.1
    names: tuple[str, ...] | None = None
    """What deviates; absent: everything that is fabricated."""

    @model_validator(mode="after")
    def _known(self) -> Self:
        unknown = [name for name in self.names or () if name not in DEVIATING]
        if unknown:
            raise ValueError(f"no parameter {unknown[0]}; expected one of {', '.join(DEVIATING)}")
        return self

    def mismatch(self, seed: int) -> Mismatch:
        """The generator, with a seed."""
        return Mismatch(sigma=self.sigma, names=self.names, seed=seed)


class DynamicNoise(Noise):
    """Of training: drawn anew again and again."""

    devices: Count = 8
    """Devices that an epoch trains on at once."""
    every: Count = 10
    """Epochs after which others are drawn."""
    separate: bool = False
    """Excitation and inhibition are circuits of their own, as on the chip: their gains deviate from each other."""


class Evaluation(Section):
    """What is measured of a trained network."""

    devices: Count = 100
    unseen: Count = 50
    """Patterns of noise that it has not seen."""
    shifts: tuple[NonNegative, ...] = (5, 20, 100)
    """Milliseconds."""
    jitters: tuple[NonNegative, ...] = (2, 5, 20)
    """Standard deviations in milliseconds."""
    thinned: tuple[Fraction, ...] = (0.1, 0.2, 0.4)
    """Shares of spikes that are lost."""


class Quantisation(Section):
    """Of the weights, to 4 bits."""

    starts: Count = 64
    encoder_steps: Count = 10_000_000
    """Most steps of the auto-encoder that it is compared with."""


class FrozenNoise(Section):
    """Frozen noise: networks trained with and without noise, over some seeds."""

    method: Literal["mixed_signal"]
    name: Annotated[str, Field(pattern=r"^[A-Za-z0-9_.-]+$")]
    seeds: Annotated[tuple[Seed, ...], Field(min_length=1)] = (0, 1, 2)
    patterns: Patterns = Patterns()
    layer: Layer = Layer()
    training: Training = Training()
    noise: DynamicNoise = DynamicNoise()
    device: Noise = Noise()
    evaluation: Evaluation = Evaluation()
    quantisation: Quantisation = Quantisation()

    @property
    def parameters(self) -> Parameters:
        """Of the neurons as designed."""
        return Parameters(**self.layer.parameters)

    @property
    def dt(self) -> float:
        """Time step in seconds."""
        return self.layer.dt * 1e-3

    def rasters(self, seed: int) -> Rasters:
        """The patterns of a run with this seed. Raises InputError for a file that holds none."""
        wanted = self.patterns
        if wanted.file is not None:
            return load_patterns(wanted.file)
        chosen = seed if wanted.seed is None else wanted.seed
        return poisson((wanted.count, self.steps, wanted.channels), rate=wanted.rate, dt=self.dt, seed=chosen)

    @property
    def steps(self) -> int:
        """Of drawn patterns."""
        return max(1, round(self.patterns.milliseconds / self.layer.dt))


def load_frozen_noise(path: Path, changes: dict[str, Any] | None = None) -> FrozenNoise:
    """The configuration in a TOML file, over those that it builds on; ``changes``: over all of them.

    Raises InputError in one line, also for a file of patterns that holds none.
    """
    config = load_section(path, FrozenNoise, changes)
    if config.patterns.file is not None:
        load_patterns(config.patterns.file)
    if len(set(config.seeds)) < len(config.seeds):
        raise InputError(f"{path}: seeds: expected different ones, not {', '.join(map(str, config.seeds))}")
    return config
