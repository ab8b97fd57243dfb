# SPDX-License-Identifier: Apache-2.0
"""The structure that docs/architecture.md promises: which folder may import which, and how large things get.

The page's table is read, not repeated, so that page and code cannot drift apart.
"""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PAGE = "docs/architecture.md"
LINES = 300
MODULES = 14
TEST_LINES = 450
"""Lines of a test module, which is a list of cases rather than one thing to understand."""

UNMIRRORED = {
    "benchmarks/": "programs that measure and are run by hand; tests/benchmarks has what they compute",
    "data/rasters/info.py": "what tests/flow/commands/test_data.py has the command say",
    "data/rasters/rasters.py": "samples, as tests/data/rasters reads them from each kind of file",
    "data/shd/layout.py": "the words of the format, which tests/data/shd/test_reader.py and test_writer.py refuse by",
    "data/speech/espeak_child.py": "the other side of a pipe: tests/data/speech/test_espeak.py",
    "flow/commands/exchange/netx.py": "the subcommand, which tests/flow/exchange runs",
    "flow/commands/exchange/nir.py": "two subcommands, which tests/flow/exchange runs",
    "flow/commands/faults/command.py": "the subcommand, which tests/flow/faults runs",
    "flow/delay_report/": "figures and words of one report, which tests/flow/delay_report/test_report.py builds whole",
    "flow/energy/": "parts of one report, which tests/flow/commands/energy/test_command.py builds whole",
    "flow/exchange/": "parts of one exchange, which tests/flow/exchange plays in both directions",
    "flow/exchange/netx/": "parts of one import, which tests/flow/exchange/test_netx.py compares with Lava",
    "flow/faults/": "parts of one report, which tests/flow/faults builds whole",
    "flow/board/": "board, netlist, bitstream: tests/flow/board/test_play.py and test_bitstream.py",
    "flow/commands/board/": "the subcommands, which tests/flow/commands/board/test_board.py runs",
    "flow/host/": "host and simulated board, which tests/flow/host/test_host.py joins",
    "flow/integration/handover.py": "what tests/flow/integration/test_core.py, test_fabric.py and test_axi.py write",
    "flow/mixed_signal/frozen.py": "the report that tests/train/mixed_signal and tests/flow/commands/mixed make",
    "flow/page/build.py": "which parts the page has and in which order; tests/flow/page has each of them",
    "flow/paper/": "parts of one report, which tests/flow/paper/test_report.py builds whole",
    "flow/run/checks.py": "what tests/flow/run/test_simulate.py makes wrong, value by value",
    "flow/run/report.py": "what tests/flow/run/test_simulate.py and tests/flow/commands read",
    "flow/sweep/": "parts of one sweep, which tests/flow/sweep/test_run.py and tests/flow/commands/sweep run whole",
    "flow/sweep/work/": "the kinds of tasks, each in tests/flow/sweep/work/test_kinds.py",
    "flow/yinyang/rows.py": "rows of the table of tests/flow/yinyang/test_table.py",
    "model/cost/timing.py": "constants, which tests/docs/test_numbers.py compares with the page",
    "model/faults/": "parts of the golden core with faults, which tests/tb/faults compares with the RTL",
    "model/faults/units/": "each unit with faults, against the RTL in tests/tb/faults",
    "rtl/board/": "blocks of one link: tests/rtl/board/test_sender.py, tests/flow/host/test_board_link.py",
    "rtl/delay/single.py": "how two units read: tests/rtl/delay/test_scdq1.py and tests/rtl/delay/test_hybrid.py",
    "tb/coverage/verilog.py": "what tests/tb/coverage/test_points.py and test_corners.py prepare",
    "tb/netlist/": "what decides a netlist: tests/tb/netlist/test_netlist.py",
    "tb/player/counts.py": "who wants counts, as in tests/tb/coverage/test_collect.py",
    "tb/delay/": "each unit in the benches, one by one in tests/tb/delay/test_reference.py and test_timing.py",
    "tb/errors.py": "kinds of error without anything in them; tests/tb/player/test_play.py raises each",
    "tb/fabric/": "host and bus of benches, which tests/tb/fabric/test_bench.py and tests/flow/host drive",
    "tb/formal/broken/": "data: tests/tb/formal/test_registry.py applies each variant",
    "tb/formal/core/formula.py": "the contract for tests/tb/formal/core/test_neurons.py",
    "tb/formal/core/protection.py": "listed in tests/tb/formal/test_registry.py; tests/rtl/core/test_protection.py",
    "tb/formal/delay/": "what the properties of all units share: tests/tb/formal/delay/test_ring.py and its siblings",
    "train/delgrad/": "gradients, which tests/train/delgrad/test_spike_times.py and test_network.py check as one",
    "model/dynap/fields.py": "reading, which tests/model/dynap/test_configuration_file.py does with wrong files",
    "model/dynap/network_file.py": "tests/model/dynap/test_configuration_file.py, with the other format",
    "model/dynap/placement.py": "tests/model/dynap/test_mapper.py, which maps what it places",
    "train/mixed_signal/config.py": "settings, which tests/train/mixed_signal reads from files",
    "train/mixed_signal/network.py": "networks, which tests/train/mixed_signal trains",
}
"""Modules, or modules of a folder, that have no test of their own, and what tests them instead."""
Table = dict[str, set[str]]
"""For each folder, the folders that it may import; ``name/*`` stands for a folder and all in it."""


