# SPDX-License-Identifier: Apache-2.0
"""The bench of a core with faults: what it did, in the network's terms, whatever that was."""

from collections.abc import Generator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from model.config import CoreConfig
from model.encoding import check_events
from model.faults.faults import FaultList
from model.image.image import Image, Status
from rtl.core.neurocore import Core
from rtl.layouts import Kind
from tb.core.bench import EVENTS, CoreBench, Outcome, play_samples
from tb.faults.injector import SCRIPT, injector, script
from tb.player.phase import Phase
from tb.player.play import Backend, Player


class FaultBench(CoreBench):
    """A core of one build in a simulator that takes any list of faults; its own rules are not asserted.

    ``backend`` and ``fast`` as in ``tb.player.play.Player``, which must be one that runs Verilog.
    """

    def __init__(self, config: CoreConfig, *, backend: Backend = "native", fast: bool = False,
                 waves: Path | None = None) -> None:  # fmt: skip
        self.config, self.has_trace = config, False
        self.player = Player(Core(config), backend=backend, fast=fast, waves=waves,
                             modules={"injector.sv": injector(config)})  # fmt: skip

    def play_faulty(self, image: Image, samples: Sequence[EVENTS], faults: FaultList, *,
                    numbers: Sequence[int] | None = None, seed: int = 1,
                    **options: Any) -> Generator[Outcome, None, None]:  # fmt: skip
        """Load the image, let the faults happen, play ``samples``; each outcome comes as soon as it is there.

        ``numbers`` are those of the samples in the list of faults, 0, 1, ... by default. ``options`` are those of
        ``Player.stream``. Raises InputError for faults or events that cannot be, SimulationError as ``play``.
        """
        faults.check(self.config)
        chosen = range(len(samples)) if numbers is None else numbers
        network = image.network()
        load = self.load(image.to_bytes(), until={"status": int(Status.ARMED)}, settle=0)
        phases = [self._phase(image, events, faults, number) for number, events in zip(chosen, samples, strict=True)]
        files = {SCRIPT: script(self.config, faults, list(chosen))}
        played = play_samples(self.player, load, phases, samples, seed=seed, files=files, **options)
        for events, phase, before in played:
            yield self._outcome(image, network, events, phase, before)

    def _phase(self, image: Image, events: EVENTS, faults: FaultList, number: int) -> Phase:
        """The phase of a sample, with its events as the faults leave them."""
        for step, axons in enumerate(events):
            check_events(axons, image.axons_used, step)
        arriving = faults.disturbed([np.asarray(axons, np.int64) for axons in events], number)
        # A row that is wrong can be as long as a row can be.
        slow = 1 << self.config.target_bits
        return self._until_end(image, [token for axons in arriving for token in (axons, Kind.EOS)], slow=slow)
