"""Serve many workspaces in one process: find the cell of each request, and wake each cell at its time."""

import asyncio
import logging
import threading
from collections.abc import Callable
from contextlib import ExitStack
from datetime import UTC, date, datetime, timedelta

from bot.app.arrivals import note_installation, rest_after_arrival
from bot.app.cells import Cells, Limits
from bot.app.departures import end_left, end_what_is_gone
from bot.app.ending import HANGING_S, LOOP_ANSWER_S, PATIENCE_S, close_in_time, note_silence
from bot.app.hooks import Doubt
from bot.app.hosted_cell import HostedCell
from bot.app.process import Process
from bot.app.requests import Requests
from bot.app.wakes import RUNNERS, Wakes
from bot.config import Config
from bot.core.cells import CellKey
from bot.core.clock import Trust
from bot.core.model import PackId
from bot.errors import BotError, PromptPackError, StoreError
from bot.ports.installations import LeftWorkspace
from bot.slack.client.stoppable import StoppableClient
from bot.slack.install.installation import BotInstallation
from bot.slack.install.store import SealedInstallations
from bot.slack.startup import request_server_time
from bot.slack.transport.http_server import HttpServer
from bot.timer import AlarmTimer

log = logging.getLogger(__name__)

CLEAR_EVERY = timedelta(minutes=1)
"""How often directories are looked through for cells to delete. The timer also rings for single cells."""

TIDY_S = 1.0
"""Seconds between two looks for cells to close: nobody uses them, or a command waits for them."""


