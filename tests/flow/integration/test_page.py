# SPDX-License-Identifier: Apache-2.0
"""The integrator's page says what the exported ports are."""

import re

from flow.integration.core import streams
from model.config import preset
from rtl.core.neurocore import Core
from support.paths import ROOT
from tb.netlist.netlist import ports

PAGE = (ROOT / "docs" / "integration.md").read_text()
ROW = re.compile(r"^\| `(\w+)` \| (input|output) \| ([^|]+) \| (\d+) \| (\d+) \|$", re.MULTILINE)


def test_ports() -> None:
    """Names, order, directions and widths for two builds, by number and by formula."""
    rows = ROW.findall(PAGE)
    for column, name in ((3, "tiny"), (4, "odd")):
        config = preset(name)
        core = Core(config)
        core._MustUse__silence = True  # it is not elaborated
        found = ports(core)
        assert [row[0] for row in rows] == ["clk", "rst", *found]
        for row in rows[2:]:
            signal, direction = found[row[0]]
            assert (row[1], int(row[column])) == (direction.value, len(signal)), row
        for row in rows:
            names = {"neuron_bits": config.neuron_bits, "state_bits": config.state_bits}
            assert eval(row[2], {}, names) == int(row[column]), row


def test_payloads() -> None:
    section = PAGE.split("| payload | bits, from 0 up |", 1)[1].split("\n\n", 1)[0]
    rows = dict(re.findall(r"^\| `(\w+)` \| ([^|]+) \|$", section, re.MULTILINE))
    layouts = streams(preset("odd"))
    assert list(rows) == list(layouts)
    for name, text in rows.items():
        fields = [each.split()[0] for each in text.split(";")[0].split(", ")]
        assert fields == [key for key, _ in layouts[name]]
