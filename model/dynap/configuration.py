# SPDX-License-Identifier: Apache-2.0
"""A configuration of DYNAP-SE2: what stands in its memories, and which channels and neurons that are.

An event leaves its neuron for up to four destinations, each a tag and some cores of a chip. There it reaches every
neuron one of whose synapses holds that tag. Numbers of channels and neurons are those of the network; the chip does not
know them, a reader of its spikes needs them.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from model.dynap.chip import BASE, BIASES, DYNAP_SE2, KINDS, Chip
from support.errors import InputError

Line = tuple[int, int, int]
"""Chip, core, tag: what a synapse can listen to."""


@dataclass(frozen=True)
class Destination:
    """Where an event is sent."""

    tag: int
    chip: int
    cores: tuple[int, ...]
    """Of that chip, ascending."""


@dataclass(frozen=True)
class Cam:
    """A synapse: what it listens to and what that adds."""

    tag: int
    kind: int
    """A number of ``chip.KINDS``."""
    mask: int
    """1..15: bit k adds base weight k of the core."""


@dataclass(frozen=True)
class Cell:
    """A neuron of a core."""

    place: int
    """In its core."""
    number: int
    """In the network."""
    destinations: tuple[Destination, ...]
    synapses: tuple[Cam, ...]


@dataclass(frozen=True)
class Core:
    """A core that is used."""

    chip: int
    core: int
    biases: Mapping[str, tuple[int, int]]
    """Coarse and fine value of each of ``chip.BIASES`` and ``chip.BASE``."""
    cells: tuple[Cell, ...]


@dataclass(frozen=True, kw_only=True)
class Configuration:
    """All cores that are used, and the channels. Raises InputError, naming the limit, for what no board can hold."""

    cores: tuple[Core, ...]
    inputs: tuple[tuple[Destination, ...], ...]
    """Of each channel; there are as many as it needs, since they are no entries of a memory."""
    outputs: tuple[int, ...] = ()
    """Numbers of the neurons that are read."""
    name: str = field(default="", compare=False)
    board: Chip = DYNAP_SE2

    def __post_init__(self) -> None:
        _check_places(self)
        for core in self.cores:
            _check_core(core, self.board)
        for k, channel in enumerate(self.inputs):
            _check_destinations(f"channel {k}", channel, self.board)
        senders = self.senders()
        for core in self.cores:
            for cell in core.cells:
                for cam in cell.synapses:
                    if (core.chip, core.core, cam.tag) not in senders:
                        raise InputError(
                            f"tags: neuron {cell.number} listens to tag {cam.tag}, which nobody sends to "
                            f"{where(core.chip, core.core)}"
                        )

    @property
    def neurons(self) -> int:
        """How many are used."""
        return sum(len(core.cells) for core in self.cores)

    def senders(self) -> dict[Line, int]:
        """Who sends each tag to each core: a channel, or the number of channels plus a neuron.

        Raises InputError where two send the same, which a synapse could not tell apart.
        """
        found: dict[Line, int] = {}
        for source, destinations in self._sources():
            for each in destinations:
                for core in each.cores:
                    other = found.setdefault((each.chip, core, each.tag), source)
                    if other != source:
                        raise InputError(
                            f"tags: {where(each.chip, core)} gets tag {each.tag} from {self.sender(other)} and from "
                            f"{self.sender(source)}"
                        )
        return found

    def sender(self, source: int) -> str:
        """A source in words."""
        channels = len(self.inputs)
        return f"channel {source}" if source < channels else f"neuron {source - channels}"

    def _sources(self) -> Iterator[tuple[int, tuple[Destination, ...]]]:
        yield from enumerate(self.inputs)
        for core in self.cores:
            for cell in core.cells:
                yield len(self.inputs) + cell.number, cell.destinations


def where(chip: int, core: int) -> str:
    """A core in words."""
    return f"core {core} of chip {chip}"


def _check_places(configuration: Configuration) -> None:
    board = configuration.board
    for core in configuration.cores:
        if not 0 <= core.chip < board.chips:
            raise InputError(f"chips: a core is on chip {core.chip}; the board has {board.chips}")
        if not 0 <= core.core < board.cores:
            raise InputError(f"cores: chip {core.chip} has {board.cores} cores, none is {core.core}")
    twice = [key for key, n in Counter((each.chip, each.core) for each in configuration.cores).items() if n > 1]
    if twice:
        raise InputError(f"cores: {where(*twice[0])} is there twice")
    numbers = sorted(cell.number for core in configuration.cores for cell in core.cells)
    if numbers != list(range(len(numbers))):
        raise InputError(f"neurons: numbers must be 0..{len(numbers) - 1}, each once")
    missing = [each for each in configuration.outputs if not 0 <= each < len(numbers)]
    if missing:
        raise InputError(f"outputs: there is no neuron {missing[0]}")


def _check_core(core: Core, board: Chip) -> None:
    place = where(core.chip, core.core)
    if set(core.biases) != {*BIASES, *BASE}:
        name = sorted(set(core.biases) ^ {*BIASES, *BASE})[0]
        raise InputError(f"biases: {place}: {name} is {'unknown' if name in core.biases else 'missing'}")
    for name, (coarse, fine) in core.biases.items():
        if not (0 <= coarse < len(board.ranges) and 0 <= fine <= board.fine):
            raise InputError(
                f"biases: {place}: {name}: coarse must be 0..{len(board.ranges) - 1} and fine 0..{board.fine}, not "
                f"{coarse} and {fine}"
            )
    if len(core.cells) > board.neurons:
        raise InputError(f"neurons: {place} has {len(core.cells)}; a core has {board.neurons}")
    twice = [key for key, n in Counter(cell.place for cell in core.cells).items() if n > 1]
    if twice:
        raise InputError(f"neurons: {place} has neuron {twice[0]} twice")
    for cell in core.cells:
        if not 0 <= cell.place < board.neurons:
            raise InputError(f"neurons: {place} has {board.neurons} neurons, none is {cell.place}")
        if len(cell.synapses) > board.synapses:
            raise InputError(
                f"synapses: neuron {cell.number} has {len(cell.synapses)}; a neuron of the chip has {board.synapses}"
            )
        if len(cell.destinations) > board.destinations:
            raise InputError(
                f"destinations: neuron {cell.number} has {len(cell.destinations)}; a neuron of the chip has "
                f"{board.destinations}"
            )
        _check_destinations(f"neuron {cell.number}", cell.destinations, board)
        for cam in cell.synapses:
            if not (0 <= cam.tag < board.tags and 0 <= cam.kind < len(KINDS) and 0 < cam.mask < 1 << len(BASE)):
                raise InputError(
                    f"synapses: neuron {cell.number}: tag must be 0..{board.tags - 1}, kind 0..{len(KINDS) - 1} and "
                    f"mask 1..{(1 << len(BASE)) - 1}, not {cam.tag}, {cam.kind} and {cam.mask}"
                )


def _check_destinations(source: str, destinations: tuple[Destination, ...], board: Chip) -> None:
    for each in destinations:
        if not 0 <= each.tag < board.tags:
            raise InputError(f"tags: {source} sends tag {each.tag}; a core tells 0..{board.tags - 1} apart")
        if not 0 <= each.chip < board.chips:
            raise InputError(f"chips: {source} sends to chip {each.chip}; the board has {board.chips}")
        if not each.cores or any(not 0 <= core < board.cores for core in each.cores):
            raise InputError(
                f"cores: {source} sends to cores {', '.join(map(str, each.cores)) or 'none'} of chip {each.chip}; "
                f"expected some of 0..{board.cores - 1}"
            )
