"""The composition root: configuration in, a bot out. The only room that reads the clock."""

import logging
import resource
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack, suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any, Protocol

from slack_bolt import App
from slack_bolt.authorization import AuthorizeResult
from slack_sdk import WebClient

from bot.config import Config, PackShelf, SlackMode, check_tokens, holiday_calendar
from bot.core.checkup import CLOCK_ERROR, CLOCK_REMEDY, clock_words
from bot.core.evidence import Asked, Evidence, Logging
from bot.core.model import ChannelId, PackId, PromptPack, RoundState, WorkspaceId
from bot.errors import (
    BotError,
    PromptPackError,
    SlackError,
    StoppingError,
)
from bot.keys import KeyFiles
from bot.logs import escapes_with, lines_with, logger_levels, stray_loggers
from bot.ports import Clock, Desk, Directory
from bot.proof import Verdict, last_proof, prove
from bot.service.channels import look_at_channels
from bot.service.due import run_due
from bot.service.people import audiences
from bot.service.recovery import apply_declared, recover
from bot.service.retention import end_rounds, keep_no_longer
from bot.slack.calls import Outbox, web_client
from bot.slack.charts import Charts
from bot.slack.counter import Counter
from bot.slack.directory import SlackDirectory
from bot.slack.introduction import introduce
from bot.slack.listeners import register
from bot.slack.messenger import SlackMessenger
from bot.slack.pace import Pace, paced
from bot.slack.receipts import PendingReceipts
from bot.slack.socket_mode import SocketMode
from bot.slack.uninstalled import register as register_uninstalled
from bot.store.ballots import BallotFiles
from bot.store.database import Database
from bot.store.evidence import look
from bot.store.lock import InstanceLock, prepare
from bot.timer import AlarmTimer

log = logging.getLogger(__name__)


PROOF_EVERY = timedelta(days=1)

PATIENCE_S = 1.5
"""How long a stop waits for a call to Slack: it is to end within five seconds, and some take longer."""

UNINSTALLED = "the app was uninstalled: open rounds are cancelled, what is stored stays until belonging purge"

CANARY = "canary-7c1e5a90"
"""A mark that must not come out of the log."""

Slack = tuple[Directory, WorkspaceId]
"""Who can be asked about people, and of which workspace."""


class Line(Protocol):
    """The way in through which Slack reaches the bot."""

    def connect(self) -> None:
        """Begin to take what comes; raises a ``BotError`` with what to do."""

    def close(self) -> None:
        """Take no more, and finish what is under way."""


def system_clock() -> datetime:
    """The time now, as an aware UTC datetime."""
    return datetime.now(UTC)


