"""Whatever a listener does, its request is answered in time, and a copy of what was answered does nothing."""

import asyncio
import threading
from concurrent.futures import Future
from types import SimpleNamespace
from typing import cast

import pytest

from bot.demo.server import DemoServer
from bot.errors import StoreError
from bot.slack import dispatch
from bot.slack.context import Ack, Body, ListenerContext
from bot.slack.directory.lookup import SlackDirectory
from bot.slack.dispatch import Listener, Request
from bot.slack.transport import pools
from bot.slack.transport.replays import Answer
from bot.slack.transport.workers import BACKGROUND_TASKS, Workers
from tests.patience import PATIENCE_S
from tests.slack.test_workers import told

SENT: Body = {"type": "view_submission", "trigger_id": "1.2.x"}
PRESSED: Body = {"type": "block_actions", "trigger_id": "1.2.x"}
HAPPENED: Body = {"type": "event_callback", "event_id": "Ev1"}


def fails(_context: ListenerContext, _ack: Ack, _body: Body) -> None:
    raise ValueError


async def nothing() -> None:
    """A step after the acknowledgement."""


def tell(_context: ListenerContext, ack: Ack, error: Exception, _body: Body) -> None:
    BACKGROUND_TASKS.get().append(nothing)
    ack(text=type(error).__name__)


def request(work: Workers, body: Body) -> Request:
    """One whose listener fails."""
    return Request(cast(ListenerContext, SimpleNamespace(workers=work)), fails, tell, body)


@pytest.mark.parametrize(("body", "is_done"), [(SENT, True), (PRESSED, True), (HAPPENED, False)])
def test_what_somebody_was_told_has_failed_is_not_done_by_a_copy(
    slack: DemoServer, body: Body, is_done: object
) -> None:
    async def story(work: Workers, _: SlackDirectory) -> tuple[Answer, bool]:
        return await request(work, body).answered()

    assert ({"text": "ValueError"}, is_done) == told(slack, story)


def test_what_was_not_begun_in_time_is_not_done_by_a_copy(
    slack: DemoServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who was told so has sent it again, perhaps with another text."""
    monkeypatch.setattr(dispatch, "BEGUN_S", 0.01)
    monkeypatch.setattr(pools, "WRITERS", 1)

    async def story(work: Workers, _: SlackDirectory) -> tuple[Answer, bool]:
        go_on = threading.Event()
        blocking = work.create_task(work.run_use_case(lambda: go_on.wait(PATIENCE_S), [], writes=True))
        await asyncio.sleep(0)
        try:
            return await request(work, SENT).answered()
        finally:
            go_on.set()
            await blocking

    assert ({"text": "TooLateError"}, True) == told(slack, story)


def stores(storing: "Future[str]") -> Listener:
    """A listener that hands something in, and tells in the end what became of it."""

    def hand_in(_context: ListenerContext, ack: Ack, _body: Body) -> None:
        ack.when_stored(storing, lambda stored: ack(text=stored.result()))

    return hand_in


async def answered(work: Workers, listener: Listener) -> tuple[Answer, bool]:
    """What a form is answered that this listener takes."""
    return await Request(
        cast(ListenerContext, SimpleNamespace(workers=work)), listener, tell, SENT
    ).answered()


def test_nothing_is_acknowledged_before_it_is_stored(slack: DemoServer) -> None:
    async def story(work: Workers, _: SlackDirectory) -> tuple[bool, Answer]:
        storing: Future[str] = Future()
        storing.set_running_or_notify_cancel()
        handed_in = asyncio.Event()

        def listener(_context: ListenerContext, ack: Ack, _body: Body) -> None:
            stores(storing)(_context, ack, _body)
            loop.call_soon_threadsafe(handed_in.set)

        loop = asyncio.get_running_loop()
        answering = asyncio.ensure_future(answered(work, listener))
        await handed_in.wait()
        for _turn in range(20):
            await asyncio.sleep(0)
        early = answering.done()
        storing.set_result("stored")
        answer, _done = await answering
        return early, answer

    assert (False, {"text": "stored"}) == told(slack, story)


def test_what_could_not_be_stored_is_told(slack: DemoServer) -> None:
    async def story(work: Workers, _: SlackDirectory) -> Answer:
        storing: Future[str] = Future()
        storing.set_exception(StoreError())
        answer, _done = await answered(work, stores(storing))
        return answer

    assert {"text": "StoreError"} == told(slack, story)


def test_a_failure_is_told_while_all_verbs_are_busy(slack: DemoServer) -> None:
    async def story(work: Workers, _: SlackDirectory) -> Answer:
        go_on = threading.Event()
        blocking = [
            work.create_task(work.run_use_case(lambda: go_on.wait(PATIENCE_S), []))
            for _ in range(pools.USE_CASES)
        ]
        await asyncio.sleep(0)
        try:
            answer, _done = await asyncio.wait_for(request(work, SENT).answered(), 2)
        finally:
            go_on.set()
            await asyncio.gather(*blocking)
        return answer

    assert {"text": "ValueError"} == told(slack, story)
