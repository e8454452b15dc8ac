"""What one process remembers against copies of requests, the next one knows."""

import asyncio
import json
import subprocess
import sys
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from math import inf

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.model import RoundId
from bot.slack.transport import replays
from bot.slack.transport.remembered import Remembered, UnreadableMemoryError
from bot.slack.transport.replays import Answer, HandledRequests, Sent
from tests.fakes.loops import run_alone

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
NOW_S = int(NOON.timestamp())
ROUND = RoundId("00000000000a")
TEAM = "T0NORTH"


def at_noon() -> datetime:
    return NOON


def memory(now: Callable[[], datetime] = at_noon, since: datetime | None = NOON) -> Remembered:
    """The memory of a process that began at noon."""
    made = Remembered(now)
    made.since = since
    return made


def handle(handled: HandledRequests, requests: Iterable[str], answer: Answer | None = None) -> list[str]:
    """Let these come, and return those that were handled."""
    seen: list[str] = []

    async def story() -> None:
        for request in requests:

            async def once(request: str = request) -> tuple[Answer, bool]:
                seen.append(request)
                return answer or {}, True

            await handled.once(request, once)

    run_alone(story())
    return seen


def answer_to(handled: HandledRequests, request: str) -> Answer:
    async def never() -> tuple[Answer, bool]:
        raise AssertionError

    return run_alone(handled.once(request, never))


REQUESTS = st.lists(st.text(max_size=6), max_size=12)
LIVES = st.lists(REQUESTS, min_size=1, max_size=5)


@given(LIVES)
def test_however_often_a_cell_is_handed_over_no_request_is_handled_twice(lives: list[list[str]]) -> None:
    here, all_seen = memory(), list[str]()
    for requests in lives:
        all_seen += handle(here.handled_in(TEAM), requests)
        there = memory()
        there.take_up(here.give())
        here = there

    assert len(all_seen) == len(set(all_seen))
    assert [] == handle(here.handled_in(TEAM), [one for requests in lives for one in requests])


@given(LIVES, REQUESTS)
def test_what_was_handled_meanwhile_is_known_as_well(lives: list[list[str]], more: list[str]) -> None:
    """Memories that began by themselves have other keys."""
    here = memory()
    for requests in lives:
        there = memory()
        handle(there.handled_in(TEAM), requests)
        here.take_up(there.give())
        handle(here.handled_in(TEAM), more)
        again = memory()
        again.take_up(here.give())
        here = again

    assert [] == handle(here.handled_in(TEAM), [*more, *(one for requests in lives for one in requests)])


def test_each_workspace_of_a_cell_has_its_own_requests() -> None:
    here, there = memory(), memory()
    handle(here.handled_in(TEAM), ["1.2.x"])
    there.take_up(here.give())

    assert ["1.2.x"] == handle(there.handled_in("T0SOUTH"), ["1.2.x"])
    assert [] == handle(there.handled_in(TEAM), ["1.2.x"])


def test_handing_over_neither_shortens_nor_prolongs_how_long_a_request_is_known() -> None:
    now = NOON

    def handed_over(here: Remembered) -> Remembered:
        there = memory(lambda: now)
        there.take_up(here.give())
        return there

    here = memory(lambda: now)
    handle(here.handled_in(TEAM), ["old"])
    known = []
    for hour in range(60):
        now = NOON + timedelta(hours=hour)
        here = handed_over(here)
        handle(here.handled_in(TEAM), [f"at {hour}"])
        known.append("old" not in handle(handed_over(here).handled_in(TEAM), ["old"]))

    assert all(known[:24])
    assert not any(known[49:])


def test_a_busy_cell_hands_over_no_more_than_it_remembers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(replays, "REMEMBERED", 10)
    here = memory()
    sizes = []
    for life in range(8):
        handle(here.handled_in(TEAM), [f"{life} {number}" for number in range(35)])
        sizes.append(len(here.give()))
        there = memory()
        there.take_up(here.give())
        here = there

    assert here.handled_in(TEAM).count <= 20
    assert max(sizes) < 1000


ERRORS: Answer = {"response_action": "errors", "errors": {"reply.text": "Please choose an answer."}}
THANKS: Answer = {"response_action": "update", "view": {"private_metadata": "the receipt"}}


def test_a_copy_of_a_form_with_errors_keeps_it_open_after_a_handover_and_nothing_else_passes_on() -> None:
    """An empty answer closes the form, and what was typed would be gone."""
    here, there = memory(), memory()
    handle(here.handled_in(TEAM), ["with errors"], ERRORS)
    handle(here.handled_in(TEAM), ["sent"], THANKS)
    handle(here.handled_in(TEAM), ["asked"], {"text": "what somebody typed"})
    given_ = here.give()
    there.take_up(given_)
    handled = there.handled_in(TEAM)

    assert [ERRORS, {}, {}] == [answer_to(handled, name) for name in ("with errors", "sent", "asked")]
    assert b"receipt" not in given_
    assert b"typed" not in given_


