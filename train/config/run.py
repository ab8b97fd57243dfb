# SPDX-License-Identifier: Apache-2.0
"""What a training run is made of, read from a TOML file and checked before anything starts."""

from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, ValidationError, model_validator

from model.limits import CODEBOOK_BITS, VALUE_BITS, WEIGHT_BITS
from support.errors import InputError
from train.budget.placement import check_core
from train.config.budget import BudgetConfig
from train.config.data import AugmentConfig, DataConfig, EncodingConfig
from train.config.file import load_section
from train.config.network import NetworkConfig
from train.config.section import Count, Device, Epochs, Fraction, NonNegative, Positive, Section, in_range


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
    device: Device = "cpu"
    """cpu, cuda, cuda:N, or auto: a GPU where torch sees one, otherwise the CPU. A run may go on on another one."""


class QuantisationConfig(Section):
    """Integers, and training in them."""

    weight_bits: Annotated[int, in_range(WEIGHT_BITS)] = WEIGHT_BITS.default
    ternary: bool = False
    """Weights -1, 0 and 1 only (in 2 bits)."""
    codebook: bool = False
    """Weights are indices of ``weight_bits``, at most 4, into a table of 8-bit integers made for the network."""
    epochs: Epochs = 0
    """Of training in integers; 0: the trained network is rounded."""
    learning_rate: Positive = 5e-4

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if self.ternary and self.weight_bits != 2:
            raise ValueError(f"ternary needs weight_bits = 2, not {self.weight_bits}")
        if self.codebook and self.ternary:
            raise ValueError("codebook and ternary exclude each other")
        if self.codebook and self.weight_bits > CODEBOOK_BITS.high:
            raise ValueError(f"codebook needs weight_bits of at most {CODEBOOK_BITS.high}, not {self.weight_bits}")
        return self

    @property
    def range(self) -> tuple[int, int]:
        """Smallest and largest weight. From 3 bits on symmetrical; 2 bits would lose a quarter of their values so."""
        top = (1 << ((VALUE_BITS if self.codebook else self.weight_bits) - 1)) - 1
        return (-top - 1 if self.weight_bits == 2 and not (self.ternary or self.codebook) else -top), top

    @property
    def weights(self) -> str:
        """What weights are, in words."""
        return "ternary" if self.ternary else f"{self.weight_bits}-bit{' codebook' if self.codebook else ''}"


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


class TeacherConfig(Section):
    """Runs whose opinion is learned from, besides the labels."""

    runs: tuple[Path, ...] = ()
    """Folders of finished runs; each hears the same augmented recordings in its own encoding."""
    share: Annotated[float, Field(ge=0, le=1)] = 0.7
    """Of their opinion in the loss; the labels have the rest."""
    temperature: Positive = 2.0
    """Divides the scores of both before the softmax: above 1 the less likely classes count for more."""


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
    teachers: TeacherConfig = TeacherConfig()

    @model_validator(mode="after")
    def _fits_the_core(self) -> Self:
        if self.budget.core is not None:
            check_core(
                self.budget.core, self.budget.cores, self.network,
                axons=self.encoding.axons, weights=self.quantisation.range,
                index=self.quantisation.weight_bits if self.quantisation.codebook else None,
            )  # fmt: skip
        return self


def load_config(path: Path, *, seed: int | None = None) -> RunConfig:
    """The configuration in a TOML file, over those that it builds on (``train.config.file``).

    ``seed``: instead of the file's; the name of the run, and of the run that it starts from, then ends in -s<seed>.

    Raises InputError, in one line with the file and the key, if it cannot be read or a value is wrong.
    """
    config = load_section(path, RunConfig)
    return config if seed is None else with_seed(config, seed)


def with_device(config: RunConfig, device: str) -> RunConfig:
    """The same run on another device. Raises InputError if there is none of that name."""
    values = config.training.model_dump() | {"device": device}
    try:
        return config.model_copy(update={"training": TrainingConfig.model_validate(values)})
    except ValidationError as error:
        raise InputError(f"training.device: {error.errors()[0]['msg'].removeprefix('Value error, ')}") from None


def with_seed(config: RunConfig, seed: int) -> RunConfig:
    """The same run with another seed, by another name, after the run of that seed that it starts from."""
    start = config.training.start
    training = config.training.model_copy(
        update={"seed": seed, "start": start and start.with_name(f"{start.name}-s{seed}")}
    )
    return config.model_copy(update={"name": f"{config.name}-s{seed}", "training": training})
