# SPDX-License-Identifier: Apache-2.0
"""NetX files of lava-dl: their steps against Lava's own spikes, the bound, the command with RTL, what is refused.

tests/flow/exchange/lava.py made the files.
"""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

from flow.cli import run
from flow.exchange.netx.bound import potential_bound
from flow.exchange.netx.nodes import LoihiReadOut
from flow.exchange.netx.reading import read_netx
from flow.exchange.netx.reference import LoihiStepper
from flow.exchange.reading import Graph
from flow.exchange.rounding import to_network
from model.batch import GoldenBatch
from model.golden import GoldenCore
from support.errors import InputError

FILES = Path(__file__).parent / "files"
SHAPES: dict[str, tuple[int, ...] | None] = {"lava_delay": None, "lava_whole": None, "lava_conv": (2, 8, 8),
                                             "lava_recurrent": None}  # fmt: skip
RNG = np.random.default_rng(5)


def loaded(name: str) -> tuple[Graph, Any, list[Any]]:
    """The graph of a file, its input and Lava's spikes by layer, each (samples, steps, ...)."""
    with np.load(FILES / f"{name}.npz") as file:
        layers = [file[f"layer{k}"] for k in range(len(file.files) - 1)]
        return read_netx(FILES / f"{name}.net", SHAPES[name]), file["raster"], layers


@pytest.mark.parametrize("name", SHAPES)
def test_every_spike_is_that_of_lava(name: str) -> None:
    """Delays, convolution, recurrence, read-out: step for step the spikes of Lava's bit-accurate processes."""
    graph, raster, layers = loaded(name)
    stepper = LoihiStepper(graph)
    assert len(stepper.populations) == len(layers)
    for place, sample in enumerate(raster):
        spikes, _ = stepper.run(sample)
        for name_, theirs in zip(stepper.populations, layers, strict=True):
            assert theirs.any() or isinstance(graph.nodes[name_], LoihiReadOut)
            assert np.array_equal(spikes[name_], theirs[place])


def test_where_nothing_leaks_a_little_nothing_is_rounded() -> None:
    graph, raster, layers = loaded("lava_whole")
    made = to_network(graph, dt=1.0)
    spikes = GoldenBatch(made.network).run(raster).spikes
    for name, theirs in zip(made.neurons, layers, strict=True):
        assert theirs.sum() > 20
        assert np.array_equal(spikes[:, :, made.neurons[name]], theirs)
        assert not potential_bound(graph.nodes[name], made.units[name]).any()


@pytest.mark.parametrize("name", ["lava_delay", "lava_conv", "lava_recurrent"])
def test_potentials_keep_within_the_bound(name: str) -> None:
    """Of every neuron in every step until the first spike that differs; not all by far."""
    graph, raster, _ = loaded(name)
    made = to_network(graph, dt=1.0)
    assert all(layer.weight == layer.leak == 0 for layer in made.layers)
    bounds = {each: potential_bound(graph.nodes[each], made.units[each]) for each in made.neurons}
    most = 0.0
    for sample in raster:
        spikes, potentials = LoihiStepper(graph).run(sample)
        core = GoldenCore(made.network)
        for step, events in enumerate(sample):
            record = core.step(np.flatnonzero(events))
            if any((record.spike[made.neurons[each]] != spikes[each][step]).any() for each in bounds):
                break
            for each, bound in bounds.items():
                mine = record.potential_after[made.neurons[each]] / made.units[each]
                off = np.abs(mine - potentials[each][step] / 64)
                assert (off < bound).all()
                most = max(most, float((off / bound).max()))
    assert most > 0.05


def test_how_many_spikes_are_shared() -> None:
    """The figures of docs/nir.md, and that --compensate helps a network that is fed forward."""
    graph, raster, layers = loaded("lava_delay")
    shares = []
    for compensate in (False, True):
        made = to_network(graph, dt=1.0, compensate=compensate)
        mine = GoldenBatch(made.network).run(raster).spikes[:, :, made.neurons["0"]]
        shares.append((mine & layers[0]).sum() / (mine | layers[0]).sum())
    assert shares[0] == pytest.approx(0.671, abs=5e-4)
    assert shares[1] == pytest.approx(0.816, abs=5e-4)


