# SPDX-License-Identifier: Apache-2.0
"""The image: what it means, as bytes and back, and as files."""

import dataclasses
import json
import zlib
from pathlib import Path

import numpy as np
import pytest

from model.config import DelayUnit
from model.image.image import Image, ImageError, Status
from model.image.reader import check, reseal
from model.mapping.compiler import compile_network, fit
from model.random_network import random_config, random_layers, random_network
from support.errors import InputError
from tests.model.examples import build, full_network, network, refractory_network


@pytest.mark.parametrize("seed", range(60))
def test_random_networks_come_back_equal(seed: int) -> None:
    rng = np.random.default_rng(seed)
    config = random_config(rng)
    net = random_network(rng, config, density=rng.random(), full=bool(seed % 2))
    image = compile_network(net, config, seed=seed)
    data = image.to_bytes()
    assert check(data, config) == Status.ARMED
    back = Image.from_bytes(data, config)
    assert back.network() == net
    assert image.network() == net
    assert back.to_bytes() == data
    assert back.synapses == net.synapses


def test_every_field_comes_back() -> None:
    net = full_network()
    assert Image.from_bytes(compile_network(net, build()).to_bytes()).network() == net
    net = refractory_network()
    assert Image.from_bytes(compile_network(net, build(refractory_bits=3)).to_bytes()).network() == net
    assert Image.from_bytes(compile_network(net, build(refractory_bits=16)).to_bytes()).network() == net


def test_refractory_periods_take_a_byte_of_the_header_and_the_end_of_each_record() -> None:
    """All else is as in the image of the network without."""
    plain = compile_network(full_network(), build())
    image = compile_network(refractory_network(), build(refractory_bits=9))
    without, data = plain.to_bytes(), image.to_bytes()
    assert without[:11] + bytes([9]) + without[12:56] == data[:56]
    assert without[11] == 0
    stored = refractory_network().neurons.refractory[image.order].clip(max=511)
    for h, period in enumerate(stored.tolist()):
        own = without[56 + 11 * h :][:11]
        assert data[56 + 13 * h :][:13] == own + int(period).to_bytes(2, "little")
    assert data[56 + 13 * 5 : -4] == without[56 + 11 * 5 : -4]
    with pytest.raises(ImageError, match="made for a build with refractory_bits 9, expected 0") as caught:
        Image.from_bytes(data, build())
    assert (caught.value.status, caught.value.offset) == (Status.BAD_BUILD, 11)
    with pytest.raises(ImageError, match="made for a build with refractory_bits 0, expected 9"):
        Image.from_bytes(without, build(refractory_bits=9))


def test_the_bytes_are_those_of_the_document() -> None:
    """A network of one axon and two neurons on two lanes, byte by byte."""
    net = network(
        [(0, 0, 0, 3), (0, 1, 0, -2), (0, 1, 2, 1), (2, 0, 1, 5)],
        axons=1,
        count=2,
        state_bits=9,
        alpha=[4096, 1],
        beta=[0, 2],
        bias=[-1, 0],
        threshold=[256, 7],
        floor=[-256, -3],
        reset=[2, 1],
        max_steps=300,
        name="é",
    )
    config = build(neurons=3, axons=2, delays=3, rows=9, synapse_words=10, lanes=2, weight_bits=4, state_bits=9,
                   accumulator_bits=6)  # fmt: skip
    info = json.dumps(
        {
            "name": "é",
            "readout": {"kind": "last_potential", "neurons": [0, 1]},
            "labels": [],
            "encoding": None,
            "order": [0, 1],
        },
        separators=(",", ":"),
        ensure_ascii=False,
    ).encode()
    expected = (
        b"CHRX" + bytes([1, 0, 2, 4, 0, 6, 9, 0, 3, 0, 2, 0, 3, 0, 0, 0, 9, 0, 0, 0, 10, 0, 0, 0])
        + bytes([1, 0, 2, 0, 3, 0, 1, 0, 3, 0, 0, 0, 3, 0, 0, 0, 2, 0, 0, 0, 44, 1, 0, 0])
        + len(info).to_bytes(4, "little")
        + bytes([0x00, 0x10, 0, 0, 0xFF, 0xFF, 0x00, 0x01, 0x00, 0xFF, 2])
        + bytes([0x01, 0x00, 2, 0, 0x00, 0x00, 0x07, 0x00, 0xFD, 0xFF, 1])
        + bytes([0b101, 0b0, 0b1])
        + bytes([0, 0, 0])
        # Entries of 5 bits: lane 0 has neuron 0, lane 1 neuron 1.
        + (0b0_0011 | 0b0_1110 << 5).to_bytes(2, "little")
        + (0b0_0001 << 5).to_bytes(2, "little")
        + (0b0_0101).to_bytes(2, "little")
        + info
    )  # fmt: skip
    expected += zlib.crc32(expected).to_bytes(4, "little")
    assert compile_network(net, config).to_bytes() == expected


