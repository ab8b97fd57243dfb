# SPDX-License-Identifier: Apache-2.0
"""model.dynap.mapper: there and back for random networks, tags, and a refusal for each limit."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from model.dynap.chip import BASE, DYNAP_SE2, Chip
from model.dynap.configuration_file import load_configuration, save_configuration
from model.dynap.mapper import deploy, undeploy
from model.dynap.network import AnalogNetwork
from model.dynap.rounding import rounded
from support.errors import InputError
from tests.model.dynap.examples import SMALL, biases, fan_in, random_network, simple, without_base


@pytest.mark.parametrize("seed", range(100))
def test_there_and_back(seed: int, tmp_path: Path) -> None:
    """Network, configuration, file, configuration, network: the same, and the same configuration again."""
    network = random_network(seed)
    made = deploy(network, SMALL)
    save_configuration(tmp_path / "c.json", made)
    loaded = load_configuration(tmp_path / "c.json", SMALL)
    assert loaded == made
    back = undeploy(loaded)
    assert back == network
    assert deploy(back, SMALL) == made
    assert rounded(back, SMALL).network == network


def test_a_large_network_on_all_chips() -> None:
    """4096 neurons in 16 groups, one more than which does not fit: every core is full."""
    rng = np.random.default_rng(5)
    made = tuple(biases(rng) for _ in range(16))
    group, target = np.arange(4096) % 16, np.repeat(np.arange(4096), 8)
    # A core hears 500 neurons.
    source = 3 + (group[target] * 100 + rng.integers(0, 500, len(target))) % 4096
    network = AnalogNetwork(
        channels=3, group=group, biases=made, source=source, target=target, kind=target % 4,
        current=np.array([made[k][BASE[k % 4]] for k in group[target]]),
    )  # fmt: skip
    configuration = deploy(network)
    assert [len(core.cells) for core in configuration.cores] == [256] * 16
    assert undeploy(configuration) == network


def test_a_group_that_hears_too_much_takes_more_cores() -> None:
    """Eight neurons, each with three channels of its own: 24 sources, of which a core tells 12 apart."""
    network = replace(
        fan_in(8, 3), channels=24, source=np.arange(24), target=np.repeat(np.arange(8), 3)
    )  # fmt: skip
    configuration = deploy(network, SMALL)
    assert [len(core.cells) for core in configuration.cores] == [4, 4]
    assert undeploy(configuration) == network


def refusals() -> dict[str, tuple[AnalogNetwork, Chip, str]]:
    """By limit: a network that is just too much, the board, and what is said."""
    base = simple()
    other = {**base.biases[0], "i_ref": 1e-9}
    tight = replace(SMALL, destinations=1)
    return {
        "neurons": (
            fan_in(4097, 1), DYNAP_SE2,
            r"neurons: the network has 4097; 4 chips of 4 cores of 256 have 4096",
        ),
        "cores": (
            fan_in(17, 1, groups=17), DYNAP_SE2,
            r"cores: the network needs 17 for its 17 groups of biases; 4 chips have 16",
        ),
        "synapses": (fan_in(3, 65), DYNAP_SE2, r"synapses: neuron 0 has 65; a neuron of the chip has 64"),
        "destinations": (
            # Onto both chips.
            fan_in(32, 1, channels=0), tight, r"destinations: neuron 0 needs 2; a neuron of the chip has 1",
        ),
        "tags": (
            replace(fan_in(1, 6), channels=6), replace(SMALL, tags=5),
            r"tags: 1 neurons of a core hear 6 sources; a core tells 5 tags apart, and there is nothing to spread",
        ),
        "tags, cores": (
            replace(fan_in(32, 1), channels=32 * 6, source=np.arange(192), target=np.repeat(np.arange(32), 6),
                    kind=np.zeros(192, np.int64), current=np.full(192, fan_in(1, 1).current[0])), SMALL,
            r"tags: 8 neurons of a core hear 48 sources; a core tells 12 tags apart, and there is no core left",
        ),
        "base weights": (
            replace(base, current=base.current * np.array([1.0, 1.01])), DYNAP_SE2,
            r"base weights: the synapse from neuron 0 to neuron 1 \(gaba\) has [\d.e-]+ A, which is no sum of the "
            r"core's four \(.* A\); the nearest is [\d.e-]+ A",
        ),
        "no base weights": (
            without_base(base), DYNAP_SE2, r"base weights: group 0 has none; expected i_w0, i_w1, i_w2, i_w3, four for",
        ),
        "biases": (
            replace(base, biases=({**other, "i_ref": 3e-6},)), DYNAP_SE2,
            r"biases: i_ref: a core makes 5e-13 to 2\.25e-06 A, not 3e-06 A",
        ),
        "coarse and fine": (
            replace(base, biases=({**other, "i_ref": 1.0001e-9},)), DYNAP_SE2,
            r"biases: i_ref of group 0 is 1\.0001e-09 A, which is no coarse and fine value; the nearest is "
            r"9\.9\d*e-10 A",
        ),
    }  # fmt: skip


REFUSALS = refusals()


@pytest.mark.parametrize("limit", list(REFUSALS))
def test_refused(limit: str) -> None:
    network, board, message = REFUSALS[limit]
    with pytest.raises(InputError, match=f"^{message}"):
        deploy(network, board)
