# SPDX-License-Identifier: Apache-2.0
"""From a network to a configuration of the chip: cores, tags, destinations, synapses; and back."""

import numpy as np

from model.dynap.chip import BASE, BIASES, DYNAP_SE2, Chip
from model.dynap.configuration import Cam, Cell, Configuration, Core, Destination
from model.dynap.network import AnalogNetwork, IntArray
from model.dynap.placement import place
from model.dynap.rounding import masks
from model.imperfect.codes import MASKS
from support.errors import InputError


def deploy(network: AnalogNetwork, board: Chip = DYNAP_SE2) -> Configuration:
    """The configuration of a network that the chip holds exactly (``rounding.rounded`` makes one of any).

    Raises InputError that names the limit: neurons, cores, synapses, destinations, tags, base weights or biases.
    """
    parts = place(network, board)
    mask, biases = masks(network), [_biases(network, group, board) for group in range(len(network.biases))]
    core_of = np.zeros(network.neurons, np.int64)
    for k, part in enumerate(parts):
        core_of[part] = k
    sent, tag_of = _tags(network, core_of, board)
    ends = np.searchsorted(network.target, np.arange(network.neurons + 1))
    cores = []
    for k, part in enumerate(parts):
        cells = []
        for slot, neuron in enumerate(part):
            mine = range(ends[neuron], ends[neuron + 1])
            synapses = sorted(
                (Cam(tag_of[int(network.source[s]), k], int(network.kind[s]), int(mask[s])) for s in mine),
                key=lambda cam: (cam.tag, cam.kind, cam.mask),
            )
            cells.append(Cell(slot, int(neuron), sent[network.channels + neuron], tuple(synapses)))
        chip, core = divmod(k, board.cores)
        cores.append(Core(chip, core, biases[int(network.group[part[0]])], tuple(cells)))
    return Configuration(
        cores=tuple(cores), inputs=tuple(sent[: network.channels]), outputs=network.outputs, name=network.name,
        board=board,
    )  # fmt: skip


def undeploy(configuration: Configuration) -> AnalogNetwork:
    """The network of a configuration: equal to the one that it was made from."""
    board, senders = configuration.board, configuration.senders()
    group = np.zeros(configuration.neurons, np.int64)
    biases, synapses = [], []
    for k, core in enumerate(configuration.cores):
        made = {name: board.current(core.biases[name]) for name in (*BIASES, *BASE)}
        levels = MASKS @ np.array([made[name] for name in BASE])
        biases.append(made)
        for cell in core.cells:
            group[cell.number] = k
            synapses += [
                (senders[core.chip, core.core, cam.tag], cell.number, cam.kind, levels[cam.mask])
                for cam in cell.synapses
            ]
    source, target, kind, current = (np.array([each[k] for each in synapses]) for k in range(4))
    return AnalogNetwork(
        channels=len(configuration.inputs), group=group, biases=tuple(biases), source=source, target=target, kind=kind,
        current=current, outputs=configuration.outputs, name=configuration.name,
    )  # fmt: skip


def _biases(network: AnalogNetwork, group: int, board: Chip) -> dict[str, tuple[int, int]]:
    given = network.biases[group]
    found = {name: board.bias(name, given[name]) for name in (*BIASES, *BASE)}
    for name, each in found.items():
        if board.current(each) != given[name]:
            raise InputError(
                f"biases: {name} of group {group} is {given[name]:g} A, which is no coarse and fine value; the "
                f"nearest is {board.current(each):g} A"
            )
    return found


def _tags(network: AnalogNetwork, core_of: IntArray, board: Chip
          ) -> tuple[list[tuple[Destination, ...]], dict[tuple[int, int], int]]:  # fmt: skip
    """Destinations of each source, and the tag by which each core knows it.

    Sources with many cores come first. A source has one tag on a chip, the lowest that is free in all its cores there;
    where there is none, one for each core.
    """
    sources = network.channels + network.neurons
    pairs = np.unique(np.stack([network.source, core_of[network.target]], 1), axis=0)
    first = np.searchsorted(pairs[:, 0], np.arange(sources + 1))
    taken = np.zeros((board.all_cores, board.tags), np.bool_)
    sent: list[tuple[Destination, ...]] = [()] * sources
    tag_of: dict[tuple[int, int], int] = {}
    for source in np.argsort(-np.diff(first), kind="stable"):
        cores = pairs[first[source] : first[source + 1], 1]
        found = []
        for chip in np.unique(cores // board.cores):
            here = cores[cores // board.cores == chip]
            used = taken[here].any(0)
            for together in [here] if not used.all() else [here[k : k + 1] for k in range(len(here))]:
                tag = int(taken[together].any(0).argmin())
                taken[together, tag] = True
                found.append(Destination(tag, int(chip), tuple(int(core) % board.cores for core in together)))
                tag_of |= {(int(source), int(core)): tag for core in together}
        if source >= network.channels and len(found) > board.destinations:
            raise InputError(
                f"destinations: neuron {source - network.channels} needs {len(found)}; a neuron of the chip has "
                f"{board.destinations}"
            )
        sent[int(source)] = tuple(found)
    return sent, tag_of