def test_no_id_and_no_receipt_can_be_read_in_what_is_handed_over() -> None:
    here = memory()
    handle(here.handled_in(TEAM), ["12345.67890.abcdef"])
    here.newest.claim(ROUND, b"receipt of sixteen", 5, (NOW_S, 1))
    given_ = here.give()

    assert b"12345" not in given_
    for part in (b"receipt", b"receipt of sixteen".hex().encode(), b"cmVjZWlwd"):
        assert part not in given_


def test_the_digests_of_two_cells_are_not_alike() -> None:
    """What is known of one says nothing of another."""
    digests = []
    for _ in range(2):
        one = memory()
        handle(one.handled_in(TEAM), ["1.2.x"])
        one.newest.claim(ROUND, b"mine", 5, (NOW_S, 1))
        told = orjson.loads(one.give())
        digests.append((told["handled"][TEAM]["done"], told["newest"]))

    (ones, mine), (others, theirs) = digests
    assert not set(ones) & set(others)
    assert not set(ones.values()) & set(others.values())
    assert mine != theirs


def test_the_order_of_the_requests_does_not_pass_on() -> None:
    """Two orders of arrival give the same bytes."""
    names = [f"{number}.x" for number in range(50)]
    first = memory()
    handle(first.handled_in(TEAM), names)
    second = memory()
    second.take_up(memory_of_none(first))
    handle(second.handled_in(TEAM), reversed(names[1:]))

    assert orjson.loads(first.give())["handled"] == orjson.loads(second.give())["handled"]


def memory_of_none(like: Remembered) -> bytes:
    """The same memory with its first request only, and so with its key."""
    one = memory()
    one.take_up(like.give())
    told = orjson.loads(one.give())
    (key,) = told["handled"][TEAM]["done"]
    alone = HandledRequests(at_noon)
    alone._key = bytes.fromhex(key)
    handle(alone, ["0.x"])
    told["handled"][TEAM] = alone.give()
    return orjson.dumps(told)


TAKES_UP = """
import asyncio, json, sys
from datetime import UTC, datetime
from bot.core.model import RoundId
from bot.slack.transport.remembered import Remembered

here = Remembered(lambda: datetime(2026, 11, 24, 12, tzinfo=UTC))
here.take_up(sys.stdin.buffer.read())

async def handle():
    return {"text": "handled"}, True

async def story():
    return [await here.handled_in("T0NORTH").once(name, handle) for name in ("old", "new")]

taken = here.newest.claim(RoundId("00000000000a"), b"mine", 5, (0, 1))
print(json.dumps([asyncio.run(story()), taken]))
"""


def test_another_process_knows_them_whatever_its_hashes_are() -> None:
    here = memory()
    handle(here.handled_in(TEAM), ["old"])
    here.newest.claim(ROUND, b"mine", 6, (NOW_S, 1))

    done = subprocess.run(
        [sys.executable, "-c", TAKES_UP],
        input=here.give(),
        capture_output=True,
        check=True,
        env={"PYTHONHASHSEED": "1"},
    )

    assert [[{}, {"text": "handled"}], False] == json.loads(done.stdout)


# Forms

SECONDS = st.integers(NOW_S - 250, NOW_S)
OPENED = st.sampled_from([0, 5, 6, inf])
CLAIMS = st.lists(st.tuples(st.sampled_from([b"mine", b"yours"]), OPENED, SECONDS), max_size=12)


@given(st.lists(CLAIMS, min_size=1, max_size=4), st.booleans())
def test_however_often_a_cell_is_handed_over_no_older_form_is_taken(
    lives: list[list[tuple[bytes, float, int]]], late: object
) -> None:
    """As if one process had seen them all. ``late``: what was remembered comes when some have been taken."""
    whole, here = memory().newest, memory()
    number = 0
    for claims in lives:
        there = memory()
        if not late:
            there.take_up(here.give())
        for receipt, opened, signed_s in claims:
            number += 1
            expected = whole.claim(ROUND, receipt, opened, (signed_s, number))
            taken = there.newest.claim(ROUND, receipt, opened, (signed_s, number))
            assert late or expected == taken
        if late:
            there.take_up(here.give())
        here = there

    for receipt in (b"mine", b"yours"):
        for opened in (0, 5, 6, inf):
            for signed_s in (NOW_S - 251, NOW_S - 100, NOW_S + 1):
                sent: Sent = (signed_s, number + 1)
                orders = [memory(), memory()]
                orders[0].take_up(here.give())
                fresh = orders[0].newest.claim(ROUND, receipt, opened, sent)
                known = max(
                    [
                        (one_opened, one_signed)
                        for claims in lives
                        for one, one_opened, one_signed in claims
                        if one == receipt
                    ],
                    default=(-1.0, 0),
                )
                assert fresh == ((opened, signed_s) >= known)


