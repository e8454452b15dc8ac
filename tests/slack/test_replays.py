"""A copy of a request is answered, and alters nothing."""

import asyncio
from contextvars import copy_context
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot.core.model import RoundId
from bot.slack.transport import replays
from bot.slack.transport.replays import Answer, HandledRequests, NewestForms, Sent, id_of, note_arrival
from tests.fakes.loops import run_alone

ONE, TWO = RoundId("00000000000a"), RoundId("00000000000b")

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)


def at_noon() -> datetime:
    return NOON


SENT: Sent = (100, 1)


class Handler:
    """Counts how often a request was handled; ``fails`` so many times first."""

    def __init__(self, fails: int = 0) -> None:
        self.times = 0
        self.fails = fails
        self.go_on = asyncio.Event()
        self.go_on.set()

    async def __call__(self) -> tuple[Answer, bool]:
        self.times += 1
        await self.go_on.wait()
        return {"text": f"answer {self.times}"}, self.times > self.fails


def test_a_copy_gets_the_answer_of_the_first_one() -> None:
    async def story() -> tuple[list[Answer], int]:
        handled, handler = HandledRequests(at_noon), Handler()
        return [await handled.once("T1", handler) for _ in range(3)], handler.times

    assert ([{"text": "answer 1"}] * 3, 1) == run_alone(story())


def test_a_copy_of_what_is_being_handled_waits_for_the_same_answer() -> None:
    async def story() -> tuple[list[Answer], int]:
        handled, handler = HandledRequests(at_noon), Handler()
        handler.go_on.clear()
        both = [asyncio.ensure_future(handled.once("T1", handler)) for _ in range(2)]
        await asyncio.sleep(0)
        handler.go_on.set()
        return [await one for one in both], handler.times

    assert ([{"text": "answer 1"}] * 2, 1) == run_alone(story())


def test_a_copy_that_is_broken_off_takes_the_answer_from_nobody() -> None:
    async def story() -> tuple[Answer, Answer, int]:
        handled, handler = HandledRequests(at_noon), Handler()
        handler.go_on.clear()
        first, copy = (asyncio.ensure_future(handled.once("T1", handler)) for _ in range(2))
        await asyncio.sleep(0)
        copy.cancel()
        await asyncio.wait({copy})
        handler.go_on.set()
        return await first, await handled.once("T1", handler), handler.times

    assert ({"text": "answer 1"}, {"text": "answer 1"}, 1) == run_alone(story())


def test_a_copy_of_what_is_broken_off_is_not_answered_as_if_it_were_done() -> None:
    async def story() -> tuple[bool, int]:
        handled, handler = HandledRequests(at_noon), Handler()
        handler.go_on.clear()
        first, copy = (asyncio.ensure_future(handled.once("T1", handler)) for _ in range(2))
        await asyncio.sleep(0)
        first.cancel()
        await asyncio.wait({first, copy})
        handler.go_on.set()
        await handled.once("T1", handler)
        return copy.cancelled(), handler.times

    assert (True, 2) == run_alone(story())


def test_what_has_failed_may_come_again() -> None:
    async def story() -> int:
        handled, handler = HandledRequests(at_noon), Handler(fails=1)
        for _ in range(3):
            await handled.once("T1", handler)
        return handler.times

    assert 2 == run_alone(story())


def test_older_answers_go_and_their_requests_are_still_known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(replays, "ANSWERS", 2)
    monkeypatch.setattr(replays, "REMEMBERED", 2)

    async def story() -> tuple[list[Answer], int]:
        handled, handler = HandledRequests(at_noon), Handler()
        for number in range(5):
            await handled.once(f"T{number}", handler)
        return [await handled.once(f"T{number}", handler) for number in (4, 2, 0)], handler.times

    assert ([{"text": "answer 5"}, {}, {"text": "answer 6"}], 6) == run_alone(story())


@pytest.mark.parametrize("step", [timedelta(days=1), -timedelta(hours=1)])
def test_a_request_is_known_for_a_day_and_forgotten_after_two(step: timedelta) -> None:
    """Also where the clock was set back meanwhile."""
    now = NOON

    async def story() -> list[int]:
        nonlocal now
        handled, old = HandledRequests(lambda: now), Handler()
        times = []
        for _ in range(3):
            await handled.once("old", old)
            times.append(old.times)
            now += step
            await handled.once(f"at {now}", Handler())
        return times

    assert [1, 1, 2] == run_alone(story())


def test_two_hundred_busy_days_leave_two_in_memory() -> None:
    now = NOON

    async def story() -> int:
        nonlocal now
        handled = HandledRequests(lambda: now)
        for day in range(200):
            for number in range(50):
                await handled.once(f"{day} {number}", Handler())
            now += timedelta(days=1)
        return handled.count

    assert 100 == run_alone(story())


@pytest.mark.parametrize(
    ("body", "known"),
    [
        ({"type": "event_callback", "event_id": "Ev1"}, "Ev1"),
        ({"type": "view_submission", "trigger_id": "1.2.x"}, "1.2.x"),
        ({"type": "view_closed"}, ""),
    ],
)
def test_a_request_is_known_by_the_id_of_what_happened(body: dict[str, Any], known: str) -> None:
    assert known == id_of(body)


def test_of_the_forms_of_a_reply_only_an_older_one_is_not_taken() -> None:
    newest = NewestForms()
    taken = [newest.claim(ONE, b"mine", opened, SENT) for opened in (0, 5, 5, 3, 0, 6)]

    assert [True, True, True, False, False, True] == taken
    assert newest.claim(ONE, b"another one", 0, SENT)


def test_of_one_form_that_was_sent_several_times_the_one_that_was_sent_last_is_taken() -> None:
    newest = NewestForms()
    taken = [
        newest.claim(ONE, b"mine", 5, sent) for sent in ((100, 7), (101, 2), (100, 8), (101, 2), (101, 3))
    ]

    assert [True, True, False, True, True] == taken


def test_a_form_that_was_opened_later_is_newer_whenever_it_was_sent() -> None:
    newest = NewestForms()

    assert newest.claim(ONE, b"mine", 6, (100, 1))
    assert not newest.claim(ONE, b"mine", 5, (200, 2))


def test_requests_are_in_the_order_of_their_signatures_and_then_of_their_arrival() -> None:
    def arrived(signed_s: int) -> Sent:
        def note() -> Sent:
            note_arrival(signed_s)
            return replays.SENT.get()

        return copy_context().run(note)

    first, second, third = arrived(100), arrived(100), arrived(99)

    assert third < first < second


def test_of_a_reply_that_was_withdrawn_no_form_is_taken() -> None:
    newest = NewestForms()
    newest.end(ONE, b"mine")

    assert not newest.claim(ONE, b"mine", 5, SENT)
    assert newest.claim(ONE, b"another one", 5, SENT)


def test_the_forms_of_a_round_are_forgotten_with_it_and_no_others() -> None:
    newest = NewestForms()
    newest.end(ONE, b"mine")
    newest.end(TWO, b"mine")

    newest.forget({ONE})

    assert newest.rounds() == {TWO}
    assert not newest.claim(TWO, b"mine", 5, SENT)
