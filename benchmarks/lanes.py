# SPDX-License-Identifier: Apache-2.0
"""How full synapse words are: the compiler's numbering, what no numbering can exceed, and other ways to build words.

    python -m benchmarks.lanes [IMAGE...] [--proposals N] [--other]

For each network and for 8 and 16 lanes: the share of the places in all words that hold a synapse, as compiled; the
bound, with each row in as few words as its synapses need; and what simulated annealing of N swaps, started from the
compiled numbering, ends with (seconds of processor time beside it). With ``--other``, words that the core cannot fetch
today: shared by some levels of a source, and lanes in groups that fetch words of rows of their own.
"""

import argparse
from collections.abc import Sequence
from pathlib import Path
from time import process_time
from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from model.image.image import Image
from model.mapping.renumber import hardware_order, least_words, order_of_rows, row_numbers, synapse_words, words_of_rows
from model.network import IntArray, Network

TABLES = Path("tables")
LANES = (8, 16)
LEVELS = (2, 4, 8)
"""Levels of a source that share words, with ``--other``."""
HOT, COLD = 20.0, 1.0
"""Temperature of the annealing at its begin and end, in words."""


class Fill(NamedTuple):
    """Share of the places in all words that hold a synapse."""

    compiled: float
    bound: float
    """Above any numbering's."""


def fill(network: Network, lanes: int, *, levels: int = 1) -> Fill:
    """Of a network as the compiler numbers it; ``levels`` of a source, one after the other, share words."""
    row = shared_rows(network, levels)
    order = order_of_rows(row, network.target, network.neurons.count, lanes)
    words = words_of_rows(row, network.target, order, lanes)
    return Fill(*(network.synapses / (lanes * each) for each in (words, least_words(row, lanes))))


def shared_rows(network: Network, levels: int) -> IntArray:
    """The row of each synapse, shape (synapses,), if ``levels`` levels of a source are one row."""
    key = network.source * (int(network.level.max(initial=0)) + 1) + network.level // levels
    return np.unique(key, return_inverse=True)[1]


def annealed(network: Network, order: IntArray, lanes: int, proposals: int, seed: int = 0) -> int:
    """The fewest words that swaps of neurons come to, from the numbering ``order`` on; the same for the same seed."""
    row = row_numbers(network)
    neurons, rows = network.neurons.count, int(row.max()) + 1
    by_target = np.argsort(network.target, kind="stable")
    starts = np.searchsorted(network.target[by_target], np.arange(neurons + 1))
    member = np.zeros((neurons, rows), np.bool_)
    member[network.target, row] = True
    lane = np.argsort(order) % lanes
    count = np.zeros((rows, lanes), np.int64)
    np.add.at(count, (row, lane[network.target]), 1)
    return int(_anneal(starts, row[by_target], member, lane, count, proposals, seed))


@njit(cache=True)
def _anneal(  # noqa: PLR0917
    starts: IntArray,
    rows: IntArray,
    member: NDArray[np.bool_],
    lane: IntArray,
    count: IntArray,
    proposals: int,
    seed: int,
) -> int:
    np.random.seed(seed)
    neurons = len(lane)
    words = 0
    for row in range(len(count)):
        words += count[row].max()
    best = words
    for proposal in range(proposals):
        pair = np.random.randint(neurons), np.random.randint(neurons)
        homes = lane[pair[0]], lane[pair[1]]
        if homes[0] == homes[1]:
            continue
        change = 0
        for side in range(2):
            here, there = homes[side], homes[1 - side]
            for place in range(starts[pair[side]], starts[pair[side] + 1]):
                row = rows[place]
                if member[pair[1 - side], row]:
                    continue
                fullest = count[row].max()
                count[row, here] -= 1
                count[row, there] += 1
                change += count[row].max() - fullest
        temperature = HOT * (COLD / HOT) ** (proposal / proposals)
        if change <= 0 or np.random.random() < np.exp(-change / temperature):
            lane[pair[0]], lane[pair[1]] = homes[1], homes[0]
            words += change
            best = min(best, words)
            continue
        for side in range(2):
            here, there = homes[side], homes[1 - side]
            for place in range(starts[pair[side]], starts[pair[side] + 1]):
                row = rows[place]
                if not member[pair[1 - side], row]:
                    count[row, here] += 1
                    count[row, there] -= 1
    return best


def compare(name: str, network: Network, proposals: int) -> None:
    """Print the rows of a network: compiled, bound, annealed."""
    rows = int(row_numbers(network).max()) + 1
    for lanes in LANES:
        start = process_time()
        order = hardware_order(network, lanes)
        spent = process_time() - start
        words = synapse_words(network, order, lanes)
        found = fill(network, lanes)
        line = f"| {name} | {lanes} | {network.synapses / rows:.1f} | {words} | {found.compiled:.1%} |"
        line += f" {found.bound:.1%} |"
        if proposals:
            start = process_time()
            best = annealed(network, order, lanes, proposals)
            line += f" {network.synapses / (lanes * best):.1%} | {words / best:.3f} |"
            line += f" {spent:.1f} | {process_time() - start:.1f} |"
        print(line, flush=True)


def others(name: str, network: Network) -> None:
    """Print what words of another make would hold: compiled and bound."""
    for lanes in LANES:
        every = int(network.level.max(initial=0)) + 1
        shared = [fill(network, lanes, levels=levels) for levels in (1, *LEVELS, every)]
        groups = [fill(network, each) for each in (lanes // 2, lanes // 4)]
        cells = [f"{each.compiled:.0%} of {each.bound:.0%}" for each in [*shared, *groups]]
        print(f"| {name} | {lanes} | {' | '.join(cells)} |", flush=True)


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("images", nargs="*", type=Path, help="images (default: those in tables/)")
    parser.add_argument("--proposals", type=int, default=0, help="swaps that the annealing tries (default: none)")
    parser.add_argument("--other", action="store_true", help="other ways to build words")
    options = parser.parse_args(arguments)
    networks = {path.stem: Image.load(path).network() for path in options.images or sorted(TABLES.glob("*.chx"))}
    if options.other:
        made = [f"{levels} levels" for levels in LEVELS]
        print(f"| network | lanes | as built | {' | '.join(made)} | all levels | 2 groups | 4 groups |")
        for name, network in networks.items():
            others(name, network)
        return
    print("| network | lanes | synapses a row | words | fill | bound |", end="")
    print(" annealed | words against | search s | annealing s |" if options.proposals else "")
    for name, network in networks.items():
        compare(name, network, options.proposals)


if __name__ == "__main__":
    main()
