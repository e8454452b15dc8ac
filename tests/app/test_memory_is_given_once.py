"""What a worker remembers of a shard is given to its next owner: once, and for the epoch that ended."""

import pytest

pytest.importorskip("psycopg")

from bot.app.cluster.worker import ClusterWorker
from bot.cluster.forward import Answer, Forwarded, Kind
from bot.cluster.ownership import Worker
from tests.fakes.loops import run_alone


def asked_for(epoch: int) -> Forwarded:
    return Forwarded(3, {}, str(epoch).encode(), Kind.MEMORY)


@pytest.mark.attack
def test_it_is_given_once() -> None:
    async def scenario() -> list[Answer]:
        worker = ClusterWorker(Worker("one", "", ""), process=None)  # type: ignore[arg-type] - not used here
        worker._given[3] = (5, b"since then")
        return [await worker.handle(asked_for(epoch)) for epoch in (4, 5, 5)]

    before, first, again = run_alone(scenario())

    assert (404, b"") == (before.status, before.body) == (again.status, again.body)
    assert (200, b"since then") == (first.status, first.body)
