# SPDX-License-Identifier: Apache-2.0
"""Every record that crosses a block boundary, in one place; the widths come from the configuration."""

from enum import IntEnum

from amaranth.hdl import signed, unsigned
from amaranth.lib.data import ArrayLayout, StructLayout

from model.config import CoreConfig
from model.limits import LEAK_BITS, VALUE_BITS


class Kind(IntEnum):
    """What a token of the event and spike streams stands for."""

    EVENT = 0
    """A source fired: an input axon or a neuron."""
    EOS = 1
    """End of step."""
    END = 2
    """End of sample."""


def byte_layout() -> StructLayout:
    """A byte of an image; ``last`` marks the last one."""
    return StructLayout({"data": 8, "last": 1})


def event_layout(config: CoreConfig) -> StructLayout:
    """A token of the core's input; 16 bits of axon, so that unknown axons can be told from known ones."""
    return StructLayout({"kind": Kind, "axon": 16})


def spike_layout(config: CoreConfig) -> StructLayout:
    """A token of the core's output."""
    return StructLayout({"kind": Kind, "neuron": config.neuron_bits})


def readout_layout(config: CoreConfig) -> StructLayout:
    """The read-out of one neuron at END."""
    return StructLayout(
        {
            "neuron": config.neuron_bits,
            "potential": signed(config.state_bits),
            "potential_sum": signed(config.sum_bits),
        }
    )


def arrival_layout(config: CoreConfig) -> StructLayout:
    """What goes into a delay unit: a source that fired, or EOS."""
    return StructLayout({"eos": 1, "source": config.source_bits})


def waiting_layout(config: CoreConfig) -> StructLayout:
    """An event in a delay unit: its source, and the delay level that is due, one more for each end of step."""
    return StructLayout({"source": config.source_bits, "level": config.delay_bits})


def orbit_layout(config: CoreConfig) -> StructLayout:
    """An event in a queue: its source, and the counter that starts at D-1 and loses one at each end of step."""
    return StructLayout({"counter": config.delay_bits, "source": config.source_bits})


def birth_layout(config: CoreConfig) -> StructLayout:
    """An event in a single queue: its source, and the number modulo D of the step in which it arrived."""
    return StructLayout({"birth": config.delay_bits, "source": config.source_bits})


def row_layout(config: CoreConfig) -> StructLayout:
    """What comes out of a delay unit: a row (source, delay level) to add, or EOS."""
    return StructLayout(
        {"eos": 1, "source": config.source_bits, "level": config.delay_bits, "row": config.row_bits}
    )  # fmt: skip


def mask_layout(config: CoreConfig) -> StructLayout:
    """Entry of the source table: the skip mask of a source, and the number of its first row."""
    return StructLayout({"mask": config.delays, "base": config.row_bits})


def words_layout(config: CoreConfig) -> StructLayout:
    """Entry of the row table: address of the row's first synapse word, and number of its words minus 1."""
    return StructLayout({"start": config.word_bits, "more": config.target_bits})


def synapse_layout(config: CoreConfig) -> StructLayout:
    """One synapse entry, as stored: weight (two's complement, or codebook index) and target index in the lane."""
    return StructLayout({"weight": config.weight_bits, "target": config.target_bits})


def word_layout(config: CoreConfig) -> ArrayLayout:
    """One synapse word: an entry per lane."""
    return ArrayLayout(synapse_layout(config), config.lanes)


def addend_layout(config: CoreConfig) -> StructLayout:
    """What one lane adds in a cycle."""
    return StructLayout({"valid": 1, "target": config.target_bits, "weight": signed(VALUE_BITS)})


def parameter_layout(config: CoreConfig) -> StructLayout:
    """Parameters of one neuron; ``refractory`` only if the build has bits for it."""
    return StructLayout(
        {
            "alpha": LEAK_BITS + 1,
            "beta": LEAK_BITS + 1,
            "bias": signed(config.state_bits),
            "threshold": signed(config.state_bits + 1),
            "floor": signed(config.state_bits),
            "reset": 2,
            **_refractory(config),
        }
    )


def state_layout(config: CoreConfig) -> StructLayout:
    """State of one neuron: I, V, the sum of V over the steps of the sample, and, if the build has bits for them, the
    steps that are left of its refractory period (all ones: until the end of sample)."""
    return StructLayout(
        {
            "current": signed(config.state_bits),
            "potential": signed(config.state_bits),
            "potential_sum": signed(config.sum_bits),
            **_refractory(config),
        }
    )


def _refractory(config: CoreConfig) -> dict[str, int]:
    """A refractory period, or what is left of one: no field in a build that has none."""
    return {"refractory": config.refractory_bits} if config.refractory_bits else {}


def trace_layout(config: CoreConfig) -> StructLayout:
    """Record of one updated neuron; docs/architecture.md describes the fields."""
    return StructLayout(
        {
            "step": unsigned(16),
            "neuron": config.neuron_bits,
            "current": signed(config.state_bits),
            "potential_before": signed(config.state_bits),
            "potential_clamped": signed(config.state_bits),
            "potential_after": signed(config.state_bits),
            "spike": 1,
        }
    )
