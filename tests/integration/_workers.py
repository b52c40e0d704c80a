"""Dask schedulers and workers of our own on this machine, as somebody else would run them."""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import dask
import distributed

# Workers that never write what they hold to disk.
IN_MEMORY = {
    "DASK_DISTRIBUTED__WORKER__MEMORY__TARGET": "False",
    "DASK_DISTRIBUTED__WORKER__MEMORY__SPILL": "False",
}


@contextlib.contextmanager
def workers(count: int = 2, **settings: Any) -> Iterator[str]:
    """Run a scheduler with workers, each a process of its own; yield the scheduler's address.

    Args:
        count: how many workers.
        settings: of `distributed.LocalCluster`, in place of those here.
    """
    made: Any = distributed.LocalCluster
    given = {
        "n_workers": count,
        "threads_per_worker": 1,
        "processes": True,
        "protocol": "tcp",
        "host": "127.0.0.1",
        "dashboard_address": "127.0.0.1:0",
        "memory_limit": 0,
    } | settings
    # A task that ends its worker is not given to three more; a lost client is forgotten soon.
    with dask.config.set({"distributed.scheduler.allowed-failures": 1}):
        running = made(**given)
    with running:
        yield running.scheduler_address


@contextlib.contextmanager
def scheduler() -> Iterator[tuple[subprocess.Popen[bytes], str]]:
    """Run a scheduler as a process of its own; yield it and its address."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    with _process("scheduler", "--host", "127.0.0.1", "--port", str(port)) as running:
        yield running, f"tcp://127.0.0.1:{port}"


@contextlib.contextmanager
def worker(address: str, **environment: str) -> Iterator[subprocess.Popen[bytes]]:
    """Run a worker as a process of its own, and yield it when the scheduler knows it."""
    options = ("--host", "127.0.0.1", "--nthreads", "1", "--no-nanny")
    client: Any = distributed.Client
    with (
        _process("worker", address, *options, **(IN_MEMORY | environment)) as running,
    ):
        with client(address, set_as_default=False) as waiting:
            waiting.wait_for_workers(1, timeout=30)
        yield running


@contextlib.contextmanager
def _process(
    program: str, *arguments: str, **environment: str
) -> Iterator[subprocess.Popen[bytes]]:
    running = subprocess.Popen(
        [sys.executable, "-m", f"distributed.cli.dask_{program}", *arguments, "--no-dashboard"],
        env=os.environ | environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        yield running
    finally:
        running.kill()
        running.wait()