class Host:
    """The bot for many workspaces, built and not serving yet. Call ``start`` and ``stop`` once each.

    It has what ``Start`` and the command line use of a ``Bot``. ``rereads``: whether it looks for other
    installations whenever it looks what is due; else somebody calls ``reread``.
    """

    uninstalled = False  # one that uninstalls ends no process

    def __init__(
        self,
        process: Process,
        client: StoppableClient,
        installations: SealedInstallations,
        timer: AlarmTimer,
        limits: Limits,
        held: ExitStack,
    ) -> None:
        """Take the parts that ``build_host`` makes. ``client``: without a token; asks Slack for its time."""
        self._process = process
        self._client = client
        self.installations = installations
        self._timer = timer
        self._held = held
        self.cells = Cells(process, self, limits)
        self.requests = Requests(process, self)
        self.rereads = True
        self._has_ended = False
        self.before_serving: Callable[[HostedCell], None] = lambda _: None
        self.before_directory: Callable[[CellKey], None] = lambda _: None
        self.after_deletions: Callable[[], None] = lambda: None
        looks = min(RUNNERS, limits.most_open // 2)  # the others are for requests
        self._wakes = Wakes(self.cells.all, process.clock.now, timer, looks)
        self._told = ""
        self._stored: object = None
        self._cleared_at = datetime.min.replace(tzinfo=UTC)
        self._tidied = threading.Event()
        self._tidying = threading.Thread(target=self._tidy, name="cells", daemon=True)
        self._looking = threading.Lock()
        self._reloading = threading.Lock()
        self._stopping = self._has_asked = False
        self.line: HttpServer
        self.failure: BotError | None = None
        self.on_end: Callable[[], None] = lambda: None
        process.loop.on_end = self._end_unheard

    def start(self) -> None:
        """Serve every workspace that has the bot, and from then on do what is due at its time.

        Raises ``BotError`` where the address cannot be used, or the installations cannot be read; call
        ``release`` then.
        """
        self.reload_installations()
        loop = self._process.loop
        self._held.callback(self._close_cells)
        self._held.callback(self._wakes.close)
        self._held.callback(self._timer.stop)
        loop.at_end.append(self.line.close)
        self._held.callback(lambda: loop.finish(self.line.close()))
        loop.run(self.line.connect())
        self._tidying.start()
        self._held.callback(self._stop_tidying)
        self._timer.start(self.ring)
        log.info("serving", extra={"count": sum(1 for one in self.cells.all() if not one.trouble)})

    def release(self) -> None:
        """Release everything after a failed start."""
        self._held.close()

    def stop(self) -> None:
        """Stop taking requests, answer those that were taken, and release everything, within five seconds."""
        self._stopping = True
        self._process.prover.stop()
        for cell in self.cells.all():
            cell.stop()
        close_in_time(self._held, self._process.loop, self._stop_calls, PATIENCE_S, HANGING_S)

    def works(self) -> bool:
        """Return whether it takes requests, does what is due, and serves one of its workspaces, if any.

        Takes up to ``LOOP_ANSWER_S`` seconds.
        """
        serves = not (cells := self.cells.all()) or any(not one.trouble for one in cells)
        return serves and self.is_running()

    def is_running(self) -> bool:
        """Return whether it takes requests, and does what is due, whatever it serves."""
        return self._hears() and self._timer.is_alive()

    def readiness(self) -> str:
        """Say how many workspaces and organisations are served."""
        cells = [one for one in self.cells.all() if one.installations]
        served = sum(1 for one in cells if not one.trouble)
        return f"{served} of {len(cells)} workspaces served"

    async def install(self, installation: BotInstallation) -> None:
        """Take up a stored installation. Raises ``BotError`` where its directory cannot be made."""
        await asyncio.to_thread(self._install, installation)

    def _install(self, installation: BotInstallation) -> None:
        self.note(installation)
        self.reload_installations()
        self._timer.ring_now()

    def note(self, installation: BotInstallation) -> None:
        """Store the workspace of an installation in its cell. Raises ``BotError``."""
        self.before_directory(installation.cell)
        if note_installation(self._process.config, installation, self._today(), self._process.arrives):
            for cell in self.cells.all():
                if cell.key == installation.cell:
                    with cell.used() as built:  # one that is opened later does that itself
                        rest_after_arrival(built.files.store, cell.folder)

    def reload_installations(self) -> None:
        """Serve the installations that are stored. Raises ``StoreError``."""
        with self._reloading:  # else what was read first could be served last, for good
            version = self.installations.version()
            self.cells.replace(self.installations.list_now(), self.installations.list_left())
            self._stored = version

    def ring(self) -> None:
        """Begin whatever is due now in any cell."""
        self._before_looks()
        self._wakes.ring()

    def ring_soon(self) -> None:
        """Begin soon whatever is due, as in cells that are new here; return at once."""
        self._timer.ring_now()

    def run_due(self) -> None:
        """Do everything that is due now in every cell, and wait until it is done."""
        self._before_looks()
        self._wakes.run_due()

    def _before_looks(self) -> None:
        if not self._hears():
            self._end_unheard()
        if not self._has_asked or self._process.clock.state().trust is not Trust.RIGHT:
            self._has_asked = True  # before the clock is judged for the first time
            request_server_time(self._client)
        with self._looking:  # another thread may be in the middle of it
            if self.rereads or self._has_ended:
                self._has_ended = False
                self.reread()
            now = self._process.clock.now()
            if self._cleared_at <= now < self._cleared_at + CLEAR_EVERY:
                return
            self._cleared_at = now
            self.cells.delete_removed(self._today())
        self.after_deletions()

    def reload_prompts(self, read: Callable[[], Config]) -> None:
        """Use the packs of the current configuration from the next round on, and log that.

        If packs cannot be used, the last good ones stay in use, and one log line says why.
        """
        try:
            packs = read().settings.packs
            gone = set(self._process.packs) - set(packs)
            if gone and any(self._uses(cell, gone) for cell in self.cells.all()):
                raise PromptPackError(
                    f"A schedule uses the pack '{min(gone)}', which is no longer there.",
                    remedy="Put it back, or give the schedule another pack first.",
                )
        except BotError as error:
            what = f"prompts not reloaded, the last good ones stay: {' '.join(str(error).split())}"
            log.error(what, extra={"code": error.code})  # noqa: TRY400 - a traceback tells an operator nothing
            return
        self._process.packs.replace(packs)
        log.info("prompts reloaded", extra={"count": sum(len(pack.prompts) for pack in packs.values())})

    def _uses(self, cell: HostedCell, packs: set[PackId]) -> bool:
        """Return whether a schedule in a cell uses one of these packs; also where nobody can tell."""
        try:
            with cell.used() as built:
                return bool(built.cell.packs_in_use() & packs)
        except BotError:
            return True

    # What the cells call (``Hooks``).

    def make_room(self, cell: HostedCell) -> None:
        """Close idle cells where too many are open."""
        self.cells.make_room(cell)

    def opened(self, cell: HostedCell) -> None:
        """Note that a cell is open now, or could not be opened."""
        self.cells.opened(cell)

    def reread(self) -> None:
        """Serve other installations where the stored ones have changed, as by a command."""
        try:
            if self.installations.version() != self._stored:
                self.reload_installations()
            self._told = ""
        except StoreError as error:  # those in memory are served on
            self._stored = None
            if error.code != self._told:
                log.error("installations not read", extra={"code": error.code})  # noqa: TRY400 - the code says enough
            self._told = error.code

    def wake(self, cell: HostedCell) -> None:
        """Look as soon as possible what is due in a cell; return at once."""
        cell.wake()
        self._timer.ring_now()

    def doubt(self, cell: HostedCell) -> None:
        """Find out soon whether the bot was uninstalled, as an event says; return at once."""
        cell.doubt = Doubt.TOLD
        self.wake(cell)

    def rearm(self, cell: HostedCell) -> None:
        """Note that the next time of a cell is earlier than it was."""
        self._wakes.sooner(cell)

    def before_look(self, cell: HostedCell) -> None:
        """End what belongs to workspaces that have uninstalled the bot, or are in another cell now."""
        if left := end_left(cell, self._today()):
            self.installations.forget_left(LeftWorkspace(cell.key, team) for team in left)
        if end_what_is_gone(cell, self._today(), self.installations.delete_if_same) or left:
            self._has_ended = True
            self._timer.ring_now()  # which closes the cell

    def begin(self, cell: HostedCell) -> None:
        """Let a cell that is about to be served know what another worker remembers of it."""
        self.before_serving(cell)

    def has_installation(self, cell: HostedCell) -> bool:
        """Read whether an installation of this cell is stored, so that its directory may be made.

        Raises ``StoreError``.
        """
        stored = bool(self.installations.list_now(cell.key))
        if stored:
            self.before_directory(cell.key)
        return stored

    def _today(self) -> date:
        return self._process.clock.now().date()

    def _hears(self) -> bool:
        return self._process.loop.is_alive(LOOP_ANSWER_S) and self.line.is_well()

    def _end_unheard(self) -> None:
        """Ask the program to end because it hears nothing from Slack any more. A new start repairs that."""
        if not (self._stopping or self.failure):
            self.failure = note_silence()
            self.on_end()

    def _stop_calls(self) -> None:
        self._client.stop_calls()
        for cell in self.cells.all():
            cell.stop_calls()

    def _tidy(self) -> None:
        while not self._tidied.wait(TIDY_S):
            try:
                self.cells.close_idle()
                self._process.garbage.collect_if_needed(self.requests.is_calm)
            except Exception as error:  # noqa: BLE001 - the next look must come in any case
                code = error.code if isinstance(error, BotError) else type(error).__name__
                log.error("cells not closed", extra={"code": code})  # noqa: TRY400 - the code says enough

    def _stop_tidying(self) -> None:
        self._tidied.set()
        self._tidying.join()

    def _close_cells(self) -> None:
        self.cells.close()
