# SPDX-License-Identifier: Apache-2.0
"""model.cost.cycles: what must hold of any sample; the comparison is in tests/rtl/core/test_neurocore.py."""

from dataclasses import replace

import numpy as np
import pytest

from model.config import DelayUnit, preset
from model.cost.cycles import ENDING, CycleModel, SampleRun
from model.cost.timing import SPIKE_FIFO
from model.encoding import to_events
from model.golden import GoldenCore
from model.image.image import Image
from model.mapping.compiler import compile_network
from model.network import IntArray
from model.random_network import random_network, random_raster
from tests.model.examples import network


def played(unit: DelayUnit, seed: int = 3) -> tuple[Image, list[IntArray], list[IntArray]]:
    """An image, events and the addresses that fire."""
    config = preset("odd")
    rng = np.random.default_rng(seed)
    image = compile_network(random_network(rng, config, density=0.3, full=True), config)
    events = to_events(random_raster(rng, image.network(), 20, 0.4))
    spikes = GoldenCore(image.network()).run(events).spikes[:, image.order]
    return image, events, to_events(spikes)


@pytest.mark.parametrize("unit", list(DelayUnit))
def test_words_are_those_of_the_rows_that_are_due(unit: DelayUnit) -> None:
    """Whatever unit it is, within a sample that ends in silence."""
    image, events, spikes = played(unit)
    quiet = [np.zeros(0, np.int64)] * image.geometry.delays
    seen = CycleModel(image, image.config(unit)).sample([*events, *quiet], [*spikes, *quiet])
    words = iter(image.row_words.tolist())
    of = [sum(next(words) for level in row if level) for row in (*image.axon_mask, *image.neuron_mask)]
    fired = [int(source) for now in events for source in now]
    fired += [len(image.axon_mask) + int(neuron) for now in spikes for neuron in now]
    assert seen.synapse_words == sum(of[source] for source in fired)
    assert seen.synapse_words <= seen.synapse_cycles < seen.cycles


def test_a_sample_of_no_steps_is_its_ending() -> None:
    image, _, _ = played(DelayUnit.RING)
    model = CycleModel(image, image.config("ring"))
    assert model.sample([], []).cycles == ENDING + model.clear + 1
    assert model.clear == max(model.config.accumulators_per_lane, 2 * model.neurons)


def test_steps_without_events_cost_the_same() -> None:
    image, _, _ = played(DelayUnit.SCDQ)
    model, nothing = CycleModel(image, image.config("scdq")), np.zeros(0, np.int64)
    cycles = [model.sample([nothing] * steps, [nothing] * steps).cycles for steps in range(1, 6)]
    assert len(set(np.diff(cycles))) == 1
    assert cycles[1] - cycles[0] > model.neurons, "a neuron a cycle"


def test_a_queue_that_is_too_short_loses_events() -> None:
    image, events, spikes = played(DelayUnit.SCDQ)
    peak = CycleModel(image, image.config("scdq")).sample(events, spikes)
    less = replace(image, capacity=peak.queue_peak - 2)
    short = CycleModel(less, less.config("scdq")).sample(events, spikes)
    assert peak.lost_events == 0
    assert short.queue_peak == peak.queue_peak - 2
    assert short.lost_events >= 2


def test_spikes_of_a_step_in_the_order_of_their_addresses() -> None:
    """Whatever order they are given in, a cycle apart for each address, and back at the delay unit a little later."""
    config = preset("tiny")
    image = compile_network(network([(0, n, 0, 1) for n in range(4)] + [(2, 1, 1, 1)], count=4, state_bits=14), config)
    run = SampleRun(CycleModel(image, config))
    sent = run.step([(0, 0)], 0, [3, 0, 2])
    assert [neuron for _, neuron in sent] == [0, 2, 3]
    assert [cycle - sent[0][0] for cycle, _ in sent] == [0, 2, 3]
    assert run.sent_eos > sent[-1][0]
    assert run._fired == [(cycle + SPIKE_FIFO, run.model.axons + neuron) for cycle, neuron in sent]