class Bot:
    """A bot, wired and not yet connected. ``start`` and ``stop`` are called once each."""

    def __init__(  # noqa: PLR0913 - only build puts one together, by name
        self,
        config: Config,
        desk: Desk,
        workspace: WorkspaceId,
        *,
        line: Callable[[], Line],
        timer: AlarmTimer,
        pace: Pace,
        hang_up: Callable[[], None],
        receipts: PendingReceipts,
        held: ExitStack,
    ) -> None:
        """Put together by ``build``.

        ``line`` makes the way in, ``hang_up`` breaks off calls to Slack, ``held`` lets go of what is open.
        """
        self._packs = PackShelf(desk.settings.packs)
        self.desk = replace(desk, settings=replace(desk.settings, packs=self._packs))
        self._line = line
        self._workspace = workspace
        self._config = config
        self._timer = timer
        self._pace = pace
        self._hang_up = hang_up
        self._receipts = receipts
        self._held = held
        self.patience_s = PATIENCE_S
        self._one_at_a_time = threading.Lock()
        self._looked: dict[ChannelId, datetime] = {}
        self.uninstalled = False
        self.on_uninstalled: Callable[[], None] = lambda: None

    def start(self) -> None:
        """Make the data whole, connect, and from then on do what is due when it is due.

        Raises ``SlackError`` when Slack refuses the app token.
        """
        recover(self.desk)
        apply_declared(self.desk, self._config.schedules, self.desk.clock())
        self._held.callback(self._timer.stop)
        self._held.callback(self._come_to_rest)
        line = self._line()
        self._held.callback(line.close)
        line.connect()
        self._timer.start(self.run_due)
        log.info("connected")

    def stop(self) -> None:
        """Take nothing new, answer what was taken, let go of everything, within five seconds.

        A call to Slack that has not ended after ``patience_s`` seconds is broken off. What was due and is not
        done yet is done after the next start; that may be most of 500 prompts.
        """
        self._pace.stop()
        patience = threading.Timer(self.patience_s, self._hang_up)
        patience.start()
        try:
            self._held.close()
        finally:
            patience.cancel()
            patience.join()
        log.info("stopped")

    def _come_to_rest(self) -> None:
        """Return when whoever does what is due has ended, also one that is no thread of ours."""
        with self._one_at_a_time:
            pass  # nobody begins anew: the pace has stopped

    def leave(self, reason: str) -> None:
        """End every open round, and ask the program to end: the app is in this workspace no more.

        Keys and replies are destroyed, nothing is said or published. ``on_uninstalled`` is called whatever
        fails.
        """
        self._pace.stop()
        try:
            with self._one_at_a_time:
                end_rounds(self.desk)
        finally:
            log.error(UNINSTALLED, extra={"code": reason})
            self.uninstalled = True
            self.on_uninstalled()

    def run_due(self) -> None:
        """Do whatever is due now, and return when it is done; rings that come meanwhile wait.

        It keeps to the pace that Slack sets, and ends early when the bot stops.
        """
        with (
            self._one_at_a_time,
            paced(self._pace, since=self.desk.clock()),
            suppress(StoppingError),
        ):
            self._pace.pause(0)
            run_due(self.desk)
            self._forget_receipts()
            look_at_channels(self.desk, self._looked)
            keep_no_longer(self.desk)
            self._prove_daily()

    def _forget_receipts(self) -> None:
        """Let no receipt outlive its round in memory: it says which reply was whose."""
        if waiting := self._receipts.rounds():
            with self.desk.store.transaction("live") as tx:
                live = {round_.id for round_ in tx.list_rounds([RoundState.GATHERING, RoundState.OPEN])}
            self._receipts.forget(waiting - live)

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
        with self.desk.store.transaction("packs_in_use") as tx:
            gone = {schedule.pack for schedule in tx.list_schedules()} & set(self._packs) - set(packs)
        if gone:
            raise PromptPackError(
                f"A schedule uses the pack '{min(gone)}', which is no longer there.",
                remedy="Put it back, or give the schedule another pack first.",
            )

    def _prove_daily(self) -> None:
        """Attack the own installation once a day, reading only, and keep how it ended."""
        now = self.desk.clock()
        with self.desk.store.transaction("last_proof") as tx:
            last = tx.fetch_proof()
        if last and last.at <= now < last.at + PROOF_EVERY:
            return
        try:
            evidence = gather(self._config, now, (self.desk.directory, self._workspace))
            findings = prove(evidence)
        except StoppingError:
            raise
        except Exception as error:  # noqa: BLE001 - whatever it is, it must not keep the bot from its work
            code = error.code if isinstance(error, BotError) else type(error).__name__
            log.error("proof not made", extra={"code": code})  # noqa: TRY400 - nothing foreign is quoted
            return
        with self.desk.store.transaction("proof") as tx:
            tx.put_proof(last_proof(evidence, findings))
        for one in findings:
            if one.verdict is Verdict.FAIL:
                log.error("proof failed", extra={"code": one.attack.replace(" ", "_")})


def build(config: Config, clock: Clock = system_clock, pace: Pace | None = None) -> Bot:
    """A bot for this configuration, holding the data directory, with its tokens tried.

    ``pace``: when it may call Slack by itself; as Slack's limits ask, in real time, where none is given.
    Raises a ``BotError`` with what to do, and leaves nothing open, when the directory is in use or cannot
    be used, or Slack refuses the bot token.
    """
    check_tokens(config)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # a crash must not write memory to disk
    prepare(config.data_dir, config.ballots_dir, config.keys_dir)
    with ExitStack() as opened:
        opened.enter_context(InstanceLock(config.data_dir))
        return _wire(config, clock, pace or Pace(time.monotonic), opened)


def gather(config: Config, at: datetime, slack: Slack | None = None, unasked: str = "") -> Evidence:
    """The evidence for ``bot.proof`` about this installation, by reading only.

    Without Slack, or where it cannot be asked, what needs to know who is in the channels is not tried, and
    ``unasked`` says why. Raises ``StoreError`` when belonging.db cannot be read.
    """
    disk = look(config.data_dir, config.ballots_dir, config.keys_dir)
    people = None
    if slack:
        directory, workspace = slack
        try:
            found = audiences(directory, {round_.channel for round_ in disk.rounds})
            people = Asked(workspace=workspace, audiences=found)
        except StoppingError:
            raise
        except SlackError as error:
            unasked = f"Slack could not be asked who is in the channels ({error.reason})"
    logs = Logging(
        loggers=logger_levels(),
        strays=stray_loggers(),
        canary=CANARY,
        canary_line=lines_with(CANARY),
        escapes=escapes_with(CANARY),
        core_bytes=resource.getrlimit(resource.RLIMIT_CORE)[0],
    )
    return Evidence(at=at, disk=disk, logging=logs, people=people, unasked=unasked)