def test_of_a_withdrawn_reply_no_form_is_taken_by_the_next_process() -> None:
    here, there = memory(), memory()
    here.newest.claim(ROUND, b"mine", 5, (NOW_S, 1))
    here.newest.end(ROUND, b"mine")
    there.take_up(here.give())

    assert not there.newest.claim(ROUND, b"mine", 9e12, (NOW_S + 60, 2))
    assert there.newest.claim(ROUND, b"another one", 5, (NOW_S, 3))


def test_the_forms_of_an_ended_round_do_not_pass_on() -> None:
    here, there = memory(), memory()
    here.newest.end(ROUND, b"mine")
    here.newest.forget({ROUND})
    there.take_up(here.give())

    assert frozenset() == there.newest.rounds()


def test_when_somebody_replied_does_not_pass_on_once_no_copy_can_come_any_more() -> None:
    now = NOON
    here = memory(lambda: now)
    here.newest.claim(ROUND, b"first", 0, (NOW_S, 1))
    here.newest.claim(ROUND, b"changed", 5, (NOW_S, 2))
    soon = orjson.loads(here.give())["newest"][ROUND]
    now = NOON + timedelta(minutes=11)
    later = orjson.loads(here.give())["newest"][ROUND]

    assert [2 * 32] == [len(one) for one in soon.values()]
    assert [1 * 32] == [len(one) for one in later.values()], "of the first form nothing is left"
    assert soon != later
    there = memory(lambda: now)
    there.take_up(here.give())
    assert not there.newest.claim(ROUND, b"changed", 0, (NOW_S + 600, 1))
    assert there.newest.claim(ROUND, b"changed", 5, (NOW_S + 600, 1))


# Since when


@pytest.mark.parametrize(("second", "unknown"), [(-1, True), (0, True), (1, False)])
def test_what_slack_signed_in_the_second_of_the_beginning_or_before_is_unknown(
    second: int, unknown: object
) -> None:
    here = memory(since=NOON + timedelta(milliseconds=700))

    assert unknown == here.is_unknown(NOW_S + second)


def test_where_one_process_knows_everything_nothing_is_unknown() -> None:
    assert not memory(since=None).is_unknown(0)


BEGINNINGS = st.none() | st.integers(0, 100).map(lambda s: NOON - timedelta(seconds=s))


@given(st.lists(BEGINNINGS, min_size=1, max_size=5))
def test_what_is_known_reaches_back_to_the_beginning_of_the_first_in_the_line(
    beginnings: list[datetime | None],
) -> None:
    ordered = sorted(beginnings, key=lambda one: one or datetime.min.replace(tzinfo=UTC))
    line = [memory(since=since) for since in ordered]
    for giver, taker in pairwise(line):
        taker.take_up(giver.give())

    assert ordered[0] == line[-1].since


BAD = [
    b"",
    b"[]",
    b"{}",
    b'{"format": 2}',
    b'{"format": 1, "since": 5, "handled": {}, "newest": {}}',
    b'{"format": 1, "since": null, "handled": {"T": {}}, "newest": {}}',
    b'{"format": 1, "since": null, "handled": {}, "newest": {"r": {"00": ""}}}',
    b'{"format": 1, "since": null, "handled": {}, "newest": {"r": {"' + b"00" * 16 + b'": "AAAA"}}}',
]


@pytest.mark.parametrize("given_", BAD)
def test_what_cannot_be_read_leaves_what_was_sent_before_unknown(given_: bytes) -> None:
    here = memory()

    with pytest.raises(UnreadableMemoryError):
        here.take_up(given_)

    assert here.is_unknown(NOW_S)


def test_a_request_that_is_under_way_does_not_pass_on_as_done() -> None:
    async def story() -> bytes:
        here = memory()
        go_on = asyncio.Event()

        async def slow() -> tuple[Answer, bool]:
            await go_on.wait()
            return {}, True

        under_way = asyncio.ensure_future(here.handled_in(TEAM).once("1.2.x", slow))
        await asyncio.sleep(0)
        given_ = here.give()
        go_on.set()
        await under_way
        return given_

    there = memory()
    there.take_up(run_alone(story()))

    assert ["1.2.x"] == handle(there.handled_in(TEAM), ["1.2.x"])