def test_the_command_and_the_rtl(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """From the file to the core: every spike of the RTL is that of the golden model, and those are Lava's."""
    _, raster, layers = loaded("lava_whole")
    data, network, image = (str(tmp_path / each) for each in ("x.npz", "n.npz", "n.chx"))
    np.savez(data, raster=raster)
    source = str(FILES / "lava_whole.net")
    assert run(["netx", "import", source, "-o", network, "--data", data, "--json", f"{tmp_path}/i.json"]) == 0
    report = json.loads((tmp_path / "i.json").read_text())
    assert report["made"]
    assert [each["shared"] for each in report["layers"]] == [1.0, 1.0]
    assert [(each["potential_bound"], each["threshold_least"]) for each in report["layers"]] == [(0.0, 64.0)] * 2
    assert [each["spikes"]["spikes"] for each in report["layers"]] == [int(each.sum()) for each in layers]
    assert run(["image", "compile", network, "-o", image]) == 0
    capsys.readouterr()
    options = ["--unit", "scdq", "--jobs", "1", "--json", f"{tmp_path}/s.json"]
    assert run(["sim", "--image", image, "--data", data, *options]) == 0
    played = json.loads((tmp_path / "s.json").read_text())["runs"][0]
    assert played["mismatches"] == 0
    assert played["spikes_compared"] == sum(int(each.sum()) for each in layers)


NEURON = {"type": b"CUBA", "iDecay": 1024, "vDecay": 128, "vThMant": 80, "refDelay": 1, "gradedSpike": False}
DENSE: dict[str, Any] = {"type": [b"dense"], "shape": [2], "weight": np.array([[2.0, -4.0, 6.0], [8.0, 10.0, -256.0]])}


def written(path: Path, *layers: dict[str, Any], neuron: dict[str, Any] | None = None) -> Path:
    """A file with layers; ``neuron``: of those that are dense or conv."""
    with h5py.File(path, "w") as file:
        for number, fields in enumerate(layers):
            group = file.create_group(f"layer/{number}")
            for key, value in fields.items():
                group[key] = value
            for key, value in ({**NEURON, **(neuron or {})} if "weight" in fields else {}).items():
                group[f"neuron/{key}"] = value
    return path


def test_weights_stay_whole_in_the_finest_unit(tmp_path: Path) -> None:
    """-256 is -128 steps of two; the other neuron has room for 21 of the core's units in two of the file's."""
    made = to_network(read_netx(written(tmp_path / "x.net", DENSE)), dt=1.0)
    assert made.units["0"].tolist() == [127 // 3 / 2, 0.5]
    assert made.network.weight.min() == -128
    assert made.layers[0].weight == 0
    odd = DENSE | {"weight": np.array([[200.0, -4.0, 7.0], [8.0, 10.0, -256.0]])}
    rounded = to_network(read_netx(written(tmp_path / "y.net", odd)), dt=1.0)
    assert 0 < rounded.layers[0].weight < 0.01


def test_read_outs_share_a_unit(tmp_path: Path) -> None:
    path = written(tmp_path / "x.net", DENSE, neuron={"vThMant": (1 << 18) - 1})
    made = to_network(read_netx(path), dt=1.0)
    assert made.units["0"].tolist() == [0.5, 0.5]
    assert (made.network.neurons.threshold == made.network.neurons.never).all()
    assert made.network.readout.kind == "last_potential"


@pytest.mark.parametrize(
    ("delay", "expected"),
    [
        (3.0, [[3, 3, 3], [3, 3, 3]]),
        (np.array([1.0, 4.0]), [[1, 1, 1], [4, 4, 4]]),
        (np.array([0.0, 2.0, 7.0]), [[0, 2, 7], [0, 2, 7]]),
        (np.array([[0.0, 1.0, 2.0], [5.0, 4.0, 3.0]]), [[0, 1, 2], [5, 4, 3]]),
    ],
)
def test_delays_go_to_synapses_as_in_lava(tmp_path: Path, delay: Any, expected: list[list[int]]) -> None:
    """Of all, of each target, of each source, of each synapse; and the step that an event takes anyway."""
    network = to_network(read_netx(written(tmp_path / "x.net", DENSE | {"delay": delay})), dt=1.0).network
    found = np.zeros((2, 3), int)
    found[network.target, network.source] = network.delay - 1
    assert found.tolist() == expected


def test_a_bias_acts_on_the_potential(tmp_path: Path) -> None:
    """As in Lava from the first step on, while an event is still on its way."""
    path = written(tmp_path / "x.net", DENSE | {"bias": np.array([30, -2])}, neuron={"iDecay": 4096, "vDecay": 0})
    graph = read_netx(path)
    raster = RNG.random((40, 3)) < 0.3
    spikes, _ = LoihiStepper(graph).run(raster)
    assert spikes["0"][2, 0] or spikes["0"][3, 0]
    made = to_network(graph, dt=1.0)
    assert np.array_equal(GoldenBatch(made.network).run(raster[None]).spikes[0], spikes["0"])


CONV = {"type": [b"conv"], "shape": [1, 2, 2], "weight": np.ones((1, 1, 3, 3)), "stride": [1, 1], "padding": [0, 0],
        "dilation": [1, 1], "groups": 1}  # fmt: skip
INPUT = {"type": [b"input"], "shape": [3]}


@pytest.mark.parametrize(
    ("layers", "neuron", "message"),
    [
        ([DENSE | {"type": [b"pool"]}], {}, "layer 0 is of type 'pool'; expected one of dense, dense_rec, conv,"),
        ([DENSE], {"type": b"SDNN"}, "layer 0: neurons of type 'SDNN'; expected CUBA or LOIHI"),
        ([DENSE], {"gradedSpike": True}, "layer 0: graded spikes; expected spikes that are 0 or 1"),
        ([DENSE], {"refDelay": 3}, "layer 0: refDelay must be 1"),
        ([DENSE], {"iDecay": 4097}, "layer 0: neuron/iDecay must be whole numbers in 0..4096"),
        ([DENSE], {"vDecay": [1, 2, 3]}, "layer 0: neuron/vDecay has 3 values for 2 neurons"),
        ([DENSE | {"weight": DENSE["weight"] + 0.5}], {}, "layer 0: weights must be whole numbers in -256..254"),
        ([DENSE | {"weight": DENSE["weight"] * np.nan}], {}, "layer 0: weight must be finite numbers"),
        ([DENSE | {"delay": -1.0}], {}, "layer 0: delays must be whole steps of at least 0"),
        ([DENSE | {"delay": np.ones(4)}], {}, "layer 0: delays of shape (4,) for weights of shape (2, 3)"),
        ([DENSE, DENSE], {}, "layer 1: weight of shape (2, 3) for 2 inputs"),
        ([DENSE | {"type": [b"dense_rec"], "weight_rec": np.ones((2, 2)), "delay": 1.0}], {},
         "layer 0: delays of a recurrent layer"),
        ([INPUT | {"neuron/type": b"CUBA"}, DENSE], {}, "layer 0: its neurons make spikes of numbers"),
        ([DENSE, INPUT], {}, "layer 1 is of type input; expected that as layer 0 alone"),
        ([INPUT], {}, "the last layer has no neurons"),
        ([CONV], {}, "layer 0: the file does not say the shape of its input; give it (--input-shape)"),
        ([DENSE], {"vThMant": [80, 1 << 17]}, "layer 0: thresholds that some neurons reach and others never"),
    ],
)  # fmt: skip
def test_what_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], layers: list[Any], neuron: dict[str, Any], message: str
) -> None:
    path = written(tmp_path / "x.net", *layers, neuron=neuron)
    assert run(["netx", "import", str(path), "-o", str(tmp_path / "x.npz")]) == 2
    said = capsys.readouterr().err
    assert said.startswith(f"error: {path}: {message}")
    assert said.count("\n") == 1
    assert not (tmp_path / "x.npz").exists()


def _text(path: Path) -> None:
    path.write_text("nothing")


def _empty(path: Path) -> None:
    h5py.File(path, "w").close()


def _gap(path: Path) -> None:
    with h5py.File(path, "w") as file:
        file.create_group("layer/1")


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (_text, "not a file of NetX"),
        (_empty, "no layers; expected a group 'layer' with groups '0', '1' and so on"),
        (_gap, "layers 1; expected them numbered from 0 to 0"),
        (lambda path: None, "no such file; expected a network of Lava's NetX"),
    ],
)
def test_files_that_are_none(tmp_path: Path, make: Callable[[Path], None], message: str) -> None:
    make(tmp_path / "x.net")
    with pytest.raises(InputError, match=message):
        read_netx(tmp_path / "x.net")


def test_the_shape_of_an_input(capsys: pytest.CaptureFixture[str]) -> None:
    for text in ("8,8", "a", "0,8,8"):
        assert run(["netx", "import", "x.net", "-o", "x.npz", "--input-shape", text]) == 2
        assert f"--input-shape: expected C,H,W, such as 2,34,34, not {text!r}" in capsys.readouterr().err
