"""A slow Slack: whatever it takes to say, what is over is destroyed first and in time."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from bot.core.model import ChannelId, Round, RoundState, ScheduleId
from bot.errors import SlackUnavailableError
from bot.service.run_due import run_due
from tests.fakes.directory import people
from tests.service.services import TUESDAY, Fakes, weekly

CHANNELS = [ChannelId(f"C{number}") for number in range(4)]
MINUTE = timedelta(minutes=1)


@pytest.fixture
def four(fakes: Fakes) -> list[Round]:
    """A round with replies in each of four channels; the last one is open for an hour longer."""
    for number, channel in enumerate(CHANNELS):
        fakes.directory.members[channel] = people(12)
        longer = timedelta(hours=1 if channel == CHANNELS[-1] else 0)
        fakes.put(weekly(id=ScheduleId(f"of{number}"), channel=channel, open_for=timedelta(days=3) + longer))
    fakes.now = TUESDAY
    run_due(fakes.services)
    rounds = [fakes.rounds(channel)[0] for channel in CHANNELS]
    for round_ in rounds:
        fakes.reply(round_, people(6))
    return rounds


def hear(fakes: Fakes, monkeypatch: pytest.MonkeyPatch, heard: Callable[[], None]) -> None:
    """Call ``heard`` before anything is said."""
    say = fakes.messenger.__class__._say

    def hear_and_say(self: Any, *what: Any) -> None:
        heard()
        say(self, *what)

    monkeypatch.setattr(fakes.messenger.__class__, "_say", hear_and_say)


def test_of_rounds_that_are_over_together_all_are_destroyed_before_anything_is_said(
    fakes: Fakes, four: list[Round], monkeypatch: pytest.MonkeyPatch
) -> None:
    left: list[int] = []
    hear(fakes, monkeypatch, lambda: left.append(sum(one.id in fakes.boxes.boxes for one in four[:3])))

    fakes.now = four[0].closes_at
    run_due(fakes.services)

    assert {0} == set(left)
    assert 3 == fakes.messenger.verbs().count("post_summary")


def test_a_round_that_is_over_while_others_are_told_does_not_wait_for_them(
    fakes: Fakes, four: list[Round], monkeypatch: pytest.MonkeyPatch
) -> None:
    late: list[bool] = []

    def an_hour_passes() -> None:
        late.append(four[3].id in fakes.boxes.boxes)
        fakes.now += timedelta(minutes=61)

    fakes.now = four[0].closes_at
    hear(fakes, monkeypatch, an_hour_passes)
    run_due(fakes.services)

    assert late[0]  # not over yet
    assert not late[2]
    assert RoundState.CLOSED is fakes.round(four[3].id).state


def test_a_round_whose_names_are_waited_for_keeps_no_other_from_being_told(
    fakes: Fakes, four: list[Round], monkeypatch: pytest.MonkeyPatch
) -> None:
    names = fakes.directory.__class__.names

    def away_for_the_first(self: Any, channel: ChannelId) -> frozenset[str]:
        if channel == CHANNELS[0]:
            raise SlackUnavailableError("no_connection")
        return names(self, channel)

    monkeypatch.setattr(fakes.directory.__class__, "names", away_for_the_first)
    fakes.now = four[1].closes_at
    run_due(fakes.services)

    assert ["announce"] == fakes.messenger.verbs(four[0].id)
    assert {"announce", "retire", "post_summary"} <= set(fakes.messenger.verbs(four[1].id))


def test_three_tries_that_slack_holds_up_to_the_end_are_enough(
    fakes: Fakes, four: list[Round], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each may take ten minutes: fifteen of them would keep replies for hours past the close."""
    asked: list[ChannelId] = []

    def too_slow(_: object, channel: ChannelId) -> Any:
        asked.append(channel)
        raise SlackUnavailableError("too_slow")

    monkeypatch.setattr(fakes.directory.__class__, "people", too_slow)
    fakes.now = four[0].closes_at
    for _ in range(2):
        run_due(fakes.services)
        assert four[0].id in fakes.boxes.boxes
        fakes.now += MINUTE
    run_due(fakes.services)

    assert 3 == asked.count(CHANNELS[0])  # and each only once in a wake-up
    assert four[0].id not in fakes.boxes.boxes
    assert RoundState.CLOSED is fakes.round(four[0].id).state
