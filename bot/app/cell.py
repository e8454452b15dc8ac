"""The data of one workspace or organisation in one directory (a cell), and what is due in it."""

import threading
from collections.abc import Callable
from concurrent.futures import Executor
from contextlib import AbstractContextManager, ExitStack, nullcontext, suppress
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial

from bot.clock import CheckedClock
from bot.config import Config, PackRegistry, holiday_calendar, host_dir
from bot.core.language import Languages
from bot.core.model import ChannelId, PackId, RoundId, WorkspaceId
from bot.daily_proof import DailyProof, Prover
from bot.errors import StoppingError
from bot.keys import AudienceKeyFiles, KeyFiles
from bot.ports import Directory, Messenger, Services, Timer
from bot.service.channels import channels_to_refresh, refresh_channels
from bot.service.isolation import run_all
from bot.service.recovery import apply_declared, recover, recover_left
from bot.service.retention import delete_expired
from bot.service.round_memory import forget_ended
from bot.service.run_due import run_due
from bot.slack.client.rate_limits import RateLimiter, limited
from bot.slack.kit.receipts import PendingReceipts
from bot.slack.transport.remembered import Remembered
from bot.slack.transport.replays import NewestForms
from bot.store.audiences import NAME as AUDIENCES
from bot.store.audiences import AudienceFile
from bot.store.ballots import MOST_OPEN, BallotFiles
from bot.store.database import Database
from bot.store.handles import BALLOTS_OF_A_CELL, READERS_OF_A_CELL
from bot.store.readers import KEPT


@dataclass(frozen=True, slots=True, kw_only=True)
class Files:
    """The open files of a cell. Its keys are read from their own files each time."""

    store: Database
    boxes: BallotFiles
    audiences: AudienceFile

    def stop_waiting(self) -> None:
        """Wait for no other program from now on."""
        for file in (self.store, self.boxes, self.audiences):
            file.stop_waiting()


def open_files(config: Config, clock: CheckedClock, opened: ExitStack, pool: Executor | None = None) -> Files:
    """Open the files of the data directory; ``opened`` closes them.

    The newest stored time becomes evidence for ``clock``. ``pool``: the threads that commit replies, where
    there are many cells, each of which keeps few files open; by default the files have threads of their own.
    Raises ``StoreError``.
    """
    store = Database(config.data_dir / "belonging.db", readers_kept=READERS_OF_A_CELL if pool else KEPT)
    opened.callback(store.close)
    with store.read("newest_time") as tx:
        clock.remember(tx.fetch_newest_time())
    boxes = BallotFiles(config.ballots_dir, pool, most_open=BALLOTS_OF_A_CELL if pool else MOST_OPEN)
    opened.callback(boxes.close)
    audiences = AudienceFile(config.data_dir / AUDIENCES)
    opened.callback(audiences.close)
    return Files(store=store, boxes=boxes, audiences=audiences)


@dataclass(frozen=True, slots=True, kw_only=True)
class Owner:
    """Whose data a cell holds.

    ``workspace``: the id under which participation tokens are made. ``organisation``: that under which
    audiences are marked; the organisation on Enterprise Grid, otherwise the workspace.
    """

    workspace: WorkspaceId
    organisation: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What a cell needs besides its files."""

    messenger: Messenger
    directory: Directory
    timer: Timer
    clock: CheckedClock
    languages: Languages
    packs: PackRegistry
    message: Callable[[], AbstractContextManager[object]] = nullcontext


def services_of(config: Config, files: Files, owner: Owner, around: Surroundings) -> Services:
    """Return the services of the use cases over these files."""
    secret = config.secrets.key_secret.encode()
    return Services(
        store=files.store,
        boxes=files.boxes,
        vault=KeyFiles(config.keys_dir, owner.workspace, secret),
        audiences=files.audiences,
        audience_keys=AudienceKeyFiles(config.keys_dir, owner.organisation, secret),
        messenger=around.messenger,
        directory=around.directory,
        timer=around.timer,
        clock=around.clock.now,
        clock_state=around.clock.state,
        holidays=holiday_calendar,
        settings=replace(config.settings, packs=around.packs),
        languages=around.languages,
        message=around.message,
    )


class Cell:
    """The services over one directory, what is in memory of its rounds, and what is due in it."""

    def __init__(
        self,
        config: Config,
        services: Services,
        workspace: WorkspaceId,
        prover: Prover,
        limiter: RateLimiter,
        *,
        proving: "threading.Lock | None" = None,
    ) -> None:
        """Keep to ``limiter`` where it calls Slack by itself. ``proving``: as ``DailyProof`` takes it."""
        self.services = services
        self.receipts, self.remembered = PendingReceipts(), Remembered(services.clock)
        self._config = config
        self._limiter = limiter
        self._run_lock = threading.Lock()
        self._unrecovered: set[RoundId] = set()
        self.refreshed: dict[ChannelId, datetime] = {}
        folders = (config.data_dir, config.ballots_dir, config.keys_dir, host_dir(config))
        self.daily_proof = DailyProof(services, workspace, folders, prover, self.wait_until_idle, proving)

    @property
    def newest(self) -> NewestForms:
        """The newest forms of open rounds."""
        return self.remembered.newest

    def recover(self) -> None:
        """Repair the data, and take over the schedules of the configuration. Raises ``StoreError``."""
        self._unrecovered = set(recover(self.services))
        apply_declared(self.services, self._config.schedules, self.services.clock())

    def run_due(self, before: Callable[[], object] = lambda: None, *, refreshes: bool = True) -> None:
        """Do everything that is due now, after ``before``. Concurrent calls wait for each other.

        It keeps to Slack's rate limits, and ends early when the bot stops. ``refreshes``: whether some
        channels are refreshed, too.
        """
        services = self.services
        with (
            self._run_lock,
            limited(self._limiter, since=services.clock()),
            suppress(StoppingError),
        ):
            self._limiter.wait(0)
            before()
            run_all(
                partial(recover_left, services, self._unrecovered),
                partial(run_due, services),
                partial(forget_ended, services, (self.receipts, self.newest)),
                partial(refresh_channels, services, self.refreshed) if refreshes else lambda: None,
                partial(delete_expired, services),
                self.daily_proof.look,
            )

    @property
    def is_proving(self) -> bool:
        """Whether the daily proof runs now."""
        return self.daily_proof.is_running

    def has_more_channels(self) -> bool:
        """Return whether channels wait for their daily refresh."""
        return bool(channels_to_refresh(self.services, self.refreshed))

    def wait_until_idle(self) -> None:
        """Wait until nobody is doing what is due, including threads that are not ours.

        After the rate limiter has stopped, no run begins any more.
        """
        with self._run_lock:
            pass

    def while_idle(self, step: Callable[[], object]) -> None:
        """Run a step while nobody is doing what is due."""
        with self._run_lock:
            step()

    def packs_in_use(self) -> frozenset[PackId]:
        """Return the packs that schedules use."""
        with self.services.store.read("packs_in_use") as tx:
            return frozenset(schedule.pack for schedule in tx.list_schedules())
