# SPDX-License-Identifier: Apache-2.0
"""model.dynap.configuration: what no board can hold is refused by its limit, and conflicts of tags."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from model.dynap.chip import BASE, BIASES
from model.dynap.configuration import Cam, Cell, Configuration, Core, Destination
from model.dynap.mapper import undeploy
from support.errors import InputError

HERE = Destination(3, 0, (1,))
CELL = Cell(5, 0, (HERE,), (Cam(7, 0, 15), Cam(3, 1, 1)))
CORE = Core(0, 1, dict.fromkeys((*BIASES, *BASE), (2, 100)), (CELL,))
CROWD = tuple(replace(CELL, place=k, number=k) for k in range(257))
GOOD = Configuration(cores=(CORE,), inputs=((Destination(7, 0, (0, 1)),),), outputs=(0,))


def cell(**changes: object) -> Configuration:
    return replace(GOOD, cores=(replace(CORE, cells=(replace(CELL, **changes),)),))  # type: ignore[arg-type]


def test_tags_connect() -> None:
    assert GOOD.senders() == {(0, 0, 7): 0, (0, 1, 7): 0, (0, 1, 3): 1}
    network = undeploy(GOOD)
    assert network.source.tolist() == [0, 1]
    assert network.target.tolist() == [0, 0]
    level = 4.45e-9 * 100 / 255
    assert network.current.tolist() == pytest.approx([4 * level, level])


CASES: dict[str, tuple[Callable[[], Configuration], str]] = {
    "chip": (lambda: replace(GOOD, cores=(replace(CORE, chip=4),)), r"chips: a core is on chip 4; the board has 4"),
    "core": (lambda: replace(GOOD, cores=(replace(CORE, core=4),)), r"cores: chip 0 has 4 cores, none is 4"),
    "twice": (lambda: replace(GOOD, cores=(CORE, replace(CORE, cells=()))), r"cores: core 1 of chip 0 is there twice"),
    "numbers": (lambda: cell(number=1), r"neurons: numbers must be 0\.\.0, each once"),
    "outputs": (lambda: replace(GOOD, outputs=(1,)), r"outputs: there is no neuron 1"),
    "bias": (
        lambda: replace(GOOD, cores=(replace(CORE, biases={**CORE.biases, "i_ref": (6, 1)}),)),
        r"biases: core 1 of chip 0: i_ref: coarse must be 0\.\.5 and fine 0\.\.255, not 6 and 1",
    ),
    "no bias": (
        lambda: replace(GOOD, cores=(replace(CORE, biases=dict.fromkeys(BIASES, (1, 1))),)),
        r"biases: core 1 of chip 0: i_w0 is missing",
    ),
    "five base weights": (
        lambda: replace(GOOD, cores=(replace(CORE, biases={**CORE.biases, "i_w4": (1, 1)}),)),
        r"biases: core 1 of chip 0: i_w4 is unknown",
    ),
    "neurons": (
        lambda: replace(GOOD, cores=(replace(CORE, cells=CROWD),)),
        r"neurons: core 1 of chip 0 has 257; a core has 256",
    ),
    "place": (lambda: cell(place=256), r"neurons: core 1 of chip 0 has 256 neurons, none is 256"),
    "same place": (
        lambda: replace(GOOD, cores=(replace(CORE, cells=(CELL, replace(CELL, number=1))),)),
        r"neurons: core 1 of chip 0 has neuron 5 twice",
    ),
    "synapses": (
        lambda: cell(synapses=(Cam(7, 0, 1),) * 65), r"synapses: neuron 0 has 65; a neuron of the chip has 64"
    ),
    "destinations": (
        lambda: cell(destinations=tuple(Destination(k, 0, (0,)) for k in range(5))),
        r"destinations: neuron 0 has 5; a neuron of the chip has 4",
    ),
    "mask": (
        lambda: cell(synapses=(Cam(7, 0, 16),)), r"synapses: neuron 0: tag must be .* mask 1\.\.15, not 7, 0 and 16"
    ),
    "tag": (
        lambda: cell(destinations=(Destination(2048, 0, (1,)),)),
        r"tags: neuron 0 sends tag 2048; a core tells 0\.\.2047 apart",
    ),
    "chip of a destination": (
        lambda: replace(GOOD, inputs=((Destination(7, 5, (1,)),),)),
        r"chips: channel 0 sends to chip 5; the board has 4",
    ),
    "cores of a destination": (
        lambda: replace(GOOD, inputs=((Destination(7, 0, (4,)),),)),
        r"cores: channel 0 sends to cores 4 of chip 0; expected some of 0\.\.3",
    ),
    "conflict": (
        lambda: cell(destinations=(HERE, Destination(7, 0, (1,)))),
        r"tags: core 1 of chip 0 gets tag 7 from channel 0 and from neuron 0",
    ),
    "nobody": (
        lambda: cell(synapses=(Cam(9, 0, 1),)),
        r"tags: neuron 0 listens to tag 9, which nobody sends to core 1 of chip 0",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", list(CASES))
def test_refused(case: str) -> None:
    make, message = CASES[case]
    with pytest.raises(InputError, match=f"^{message}"):
        make()
