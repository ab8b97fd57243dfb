# SPDX-License-Identifier: Apache-2.0
"""NIR in and out: round trips, unrolling against the stepper, files of other tools, what is refused."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import nir
import numpy as np
import pytest

from flow.cli import run
from flow.exchange.discrete import Method
from flow.exchange.operators import matrix
from flow.exchange.reading import checked, dissolved, read_graph
from flow.exchange.reference import FloatStepper, apply
from flow.exchange.rounding import to_network
from flow.exchange.writing import save_graph, to_graph
from model.batch import GoldenBatch
from model.image.image import Image
from model.network_file import load_network
from support.errors import InputError
from support.paths import ROOT

FILES = Path(__file__).parent / "files"
RNG = np.random.default_rng(3)


def graph_of(nodes: dict[str, Any], edges: list[tuple[str, str]]) -> Any:
    return checked(dissolved(nir.NIRGraph(nodes, edges, type_check=False)), "x")


def ends(inputs: Any, outputs: int) -> dict[str, Any]:
    return {
        "in": nir.Input({"input": np.atleast_1d(inputs)}),
        "out": nir.Output({"output": np.array([outputs])}),
    }


def fire(size: int, threshold: float) -> Any:
    return nir.IF(r=np.full(size, 1000.0), v_threshold=np.full(size, threshold), v_reset=np.zeros(size))


def test_an_exported_network_comes_back(tmp_path: Path) -> None:
    image = ROOT / "tables" / "tasks" / "delay_xor.chx"
    assert run(["nir", "export", str(image), "-o", str(tmp_path / "x.nir")]) == 0
    assert run(["nir", "import", str(tmp_path / "x.nir"), "-o", str(tmp_path / "x.npz")]) == 0
    assert load_network(tmp_path / "x.npz") == Image.load(image).network()


@pytest.mark.parametrize(
    "node",
    [
        nir.Conv2d((6, 5), RNG.normal(size=(4, 3, 3, 2)), 2, 1, 1, 1, RNG.normal(size=4)),
        nir.Conv2d((6, 5), RNG.normal(size=(3, 1, 3, 3)), 1, "same", (2, 1), 3, np.zeros(3)),
        nir.SumPool2d(np.array([2, 2]), np.array([2, 1]), np.array([0, 1])),
        nir.AvgPool2d(np.array([3, 2]), np.array([1, 2]), np.array([1, 0])),
        nir.Affine(RNG.normal(size=(7, 90)), RNG.normal(size=7)),
        nir.Scale(RNG.normal(size=(3, 6, 5))),
        nir.Flatten({"input": np.array([3, 6, 5])}, 0, -1),
    ],
    ids=lambda node: type(node).__name__,
)
def test_matrices_do_what_the_nodes_do(node: Any) -> None:
    got = RNG.normal(size=(3, 6, 5))
    weight, bias, shape = matrix("x", node, got.shape)
    expected = apply(node, got)
    assert expected.shape == shape
    flat = got.ravel() if weight is None else weight @ got.ravel() + bias
    assert np.allclose(flat, expected.ravel())


def test_conv1d() -> None:
    node = nir.Conv1d(9, RNG.normal(size=(4, 2, 3)), 2, 1, 1, 1, RNG.normal(size=4))
    got = RNG.normal(size=(2, 9))
    weight, bias, shape = matrix("x", node, got.shape)
    assert weight is not None
    assert shape == apply(node, got).shape
    assert np.allclose(weight @ got.ravel() + bias, apply(node, got).ravel())


def test_whole_numbers_spike_as_in_float() -> None:
    """Delays, a loop, convolution and pooling with integrators: nothing to round, so every spike is the same."""
    nodes = ends([1, 4, 4], 3) | {
        "conv": nir.Conv2d((4, 4), RNG.integers(-3, 6, (2, 1, 3, 3)) * 1.0, 1, 1, 1, 1, np.zeros(2)),
        "pool": nir.SumPool2d(np.array([2, 2]), np.array([2, 2]), np.array([0, 0])),
        "flat": nir.Flatten({"input": np.array([2, 2, 2])}, 0, -1),
        "a": fire(8, 4.5), "late": nir.Delay(np.arange(8) * 1e-3), "w": nir.Linear(RNG.integers(-4, 7, (3, 8)) * 1.0),
        "b": fire(3, 5.5), "loop": nir.Linear(RNG.integers(-4, 4, (3, 3)) * 1.0),
        "skip": nir.Linear(RNG.integers(-3, 3, (3, 16)) * 1.0),
    }  # fmt: skip
    edges = [("in", "conv"), ("conv", "pool"), ("pool", "flat"), ("flat", "a"), ("a", "late"), ("late", "w"),
             ("w", "b"), ("b", "loop"), ("loop", "b"), ("in", "skip"), ("skip", "b"), ("b", "out")]  # fmt: skip
    graph = graph_of(nodes, edges)
    made = to_network(graph, dt=1e-3)
    raster = RNG.random((4, 40, 16)) < 0.2
    spikes = GoldenBatch(made.network).run(raster).spikes
    assert all(each.weight == each.leak == 0 for each in made.layers)
    for sample, mine in zip(raster, spikes, strict=True):
        real, _ = FloatStepper(graph, 1e-3, Method.EULER).run(sample)
        for name in ("a", "b"):
            assert real[name].any()
            assert np.array_equal(mine[:, made.neurons[name]], real[name])


TOOLS = {"snntorch": (1e-4, Method.EULER), "norse": (1e-6, Method.EULER), "sinabs": (1.0, Method.EXACT)}


@pytest.mark.parametrize("tool", TOOLS)
def test_networks_of_other_tools(tool: str) -> None:
    """In float, every spike is the tool's, a step later in layer 2; rounded, the bound of docs/nir.md holds."""
    dt, method = TOOLS[tool]
    graph = read_graph(FILES / f"{tool}.nir")
    made = to_network(graph, dt=dt, method=method)
    with np.load(FILES / f"{tool}.npz") as file:
        raster, layers = file["raster"], [file["layer0"], file["layer1"]]
    golden = GoldenBatch(made.network).run(raster).spikes
    real = [FloatStepper(graph, dt, method).run(sample)[0] for sample in raster]
    for place, (name, theirs) in enumerate(zip(made.neurons, layers, strict=True)):
        mine = np.stack([each[name] for each in real])
        assert theirs.sum() > 50
        assert np.array_equal(mine[:, place:], theirs[:, : mine.shape[1] - place])
        rounded = golden[:, :, made.neurons[name]]
        assert (rounded & mine).sum() >= (0.95, 0.75)[place] * (rounded | mine).sum()


