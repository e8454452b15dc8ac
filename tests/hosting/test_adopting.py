"""The data of a single workspace become the first cell of many."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from functools import partial
from pathlib import Path
from threading import Event

import pytest

from bot.app import Bot, build
from bot.app.host_start import HostStart
from bot.app.hosting import build_host
from bot.config import load_config
from bot.core.model import RoundState
from bot.core.schedule import Source
from bot.errors import AlreadyRunningError, BotError
from bot.slack.client.rate_limits import RateLimiter
from tests.hosted_world import NORTH, SOUTH, HostedWorld, wait_until
from tests.world import CHANNEL, CONFIG, ROOT

USER = "U02TOMA"


@contextmanager
def single(world: HostedWorld, token: str) -> Iterator[Bot]:
    """Run the bot of one workspace in the folder of many."""
    many = (world.folder / "config.yaml").read_text(encoding="utf-8")
    (slack,) = (line for line in many.splitlines() if line.startswith("slack:"))
    one = CONFIG.format(prompts=ROOT / "prompts", channel=CHANNEL, threshold=5)
    (world.folder / "config.yaml").write_text(f"{slack}\n{one}", encoding="utf-8")
    config = load_config(world.folder / "config.yaml", world.settings(SLACK_BOT_TOKEN=token))
    limiter = RateLimiter(world.monotonic_s, world.seconds.event())
    bot = build(
        config,
        world.clock.now,
        limiter,
        prover=world.prover,
        elapsed=world.elapsed_s,
        wait=world.seconds.pause,
    )
    bot.start()
    try:
        bot.run_due()
        yield bot
    finally:
        bot.stop()
        (world.folder / "config.yaml").write_text(many, encoding="utf-8")


@pytest.fixture
def before(world: HostedWorld) -> HostedWorld:
    """A world with the data of a single bot: somebody has replied in the open round."""
    token = world.server.grant(NORTH)
    world.join(NORTH)
    world.more = {"SLACK_BOT_TOKEN": token}
    with single(world, token) as bot:
        world.clock.advance(timedelta(minutes=1))
        bot.run_due()
        world.members[NORTH].reply(USER, answers=["5", "5", "5"])
    world.members[NORTH].close_modals(USER)
    return world


def test_the_open_round_goes_on_and_nobody_replies_twice(before: HostedWorld) -> None:
    before.start()

    north = before.members[NORTH]
    assert before.tokens() == {NORTH: before.more["SLACK_BOT_TOKEN"]}
    assert not (before.folder / "data" / "belonging.db").exists()
    assert [one.state for one in before.rounds(NORTH)] == [RoundState.OPEN]
    assert "submit" not in north.open_form(USER).body
    for user in north.everyone()[:6]:
        if user != USER:
            north.reply(user, answers=["5", "5", "5"])
    before.more = {}
    before.move(days=3)
    before.move(minutes=1)
    (round_,) = before.rounds(NORTH)
    assert round_.state is RoundState.CLOSED
    said = len(before.members[NORTH].messages())
    before.move(days=4)
    assert [one.number for one in before.rounds(NORTH)] == [1, 2]
    assert len(before.members[NORTH].messages()) == said + 1  # it asks again, and says nothing else
    assert before.install(SOUTH).status == 200
    before.stop()
    before.start()
    assert before.ask("/readyz").text == "ready, 2 of 2 workspaces served"


def test_schedules_in_a_file_of_the_cell_go_on_as_they_are(before: HostedWorld) -> None:
    before.schedule(NORTH)
    before.start()

    with before.services(NORTH) as services, services.store.read("test") as tx:
        assert [one.source for one in tx.list_schedules()] == [Source.CONFIG]


def test_without_the_token_one_sentence_says_what_to_do(before: HostedWorld) -> None:
    token, before.more = before.more, {}

    with pytest.raises(BotError, match="SLACK_BOT_TOKEN"):
        before.start()
    assert (before.folder / "data" / "belonging.db").exists()

    before.more = token
    before.start()


class CrashError(Exception):
    """The process ends here."""


@pytest.mark.parametrize("renames", range(5))
def test_after_a_crash_between_two_files_the_next_start_does_the_rest(
    before: HostedWorld, renames: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    usual, left = Path.replace, [renames]

    def replace(path: Path, target: Path) -> Path:
        if target.parent == before.cell(NORTH) and path.parent == before.folder / "data":
            if not left[0]:
                raise CrashError
            left[0] -= 1
        return usual(path, target)

    monkeypatch.setattr(Path, "replace", replace)
    crashed = False
    try:
        before.start()
    except CrashError:
        crashed = True
    monkeypatch.undo()
    assert crashed == (renames < 4)
    if crashed:
        before.host = None
        before.start()

    assert [one.state for one in before.rounds(NORTH)] == [RoundState.OPEN]
    assert set(before.tokens()) == {NORTH}
    assert "submit" not in before.members[NORTH].open_form(USER).body
    there = {path.name for path in (before.folder / "data").iterdir()}
    assert there == {".lock", "cells", "installations.db"}


def test_the_start_waits_for_slack_where_it_must_say_whose_data_they_are(before: HostedWorld) -> None:
    before.more["SLACK_API_URL"] = "http://127.0.0.1:9/api/"
    ended = Event()
    config = before.config()
    start = HostStart(partial(build_host, config), config.data_dir, ended.set)
    start.begin()
    wait_until((before.folder / "data" / "heartbeat").exists)

    assert start.works()
    start.stop()

    assert start.failure is None
    assert not ended.is_set()
    assert (before.folder / "data" / "belonging.db").exists()


def test_a_second_process_is_refused_in_one_sentence(world: HostedWorld) -> None:
    world.start()
    host, world.host = world.host, None
    try:
        with pytest.raises(AlreadyRunningError):
            world.start()
    finally:
        world.host = host
