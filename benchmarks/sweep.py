# SPDX-License-Identifier: Apache-2.0
"""How a sweep scales with its workers: the same tasks on one worker and on several, in one run, on fresh folders.

Run as ``python -m benchmarks.sweep [--tasks N] [--workers N] [--repeats N]``. Tasks are random layers by the golden
model and the cycle model. Starting the workers is not counted; reading and writing rows is.
"""

import argparse
import sys
import tempfile
import time
from pathlib import Path

from flow.sweep.cluster import workers
from flow.sweep.run import run
from flow.sweep.spec import load_spec
from flow.sweep.task import tasks_of

SPEC = """
name = "scaling"
[[tasks]]
kind = "cost"
sizes = [[200, 48, 48, 20]]
samples = 4
network_seed = {seeds}
"""


def seconds(tasks: int, count: int) -> float:
    """Wall time of so many tasks on ``count`` workers. Raises RuntimeError if one fails."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "spec.toml").write_text(SPEC.format(seeds=list(range(tasks))))
        wanted = tasks_of(load_spec(folder / "spec.toml"))
        with workers(None, count) as client:
            client.wait_for_workers(count)
            start = time.perf_counter()
            outcome = run(wanted, folder, client)
            taken = time.perf_counter() - start
    if outcome.counts["done"] != tasks:
        raise RuntimeError(f"{outcome.counts['done']} of {tasks} tasks done")
    return taken


def ratios(repeats: int, *, tasks: int = 12, count: int = 2) -> dict[str, list[float]]:
    """How many times faster ``count`` workers are than one; both take turns."""
    found = []
    for _ in range(repeats):
        one, several = seconds(tasks, 1), seconds(tasks, count)
        print(f"{tasks} tasks: {one:.1f} s on 1 worker, {several:.1f} s on {count}: ratio {one / several:.2f}")
        found.append(one / several)
    return {f"sweep: {count} workers against 1": found}


def main() -> int:
    """Print the times and the ratio."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tasks", type=int, default=12)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--repeats", type=int, default=1, help="pairs of runs, which take turns")
    options = parser.parse_args()
    ratios(options.repeats, tasks=options.tasks, count=options.workers)
    return 0


if __name__ == "__main__":
    sys.exit(main())
