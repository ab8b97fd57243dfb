# SPDX-License-Identifier: Apache-2.0
"""Where tasks run: worker processes of this machine, or those of any Dask scheduler."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import dask
from distributed import Client, LocalCluster

from support.errors import InputError
from support.processes import interrupts_held

PATIENCE = 20.0
"""Seconds that a scheduler has to answer."""
DEATHS = 1000
"""Workers of this machine that may die with a task under way: what a task does to its own process kills no worker."""


@contextmanager
def workers(scheduler: str | None, jobs: int) -> Iterator[Client]:
    """A client of the scheduler at an address, or of ``jobs`` processes of this machine, which end with the block.

    Raises InputError if there is no scheduler at the address.
    """
    if scheduler is not None:
        with _quiet(), _client(scheduler) as client:
            yield client
        return
    settings = {"distributed.scheduler.allowed-failures": DEATHS, "distributed.worker.daemon": True}
    with dask.config.set(settings):
        # Its thread, which starts the workers now and later, begins in the block and so do they: without Ctrl-C.
        with interrupts_held():
            cluster = LocalCluster(
                n_workers=jobs, threads_per_worker=1, processes=True, dashboard_address="127.0.0.1:0", memory_limit=0,
                silence_logs=logging.CRITICAL,
            )  # fmt: skip
        with cluster, Client(cluster) as client:
            yield client


@contextmanager
def _quiet() -> Iterator[None]:
    """Without Dask's own words on a scheduler that ends: who asked for it says so in a line."""
    log = logging.getLogger("distributed.client")
    level = log.level
    log.setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        log.setLevel(level)


def _client(address: str) -> Any:
    try:
        return Client(address, timeout=PATIENCE)
    except (OSError, ValueError, TypeError) as error:
        raise InputError(f"--scheduler {address}: no Dask scheduler answers there ({type(error).__name__})") from None
