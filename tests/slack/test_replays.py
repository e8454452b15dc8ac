"""A copy of a request is answered, and alters nothing."""

import asyncio
from typing import Any

import pytest

from bot.slack.transport import replays
from bot.slack.transport.replays import Answer, Handled, NewestForms, id_of
from tests.fakes.loops import run_alone


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
        handled, handler = Handled(), Handler()
        return [await handled.once("T1", handler) for _ in range(3)], handler.times

    assert ([{"text": "answer 1"}] * 3, 1) == run_alone(story())


def test_a_copy_of_what_is_being_handled_waits_for_the_same_answer() -> None:
    async def story() -> tuple[list[Answer], int]:
        handled, handler = Handled(), Handler()
        handler.go_on.clear()
        both = [asyncio.ensure_future(handled.once("T1", handler)) for _ in range(2)]
        await asyncio.sleep(0)
        handler.go_on.set()
        return [await one for one in both], handler.times

    assert ([{"text": "answer 1"}] * 2, 1) == run_alone(story())


def test_what_has_failed_may_come_again() -> None:
    async def story() -> int:
        handled, handler = Handled(), Handler(fails=1)
        for _ in range(3):
            await handled.once("T1", handler)
        return handler.times

    assert 2 == run_alone(story())


def test_older_answers_go_and_their_requests_are_still_known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(replays, "ANSWERS", 2)
    monkeypatch.setattr(replays, "REMEMBERED", 2)

    async def story() -> tuple[list[Answer], int]:
        handled, handler = Handled(), Handler()
        for number in range(5):
            await handled.once(f"T{number}", handler)
        return [await handled.once(f"T{number}", handler) for number in (4, 2, 0)], handler.times

    assert ([{"text": "answer 5"}, {}, {"text": "answer 6"}], 6) == run_alone(story())


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
    taken = [newest.take(b"mine", opened) for opened in (0, 5, 5, 3, 0, 6)]

    assert [True, True, True, False, False, True] == taken
    assert newest.take(b"another one", 0)


def test_of_a_reply_that_was_withdrawn_no_form_is_taken() -> None:
    newest = NewestForms()
    newest.end(b"mine")

    assert not newest.take(b"mine", 5)
    assert newest.take(b"another one", 5)


def test_only_so_many_replies_are_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(replays, "REMEMBERED", 2)
    newest = NewestForms()
    for name in (b"1", b"2", b"3"):
        newest.end(name)

    assert [False, False, True] == [newest.take(name, 5) for name in (b"3", b"2", b"1")]
