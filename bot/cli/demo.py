"""Run ``belonging demo``: the real bot in the local workspace, with a clock that can be moved."""

import json
import tempfile
import time as real_time
import webbrowser
from collections.abc import Callable, Collection, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any, Protocol, TypeVar
from zoneinfo import ZoneInfo

from rich.panel import Panel

from bot.app import Bot, build, system_clock
from bot.cli.console import err, load_or_shipped, out, working
from bot.cli.manifest import manifest_path
from bot.cli.process import disable_core_dumps, until_asked_to_end
from bot.cli.report import named_language
from bot.config import NOT_YET_APPLIED, Config, Secrets, SlackMode, holiday_calendar
from bot.core.model import ChannelId, RoundState, ScheduleId, SupportCard
from bot.core.schedule import QuietDays, Schedule, Weekly
from bot.core.settings import Settings
from bot.demo.clock import AdjustableClock
from bot.demo.server import DemoServer
from bot.demo.workspace import Workspace, demo_workspace
from bot.errors import BotError
from bot.logs import set_up_logs
from bot.ports import Services
from bot.service.upcoming import next_of
from bot.slack.client.rate_limits import RateLimiter
from bot.store.audit.panel import list_files, list_tables, read_file

ZONE = "Europe/Berlin"
ASKS_AT = time(10, 0)
HOLIDAYS = "DE"
"""The country of the invented team's office."""

SATURDAY = 5
BEFORE_IT_ASKS = timedelta(seconds=20)
"""The demo starts this long before its first prompt, so that a visitor sees it come at once."""

SAMPLE_SUPPORT = SupportCard(contact="People team, people@example.org (sample)", crisis="112 (sample)")


class Running(Protocol):
    """A demo that runs."""

    @property
    def server(self) -> DemoServer:
        """The local Slack."""


T = TypeVar("T", bound=Running)


@dataclass(frozen=True, slots=True, kw_only=True)
class Demo:
    """A running local workspace with the bot in it."""

    server: DemoServer
    bot: Bot
    clock: AdjustableClock
    data_dir: Path


def run_demo(
    config_path: Path, port: int, *, open_browser: bool, log_level: str, language: str | None = None
) -> None:
    """Serve the local workspace until a signal, then remove what it stored.

    ``language``: in which the bot writes in the channel. Raises ``BotError`` for one that it does not speak.
    """
    spoken = named_language(language)
    demo = demo_of(load_or_shipped(config_path), port=port, language=spoken.code if spoken else "")
    setting_up = "Setting up a workspace with 14 invented people"
    run_until_the_end(demo, _welcome, setting_up, open_browser=open_browser, log_level=log_level)


def run_until_the_end(
    demo: AbstractContextManager[T],
    welcome: Callable[[T], Panel],
    setting_up: str,
    *,
    open_browser: bool,
    log_level: str,
) -> None:
    """Enter ``demo``, print its ``welcome``, and leave it when a signal asks to end."""
    disable_core_dumps()
    set_up_logs(log_level)
    with ExitStack() as running:
        wait_for_the_end = running.enter_context(until_asked_to_end())
        with working(setting_up):
            started = running.enter_context(demo)
        out.print(welcome(started))
        if open_browser:
            webbrowser.open(started.server.url)
        wait_for_the_end()
        err.print("Closing the demo; what it stored is removed.")


@contextmanager
def demo_of(
    config: Config,
    *,
    port: int = 0,
    today: datetime | None = None,
    language: str = "",
    workspace: Workspace | None = None,
) -> Iterator[Demo]:
    """Start a local workspace in which the first prompt has just been asked.

    ``today``: the day on which it begins (aware; by default the real day). ``language``: the code of the
    channel's language; by default that of most people in it. ``workspace``: by default the invented team's.
    Raises ``BotError`` if the port is taken or the data directory cannot be created.
    """
    start = opening_moment(today or system_clock())
    clock = AdjustableClock(start, real=real_time.monotonic, ticking=True)
    with ExitStack() as held:
        folder = Path(held.enter_context(tempfile.TemporaryDirectory(prefix="belonging-demo-")))
        data_dir = folder / "data"
        here = workspace or demo_workspace()
        server = DemoServer(here, manifest=shipped_manifest(), clock=clock, port=port)
        listen(server, port)
        held.callback(server.stop)
        unlimited = RateLimiter(real_time.monotonic, limits={}, in_one_channel={})
        bot = build(
            _demo_config(config, server, data_dir, language),
            clock.now,
            unlimited,
            elapsed=lambda: clock.now().timestamp(),
        )
        held.callback(bot.stop)
        server.hooks.stored = lambda: {"tables": list_tables(data_dir), "files": list_files(data_dir)}
        server.hooks.read_file = lambda name: read_file(data_dir, name)
        server.hooks.on_time = bot.run_due
        server.hooks.upcoming = lambda: upcoming(bot.services)
        bot.start()
        clock.advance(BEFORE_IT_ASKS)
        bot.run_due()
        yield Demo(server=server, bot=bot, clock=clock, data_dir=data_dir)


