"""A start while Slack is away: it is tried again, what is over is destroyed, a refusal ends it."""

import logging
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path
from threading import Event
from typing import Any

import pytest

from bot.app import build
from bot.config import Config
from bot.core.model import ChannelId, Round, RoundState
from bot.errors import SlackError, StoreError
from bot.slack.client.rate_limits import RateLimiter
from bot.start import Start
from bot.store import connections
from bot.store.database import Database
from tests.fakes.prover import FakeProver
from tests.journeys.test_a_file_is_damaged import damage
from tests.patience import PATIENCE_S
from tests.world import CHANNEL, World

NOWHERE = "http://127.0.0.1:9/api/"
"""An address at which nobody listens."""

FIVE = ["U02TOMA", "U03INGR", "U04KWAM", "U05YUKI", "U06RUTH"]


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """A workspace without a bot yet; what the bot waits passes at once, and in the workspace, too."""
    world = World(tmp_path)
    with world.server:
        yield world
        world.stop_bot()


class Begun:
    """A start that was begun, with what it did. ``on_wait``: called with each wait in seconds."""

    def __init__(self, world: World, config: Config, on_wait: Callable[[float], None]) -> None:
        self.running, self.ended = Event(), Event()
        world.seconds.on_wait = on_wait
        self.limiter = RateLimiter(world.seconds.read, world.seconds.event())
        self.start = Start(
            config,
            self.ended.set,
            on_start=self.running.set,
            limiter=self.limiter,
            clock=world.machine_clock,
            elapsed=world.elapsed_s,
            build=partial(build, prover=FakeProver()),
        )
        self.start.begin()

    def stop(self) -> None:
        self.start.stop()


def passing(world: World) -> Callable[[float], None]:
    """Let the seconds that the bot waits pass in the workspace, too."""
    return lambda seconds: world.clock.advance(timedelta(seconds=seconds))


def without_slack(world: World) -> Config:
    config = world.config()
    return replace(config, slack=replace(config.slack, api_url=NOWHERE))


def a_round(world: World, state: RoundState = RoundState.OPEN) -> Round:
    """The round of a bot that was stopped after five people have replied."""
    world.start_bot()
    world.move(minutes=1)
    for user in FIVE:
        world.reply(user, answers=["4"])
        world.close_modals(user)
    world.stop_bot()
    assert secrets(world)
    round_ = stored(world)
    return round_ if state is RoundState.OPEN else put(world, round_.with_state(state))


def put(world: World, round_: Round) -> Round:
    database = Database(world.data_dir / "belonging.db")
    with database.transaction("test") as tx:
        tx.update_round(round_)
    database.close()
    return round_


def stored(world: World) -> Round:
    database = Database(world.data_dir / "belonging.db")
    with database.read("test") as tx:
        (round_,) = tx.list_channel_rounds(ChannelId(CHANNEL))
    database.close()
    return round_


def secrets(world: World) -> list[str]:
    """The files of keys and ballots that there are."""
    folders = (world.data_dir / "ballots", world.data_dir / "keys")
    return sorted(p.name for f in folders for p in f.iterdir() if not p.name.startswith("audience"))


FAULTS: list[dict[str, Any]] = [{"status": 503}, {"retry_after": 1}, {"error": "internal_error"}]


