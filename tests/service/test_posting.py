"""Every kind of message: none is lost for a passing refusal, none in doubt is sent a third time."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import timedelta

import pytest

from bot.core.changes import ChangeKind, ScheduleChange
from bot.core.model import ChannelId, MemberId, MessageTs, Round, RoundState, ScheduleId
from bot.core.posts import PostKind, PostOutcome
from bot.core.release import Published
from bot.errors import SlackError, SlackUnavailableError, StoppingError
from bot.ports import FiringOutcome
from bot.service.channels import introduce, refresh_channel, refresh_if_known
from bot.service.close_rounds import cancel_round, end_as_key_lost
from bot.service.recovery import recover
from bot.service.run_due import run_due
from tests.fakes.directory import people
from tests.service.services import MONDAY, OTHER, TEAM, TUESDAY, Fakes, weekly

NAMED = MemberId("U02")
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
CHANGE = ScheduleChange(kind=ChangeKind.PAUSED, schedule=weekly(), at=MONDAY, by=NAMED)


class KilledError(BaseException):
    """The program ends here."""


def opened(fakes: Fakes) -> Round:
    fakes.put(weekly())
    fakes.now = TUESDAY
    run_due(fakes.services)
    (round_,) = fakes.rounds()
    return round_


def to_ask(fakes: Fakes) -> None:
    fakes.put(weekly())
    fakes.now = TUESDAY


def to_remind(fakes: Fakes) -> None:
    remind_at = opened(fakes).remind_at
    assert remind_at
    fakes.now = remind_at


def to_publish(fakes: Fakes) -> None:
    round_ = opened(fakes)
    fakes.reply(round_, people(6))
    fakes.now = round_.closes_at


def pause_outcome(outcome: FiringOutcome) -> Callable[[Fakes], None]:
    def begin(fakes: Fakes) -> None:
        fakes.put(weekly())
        fakes.now = TUESDAY
        with fakes.store.transaction("test") as tx:
            tx.claim_firing(weekly().id, TUESDAY, outcome)

    return begin


def to_cancel(fakes: Fakes) -> None:
    cancel_round(fakes.services, opened(fakes))


def to_lose_a_key(fakes: Fakes) -> None:
    end_as_key_lost(fakes.services, opened(fakes))


def to_introduce(fakes: Fakes) -> None:
    introduce(fakes.services, TEAM)


def to_tell_a_change(fakes: Fakes) -> None:
    fakes.put(weekly(paused=True))
    with fakes.store.transaction("test") as tx:
        tx.insert_change(CHANGE, told=False)


def to_tell_news(fakes: Fakes) -> None:
    fakes.put(weekly(paused=True))
    refresh_channel(fakes.services, TEAM)
    fakes.directory.renamed[TEAM] = "harbour"
    refresh_if_known(fakes.services, TEAM)


@dataclass(frozen=True, slots=True)
class Case:
    """A message: what makes it due, with which call it is said, and when it is not tried any more."""

    kind: PostKind
    begin: Callable[[Fakes], None]
    verb: str
    given_up: bool = False


CASES = (
    Case(PostKind.QUESTION, to_ask, "announce", given_up=True),
    Case(PostKind.REMINDER, to_remind, "remind", given_up=True),
    Case(PostKind.SUMMARY, to_publish, "post_summary"),
    Case(PostKind.CYCLE, pause_outcome(FiringOutcome.RESTING), "post_cycle"),
    Case(PostKind.GO_ON, pause_outcome(FiringOutcome.QUIET), "ask_to_go_on"),
    Case(PostKind.CANCELLED, to_cancel, "tell"),
    Case(PostKind.KEY_LOST, to_lose_a_key, "tell"),
    Case(PostKind.INTRODUCTION, to_introduce, "introduce"),
    Case(PostKind.CHANGE, to_tell_a_change, "tell_change"),
    Case(PostKind.NEWS, to_tell_news, "tell_admin"),
)
EVERY = pytest.mark.parametrize("case", CASES, ids=lambda case: case.kind.value)


@pytest.fixture
def team(fakes: Fakes) -> Fakes:
    """A channel of eight, and an admin to be told."""
    fakes.with_settings(admins=frozenset({NAMED}))
    return fakes


def begin(fakes: Fakes, case: Case, reason: str) -> None:
    """Make a message due that is refused."""
    fakes.messenger.fail = {case.verb: reason}
    with suppress(SlackError):
        case.begin(fakes)


def wake_up(fakes: Fakes, times: int, every: timedelta = MINUTE) -> None:
    for _ in range(times):
        run_due(fakes.services)
        fakes.now += every


def troubles(fakes: Fakes) -> list[tuple[PostKind, PostOutcome]]:
    return [(trouble.kind, trouble.fate) for _, trouble, _ in fakes.messenger.troubles_told]


def said(fakes: Fakes, verb: str) -> int:
    messenger = fakes.messenger
    of_schedules = sum(one == verb for one, _ in messenger.told)
    in_channels = {
        "introduce": sum(one == "introduce" for one, *_ in messenger.channels_told),
        "tell_change": sum(one == CHANGE.kind.value for one, *_ in messenger.channels_told),
        "tell_admin": len(messenger.admins_told),
    }
    return messenger.verbs().count(verb) + of_schedules + in_channels.get(verb, 0)


def kept(fakes: Fakes) -> list[PostKind]:
    return [kind for kind, _ in fakes.store.tables.posts]


@EVERY
def test_a_message_is_under_way_until_it_is_recorded(team: Fakes, case: Case) -> None:
    begin(team, case, "ratelimited")
    team.messenger.fail = {}
    team.now += MINUTE
    ended: list[tuple[int, bool]] = []

    @contextmanager
    def message() -> Iterator[None]:
        before = said(team, case.verb)
        yield
        ended.append((said(team, case.verb) - before, case.kind in kept(team)))

    run_due(replace(team.services, message=message))

    assert (1, False) in ended
    assert 1 == said(team, case.verb)


# In doubt


@EVERY
def test_a_message_in_doubt_is_sent_twice_at_most_and_then_an_admin_is_told(team: Fakes, case: Case) -> None:
    begin(team, case, "internal_error")

    wake_up(team, 30)

    assert 2 == team.messenger.tried.count(case.verb)
    assert [] == kept(team)
    expected = [] if case.kind is PostKind.NEWS else [(case.kind, PostOutcome.UNKNOWN)]
    assert expected == troubles(team)


@EVERY
def test_a_message_whose_answer_got_lost_once_is_sent_once_more(team: Fakes, case: Case) -> None:
    begin(team, case, "internal_error")
    wake_up(team, 1)
    team.messenger.fail = {}

    wake_up(team, 5)

    assert 2 == team.messenger.tried.count(case.verb)
    assert [] == kept(team)


@EVERY
def test_a_refusal_does_not_give_a_message_in_doubt_another_repeat(team: Fakes, case: Case) -> None:
    sends = []
    for reason in ("internal_error", "ratelimited", "ratelimited", "internal_error", "internal_error"):
        team.messenger.fail = {case.verb: reason}
        before = len(team.messenger.tried)
        if sends:
            team.now += HOUR / 6
            run_due(team.services)
        else:
            begin(team, case, reason)
            run_due(team.services) if case.verb not in team.messenger.tried else None
        sends += [reason] * team.messenger.tried[before:].count(case.verb)
    team.messenger.fail = {}
    wake_up(team, 5)

    assert 2 == sends.count("internal_error")
    assert 0 == said(team, case.verb)


@EVERY
def test_a_crash_between_sending_and_recording_says_it_once_more_and_no_third_time(
    team: Fakes, case: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    send = getattr(type(team.messenger), case.verb)

    def send_and_die(*what: object, **more: object) -> None:
        send(*what, **more)
        raise KilledError

    monkeypatch.setattr(type(team.messenger), case.verb, send_and_die)
    with suppress(KilledError):
        case.begin(team)
    for _ in range(5):
        with suppress(KilledError):
            recover(team.services)
            wake_up(team, 2)

    assert 2 == said(team, case.verb)
    assert [] == kept(team)


def test_a_question_in_doubt_takes_replies_and_is_published(team: Fakes) -> None:
    begin(team, CASES[0], "internal_error")
    wake_up(team, 3)
    team.messenger.fail = {}
    (round_,) = team.rounds()
    assert (RoundState.OPEN, MessageTs("")) == (round_.state, round_.announcement)

    team.reply(round_, people(6))
    team.now = round_.closes_at
    wake_up(team, 2)

    assert RoundState.CLOSED is team.round(round_.id).state
    assert 1 == said(team, "post_summary")


def test_a_question_in_doubt_that_is_cancelled_counts_as_asked(team: Fakes) -> None:
    """It may have been read: cancelled again within four weeks, its statements rest."""
    begin(team, CASES[0], "internal_error")
    run_due(team.services)
    team.messenger.fail = {}

    cancel_round(team.services, team.rounds()[0])

    assert MessageTs("") == team.rounds()[0].announcement


@pytest.mark.parametrize(("sent", "counted"), [(False, 0), (True, 1)])
def test_a_call_that_was_broken_off_at_a_stop_counts_and_one_that_never_began_does_not(
    team: Fakes, monkeypatch: pytest.MonkeyPatch, *, sent: bool, counted: int
) -> None:
    def stop(*_: object, **__: object) -> MessageTs:
        raise StoppingError(sent=sent)

    monkeypatch.setattr(type(team.messenger), "announce", stop)
    to_ask(team)
    with pytest.raises(StoppingError):
        run_due(team.services)

    assert [counted] == [post.sends for post in team.store.tables.posts.values()]


# Refused for now


@EVERY
def test_a_passing_refusal_costs_no_message(team: Fakes, case: Case) -> None:
    begin(team, case, "message_limit_exceeded")
    wake_up(team, 3 * 60)
    assert (0, []) == (said(team, case.verb), troubles(team))
    assert 3 <= team.messenger.tried.count(case.verb) <= 30
    team.messenger.fail = {}

    wake_up(team, 15)

    assert 1 == said(team, case.verb)
    assert [] == kept(team)


@EVERY
def test_after_the_time_to_catch_up_an_admin_is_told_once(team: Fakes, case: Case) -> None:
    begin(team, case, "message_limit_exceeded")
    wake_up(team, 20, HOUR)
    fate = PostOutcome.GIVEN_UP if case.given_up else PostOutcome.WAITS
    expected = [] if case.kind is PostKind.NEWS else [(case.kind, fate)]
    assert expected == troubles(team)
    team.messenger.fail = {}

    wake_up(team, 5, HOUR)

    assert (not case.given_up) == said(team, case.verb)
    assert expected == troubles(team)
    assert [] == kept(team)


def test_a_question_that_was_never_posted_is_not_left_open_and_the_channel_hears_nothing_of_it(
    team: Fakes,
) -> None:
    begin(team, CASES[0], "rate_limited")

    wake_up(team, 20, HOUR)

    (round_,) = team.rounds()
    assert (RoundState.CANCELLED, True) == (round_.state, round_.void)
    assert {TUESDAY: FiringOutcome.REFUSED} == team.firings()
    assert 0 == said(team, "tell")
    assert team.is_clean()


def test_a_channel_that_slack_does_not_describe_for_the_time_to_catch_up_is_told_to_an_admin(
    team: Fakes, monkeypatch: pytest.MonkeyPatch
) -> None:
    to_ask(team)
    with monkeypatch.context() as broken:
        broken.setattr(type(team.directory), "audience", away)
        wake_up(team, 20, HOUR)
        assert {TUESDAY: FiringOutcome.SKIPPED} == team.firings()
    wake_up(team, 2)

    assert [(PostKind.ASKING, PostOutcome.GIVEN_UP)] == troubles(team)
    assert ["fetch_members_failed"] == [trouble.reason for _, trouble, _ in team.messenger.troubles_told]
    assert [] == kept(team)


def away(*_: object) -> frozenset[MemberId]:
    raise SlackUnavailableError("fetch_members_failed", retry_after_s=150)


def test_a_pause_puts_off_that_channel_and_no_other(team: Fakes, monkeypatch: pytest.MonkeyPatch) -> None:
    team.directory.members[OTHER] = people(8, start=20)
    team.put(weekly(), weekly(id=ScheduleId("s2"), channel=OTHER))
    announce = type(team.messenger).announce

    def only_there(messenger: object, round_: Round, *, shared: bool = False) -> MessageTs:
        team.messenger.fail = {"announce": "ratelimited"} if round_.channel == TEAM else {}
        return announce(team.messenger, round_, shared=shared)

    monkeypatch.setattr(type(team.messenger), "announce", only_there)
    team.messenger.retry_after_s = 150
    team.now = TUESDAY
    for _ in range(3):
        run_due(team.services)
        team.now += MINUTE

    assert [(False, 1), (True, 1)] == [
        (bool(team.rounds(channel)[0].announcement), len(team.rounds(channel))) for channel in (TEAM, OTHER)
    ]
    assert 2 == team.messenger.tried.count("announce")
    monkeypatch.undo()
    team.messenger.fail = {}
    run_due(team.services)
    assert team.rounds(TEAM)[0].announcement


def test_a_pause_before_a_channel_is_described_is_kept(team: Fakes, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[ChannelId] = []

    def audience(_: object, channel: ChannelId) -> frozenset[MemberId]:
        asked.append(channel)
        return away()

    to_ask(team)
    monkeypatch.setattr(type(team.directory), "audience", audience)
    wake_up(team, 3)

    assert 1 == len(asked)
    wake_up(team, 1)
    assert 2 == len(asked)


# Refused for good


@pytest.mark.parametrize("case", CASES[:2], ids=lambda case: case.kind.value)
def test_what_slack_refuses_for_good_is_tried_once_and_told_to_an_admin(team: Fakes, case: Case) -> None:
    begin(team, case, "restricted_action_read_only_channel")

    wake_up(team, 10)

    assert 1 == team.messenger.tried.count(case.verb)
    assert [(case.kind, PostOutcome.GIVEN_UP)] == troubles(team)
    assert [] == kept(team)


def test_a_summary_that_slack_refuses_for_good_waits_and_an_admin_is_told_at_once(team: Fakes) -> None:
    begin(team, CASES[2], "restricted_action_read_only_channel")
    wake_up(team, 2)
    assert [(PostKind.SUMMARY, PostOutcome.WAITS)] == troubles(team)
    team.messenger.fail = {}

    wake_up(team, 60)

    assert (1, 1) == (said(team, "post_summary"), len(troubles(team)))


def test_of_a_channel_out_of_reach_an_admin_hears_once(team: Fakes) -> None:
    refresh_channel(team.services, TEAM)
    team.directory.archived.add(TEAM)
    begin(team, CASES[0], "is_archived")

    wake_up(team, 3)

    assert [] == troubles(team)
    assert 1 == said(team, "tell_admin")


def test_a_correction_is_repeated_until_slack_has_made_it_and_an_admin_is_told_once(team: Fakes) -> None:
    """To change a message is harmless to repeat, also in doubt."""
    round_ = opened(team)
    team.reply(round_, people(6))
    team.now = round_.closes_at
    run_due(team.services)
    with team.store.transaction("test") as tx:
        result = tx.fetch_release(round_.id)
        assert isinstance(result, Published)
        tx.rewrite_release(result)
    for reason, often in (("internal_error", 3), ("cant_update_message", 20)):
        team.messenger.fail = {"update_summary": reason}
        wake_up(team, often)
    assert [(PostKind.CORRECTION, PostOutcome.WAITS)] == troubles(team)
    assert 6 <= team.messenger.tried.count("update_summary") <= 12
    team.messenger.fail = {}

    wake_up(team, 15)

    assert (1, []) == (said(team, "update_summary"), kept(team))
    assert 1 == len(troubles(team))


def test_a_button_that_slack_does_not_take_off_for_now_holds_the_summary_up_only_for_a_while(
    team: Fakes,
) -> None:
    to_publish(team)
    team.messenger.fail = {"retire": "ratelimited"}
    wake_up(team, 5)
    assert 0 == said(team, "post_summary")

    wake_up(team, 13, HOUR)

    assert 1 == said(team, "post_summary")


def test_with_the_start_what_was_refused_is_tried_at_once(team: Fakes) -> None:
    begin(team, CASES[2], "missing_scope")
    wake_up(team, 60)
    team.messenger.fail = {}

    recover(team.services)
    run_due(team.services)

    assert 1 == said(team, "post_summary")


def test_the_close_is_not_held_up_by_a_question_that_was_never_posted(team: Fakes) -> None:
    """Where the time to catch up is longer than a round is open."""
    team.with_settings(catch_up=timedelta(days=30))
    begin(team, CASES[0], "rate_limited")
    run_due(team.services)
    team.now = team.rounds()[0].closes_at

    wake_up(team, 2)

    assert RoundState.CANCELLED is team.rounds()[0].state
    assert 0 == said(team, "post_summary")


def test_a_reminder_that_came_too_late_is_no_reminder_of_an_ended_round(team: Fakes) -> None:
    begin(team, CASES[1], "rate_limited")
    run_due(team.services)
    (round_,) = team.rounds()
    cancel_round(team.services, replace(round_))
    team.messenger.fail = {}

    wake_up(team, 60)

    assert (0, []) == (said(team, "remind"), kept(team))
