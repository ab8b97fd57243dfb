# SPDX-License-Identifier: Apache-2.0
"""Writes tests/slow.txt, what ``make test-fast`` leaves out: the functions that take longest, as few as have to go.

make test ARGS="--junitxml=build/junit.xml" && python -m tests.durations build/junit.xml
"""

import sys
import xml.etree.ElementTree as ET
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path

BUDGET = 100.0
"""Seconds of testing that are left, on one processor."""
SLOW = Path(__file__).with_name("slow.txt")


def durations(report: Path) -> dict[str, float]:
    """Seconds of each test function in a JUnit report, set-up and all its parameters included."""
    found: dict[str, float] = defaultdict(float)
    for case in ET.parse(report).iter("testcase"):
        path = case.attrib["classname"].replace(".", "/") + ".py"
        found[f"{path}::{case.attrib['name'].split('[')[0]}"] += float(case.attrib["time"])
    return found


def slowest(seconds: Mapping[str, float], budget: float = BUDGET) -> list[str]:
    """The functions that take longest, as few as have to go for the others to take at most ``budget``; sorted."""
    left = sum(seconds.values())
    chosen = []
    for name in sorted(seconds, key=lambda each: (-seconds[each], each)):
        if left <= budget:
            break
        chosen.append(name)
        left -= seconds[name]
    return sorted(chosen)


if __name__ == "__main__":
    SLOW.write_text("".join(f"{name}\n" for name in slowest(durations(Path(sys.argv[1])))))
