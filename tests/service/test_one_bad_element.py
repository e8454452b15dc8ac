"""One member, channel, schedule or pack that fails does not keep the others from being served."""

import logging
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from bot.core.model import ChannelId, MemberId, PackId, Round, RoundId, RoundState, ScheduleId
from bot.core.release import Published
from bot.core.rounds import TRIES
from bot.core.schedule import QuietDays
from bot.errors import SlackError, SlackUnavailableError, StoppingError, StoreError
from bot.ports import KnownChannel
from bot.service.channels import refresh_channels
from bot.service.home import home_of
from bot.service.isolation import run_all
from bot.service.leave_channels import end_rounds
from bot.service.recovery import recover
from bot.service.run_due import run_due
from tests.fakes.directory import FakeDirectory, people
from tests.service.services import OTHER, TEAM, TUESDAY, Fakes, a_pack, weekly

SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)
ADMIN = MemberId("U01")


class Refusing(FakeDirectory):
    """A directory that fails in one way when it is asked for names, or about one channel."""

    names_fail: Exception | None = None
    channel_fails: ChannelId | None = None

    def names(self, channel: ChannelId) -> frozenset[str]:
        if self.names_fail:
            raise self.names_fail
        return super().names(channel)

    def channel(self, channel: ChannelId) -> Any:
        if channel == self.channel_fails:
            raise KeyError("what Slack left out")
        return super().channel(channel)


@pytest.fixture
def two(fakes: Fakes) -> Fakes:
    """Two channels, of which the first by order is the bad one."""
    fakes.directory = Refusing(members={OTHER: people(8), TEAM: people(8, start=11)})
    fakes.put(weekly(id=ScheduleId("s0"), channel=OTHER, pack=PackId("other")))
    fakes.with_settings(
        packs={**fakes.settings.packs, PackId("other"): replace(a_pack(), id=PackId("other"))}
    )
    fakes.now = TUESDAY
    return fakes


FAILURES = pytest.mark.parametrize(
    "failure",
    [
        SlackError("user_not_found"),
        SlackError("missing_scope"),
        SlackUnavailableError("no_connection"),
        SlackUnavailableError("internal_error"),
        KeyError("what Slack left out"),
    ],
    ids=lambda error: str(getattr(error, "reason", type(error).__name__)),
)


@FAILURES
@pytest.mark.parametrize("late", [timedelta(0), timedelta(days=3)], ids=["in time", "after three days"])
def test_a_close_ends_after_fifteen_tries_whatever_slack_answers(
    fakes: Fakes, failure: Exception, late: timedelta
) -> None:
    fakes.directory = directory = Refusing(members={TEAM: people(12)})
    fakes.now = TUESDAY
    run_due(fakes.services)
    (opened,) = fakes.rounds()
    fakes.reply(opened, people(12), text="Ingrid Solberg made time for me on my first day.", quotable=True)
    directory.names_fail = failure

    fakes.now = opened.closes_at + late
    for _ in range(TRIES - 1):
        run_due(fakes.services)
        fakes.now += MINUTE
    assert RoundState.CLOSING is fakes.round(opened.id).state

    run_due(fakes.services)

    assert RoundState.CLOSED is fakes.round(opened.id).state
    assert fakes.is_clean()


def test_a_close_that_comes_days_late_keeps_its_quotes_when_slack_fails_once(fakes: Fakes) -> None:
    directory, opened = with_quotes(fakes)
    directory.names_fail = SlackUnavailableError("internal_error")
    fakes.now = opened.closes_at + timedelta(days=3)
    run_due(fakes.services)

    directory.names_fail = None
    fakes.now += MINUTE
    run_due(fakes.services)

    assert quotes(fakes, opened)


def test_time_in_which_the_bot_was_down_costs_a_close_no_try(fakes: Fakes) -> None:
    directory, opened = with_quotes(fakes)
    directory.names_fail = SlackUnavailableError("internal_error")
    fakes.now = opened.closes_at
    for _ in range(3):
        run_due(fakes.services)
        recover(fakes.services)
        fakes.now += timedelta(hours=7)
    directory.names_fail = None

    run_due(fakes.services)

    assert quotes(fakes, opened)


def test_restarts_do_not_make_a_close_wait_for_longer(fakes: Fakes) -> None:
    """The tries are stored with the round: a bot that is restarted after each of them has no more."""
    directory, opened = with_quotes(fakes)
    directory.names_fail = SlackUnavailableError("internal_error")
    fakes.now = opened.closes_at
    for _ in range(TRIES):
        recover(fakes.services)
        run_due(fakes.services)
        fakes.now += MINUTE

    assert (RoundState.CLOSED, True) == (fakes.round(opened.id).state, fakes.is_clean())
    assert () == quotes(fakes, opened)


def test_many_alarms_in_one_minute_are_one_try(fakes: Fakes) -> None:
    directory, opened = with_quotes(fakes)
    directory.names_fail = SlackUnavailableError("internal_error")
    fakes.now = opened.closes_at
    for _ in range(TRIES):
        run_due(fakes.services)
        fakes.now += SECOND

    assert (RoundState.CLOSING, 1) == (fakes.round(opened.id).state, fakes.round(opened.id).tries)


def with_quotes(fakes: Fakes) -> tuple[Refusing, Round]:
    """A round in which everybody lets their words be quoted."""
    fakes.directory = directory = Refusing(members={TEAM: people(12)})
    fakes.now = TUESDAY
    run_due(fakes.services)
    (opened,) = fakes.rounds()
    fakes.reply(opened, people(12), text="Somebody made time for me on my first day.", quotable=True)
    return directory, opened


