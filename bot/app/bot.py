"""A bot for one workspace: one cell, and a connection to Slack."""

import asyncio
import logging
import resource
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from functools import partial

from bot.app.cell import Cell, Owner, Surroundings, open_files, services_of
from bot.app.ending import HANGING_S, LOOP_ANSWER_S, PATIENCE_S, close_in_time, note_silence
from bot.app.time import system_clock
from bot.clock import CheckedClock, uptime_s
from bot.config import Config, PackRegistry, check_tokens, shipped_languages
from bot.core.clock import Trust
from bot.core.model import PackId, PromptPack, WorkspaceId
from bot.daily_proof import Prover
from bot.errors import BotError, PromptPackError, SlackUnavailableError, StoppingError
from bot.ports import Clock
from bot.proof_process import ProofProcess
from bot.service.leave_channels import end_rounds
from bot.slack.app import WorkspaceState, listener_context, register_features
from bot.slack.client.calls import web_client
from bot.slack.client.deadlines import limit_times
from bot.slack.client.errors import is_unreachable, keep_trying
from bot.slack.client.proxies import route_to
from bot.slack.client.rate_limits import RateLimiter
from bot.slack.client.stoppable import StoppableClient
from bot.slack.directory.cache import DirectoryCache
from bot.slack.directory.lookup import LiveSource, SlackDirectory
from bot.slack.messenger import SlackMessenger
from bot.slack.startup import check_bot_token, request_server_time
from bot.slack.transport.loop import Loop
from bot.slack.transport.session import Session
from bot.slack.transport.setup import Transport, bolt_app, build_transport, start_listening
from bot.slack.transport.workers import Wait
from bot.store.lock import InstanceLock, prepare
from bot.timer import AlarmTimer

log = logging.getLogger(__name__)

UNINSTALLED = "the app was uninstalled: open rounds are cancelled, what is stored stays until belonging purge"


class Bot:
    """A bot that is built and not connected yet. ``start`` and ``stop`` are called once each."""

    def __init__(  # noqa: PLR0913 - only build puts one together, by name
        self,
        cell: Cell,
        packs: PackRegistry,
        *,
        line: Transport,
        loop: Loop,
        timer: AlarmTimer,
        limiter: RateLimiter,
        client: StoppableClient,
        session: Session,
        held: ExitStack,
    ) -> None:
        """Take the parts that ``build`` makes.

        ``line`` receives requests from Slack, in ``loop``; ``client`` and ``session`` send requests to Slack.
        ``held`` closes what is open.
        """
        self.cell = cell
        self.services = cell.services
        self.daily_proof = cell.daily_proof
        self._packs = packs
        self._line = line
        self._loop = loop
        self._timer = timer
        self._limiter = limiter
        self._client = client
        self._session = session
        self._held = held
        self.patience_s = PATIENCE_S
        self.uninstalled = False
        self.failure: BotError | None = None  # why it ended by itself
        self.on_end: Callable[[], None] = lambda: None  # called when ``uninstalled`` or ``failure`` is set
        self._connected = False
        self._stopping = False
        loop.on_end = self._end_unheard

    def start(self) -> None:
        """Recover the data, connect, and from then on do what is due at its time.

        Raises ``SlackError`` when Slack refuses the app token, and ``StoreError`` when the data cannot be
        recovered; call ``release`` then. While Slack is away, connecting is tried again beside what is due.
        """
        self.cell.recover()
        self._held.callback(self.daily_proof.wait)
        self._held.callback(self._timer.stop)
        self._held.callback(self.cell.wait_until_idle)
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
        """Connect when Slack is reachable. If Slack refuses, ask the program to end, with ``failure``."""
        try:
            keep_trying(self._connect, self._limiter.wait)
        except StoppingError:
            return
        except BotError as error:
            self.failure = error
            self.on_end()
        except Exception as error:  # noqa: BLE001 - otherwise the bot would hear nothing
            log.error("not connected", extra={"code": type(error).__name__})  # noqa: TRY400
            self._end_unheard()

    def release(self) -> None:
        """Release everything after a failed start, so that another one can be tried."""
        self._held.close()

    def stop(self) -> None:
        """Stop taking requests, answer those that were taken, and release everything, within five seconds.

        A call to Slack that has not ended after ``patience_s`` seconds is cut off. What was due and is not
        done yet, possibly most of 500 prompts, is done after the next start.
        """
        self._stopping = True
        self._limiter.stop()
        self.daily_proof.stop()
        for files in (self.services.store, self.services.boxes, self.services.audiences):
            files.stop_waiting()
        close_in_time(self._held, self._loop, self._stop_calls, self.patience_s, HANGING_S)

    def _stop_calls(self) -> None:
        self._client.stop_calls()
        self._loop.call_soon(self._session.stop_calls)

    def end_all(self, reason: str) -> None:
        """End every open round and ask the program to end, because the app was removed from the workspace.

        Keys and replies are destroyed; nothing is posted or published. ``on_end`` is called even if this
        fails.
        """
        self._limiter.stop()
        try:
            self.cell.while_idle(partial(end_rounds, self.services))
        finally:
            log.error(UNINSTALLED, extra={"code": reason})
            self.uninstalled = True
            self.on_end()

    def _end_unheard(self) -> None:
        """Ask the program to end because it hears nothing from Slack any more. A new start repairs that."""
        if not (self._stopping or self.failure):
            self.failure = note_silence()
            self.on_end()

    def works(self) -> bool:
        """Return whether it hears Slack, or would if Slack were there, and does what is due.

        Takes up to ``LOOP_ANSWER_S`` seconds.
        """
        return self._hears() and self._timer.is_alive()

    def _hears(self) -> bool:
        return self._loop.is_alive(LOOP_ANSWER_S) and (not self._connected or self._line.is_well())

    def run_due(self) -> None:
        """Do everything that is due now. Concurrent calls wait for each other.

        It keeps to Slack's rate limits, and ends early when the bot stops.
        """
        if not self._hears():
            self._end_unheard()
        self.cell.run_due(before=self._ask_for_the_time)

    def _ask_for_the_time(self) -> None:
        if self.services.clock_state().trust is not Trust.RIGHT:
            request_server_time(self._client)

    def reload_prompts(self, read: Callable[[], Config]) -> None:
        """Use the packs of the current configuration from the next round on, and log that.

        If packs cannot be used, the last good ones stay in use, and one log line names the file, line, key
        and remedy. It quotes these files, and nothing that a member wrote.
        """
        try:
            packs = read().settings.packs
            self._refuse_without(packs)
        except BotError as error:
            what = f"prompts not reloaded, the last good ones stay: {' '.join(str(error).split())}"
            log.error(what, extra={"code": error.code})  # noqa: TRY400 - a traceback tells an operator nothing
            return
        self._packs.replace(packs)
        log.info("prompts reloaded", extra={"count": sum(len(pack.prompts) for pack in packs.values())})

    def _refuse_without(self, packs: Mapping[PackId, PromptPack]) -> None:
        """Raise ``PromptPackError`` if a pack that a schedule uses would be missing."""
        gone = self.cell.packs_in_use() & set(self._packs) - set(packs)
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
    wait: Wait = asyncio.sleep,
) -> Bot:
    """Return a bot for this configuration, which holds the data directory and whose tokens were tried.

    ``limiter``: when background calls may be made; by default within Slack's limits, in real time.
    ``prover``: makes the daily proof; by default in a process of its own. ``wait``: waits before a call for a
    member is repeated after a 429. ``elapsed``: seconds by which ``clock`` is checked.

    Raises a ``BotError`` with a remedy, and leaves nothing open, when the directory is in use or cannot be
    used, or Slack refuses the bot token.
    """
    check_tokens(config)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # a crash must not write memory to disk
    prepare(config.data_dir, config.ballots_dir, config.keys_dir)
    with ExitStack() as opened:
        opened.enter_context(InstanceLock(config.data_dir))
        return _assemble(
            config,
            CheckedClock(clock, elapsed),
            limiter or RateLimiter(time.monotonic),
            prover or ProofProcess(),
            wait,
            opened,
        )


