"""Slack has a bad day: it answers late, cuts, repeats, refuses and forgets; and what must hold, holds.

What the bot does not survive today is marked, with the plain reason; a mark that is no longer true fails.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, timedelta
from email.utils import parsedate_to_datetime
from http.client import HTTPConnection
from random import Random
from threading import Event

import pytest

from bot.demo.site import Deadlines
from tests.faults import bad_days
from tests.faults.installation import START, Installation
from tests.faults.lap import Lap
from tests.faults.slack import POST, Moment, Play, Seen, parsed
from tests.faults.socket_front import To
from tests.faults.zygote import Zygote

SEED = 7
SOON_S = 0.5
"""How long this Slack waits for an acknowledgement that is not to come in time."""

CUTS = 3

LOST_ANSWERS = {
    "cut": bad_days.cut(applied=True),
    "torn": bad_days.torn,
    "a bad gateway": bad_days.broken(502, applied=True),
}


@contextmanager
def a_day(zygote: Zygote) -> Iterator[tuple[Installation, Lap]]:
    """An installation before its first start; in the end nothing may be wrong with it."""
    with Installation(zygote) as installed:
        lap = Lap(installed, Random(SEED))
        yield installed, lap
        assert [] == lap.all_faults()


@contextmanager
def impatient(installed: Installation) -> Iterator[None]:
    """Slack gives up soon, so that nobody waits for an acknowledgement that does not come in time."""
    site = installed.slack.server.site
    usual, site.deadlines = site.deadlines, Deadlines(ack_s=SOON_S)
    yield
    site.deadlines = usual


def to_the_end(lap: Lap) -> None:
    lap.writers.everybody_replies()
    lap.remind()
    lap.close()
    lap.stop()


def test_a_reply_stored_after_slack_gave_up_waiting_counts_once(zygote: Zygote) -> None:
    with a_day(zygote) as (installed, lap):
        lap.ask()
        writer, until = lap.writers.all[0], Event()
        form = installed.hands.open_form(writer.user)
        installed.pass_time(minutes=2)  # what the bot knows of the channel is too old by then
        installed.slack.play("conversations.members", bad_days.late(until))
        with impatient(installed):
            assert not lap.writers.send(writer, form)
        until.set()
        to_the_end(lap)


def test_a_reply_whose_acknowledgement_got_lost_counts_once(zygote: Zygote) -> None:
    with a_day(zygote) as (installed, lap):
        lap.ask()
        writer = lap.writers.all[0]
        form = installed.hands.open_form(writer.user)
        installed.slack.play_frames(bad_days.unheard_acks)
        with impatient(installed):
            assert not lap.writers.send(writer, form)
        installed.slack.stop_playing()
        to_the_end(lap)


def test_everything_that_members_do_is_delivered_twice_and_counts_once(zygote: Zygote) -> None:
    with a_day(zygote) as (installed, lap):
        for kind in ("view_submission", "block_actions"):
            installed.slack.play_frames(bad_days.repeated(kind))
        lap.run()


def test_a_connection_that_ends_without_a_goodbye_loses_nothing(zygote: Zygote) -> None:
    """Each time that the bot has heard of something, and has not yet acknowledged it."""
    with a_day(zygote) as (installed, lap):
        lap.ask()
        watch = installed.slack.watch
        cuts: list[int] = []

        def cut_when_heard(seen: Seen) -> bool:
            if seen.moment is Moment.HEARD and len(cuts) < CUTS:
                cuts.append(installed.slack.sockets.cut())
            return watch(seen)

        installed.slack.watch = cut_when_heard
        to_the_end(lap)
        assert len(cuts) == CUTS


@pytest.mark.parametrize("how", LOST_ANSWERS)
def test_a_message_whose_answer_is_lost_is_said_twice_at_most(zygote: Zygote, how: str) -> None:
    with a_day(zygote) as (installed, lap):
        installed.slack.play(POST, LOST_ANSWERS[how])
        lap.ask(wake_ups=2)
        lap.writers.everybody_replies()
        lap.remind()
        installed.slack.play(POST, LOST_ANSWERS[how])
        lap.close(wake_ups=2)
        lap.stop()


def test_a_message_whose_answers_are_all_lost_is_said_twice_at_most(zygote: Zygote) -> None:
    with a_day(zygote) as (installed, lap):
        installed.slack.play(POST, bad_days.torn, times=4)
        lap.ask(wake_ups=5)


def test_a_message_that_never_arrived_is_said_once(zygote: Zygote) -> None:
    """It is sent once more, and no third time: nobody can know that it did not arrive."""
    with a_day(zygote) as (installed, lap):
        installed.slack.play(POST, bad_days.cut(applied=False))
        lap.ask(wake_ups=2)
        to_the_end(lap)
        assert len(installed.slack.posts) == 3


PASSING: dict[str, Play] = {
    **{word: bad_days.refused(word) for word in ("internal_error", "fatal_error", "service_unavailable")},
    "too many": bad_days.too_many(1),
    "a bad gateway": bad_days.broken(503, applied=False),
}


@pytest.mark.parametrize("why", PASSING)
def test_a_post_that_is_refused_for_a_moment_comes_with_the_next_wake_up(zygote: Zygote, why: str) -> None:
    with a_day(zygote) as (installed, lap):
        installed.slack.play(POST, PASSING[why])
        lap.ask(wake_ups=2)
        to_the_end(lap)
        assert len(installed.slack.posts) == 3


@pytest.mark.parametrize(
    "word",
    [
        "message_limit_exceeded",
        "rate_limited",
        "team_added_to_org",
        "external_channel_migrating",
        "a_word_that_is_new",
    ],
)
def test_a_passing_refusal_costs_no_question(zygote: Zygote, word: str) -> None:
    with a_day(zygote) as (installed, lap):
        installed.slack.play(POST, bad_days.refused(word))
        lap.ask(wake_ups=2)
        to_the_end(lap)


def test_a_late_copy_of_a_submission_does_not_bring_a_withdrawn_reply_back(zygote: Zygote) -> None:
    with a_day(zygote) as (installed, lap):
        lap.ask()
        sent: list[str] = []
        repeated = Event()

        def remember(to: To, frame: str) -> Iterable[str] | None:
            if to is To.BOT and bad_days.kind_of(frame) == "view_submission":
                sent.append(frame)
            if to is To.SLACK and sent and parsed(frame).get("envelope_id") == parsed(sent[0])["envelope_id"]:
                acks.append(frame)
                if len(acks) > 1:
                    repeated.set()
            return None

        acks: list[str] = []
        installed.slack.play_frames(remember)
        lap.writers.everybody_replies()
        first = parsed(sent[0])["payload"]["user"]["id"]
        lap.writers.withdraw(next(writer for writer in lap.writers if writer.user == first))
        installed.slack.sockets.say(sent[0])
        assert repeated.wait(30)
        lap.remind()
        lap.close()
        lap.stop()


def test_slack_tells_the_time_of_a_clock_of_its_own(zygote: Zygote) -> None:
    with Installation(zygote) as installed:
        installed.slack.skew = timedelta(minutes=7)
        host = installed.slack.web.url.removeprefix("http://")
        wire = HTTPConnection(host)
        wire.request("POST", "/api/api.test", "", {})
        answer = wire.getresponse()
        answer.read()
        wire.close()

    assert parsedate_to_datetime(answer.headers["Date"]).astimezone(UTC) == START + timedelta(minutes=7)
