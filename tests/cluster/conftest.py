"""Clusters for tests: workers in processes of their own, over one PostgreSQL."""

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest

from tests.cluster.processes import Cluster, a_zygote
from tests.faults.installation import MEMORY_DISK
from tests.faults.zygote import Zygote

TEAMS = tuple(f"T0TEAM{number}" for number in (0, 1, 4, 9, 8, 12))
"""Each in a shard of its own."""

ACluster = Callable[..., AbstractContextManager[Cluster]]


@pytest.fixture(scope="session")
def zygote() -> Iterator[Zygote]:
    """A process that has imported the program."""
    if not hasattr(os, "pidfd_open"):
        pytest.skip("only Linux tells of the end of a process that is not a child")
    with a_zygote() as zygote:
        yield zygote


@pytest.fixture
def a_cluster(zygote: Zygote, database_url: str) -> ACluster:
    """Makes a cluster of this many workers, which share a storage; nothing runs yet."""

    @contextmanager
    def make(workers: int = 3, *, url: str = "", **more: object) -> Iterator[Cluster]:
        folder = Path(tempfile.mkdtemp(dir=MEMORY_DISK))
        try:
            with Cluster(folder, zygote, url or database_url, **{"teams": TEAMS, **more}) as cluster:  # type: ignore[arg-type]
                for _ in range(workers):
                    cluster.add()
                try:
                    yield cluster
                except BaseException as error:
                    error.add_note(cluster.logs())
                    raise
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    return make
