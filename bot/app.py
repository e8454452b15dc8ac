"""The composition root: configuration in, a bot out. The only room that reads the clock."""

import asyncio
import logging
import resource
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial

from bot.clock import CheckedClock
from bot.config import Config, PackRegistry, check_tokens, holiday_calendar
from bot.core.audit import Evidence
from bot.core.clock import Trust
from bot.core.model import ChannelId, PackId, PromptPack, RoundId, WorkspaceId
from bot.daily_proof import DailyProof, Prover, ask_who
from bot.errors import BotError, PromptPackError, SlackUnavailableError, StoppingError
from bot.keys import AudienceKeyFiles, KeyFiles
from bot.ports import Clock, Directory, Services
from bot.proof_process import ProofProcess, logging_now
from bot.service.channels import look_at_channels
from bot.service.isolation import each_isolated
from bot.service.recovery import apply_declared, recover, recover_left
from bot.service.retention import end_rounds, forget_ended, keep_no_longer
from bot.service.run_due import run_due
from bot.slack.app import SharedState, listen_to
from bot.slack.client.calls import web_client
from bot.slack.client.deadlines import limit_times
from bot.slack.client.errors import is_unreachable, keep_trying
from bot.slack.client.proxies import route_to
from bot.slack.client.rate_limits import RateLimiter, limited
from bot.slack.client.stoppable import StoppableClient
from bot.slack.directory.cache import DirectoryCache
from bot.slack.directory.lookup import LiveSource, SlackDirectory, live_directory
from bot.slack.kit.receipts import PendingReceipts
from bot.slack.messenger import SlackMessenger
from bot.slack.startup import check_bot_token, request_server_time
from bot.slack.transport.loop import Loop
from bot.slack.transport.replays import NewestForms
from bot.slack.transport.session import Session
from bot.slack.transport.setup import Transport, bolt_app, build_transport, start_listening
from bot.slack.transport.workers import Pause
from bot.store.audiences import NAME as AUDIENCES
from bot.store.audiences import AudienceFile
from bot.store.audit.installation import look
from bot.store.ballots import BallotFiles
from bot.store.database import Database
from bot.store.lock import InstanceLock, prepare
from bot.timer import AlarmTimer

log = logging.getLogger(__name__)

PATIENCE_S = 1.5
"""How long a stop waits for a call to Slack: it is to end within five seconds, and some take longer."""

ANSWERS_S = 10.0
"""So long the loop that listens to Slack may take to answer, before it counts as ended."""

DEAF = "the bot hears nothing from Slack any more and ends: start it again"

UNINSTALLED = "the app was uninstalled: open rounds are cancelled, what is stored stays until belonging purge"

Slack = tuple[Directory, WorkspaceId]
"""Who can be asked about people, and of which workspace."""


def system_clock() -> datetime:
    """The time now, as an aware UTC datetime."""
    return datetime.now(UTC)


def uptime_s() -> float:
    """Seconds of a clock that nobody can set; where there is one, it goes on while the machine sleeps."""
    return time.clock_gettime(getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC))