def test_a_cubalif_keeps_to_its_equations() -> None:
    values = {
        "tau_syn": np.full(2, 4e-3),
        "tau_mem": np.full(2, 10e-3),
        "r": np.full(2, 1.0),
        "v_leak": np.full(2, 0.2),
    }
    node = nir.CubaLIF(**values, v_threshold=np.full(2, 1.0), v_reset=np.zeros(2), w_in=np.full(2, 8.0))
    graph = graph_of(
        ends(3, 2) | {"w": nir.Linear(RNG.random((2, 3))), "n": node}, [("in", "w"), ("w", "n"), ("n", "out")]
    )
    raster = RNG.random((60, 3)) < 0.5
    weight, current, potential, expected = graph.nodes["w"].weight, np.zeros(2), np.zeros(2), []
    for events in raster:
        current += 1 / 4 * (-current + 8 * (weight @ events))
        potential += 1 / 10 * (0.2 - potential + current)
        expected.append(potential > 1)
        potential[expected[-1]] = 0
    assert np.array_equal(FloatStepper(graph, 1e-3, Method.EULER).run(raster)[0]["n"], expected)
    made = to_network(graph, dt=1e-3)
    spikes = GoldenBatch(made.network).run(raster[None]).spikes[0]
    assert (spikes == expected).mean() > 0.97


LOOP = [("in", "w"), ("w", "s"), ("s", "w"), ("w", "n"), ("n", "out")]
CHAIN = [("in", "w"), ("w", "n"), ("n", "out")]


@pytest.mark.parametrize(
    ("nodes", "edges", "message"),
    [
        ({"w": nir.Threshold(np.ones(2)), "n": fire(2, 1)}, CHAIN, "node 'w' is of type Threshold; expected one"),
        ({"w": nir.Linear(np.ones((2, 3))), "n": fire(2, 1)}, CHAIN, "node 'w': weight of shape (2, 3) for 2 inputs"),
        ({"w": nir.Linear(np.ones((2, 2))), "s": nir.Scale(np.ones(2)), "n": fire(2, 1)}, LOOP, "loop without neurons"),
        ({"w": nir.Delay(-np.ones(2)), "n": fire(2, 1)}, CHAIN, "node 'w': delay must be at least 0, not -1.0"),
        ({"w": nir.Linear(np.full((2, 2), np.nan)), "n": fire(2, 1)}, CHAIN, "node 'w': weight must be finite numbers"),
        ({"w": nir.Linear(np.ones((2, 2))), "n": fire(3, 1)}, CHAIN, "node 'n' has 3 neurons and gets 2 values"),
        ({"w": nir.Linear(np.ones((2, 2))), "n": fire(2, 1)}, CHAIN[1:], "node 'w' gets no input"),
        ({"w": nir.Linear(np.ones((2, 2))), "n": nir.LIF(*[np.full(2, 1e-4)] * 4)}, CHAIN, "tau of 0.0001 s is"),
        ({"w": nir.Affine(np.ones((2, 2)), np.ones(2)), "n": nir.CubaLIF(*[np.full(2, 0.1)] * 5)}, CHAIN,
         "node 'n': a bias goes through its synaptic current"),
    ],
)  # fmt: skip
def test_what_is_refused(nodes: dict[str, Any], edges: list[tuple[str, str]], message: str) -> None:
    with pytest.raises(InputError) as error:
        to_network(graph_of(ends(2, 2) | nodes, edges), dt=1e-3)
    assert message in str(error.value)


def test_files_that_are_none(tmp_path: Path) -> None:
    (tmp_path / "x.nir").write_bytes(b"nothing")
    with pytest.raises(InputError, match=r"x\.nir: not a file of NIR"):
        read_graph(tmp_path / "x.nir")
    with pytest.raises(InputError, match=r"y\.nir: no such file; expected a graph of NIR"):
        read_graph(tmp_path / "y.nir")


def test_what_nir_has_no_place_for(tmp_path: Path) -> None:
    network = Image.load(ROOT / "tables" / "tasks" / "delay_xor.chx").network()
    refractory = replace(network, neurons=replace(network.neurons, refractory=2))
    with pytest.raises(InputError, match=r"^neuron 0 has a refractory period: NIR has no node for it$"):
        to_graph(refractory, 1e-3)
    save_graph(tmp_path / "x.nir", to_graph(network, 0.5))
    assert to_network(read_graph(tmp_path / "x.nir"), dt=0.5).network == network
