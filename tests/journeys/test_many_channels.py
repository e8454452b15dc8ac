"""Flow (a), five hundred times at nine: at Slack's pace, once each, and nobody has to wait for it."""

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Event, Thread

import pytest

from bot.core.model import ChannelId
from bot.demo.workspace import Workspace, make_workspace
from bot.service.channels import REFRESHED_AT_ONCE
from bot.slack.client.rate_limits import LIMITS
from bot.slack.directory.cache import STANDING_FOR
from tests.patience import PATIENCE_S
from tests.world import CONFIG, World, a_world, channel_of, team_of

MEMORY = Path("/dev/shm")  # noqa: S108 - a directory of its own is made in it
TEAMS, TEAM_SIZE = 10, 8
MANY = CONFIG.partition("schedules:")[0] + "schedules:\n{schedules}"
SCHEDULE = '  - {{channel: {channel}, every: week, on: [tue], at: "10:00", pack: belonging}}\n'


def ids(count: int) -> list[str]:
    return [f"C{number:08}" for number in range(count)]


def workspace_of(channels: Sequence[str]) -> Workspace:
    """Channels of which any two hold the same people or none in common."""
    people = team_of(TEAMS * TEAM_SIZE)
    teams = [people[start : start + TEAM_SIZE] for start in range(0, len(people), TEAM_SIZE)]
    return make_workspace(
        people,
        [channel_of(teams[n % TEAMS], id_=one, name=f"team-{n}") for n, one in enumerate(channels)],
    )


@contextmanager
def many(folder: Path, channels: Sequence[str]) -> Iterator[World]:
    """A workspace that keeps to Slack's limits, by the seconds that the bot waits."""
    schedules = "".join(SCHEDULE.format(channel=channel) for channel in channels)
    with a_world(folder, workspace_of(channels), config=MANY, schedules=schedules) as world:
        world.server.site.monotonic = world.monotonic_s
        world.server.site.rate_limits = True
        yield world


def calls(world: World) -> Counter[str]:
    return Counter(call.method for call in world.workspace.calls)


def refused(world: World) -> list[str]:
    return [call.method for call in world.workspace.calls if call.error == "ratelimited"]


def posted(world: World, channels: Sequence[str]) -> list[int]:
    return [len(world.messages(channel)) for channel in channels]


def stored_replies(world: World, channel: str) -> int:
    assert world.bot
    services = world.bot.services
    with services.store.transaction("test") as tx:
        (round_,) = tx.list_channel_rounds(ChannelId(channel))
    return len(services.boxes.list_replies(round_.id))


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """In memory where the machine allows it: 500 rounds write 2,500 files to disk, each for certain."""
    if not MEMORY.is_dir():
        yield tmp_path
        return
    with TemporaryDirectory(dir=MEMORY) as place:
        yield Path(place)


def test_five_hundred_channels_are_asked_within_slacks_limits_and_a_reply_meanwhile_is_kept(
    folder: Path,
) -> None:
    channels, waits, replied = ids(500), [], []

    with many(folder, channels) as world:

        def reply_while_the_bot_waits(seconds: float) -> None:
            waits.append(seconds)
            if len(waits) == 100:
                already = [one for one in channels if world.messages(one)]
                user = world.workspace.channels[already[0]].members[0]
                form = world.open_form(user, world.announcement(already[0]))
                acknowledged = world.submit(user, form, text="written while others are asked")
                replied.append((len(already), acknowledged["ok"], stored_replies(world, already[0])))

        world.seconds.on_wait = reply_while_the_bot_waits
        world.move(minutes=1)

        assert [1] * 500 == posted(world, channels)
        assert [] == refused(world)
        ((already, acknowledged, stored),) = replied
        assert (0 < already < 500, acknowledged, stored) == (True, True, 1)
        asked = calls(world)
        # Everybody is listed in the background after the start, and once for all that open together. At the
        # start the bot also looks at five channels, and finds out the language of their people.
        assert (500 + 5, 2) == (asked["conversations.members"], asked["users.list"])
        assert world.seconds.now < 12 * 60


def test_the_people_of_a_channel_are_asked_for_once_however_many_others_are_compared_with_it(
    folder: Path,
) -> None:
    channels = ids(12)
    with many(folder, channels) as world:
        world.move(minutes=1)
        world.move(days=3)
        before = calls(world)

        world.move(days=4)

        since = calls(world) - before
        assert since["chat.postMessage"] == 12
        # The daily look at a few channels forgets who is in them; the daily proof asks for these once more.
        assert 12 <= since["conversations.members"] <= 12 + REFRESHED_AT_ONCE
        assert [] == refused(world)


def test_channels_that_are_due_while_the_daily_proof_is_made_are_asked_about_once(folder: Path) -> None:
    """The proof asked beside them, so that half of Slack's limit was its own, and the last came late."""
    channels = ids(30)
    with many(folder, channels) as world:
        world.move(minutes=1)
        world.move(days=3)
        bot, begun, due = world.bot, Event(), Event()
        assert bot
        give_way = bot.daily_proof.give_way

        def before_a_channel() -> None:
            begun.set()
            assert due.wait(PATIENCE_S)
            give_way()

        def while_it_waits_for_slack(_: float) -> None:
            due.set()
            world.clock.advance(STANDING_FOR)  # what was asked is too old for the next to open

        bot.daily_proof.give_way = before_a_channel
        prover = Thread(target=partial(world.move, days=3, hours=23, minutes=59))
        prover.start()
        assert begun.wait(PATIENCE_S)
        world.clock.advance(timedelta(minutes=1))
        before = calls(world)
        world.seconds.on_wait = while_it_waits_for_slack
        type(bot).run_due(bot)  # beside the one that waits for the proof
        prover.join(PATIENCE_S)

        since = calls(world) - before
        assert not prover.is_alive()
        assert since["chat.postMessage"] == 30
        # The daily look at a few channels forgets who is in them; the daily proof asks for these once more.
        assert 30 <= since["conversations.members"] <= 30 + REFRESHED_AT_ONCE


def test_a_bot_that_is_stopped_in_the_middle_ends_at_once_and_asks_the_others_after_its_next_start(
    folder: Path,
) -> None:
    channels = ids(20)
    with many(folder, channels) as world:
        world.stop_bot()
        virtual, world.seconds.event = world.seconds.event, Event  # type: ignore[method-assign]
        bot = world.start_bot()  # by seconds that do not pass, it waits for ever after a first few
        due = Thread(target=lambda: world.move(minutes=1))
        due.start()
        burst = LIMITS["conversations.members"].burst
        world.wait(lambda: sum(posted(world, channels)) == burst)

        stopping = Thread(target=world.stop_bot)
        stopping.start()
        stopping.join(5)
        due.join(PATIENCE_S)

        assert not stopping.is_alive()
        assert not due.is_alive()
        assert sum(posted(world, channels)) == burst

        world.seconds.event = virtual  # type: ignore[method-assign]
        world.start_bot()

        assert [1] * 20 == posted(world, channels)
        assert bot is not world.bot
