"""Serve many workspaces in one process: find the cell of each request, and wake each cell at its time."""

import asyncio
import logging
import threading
from collections.abc import Callable
from contextlib import ExitStack
from datetime import date
from time import monotonic
from weakref import WeakKeyDictionary

from slack_bolt import BoltResponse
from slack_bolt.async_app import AsyncApp, AsyncBoltRequest

from bot.app.arrivals import note_installation, note_workspace, rest_after_arrival
from bot.app.cells import Cells
from bot.app.departures import end_left, end_what_is_gone
from bot.app.ending import HANGING_S, LOOP_ANSWER_S, PATIENCE_S, close_in_time, note_silence
from bot.app.hooks import Doubt
from bot.app.hosted_cell import HostedCell
from bot.app.process import Process
from bot.app.refusals import refused
from bot.app.wakes import RUNNERS, Wakes
from bot.config import Config
from bot.core.clock import Trust
from bot.core.model import PackId
from bot.errors import BotError, PromptPackError, StoreError
from bot.logs import in_cell
from bot.ports.installations import LeftWorkspace
from bot.slack.client.stoppable import StoppableClient
from bot.slack.dispatch import CONTEXT
from bot.slack.install.installation import BotInstallation
from bot.slack.install.routing import Source, source_of
from bot.slack.install.store import SealedInstallations
from bot.slack.startup import request_server_time
from bot.slack.transport.http_server import HttpServer
from bot.slack.transport.setup import IDENTITY
from bot.timer import AlarmTimer

log = logging.getLogger(__name__)

TIDY_S = 1.0
"""Seconds between two looks for cells to close: nobody uses them, or a command waits for them."""

AT_ONCE = 8
"""Requests of one cell that are handled at once; more of them wait, and other cells go first."""

REMOVALS = frozenset({"app_uninstalled", "tokens_revoked"})

NO_WORKSPACE = frozenset({"url_verification"})
"""Types of requests that are for the app itself."""