def ask_slack(config: Config) -> Slack:
    """Slack as the bot token reaches it, also beside a bot that runs. Raises ``SlackError``."""
    client = web_client(config.secrets.bot_token, config.slack.api_url)
    return SlackDirectory(client, system_clock), WorkspaceId(str(introduce(client).who["team_id"]))


def _wire(config: Config, clock: Clock, pace: Pace, opened: ExitStack) -> Bot:
    client = web_client(config.secrets.bot_token, config.slack.api_url, pace=pace)
    met = introduce(client)
    heed_the_clock(config.slack.mode, met.slack_at, system_clock())
    who = met.who
    workspace = WorkspaceId(str(who["team_id"]))
    database = Database(config.data_dir / "belonging.db")
    opened.callback(database.close)
    boxes = BallotFiles(config.ballots_dir)
    opened.callback(boxes.close)
    outbox = Outbox()
    opened.callback(outbox.close)
    timer = AlarmTimer(clock, system_clock)
    charts = Charts()
    desk = Desk(
        store=database,
        boxes=boxes,
        vault=KeyFiles(
            config.keys_dir,
            workspace,
            config.secrets.key_secret.encode(),
        ),
        messenger=SlackMessenger(client, charts),
        directory=SlackDirectory(client, clock),
        timer=timer,
        clock=clock,
        holidays=holiday_calendar,
        settings=config.settings,
    )
    bolt = _bolt(client, who)
    line = partial(_line, config, bolt, outbox)
    receipts = PendingReceipts()
    bot = Bot(
        config,
        desk,
        workspace,
        line=line,
        timer=timer,
        pace=pace,
        hang_up=client.hang_up,
        receipts=receipts,
        held=opened.pop_all(),
    )
    counter = Counter(
        charts=charts,
        desk=bot.desk,
        client=client,
        outbox=outbox,
        receipts=receipts,
        run_due=bot.run_due,
    )
    register(bolt, counter)
    register_uninstalled(bolt, counter, bot.leave)
    return bot


def heed_the_clock(mode: SlackMode, slack_at: datetime | None, now: datetime) -> None:
    """Tell the log of a clock that is off; raise ``BotError`` where every signed request would be refused.

    ``now``: the time of this machine, not that of the clock the bot was built with, which a demo may move.
    """
    ahead = now - slack_at if slack_at else timedelta(0)
    if abs(ahead) < CLOCK_ERROR:
        return
    if mode is SlackMode.HTTP:
        raise BotError(clock_words(ahead), remedy=CLOCK_REMEDY)
    what = f"{clock_words(ahead)} {CLOCK_REMEDY}"
    log.warning(what, extra={"code": "clock"})


def _line(config: Config, bolt: App, outbox: Outbox) -> Line:
    """The way in, as the configuration says: a socket that the bot opens, or signed requests."""
    slack, secrets = config.slack, config.secrets
    if slack.mode is SlackMode.HTTP:
        from bot.slack.server import HttpServer  # noqa: PLC0415 - uvicorn takes time and memory to import

        return HttpServer(bolt, outbox, secrets.signing_secret, slack.http_host, slack.http_port)
    return SocketMode(bolt, outbox, secrets.app_token, slack.api_url)


def _bolt(client: WebClient, who: dict[str, Any]) -> App:
    """The Bolt app. ``process_before_response`` runs a listener inline: no polling, and nothing is lost."""
    identity = AuthorizeResult(
        enterprise_id=who.get("enterprise_id"),
        team_id=who["team_id"],
        bot_id=who.get("bot_id"),
        bot_user_id=who.get("user_id"),
        bot_token=client.token,
    )
    return App(
        client=client,
        name="belonging",
        logger=logging.getLogger("bot.slack.bolt"),
        authorize=lambda: identity,
        process_before_response=True,
        request_verification_enabled=False,
        attaching_function_token_enabled=False,
        attaching_conversation_kwargs_enabled=False,
    )
