# SPDX-License-Identifier: Apache-2.0
"""model.fabric.reader: what a fabric would refuse is refused, the first fault of the stream first."""

import zlib
from dataclasses import replace
from pathlib import Path

import pytest

from model.fabric.bundle import Bundle
from model.fabric.reader import read_frames
from model.fabric.records import BundleError, FrameKind, frame_bytes
from model.fabric.status import FabricStatus
from model.image.image import Image, ImageError
from support.errors import InputError
from tests.model.fabric.cases import REFUSALS, damaged, fields, small


@pytest.mark.parametrize(("field", "value", "status", "reason"), REFUSALS)
def test_refusals(field: str, value: int, status: FabricStatus, reason: str) -> None:
    bundle = small().bundle
    with pytest.raises(BundleError) as caught:
        Bundle.from_bytes(damaged(bundle, field, value), bundle.config(["ring"]))
    assert caught.value.status is status
    assert reason in caught.value.reason
    assert str(caught.value).startswith(f"bundle: {status.name} at byte ")


def test_a_bundle_cut_anywhere_or_with_more_behind_it(tmp_path: Path) -> None:
    bundle = small().bundle
    data = bundle.to_bytes()
    for end in range(len(data)):
        with pytest.raises(BundleError) as caught:
            Bundle.from_bytes(data[:end])
        assert caught.value.status is (FabricStatus.TRUNCATED if end else FabricStatus.EMPTY)
    with pytest.raises(BundleError, match=r"TRAILING at byte .*: 2 bytes after the CRC"):
        Bundle.from_bytes(data + b"ab")
    (tmp_path / "a.chxb").write_bytes(data[:9])
    with pytest.raises(InputError, match=r"a\.chxb: bundle: TRUNCATED at byte 9"):
        Bundle.load(tmp_path / "a.chxb")


def test_a_flipped_bit_anywhere_is_refused() -> None:
    data = small().bundle.to_bytes()
    for at in range(0, len(data), 3):
        flipped = bytearray(data)
        flipped[at] ^= 1 << at % 8
        with pytest.raises(InputError):
            Bundle.from_bytes(bytes(flipped))


def test_a_wrong_route_before_the_end_of_a_cut_bundle_decides() -> None:
    """Entries are read at once, and judged as if one after the other."""
    bundle = small().bundle
    at = fields(bundle)
    data = bytearray(bundle.to_bytes())
    data[at["entry"] + 2 : at["entry"] + 4] = b"\xff\xff"
    for end, status in ((at["entry"] + 3, FabricStatus.TRUNCATED), (at["entry"] + 4, FabricStatus.BAD_ROUTES)):
        with pytest.raises(BundleError) as caught:
            Bundle.from_bytes(bytes(data[:end]))
        assert caught.value.status is status
    assert (caught.value.offset, caught.value.reason) == (at["entry"] + 2, "entry 1 is axon 65534")


def test_what_a_core_refuses_comes_before_what_only_the_host_sees() -> None:
    """The image of core 0 has sums that no accumulator holds, that of core 1 a wrong magic."""
    bundle = small().bundle
    images = list(bundle.images)
    geometry = replace(images[0].geometry, accumulator_bits=2)
    host = replace(images[0], geometry=geometry).to_bytes()
    with pytest.raises(InputError, match="arrivals of a step at") as alone:
        Image.from_bytes(host)
    assert not isinstance(alone.value, ImageError)
    for second, kind in ((images[1].to_bytes(), InputError), (b"none" + images[1].to_bytes()[4:], BundleError)):
        parts = [host, second, images[2].to_bytes()]
        with pytest.raises(InputError) as caught:
            Bundle.from_bytes(_with_images(bundle, parts))
        assert type(caught.value) is kind
        expected = "core 1: BAD_MAGIC" if kind is BundleError else "bundle: core 0: arrivals of a step at"
        assert expected in str(caught.value)


def _with_images(bundle: Bundle, images: list[bytes]) -> bytes:
    """The bundle with other bytes for images, and a CRC that fits."""
    data = bundle.to_bytes()
    for core, image in enumerate(bundle.images):
        old, new = (frame_bytes(FrameKind.IMAGE, core, each) for each in (image.to_bytes(), images[core]))
        assert data.count(old) == 1
        data = data.replace(old, new)
    return data[:-4] + zlib.crc32(data[:-4]).to_bytes(4, "little")


def test_frames_of_a_right_bundle() -> None:
    bundle = small().bundle
    for config in (None, bundle.config(["ring"])):
        frames = read_frames(bundle.to_bytes(), config)
        assert (frames.nodes, frames.axons, len(frames.images)) == (bundle.nodes, bundle.axons, bundle.cores)
        assert [each.senders for each in frames.routes] == [each.senders for each in bundle.routes]
        assert [each.to_bytes() for each in frames.images] == [each.to_bytes() for each in bundle.images]
