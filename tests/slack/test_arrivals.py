"""Workspaces take turns where many requests arrive at once."""

import asyncio
import json
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.slack.transport.arrivals import AT_ONCE, Arrivals, hint_of

CLICK = {"type": "block_actions", "team": {"id": "T0NORTH", "domain": "x"}, "user": {"id": "U1"}}


@pytest.mark.parametrize(
    "data",
    [
        urlencode({"payload": json.dumps(CLICK)}),
        urlencode({"payload": json.dumps(CLICK, separators=(",", ":"))}),
        urlencode({"token": "x", "team_id": "T0NORTH", "team_domain": "x"}),
        json.dumps({"token": "x", "team_id": "T0NORTH", "api_app_id": "A1"}),
        "POST /slack/events HTTP/1.1\r\nHost: x\r\n\r\n" + urlencode({"team_id": "T0NORTH"}),
    ],
)
def test_the_workspace_is_read_off_as_slack_writes_it(data: str) -> None:
    assert b"T0NORTH" == hint_of(data.encode())


@pytest.mark.parametrize("data", [b"", b"\xff\x00", b"GET /healthz HTTP/1.1", b"team_id=", b"team" * 5000])
def test_what_names_no_workspace_has_no_hint(data: bytes) -> None:
    assert b"" == hint_of(data)


@given(st.lists(st.sampled_from([b"north", b"south", b"west"]), max_size=60))
def test_each_is_read_once_in_order_and_waits_for_one_of_each_other_at_most(
    hints: list[bytes],
) -> None:
    read: list[tuple[bytes, int]] = []

    async def arrive() -> None:
        arrivals = Arrivals()
        for number, hint in enumerate(hints):
            arrivals.add(hint, lambda hint=hint, number=number: read.append((hint, number)))  # type: ignore[misc]
        for _ in range(len(hints) + 2):
            await asyncio.sleep(0)

    asyncio.run(arrive())
    assert sorted(read) == sorted((hint, number) for number, hint in enumerate(hints))
    for hint in set(hints):
        numbers = [number for one, number in read if one == hint]
        assert numbers == sorted(numbers)
        first = next(index for index, (one, _) in enumerate(read) if one == hint)
        assert first < len(set(hints))


def test_few_are_read_in_one_turn_of_the_loop() -> None:
    read = []

    async def arrive() -> list[int]:
        arrivals = Arrivals()
        for number in range(3 * AT_ONCE):
            arrivals.add(b"north", lambda number=number: read.append(number))  # type: ignore[misc]
        counts = []
        for _ in range(3):
            await asyncio.sleep(0)
            counts.append(len(read))
        return counts

    assert [AT_ONCE, 2 * AT_ONCE, 3 * AT_ONCE] == asyncio.run(arrive())
