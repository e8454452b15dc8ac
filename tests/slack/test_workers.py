"""Verbs are run again until they know enough, in time or not at all; and what they leave behind is done."""

import asyncio
import threading
from collections.abc import Awaitable, Callable
from concurrent.futures import Future
from typing import TypeVar

import pytest

from bot.core.model import ChannelId, MemberId
from bot.demo.people import Member
from bot.demo.server import DemoServer
from bot.demo.workspace import BOT_USER_ID
from bot.errors import SlackError, SlackUnavailableError, StoreError
from bot.slack.client.calls import web_client
from bot.slack.client.proxies import route_to
from bot.slack.client.rate_limits import RETRIES
from bot.slack.directory.cache import DirectoryCache, FactKey, FactKind
from bot.slack.directory.lookup import CachedSource, NotKnownError, SlackDirectory
from bot.slack.directory.person import Organisation
from bot.slack.kit.shares import Share, Shares
from bot.slack.startup import Startup
from bot.slack.transport import pools
from bot.slack.transport import workers as work_module
from bot.slack.transport.session import Session
from bot.slack.transport.setup import bolt_app
from bot.slack.transport.workers import BACKGROUND_TASKS, BackgroundTask, TooLateError, Workers
from tests.asks_first import asks_first
from tests.fakes.loops import run_alone
from tests.patience import PATIENCE_S
from tests.slack.conftest import Misbehaving
from tests.slack.samples import OPENED

T = TypeVar("T")
Story = Callable[[Workers, SlackDirectory], Awaitable[T]]
TEAM, TOMAS = ChannelId("C02PRODUCT"), MemberId("U02TOMA")


async def no_pause(_: float) -> None:
    """Let it pass at once."""


def told(slack: DemoServer, story: Story[T]) -> T:
    """What comes of this story at the workspace."""

    async def tell() -> T:
        cache = DirectoryCache(lambda: OPENED, Organisation(team=slack.workspace.team_id))
        session = await Session.open(
            slack.bot_token, route_to(slack.api_url), cache, lambda: lambda _: None, no_pause
        )
        try:
            return await story(session.workers, SlackDirectory(cache, CachedSource(cache)))
        finally:
            session.stop_calls()
            await session.close()

    return run_alone(tell())


def asked(slack: DemoServer) -> list[str]:
    return [call.method for call in slack.workspace.calls]


def test_a_verb_is_run_again_when_what_it_wants_to_know_is_known(slack: DemoServer) -> None:
    runs = []

    async def story(work: Workers, directory: SlackDirectory) -> bool:
        def verb() -> bool:
            runs.append(threading.current_thread().name)
            return directory.is_member(TEAM, TOMAS)

        return await work.run_use_case(verb, [])

    assert told(slack, story)
    assert ["conversations.members", "users.info"] == asked(slack)
    assert 3 == len(runs)
    assert all(name.startswith("use-case") for name in runs)


def test_a_verb_that_does_something_before_it_asks_is_found(slack: DemoServer) -> None:
    shares = Shares()

    async def story(work: Workers, directory: SlackDirectory) -> bool:
        def verb() -> bool:
            shares.claim(Share(channel=TEAM, what="summary", day=OPENED.date()))
            return directory.is_private(TEAM)

        return await work.run_use_case(verb, [])

    with pytest.raises(AssertionError, match="claim before channel"), asks_first():
        told(slack, story)


def test_of_many_who_want_to_know_the_same_slack_is_asked_once(slack: DemoServer) -> None:
    async def story(work: Workers, directory: SlackDirectory) -> list[bool]:
        verbs = (work.run_use_case(lambda: directory.is_private(TEAM), []) for _ in range(50))
        return await asyncio.gather(*verbs)

    assert [False] * 50 == told(slack, story)
    assert ["conversations.info"] == asked(slack)


def test_what_another_verb_has_found_out_meanwhile_is_not_asked_again(slack: DemoServer) -> None:
    async def story(work: Workers, directory: SlackDirectory) -> bool:
        late = [NotKnownError(FactKey(FactKind.CHANNEL, TEAM))]

        def verb() -> bool:
            if late:  # it ended when nothing was known, and comes back only now
                raise late.pop()
            return directory.is_private(TEAM)

        await work.run_use_case(lambda: directory.is_private(TEAM), [])
        return await work.run_use_case(verb, [])

    assert not told(slack, story)
    assert ["conversations.info"] == asked(slack)