@pytest.mark.parametrize("fault", FAULTS, ids=str)
def test_a_slack_that_is_away_for_a_while_is_tried_again(
    world: World, fault: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    for _ in range(8):
        world.server.fail_next("auth.test", **fault)

    begun = Begun(world, world.config(), passing(world))

    assert begun.running.wait(PATIENCE_S), begun.start.failure
    assert 1 == sum("Slack is away" in one.getMessage() for one in caplog.records)
    assert 60 < world.seconds.now < 300
    begun.stop()
    assert begun.start.failure is None


def test_a_slack_that_opens_no_connection_is_tried_again_beside_what_is_due(world: World) -> None:
    for _ in range(3):
        world.server.fail_next("apps.connections.open", status=503)

    begun = Begun(world, world.config(), passing(world))

    assert begun.running.wait(PATIENCE_S), begun.start.failure
    assert world.server.wait_connected()
    begun.stop()


@pytest.mark.parametrize("code", ["invalid_auth", "account_inactive", "token_revoked", "missing_scope"])
@pytest.mark.parametrize("method", ["auth.test", "apps.connections.open"])
def test_what_slack_refuses_for_good_ends_the_start_with_one_sentence(
    world: World, method: str, code: str
) -> None:
    world.server.fail_next(method, error=code)

    begun = Begun(world, world.config(), passing(world))

    assert begun.ended.wait(PATIENCE_S)
    begun.stop()
    assert isinstance(begun.start.failure, SlackError)
    assert code in begun.start.failure.message
    assert begun.start.failure.remedy


def test_a_token_refused_after_slack_was_away_ends_the_bot_that_runs(world: World) -> None:
    world.server.fail_next("apps.connections.open", status=503)
    world.server.fail_next("apps.connections.open", status=503)
    world.server.fail_next("apps.connections.open", error="invalid_auth")

    begun = Begun(world, world.config(), passing(world))

    assert begun.ended.wait(PATIENCE_S)
    begun.stop()
    assert "app token: invalid_auth" in str(begun.start.failure)


def test_with_slack_away_a_round_that_is_due_is_destroyed_by_the_rules_of_the_clock(world: World) -> None:
    """Without Slack the clock is believed after 15 minutes; then names are waited for, 15 times."""
    a_round(world)
    before = secrets(world)
    world.clock.advance(timedelta(days=4))
    began = world.clock.now()
    seen: list[tuple[timedelta, list[str]]] = []
    enough = Event()

    def on_wait(wait_s: float) -> None:
        waited = world.clock.now() - began
        if waited > timedelta(minutes=45):
            enough.set()
            return
        seen.append((waited, secrets(world)))
        world.clock.advance(timedelta(seconds=wait_s))

    begun = Begun(world, without_slack(world), on_wait)
    assert enough.wait(PATIENCE_S)
    begun.stop()

    assert all(there == before for waited, there in seen if waited < timedelta(minutes=15))
    assert all(there == [] for waited, there in seen if waited > timedelta(minutes=32))
    assert RoundState.CLOSED is stored(world).state
    world.start_bot()
    assert "5 of 14 replied" in str(world.messages()[-1].blocks)


def test_with_slack_away_what_was_counted_is_destroyed_at_once(world: World) -> None:
    round_ = a_round(world)
    put(world, round_.with_state(RoundState.CLOSING).with_state(RoundState.RELEASED))
    waits: list[float] = []
    first = Event()

    def on_wait(wait_s: float) -> None:
        waits.append(wait_s)
        first.set()

    begun = Begun(world, without_slack(world), on_wait)
    assert first.wait(PATIENCE_S)
    begun.stop()

    assert [] == secrets(world)
    assert RoundState.CLOSED is stored(world).state
    assert 1 == waits[0]


def test_a_key_lost_while_slack_is_away_is_told_once_when_slack_is_back(world: World) -> None:
    """The replies cannot be read, so the round ends as key lost; its channel has to hear of it."""
    round_ = a_round(world)
    damage(world.data_dir / "ballots" / f"{round_.id}.db")
    world.clock.advance(timedelta(days=4))
    began = world.clock.now()
    lost, enough = Event(), Event()

    def on_wait(wait_s: float) -> None:
        if RoundState.KEY_LOST is stored(world).state:
            lost.set()
        if lost.is_set() or world.clock.now() - began > timedelta(hours=1):
            enough.set()
            return
        world.clock.advance(timedelta(seconds=wait_s))

    begun = Begun(world, without_slack(world), on_wait)
    assert enough.wait(PATIENCE_S)
    begun.stop()

    assert (True, []) == (lost.is_set(), secrets(world))
    for _ in range(2):
        world.start_bot()
        world.move(minutes=2)
        world.stop_bot()
    told = [one.text for one in world.messages() if one.text.startswith("We are sorry")]
    assert 1 == len(told), [one.text for one in world.messages()]


def test_a_refusal_does_not_keep_what_was_counted(world: World) -> None:
    round_ = a_round(world)
    put(world, round_.with_state(RoundState.CLOSING).with_state(RoundState.RELEASED))
    world.server.fail_next("auth.test", error="token_revoked")

    begun = Begun(world, world.config(), passing(world))
    assert begun.ended.wait(PATIENCE_S)
    begun.stop()

    assert [] == secrets(world)
    assert "token_revoked" in str(begun.start.failure)


def test_a_start_that_waits_for_slack_ends_at_once_when_it_is_asked_to(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    world.server.fail_next("auth.test", delay_s=30)
    with caplog.at_level(logging.INFO, "bot"):
        begun = Begun(world, world.config(), passing(world))
        world.wait(lambda: not world.server.site.faults)
        begun.stop()

    assert not begun.start._thread.is_alive()
    assert "stopped" in caplog.messages
    world.start_bot()


@pytest.fixture
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever waits for another program, waits for a moment."""
    monkeypatch.setattr(connections, "BUSY_TIMEOUT_S", 0.05)


@contextmanager
def held(path: Path, how: str) -> Iterator[Callable[[], None]]:
    """Hold a file as another program does that writes; what is yielded lets go of it."""
    with closing(sqlite3.connect(path, isolation_level=None, check_same_thread=False)) as other:
        other.execute("PRAGMA locking_mode = EXCLUSIVE" if how == "for itself" else "SELECT 1")
        other.execute("BEGIN EXCLUSIVE")
        other.execute("CREATE TABLE IF NOT EXISTS written (id)")
        yield other.close


@pytest.mark.usefixtures("soon")
@pytest.mark.parametrize("how", ["while it writes", "for itself"])
@pytest.mark.parametrize("name", ["belonging.db", "audiences.db"])
def test_a_start_waits_for_a_program_that_holds_the_data_and_says_so_once(
    world: World, name: str, how: str, caplog: pytest.LogCaptureFixture
) -> None:
    before = a_round(world)
    tries: list[float] = []

    with held(world.data_dir / name, how) as let_go:

        def on_wait(wait_s: float) -> None:
            tries.append(wait_s)
            if len(tries) == 3:
                let_go()

        begun = Begun(world, world.config(), on_wait)

        assert begun.running.wait(PATIENCE_S), begun.start.failure
    begun.stop()

    told = [vars(one) for one in caplog.records if one.name == "bot.start"]
    assert [("in_use", True)] == [(one["code"], name in one["msg"]) for one in told]
    assert [1, 2, 5] == tries[:3]
    assert begun.start.failure is None
    assert (before.id, RoundState.OPEN) == (stored(world).id, stored(world).state)


@pytest.mark.usefixtures("soon")
def test_a_start_that_waits_for_another_program_ends_at_once_when_it_is_asked_to(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    a_round(world)
    waits = Event()

    with held(world.data_dir / "belonging.db", "while it writes"), caplog.at_level(logging.INFO, "bot"):
        begun = Begun(world, world.config(), lambda _: waits.set())
        assert waits.wait(PATIENCE_S), begun.start.failure
        begun.stop()

        assert not begun.start._thread.is_alive()
    assert begun.start.failure is None
    assert "stopped" in caplog.messages
    world.start_bot()


@pytest.mark.usefixtures("soon")
@pytest.mark.parametrize("what", ["damaged", "not_allowed"])
def test_data_that_are_damaged_or_forbidden_end_the_start_with_one_sentence(world: World, what: str) -> None:
    a_round(world)
    path = world.data_dir / "belonging.db"
    path.unlink()
    if what == "damaged":
        path.write_bytes(b"garbage, long enough to be read as a database" * 99)
    else:
        path.mkdir()

    begun = Begun(world, world.config(), passing(world))

    assert begun.ended.wait(PATIENCE_S)
    begun.stop()
    assert isinstance(begun.start.failure, StoreError)
    assert what == begun.start.failure.code
    assert 0 == world.seconds.now
    shutil.rmtree(path) if path.is_dir() else path.unlink()


def test_it_works_while_it_waits_for_slack_and_until_it_hears_nothing_more(world: World) -> None:
    waited: list[bool] = []
    world.server.fail_next("auth.test", status=503)
    begun = Begun(world, world.config(), lambda _: waited.append(begun.start.works()))
    assert begun.running.wait(PATIENCE_S), begun.start.failure

    assert begun.start.bot
    assert begun.start.works()
    begun.start.bot._loop._loop.call_soon_threadsafe(begun.start.bot._loop._loop.stop)
    assert begun.ended.wait(PATIENCE_S)

    assert not begun.start.works()
    assert all(waited)
    begun.stop()