class Host:
    """The bot for many workspaces, built and not serving yet. Call ``start`` and ``stop`` once each.

    It has what ``Start`` and the command line use of a ``Bot``.
    """

    uninstalled = False  # one that uninstalls ends no process

    def __init__(
        self,
        process: Process,
        client: StoppableClient,
        installations: SealedInstallations,
        timer: AlarmTimer,
        most_open: int,
        held: ExitStack,
    ) -> None:
        """Take the parts that ``build_host`` makes. ``client``: without a token; asks Slack for its time."""
        self._process = process
        self._client = client
        self.installations = installations
        self._timer = timer
        self._held = held
        self.cells = Cells(process, self, most_open)
        looks = min(RUNNERS, most_open // 2)  # the others are for requests
        self._wakes = Wakes(self.cells.all, process.clock.now, timer, looks)
        self._turns: WeakKeyDictionary[HostedCell, asyncio.Semaphore] = WeakKeyDictionary()
        self._opening: dict[HostedCell, asyncio.Future[None]] = {}
        self._told = ""
        self._stored: object = None
        self._tidied = threading.Event()
        self._tidying = threading.Thread(target=self._tidy, name="cells", daemon=True)
        self._looking = threading.Lock()
        self._stopping = self._has_asked = False
        self.app: AsyncApp
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
        return serves and self._hears() and self._timer.is_alive()

    def readiness(self) -> str:
        """Say how many workspaces and organisations are served."""
        cells = [one for one in self.cells.all() if one.installations]
        served = sum(1 for one in cells if not one.trouble)
        return f"{served} of {len(cells)} workspaces served"

    async def dispatch(self, request: AsyncBoltRequest) -> BoltResponse | None:
        """Handle a request in the cell of its workspace; None where that does not have the bot."""
        if request.body.get("type") in NO_WORKSPACE or "ssl_check" in request.body:
            return await self.app.async_dispatch(request)
        source = source_of(request.body)
        cell = self.cells.find(source)
        if cell is None:
            return None
        with in_cell(cell.key):
            async with self._turns_of(cell):
                return await self._dispatch_in(cell, source, request)

    async def _dispatch_in(
        self, cell: HostedCell, source: Source, request: AsyncBoltRequest
    ) -> BoltResponse | None:
        try:
            while not cell.try_acquire():
                await self._open(cell)
        except BotError:  # logged by the cell
            return refused(request, self._process.languages)
        try:
            served = cell.context_of(source)
            if served is None and source.workspace and await self._covers(cell, source.workspace):
                served = cell.context_of(source)
            if served is None:
                return self._unserved(cell, request)
            workspace, context = served
            request.context[IDENTITY], request.context[CONTEXT] = workspace.identity, context
            return await self.app.async_dispatch(request)
        finally:
            cell.release()

    async def _covers(self, cell: HostedCell, team: str) -> bool:
        """Serve a workspace of an organisation that has installed the bot as a whole, from now on.

        Return whether it is one: Slack says so, and nothing is stored before.
        """
        wide = cell.wide
        if wide is None:
            return False
        share = self._process.threads.opening.share(cell.key)
        try:
            if not await asyncio.wrap_future(share.submit(self._cover, cell, wide, team)):
                return False
        except BotError as error:
            log.warning("workspace not confirmed", extra={"cell": cell.key, "code": error.code})
            return False
        if team not in cell.built.workspaces:
            cell.built.serve(wide, team)
        return True

    def _cover(self, cell: HostedCell, wide: BotInstallation, team: str) -> bool:
        if not cell.coverage.has(team, cell.client_of(wide), monotonic()):
            return False
        note_workspace(self._process.config, cell.key, team, self._today())
        rest_after_arrival(cell.built.files.store, cell.folder)
        self.installations.take_now(team, cell.key)
        self.reread()
        return True

    def _turns_of(self, cell: HostedCell) -> asyncio.Semaphore:
        turns = self._turns.get(cell)
        if turns is None:
            turns = self._turns[cell] = asyncio.Semaphore(AT_ONCE)
        return turns

    async def _open(self, cell: HostedCell) -> None:
        """Open a cell in a thread; all requests that wait for it share that. Raises ``BotError``."""
        opening = self._opening.get(cell)
        if opening is None:
            share = self._process.threads.opening.share(cell.key)
            opening = self._opening[cell] = asyncio.wrap_future(share.submit(self._open_now, cell))
            opening.add_done_callback(lambda _: self._opening.pop(cell, None))
        await asyncio.shield(opening)

    def _open_now(self, cell: HostedCell) -> None:
        with in_cell(cell.key), cell.used():
            if cell.trouble:
                self.wake(cell)  # which may find that it is over

    def _unserved(self, cell: HostedCell, request: AsyncBoltRequest) -> BoltResponse:
        """Answer a request from a workspace whose token cannot be used, or that names none.

        An organisation that uninstalls the bot names no workspace.
        """
        event = request.body.get("event")
        if isinstance(event, dict) and event.get("type") in REMOVALS:
            self.doubt(cell)
            return BoltResponse(status=200, body="")
        return refused(request, self._process.languages)

    async def install(self, installation: BotInstallation) -> None:
        """Take up a stored installation. Raises ``BotError`` where its directory cannot be made."""
        await asyncio.to_thread(self._install, installation)

    def _install(self, installation: BotInstallation) -> None:
        if note_installation(self._process.config, installation, self._today()):
            for cell in self.cells.all():
                if cell.key == installation.cell:
                    with cell.used() as built:  # one that is opened later does that itself
                        rest_after_arrival(built.files.store, cell.folder)
        self.reload_installations()
        self._timer.ring_now()

    def reload_installations(self) -> None:
        """Serve the installations that are stored. Raises ``StoreError``."""
        self._stored = self.installations.version()
        self.cells.replace(self.installations.list_now(), self.installations.list_left())

    def ring(self) -> None:
        """Begin whatever is due now in any cell."""
        self._before_looks()
        self._wakes.ring()

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
            self.reread()
            self.cells.delete_removed(self._today())

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
            self._timer.ring_now()  # which closes the cell

    def has_installation(self, cell: HostedCell) -> bool:
        """Read whether an installation of this cell is stored. Raises ``StoreError``."""
        return bool(self.installations.list_now(cell.key))

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
            except Exception as error:  # noqa: BLE001 - the next look must come in any case
                code = error.code if isinstance(error, BotError) else type(error).__name__
                log.error("cells not closed", extra={"code": code})  # noqa: TRY400 - the code says enough

    def _stop_tidying(self) -> None:
        self._tidied.set()
        self._tidying.join()

    def _close_cells(self) -> None:
        self.cells.close()
