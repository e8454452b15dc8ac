"""Attacks by the clock, and by keeping Slack from answering: what stays on disk, and what is shown for it."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest

from bot.core.clock import Trust
from bot.core.model import ChannelId, Round, RoundState
from bot.core.release import Published
from bot.core.rounds import TRIES
from bot.demo.request_url import RequestUrl
from bot.service.run_due import run_due
from tests.fakes.directory import people
from tests.replying import open_reply
from tests.service.services import TEAM, TUESDAY, Fakes, weekly
from tests.world import CHANNEL, World, a_world

pytestmark = pytest.mark.attack

FOREVER = timedelta(days=400)
FIVE = ["U02TOMA", "U03INGR", "U04KWAM", "U05YUKI", "U06RUTH"]


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """A bot in HTTP mode whose first question is in the channel."""
    with a_world(tmp_path, http=True) as world:
        world.move(minutes=1)
        yield world


def round_of(world: World) -> Round:
    assert world.bot
    with world.bot.services.store.transaction("test") as tx:
        return tx.list_channel_rounds(ChannelId(CHANNEL))[0]


def closed(fakes: Fakes) -> tuple[Round, Published]:
    fakes.put(weekly())
    fakes.directory.members[TEAM] = people(12)
    fakes.now = TUESDAY
    run_due(fakes.services)
    (opened,) = fakes.rounds()
    fakes.reply(opened, people(12), text="Ingrid Solberg made time for me on my first day.", quotable=True)
    fakes.directory.down = True
    fakes.now = opened.closes_at
    for _ in range(TRIES):
        run_due(fakes.services)
        fakes.now += timedelta(minutes=1)
    with fakes.store.transaction("test") as tx:
        result = tx.fetch_release(opened.id)
    assert isinstance(result, Published)
    return fakes.round(opened.id), result


def test_whoever_keeps_slack_from_answering_keeps_no_key_and_no_reply_on_disk() -> None:
    """Kills: waiting for the names for ever."""
    fakes = Fakes()

    round_, _ = closed(fakes)

    assert (RoundState.CLOSED, True) == (round_.state, fakes.is_clean())


def test_whoever_keeps_slack_from_naming_people_gets_no_quote_with_a_name_in_it() -> None:
    """Kills: publishing the quotes with no names to take out, once the wait is over."""
    _, result = closed(Fakes())

    assert (12, ()) == (result.replies, result.quotes)


def test_setting_the_clock_back_keeps_no_round_open_for_longer(world: World) -> None:
    """Kills: judging replies by the machine's clock. Else a round stays open until the right ones replied."""
    assert world.bot
    round_ = round_of(world)
    world.off = -FOREVER
    world.clock.advance(timedelta(days=3))

    assert open_reply(world.bot.services, round_.id, min(people(1))).refusal == "closed"


def test_setting_the_clock_ahead_publishes_no_round_before_its_time(world: World) -> None:
    """Kills: closing by the machine's clock. Whoever wants to know the first five would set it."""
    for user in FIVE:
        world.reply(user, answers=["4"])
    world.off = timedelta(days=3)

    world.move(minutes=1)

    assert RoundState.OPEN is round_of(world).state
    world.off = timedelta(0)


def test_repeating_an_old_request_holds_no_close_up(world: World) -> None:
    """Kills: believing the time of every signed request. What was listened to could be sent again."""
    assert world.bot
    world.move(minutes=5)  # what was signed before the start is refused
    world.server.site.signs_late_s = -290
    headers = RequestUrl(world.server.site).signature(b"{}")

    with httpx.Client(base_url=world.server.request_url.removesuffix("/slack/events")) as stranger:
        assert 401 != stranger.post("/slack/events", content=b"{}", headers=headers).status_code

    assert Trust.RIGHT is world.bot.services.clock_state().trust


def test_a_machine_that_is_behind_takes_no_request_that_is_old_by_slacks_time(world: World) -> None:
    """Kills: judging the age of a request by the machine's clock: it would take what was signed long ago."""
    world.off = -timedelta(hours=1)
    world.server.site.signs_late_s = -3600
    headers = RequestUrl(world.server.site).signature(b"{}")

    with httpx.Client(base_url=world.server.request_url.removesuffix("/slack/events")) as stranger:
        assert 401 == stranger.post("/slack/events", content=b"{}", headers=headers).status_code
    world.off = timedelta(0)


def test_what_the_log_says_of_the_clock_names_nobody(world: World, caplog: pytest.LogCaptureFixture) -> None:
    """Kills: a line with the request or the member that showed it."""
    world.off = FOREVER
    world.command(FIVE[0], "/belonging summary")
    world.move(minutes=1)

    (line,) = [one for one in caplog.records if one.getMessage() == "clock off"]
    assert {"code": "ahead", "count": 400 * 86400} == {
        key: line.__dict__[key] for key in ("code", "count", "round_id", "channel_id") if key in line.__dict__
    }
    world.off = timedelta(0)
    assert world.clock.now() > datetime(2026, 11, 24, 9, tzinfo=UTC)
