"""What a training run is made of, read from a TOML file and checked before anything starts."""

import math
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, ValidationError, model_validator

from model.config import LEAK_ONE
from model.errors import InputError
from train.budget_config import BudgetConfig
from train.config_file import merge, origin, read_files
from train.data_config import AugmentConfig, DataConfig, EncodingConfig
from train.section import Count, Epochs, Fraction, NonNegative, Positive, Section

MAX_LEVELS = 256
"""Delay levels of the largest build (``model.config.CoreConfig.delays``)."""


class DelayKind(StrEnum):
    """What has a delay of its own."""

    PARALLEL = "parallel"
    """Every pair has a synapse at each level; pruning chooses among them."""
    SYNAPSE = "synapse"
    """Every pair has ``count`` synapses at learned delays."""
    AXON = "axon"
    """Every source has ``count`` learned delays."""
    DENDRITE = "dendrite"
    """Every target has ``count`` learned delays."""


class DelayConfig(Section):
    """Delays of one group of synapses: the levels first, first + step, .. up to last."""

    kind: DelayKind = DelayKind.PARALLEL
    first: Annotated[int, Field(ge=0, lt=MAX_LEVELS)]
    last: Annotated[int, Field(ge=0, lt=MAX_LEVELS)]
    step: Count = 1
    count: Count = 1
    """Learned delays a pair, source or target; parallel synapses have all levels."""

    @property
    def levels(self) -> tuple[int, ...]:
        """Delays in steps, ascending."""
        return tuple(range(self.first, self.last + 1, self.step))

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if self.last < self.first:
            raise ValueError(f"last must be at least first ({self.first}), not {self.last}")
        if self.kind == DelayKind.PARALLEL and self.count != 1:
            raise ValueError(f"count is for learned delays; parallel synapses have all levels, not {self.count}")
        return self


class NetworkConfig(Section):
    """Layers of leaky integrate-and-fire neurons whose synapses have delays."""

    hidden: Annotated[tuple[Count, ...], Field(min_length=1)] = (48, 48)
    classes: Count = 20
    input: DelayConfig = DelayConfig(first=0, last=0)
    """From the axons to the first hidden layer."""
    between: DelayConfig = DelayConfig(first=1, last=59, step=2)
    """From hidden layer to hidden layer and to the read-out, at least 1. The default is that of arXiv 2404.10597, whose
    level d is delay d + 1."""
    recurrent: DelayConfig | None = None
    """From each hidden layer onto itself, at least 1; absent: none."""
    columns: Count = 1
    """Equal parts of the hidden layers without synapses between them: networks that learn apart and whose votes the
    read-out adds up, an ensemble in one network."""
    share: Count = 1
    """Neighbouring axons that share their weights in training, so that the layer has fewer weights to learn by heart;
    every axon keeps its own synapses in hardware."""
    normalise: bool = True
    """Batch normalisation of what arrives from other layers; it is folded into weights and bias."""
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
        for name in ("between", "recurrent"):
            delays = getattr(self, name)
            if delays is not None and delays.first < 1:
                raise ValueError(f"{name}.first must be at least 1: a spike arrives in a later step")
        if self.columns > 1:
            if any(size % self.columns for size in self.hidden):
                raise ValueError(f"columns ({self.columns}) must divide each of hidden ({list(self.hidden)})")
            for name in ("between", "recurrent"):
                delays = getattr(self, name)
                if (
                    delays is not None
                    and delays.kind != DelayKind.PARALLEL
                    and (name, len(self.hidden)) != ("between", 1)
                ):
                    raise ValueError(f"columns need {name}.kind = 'parallel', not '{delays.kind}'")
        if self.normalise and self.synaptic_tau is not None:
            raise ValueError("normalise needs delta synapses: synaptic_tau must be absent")
        return self


