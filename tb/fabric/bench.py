# SPDX-License-Identifier: Apache-2.0
"""The bench of the fabric: loads bundles, plays samples, and gives back what all cores did in the network's terms."""

from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from model.fabric.bundle import Bundle
from model.fabric.config import FabricConfig
from model.fabric.status import FabricStatus
from model.result import Result
from rtl.core.counters import COUNTERS, Flag
from rtl.fabric.fabric import Fabric
from rtl.fabric.host_port import FABRIC_COUNTERS, FabricFlag
from rtl.fabric.layouts import HostKind
from rtl.fabric.node import NODE_COUNTERS
from tb.core.bench import EVENTS, play_samples, sample_phases
from tb.core.view import core_view
from tb.fabric.tokens import sample_result, sample_tokens
from tb.netlist.instance import Netlist, NetlistComponent
from tb.player.phase import Phase, PhaseResult
from tb.player.play import Backend, Player
from tb.player.view import View


@dataclass(frozen=True, kw_only=True)
class FabricOutcome:
    """What the fabric did with one sample."""

    result: Result
    """Spikes and read-outs by the network's numbers of its neurons."""
    counters: dict[str, int]
    """What each of ``FABRIC_COUNTERS`` gained."""
    cores: tuple[dict[str, int], ...]
    """For each core in use, what each of ``COUNTERS`` and ``NODE_COUNTERS`` gained; ``queue_peak``: its value."""
    cycles: int
    """Simulated clock cycles, idle ones around the sample included."""
    flags: tuple[str, ...]
    """Names of the sticky flags that are set, those of a core with its number: ``core 1: OVERFLOW``."""

    @property
    def totals(self) -> dict[str, int]:
        """Counters of all cores together; ``cycles`` are the fabric's, ``queue_peak`` is the highest."""
        names = self.cores[0]
        summed = {name: sum(core[name] for core in self.cores) for name in names}
        peak = max(core["queue_peak"] for core in self.cores)
        return {**summed, "cycles": self.counters["cycles"], "queue_peak": peak}


def _view(config: FabricConfig) -> View:
    """What to look at on the waveform: the cores, one after another."""
    views = [core_view(core, f"node_{number}.core.", f"core{number}_") for number, core in enumerate(config.cores)]
    return View(groups=tuple(group for view in views for group in view.groups))


class FabricBench:
    """A fabric of one build. ``backend``, ``fast``, ``waves``: as in ``tb.player.play.Player``; a waveform starts with
    the first sample, without the loading of the bundle. ``player``: one of such a fabric instead. ``netlist``: what is
    played instead, made of the fabric without simulation's rules; a waveform has what it shows."""

    def __init__(self, config: FabricConfig, *, backend: Backend = "native", fast: bool = False,
                 waves: Path | None = None, player: Player | None = None,
                 netlist: Netlist | None = None) -> None:  # fmt: skip
        self.config = config
        if player is None:
            fabric = Fabric(config, simulation=netlist is None)
            player = Player(NetlistComponent(fabric, netlist) if netlist else fabric, backend=backend, fast=fast,
                            waves=waves, view=_view(config) if waves and not netlist else None, waves_from=1,
                            modules=netlist.sources if netlist else None)  # fmt: skip
        self.player = player
        self._clearing = max(core.accumulators_per_lane for core in config.cores) + 4 * config.geometry.neurons

    def load(self, data: bytes, **options: Any) -> Phase:
        """The phase that streams a bundle, right or wrong, until the fabric has said what it makes of it."""
        byte = np.frombuffer(data, np.uint8).astype(np.uint64)
        last = np.zeros_like(byte)
        last[-1:] = 1
        kind = np.full_like(byte, HostKind.BUNDLE)
        return Phase(
            **{
                "inputs": {"host": self.player.pack("host", {"kind": kind, "data": byte, "last": last})},
                "cycles": 2,
                "settle": 2 * self._clearing + 100,
                "timeout": 4 * len(data) + 4 * self._clearing + 10_000,
                **options,
            }
        )

    def play(self, bundle: Bundle, samples: Sequence[EVENTS], *, seed: int = 1,
             **options: Any) -> Generator[FabricOutcome, None, None]:  # fmt: skip
        """Load the bundle, then play ``samples`` one after another; each outcome comes as soon as it is there.

        ``options`` are those of ``Player.stream``. Raises InputError for an axon that fires twice in a step or is no
        address, SimulationError if the fabric breaks one of its own rules, does not take the bundle, or does not come
        to the end of sample.
        """
        load = self.load(bundle.to_bytes(), until={"status": int(FabricStatus.ARMED)}, settle=0)
        phases = sample_phases(samples, lambda number, events: self.sample(bundle, events, number + 1))
        for events, phase, before in play_samples(self.player, load, phases, samples, seed=seed, **options):
            yield self.outcome(bundle, events, phase, before)

    def sample(self, bundle: Bundle, events: EVENTS, number: int) -> Phase:
        """The phase that plays the sample of that number, from 1, until every core in use has ended it."""
        fields = sample_tokens(events)
        fields["last"] = np.zeros_like(fields["kind"])
        # No step can cost a core more than every word, queue entry, source and neuron of all, a few cycles each.
        words = sum(image.words_used + image.capacity for image in bundle.images)
        step = words + 2 * self.config.nodes * self.config.geometry.sources + 200
        return Phase(
            inputs={"host": self.player.pack("host", fields)},
            until={"samples": number},
            timeout=4 * (len(events) + 1) * step + 4 * self._clearing + 10_000,
        )

    def outcome(self, bundle: Bundle, events: EVENTS, phase: PhaseResult,
                 before: Mapping[str, int]) -> FabricOutcome:  # fmt: skip
        """What the phase of a sample says; ``before``: the plain outputs before it."""
        cores = tuple(self._gained(number, phase.values, before) for number in range(bundle.cores))
        return FabricOutcome(
            result=sample_result(
                bundle,
                self.player.unpack("out", np.array(phase.outputs["out"], dtype=object)),
                events,
                synaptic_operations=sum(core["synaptic_operations"] for core in cores),
            ),
            counters={name: (phase.values[name] - before[name]) % (1 << 32) for name in FABRIC_COUNTERS},
            cores=cores,
            cycles=phase.cycles,
            flags=(
                *(flag.name for flag in FabricFlag if phase.values["flags"] >> flag & 1),
                *(
                    f"core {number}: {flag.name}"
                    for number in range(self.config.nodes)
                    for flag in Flag
                    if phase.values[f"nodes__{number}__flags"] >> flag & 1
                ),
            ),
        )

    def _gained(self, number: int, after: Mapping[str, int], before: Mapping[str, int]) -> dict[str, int]:
        names = (*COUNTERS, *NODE_COUNTERS)
        port = {name: f"nodes__{number}__{name}" for name in names}
        gained = {name: (after[port[name]] - before[port[name]]) % (1 << 32) for name in names}
        gained["queue_peak"] = after[port["queue_peak"]]
        return gained
