# SPDX-License-Identifier: Apache-2.0
"""What a DelGrad run is made of, from a TOML file with ``method = "delgrad"``. Times are in synaptic time constants."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import Field, model_validator

from train.config.file import load_section
from train.config.section import Count, Device, Epochs, Fraction, NonNegative, Positive, Section

AXONS = 4
"""Values of a sample."""


class DelayKind(StrEnum):
    """What has a delay of its own."""

    NONE = "none"
    AXONAL = "axonal"
    """Every source."""
    DENDRITIC = "dendritic"
    """Every target."""
    SYNAPTIC = "synaptic"
    """Every pair."""


class YinYangInput(Section):
    """How a sample of the Yin-Yang task becomes spikes; the sets are the published ones."""

    repeat: Count = 1
    """Axons that each value has."""
    bias: NonNegative | None = None
    """Time of a spike that is the same in every sample; absent: none."""

    @property
    def axons(self) -> int:
        """How many there are."""
        return AXONS * self.repeat + (self.bias is not None)


class DelGradLayers(Section):
    """Neurons, and how their weights and delays start."""

    hidden: Annotated[tuple[Count, ...], Field(min_length=1)] = (30,)
    delays: DelayKind = DelayKind.NONE
    delay_shift: NonNegative = 0.0
    """Least delay."""
    delay_scale: Positive = 1.0
    """Largest delay, less the least."""
    delay_spread: NonNegative = 0.25
    """Standard deviation of the parameters of the delays at the start, whose sigmoid is taken."""
    delay_step: NonNegative = 0.0
    """Delays are multiples of it; 0: any."""
    ratio: Literal[1, 2] = 2
    """Membrane time constant."""
    leak: Positive = 0.5
    """Leak conductance."""
    threshold: Positive = 1.0
    """Above rest."""
    weight_mean: tuple[float, ...] = (1.0, 0.5)
    """Of each layer at the start."""
    weight_spread: tuple[NonNegative, ...] = (0.8, 0.5)
    """Standard deviation of each layer at the start."""

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        layers = len(self.hidden) + 1
        for name in ("weight_mean", "weight_spread"):
            if len(getattr(self, name)) != layers:
                raise ValueError(f"{name} must have {layers} numbers, one a layer, not {len(getattr(self, name))}")
        return self


class DelGradTraining(Section):
    """Optimisation by Adam."""

    seed: Annotated[int, Field(ge=0, lt=1 << 63)] = 0
    epochs: Epochs = 300
    starts: Count = 1
    """Networks that are drawn at the start; trained is the one that is best on the validation set after
    ``start_epochs``."""
    start_epochs: Count = 40
    """Epochs that each of several starts is tried for."""
    batch: Count = 150
    learning_rate: Positive = 0.02
    """Of the weights."""
    delay_rate: Positive = 0.02
    """Of the parameters of the delays."""
    schedule: Literal["steps", "cosine"] = "steps"
    """Rates fall by ``decay`` every ``decay_every`` epochs, or along half a cosine to 0."""
    decay: Annotated[float, Field(gt=0, le=1)] = 0.95
    decay_every: Count = 20
    step_bound: Positive = 0.2
    """Largest change of a weight in one step."""
    loss: Literal["margin", "cross_entropy"] = "margin"
    margin: Positive = 0.2
    """How much later than the right neuron the others are to fire."""
    sharpness: Positive = 0.2
    """Lateness that makes a wrong neuron e times less likely, in the cross entropy."""
    early: NonNegative = 0.0
    """Cost of a time constant until the right neuron fires."""
    silent_loss: NonNegative = 100.0
    """Of a sample whose right neuron is silent."""
    silent_limits: tuple[Fraction, ...] = (0.3, 0.05)
    """Share of spikes that may be missing in each layer before weights are raised."""
    silent_raise: NonNegative = 5e-4
    """What they are raised by, doubling from batch to batch while too many are missing."""
    slope_floor: Positive = 1e-6
    """Least slope that gradients are divided by, in thresholds a time constant; below it they are not exact."""
    average: Fraction = 0.0
    """Decay a step of the running average of weights and delays that is evaluated and kept; 0: none."""
    keep: Literal["last", "best"] = "last"
    """Which epoch's network is kept: the last, or the one with the best validation accuracy."""
    threads: Count = 1
    precision: Literal["float32", "float64"] = "float32"
    device: Device = "cpu"
    """cpu, cuda, cuda:N or auto."""


class DelGradNoise(Section):
    """What makes training aware of a chip; zero and absent: nothing."""

    threshold_mean: float = 0.0
    """Of what is added to the thresholds."""
    threshold_fixed: NonNegative = 0.0
    """Standard deviation of their fixed pattern, which a run draws once."""
    threshold_trial: NonNegative = 0.0
    """Standard deviation of what they move by from batch to batch."""
    delay_jitter: NonNegative = 0.0
    """Standard deviation of a delay from event to event."""
    weight_clip: Positive | None = None
    """Largest weight."""
    weight_step: Positive | None = None
    """Weights are multiples of it."""

    @property
    def disturbs(self) -> bool:
        """Whether anything is drawn."""
        return any((self.threshold_mean, self.threshold_fixed, self.threshold_trial, self.delay_jitter))


class DelGradConfig(Section):
    """One training run."""

    method: Literal["delgrad"]
    name: Annotated[str, Field(pattern=r"^[A-Za-z0-9_.-]+$")]
    """Names the run folder, ``runs/<name>``."""
    input: YinYangInput = YinYangInput()
    network: DelGradLayers = DelGradLayers()
    training: DelGradTraining = DelGradTraining()
    noise: DelGradNoise = DelGradNoise()

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        layers = len(self.network.hidden) + 1
        if len(self.training.silent_limits) != layers:
            raise ValueError(
                f"training.silent_limits must have {layers} numbers, one a layer, not "
                f"{len(self.training.silent_limits)}"
            )
        return self


def load_delgrad(path: Path, *, seed: int | None = None, device: str | None = None,
                 epochs: int | None = None) -> DelGradConfig:  # fmt: skip
    """The configuration in a TOML file, over those that it builds on. Raises InputError in one line.

    ``seed``: instead of the file's; the name then ends in -s<seed>. ``device``, ``epochs``: instead of the file's.
    """
    changes: dict[str, Any] = {"seed": seed, "device": device, "epochs": epochs}
    changes = {name: value for name, value in changes.items() if value is not None}
    config = load_section(path, DelGradConfig, {"training": changes} if changes else None)
    return config if seed is None else config.model_copy(update={"name": f"{config.name}-s{seed}"})
