# SPDX-License-Identifier: Apache-2.0
"""flow.paper.logic: the clock of a build's netlist, a core's and a fabric's, as open as its gates are."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from flow.paper import logic as module
from flow.paper.logic import Logic, synthesised
from flow.paper.rows import spread_over
from flow.silicon.cells import CellCounts, cell_counts
from flow.silicon.liberty import read_cells
from flow.silicon.share import logic_energy_uj
from flow.synthesis.ecp5 import Area
from flow.synthesis.verilog import designs
from model.delay.registry import DelayUnit
from support.listener import Listener
from tests.flow.delay_report.examples import write_cells
from tests.flow.examples import small_image


def test_energy_by_hand(tmp_path: Path) -> None:
    """The clock that is known takes the place of the pins' capacitance."""
    library = read_cells(write_cells(tmp_path / "cells.lib"))
    cells = {"DFF": 3}
    rest = logic_energy_uj(cells, library, 1000, clock_pj=0.0)
    assert Logic(cells=cells, clock_pj=2.0).energy_uj(library, 1000) == pytest.approx(rest + 2e-3)
    assert Logic(cells=cells).energy_uj(library, 1000) == pytest.approx(rest + 3 * 0.003e-3)
    assert Logic(cells=cells).energy_uj(None, 1000) is None


@pytest.mark.parametrize("cores", [1, 2])
def test_the_clock_of_a_build(cores: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    liberty, image = write_cells(tmp_path / "cells.lib", gate=True), small_image()
    area = Area(**{name: 50.0 if name == "fmax_mhz" else None for name in Area.__dataclass_fields__})  # type: ignore[arg-type]

    class Silicon:
        """Standard cells are mapped; nothing is placed and routed."""

        def __init__(self, _: Path) -> None:
            pass

        def run(self, *_: Any) -> None:
            pass

        def fpga(self, *_: Any) -> Area:
            return area

        def cells(self, design: str, config: Any, _: Path, *, gated: bool) -> CellCounts:
            return cell_counts(designs(config)[design](), design, liberty, tmp_path / "cells", gated=gated)

    monkeypatch.setattr(module, "Silicon", Silicon)
    raster = np.random.default_rng(3).random((9, image.axons_used)) < 0.4
    build = cores, DelayUnit.RING
    request: Any = SimpleNamespace(liberty=liberty, work=tmp_path / "work", jobs=1)
    found = synthesised({build: spread_over(image, cores)}, raster, read_cells(liberty), request, Listener())[build]
    assert found.cells
    flip_flops, gates = found.cells["DFF"], found.cells["ICG"]
    # A pin takes 3 fJ at a volt, a gate's 4 and its output 10 twice over: far from all gates are open.
    assert found.clock_pj is not None
    assert gates * 0.004 < found.clock_pj < 0.6 * (flip_flops * 0.003 + gates * 0.024)
    assert found.clock_mhz == 50.0
