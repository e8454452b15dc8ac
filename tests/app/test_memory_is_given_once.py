"""What a worker remembers of a shard is given to its next owner: once, and for the epoch that ended."""

import asyncio

import pytest

pytest.importorskip("psycopg")

from bot.app.cluster.worker import GIVEN_S, ClusterWorker
from bot.cluster.forward import Answer, Forwarded, Kind
from bot.cluster.ownership import Worker
from tests.fakes.loops import run_alone


def asked_for(epoch: int) -> Forwarded:
    return Forwarded(3, {}, str(epoch).encode(), Kind.MEMORY)


@pytest.mark.attack
def test_it_is_given_once() -> None:
    async def scenario() -> list[Answer]:
        worker = ClusterWorker(Worker("one", "", ""), process=None)  # type: ignore[arg-type] - not used here
        worker._given[3] = (5, b"since then", asyncio.get_running_loop().time())
        return [await worker.handle(asked_for(epoch)) for epoch in (4, 5, 5)]

    before, first, again = run_alone(scenario())

    assert (404, b"") == (before.status, before.body) == (again.status, again.body)
    assert (200, b"since then") == (first.status, first.body)


@pytest.mark.attack
def test_it_is_not_given_late() -> None:
    """Its next owner could not ask for it, has answered since, and died; somebody set PostgreSQL back."""

    async def scenario() -> Answer:
        worker = ClusterWorker(Worker("one", "", ""), process=None)  # type: ignore[arg-type] - not used here
        worker._given[3] = (5, b"since then", asyncio.get_running_loop().time() - GIVEN_S - 1)
        return await worker.handle(asked_for(5))

    late = run_alone(scenario())

    assert (404, b"") == (late.status, late.body)