def _assemble(
    config: Config, clock: CheckedClock, limiter: RateLimiter, prover: Prover, wait: Wait, opened: ExitStack
) -> Bot:
    route = route_to(config.slack.api_url)
    client = web_client(config.secrets.bot_token, route, time_call=clock.listen)
    startup = check_bot_token(client)
    clock.state()  # log at once that the clock is wrong
    files = open_files(config, clock, opened)
    timer = AlarmTimer(clock.now, system_clock, soonest_s=limiter.soonest_s)
    cache = DirectoryCache(clock.now, startup.organisation)
    loop, session = start_listening(config.secrets.bot_token, route, cache, clock.listen, wait, opened)
    packs, languages = PackRegistry(config.settings.packs), shipped_languages()
    around = Surroundings(
        messenger=SlackMessenger(client, languages),
        directory=limit_times(SlackDirectory(cache, LiveSource(cache, client))),
        timer=timer,
        clock=clock,
        languages=languages,
        packs=packs,
    )
    workspace = WorkspaceId(startup.organisation.team)
    owner = Owner(workspace=workspace, organisation=startup.organisation.enterprise or workspace)
    cell = Cell(config, services_of(config, files, owner, around), workspace, prover, limiter)
    app = bolt_app(session, startup)
    bot = Bot(
        cell,
        packs,
        line=build_transport(config, app, session, clock, startup),
        loop=loop,
        timer=timer,
        limiter=limiter,
        client=client,
        session=session,
        held=opened.pop_all(),
    )
    state = WorkspaceState(
        cache=cache,
        session=session,
        client=client,
        receipts=cell.receipts,
        remembered=cell.remembered,
        team=startup.organisation.team,
        bot_user=str(startup.auth_test.get("user_id") or ""),
    )
    context = listener_context(bot.services, state, run_due=timer.ring_now, end_all=bot.end_all)
    register_features(app, lambda _: context)
    return bot
