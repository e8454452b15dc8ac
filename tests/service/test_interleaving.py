"""Two verbs at once: what one has ended, the other does not bring back."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.core.model import MessageTs, Round, RoundState
from bot.core.release import Release
from bot.ports import ChannelNote
from bot.service.announcements import announce, remind
from bot.service.close_rounds import cancel_round, close_round, end_as_key_lost
from bot.service.run_due import run_due
from tests.fakes.directory import people
from tests.fakes.messenger import FakeMessenger
from tests.service.services import Fakes


def released(fakes: Fakes, round_: Round) -> Release | None:
    with fakes.store.transaction("test") as tx:
        return tx.fetch_release(round_.id)


@pytest.mark.parametrize("ending", [cancel_round, end_as_key_lost])
def test_a_round_that_has_ended_meanwhile_is_not_closed(fakes: Fakes, opened: Round, ending: object) -> None:
    fakes.reply(opened, people(6))
    ended = ending(fakes.services, opened)  # type: ignore[operator]
    said = list(fakes.messenger.said)

    closed = close_round(fakes.services, opened)

    assert closed == ended == fakes.round(opened.id)
    assert released(fakes, opened) is None
    assert fakes.messenger.said == said


def test_a_round_that_is_closed_meanwhile_is_not_cancelled(fakes: Fakes, opened: Round) -> None:
    fakes.reply(opened, people(6))
    closed = close_round(fakes.services, opened)

    assert cancel_round(fakes.services, opened) == closed

    assert fakes.round(opened.id) == closed
    assert ChannelNote.CANCELLED not in [what for _, _, what in fakes.messenger.said]


def test_a_round_that_two_people_cancel_is_told_once(fakes: Fakes, opened: Round) -> None:
    first = cancel_round(fakes.services, opened)

    assert cancel_round(fakes.services, opened) == first

    assert fakes.messenger.verbs(opened.id).count("tell") == 1


def test_a_round_that_ends_while_it_is_announced_stays_ended(fakes: Fakes, opened: Round) -> None:
    class Slow(FakeMessenger):
        def announce(self, round_: Round, *, shared: bool = False) -> MessageTs:
            cancel_round(fakes.services, round_)
            return super().announce(round_, shared=shared)

    fakes.messenger = Slow()
    with fakes.store.transaction("test") as tx:
        tx.update_round(replace(opened, announcement=None))

    announced = announce(fakes.services, replace(opened, announcement=None))

    assert announced.state is RoundState.CANCELLED
    assert fakes.round(opened.id) == announced
    assert fakes.messenger.verbs(opened.id)[-2:] == ["announce", "retire"]  # with no button on it
    run_due(fakes.services)
    assert fakes.is_clean()


def test_a_round_that_ends_while_its_channel_is_reminded_leaves_no_button(
    fakes: Fakes, opened: Round
) -> None:
    class Slow(FakeMessenger):
        def remind(self, round_: Round, *, shared: bool = False) -> MessageTs:
            cancel_round(fakes.services, round_)
            return super().remind(round_, shared=shared)

    fakes.messenger = Slow(buttons=fakes.messenger.buttons)
    fakes.now = opened.closes_at - timedelta(days=1)

    remind(fakes.services, opened)

    ended = fakes.round(opened.id)
    assert RoundState.CANCELLED is ended.state
    assert ended.reminder
    assert fakes.messenger.verbs(opened.id)[-2:] == ["remind", "retire"]
    assert not fakes.messenger.buttons
