# SPDX-License-Identifier: Apache-2.0
"""Devices: a step of training of every kind of layer on torch's meta device, where a CPU tensor in between is an error.

No GPU is needed for that; what meta tensors cannot show is that the numbers of a GPU are right.
"""

from pathlib import Path
from typing import Any

import pytest
import torch

from flow.cli import run
from support.errors import InputError
from tests.train.helpers import run_config, write_recordings
from train.budget.pruning import Pruner
from train.config.network import NetworkConfig
from train.config.run import NoiseConfig, RunConfig, with_device
from train.data.dataset import load_spikes, split_by_speaker
from train.layers.network import DelayNetwork
from train.loop.checkpoint import CHECKPOINT, load_checkpoint, save_checkpoint
from train.loop.fit import Fit
from train.loop.learner import Learner
from train.ops import compiled, matmul
from train.ops.device import pick_device

META = torch.device("meta")
LEVELS = {"first": 1, "last": 5, "step": 2}
NETWORKS: dict[str, dict[str, Any]] = {
    "parallel": {},
    "synapse": {"between": LEVELS | {"kind": "synapse"}, "input": {"first": 0, "last": 4, "kind": "synapse"}},
    "axon": {"between": LEVELS | {"kind": "axon", "count": 2}},
    "dendrite": {"between": LEVELS | {"kind": "dendrite", "count": 2}},
    "recurrent": {"recurrent": LEVELS},
    "recurrent, learned delays": {"recurrent": LEVELS | {"kind": "synapse"}, "reset": "subtract"},
    "columns": {"columns": 2, "share": 2},
    "leaking currents": {"synaptic_tau": 5.0, "normalise": False, "readout_tau": 10.0, "recurrent": LEVELS},
}
NOISE = NoiseConfig(weight_mismatch=0.1, threshold_mismatch=0.1, delay_jitter=0.1, dropped=0.1, spurious=0.1)


def make(name: str, noise: NoiseConfig | None = None, dtype: torch.dtype = torch.float32) -> DelayNetwork:
    config = NetworkConfig.model_validate({"hidden": (8, 6), "classes": 3, "between": LEVELS} | NETWORKS[name])
    made = DelayNetwork(10, config, dropout=0.1, seed=1, noise=noise, dtype=dtype)
    for group in made.placed():
        group.sigma = 1.0
    return made


def quantise(network: DelayNetwork) -> None:
    """As ``quantise_network`` leaves it, with scales that need no look at the weights."""
    network.settle()
    network.fold()
    for layer in network.layers:
        scale = torch.full_like(layer.neurons.bias.detach(), 100.0)
        layer.neurons.quantise(scale, (1 << 19) - 1)
        for group in layer.groups:
            group.quantise(scale, -127, 127)


def step(network: DelayNetwork) -> torch.Tensor:
    """Forward, backward and a step of Adam; events come from the CPU as they do in training."""
    optimizer = torch.optim.Adam([each for each in network.parameters() if each.requires_grad], lr=1e-3)
    x = (torch.rand(12, 4, 10, generator=torch.Generator().manual_seed(0)) < 0.5).float()
    output = network.train()(x)
    labels = torch.tensor([0, 1, 2, 0]).to(network.device).repeat(len(output.votes))
    loss = torch.nn.functional.cross_entropy(output.votes.flatten(0, 1), labels)
    (loss + sum(layer.sum() for layer in output.spikes)).backward()
    for parameter in network.parameters():
        if parameter.requires_grad:
            assert parameter.grad is not None
            assert parameter.grad.device == network.device
    optimizer.step()
    return loss


@pytest.mark.parametrize("phase", ["real numbers", "bfloat16 and noise", "integers"])
@pytest.mark.parametrize("name", NETWORKS)
def test_a_step_stays_on_its_device(name: str, phase: str) -> None:
    dtype = torch.bfloat16 if phase == "bfloat16 and noise" else torch.float32
    network = make(name, NOISE if phase == "bfloat16 and noise" else None, dtype)
    if phase == "integers":
        quantise(network)
    network.to(META)
    assert step(network).device == META
    for group in network.placed():
        group.clamp()
    with torch.no_grad():
        assert network.eval()(torch.zeros(12, 4, 10)).score.device == META


def test_a_tensor_of_another_device_is_an_error_there() -> None:
    """What the test above rests on."""
    network = make("parallel").to(META)
    network.layers[1].neurons.bias = torch.nn.Parameter(torch.zeros(6))
    with pytest.raises(RuntimeError, match="device"):
        step(network)


