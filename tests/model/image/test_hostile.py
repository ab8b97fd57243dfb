# SPDX-License-Identifier: Apache-2.0
"""Images and network files whose checksum is right and whose content is hostile: a result or one line, and at once."""

import dataclasses
import io
import json
import random
import re
import time
import tracemalloc
import warnings
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from model.batch import GoldenBatch
from model.image.image import Image
from model.image.info import describe, to_json
from model.image.reader import reseal
from model.mapping.compiler import compile_network
from model.network_file import load_network, save_network
from support.errors import InputError
from support.paths import ROOT
from tests.model.examples import build, full_network, network

HOSTILE = (
    'null', 'true', '0', '-1', '1.5', '1e400', 'NaN', 'Infinity', '"\\ud800"', '"[/x]"', '"a\\nb"', '[]', '{}', '[[]]',
    '1' + '0' * 12, '1' + '0' * 30, '1' + '0' * 5000, '2147483648', '9223372036854775808', '"' + 'x' * 5000 + '"',
    '[null]', '{"a":1}', '1e3', '"last_potential"', '[18446744073709551615]', '["a","a"]', '["\\ud800","b"]', '70000',
)  # fmt: skip


def with_info(info: bytes) -> bytes:
    image = compile_network(full_network(), build())
    data, length = image.to_bytes(), len(to_json(image.info))
    return reseal(data[:52] + len(info).to_bytes(4, "little") + data[56 : -4 - length] + info + bytes(4))


def changed(**fields: Any) -> bytes:
    """An image whose info says something else."""
    return with_info(json.dumps({**compile_network(full_network(), build()).info, **fields}).encode())


def encoding(**fields: Any) -> dict[str, Any]:
    return {"encoding": {**describe(full_network())["encoding"], **fields}}


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"name": "\ud800"}, "info: expected a JSON object in UTF-8 ('utf-8' codec can't encode"),
        ({"labels": ["a", "\udfff"]}, "info: expected a JSON object in UTF-8"),
        ({"notes": ["\ud800"]}, "info: expected a JSON object in UTF-8"),
        ({"notes": float("nan")}, "info: expected a JSON object in UTF-8 (NaN is no number of JSON)"),
        ({"labels": ["a", "a"]}, "info: network: two classes are called 'a'"),
        ({"labels": ["a"]}, "info: network: 1 labels for 2 read-out neurons"),
        (
            {"readout": {"kind": "spike_count", "neurons": [2**70, 1]}},
            f"read-out: neuron {2**70} must be in 0..1048575",
        ),
        ({"readout": {"kind": "spike_count", "neurons": [5, 1]}}, "info: read-out: neuron 5 must be in 0..4"),
        ({"readout": {"kind": "spike_count", "neurons": [-1, 1]}}, "read-out: neuron -1 must be in 0..1048575"),
        (encoding(steps=10**12), "encoding: steps must be at most 65535, not 1000000000000"),
        (encoding(drain=2**80), f"encoding: drain must be at most 65535, not {2**80}"),
        (encoding(steps=61), "info: network: encoding has 78 steps, max_steps is 77"),
        (encoding(axons=10**13), "encoding: axons must be at most 1048576, not 10000000000000"),
        (encoding(units=10**13), "encoding: units must be at most 1048576, not 10000000000000"),
        (encoding(axons=2), "info: network: encoding has 2 axons, the network 3"),
        (encoding(counts=[2**70]), f"encoding: counts must be at most 255, not {2**70}"),
        (encoding(step_seconds=float("inf")), "Infinity is no number of JSON"),
        (encoding(step_seconds=10**400), "encoding: step_seconds must be above 0, not 1000"),
        ({"order": [0, 1, 2, 3, 2**70]}, "expected order to be a permutation of 0..4"),
    ],
)
def test_hostile_info(tmp_path: Path, fields: dict[str, Any], reason: str) -> None:
    path = tmp_path / "x.chx"
    path.write_bytes(changed(**fields))
    with pytest.raises(InputError) as caught:
        Image.load(path)
    message = str(caught.value)
    assert message.startswith(f"{path}: ")
    assert reason in message
    assert "\n" not in message
    assert len(message.removeprefix(str(path))) < 400