def read_table(text: str) -> Table:
    """The table of folders in the page."""
    section = text.split("| folder | holds | may import |", 1)[1].split("\n\n", 1)[0]
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in section.splitlines()[2:]]
    return {name.strip("`"): set(re.findall(r"`([\w/*]+)`", imports)) for name, _, imports in rows}


def sources(root: Path, table: Table) -> list[Path]:
    """Every module of the project's folders, tests included, relative to the root."""
    tops = sorted({name.split("/")[0] for name in table} | {"tests"})
    return sorted(path.relative_to(root) for top in tops for path in (root / top).rglob("*.py"))


def imported(text: str) -> Iterator[str]:
    """Dotted names that a module imports, wherever in it: ``from a.b import c`` gives a.b.c, which may be no module."""
    for node in ast.walk(ast.parse(text)):
        match node:
            case ast.Import(names=names):
                yield from (alias.name for alias in names)
            case ast.ImportFrom(module=str(module), names=names, level=0):
                yield from (f"{module}.{alias.name}" for alias in names)
            case ast.ImportFrom(level=level) if level:
                raise ValueError(f"line {node.lineno}: a relative import")
            case ast.Call(
                func=ast.Name(id="import_module") | ast.Attribute(attr="import_module"),
                args=[ast.Constant(value=str(name))],
            ):
                yield name


def folder_of(name: str, modules: set[Path], tops: set[str]) -> str | None:
    """The folder that holds an imported name, if it is one of the project's."""
    parts = name.split(".")
    if parts[0] not in tops:
        return None
    for length in range(len(parts), 0, -1):
        path = Path(*parts[:length])
        if path / "__init__.py" in modules:
            return path.as_posix()
        if path.with_suffix(".py") in modules:
            return path.parent.as_posix()
    return parts[0]


def allowed(folder: str, target: str, table: Table) -> bool:
    """Whether a module of a folder may import from another one."""
    if target == folder or target in table[folder]:
        return True
    parents = (target, *(parent.as_posix() for parent in Path(target).parents))
    return any(f"{parent}/*" in table[folder] for parent in parents)


def forbidden_imports(root: Path, table: Table) -> list[str]:
    """Imports that the table does not allow, and folders that it does not list."""
    paths = sources(root, table)
    modules, tops, wrong = set(paths), {path.parts[0] for path in paths}, []
    for path in paths:
        folder = path.parent.as_posix()
        if path.parts[0] == "tests":
            continue
        if folder not in table:
            wrong.append(f"{path}: the table has no folder {folder}")
            continue
        for name in imported((root / path).read_text()):
            target = folder_of(name, modules, tops)
            if target is not None and not allowed(folder, target, table):
                wrong.append(f"{path}: imports {name}, but {folder} may not import {target}")
    return wrong


def lines_of(path: Path) -> int:
    """Lines of a module, without the one that names the licence."""
    return sum(not line.startswith("# SPDX-") for line in path.read_text().splitlines())


def too_large(root: Path, table: Table) -> list[str]:
    """Modules with too many lines, and folders with too many modules."""
    wrong, count = [], dict[str, int]()
    for path in sources(root, table):
        lines, limit = lines_of(root / path), TEST_LINES if path.parts[0] == "tests" else LINES
        if lines > limit:
            wrong.append(f"{path}: {lines} lines, at most {limit}")
        folder = path.parent.as_posix()
        count[folder] = count.get(folder, 0) + (path.name != "__init__.py")
    return wrong + [f"{folder}: {n} modules, at most {MODULES}" for folder, n in count.items() if n > MODULES]