class Bot:
    """A bot, wired and not yet connected. ``start`` and ``stop`` are called once each."""

    def __init__(  # noqa: PLR0913 - only build puts one together, by name
        self,
        config: Config,
        services: Services,
        workspace: WorkspaceId,
        *,
        line: Transport,
        loop: Loop,
        timer: AlarmTimer,
        limiter: RateLimiter,
        client: StoppableClient,
        session: Session,
        receipts: PendingReceipts,
        newest: NewestForms,
        prover: Prover,
        held: ExitStack,
    ) -> None:
        """Put together by ``build``.

        ``line`` is the way in, in ``loop``; ``client`` and ``session`` ask Slack; ``held`` lets go of what is
        open.
        """
        self._packs = PackRegistry(services.settings.packs)
        self.services = replace(services, settings=replace(services.settings, packs=self._packs))
        self._line = line
        self._loop = loop
        self._config = config
        folders = (config.data_dir, config.ballots_dir, config.keys_dir)
        self.daily_proof = DailyProof(self.services, workspace, folders, prover)
        self._timer = timer
        self._limiter = limiter
        self._client = client
        self._session = session
        self._receipts = receipts
        self._newest = newest
        self._held = held
        self.patience_s = PATIENCE_S
        self._one_at_a_time = threading.Lock()
        self._left: set[RoundId] = set()
        self._looked: dict[ChannelId, datetime] = {}
        self.uninstalled = False
        self.failure: BotError | None = None  # why it has ended by itself
        self.on_end: Callable[[], None] = lambda: None  # it is ``uninstalled`` then, or has a ``failure``
        self._connected = False
        self._stopping = False
        loop.on_end = self._hear_no_more

    def start(self) -> None:
        """Make the data whole, connect, and from then on do what is due when it is due.

        Raises ``SlackError`` when Slack refuses the app token, and ``StoreError`` where the data cannot be
        made whole; then ``let_go`` of it. While Slack is only away, it goes on trying beside what is due.
        """
        self._left = set(recover(self.services))
        apply_declared(self.services, self._config.schedules, self.services.clock())
        self._held.callback(self.daily_proof.wait)
        self._held.callback(self._timer.stop)
        self._held.callback(self._come_to_rest)
        self._loop.at_end.append(self._line.close)
        self._held.callback(lambda: self._loop.finish(self._line.close()))
        try:
            self._connect()
        except SlackUnavailableError as error:
            if not is_unreachable(error):
                raise
            log.warning("not connected", extra={"code": error.reason})
            threading.Thread(target=self._connect_later, daemon=True).start()
        self._timer.start(self.run_due)

    def _connect(self) -> None:
        self._loop.run(self._line.connect())
        self._connected = True
        self._session.workers.refresh_people()
        log.info("connected")

    def _connect_later(self) -> None:
        """Connect when Slack is there; where it refuses, ask the program to end, with ``failure``."""
        try:
            keep_trying(self._connect, self._limiter.pause)
        except StoppingError:
            return
        except BotError as error:
            self.failure = error
            self.on_end()
        except Exception as error:  # noqa: BLE001 - a thread that just ended would leave the bot deaf
            log.error("not connected", extra={"code": type(error).__name__})  # noqa: TRY400
            self._hear_no_more()

    def let_go(self) -> None:
        """Let go of everything after a start that failed, so that another can be tried."""
        self._held.close()

    def stop(self) -> None:
        """Take nothing new, answer what was taken, let go of everything, within five seconds.

        A call to Slack that has not ended after ``patience_s`` seconds is broken off. What was due and is not
        done yet is done after the next start; that may be most of 500 prompts.
        """
        self._stopping = True
        self._limiter.stop()
        self.daily_proof.stop()
        for files in (self.services.store, self.services.boxes, self.services.audiences):
            files.hurry()
        patience = threading.Timer(self.patience_s, self._stop_calls)
        patience.start()
        try:
            self._held.close()
        finally:
            patience.cancel()
            patience.join()
        log.info("stopped")

    def _stop_calls(self) -> None:
        self._client.stop_calls()
        self._loop.call_soon(self._session.stop_calls)

    def _come_to_rest(self) -> None:
        """Return when whoever does what is due has ended, also one that is no thread of ours."""
        with self._one_at_a_time:
            pass  # nobody begins anew: the pace has stopped

    def leave(self, reason: str) -> None:
        """End every open round, and ask the program to end: the app is in this workspace no more.

        Keys and replies are destroyed, nothing is said or published. ``on_end`` is called whatever fails.
        """
        self._limiter.stop()
        try:
            with self._one_at_a_time:
                end_rounds(self.services)
        finally:
            log.error(UNINSTALLED, extra={"code": reason})
            self.uninstalled = True
            self.on_end()

    def _hear_no_more(self) -> None:
        """Ask the program to end: nobody listens to Slack any more, and a new start mends it."""
        if not (self._stopping or self.failure):
            log.error(DEAF)
            self.failure = BotError("The bot heard nothing from Slack any more.", remedy="Start it again.")
            self.on_end()

    def run_due(self) -> None:
        """Do whatever is due now, and return when it is done; rings that come meanwhile wait.

        It keeps to Slack's limits, and ends early when the bot stops.
        """
        if not self._loop.is_alive(ANSWERS_S) or (self._connected and not self._line.is_well()):
            self._hear_no_more()
        with (
            self._one_at_a_time,
            limited(self._limiter, since=self.services.clock()),
            suppress(StoppingError),
        ):
            self._limiter.pause(0)
            if self.services.clock_state().trust is not Trust.RIGHT:
                request_server_time(self._client)
            each_isolated(
                partial(recover_left, self.services, self._left),
                partial(run_due, self.services),
                partial(forget_ended, self.services, (self._receipts, self._newest)),
                partial(look_at_channels, self.services, self._looked),
                partial(keep_no_longer, self.services),
                self.daily_proof.look,
            )

    def reload_prompts(self, read: Callable[[], Config]) -> None:
        """Ask from the packs of the configuration as it is now, from the next round on; the log says so.

        Packs that cannot be used leave the last good ones in force, and one line in the log says what is
        wrong with them: file, line, key and remedy. It quotes those files, and nothing that a member wrote.
        """
        try:
            packs = read().settings.packs
            self._refuse_without(packs)
        except BotError as error:
            what = f"prompts not reloaded, the last good ones stay: {' '.join(str(error).split())}"
            log.error(what, extra={"code": error.code})  # noqa: TRY400 - a traceback tells an operator nothing
            return
        self._packs.exchange(packs)
        log.info("prompts reloaded", extra={"count": sum(len(pack.prompts) for pack in packs.values())})

    def _refuse_without(self, packs: Mapping[PackId, PromptPack]) -> None:
        """Raise ``PromptPackError`` where a pack that a schedule uses would be gone."""
        with self.services.store.read("packs_in_use") as tx:
            gone = {schedule.pack for schedule in tx.list_schedules()} & set(self._packs) - set(packs)
        if gone:
            raise PromptPackError(
                f"A schedule uses the pack '{min(gone)}', which is no longer there.",
                remedy="Put it back, or give the schedule another pack first.",
            )