def test_rows_are_listed_by_source_then_level() -> None:
    net = full_network()
    image = compile_network(net, build())
    assert image.row_source[:3].tolist() == [0, 0, 1]
    assert image.row_level[:3].tolist() == [0, 3, 2]
    assert (image.row_source[3:] >= 3).all()
    assert image.row_start.tolist() == [0, *np.cumsum(image.row_words)[:-1]]
    assert image.lane_fill == 8 / (3 * image.words_used)
    assert (image.axons_used, image.neurons_used, image.rows_used) == (3, 5, 6)


def test_the_build_that_takes_it() -> None:
    image = compile_network(full_network(), build(queue_depth=50, delay_unit="scdq"))
    assert image.geometry.geometry() == image.config().geometry() == build().geometry()
    assert image.config("scdq").queue_depth == image.capacity == 9
    assert image.config().delay_unit is DelayUnit.RING
    assert compile_network(network([]), build(state_bits=20)).config("scdq").queue_depth == 1
    for unit in DelayUnit:
        assert check(image.to_bytes(), image.config(unit)) == Status.ARMED


def test_an_image_without_synapses() -> None:
    net = network([])
    image = compile_network(net, fit(net))
    assert (image.rows_used, image.words_used, image.capacity, image.lane_fill) == (0, 0, 0, 1.0)
    assert Image.from_bytes(image.to_bytes()).network() == net


def test_wrong_values_can_be_written_on_purpose_and_are_found() -> None:
    image = compile_network(full_network(), build())
    for change, status in (
        ({"capacity": (1 << 20) + 1}, Status.BAD_CAPACITY),
        ({"max_steps": 0}, Status.BAD_COUNT),
        ({"parameters": {**image.parameters, "alpha": image.parameters["alpha"] + 4000}}, Status.BAD_PARAMETER),
        ({"row_words": image.row_words[::-1] + 1}, Status.BAD_ROW),
        ({"synapse_target": image.synapse_target * 0 + 3}, Status.BAD_WORD),
    ):
        assert check(dataclasses.replace(image, **change).to_bytes(), build()) == status
    with pytest.raises(InputError, match="value 70000 of record 0 does not fit 2 bytes"):
        dataclasses.replace(image, max_steps=70_000).to_bytes()


def _with_info(info: bytes) -> bytes:
    data = compile_network(full_network(), build()).to_bytes()
    length = int.from_bytes(data[52:56], "little")
    return reseal(data[:52] + len(info).to_bytes(4, "little") + data[56 : -4 - length] + info + bytes(4))


@pytest.mark.parametrize(
    ("info", "reason"),
    [
        (b"", "image: info: expected a JSON object in UTF-8"),
        (b"[]", r"image: info: expected a JSON object, not \[\]"),
        (b"{}", "image: info: expected a key 'name'"),
        (
            b'{"name":"","readout":{"kind":"spike_count","neurons":[]},"labels":[],"encoding":null}',
            r"image: info: expected order to be a permutation of 0\.\.4, not None",
        ),
        (
            b'{"name":"","readout":{"kind":"spike_count","neurons":[]},"labels":[],"encoding":null,"order":[0,1,2,3,3]}',
            r"image: info: expected order to be a permutation of 0\.\.4, not \[0, 1, 2, 3, 3\]",
        ),
    ],
)
def test_a_broken_info_is_the_hosts_to_refuse(info: bytes, reason: str) -> None:
    data = _with_info(info)
    assert check(data, build()) == Status.ARMED
    with pytest.raises(InputError, match=reason):
        Image.from_bytes(data)


def test_two_synapses_of_one_source_target_and_delay_are_no_network() -> None:
    net = network([(0, 0, 0, 1), (0, 1, 0, 2)], axons=1, count=2, state_bits=14)
    image = compile_network(net, build(lanes=1))
    twice = dataclasses.replace(image, synapse_target=np.zeros((2, 1), np.int64))
    with pytest.raises(InputError, match="two synapses from source 0 to target 0 with delay 0"):
        Image.from_bytes(twice.to_bytes()).network()


def test_files(tmp_path: Path) -> None:
    image = compile_network(full_network(), build())
    path = tmp_path / "net.chrx"
    image.save(path)
    assert Image.load(path, build()).network() == full_network()
    path.write_bytes(image.to_bytes()[:-1])
    with pytest.raises(ImageError, match=r"net\.chrx: TRUNCATED at byte \d+: the stream ends in the CRC-32") as caught:
        Image.load(path)
    assert caught.value.status == Status.TRUNCATED
    path.write_bytes(_with_info(b"{}"))
    with pytest.raises(InputError, match=r"net\.chrx: image: info: expected a key 'name'"):
        Image.load(path)
    with pytest.raises(InputError, match=r"none\.chrx: image cannot be read"):
        Image.load(tmp_path / "none.chrx")


def test_the_48_48_network_in_codebook_form_is_small() -> None:
    net = random_layers(np.random.default_rng(0), sizes=(70, 24, 24, 20))
    net = dataclasses.replace(net, weight=np.where(net.weight < 0, -20, 20))
    wide = compile_network(net, fit(net)).to_bytes()
    data = compile_network(net, fit(net, codebook=True)).to_bytes()
    assert len(data) < 0.75 * len(wide)
    assert Image.from_bytes(data).network() == net