@pytest.mark.parametrize("name", NETWORKS)
def test_the_way_of_other_devices_gives_the_numbers_of_the_cpu(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without numba and oneDNN, as on a GPU."""
    networks = [make(name), make(name)]
    losses = []
    for network, other in zip(networks, (False, True), strict=True):
        if other:
            monkeypatch.setattr(compiled, "fits", lambda x: False)
            monkeypatch.setattr(matmul, "_fits", lambda x: False)
        torch.manual_seed(3)
        losses.append(step(network))
    torch.testing.assert_close(*losses, rtol=1e-5, atol=1e-6)
    for mine, reference in zip(*(network.parameters() for network in networks), strict=True):
        if reference.grad is not None:
            torch.testing.assert_close(
                mine.grad, reference.grad, rtol=1e-3, atol=1e-4 * float(reference.grad.abs().max())
            )


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU")
@pytest.mark.parametrize("name", ["cuda", "cuda:1"])
def test_a_gpu_that_is_not_there_is_one_clear_line(name: str) -> None:
    with pytest.raises(
        InputError, match=rf"^training\.device: no {name} here, torch sees no GPU; expected cpu or auto$"
    ):
        pick_device(name)


def test_the_first_gpu_is_taken_if_there_is_one(monkeypatch: pytest.MonkeyPatch) -> None:
    assert pick_device("cpu") == torch.device("cpu")
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 0)
    assert pick_device("auto") == torch.device("cpu")
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    assert pick_device("auto") == torch.device("cuda")
    assert pick_device("cuda:1") == torch.device("cuda:1")
    with pytest.raises(InputError, match="no cuda:2 here, torch sees 2 GPUs"):
        pick_device("cuda:2")


NO_GPU = pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU")
TOML = 'name = "x"\n[data]\ntrain = "a.h5"\ntest = "b.h5"\n'


@pytest.mark.parametrize(
    ("text", "arguments", "message"),
    [
        pytest.param("", ["--device", "cuda"], "training.device: no cuda here, torch sees no GPU; ", marks=NO_GPU),
        pytest.param('[training]\ndevice = "cuda:1"\n', [], "training.device: no cuda:1 here, torch ", marks=NO_GPU),
        ("", ["--device", "gpu"], "training.device: must be cpu, cuda, cuda:N or auto, not 'gpu'"),
        ('[training]\ndevice = "tpu"\n', [], "x.toml: training.device: must be cpu, cuda, cuda:N or auto, not 'tpu'"),
    ],
)
def test_on_the_command_line(text: str, arguments: list[str], message: str, tmp_path: Path,  # noqa: PLR0917
                             monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:  # fmt: skip
    monkeypatch.chdir(tmp_path)
    Path("x.toml").write_text(TOML + text, encoding="utf-8")
    assert run(["train", "x.toml", *arguments]) == 2
    captured = capsys.readouterr()
    assert captured.err.startswith(f"error: {message}")
    assert captured.err.count("\n") == 1
    assert captured.out == ""
    assert [path.name for path in tmp_path.iterdir()] == ["x.toml"]


def fit(folder: Path, config: RunConfig) -> Fit:
    spikes = load_spikes(write_recordings(folder / "train.h5"), config.data.cache, config.encoding.build())
    indices, _ = split_by_speaker(spikes.speakers, config.data.validation_speakers)
    return Fit(config, spikes, indices, None, folder)


def test_a_run_goes_on_on_another_device(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """And from a checkpoint that does not know of devices; what else is another configuration stays one."""
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 0)
    config = run_config(tmp_path)
    fit(tmp_path, config).run(stop_after=1)
    assert fit(tmp_path, with_device(config, "auto")).resume()
    state = load_checkpoint(tmp_path / CHECKPOINT)
    assert state is not None
    assert '"device":"cpu",' in state["config"] or ',"device":"cpu"' in state["config"]
    before = state["config"].replace('"device":"cpu",', "").replace(',"device":"cpu"', "")
    save_checkpoint(tmp_path / CHECKPOINT, state | {"config": before})
    assert fit(tmp_path, config).resume()
    with pytest.raises(InputError, match="was made with another configuration"):
        fit(tmp_path, run_config(tmp_path, training={"seed": 9})).resume()


def test_the_form_of_a_network_changes_on_the_cpu(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """torch takes cpu:0 for the CPU under another name, so a run with it shows where it has moved its networks."""
    at: list[str] = []
    seen: set[tuple[str, str]] = set()

    def noted(owner: Any, name: str) -> None:
        original = getattr(owner, name)

        def call(self: Any, *arguments: Any) -> Any:
            if owner is Learner and name == "move":
                at.append(str(arguments[0]))
            else:
                seen.add((name, at[-1] if at else "cpu"))
            return original(self, *arguments)

        monkeypatch.setattr(owner, name, call)

    for owner, name in ((Learner, "move"), (Fit, "_save"), (DelayNetwork, "settle"), (DelayNetwork, "fold"),
                        (Pruner, "prune"), (DelayNetwork, "forward")):  # fmt: skip
        noted(owner, name)
    config = run_config(tmp_path, training={"dense_epochs": 1, "sparse_epochs": 1}, quantisation={"epochs": 1})
    training = fit(tmp_path, config)
    training.device = torch.device("cpu:0")
    training.run()
    assert {(name, where) for name, where in seen if name in ("settle", "fold", "prune")} == {
        ("settle", "cpu"), ("fold", "cpu"), ("prune", "cpu"),
    }  # fmt: skip
    assert ("forward", "cpu:0") in seen
    assert ("_save", "cpu:0") in seen
    assert at[-1] == "cpu"