def build(
    config: Config,
    clock: Clock = system_clock,
    limiter: RateLimiter | None = None,
    *,
    prover: Prover | None = None,
    elapsed: Callable[[], float] = uptime_s,
    pause: Pause = asyncio.sleep,
) -> Bot:
    """A bot for this configuration, holding the data directory, with its tokens tried.

    ``limiter``: when it may call Slack by itself; as Slack's limits ask, in real time, where none is given.
    ``prover``: who makes the daily proof; a process of its own, where none is given.
    ``pause``: how what members wait for is put off when Slack asks for it.
    ``elapsed``: seconds by which ``clock`` is checked; they pass as Slack's own time does.
    Raises a ``BotError`` with what to do, and leaves nothing open, when the directory is in use or cannot
    be used, or Slack refuses the bot token.
    """
    check_tokens(config)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # a crash must not write memory to disk
    prepare(config.data_dir, config.ballots_dir, config.keys_dir)
    with ExitStack() as opened:
        opened.enter_context(InstanceLock(config.data_dir))
        opening = _Opening(
            config=config,
            clock=CheckedClock(clock, elapsed),
            limiter=limiter or RateLimiter(time.monotonic),
            prover=prover or ProofProcess(),
            pause=pause,
            held=opened,
        )
        return _wire(opening)


def gather(config: Config, at: datetime, slack: Slack | None = None, unasked: str = "") -> Evidence:
    """The evidence for ``bot.proof`` about this installation, by reading only.

    Without Slack, or where it cannot be asked, what needs to know who is in the channels is not tried, and
    ``unasked`` says why. Raises ``StoreError`` when belonging.db cannot be read.
    """
    disk = look(config.data_dir, config.ballots_dir, config.keys_dir)
    people = None
    if slack:
        people, unasked = ask_who(*slack, disk.channels)
    return Evidence(at=at, disk=disk, logging=logging_now(), people=people, unasked=unasked)


def ask_slack(config: Config) -> tuple[Slack, datetime | None]:
    """Slack, also beside a bot that runs, and its time (UTC), if it tells. Raises ``SlackError``."""
    client = web_client(config.secrets.bot_token, config.slack.api_url, patient=True)
    startup = check_bot_token(client)
    directory = live_directory(client, system_clock, startup.organisation)
    return (directory, WorkspaceId(startup.organisation.team)), startup.slack_at


@dataclass(frozen=True, slots=True, kw_only=True)
class _Opening:
    """What a bot is made of, while it is put together; ``held`` lets go of what is open."""

    config: Config
    clock: CheckedClock
    limiter: RateLimiter
    prover: Prover
    pause: Pause
    held: ExitStack


def _wire(opening: _Opening) -> Bot:
    config, clock, limiter, opened = opening.config, opening.clock, opening.limiter, opening.held
    route = route_to(config.slack.api_url)
    client = web_client(config.secrets.bot_token, route, time_call=clock.listen)
    startup = check_bot_token(client)
    clock.state()  # the log hears at once of a clock that is off
    workspace = WorkspaceId(startup.organisation.team)
    database = Database(config.data_dir / "belonging.db")
    opened.callback(database.close)
    with database.read("newest_time") as tx:
        clock.remember(tx.newest_time())
    boxes = BallotFiles(config.ballots_dir)
    opened.callback(boxes.close)
    audiences = AudienceFile(config.data_dir / AUDIENCES)
    opened.callback(audiences.close)
    secret = config.secrets.key_secret.encode()
    timer = AlarmTimer(clock.now, system_clock, soonest_s=limiter.soonest_s)
    cache = DirectoryCache(clock.now, startup.organisation)
    loop, session = start_listening(
        config.secrets.bot_token, route, cache, clock.listen, opening.pause, opened
    )
    services = Services(
        store=database,
        boxes=boxes,
        vault=KeyFiles(config.keys_dir, workspace, secret),
        audiences=audiences,
        audience_keys=AudienceKeyFiles(config.keys_dir, startup.organisation.enterprise or workspace, secret),
        messenger=SlackMessenger(client),
        directory=limit_times(SlackDirectory(cache, LiveSource(cache, client))),
        timer=timer,
        clock=clock.now,
        clock_state=clock.state,
        holidays=holiday_calendar,
        settings=config.settings,
    )
    app = bolt_app(session, startup)
    receipts, newest = PendingReceipts(), NewestForms()
    bot = Bot(
        config,
        services,
        workspace,
        line=build_transport(config, app, session, clock, startup),
        loop=loop,
        timer=timer,
        limiter=limiter,
        client=client,
        session=session,
        receipts=receipts,
        newest=newest,
        prover=opening.prover,
        held=opened.pop_all(),
    )
    shared = SharedState(cache=cache, session=session, client=client, receipts=receipts, newest=newest)
    listen_to(app, bot.services, shared, startup, run_due=timer.ring_now, leave=bot.leave)
    return bot
