# SPDX-License-Identifier: Apache-2.0
"""The golden model of a core with faults: its memories word by word, its registers as wide as they are, no cycles.

Without a fault it gives what ``model.golden.GoldenCore`` gives. A fault can make a build do what no network asks for,
so this model knows the memories of a build, and what an address beyond one reads; docs/faults.md defines both.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from model.config import CoreConfig
from model.cost.memories import MemoryName
from model.encoding import check_events
from model.faults.faults import FaultList, Flip
from model.faults.held import Held
from model.faults.memories import IMAGE, decode, fields, load, places, wrap
from model.faults.tables import RowTable
from model.golden import leak
from model.image.image import Image
from model.network import IntArray, Reset
from model.result import Result, read_out

SIGNED = ("bias", "threshold", "floor")


@dataclass(frozen=True, kw_only=True)
class FaultyResult:
    """What a sample leaves behind."""

    result: Result
    """``synaptic_operations`` are those of the core: weights that were added, also ahead of their step."""
    lost: int
    """Events that found a queue full, and that a later step misses."""


class FaultyCore:
    """An image in a build, with a list of faults; ``run`` plays samples, by number.

    Raises InputError for faults in places that the build has not.
    """

    def __init__(self, image: Image, config: CoreConfig, faults: FaultList | None = None) -> None:
        self.image, self.config = image, config
        self.faults = (faults or FaultList()).check(config)
        content = load(image, config)
        for flip in self.faults.flips:
            if flip.memory in IMAGE:
                content[flip.memory][flip.address, flip.bit] ^= True
        self.rows = RowTable(content, config, image.codebook)
        self._timed: dict[tuple[int, int], list[Flip]] = {}
        for flip in self.faults.flips:
            if flip.sample is not None and flip.step is not None:
                self._timed.setdefault((flip.sample, flip.step), []).append(flip)
        stored = content[MemoryName.PARAMETERS][: image.neurons_used]
        where = places(fields(config, MemoryName.PARAMETERS))
        self.parameters = {name: decode(stored[:, bits], signed=name in SIGNED) for name, bits in where.items()}
        self._state_places = places(fields(config, MemoryName.STATES))
        neurons = np.arange(image.neurons_used)
        self._lane, self._index = neurons % config.lanes, neurons // config.lanes
        self._back = np.argsort(image.order)
        self.unit: Held = config.delay_unit.part("model.faults.units", "HELD")(
            config, self.rows.mask, capacity=image.capacity, first_kept=_first_kept(image)
        )

    def run(self, events: Sequence[IntArray], sample: int = 0) -> FaultyResult:
        """Play a sample from the start: the axons that fire in each step, in the order in which they are streamed.

        Raises InputError, as ``GoldenCore.run``.
        """
        for step, axons in enumerate(events):
            check_events(axons, self.image.axons_used, step)
        arriving = self.faults.disturbed([np.asarray(axons, np.int64) for axons in events], sample)
        count, before = self.image.neurons_used, self.unit.lost
        self._reset()
        spikes = np.zeros((len(events), count), np.bool_)
        fired = np.zeros(0, np.int64)
        operations = 0
        for step, axons in enumerate(arriving):
            operations += self._add(np.concatenate([self.config.axons + fired, axons]), step)
            timed = self._timed.get((sample, step), ())
            for flip in timed:
                if flip.memory in (MemoryName.QUEUE, MemoryName.HISTORY):
                    self.unit.flip(flip.copy, flip.address, flip.bit)
            for each in self.faults.stuck:
                self._stick(each.lane, each.address, each.bit, each.value)
            spikes[step] = self._update(step)
            fired = np.flatnonzero(spikes[step])
            for flip in timed:
                if flip.memory in (MemoryName.STATES, MemoryName.ACCUMULATORS):
                    self._flip(flip)
        back = self._back
        result = read_out(
            self.image.network(),
            spikes=spikes[:, back],
            potential=self.state["potential"][back],
            potential_sum=self.state["potential_sum"][back],
            input_events=sum(map(len, events)),
            synaptic_operations=operations,
        )
        return FaultyResult(result=result, lost=self.unit.lost - before)

    def _reset(self) -> None:
        config = self.config
        self.unit.start()
        self.accumulators = np.zeros((config.lanes, config.accumulators_per_lane), np.int64)
        names = ("current", "potential", "potential_sum", "refractory")
        self.state = {name: np.zeros(self.image.neurons_used, np.int64) for name in names}

    def _add(self, arrivals: IntArray, step: int) -> int:
        """Add the words of the rows that leave in a step. Sums wrap, so their order does not matter."""
        config = self.config
        source, level = self.unit.step(arrivals)
        # With fewer slots than levels these are a power of two.
        ahead = (step + (level % config.slots if config.slots < config.delays else level)) % config.slots
        place, weight, times = self.rows.entries(source, level)
        flat = self.accumulators.reshape(-1)
        place = place + np.repeat(ahead << config.target_bits, times)
        flat += np.bincount(place, weight, len(flat)).astype(np.int64)
        flat[:] = wrap(flat, config.accumulator_bits)
        return len(place)

    def _update(self, step: int) -> IntArray:
        """Update every neuron, with registers that wrap where no fault-free network needs them to."""
        config, state, own, bits = self.config, self.state, self.parameters, self.config.state_bits
        address = (step % config.slots << config.target_bits) + self._index
        arrivals = self.accumulators[self._lane, address]
        self.accumulators[self._lane, address] = 0
        current = wrap(leak(state["current"], own["beta"]) + arrivals, bits + 1)
        leaked = wrap(leak(state["potential"], own["alpha"]), bits)
        total = wrap(leaked + current + own["bias"], bits + 2)
        reached = np.minimum(np.maximum(total, own["floor"]), config.vmax)
        left = state["refractory"]
        reached = np.where(left != 0, state["potential"], reached)
        spike = (reached >= own["threshold"]) & (left == 0)
        after = np.where(spike & (own["reset"] == Reset.ZERO), 0, reached)
        after -= np.where(spike & (own["reset"] == Reset.SUBTRACT), own["threshold"], 0)
        state["current"], state["potential"] = wrap(current, bits), wrap(after, bits)
        state["potential_sum"] = wrap(state["potential_sum"] + state["potential"], config.sum_bits)
        if config.refractory_bits:
            rest = np.where(left == config.refractory_until_end, left, np.maximum(left - 1, 0))
            state["refractory"] = np.where(spike, own["refractory"], rest)
        return spike

    def _flip(self, flip: Flip) -> None:
        """Change a bit of an accumulator, or of the state of a neuron; of one that is not used nothing follows."""
        if flip.memory is MemoryName.ACCUMULATORS:
            self._change(self.accumulators[flip.copy], flip.address, flip.bit, self.config.accumulator_bits)
        elif flip.address < self.image.neurons_used:
            name, bits = next(
                (name, bits) for name, bits in self._state_places.items() if bits.start <= flip.bit < bits.stop
            )
            width = 0 if name == "refractory" else bits.stop - bits.start
            self._change(self.state[name], flip.address, flip.bit - bits.start, width)

    def _stick(self, lane: int, address: int, bit: int, value: int) -> None:
        if (int(self.accumulators[lane, address]) >> bit & 1) != value:
            self._change(self.accumulators[lane], address, bit, self.config.accumulator_bits)

    @staticmethod
    def _change(values: IntArray, place: int, bit: int, signed_bits: int) -> None:
        """Change a bit of one of ``values``, which are signed, or not if ``signed_bits`` is 0."""
        changed = values[place : place + 1] ^ (1 << bit)
        values[place : place + 1] = wrap(changed, signed_bits) if signed_bits else changed


def _first_kept(image: Image) -> int:
    """The first source of the build that has a delay level above 0, before any fault; 0 if there is none."""
    for first, mask in ((0, image.axon_mask), (image.geometry.axons, image.neuron_mask)):
        found = np.flatnonzero(mask[:, 1:].any(1))
        if len(found):
            return first + int(found[0])
    return 0
