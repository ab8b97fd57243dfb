# SPDX-License-Identifier: Apache-2.0
"""flow.host: a fabric behind AXI in simulation, with random stalls on every channel, against the golden model."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest

from flow.host.host import Host
from flow.host.link import LinkError
from flow.host.simulated import SimulatedLink
from model.batch import GoldenBatch
from model.encoding import to_events
from model.fabric.mapping import map_network
from model.fabric.status import FabricStatus
from rtl.fabric.host_port import FABRIC_COUNTERS
from rtl.host.registers import ADDRESS_BITS, NODES, address_of, fabric_registers, node_registers
from tests.model.fabric.cases import Case, case

pytestmark = pytest.mark.cocotb
CORES = 2


@pytest.fixture(scope="module")
def example() -> Case:
    return case(3, cores=CORES, nodes=CORES)


@pytest.fixture(params=[0.0, 0.4], ids=["no stalls", "stalls"])
def link(request: pytest.FixtureRequest, example: Case) -> Iterator[SimulatedLink]:
    with SimulatedLink(example.bundle.config(), stall=request.param, seed=4) as opened:
        yield opened


@pytest.fixture
def host(link: SimulatedLink, example: Case) -> Host:
    return Host(link, example.bundle.config())


def rasters(example: Case, count: int = 3) -> np.ndarray[tuple[int, int, int], np.dtype[np.bool_]]:
    rng = np.random.default_rng(8)
    return rng.random((count, min(20, example.network.max_steps), example.network.axons)) < 0.3


def test_spikes_are_those_of_the_golden_model(host: Host, example: Case) -> None:
    played = rasters(example)
    golden = GoldenBatch(example.network).run(played)
    assert golden.spikes.any()
    host.load(example.bundle)
    outcomes = list(host.run(played))
    for number, outcome in enumerate(outcomes):
        assert (outcome.result.spikes == golden.spikes[number]).all()
        assert (outcome.result.potential == golden.potential[number]).all()
        assert (outcome.result.potential_sum == golden.potential_sum[number]).all()
        assert outcome.flags == ()
    assert host.read("samples") == len(played)
    assert host.read("cycles") == sum(outcome.cycles for outcome in outcomes)
    assert sum(host.read("input_events", core) for core in range(CORES)) >= played.sum() // CORES


def test_reset_forgets_the_bundle_also_in_a_sample(host: Host, example: Case) -> None:
    host.load(example.bundle)
    host.link.send_events([0, 1 << 16, 0])  # a step and a half
    assert host.read("status") == FabricStatus.ARMED
    host.reset()
    assert host.read("status") == FabricStatus.EMPTY
    assert [host.read(name) for name in FABRIC_COUNTERS] == [0] * len(FABRIC_COUNTERS)
    with pytest.raises(LinkError, match="no bundle is loaded"):
        next(host.run(rasters(example)))
    host.link.reset()  # what was offered by then stays offered until everything is reset
    host.load(example.bundle)
    golden = GoldenBatch(example.network).run(rasters(example))
    assert (next(host.run(rasters(example))).result.spikes == golden.spikes[0]).all()


def test_events_before_a_bundle(host: Host, example: Case) -> None:
    """They are dropped, counted and flagged; a bundle begins anew, and its samples do not suffer."""
    host.link.send_events([0, 1, 1 << 16, 2 << 16])
    for _ in range(100):
        if host.read("dropped_tokens") == 4:
            break
    assert host.read("dropped_tokens") == 4
    assert host.read("samples") == 0
    assert host.flags() == ("NOT_ARMED",)
    host.load(example.bundle)
    assert host.read("dropped_tokens") == 0
    golden = GoldenBatch(example.network).run(rasters(example))
    outcome = next(host.run(rasters(example)))
    assert outcome.flags == ()
    assert (outcome.result.spikes == golden.spikes[0]).all()


def test_a_bundle_takes_the_place_of_another(host: Host, example: Case) -> None:
    """Nothing of the first one is left, neither tables nor spikes under way: each plays as its golden model."""
    other = replace(example.network, weight=np.roll(example.network.weight, 1))
    second = map_network(other, example.placement, nodes=CORES, lanes=2)
    assert second.config() == example.bundle.config()
    golden = [GoldenBatch(network).run(rasters(example)) for network in (example.network, other)]
    assert (golden[0].spikes != golden[1].spikes).any()
    for turn, bundle in ((0, example.bundle), (1, second), (0, example.bundle)):
        host.load(bundle)
        for number, outcome in enumerate(host.run(rasters(example, 1))):
            assert (outcome.result.spikes == golden[turn].spikes[number]).all()
            assert (outcome.result.potential == golden[turn].potential[number]).all()
            assert outcome.flags == ()


def test_resets_anywhere_in_a_sample(host: Host, example: Case) -> None:
    """Also while output is held: the fabric is empty at once, and what it does with the next bundle is right."""
    golden = GoldenBatch(example.network).run(rasters(example, 1))
    for wait in range(12):
        host.load(example.bundle)
        for event in to_events(rasters(example, 1)[0]):
            host.link.send_events([*event.tolist(), 1 << 16])
        for _ in range(wait):
            host.read("cycles")
        host.reset()
        assert host.read("status") == FabricStatus.EMPTY
        host.link.reset()
    host.load(example.bundle)
    assert (next(host.run(rasters(example, 1))).result.spikes == golden.spikes[0]).all()


def test_a_bundle_that_is_refused(host: Host, example: Case) -> None:
    data = bytearray(example.bundle.to_bytes())
    data[-1] ^= 1
    host.link.send_image(bytes(data))
    assert host.read("status") == FabricStatus.BAD_CRC
    host.load(example.bundle)
    assert host.read("status") == FabricStatus.ARMED


def test_flags(host: Host, example: Case) -> None:
    """An event of kind 3 is dropped; one of an axon that the network does not have is flagged; nothing else suffers."""
    host.load(example.bundle)
    host.link.send_events([3 << 16 | 7, example.network.axons])
    golden = GoldenBatch(example.network).run(rasters(example))
    outcome = next(host.run(rasters(example)))
    assert outcome.flags == ("UNKNOWN_AXON", "BAD_TOKEN")
    assert (outcome.result.spikes == golden.spikes[0]).all()


def test_registers(link: SimulatedLink, example: Case) -> None:
    """Every address: those of the map answer, all others are refused; only CONTROL can be written."""
    known = {each.address for each in fabric_registers()}
    known |= {address_of(each.name, node) for node in range(CORES) for each in node_registers()}
    some = [*range(0, 0x100, 4), *range(NODES, NODES + 0x200, 4), (1 << ADDRESS_BITS) - 4]
    for address in some:
        if address in known:
            assert link.read(address) >= 0
        else:
            with pytest.raises(LinkError, match=f"address 0x{address:X}: SLVERR"):
                link.read(address)
    link.write(address_of("control"), 0)
    for address in (address_of("status"), address_of("cycles", 1), 0xFF0):
        with pytest.raises(LinkError, match=f"address 0x{address:X}: SLVERR"):
            link.write(address, 1)


class Fake:
    """A link whose registers all read the same."""

    def __init__(self, values: dict[int, int]) -> None:
        self.values = values

    def read(self, address: int) -> int:
        return self.values.get(address, 0)


def test_something_else_answers(example: Case) -> None:
    config = example.bundle.config()
    with pytest.raises(LinkError, match=r"^no Chronaxie fabric answers; expected ID 0x43485258$"):
        Host(Fake({}), config)  # type: ignore[arg-type]
    right = {address_of("id"): 0x43485258, address_of("map_version"): 1, address_of("nodes"): 5}
    with pytest.raises(LinkError, match=rf"^a fabric with nodes 5 answers; expected nodes {CORES}$"):
        Host(Fake(right), config)  # type: ignore[arg-type]


def test_the_simulator_has_ended(example: Case) -> None:
    link = SimulatedLink(example.bundle.config())
    link._process.kill()
    with pytest.raises(LinkError, match="the simulator has ended"):
        link.read(0)
    link.close()
