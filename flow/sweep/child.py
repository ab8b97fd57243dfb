# SPDX-License-Identifier: Apache-2.0
"""The process in which one task runs: ``python -m flow.sweep.child RESULT FOLDER``, the task as JSON on standard input.

Standard input stays open as long as whoever waits for the task lives; then this process and all that it started end.
"""

import json
import os
import signal
import sys
import traceback
from pathlib import Path
from threading import Thread
from typing import Any

from flow.sweep.kinds import DONE, FAILED, REFUSED, measure
from support.errors import InputError
from support.files import write_atomic
from support.folder_cache import locked


def main(arguments: list[str]) -> int:
    """Do the task, and write what came of it to the file RESULT; what it prints goes where the output goes."""
    result, folder = map(Path, arguments)
    task = json.loads(sys.stdin.buffer.readline())
    Thread(target=_end_with_parent, daemon=True).start()
    # A worker that was killed lets go of its lock a moment before its task's process ends.
    with locked(result.with_suffix(".lock")):
        write_atomic(result, json.dumps(_measured(task, folder)).encode())
    return 0


def _measured(task: dict[str, Any], folder: Path) -> dict[str, Any]:
    try:
        return {"status": DONE, "figures": measure(task["kind"], task["options"], folder)}
    except InputError as error:
        return {"status": REFUSED, "error": str(error)}
    except Exception as error:
        traceback.print_exc()
        return {"status": FAILED, "error": f"{type(error).__name__}: {error}"}


def _end_with_parent() -> None:
    while os.read(sys.stdin.fileno(), 1):
        pass
    # It leads a group of its own: nothing that it started outlives it.
    os.killpg(0, signal.SIGKILL)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