def test_text_that_is_odd_but_right(tmp_path: Path) -> None:
    image = Image.from_bytes(changed(name="[/x] \u202e", labels=["[red]", "a\tb"]))
    network = image.network()
    assert (network.name, network.labels) == ("[/x] \u202e", ("[red]", "a\tb"))
    save_network(tmp_path / "x.npz", network)
    assert load_network(tmp_path / "x.npz") == network


def test_what_is_wrong_with_the_tables_names_the_file(tmp_path: Path) -> None:
    image = compile_network(full_network(), build())
    weight = image.synapse_weight.copy()
    target = image.synapse_target.copy()
    # The two rows of one word each of axon 0 and delay 0, with one neuron twice.
    word = int(np.flatnonzero(np.count_nonzero(weight, axis=1))[0])
    lane = int(np.flatnonzero(weight[word])[0])
    row = image.row_words.copy()
    row[0] += 1
    twice = dataclasses.replace(
        image,
        parameters={**image.parameters, "beta": np.zeros(5, np.int64)},  # or the sums would be too large
        row_words=row,
        synapse_weight=np.insert(weight, word, weight[word], axis=0),
        synapse_target=np.insert(target, word, target[word], axis=0),
    )
    assert weight[word, lane]
    twice.save(tmp_path / "x.chx")
    loaded = Image.load(tmp_path / "x.chx")
    with pytest.raises(InputError, match=r"x\.chx: network: two synapses from source 0 to target"):
        loaded.network()


@pytest.mark.parametrize("codebook", [False, True])
@pytest.mark.parametrize("worst", [64, -65])
def test_sums_that_an_accumulator_cannot_hold_are_refused(tmp_path: Path, worst: int, codebook: bool) -> None:
    """As of an image made elsewhere, for nothing else in it says how wide an accumulator is."""
    synapses = [(axon, 1, 0, worst // 4) for axon in range(3)] + [(3, 1, 0, worst - 3 * (worst // 4)), (0, 2, 1, 9)]
    config = build(weight_bits=3 if codebook else 8, codebook=codebook, accumulator_bits=8)
    image = compile_network(network(synapses, axons=4, count=5, state_bits=14), config)
    path = tmp_path / "x.chx"
    image.save(path)
    assert Image.load(path).network().synapses == 5
    dataclasses.replace(image, geometry=dataclasses.replace(config, accumulator_bits=7)).save(path)
    reason = f"{path}: arrivals of a step at neuron 1 can be {worst}, beyond the -64..63 of 7-bit accumulators"
    with pytest.raises(InputError, match=f"^{re.escape(reason)}$"):
        Image.load(path)


def test_currents_that_a_state_cannot_hold_are_refused(tmp_path: Path) -> None:
    synapses = [(0, 1, 0, 100), (1, 0, 0, -82)]
    image = compile_network(network(synapses, count=5, state_bits=14, beta=4096, max_steps=81), build(weight_bits=8))
    path = tmp_path / "x.chx"
    image.save(path)
    assert Image.load(path).max_steps == 81
    dataclasses.replace(image, max_steps=82).save(path)
    reason = f"{path}: the current of neuron 1 can be 8200, beyond the -8192..8191 of 14-bit states"
    with pytest.raises(InputError, match=f"^{re.escape(reason)}$"):
        Image.load(path)


@pytest.mark.parametrize("path", sorted((ROOT / "tables").glob("*.chx")), ids=lambda path: path.stem)
def test_tables_of_the_project_are_loaded_at_once(path: Path) -> None:
    begun = time.process_time()
    assert Image.load(path).synapses
    assert time.process_time() - begun < 1.0


def change_npz(path: Path, **changes: Any) -> None:
    save_network(path, full_network())
    with np.load(path) as file:
        arrays = dict(file)
    np.savez(path, **{**arrays, **changes})


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        (
            {"weight": np.full(8, 2**64 - 1, np.uint64)},
            f"network: weight must be integers below 2**63, not {2**64 - 1}",
        ),
        (
            {"neurons_threshold": np.full(5, 2**63, np.uint64)},
            f"neurons: threshold must be integers below 2**63, not {2**63}",
        ),
        ({"neurons_bias": np.full(5, np.nan)}, "neurons: bias must be integers, not float64"),
        ({"axons": np.array(10**13)}, "network: axons must be in 1..1048576, not 10000000000000"),
        ({"axons": np.array(2**64 - 1, np.uint64)}, f"network: axons must be in 1..1048576, not {2**64 - 1}"),
        ({"axons": np.array(np.nan)}, "axons must be an integer, not float64 of shape ()"),
        ({"max_steps": np.array(10**12)}, "network: max_steps must be in 1..65535, not 1000000000000"),
        ({"state_bits": np.array(2**40)}, "neurons: state_bits must be in 4..31, not 1099511627776"),
        ({"delay": np.full(8, 10**12)}, "network: delay of synapse 0 must be at most 65535, not 1000000000000"),
        ({"neurons_alpha": np.zeros((5, 2), int)}, "neurons: alpha must have shape (5,), not (5, 2)"),
        ({"neurons_alpha": np.zeros(2**21, np.uint8)}, "neurons: count must be in 1..1048576, not 2097152"),
        ({"info": np.full(9, np.nan)}, "info must be bytes (uint8), not float64"),
        ({"info": np.frombuffer(b'{"name":"\\ud800"}', np.uint8)}, "info: expected a JSON object in UTF-8"),
        ({"weight": np.array(["x"] * 8)}, "network: weight must be integers, not <U1"),
        ({"weight": np.array([1j] * 8)}, "network: weight must be integers, not complex128"),
        (
            {"weight": np.array([{}] * 8, object)},
            "no network file (array 'weight' holds Python objects, expected numbers)",
        ),
    ],
)
def test_hostile_networks(tmp_path: Path, changes: dict[str, Any], reason: str) -> None:
    path = tmp_path / "x.npz"
    change_npz(path, **changes)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(InputError) as caught:
            load_network(path)
    assert str(caught.value).startswith(f"{path}: {reason}")


