"""The composition root: a bot that cannot be put together leaves nothing behind, and says why."""

import json
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Event, Thread
from typing import Any

import pytest

from bot.app import build, system_clock
from bot.config import Config, load_config
from bot.errors import AlreadyRunningError, BotError, ConfigError, SlackError, SlackUnavailableError
from bot.slack.client.rate_limits import RateLimiter
from bot.slack.transport.socket_mode import SocketMode
from tests.cli.program import CONFIG
from tests.patience import PATIENCE_S
from tests.world import World


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """A workspace without a bot yet."""
    world = World(tmp_path)
    with world.server:
        yield world
        world.stop_bot()


def config_of(folder: Path, **environ: str) -> Config:
    (folder / "config.yaml").write_text(CONFIG, encoding="utf-8")
    return load_config(folder / "config.yaml", environ)


@pytest.fixture
def only_ok() -> Iterator[str]:
    """The address of something that answers every call with ``{"ok": true}`` and is no Slack."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            body = json.dumps({"ok": True}).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}/api/"
        server.shutdown()
        thread.join()


def test_the_clock_is_aware_and_in_utc() -> None:
    offset = system_clock().utcoffset()

    assert offset is not None
    assert not offset


def test_tokens_are_looked_at_before_anything_is_made(tmp_path: Path) -> None:
    with pytest.raises(ConfigError):
        build(config_of(tmp_path))

    assert [path.name for path in tmp_path.iterdir()] == ["config.yaml"]


def test_a_refused_bot_token_lets_go_of_the_data_directory(world: World) -> None:
    wrong = world.config()
    secrets = replace(wrong.secrets, bot_token="xoxb-of-another-app")

    for _ in range(2):
        with pytest.raises(SlackError, match="refused the bot token"):
            build(replace(wrong, secrets=secrets))

    world.start_bot()


def test_a_refused_app_token_lets_go_of_everything(world: World) -> None:
    wrong = world.config()
    bot = build(replace(wrong, secrets=replace(wrong.secrets, app_token="xapp-of-another-app")))
    with pytest.raises(SlackError, match="refused the app token"):
        bot.start()
    bot.stop()

    world.start_bot()


def test_two_bots_never_share_a_data_directory(world: World) -> None:
    world.start_bot()

    with pytest.raises(AlreadyRunningError):
        build(world.config())


def test_something_that_answers_and_is_no_slack_is_told(tmp_path: Path, only_ok: str) -> None:
    config = config_of(
        tmp_path, SLACK_BOT_TOKEN="xoxb-test", SLACK_APP_TOKEN="xapp-test", SLACK_API_URL=only_ok
    )

    with pytest.raises(SlackUnavailableError) as error:
        build(config)

    assert "api_url" in error.value.remedy


def test_a_missing_scope_is_told_by_slacks_own_word(world: World) -> None:
    world.server.fail_next("auth.test", error="missing_scope")

    with pytest.raises(BotError, match="missing_scope"):
        build(world.config())


def test_a_stopped_bot_leaves_neither_threads_nor_the_lock(world: World) -> None:
    for _ in range(2):
        world.start_bot()
        world.stop_bot()

    world.start_bot()


def test_a_bot_that_hears_nothing_any_more_asks_the_program_to_end(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    bot, asked = world.start_bot(), Event()
    bot.on_end = asked.set

    bot._loop.call_soon(bot._loop._loop.stop)  # whatever has ended it

    assert asked.wait(PATIENCE_S)
    assert bot.failure
    assert "hears nothing" in caplog.text


def test_a_bot_that_stumbles_over_its_first_connection_asks_the_program_to_end(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    failures = [SlackUnavailableError("no_connection"), KeyError("whatever")]

    async def connect(_: SocketMode) -> None:
        raise failures.pop(0)

    monkeypatch.setattr(SocketMode, "connect", connect)
    asked, limiter = Event(), RateLimiter(world.monotonic_s, world.seconds.event())
    world.bot = bot = build(world.config(), world.machine_clock, limiter, prover=world.prover)
    bot.on_end = asked.set
    bot.start()

    assert asked.wait(PATIENCE_S)
    assert bot.failure


def test_a_way_in_that_nobody_keeps_is_noticed_with_the_next_wake_up(world: World) -> None:
    bot, asked = world.start_bot(), Event()
    bot.on_end = asked.set
    assert isinstance(bot._line, SocketMode)
    assert bot._line._keeper
    bot._loop.call_soon(bot._line._keeper.cancel)

    while not asked.wait(0.01):
        bot.run_due()

    assert bot.failure


def test_a_loop_that_hangs_is_noticed_with_the_next_wake_up(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.app.bot.LOOP_ANSWER_S", 0.1)
    bot, asked, go_on = world.start_bot(), Event(), Event()
    bot.on_end = asked.set
    bot._loop.call_soon(lambda: go_on.wait(PATIENCE_S))

    bot.run_due()
    go_on.set()

    assert asked.is_set()
    assert bot.failure


def test_a_stop_does_not_wait_for_a_loop_that_hangs(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Else the program would stay, and hear nothing."""
    monkeypatch.setattr("bot.app.bot.HANGING_S", 0.1, raising=False)
    bot, hangs, go_on = world.start_bot(), Event(), Event()
    bot._loop.call_soon(lambda: (hangs.set(), go_on.wait(PATIENCE_S)))
    assert hangs.wait(PATIENCE_S)
    stopping = Thread(target=bot.stop, daemon=True)
    stopping.start()
    stopping.join(PATIENCE_S / 3)
    stopped = not stopping.is_alive()
    go_on.set()
    stopping.join()
    bot._loop._thread.join()
    world.bot = None

    assert stopped
