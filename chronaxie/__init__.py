# SPDX-License-Identifier: Apache-2.0
"""The command ``chronaxie``, under a name of its own: the others (model, data, train) are those of many a module.

It runs from a checkout, with the modules of that checkout: not with those that PYTHONPATH has under the same names.
"""

import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def main() -> None:
    """The entry point of the installed command. Refuses, with status 2, to run where there is no checkout."""
    if not (ROOT / "pyproject.toml").is_file() or not (ROOT / "flow" / "cli.py").is_file():
        print(
            f"error: chronaxie runs from its checkout, {ROOT} is none: pip install -e CHECKOUT, or `make base` there",
            file=sys.stderr,
        )
        sys.exit(2)
    others = {os.path.realpath(each) for each in os.environ.pop("PYTHONPATH", "").split(os.pathsep) if each}
    sys.path[:] = [str(ROOT), *(each for each in sys.path if os.path.realpath(each) not in others)]
    from flow.cli import main as start  # noqa: PLC0415 - not before it is known which flow that is

    start()