def test_a_refusal_is_handed_to_the_verb_that_asked(slack: DemoServer) -> None:
    async def story(work: Workers, directory: SlackDirectory) -> str:
        def verb() -> str:
            try:
                directory.is_private(ChannelId("C0NOWHERE"))
            except SlackError as error:
                return error.reason
            return "known"

        return await work.run_use_case(verb, [])

    assert "channel_not_found" == told(slack, story)


def test_no_verb_waits_for_long_for_a_list_of_all_people_of_which_there_is_none_yet(
    slack: DemoServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(work_module, "LIST_S", 0.01)
    slack.fail_next("users.list", delay_s=PATIENCE_S)

    async def story(work: Workers, directory: SlackDirectory) -> frozenset[str]:
        async with asyncio.timeout(PATIENCE_S / 3):
            return await work.run_use_case(lambda: directory.names(TEAM), [])

    with pytest.raises(SlackUnavailableError) as error:
        told(slack, story)
    assert "people_not_listed" == error.value.reason


def test_a_verb_that_still_wants_to_know_something_is_given_up(
    slack: DemoServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(work_module, "MOST_RUNS", 2)

    async def story(work: Workers, directory: SlackDirectory) -> bool:
        return await work.run_use_case(lambda: directory.is_member(TEAM, TOMAS), [])

    with pytest.raises(SlackUnavailableError):
        told(slack, story)


def test_only_what_the_last_run_leaves_behind_is_done(slack: DemoServer) -> None:
    done = []

    async def story(work: Workers, directory: SlackDirectory) -> None:
        steps: list[BackgroundTask] = []

        async def step() -> None:
            done.append("step")

        def verb() -> None:
            BACKGROUND_TASKS.get().append(step)
            directory.is_member(TEAM, TOMAS)

        await work.run_use_case(verb, steps)
        work.start(steps)
        await work.close()

    told(slack, story)
    assert ["step"] == done


def test_what_has_not_begun_in_time_is_not_begun(slack: DemoServer) -> None:
    begun = []

    async def story(work: Workers, _: SlackDirectory) -> None:
        go_on = threading.Event()
        blocking = [
            work.create_task(work.run_use_case(lambda: go_on.wait(PATIENCE_S), []))
            for _ in range(pools.USE_CASES)
        ]
        await asyncio.sleep(0)
        try:
            with pytest.raises(TooLateError):
                await work.run_use_case(lambda: begun.append("late"), [], until_s=0)
        finally:
            go_on.set()
            await asyncio.gather(*blocking)

    told(slack, story)
    assert [] == begun


def test_what_has_begun_in_time_is_waited_for(slack: DemoServer) -> None:
    async def story(work: Workers, _: SlackDirectory) -> str:
        begun, go_on = threading.Event(), threading.Event()

        def verb() -> str:
            begun.set()
            go_on.wait(PATIENCE_S)
            return "stored"

        loop = asyncio.get_running_loop()
        running = work.create_task(work.run_use_case(verb, [], writes=True, until_s=loop.time() + 0.01))
        await asyncio.to_thread(begun.wait, 5)
        given_up, _ = await asyncio.wait({running}, timeout=0.05)
        assert not given_up
        go_on.set()
        return await running

    assert "stored" == told(slack, story)


def test_what_still_waits_to_be_stored_is_taken_out_of_the_queue_when_it_is_late(slack: DemoServer) -> None:
    async def story(work: Workers, _: SlackDirectory) -> bool:
        storing: Future[str] = Future()
        with pytest.raises(TooLateError):
            await work.wait_for(storing, 0)
        return storing.cancelled()

    assert told(slack, story)


def test_what_is_being_stored_is_waited_for_however_late(slack: DemoServer) -> None:
    async def story(work: Workers, _: SlackDirectory) -> bool:
        storing: Future[str] = Future()
        storing.set_running_or_notify_cancel()
        ending = asyncio.ensure_future(work.wait_for(storing, 0))
        for _turn in range(20):
            await asyncio.sleep(0)
        early = ending.done()
        storing.set_exception(StoreError())
        await ending
        return early

    assert not told(slack, story)


def test_people_of_whom_nothing_is_known_are_asked_about_together(slack: DemoServer) -> None:
    """They are in a shared channel, and not in the list of all."""
    others = [f"U0OTHER{number:02}" for number in range(30)]

    async def story(work: Workers, directory: SlackDirectory) -> int:
        await work.run_use_case(lambda: directory.names(TEAM), [])
        for one in others:
            slack.workspace.add_member(Member(id=one, name=f"Other {one}", handle=one.lower()))
        slack.workspace.channels[TEAM].members.extend(others)
        directory.forget(TEAM)
        return len(await work.run_use_case(lambda: directory.audience(TEAM), []))

    people = len([one for one in slack.workspace.channels[TEAM].members if one != BOT_USER_ID])
    assert people + len(others) >= told(slack, story) > len(others)
    assert (1, len(others)) == (asked(slack).count("users.list"), asked(slack).count("users.info"))


def test_a_pause_is_waited_out_by_the_call_that_met_it(slack: DemoServer) -> None:
    slack.fail_next("chat.postMessage", retry_after=30)

    async def story(work: Workers, _: SlackDirectory) -> bool:
        return bool((await work.call("chat.postMessage", channel=TEAM, text="hello"))["ok"])

    assert told(slack, story)
    assert ["chat.postMessage"] * 2 == asked(slack)


def test_a_pause_that_is_waited_out_in_the_background_delays_nobody(slack: DemoServer) -> None:
    slack.fail_next("conversations.members", retry_after=30)

    async def story(work: Workers, directory: SlackDirectory) -> bool:
        work.refresh(FactKey(FactKind.MEMBERS, TEAM))
        await asyncio.to_thread(slack.workspace.wait_for, lambda _: bool(asked(slack)))
        return await asyncio.wait_for(
            work.run_use_case(lambda: directory.is_member(TEAM, TOMAS), []), PATIENCE_S
        )

    assert told(slack, story)


def test_a_slack_that_only_ever_asks_for_a_pause_is_given_up(slack: DemoServer) -> None:
    for _ in range(RETRIES + 2):
        slack.fail_next("chat.postMessage", retry_after=1)

    async def story(work: Workers, _: SlackDirectory) -> None:
        await work.call("chat.postMessage", channel=TEAM, text="hello")

    with pytest.raises(SlackUnavailableError):
        told(slack, story)
    assert RETRIES + 1 == len(asked(slack))


def test_an_answer_that_gets_lost_is_not_sent_again(slack: DemoServer, misbehaving: Misbehaving) -> None:
    """What repeats calls by itself would say it twice."""
    misbehaving.answers = [(1, b"")]

    async def story(work: Workers, _: SlackDirectory) -> None:
        await work.post(misbehaving.url, {"text": "hello"})

    with pytest.raises(SlackUnavailableError):
        told(slack, story)
    assert 1 == misbehaving.asked


def test_nobody_repeats_by_itself_what_members_wait_for(slack: DemoServer) -> None:
    """Bolt hands the handlers of its client on with every request."""
    who = {"team_id": slack.workspace.team_id}

    async def handlers() -> list[object]:
        cache = DirectoryCache(lambda: OPENED, Organisation(team=slack.workspace.team_id))
        route = route_to(slack.api_url)
        session = await Session.open(slack.bot_token, route, cache, lambda: lambda _: None, no_pause)
        app = bolt_app(session, Startup(auth_test=who, scopes=None, slack_at=None))
        await session.close()
        return [*app.client.retry_handlers, *web_client(slack.bot_token, route).retry_handlers]

    assert [] == run_alone(handlers())


def test_a_pause_that_is_longer_than_a_click_is_good_for_is_told_at_once(slack: DemoServer) -> None:
    slack.fail_next("views.open", retry_after=30)

    async def story(work: Workers, _: SlackDirectory) -> None:
        await work.call("views.open", trigger_id="1.2.x", view={"type": "modal", "blocks": []})

    with pytest.raises(SlackUnavailableError) as error:
        told(slack, story)
    assert "ratelimited" == error.value.reason
    assert ["views.open"] == asked(slack)


def test_what_fails_after_the_acknowledgement_is_logged_by_its_code_and_never_by_its_text(
    slack: DemoServer, caplog: pytest.LogCaptureFixture
) -> None:
    secret = "what nobody may read in a log"

    async def refused() -> None:
        raise SlackError("channel_not_found", secret)

    async def broken() -> None:
        raise ValueError(secret)

    async def story(work: Workers, _: SlackDirectory) -> None:
        work.start([refused, broken])
        await work.close()

    with caplog.at_level("DEBUG", "bot"):
        told(slack, story)

    assert {"channel_not_found", "ValueError"} == {record.code for record in caplog.records}
    assert all(record.exc_info is None for record in caplog.records)
    assert secret not in caplog.text