def _demo_config(config: Config, server: DemoServer, data_dir: Path, language: str) -> Config:
    """Return the configuration with the tokens, the address and the one schedule of the local workspace.

    In Socket Mode and without jitter, whatever the configuration says: the local Slack has no public address,
    and a visitor sees the first question come at once.
    """
    channel = ChannelId(server.workspace.channel_named("product-team").id)
    today = server.site.clock.now().astimezone(ZoneInfo(ZONE)).date()
    return replace(
        in_the_demo(config, server, data_dir),
        secrets=Secrets(bot_token=server.bot_token, app_token=server.app_token),
        schedules=(replace(demo_schedule(channel, config.settings, today), language=language),),
    )


def in_the_demo(config: Config, server: DemoServer, data_dir: Path) -> Config:
    """Return the configuration with the address of the local Slack, without tokens and schedules."""
    return replace(
        config,
        slack=replace(config.slack, mode=SlackMode.SOCKET, api_url=server.api_url),
        secrets=Secrets(),
        data_dir=data_dir,
        ballots_dir=data_dir / "ballots",
        keys_dir=data_dir / "keys",
        settings=replace(
            config.settings,
            support=config.settings.support or SAMPLE_SUPPORT,
            jitter=timedelta(0),
            defaults=replace(config.settings.defaults, quiet=QuietDays(holidays=HOLIDAYS)),
        ),
        schedules=(),
        hosting=None,
    )


def demo_schedule(channel: ChannelId, settings: Settings, today: date) -> Schedule:
    """Return the schedule that asks every week on the weekday of ``today``, and on no public holiday."""
    return Schedule(
        id=ScheduleId("demo00000000"),
        channel=channel,
        recurrence=Weekly(every=1, weekdays=(today.weekday(),)),
        at=ASKS_AT,
        zone=ZONE,
        pack=next(iter(settings.packs)),
        open_for=timedelta(days=3),
        policy=settings.policy,
        quiet=QuietDays(holidays=HOLIDAYS),
        created_at=NOT_YET_APPLIED,
        language="",
    )


def upcoming(services: Services) -> dict[str, str] | None:
    """Return the next thing that happens by itself: ``at`` (ISO 8601, UTC) and ``what``."""
    now = services.clock()
    with services.store.read("upcoming") as tx:
        open_rounds = tx.list_rounds([RoundState.OPEN])
        schedules = tx.list_schedules()
    events = [(round_.closes_at, "the round closes") for round_ in open_rounds]
    if next_at := next_of(services, schedules):
        events.append((next_at, "the next prompt"))
    at, what = min(events, default=(now, ""))
    return {"at": at.isoformat(), "what": what} if what else None


def listen(server: DemoServer, port: int) -> None:
    """Start the local Slack. Raises ``BotError`` if the port cannot be used."""
    try:
        server.start()
    except OSError as error:
        raise BotError(
            f"Port {port} on 127.0.0.1 cannot be used ({error.strerror}).",
            remedy="Stop the program that uses it, or choose another one: belonging demo --port 4400",
        ) from None


def opening_moment(today: datetime, countries: Collection[str] = (HOLIDAYS,)) -> datetime:
    """Return when the demo begins: shortly before it asks, today or on the next day on which people work.

    That is no public holiday in any of the ``countries``.
    """
    day = today.astimezone(ZoneInfo(ZONE)).date()
    while day.weekday() >= SATURDAY or any(day in holiday_calendar(one, day.year) for one in countries):
        day += timedelta(days=1)
    return datetime.combine(day, ASKS_AT, tzinfo=ZoneInfo(ZONE)) - BEFORE_IT_ASKS


def shipped_manifest() -> Any:
    """Return the manifest of the app."""
    return json.loads(manifest_path().read_text(encoding="utf-8"))


def _welcome(demo: Demo) -> Panel:
    return Panel(
        f"[bold]{demo.server.url}[/]\n\n"
        "1  Answer the question in #product-team, as whoever you like\n"
        "2  Let the team answer\n"
        "3  Move the clock to the moment when the round closes\n"
        "4  Read the summary, and look for your words in the raw files\n\n"
        f"[dim]The bot stores its data in {demo.data_dir}\nCtrl-C ends it and removes everything.[/]",
        title="🌱 A workspace to try Belonging Bot in",
        expand=False,
    )
