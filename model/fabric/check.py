# SPDX-License-Identifier: Apache-2.0
"""What only the host can check of a bundle: that routes and images agree, and describe a network."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from model.fabric.routes import Routes, distance, farthest
from model.image.image import Image
from model.image.info import restore
from model.readout import check_host_part
from support.errors import InputError


def check_consistent(nodes: int, axons: int, routes: Sequence[Routes], images: Sequence[Image],
                     info: dict[str, Any]) -> None:  # fmt: skip
    """Raises InputError, with the core, for what contradicts itself."""
    if len(routes) != len(images) or not 1 <= len(images) <= nodes:
        raise InputError(f"bundle: {len(routes)} routes and {len(images)} images for {nodes} nodes")
    for core, image in enumerate(images):
        if image.geometry != images[0].geometry:
            raise InputError(f"bundle: core {core}: its image is for another geometry than that of core 0")
        if image.max_steps != images[0].max_steps:
            raise InputError(
                f"bundle: core {core}: its image is for {image.max_steps} steps, that of core 0 for "
                f"{images[0].max_steps}"
            )
    for core in range(len(images)):
        _check_core(core, axons, routes, images)
    _check_ring(nodes, routes)
    _check_info(axons, images, info)


def _check_core(core: int, axons: int, routes: Sequence[Routes], images: Sequence[Image]) -> None:
    """The routes of one core against its image and those of its senders."""
    mine, image = routes[core], images[core]
    if len(mine.hops) != image.neurons_used:
        raise InputError(f"bundle: core {core}: routes of {len(mine.hops)} neurons, its image has {image.neurons_used}")
    times = np.zeros(image.axons_used, np.int64)
    senders = set()
    for sender, span in enumerate(mine.spans):
        host = sender == len(images)
        known = axons if host else images[sender].neurons_used
        if span.count and (sender == core or span.first + span.count > known):
            whom = "the host" if host else f"core {sender}"
            raise InputError(
                f"bundle: core {core}: a span of {span.count} sources from {span.first} on of {whom}, which has {known}"
            )
        entries = mine.entries[span.base : span.base + span.count]
        heard = entries[entries >= 0]
        if len(heard) and heard.max() >= image.axons_used:
            raise InputError(f"bundle: core {core}: entry of axon {heard.max()}, its image has {image.axons_used}")
        np.add.at(times, heard, 1)
        if len(heard) and not host:
            senders.add(sender)
    if (times > 1).any():
        raise InputError(f"bundle: core {core}: two sources are its axon {int(np.argmax(times > 1))}")
    deaf = image.axon_mask.any(1) & (times == 0)
    if deaf.any():
        raise InputError(f"bundle: core {core}: nothing is its axon {int(np.argmax(deaf))}, which has synapses")
    if senders != mine.senders:
        raise InputError(f"bundle: core {core}: hears {sorted(senders)}, its senders are {sorted(mine.senders)}")
    listeners = {other for other, each in enumerate(routes) if core in each.senders}
    if listeners != mine.listeners:
        raise InputError(
            f"bundle: core {core}: heard by {sorted(listeners)}, its listeners are {sorted(mine.listeners)}"
        )


def _check_ring(nodes: int, routes: Sequence[Routes]) -> None:
    """Every token goes far enough."""
    for core, mine in enumerate(routes):
        far = farthest(core, mine.senders | mine.listeners, nodes)
        if mine.eos_hops < far:
            raise InputError(f"bundle: core {core}: its end of step goes {mine.eos_hops} hops, expected {far}")
        for listener in mine.listeners:
            span, far = routes[listener].spans[core], distance(core, listener, nodes)
            entries = routes[listener].entries[span.base : span.base + span.count]
            heard = span.first + np.flatnonzero(entries >= 0)
            short = heard[mine.hops[heard] < far]
            if len(short):
                raise InputError(
                    f"bundle: core {core}: neuron {short[0]} goes {mine.hops[short[0]]} hops, core {listener} is "
                    f"{far} away"
                )


def _check_info(axons: int, images: Sequence[Image], info: dict[str, Any]) -> None:
    host = restore(info, "bundle: info")
    numbers = info.get("neurons")
    counts = [image.neurons_used for image in images]
    if (
        not isinstance(numbers, list)
        or [len(each) if isinstance(each, list) else -1 for each in numbers] != counts
        or any(type(number) is not int for each in numbers for number in each)
        or sorted(number for each in numbers for number in each) != [*range(sum(counts))]
    ):
        raise InputError(f"bundle: info: expected neurons to give {counts} of 0..{sum(counts) - 1}, each once")
    try:
        check_host_part(axons=axons, neurons=sum(counts), max_steps=images[0].max_steps, **host)
    except InputError as error:
        raise InputError(f"bundle: info: {error}") from None
