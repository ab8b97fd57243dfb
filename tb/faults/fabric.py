# SPDX-License-Identifier: Apache-2.0
"""The bench of a fabric with faults in the memories of its cores."""

from collections.abc import Generator, Sequence
from dataclasses import replace
from typing import Any

from model.fabric.bundle import Bundle
from model.fabric.config import FabricConfig
from model.faults.faults import FaultList
from rtl.fabric.fabric import Fabric
from support.errors import InputError
from tb.core.bench import EVENTS
from tb.fabric.bench import FabricBench, FabricOutcome
from tb.faults.injector import injector, script, script_file
from tb.player.phase import Phase
from tb.player.play import Backend, Player


class FaultyFabricBench(FabricBench):
    """A fabric of one build in a simulator that takes lists of faults; its own rules are not asserted.

    ``backend`` and ``fast`` as in ``tb.player.play.Player``, which must be one that runs Verilog.
    """

    def __init__(self, config: FabricConfig, *, backend: Backend = "native", fast: bool = False) -> None:
        injectors = {f"injector_{node}.sv": injector(core, node) for node, core in enumerate(config.cores)}
        super().__init__(config, player=Player(Fabric(config), backend=backend, fast=fast, modules=injectors))

    def play_faulty(self, bundle: Bundle, samples: Sequence[EVENTS], faults: Sequence[FaultList],
                    **options: Any) -> Generator[FabricOutcome, None, None]:  # fmt: skip
        """As ``play``, with the faults of each core, in the order of the ring, after the bundle is loaded.

        Raises InputError for another number of lists, for faults that cannot be, and for faults of events, which are a
        host's.
        """
        if len(faults) != self.config.nodes:
            raise InputError(f"faults: expected a list for each of the {self.config.nodes} cores, not {len(faults)}")
        files = {}
        for node, (core, each) in enumerate(zip(self.config.cores, faults, strict=True)):
            if each.events:
                raise InputError(f"faults of core {node}: expected none of events, which are not of one core")
            files[script_file(node)] = script(core, each.check(core), range(len(samples)))
        return self.play(bundle, samples, files=files, **options)

    def sample(self, bundle: Bundle, events: EVENTS, number: int) -> Phase:
        """See the base class; a row that is wrong can be as long as a row can be."""
        phase = super().sample(bundle, events, number)
        assert phase.timeout is not None
        return replace(phase, timeout=phase.timeout << max(core.target_bits for core in self.config.cores))
