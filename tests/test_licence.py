# SPDX-License-Identifier: Apache-2.0
"""Every source file names its licence in its first line, where tools look for it."""

from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
COMMENT = {".py": "#", ".sv": "//", ".cpp": "//"}
ELSEWHERE = {"build", "runs"}
"""Folders of what is made."""


def without_licence(root: Path) -> list[str]:
    """Source files, relative to the root, that do not begin with the line."""
    folders = [path for path in root.iterdir() if path.is_dir() and path.name not in ELSEWHERE]
    files = [
        path
        for folder in folders
        if not folder.name.startswith(".")
        for path in folder.rglob("*")
        if path.suffix in COMMENT
    ]
    wrong = []
    for path in [*files, *root.glob("*.py")]:
        first, *rest = (path.read_text() + "\n\n").splitlines()
        line = rest[0] if first.startswith("#!") else first
        if line != f"{COMMENT[path.suffix]} SPDX-License-Identifier: Apache-2.0":
            wrong.append(path.relative_to(root).as_posix())
    return sorted(wrong)


def test_every_source_file_names_it() -> None:
    assert without_licence(ROOT) == []


@pytest.mark.parametrize(
    ("name", "text", "right"),
    [
        ("a.py", "# SPDX-License-Identifier: Apache-2.0\n", True),
        ("a.sv", "// SPDX-License-Identifier: Apache-2.0\nmodule a; endmodule\n", True),
        ("a.py", "#!/usr/bin/env python3\n# SPDX-License-Identifier: Apache-2.0\n", True),
        ("a.py", "", False),
        ("a.py", "\n# SPDX-License-Identifier: Apache-2.0\n", False),
        ("a.cpp", "# SPDX-License-Identifier: Apache-2.0\n", False),
        ("a.py", "# SPDX-License-Identifier: MIT\n", False),
        ("a.txt", "", True),
    ],
)
def test_a_file(tmp_path: Path, name: str, text: str, right: bool) -> None:
    (tmp_path / "model").mkdir()
    (tmp_path / "model" / name).write_text(text)
    assert without_licence(tmp_path) == ([] if right else [f"model/{name}"])
