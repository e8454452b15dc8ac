"""A request is for the workspace that it names, or for none, also where another worker must answer it."""

# ruff: noqa: F401 - pytest finds the imported tests and fixtures here

import json
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from bot.slack.transport.http_server import MOST_BYTES
from tests.clustered_world import ClusteredWorld, NoWatchdog, clustered_world
from tests.hosted_world import NORTH, signed, twin
from tests.hosting.test_routing_requests import (
    FORM,
    USER,
    _all_lines,
    command,
    event,
    test_one_from_a_workspace_with_the_bot_is_answered,
    test_one_from_a_workspace_without_the_bot_gets_404_and_no_log_line,
    test_one_that_slack_did_not_sign_gets_401_whatever_it_says,
    test_one_that_slack_never_sends_gets_400,
    test_slack_may_try_the_address_before_anybody_has_the_bot,
)
from tests.patience import PATIENCE_S
from tests.postgresql import PostgreSQL


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory, postgresql: PostgreSQL) -> Iterator[ClusteredWorld]:
    """One workspace that has the bot, with two workers running."""
    folder = Path(tmp_path_factory.mktemp("routing"))
    with pytest.MonkeyPatch.context() as patch, postgresql.database() as database:
        patch.setattr("bot.app.cluster.building.Watchdog", NoWatchdog)
        with clustered_world(folder, postgresql.url(database), twin(NORTH)) as world:
            world.start()
            assert world.install(NORTH).status == 200
            world.move(seconds=1)
            yield world


def at_each(world: ClusteredWorld, body: bytes, content_type: str, **more: str) -> list[tuple[int, str]]:
    """Send this request to each worker by itself, first to the owner; return what they answer."""
    headers = signed(world.server.signing_secret, int(world.clock.now().timestamp()), body)
    headers |= {"Content-Type": content_type, **more}
    owner = world.owner_of(NORTH)
    ports = [
        world.workers[name].host.line.port for name in sorted(world.workers, key=lambda one: one != owner)
    ]
    answers = [
        httpx.post(f"http://127.0.0.1:{port}/slack/events", content=body, headers=headers, timeout=PATIENCE_S)
        for port in ports
    ]
    return [(one.status_code, one.text) for one in answers]


def test_slack_may_verify_the_address_at_any_worker(world: ClusteredWorld) -> None:
    body = b'{"type": "url_verification", "challenge": "abc", "token": "x"}'

    owner, other = at_each(world, body, "application/json")

    assert owner == other
    assert (200, True) == (owner[0], "abc" in owner[1])


def test_the_owner_answers_the_same_through_another_worker(world: ClusteredWorld) -> None:
    owner, other = at_each(world, command(NORTH), FORM)

    assert owner == other
    assert 200 == owner[0]


def test_an_event_that_slack_sends_again_is_taken_by_any_worker(world: ClusteredWorld) -> None:
    again = {"X-Slack-Retry-Num": "1", "X-Slack-Retry-Reason": "http_timeout"}

    assert [200, 200] == [status for status, _ in at_each(world, event(NORTH), "application/json", **again)]


@pytest.mark.parametrize(("most", "status"), [(MOST_BYTES, 200), (MOST_BYTES + 1, 413)])
def test_a_body_as_large_as_one_may_be_is_passed_on_whole(
    world: ClusteredWorld, most: int, status: int
) -> None:
    body = json.loads(event(NORTH))
    body["padding"] = ""
    body["padding"] = "x" * (most - len(json.dumps(body)))
    sent = json.dumps(body).encode()

    assert most == len(sent)
    assert [status, status] == [status for status, _ in at_each(world, sent, "application/json")]
