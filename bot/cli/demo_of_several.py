"""Run ``belonging demo --workspaces 2``: one process serves several local workspaces."""

import secrets
import socket
import tempfile
import time as real_time
from collections.abc import Callable, Collection, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from pathlib import Path
from zoneinfo import ZoneInfo

from rich.panel import Panel

from bot.app import system_clock
from bot.app.host import Host
from bot.app.hosted_cell import HostedCell
from bot.app.hosting import build_host
from bot.cli.console import load_or_shipped
from bot.cli.demo import (
    BEFORE_IT_ASKS,
    in_the_demo,
    listen,
    opening_moment,
    run_until_the_end,
    shipped_manifest,
    upcoming,
)
from bot.cli.report import named_language
from bot.config import Config, Hosting, Secrets, SlackMode, cell_dir, cells_dir
from bot.core.cells import CellKey
from bot.demo.clock import AdjustableClock
from bot.demo.companies import CHANNEL, MOST_COMPANIES, Company, companies
from bot.demo.credentials import new_credentials
from bot.demo.people import Group
from bot.demo.server import DemoServer
from bot.demo.site import Hooks
from bot.demo.workspace import Workspace
from bot.errors import BotError
from bot.slack.client.rate_limits import RateLimiter
from bot.store.audit.panel import list_files, list_tables, read_file
from bot.store.lock import prepare

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
SAID_S = 5.0
"""Real seconds that the start waits for the bot to introduce itself in a channel, and to ask."""

CELL = """\
# The settings of {name}. Whoever runs the bot for many workspaces may write such a file for each.
schedules:
  - channel: {channel}
    every: week
    on: [{weekday}]
    at: "{at:%H:%M}"
    timezone: {zone}
    holidays: {holidays}
    open_for: 3d
    pack: {pack}
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoOfSeveral:
    """Running local workspaces, and the one process that serves all of them."""

    server: DemoServer
    host: Host
    clock: AdjustableClock
    data_dir: Path


def run_several(
    config_path: Path,
    count: int,
    port: int,
    *,
    open_browser: bool,
    log_level: str,
    language: str | None = None,
) -> None:
    """Serve ``count`` local workspaces until a signal, then remove what was stored.

    Raises ``BotError`` as ``demo_of_several`` does, and for a language that the bot does not speak.
    """
    spoken = named_language(language)
    code = spoken.code if spoken else ""
    demo = demo_of_several(load_or_shipped(config_path), count, port=port, language=code)
    setting_up = f"Setting up {count} workspaces, and installing the bot in each"
    run_until_the_end(demo, _welcome, setting_up, open_browser=open_browser, log_level=log_level)


@contextmanager
def demo_of_several(
    config: Config, count: int, *, port: int = 0, today: datetime | None = None, language: str = ""
) -> Iterator[DemoOfSeveral]:
    """Start local workspaces in which the bot was just installed, and has just asked the same question.

    The arguments are those of ``bot.cli.demo.demo_of``; ``count``: how many workspaces. Raises ``BotError``
    for too few or too many, if the port is taken, or if the data directory cannot be created.
    """
    if not 2 <= count <= MOST_COMPANIES:  # noqa: PLR2004 - one has its own demo
        raise BotError(
            f"The demo has 1 to {MOST_COMPANIES} workspaces, not {count}.", remedy="Try --workspaces 2."
        )
    found = companies(count)
    start = opening_moment(today or system_clock(), [company.holidays for company in found])
    clock = AdjustableClock(start, real=real_time.monotonic, ticking=True)
    with ExitStack() as held:
        folder = Path(held.enter_context(tempfile.TemporaryDirectory(prefix="belonging-demo-")))
        server = DemoServer(
            [company.workspace for company in found],
            manifest=shipped_manifest(),
            clock=clock,
            port=port,
            credentials=new_credentials(),
        )
        listen(server, port)
        held.callback(server.stop)
        hosting = _hosting(config, server, folder / "data", _free_port())
        for company in found:
            _write_settings(hosting, company, start + BEFORE_IT_ASKS, language)
        host = _started(hosting, clock)
        held.callback(host.stop)
        on_time = partial(_run_due, host)
        for company in found:
            server.sites[company.workspace.team_id].hooks = _hooks(hosting, host, company.workspace, on_time)
            _install(server, company.workspace)
        clock.advance(BEFORE_IT_ASKS)
        on_time()
        for company in found:
            _wait_for_messages(company.workspace, 2)
        yield DemoOfSeveral(server=server, host=host, clock=clock, data_dir=hosting.data_dir)


def _hosting(config: Config, server: DemoServer, data_dir: Path, port: int) -> Config:
    """Return a configuration for many workspaces, with keys made at random, and tell Slack its address."""
    hosting = Hosting(public_url=f"http://127.0.0.1:{port}")
    server.redirect_urls.append(hosting.redirect_url)
    server.request_url = hosting.request_url
    changed = in_the_demo(config, server, data_dir)
    return replace(
        changed,
        slack=replace(changed.slack, mode=SlackMode.HTTP, http_host="127.0.0.1", http_port=port),
        secrets=Secrets(
            client_id=server.client_id,
            client_secret=server.client_secret,
            signing_secret=server.signing_secret,
            token_keys=(secrets.token_bytes(32),),
        ),
        hosting=hosting,
    )


def _free_port() -> int:
    """Return a port of this machine on which nobody listens now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _write_settings(config: Config, company: Company, asks_at: datetime, language: str) -> None:
    """Write the settings of a cell: it asks every week, first at ``asks_at``."""
    workspace = company.workspace
    folder = cell_dir(config, CellKey(workspace.team_id))
    prepare(config.data_dir, cells_dir(config), folder)
    at = asks_at.astimezone(ZoneInfo(company.zone))
    text = CELL.format(
        name=workspace.name,
        channel=workspace.channel_named(CHANNEL).id,
        weekday=WEEKDAYS[at.weekday()],
        at=at,
        zone=company.zone,
        holidays=company.holidays,
        pack=next(iter(config.settings.packs)),
    )
    text += f"    language: {language}\n" if language else ""
    path = folder / "config.yaml"
    path.touch(mode=0o600)
    path.write_text(text, encoding="utf-8")


