"""Channels with a schedule come and go: what is noticed, who is told, what waits, and the introduction."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from bot.core.language import Language, Languages
from bot.core.model import ChannelId, MemberId, Round, ScheduleId
from bot.errors import SlackError, SlackUnavailableError
from bot.ports import AdminNote
from bot.service.channels import (
    REFRESHED_AT_ONCE,
    admin_of,
    introduce,
    refresh_channel,
    refresh_channels,
    refresh_if_known,
)
from bot.service.run_due import run_due
from bot.service.schedules import pause_schedules, resume_schedules
from tests.fakes.directory import FakeDirectory, people
from tests.service.services import MONDAY, OTHER, TEAM, TUESDAY, Fakes, weekly

ADMIN, NAMED = MemberId("U01"), MemberId("U02")
DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)


@pytest.fixture
def seen(fakes: Fakes) -> Fakes:
    """A channel with a schedule, looked at once; the admin to be told is named in the configuration."""
    fakes.with_settings(admins=frozenset({NAMED}))
    refresh_channel(fakes.services, TEAM)
    return fakes


def told(fakes: Fakes) -> list[AdminNote]:
    """What the admin was told, oldest first."""
    return [note for _, note, _, _ in fakes.messenger.admins_told]


def is_in_reach(fakes: Fakes) -> bool:
    with fakes.store.transaction("test") as tx:
        known = tx.fetch_channel(TEAM)
    assert known
    return known.info.can_post


def test_the_first_look_tells_nobody(seen: Fakes) -> None:
    assert [] == told(seen)


@pytest.mark.parametrize(
    ("change", "note"),
    [
        ("archived", AdminNote.ARCHIVED),
        ("left", AdminNote.LEFT),
        ("private", AdminNote.NOW_PRIVATE),
        ("renamed", AdminNote.RENAMED),
        ("gone", AdminNote.LEFT),
    ],
)
def test_every_change_is_told_once(seen: Fakes, change: str, note: AdminNote) -> None:
    if change == "renamed":
        seen.directory.renamed[TEAM] = "harbour"
    elif change == "gone":
        del seen.directory.members[TEAM]
    else:
        getattr(seen.directory, change).add(TEAM)

    for _ in range(3):
        refresh_if_known(seen.services, TEAM)

    assert [(NAMED, note, TEAM, "c0team")] == seen.messenger.admins_told


def test_a_channel_that_comes_back_is_told_too(seen: Fakes) -> None:
    for step in (seen.directory.archived.add, seen.directory.archived.discard):
        step(TEAM)
        refresh_if_known(seen.services, TEAM)
    seen.directory.private.add(TEAM)
    refresh_if_known(seen.services, TEAM)
    seen.directory.private.clear()
    refresh_if_known(seen.services, TEAM)

    assert [AdminNote.ARCHIVED, AdminNote.BACK, AdminNote.NOW_PRIVATE, AdminNote.NOW_PUBLIC] == told(seen)


@pytest.mark.parametrize("reason", ["no_connection", "internal_error"])
def test_what_could_not_be_told_is_stored_all_the_same_and_told_later_once(seen: Fakes, reason: str) -> None:
    seen.messenger.fail = {"tell_admin": reason}
    seen.directory.archived.add(TEAM)
    refresh_if_known(seen.services, TEAM)
    assert ([], False) == (told(seen), is_in_reach(seen))
    seen.messenger.fail = {}

    for _ in range(3):
        run_due(seen.services)

    assert [AdminNote.ARCHIVED] == told(seen)


def test_while_slack_is_away_an_admin_is_not_taken_for_nobody(seen: Fakes) -> None:
    seen.messenger.fail = {"tell_admin": "no_connection"}
    seen.directory.archived.add(TEAM)
    refresh_if_known(seen.services, TEAM)
    seen.messenger.fail, seen.directory.down = {}, True
    run_due(seen.services)
    seen.directory.down = False
    seen.now += timedelta(hours=1)
    run_due(seen.services)

    assert [AdminNote.ARCHIVED] == told(seen)


def test_the_admin_who_changed_the_schedule_last_is_told_before_those_named(seen: Fakes) -> None:
    seen.directory.admins = {ADMIN}
    assert NAMED == admin_of(seen.services, TEAM)
    pause_schedules(seen.services, [weekly()], ADMIN)
    assert ADMIN == admin_of(seen.services, TEAM)
    resume_schedules(seen.services, [weekly()], NAMED)
    assert NAMED == admin_of(seen.services, TEAM)
    assert (
        admin_of(replace(seen.services, settings=replace(seen.settings, admins=frozenset())), OTHER) is None
    )


def test_where_nobody_is_named_nobody_is_told_and_nothing_fails(fakes: Fakes) -> None:
    refresh_channel(fakes.services, TEAM)
    fakes.directory.archived.add(TEAM)

    assert refresh_if_known(fakes.services, TEAM)

    assert [] == told(fakes)


def test_of_a_channel_without_a_schedule_nobody_is_told(seen: Fakes) -> None:
    seen.directory.members[OTHER] = people(8)
    introduce(seen.services, OTHER)
    seen.directory.archived.add(OTHER)
    refresh_if_known(seen.services, OTHER)

    assert [] == told(seen)


def test_of_a_channel_that_does_not_matter_nothing_is_asked_or_stored(fakes: Fakes) -> None:
    fakes.directory.members[OTHER] = people(8)

    assert not refresh_if_known(fakes.services, OTHER)

    with fakes.store.transaction("test") as tx:
        assert tx.fetch_channel(OTHER) is None
    assert [] == fakes.directory.forgotten


def test_while_slack_is_away_nothing_is_taken_for_a_change(seen: Fakes) -> None:
    seen.directory.down = True
    with pytest.raises(SlackUnavailableError):
        refresh_if_known(seen.services, TEAM)

    assert ([], True) == (told(seen), is_in_reach(seen))


class Refusing(FakeDirectory):
    """A directory that Slack does not let in any more."""

    def channel(self, channel: ChannelId) -> None:  # type: ignore[override] # it never answers
        raise SlackError("token_revoked")


def test_a_token_that_is_refused_says_nothing_of_the_channels(seen: Fakes) -> None:
    seen.directory = Refusing()
    with pytest.raises(SlackError):
        refresh_if_known(seen.services, TEAM)

    assert ([], True) == (told(seen), is_in_reach(seen))


def test_a_channel_that_was_never_seen_is_not_said_to_be_renamed_or_converted(fakes: Fakes) -> None:
    fakes.with_settings(admins=frozenset({NAMED}))
    members = fakes.directory.members.pop(TEAM)
    refresh_channel(fakes.services, TEAM)
    fakes.directory.members[TEAM] = members

    refresh_if_known(fakes.services, TEAM)

    assert [AdminNote.BACK] == told(fakes)


def test_the_summary_of_an_archived_channel_waits_and_is_posted_when_it_is_back(
    fakes: Fakes, opened: Round
) -> None:
    fakes.reply(opened, people(6))
    refresh_channel(fakes.services, TEAM)
    fakes.directory.archived.add(TEAM)
    refresh_if_known(fakes.services, TEAM)
    fakes.messenger.fail = {"post_summary": "is_archived", "retire": "is_archived"}
    for days in range(1, 5):
        fakes.now = TUESDAY + days * DAY
        run_due(fakes.services)
    assert "post_summary" not in fakes.messenger.verbs(opened.id)
    assert fakes.is_clean(), "what is secret does not wait"

    fakes.directory.archived.clear()
    fakes.messenger.fail = {}
    refresh_if_known(fakes.services, TEAM)
    run_due(fakes.services)

    assert 1 == fakes.messenger.verbs(opened.id).count("post_summary")


def test_a_channel_that_proves_out_of_reach_is_looked_at_and_left_in_peace(
    fakes: Fakes, opened: Round
) -> None:
    """No event has come: the refusal itself says it."""
    refresh_channel(fakes.services, TEAM)
    fakes.with_settings(admins=frozenset({NAMED}))
    fakes.directory.archived.add(TEAM)
    fakes.messenger.fail = {"post_summary": "is_archived", "retire": "is_archived"}
    fakes.now = opened.closes_at
    for _ in range(3):
        run_due(fakes.services)
        fakes.now += MINUTE

    assert [AdminNote.ARCHIVED] == told(fakes)
    assert not is_in_reach(fakes)


def test_the_bot_introduces_itself_once_however_often_it_comes_in(fakes: Fakes) -> None:
    assert introduce(fakes.services, TEAM)
    assert not introduce(fakes.services, TEAM)
    for change in (fakes.directory.left.add, fakes.directory.left.discard):
        change(TEAM)
        refresh_if_known(fakes.services, TEAM)
    assert not introduce(fakes.services, TEAM)

    assert [("introduce", TEAM, None)] == fakes.messenger.channels_told


def test_it_says_nothing_where_it_cannot_speak_and_says_it_when_it_can(fakes: Fakes) -> None:
    fakes.directory.archived.add(TEAM)
    assert not introduce(fakes.services, TEAM)
    fakes.directory.archived.clear()

    assert introduce(fakes.services, TEAM)


@pytest.mark.parametrize("reason", ["no_connection", "internal_error"])
def test_an_introduction_cut_short_is_said_with_a_later_wake_up_and_once(fakes: Fakes, reason: str) -> None:
    fakes.messenger.fail = {"introduce": reason}
    with pytest.raises(SlackUnavailableError):
        introduce(fakes.services, TEAM)
    fakes.messenger.fail = {}

    assert not introduce(fakes.services, TEAM)
    for _ in range(3):
        run_due(fakes.services)
    assert [("introduce", TEAM, None)] == fakes.messenger.channels_told


def test_an_introduction_that_slack_refuses_for_good_is_not_tried_again(fakes: Fakes) -> None:
    fakes.messenger.fail = {"introduce": "restricted_action"}
    with pytest.raises(SlackError):
        introduce(fakes.services, TEAM)
    fakes.messenger.fail = {}
    run_due(fakes.services)

    assert [] == fakes.messenger.channels_told


def many(fakes: Fakes, count: int) -> None:
    """So many channels with a schedule."""
    for number in range(count):
        channel = ChannelId(f"C{number:04}")
        fakes.directory.members[channel] = people(8)
        fakes.put(weekly(id=ScheduleId(f"s{number:04}"), channel=channel))


def test_every_channel_is_looked_at_once_a_day_and_a_few_with_each_wake_up(fakes: Fakes) -> None:
    many(fakes, 3 * REFRESHED_AT_ONCE)
    looked: dict[ChannelId, datetime] = {}
    for minute in range(60):
        fakes.now = MONDAY + minute * MINUTE
        before = len(fakes.directory.forgotten)
        refresh_channels(fakes.services, looked)
        assert len(fakes.directory.forgotten) - before <= REFRESHED_AT_ONCE
    assert 3 * REFRESHED_AT_ONCE + 1 == len(set(fakes.directory.forgotten)) == len(fakes.directory.forgotten)

    fakes.now = MONDAY + DAY
    refresh_channels(fakes.services, looked)
    assert fakes.directory.forgotten[:REFRESHED_AT_ONCE] == fakes.directory.forgotten[-REFRESHED_AT_ONCE:]


def test_a_channel_that_cannot_be_asked_about_does_not_keep_the_others_from_it(fakes: Fakes) -> None:
    many(fakes, 2)
    fakes.directory.down = True
    refresh_channels(fakes.services, looked := {})

    assert 3 == len(looked)


def test_a_channel_made_private_is_seen_by_the_daily_look(seen: Fakes) -> None:
    looked: dict[ChannelId, datetime] = {}
    refresh_channels(seen.services, looked)
    seen.directory.private.add(TEAM)
    seen.now += timedelta(hours=23)
    refresh_channels(seen.services, looked)
    assert [] == told(seen)
    seen.now += timedelta(hours=1)
    refresh_channels(seen.services, looked)

    assert [AdminNote.NOW_PRIVATE] == told(seen)


def test_a_clock_that_was_set_back_does_not_end_the_daily_look(seen: Fakes) -> None:
    refresh_channels(seen.services, looked := {})
    seen.now -= timedelta(days=30)
    refresh_channels(seen.services, looked)

    assert 2 == len(seen.directory.forgotten)


def spoken(*codes: str) -> Languages:
    return Languages(map(Language, codes))


def test_the_bot_introduces_itself_in_the_language_of_most_people_there(fakes: Fakes) -> None:
    fakes.languages = spoken("de", "ja")
    locales = ("ja-JP", "de-DE", "de-AT", "de-CH", "en-GB")
    fakes.directory.members[OTHER] = people(5)
    fakes.directory.speaks = dict(zip(sorted(people(5)), locales, strict=True))

    assert introduce(fakes.services, OTHER)

    assert ["de"] == fakes.messenger.languages


def test_where_slack_does_not_say_who_is_there_the_bot_introduces_itself_in_english(
    fakes: Fakes, monkeypatch: pytest.MonkeyPatch
) -> None:
    fakes.languages = spoken("de")
    fakes.directory.members[OTHER] = people(5)

    def away(*_: object) -> tuple[str, ...]:
        raise SlackUnavailableError("no_connection")

    monkeypatch.setattr(FakeDirectory, "locales", away)

    assert introduce(fakes.services, OTHER)
    assert ["en"] == fakes.messenger.languages


@pytest.mark.parametrize(
    ("locale", "language"), [("ja-JP", "ja"), ("nl-NL", "de"), ("", "de"), ("en-US", "en")]
)
def test_an_admin_is_told_in_their_own_language_or_else_in_the_channels(
    seen: Fakes, locale: str, language: str
) -> None:
    seen.languages = spoken("de", "ja")
    seen.directory.speaks = {NAMED: locale}
    with seen.store.transaction("test") as tx:
        for schedule in tx.list_channel_schedules(TEAM):
            tx.put_schedule(replace(schedule, language="de"))
    seen.directory.archived.add(TEAM)

    refresh_channel(seen.services, TEAM)

    assert [AdminNote.ARCHIVED] == told(seen)
    assert [language] == seen.messenger.languages