def quotes(fakes: Fakes, round_: Round) -> tuple[str, ...]:
    """What is published of the words of a round."""
    with fakes.store.read("test") as tx:
        result = tx.fetch_release(round_.id)
    assert isinstance(result, Published), fakes.round(round_.id).state
    return result.quotes


def test_a_stop_while_names_are_asked_for_costs_no_quote(fakes: Fakes) -> None:
    fakes.directory = directory = Refusing(members={TEAM: people(8)})
    fakes.now = TUESDAY
    run_due(fakes.services)
    (opened,) = fakes.rounds()
    directory.names_fail = StoppingError()
    fakes.now = opened.closes_at + timedelta(days=1)

    with pytest.raises(StoppingError):
        run_due(fakes.services)

    assert RoundState.CLOSING is fakes.round(opened.id).state


def test_a_schedule_whose_times_cannot_be_computed_keeps_no_other_from_asking(two: Fakes) -> None:
    two.put(weekly(id=ScheduleId("s0"), channel=OTHER, quiet=QuietDays(holidays="XX")))

    run_due(replace(two.services, holidays=_no_such_region))

    assert (0, 1) == (len(two.rounds(OTHER)), len(two.rounds(TEAM)))


def _no_such_region(_region: str, _year: int) -> frozenset[date]:
    raise NotImplementedError


def test_it_is_shown_to_its_admin_without_a_time_and_the_others_with_theirs(two: Fakes) -> None:
    two.put(weekly(id=ScheduleId("s0"), channel=OTHER, quiet=QuietDays(holidays="XX")))
    two.directory.admins = {ADMIN}

    shown = home_of(replace(two.services, holidays=_no_such_region), ADMIN, {}).schedules

    assert {"s0": 0, "s1": 1} == {one.schedule.id: len(one.next_times) for one in shown}


def test_a_pack_from_which_nothing_can_be_chosen_keeps_no_other_channel_from_being_asked(two: Fakes) -> None:
    hollow = replace(a_pack(), id=PackId("other"), dimensions=(), prompts=())
    two.with_settings(packs={**two.settings.packs, PackId("other"): hollow})

    run_due(two.services)

    assert (0, 1) == (len(two.rounds(OTHER)), len(two.rounds(TEAM)))


def test_a_channel_of_which_slack_says_nonsense_does_not_hide_the_others(two: Fakes) -> None:
    assert isinstance(two.directory, Refusing)
    two.directory.channel_fails = OTHER

    refresh_channels(two.services, {})

    with two.store.transaction("test") as tx:
        found: tuple[KnownChannel | None, ...] = (tx.fetch_channel(OTHER), tx.fetch_channel(TEAM))
    assert [False, True] == [one is not None for one in found]


def test_at_the_start_one_orphan_that_cannot_be_destroyed_keeps_no_other(
    fakes: Fakes, monkeypatch: pytest.MonkeyPatch
) -> None:
    orphans = [RoundId("00000000000a"), RoundId("00000000000b")]
    for round_id in orphans:
        fakes.vault.create(round_id)
    destroy = fakes.vault.destroy
    monkeypatch.setattr(type(fakes.vault), "destroy", lambda _, one: _fails_for(orphans[0], one, destroy))

    left = recover(fakes.services)

    assert {orphans[0]} == left == set(fakes.vault.list_rounds())


def _fails_for(bad: RoundId, one: RoundId, destroy: Callable[[RoundId], None]) -> None:
    if one == bad:
        raise StoreError
    destroy(one)


def test_when_the_app_goes_one_round_that_cannot_be_destroyed_keeps_no_other(
    two: Fakes, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_due(two.services)
    ((bad,), (good,)) = (two.rounds(OTHER), two.rounds(TEAM))
    destroy = two.vault.destroy
    monkeypatch.setattr(type(two.vault), "destroy", lambda _, one: _fails_for(bad.id, one, destroy))

    with pytest.raises(StoreError):
        end_rounds(two.services)

    assert {bad.id} == set(two.vault.list_rounds())
    assert RoundState.CANCELLED is two.round(good.id).state


def test_keys_of_a_round_that_cannot_be_read_stay_at_the_start_and_go_with_the_app(
    fakes: Fakes, opened: Round, monkeypatch: pytest.MonkeyPatch
) -> None:
    unread = type(fakes.store.transaction("look").__enter__())
    with monkeypatch.context() as damaged:
        damaged.setattr(unread, "list_rounds", lambda *_: ())
        recover(fakes.services)
        assert {opened.id} == set(fakes.vault.list_rounds())
        end_rounds(fakes.services)

    assert fakes.is_clean()


def test_each_step_is_done_and_the_first_failure_told() -> None:
    done: list[int] = []

    def fail(error: Exception) -> None:
        raise error

    with pytest.raises(ValueError, match="first"):
        run_all(
            lambda: done.append(1),
            lambda: fail(ValueError("first")),
            lambda: done.append(2),
            lambda: fail(KeyError("second")),
            lambda: done.append(3),
        )
    assert [1, 2, 3] == done
    with pytest.raises(StoppingError):
        run_all(lambda: fail(StoppingError()), lambda: done.append(4))
    assert [1, 2, 3] == done


def test_what_failed_is_told_by_the_channel_and_a_code(two: Fakes, caplog: pytest.LogCaptureFixture) -> None:
    hollow = replace(a_pack(), id=PackId("other"), dimensions=(), prompts=())
    two.with_settings(packs={**two.settings.packs, PackId("other"): hollow})

    with caplog.at_level(logging.WARNING, "bot"):
        run_due(two.services)

    assert [OTHER] == [
        one.__dict__.get("channel_id") for one in caplog.records if "failed" in one.getMessage()
    ]
