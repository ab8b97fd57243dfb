# SPDX-License-Identifier: Apache-2.0
"""tests.durations: what ``make test-fast`` leaves out."""

from pathlib import Path

from tests.durations import SLOW, durations, slowest

ROOT = Path(__file__).parents[1]
REPORT = """<testsuites><testsuite>
<testcase classname="tests.a.test_b" name="test_c[1]" time="2.5"/>
<testcase classname="tests.a.test_b" name="test_c[2]" time="1.5"/>
<testcase classname="tests.test_d" name="test_e" time="3.0"/>
<testcase classname="tests.test_d" name="test_f" time="0.5"/>
</testsuite></testsuites>"""


def test_functions_with_all_their_parameters(tmp_path: Path) -> None:
    report = tmp_path / "junit.xml"
    report.write_text(REPORT)
    found = durations(report)
    assert found == {"tests/a/test_b.py::test_c": 4.0, "tests/test_d.py::test_e": 3.0, "tests/test_d.py::test_f": 0.5}
    assert slowest(found, 3.5) == ["tests/a/test_b.py::test_c"]
    assert slowest(found, 3.4) == ["tests/a/test_b.py::test_c", "tests/test_d.py::test_e"]
    assert slowest(found, 10.0) == []


def test_what_is_listed_is_there() -> None:
    """A function that was renamed would be run by ``make test-fast`` again, unseen."""
    for name in SLOW.read_text().split():
        path, function = name.split("::")
        assert f"def {function}(" in (ROOT / path).read_text(), name