class TrainingConfig(Section):
    """Optimisation. A phase is an Adam run of its own, with a one-cycle schedule."""

    seed: Annotated[int, Field(ge=0, lt=1 << 63)] = 0
    batch: Count = 128
    dense_epochs: Epochs = 50
    """Epochs in which delays are learned, or parallel synapses have all levels."""
    sparse_epochs: Epochs = 20
    """Epochs with settled delays, inside the budget."""
    start: Path | None = None
    """Folder of another run whose network of real numbers is taken over instead of the first phase."""
    learning_rate: Positive = 2e-3
    sparse_learning_rate: Positive = 1e-3
    position_rate: Positive = 0.05
    """Peak learning rate of the positions of learned delays, in steps."""
    sigma: Positive = 0.3
    """Width in steps that the kernels of learned delays end at; they start at a quarter of the range."""
    anneal: Annotated[float, Field(gt=0, le=1)] = 0.4
    """Share of the first phase over which the width shrinks, geometrically."""
    leak_rate: Positive = 5.0
    """Factor on the learning rate of the leaks."""
    weight_decay: NonNegative = 0
    dropout: Fraction = 0
    """Probability that a hidden neuron is silent for a sample in training."""
    label_smoothing: Fraction = 0
    spike_limit: Positive = 350
    """Mean spikes a sample and hidden layer above which a penalty starts."""
    spike_penalty: NonNegative = 1.0
    """Factor on the squared relative excess over ``spike_limit``."""
    average: Fraction = 0
    """Decay a step of the running average of the weights that is evaluated and exported; 0: none."""
    threads: Count = 2
    precision: Literal["float32", "bfloat16"] = "float32"
    """Of the products over delays in training; bfloat16 is faster where the processor multiplies it."""


class QuantisationConfig(Section):
    """Integers, and training in them."""

    weight_bits: Annotated[int, Field(ge=2, le=8)] = 8
    ternary: bool = False
    """Weights -1, 0 and 1 only (in 2 bits)."""
    epochs: Epochs = 0
    """Of training in integers; 0: the trained network is rounded."""
    learning_rate: Positive = 5e-4

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if self.ternary and self.weight_bits != 2:
            raise ValueError(f"ternary needs weight_bits = 2, not {self.weight_bits}")
        return self

    @property
    def range(self) -> tuple[int, int]:
        """Smallest and largest weight. From 3 bits on symmetrical; 2 bits would lose a quarter of their values so."""
        top = (1 << (self.weight_bits - 1)) - 1
        return (-top - 1 if self.weight_bits == 2 and not self.ternary else -top), top


class NoiseConfig(Section):
    """Disturbances in training, drawn anew for every batch, against those of analogue or faulty hardware."""

    weight_mismatch: NonNegative = 0
    """Standard deviation of the relative error of a weight."""
    threshold_mismatch: NonNegative = 0
    """Standard deviation of the relative error of a threshold."""
    delay_jitter: Fraction = 0
    """Share of the sources whose events come a step late."""
    dropped: Fraction = 0
    """Probability that an event, of an axon or a neuron, is lost."""
    spurious: Fraction = 0
    """Probability of an event that nobody sent, a source and step."""

    def __bool__(self) -> bool:
        """Whether there is any."""
        return any(self.model_dump().values())


class RunConfig(Section):
    """One training run."""

    name: Annotated[str, Field(pattern=r"^[A-Za-z0-9_.-]+$")]
    """Names the run folder, ``runs/<name>``, and the network."""
    data: DataConfig
    encoding: EncodingConfig = EncodingConfig()
    augment: AugmentConfig = AugmentConfig()
    network: NetworkConfig = NetworkConfig()
    training: TrainingConfig = TrainingConfig()
    budget: BudgetConfig = BudgetConfig()
    quantisation: QuantisationConfig = QuantisationConfig()
    noise: NoiseConfig = NoiseConfig()


def load_config(path: Path, *, seed: int | None = None) -> RunConfig:
    """The configuration in a TOML file, over those that it builds on (``train.config_file``).

    ``seed``: instead of the file's; the name of the run, and of the run that it starts from, then ends in -s<seed>.

    Raises InputError, in one line with the file and the key, if it cannot be read or a value is wrong.
    """
    files = read_files(path)
    try:
        config = RunConfig.model_validate(merge(files))
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(str(part) for part in first["loc"])
        value = "" if first["type"] == "missing" else f", not {first['input']!r}"
        if first["type"] == "value_error":
            value = ""
        where = origin(files, first["loc"])
        raise InputError(f"{where}: {key}: {first['msg'].removeprefix('Value error, ')}{value}") from None
    return config if seed is None else with_seed(config, seed)


def with_seed(config: RunConfig, seed: int) -> RunConfig:
    """The same run with another seed, by another name, after the run of that seed that it starts from."""
    start = config.training.start
    training = config.training.model_copy(
        update={"seed": seed, "start": start and start.with_name(f"{start.name}-s{seed}")}
    )
    return config.model_copy(update={"name": f"{config.name}-s{seed}", "training": training})


def leak_factor(tau: float) -> float:
    """Leak a step of a time constant of ``tau`` steps: exp(-1/tau), at most (LEAK_ONE - 1) / LEAK_ONE."""
    return min(math.exp(-1 / tau), (LEAK_ONE - 1) / LEAK_ONE)
