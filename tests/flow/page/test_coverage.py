# SPDX-License-Identifier: Apache-2.0
"""The part of coverage: shares by source, and what no bench met."""

import json
from pathlib import Path

from flow.page.measured import measured_parts
from flow.verify.coverage import KINDS, cover, report
from tests.flow.verify.test_coverage import COUNTS


def test_coverage(tmp_path: Path) -> None:
    content = report(cover(COUNTS), dict.fromkeys(KINDS, 0.5))
    (tmp_path / "coverage.json").write_text(json.dumps(content))
    [part] = [each for each in measured_parts(tmp_path) if each.ran]
    sources, missed = part.grids
    assert sources.rows[0] == ("rtl/a.py", "1 of 2", "50.0 %", "1 of 2", "50.0 %", "0 of 0", "n/a")
    assert missed.rows == (("rtl/b.py", "full | empty"),)
    assert "lines: 2 of 3 met, 66.7 %, floor 50.0 %" in part.text[0]
