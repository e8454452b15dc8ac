"""The composition root: configuration in, a bot out. The only room that reads the clock."""

import logging
import resource
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack, suppress
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from typing import Any, Protocol

from slack_bolt import App
from slack_bolt.authorization import AuthorizeResult
from slack_sdk import WebClient

from bot.clock import CheckedClock
from bot.config import Config, PackShelf, SlackMode, check_tokens, holiday_calendar
from bot.core.clock import Trust
from bot.core.evidence import Evidence
from bot.core.model import ChannelId, PackId, PromptPack, RoundState, WorkspaceId
from bot.daily_proof import DailyProof, Prover, ask_who
from bot.errors import BotError, PromptPackError, StoppingError
from bot.keys import AudienceKeyFiles, KeyFiles
from bot.ports import Clock, Desk, Directory
from bot.proof_process import ProofProcess, logging_now
from bot.service.alone import each_alone
from bot.service.channels import look_at_channels
from bot.service.due import run_due
from bot.service.recovery import apply_declared, recover
from bot.service.retention import end_rounds, keep_no_longer
from bot.slack.calls import Outbox, web_client
from bot.slack.counter import Counter
from bot.slack.directory import SlackDirectory
from bot.slack.introduction import ask_the_time, introduce
from bot.slack.listeners import register
from bot.slack.messenger import SlackMessenger
from bot.slack.pace import Pace, paced
from bot.slack.receipts import PendingReceipts
from bot.slack.socket_mode import SocketMode
from bot.slack.uninstalled import register as register_uninstalled
from bot.slack.wire import LastingClient
from bot.store.audiences import NAME as AUDIENCES
from bot.store.audiences import AudienceFile
from bot.store.ballots import BallotFiles
from bot.store.database import Database
from bot.store.evidence import look
from bot.store.lock import InstanceLock, prepare
from bot.timer import AlarmTimer

log = logging.getLogger(__name__)


PATIENCE_S = 1.5
"""How long a stop waits for a call to Slack: it is to end within five seconds, and some take longer."""

UNINSTALLED = "the app was uninstalled: open rounds are cancelled, what is stored stays until belonging purge"

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


def uptime_s() -> float:
    """Seconds of a clock that nobody can set; where there is one, it goes on while the machine sleeps."""
    return time.clock_gettime(getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC))


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
        client: LastingClient,
        receipts: PendingReceipts,
        prover: Prover,
        held: ExitStack,
    ) -> None:
        """Put together by ``build``.

        ``line`` makes the way in, ``client`` asks Slack, ``held`` lets go of what is open.
        """
        self._packs = PackShelf(desk.settings.packs)
        self.desk = replace(desk, settings=replace(desk.settings, packs=self._packs))
        self._line = line
        self._config = config
        folders = (config.data_dir, config.ballots_dir, config.keys_dir)
        self.daily_proof = DailyProof(self.desk, workspace, folders, prover)
        self._timer = timer
        self._pace = pace
        self._client = client
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
        self._held.callback(self.daily_proof.wait)
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
        self.daily_proof.stop()
        self.desk.store.hurry()
        patience = threading.Timer(self.patience_s, self._client.hang_up)
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
            if self.desk.clock_state().trust is not Trust.RIGHT:
                ask_the_time(self._client)
            each_alone(
                partial(run_due, self.desk),
                self._forget_receipts,
                partial(look_at_channels, self.desk, self._looked),
                partial(keep_no_longer, self.desk),
                self.daily_proof.look,
            )

    def _forget_receipts(self) -> None:
        """Let no receipt outlive its round in memory: it says which reply was whose."""
        if waiting := self._receipts.rounds():
            with self.desk.store.read("live") as tx:
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
        with self.desk.store.read("packs_in_use") as tx:
            gone = {schedule.pack for schedule in tx.list_schedules()} & set(self._packs) - set(packs)
        if gone:
            raise PromptPackError(
                f"A schedule uses the pack '{min(gone)}', which is no longer there.",
                remedy="Put it back, or give the schedule another pack first.",
            )