def _started(config: Config, clock: AdjustableClock) -> Host:
    unlimited = partial(RateLimiter, real_time.monotonic, limits={}, in_one_channel={})
    host = build_host(config, clock.now, new_limiter=unlimited, elapsed=lambda: clock.now().timestamp())
    try:
        host.start()
    except BaseException:
        host.release()
        raise
    return host


def _run_due(host: Host) -> None:
    """Do everything that is due now, also in a cell where a look was under way when the clock moved."""
    host.run_due()
    for cell in host.cells.all():
        host.wake(cell)
    host.run_due()


def _hooks(config: Config, host: Host, workspace: Workspace, on_time: Callable[[], None]) -> Hooks:
    """Return what the page of a workspace shows: the directory of its own cell, and no other."""
    team = workspace.team_id
    folder = cell_dir(config, CellKey(team))
    return Hooks(
        on_time=on_time,
        stored=lambda: {"tables": list_tables(folder), "files": list_files(folder)},
        read_file=partial(read_file, folder),
        upcoming=lambda: _upcoming(host.cells.all(), team),
    )


def _install(server: DemoServer, workspace: Workspace) -> None:
    """Install the bot in a workspace through its pages, and invite it to the channel, as its admin does."""
    team = workspace.team_id
    page = server.install(team)
    if page.status != 200:  # noqa: PLR2004 - OK
        raise BotError(f"The bot could not be installed in {workspace.name}.", remedy="Please report it.")
    admin = next(one for one in workspace.members.values() if one.group is Group.ADMIN)
    channel = workspace.channel_named(CHANNEL)
    server.act(admin.id, team_id=team, type="command", channel=channel.id, text="/invite @belonging")
    _wait_for_messages(workspace, 1)


def _wait_for_messages(workspace: Workspace, count: int) -> None:
    """Wait until there are so many messages in the channel, but not for long: the page shows the others."""
    channel = workspace.channel_named(CHANNEL).id
    workspace.wait_for(lambda here: len(here.messages.get(channel, ())) >= count, SAID_S)


def _upcoming(cells: Collection[HostedCell], team: str) -> dict[str, str] | None:
    """Return the next thing that happens by itself in a workspace; None where the bot is not installed."""
    cell = next((one for one in cells if one.key == team), None)
    if cell is None:
        return None
    try:
        with cell.used() as built:
            return upcoming(built.cell.services)
    except BotError:  # it is just being uninstalled, or the demo ends
        return None


def _welcome(demo: DemoOfSeveral) -> Panel:
    names = " · ".join(site.workspace.name for site in demo.server.sites.values())
    rest = "the others" if len(demo.server.sites) > 2 else "the other"  # noqa: PLR2004 - one and another
    return Panel(
        f"[bold]{demo.server.url}[/]\n{names}\n\n"
        "One process serves them, and has just asked the same question in each.\n\n"
        f"1  Answer in one, and see that nothing appears in {rest}\n"
        "2  Let the teams answer, move the clock, and compare the summaries\n"
        f"3  Uninstall the bot in one, and see its question end and {rest} go on\n"
        "4  Look into the files of that one: its keys and replies are gone\n"
        "5  Install it again, and type /invite @belonging: it asks at its next time\n\n"
        f"[dim]Each workspace has a directory of its own in {demo.data_dir / 'cells'}\n"
        "Ctrl-C ends the demo and removes everything.[/]",
        title="🌱 Several workspaces to try Belonging Bot in",
        expand=False,
    )
