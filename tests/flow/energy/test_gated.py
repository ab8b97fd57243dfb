# SPDX-License-Identifier: Apache-2.0
"""Netlists with clock gates: how often those are open, by hand, and a core whose netlist plays as its RTL does."""

import gzip
from pathlib import Path

import numpy as np
import pytest

from flow.energy.gated import ALL, OPEN, netlist, read_shares, recorded_gates
from flow.silicon.cells import CellCounts, cell_counts
from flow.synthesis.verilog import designs
from model.batch import GoldenBatch
from model.encoding import Raster, to_events
from model.image.image import Image
from support.errors import InputError
from tb.core.bench import CoreBench
from tests.flow.delay_report.examples import write_cells
from tests.flow.examples import small_image

HEAD = f"""\
$scope module harness $end
$scope module dut $end
$var wire 1 " clk $end
$scope module netlist $end
$scope module part $end
$scope module gate0 $end
$var wire 1 # {OPEN} $end
$upscope $end
$upscope $end
$scope module gate0 $end
$var wire 1 $ {OPEN} $end
$upscope $end
$upscope $end
$upscope $end
$upscope $end
$enddefinitions $end
"""
# Four rising edges: the gate of the part is open at the second and third, the other one never at an edge.
CYCLES = '#0\n0"\n0#\n0$\n#1\n1"\n#2\n0"\n1#\n1$\n#3\n0$\n#4\n1"\n#5\n0"\n#6\n1"\n#7\n0"\n0#\n#8\n1"\n#9\n'


def test_by_hand(tmp_path: Path) -> None:
    path = tmp_path / "x.vcd.gz"
    path.write_bytes(gzip.compress((HEAD + CYCLES).encode()))
    assert read_shares(path, "core") == {"core.part.gate0": {ALL: 0.5}, "core.gate0": {ALL: 0.0}}
    path.write_bytes(gzip.compress((HEAD.replace(OPEN, "x") + CYCLES).encode()))
    with pytest.raises(InputError, match=r"waveform: no clock gates in it$"):
        read_shares(path, "core")


@pytest.fixture(scope="module")
def gated(tmp_path_factory: pytest.TempPathFactory) -> tuple[Image, Path, CellCounts]:
    """An image, a library and the netlist of a core with a bitmap."""
    image, folder = small_image(), tmp_path_factory.mktemp("gated")
    liberty = write_cells(folder / "cells.lib", gate=True)
    make = designs(image.config("bitmap"))["core_bitmap"]
    return image, liberty, cell_counts(make(), "core_bitmap", liberty, folder / "work", gated=True)


def rasters(image: Image) -> Raster:
    """Three samples for it."""
    return np.random.default_rng(3).random((3, 12, image.axons_used)) < 0.4


def test_a_core(gated: tuple[Image, Path, CellCounts], tmp_path: Path) -> None:
    """Its netlist has the spikes of the golden model, and gates are open where there is work."""
    image, liberty, counts = gated
    samples = rasters(image)
    config = image.config("bitmap")
    bench = CoreBench(config, netlist=netlist(counts, "core_bitmap", liberty))
    golden = GoldenBatch(image.network()).run(samples)
    for number, outcome in enumerate(bench.play(image, [to_events(each) for each in samples])):
        assert np.array_equal(outcome.result.spikes, golden.spikes[number])
        assert np.array_equal(outcome.result.potential, golden.potential[number])
    assert golden.spikes.any()
    shares = recorded_gates(image, config, samples[0], counts=counts, design="core_bitmap", liberty=liberty,
                            work=tmp_path)  # fmt: skip
    assert set(shares) == set(counts.gates)
    loader = [share for gate, share in shares.items() if gate.startswith("core_bitmap.loader")]
    assert loader
    assert not any(any(share.values()) for share in loader), "an image is not loaded in a sample"
    update = [share for gate, share in shares.items() if gate.startswith("core_bitmap.neurons.update")]
    assert any(share["neurons"] > 0.3 > share["synapses"] for share in update)


def test_a_netlist_that_is_wrong(gated: tuple[Image, Path, CellCounts], tmp_path: Path) -> None:
    image, liberty, counts = gated
    config = image.config("bitmap")
    head, body = counts.verilog.split("module \\core_bitmap.neurons.update ", 1)
    broken = counts.model_copy(update={"verilog": head + "module \\core_bitmap.neurons.update " + body.replace(
        "assign valid = ", "assign valid = !", 1).replace(".GATE(", ".GATE(1'b0 & ", 1)})  # fmt: skip
    assert broken.verilog != counts.verilog
    with pytest.raises(InputError, match="core_bitmap: the netlist with clock gates has other spikes"):
        recorded_gates(image, config, rasters(image)[0], counts=broken, design="core_bitmap", liberty=liberty,
                       work=tmp_path)  # fmt: skip


def test_a_library_without_gates(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"cells\.lib: no clock gate in it$"):
        netlist(CellCounts(modules={}, verilog="module x; endmodule"), "x", write_cells(tmp_path / "cells.lib"))
