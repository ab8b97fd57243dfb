"""What a training run is made of, read from a TOML file and checked before anything starts."""

import math
import tomllib
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from model.config import LEAK_ONE
from model.errors import InputError
from model.network import Encoding

Count = Annotated[int, Field(ge=1)]
Epochs = Annotated[int, Field(ge=0)]
Fraction = Annotated[float, Field(ge=0, lt=1)]
NonNegative = Annotated[float, Field(ge=0)]
Positive = Annotated[float, Field(gt=0)]


class Section(BaseModel):
    """A table of the TOML file: unknown keys are errors, values do not change."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class DataConfig(Section):
    """Files of the SHD format; relative paths are relative to the working directory."""

    train: Path
    test: Path
    validation_speakers: tuple[int, ...] = ()
    """Speakers of the training file that are held out; none: train on all, the last epoch is kept."""
    cache: Path = Path("build/cache")


class EncodingConfig(Section):
    """The fields of ``model.network.Encoding``."""

    units: Count = 700
    axons: Count = 700
    steps: Count = 64
    step_seconds: Positive | None = None
    """Length of a step in seconds; absent: equal parts of each sample's own duration."""
    drain: Epochs = 2

    def build(self) -> Encoding:
        """The encoding as the network will carry it."""
        return Encoding(**self.model_dump())


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


class NetworkConfig(Section):
    """Layers of leaky integrate-and-fire neurons with parallel delay synapses (arXiv 2404.10597)."""

    hidden: Annotated[tuple[Count, ...], Field(min_length=1)] = (48, 48)
    classes: Count = 20
    delays: Annotated[tuple[Count, ...], Field(min_length=1)] = tuple(range(1, 60, 2))
    """Delays in steps between neurons, at least 1; level d of the paper is delay d + 1."""
    keep: Count = 15
    """Synapses that a pair of neurons keeps when the dense phase is over."""
    share: Count = 1
    """Neighbouring axons that share their weights in training, so that the layer has fewer weights to learn by heart;
    every axon keeps its own synapses in hardware."""
    normalise: bool = True
    """Batch normalisation of arrivals; it is folded into weights and bias."""
    reset: Literal["zero", "subtract"] = "zero"
    tau: Positive = 10.0
    """Time constant of V at the start, in steps; learned per neuron."""
    synaptic_tau: Positive | None = None
    """Time constant of I at the start, in steps, learned; absent: delta synapses (beta = 0)."""
    readout: Literal["last_potential", "potential_sum"] = "potential_sum"
    readout_tau: Positive | None = None
    """Time constant of the read-out at the start, learned; absent: it leaks nothing."""
    surrogate_slope: Positive = 10.0
    """k of the surrogate gradient 1 / (1 + k |V - threshold|)^2 (fast sigmoid)."""

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if sorted(set(self.delays)) != list(self.delays):
            raise ValueError(f"delays must increase, not {list(self.delays)}")
        if self.keep > len(self.delays):
            raise ValueError(f"keep must be at most the number of delays ({len(self.delays)}), not {self.keep}")
        if self.normalise and self.synaptic_tau is not None:
            raise ValueError("normalise needs delta synapses: synaptic_tau must be absent")
        return self


class TrainingConfig(Section):
    """Optimisation. A phase is an Adam run of its own, with a one-cycle schedule."""

    seed: int = 0
    batch: Count = 128
    dense_epochs: Count = 50
    """Epochs with all delay levels."""
    sparse_epochs: Epochs = 20
    """Epochs after pruning to ``keep`` synapses a pair."""
    learning_rate: Positive = 2e-3
    sparse_learning_rate: Positive = 1e-3
    leak_rate: Positive = 5.0
    """Factor on the learning rate of the leaks."""
    weight_decay: NonNegative = 0
    dropout: Fraction = 0
    """Probability that a hidden spike is dropped in training."""
    label_smoothing: Fraction = 0
    spike_limit: Positive = 350
    """Mean spikes a sample and hidden layer above which a penalty starts."""
    spike_penalty: NonNegative = 1.0
    """Factor on the squared relative excess over ``spike_limit``."""
    average: Fraction = 0
    """Decay a step of the running average of the weights that is evaluated and exported; 0: none."""
    threads: Count = 2


class RunConfig(Section):
    """One training run."""

    name: Annotated[str, Field(pattern=r"^[A-Za-z0-9_.-]+$")]
    """Names the run folder, ``runs/<name>``, and the network."""
    data: DataConfig
    encoding: EncodingConfig = EncodingConfig()
    augment: AugmentConfig = AugmentConfig()
    network: NetworkConfig = NetworkConfig()
    training: TrainingConfig = TrainingConfig()


def load_config(path: Path) -> RunConfig:
    """The configuration in a TOML file.

    Raises InputError, in one line with the file and the key, if it cannot be read or a value is wrong.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{path}: cannot be read: {error}") from None
    try:
        return RunConfig.model_validate(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        raise InputError(f"{path}: not TOML: {error}") from None
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(str(part) for part in first["loc"])
        value = "" if first["type"] == "missing" else f", not {first['input']!r}"
        if first["type"] == "value_error":
            value = ""
        raise InputError(f"{path}: {key}: {first['msg'].removeprefix('Value error, ')}{value}") from None


def leak_factor(tau: float) -> float:
    """Leak a step of a time constant of ``tau`` steps: exp(-1/tau), at most (LEAK_ONE - 1) / LEAK_ONE."""
    return min(math.exp(-1 / tau), (LEAK_ONE - 1) / LEAK_ONE)
