"""The journeys of hosting over two workers, where each request comes first to the worker that must pass it on."""

from functools import partial
from pathlib import Path

import pytest

from tests.clustered_world import NoWatchdog, clustered_world
from tests.hosted_world import NewWorld
from tests.hosting.test_two_workspaces import (  # noqa: F401 - run here
    test_both_are_asked_and_answer_and_each_reads_its_own_summary,
)


@pytest.fixture
def new_world(tmp_path: Path, database_url: str, monkeypatch: pytest.MonkeyPatch) -> NewWorld:
    """Makes a world of two workers, with these workspaces."""
    monkeypatch.setattr("bot.app.cluster.building.Watchdog", NoWatchdog)
    return partial(clustered_world, tmp_path, database_url)
