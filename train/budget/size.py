# SPDX-License-Identifier: Apache-2.0
"""What a network takes in the memories of its cores: as it is in integers, or as it would be if quantised now."""

import copy
from typing import NamedTuple

from model.bounds import rows
from model.config import CoreConfig
from model.mapping.compiler import compile_network, fit
from model.mapping.partition import partition
from model.mapping.renumber import hardware_order, synapse_words
from model.network import Network
from train.config.run import RunConfig
from train.layers.network import DelayNetwork
from train.layers.quantise import integer_network, quantise_network


class CoreLoad(NamedTuple):
    """What one core holds."""

    rows: int
    synapse_words: int
    synapses: int


def compiled(network: DelayNetwork, config: RunConfig, labels: tuple[str, ...] = ()) -> Network:
    """The settled network in integers as the compiler takes it; ``network`` stays as it is.

    ``labels``: names of the classes. Raises InputError if its integers do not fit the widths of the budget.
    """
    if network.layers[0].neurons.scale is None:
        network = copy.deepcopy(network)
        quantise_network(network, config.quantisation, config.budget)
    encoding = config.encoding.build()
    return integer_network(network, config.budget).network(
        name=config.name, labels=labels, encoding=encoding, max_steps=encoding.total_steps
    )


def core_loads(network: DelayNetwork, config: RunConfig) -> list[CoreLoad]:
    """What each core of the budget holds of a settled network, laid out as the compiler does it.

    Raises InputError as ``compiled``.
    """
    lanes, measured = config.budget.lanes, []
    for each in partition(compiled(network, config), config.budget.cores):
        words = synapse_words(each, hardware_order(each, lanes), lanes)
        measured.append(CoreLoad(len(rows(each)[0]), words, each.synapses))
    return measured


def image_size(
    network: DelayNetwork, config: RunConfig, core: CoreConfig | None = None, labels: tuple[str, ...] = ()
) -> tuple[int, int]:
    """Bytes of the images of a settled network, one a core, and its synapses.

    ``core``: the build that they are for; None: the smallest that holds each. ``labels``: names of the classes, which
    an image holds. Raises InputError where it does not fit.
    """
    exported = compiled(network, config, labels)
    size = 0
    for each in partition(exported, config.budget.cores):
        build = core or fit(each, lanes=config.budget.lanes, codebook=config.quantisation.codebook)
        size += len(compile_network(each, build).to_bytes())
    return size, exported.synapses


def estimated_size(network: DelayNetwork, config: RunConfig) -> int:
    """About the bytes of an image of a network that no build can hold yet: those of its synapses, in full words."""
    neurons = sum(len(layer.neurons.bias) for layer in network.layers)
    target_bits = max(1, (-(-neurons // config.budget.lanes) - 1).bit_length())
    return network.synapse_count() * (config.quantisation.weight_bits + target_bits) // 8