def build(
    config: Config,
    clock: Clock = system_clock,
    pace: Pace | None = None,
    *,
    prover: Prover | None = None,
    elapsed: Callable[[], float] = uptime_s,
) -> Bot:
    """A bot for this configuration, holding the data directory, with its tokens tried.

    ``pace``: when it may call Slack by itself; as Slack's limits ask, in real time, where none is given.
    ``prover``: who makes the daily proof; a process of its own, where none is given.
    ``elapsed``: seconds by which ``clock`` is checked; they pass as Slack's own time does.
    Raises a ``BotError`` with what to do, and leaves nothing open, when the directory is in use or cannot
    be used, or Slack refuses the bot token.
    """
    check_tokens(config)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # a crash must not write memory to disk
    prepare(config.data_dir, config.ballots_dir, config.keys_dir)
    with ExitStack() as opened:
        opened.enter_context(InstanceLock(config.data_dir))
        checked = CheckedClock(clock, elapsed)
        return _wire(config, checked, pace or Pace(time.monotonic), prover or ProofProcess(), opened)


def gather(config: Config, at: datetime, slack: Slack | None = None, unasked: str = "") -> Evidence:
    """The evidence for ``bot.proof`` about this installation, by reading only.

    Without Slack, or where it cannot be asked, what needs to know who is in the channels is not tried, and
    ``unasked`` says why. Raises ``StoreError`` when belonging.db cannot be read.
    """
    disk = look(config.data_dir, config.ballots_dir, config.keys_dir)
    people = None
    if slack:
        people, unasked = ask_who(*slack, {round_.channel for round_ in disk.rounds})
    return Evidence(at=at, disk=disk, logging=logging_now(), people=people, unasked=unasked)


def ask_slack(config: Config) -> Slack:
    """Slack as the bot token reaches it, also beside a bot that runs. Raises ``SlackError``."""
    client = web_client(config.secrets.bot_token, config.slack.api_url)
    met = introduce(client)
    directory = SlackDirectory(client, system_clock, met.organisation)
    return directory, WorkspaceId(met.organisation.team)


def _wire(config: Config, clock: CheckedClock, pace: Pace, prover: Prover, opened: ExitStack) -> Bot:
    client = web_client(config.secrets.bot_token, config.slack.api_url, pace=pace, listen=clock.listen)
    met = introduce(client)
    who = met.who
    clock.state()  # the log hears at once of a clock that is off
    workspace = WorkspaceId(met.organisation.team)
    database = Database(config.data_dir / "belonging.db")
    opened.callback(database.close)
    with database.transaction("newest_time") as tx:
        clock.remember(tx.newest_time())
    boxes = BallotFiles(config.ballots_dir)
    opened.callback(boxes.close)
    audiences = AudienceFile(config.data_dir / AUDIENCES)
    opened.callback(audiences.close)
    secret = config.secrets.key_secret.encode()
    outbox = Outbox()
    opened.callback(outbox.close)
    timer = AlarmTimer(clock.now, system_clock)
    directory = SlackDirectory(client, clock.now, met.organisation)
    desk = Desk(
        store=database,
        boxes=boxes,
        vault=KeyFiles(config.keys_dir, workspace, secret),
        audiences=audiences,
        audience_keys=AudienceKeyFiles(config.keys_dir, met.organisation.enterprise or workspace, secret),
        messenger=SlackMessenger(client),
        directory=directory,
        timer=timer,
        clock=clock.now,
        clock_state=clock.state,
        holidays=holiday_calendar,
        settings=config.settings,
    )
    bolt = _bolt(client, who)
    line = partial(_line, config, bolt, outbox, clock)
    receipts = PendingReceipts()
    bot = Bot(
        config,
        desk,
        workspace,
        line=line,
        timer=timer,
        pace=pace,
        client=client,
        receipts=receipts,
        prover=prover,
        held=opened.pop_all(),
    )
    counter = Counter(
        desk=bot.desk,
        client=client,
        outbox=outbox,
        receipts=receipts,
        run_due=bot.run_due,
        hear_of_person=directory.hear_of,
    )
    register(bolt, counter)
    register_uninstalled(bolt, counter, bot.leave)
    return bot


def _line(config: Config, bolt: App, outbox: Outbox, clock: CheckedClock) -> Line:
    """The way in, as the configuration says: a socket that the bot opens, or signed requests."""
    slack, secrets = config.slack, config.secrets
    if slack.mode is SlackMode.HTTP:
        from bot.slack.server import HttpServer  # noqa: PLC0415 - uvicorn takes time and memory to import

        return HttpServer(bolt, outbox, secrets.signing_secret, (slack.http_host, slack.http_port), clock)
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