def test_sizes_are_checked_before_anything_is_allocated(tmp_path: Path) -> None:
    """An array that claims 80 GB and holds nothing; an archive that would unpack to more than any network."""
    header = io.BytesIO()
    np.lib.format.write_array_header_1_0(header, {"descr": "<i8", "fortran_order": False, "shape": (10**10,)})
    path = tmp_path / "x.npz"
    save_network(path, full_network())
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("more.npy", header.getvalue())
    tracemalloc.start()
    with pytest.raises(InputError, match=r"x\.npz: no network file \(array 'more' claims the shape \(10000000000,\)"):
        load_network(path)
    assert tracemalloc.get_traced_memory()[1] < 1 << 24
    tracemalloc.stop()


def test_an_archive_that_unpacks_to_too_much(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    save_network(tmp_path / "x.npz", full_network())
    monkeypatch.setattr("support.archives.MAX_BYTES", 1000)
    with pytest.raises(InputError, match=r"x\.npz: no network file \(it unpacks to \d+ bytes, expected at most 1000\)"):
        load_network(tmp_path / "x.npz")


def draw(value: Any, rng: random.Random, share: float) -> str:
    """A value as JSON, with some of its parts replaced by what nobody expects there."""
    if rng.random() < share:
        return rng.choice(HOSTILE)
    if isinstance(value, dict):
        return "{" + ",".join(f"{json.dumps(key)}:{draw(each, rng, share)}" for key, each in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ",".join(draw(each, rng, share) for each in value) + "]"
    return json.dumps(value)


def test_any_info_is_taken_or_refused() -> None:
    rng = random.Random(0)
    info = compile_network(full_network(), build()).info
    taken, refused = 0, []
    for _ in range(1500):
        data = with_info(draw(info, rng, 0.05).encode())
        try:
            image = Image.from_bytes(data)
            network = image.network()
            image.to_bytes()
            GoldenBatch(network).run(np.zeros((1, 3, network.axons), np.bool_))
            taken += 1
        except InputError as error:
            refused.append(str(error))
    assert 100 < taken < 1400
    assert all("\n" not in message and len(message.encode()) < 500 for message in refused)


def test_any_tables_are_taken_or_refused() -> None:
    rng = random.Random(0)
    data = compile_network(full_network(), build()).to_bytes()
    taken, refused = 0, []
    for _ in range(1000):
        damaged = bytearray(data)
        for _ in range(rng.choice((1, 1, 2, 4))):
            damaged[rng.randrange(len(data) - 4)] = rng.choice((0, 1, 127, 128, 255, rng.randrange(256)))
        try:
            network = Image.from_bytes(reseal(bytes(damaged))).network()
            GoldenBatch(network).run(np.zeros((1, 3, network.axons), np.bool_))
            taken += 1
        except InputError as error:
            refused.append(str(error))
    assert 50 < taken < 900
    assert not any("\n" in message for message in refused)