def unmirrored(root: Path, table: Table) -> list[str]:
    """Modules whose own test, tests/<its folder>/test_<its name>.py, is not there."""
    paths = [path for path in sources(root, table) if path.parts[0] != "tests" and path.name != "__init__.py"]
    return [str(path) for path in paths if not (root / "tests" / path.parent / f"test_{path.name}").is_file()]


def excuse(module: str) -> str | None:
    """The entry of ``UNMIRRORED`` for a module, its own or that of its folder."""
    return next((name for name in (module, f"{Path(module).parent.as_posix()}/") if name in UNMIRRORED), None)


@pytest.fixture(scope="module")
def table() -> Table:
    return read_table((ROOT / PAGE).read_text())


def test_imports(table: Table) -> None:
    assert forbidden_imports(ROOT, table) == []


def test_sizes(table: Table) -> None:
    assert too_large(ROOT, table) == []


def test_the_table_names_folders_that_exist(table: Table) -> None:
    names = {name.removesuffix("/*") for name in {*table, *set().union(*table.values())}}
    assert [name for name in sorted(names) if not (ROOT / name / "__init__.py").is_file()] == []


def test_tests_mirror_sources(table: Table) -> None:
    """Every module has its test where one looks for it, or an excuse; no excuse is left over."""
    missing = unmirrored(ROOT, table)
    assert [name for name in missing if excuse(name) is None] == []
    assert sorted(set(UNMIRRORED) - {excuse(name) for name in missing}) == []


def test_what_tests_a_module_instead_is_there() -> None:
    for reason in UNMIRRORED.values():
        named = re.findall(r"tests/[\w/]+(?:\.py)?", reason)
        assert named
        assert [name for name in named if not (ROOT / name).exists()] == []


# The checks themselves can fail:

PAGE_TEXT = """
| folder | holds | may import |
|---|---|---|
| `low` | x | nothing |
| `high` | x | `low` |
| `high/in` | x | `low/*` |

and so on
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    for folder in ("low", "low/deep", "high", "high/in", "tests"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "__init__.py").touch()
        (tmp_path / folder / "module.py").write_text("import numpy\n")
    return tmp_path


FOLDERS = read_table(PAGE_TEXT) | {"low/deep": set()}


def test_a_right_project(project: Path) -> None:
    (project / "high/module.py").write_text("from low.module import x\nfrom low import module\nimport high.module\n")
    (project / "high/in/module.py").write_text("from low.deep import module\nimport low.module\n")
    (project / "tests/module.py").write_text("import high.module, low.deep.module\n")
    assert forbidden_imports(project, FOLDERS) == []
    assert too_large(project, FOLDERS) == []


@pytest.mark.parametrize(
    ("where", "text"),
    [
        ("low", "from high.module import x"),
        ("low", "import high.module"),
        ("low", "def f():\n    import high.module"),
        ("low", "from low.deep import module"),
        ("high", "from low.deep.module import x"),
        ("high", "import low.deep"),
        ("high/in", "from high import module"),
        ("low", "from importlib import import_module\nimport_module('high.module')"),
    ],
)
def test_forbidden(project: Path, where: str, text: str) -> None:
    (project / where / "module.py").write_text(text)
    (wrong,) = forbidden_imports(project, FOLDERS)
    assert wrong.startswith(f"{where}/module.py: imports ")


def test_a_folder_that_is_not_listed(project: Path) -> None:
    wrong = forbidden_imports(project, read_table(PAGE_TEXT))
    assert wrong == [f"low/deep/{name}.py: the table has no folder low/deep" for name in ("__init__", "module")]


def test_a_module_without_a_test(project: Path) -> None:
    (project / "tests/low").mkdir()
    (project / "tests/low/test_module.py").touch()
    assert unmirrored(project, FOLDERS) == ["high/in/module.py", "high/module.py", "low/deep/module.py"]


def test_a_relative_import_is_refused() -> None:
    with pytest.raises(ValueError, match="line 1: a relative import"):
        list(imported("from . import x"))


def test_large(project: Path) -> None:
    (project / "low/module.py").write_text("# SPDX-License-Identifier: X\n" + "x = 1\n" * (LINES + 1))
    (project / "low/most.py").write_text("# SPDX-License-Identifier: X\n" + "x = 1\n" * LINES)
    (project / "tests/long.py").write_text("x = 1\n" * (TEST_LINES + 1))
    (project / "tests/most.py").write_text("x = 1\n" * TEST_LINES)
    for number in range(MODULES):
        (project / f"high/m{number}.py").touch()
    assert set(too_large(project, FOLDERS)) == {
        "low/module.py: 301 lines, at most 300",
        "tests/long.py: 451 lines, at most 450",
        "high: 15 modules, at most 14",
    }
