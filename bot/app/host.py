"""Serve many workspaces in one process: find the cell of each request, and wake each cell at its time."""

import asyncio
import logging
import threading
from collections.abc import Callable
from contextlib import ExitStack
from functools import partial

from slack_bolt import BoltResponse
from slack_bolt.async_app import AsyncApp, AsyncBoltRequest

from bot.app.arrivals import note_installation, note_workspace
from bot.app.cells import Cells
from bot.app.departures import end_gone, find_gone
from bot.app.hosted_cell import Doubt, HostedCell
from bot.app.process import Process
from bot.app.refusals import refused
from bot.app.wakes import Wakes
from bot.config import Config
from bot.core.clock import Trust
from bot.core.model import PackId
from bot.errors import BotError, PromptPackError
from bot.logs import in_cell
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

PATIENCE_S = 1.5
"""Seconds that a stop waits for a call to Slack: a stop must end within five seconds."""

HANGING_S = 3.0
"""Seconds that a stop waits for the loop to answer; it does not wait for one that hangs."""

LOOP_ANSWER_S = 10.0
"""Seconds that the loop may take to answer, before it counts as ended."""

TIDY_S = 1.0
"""Seconds between two looks for cells to close: nobody uses them, or a command waits for them."""

AT_ONCE = 32
"""Requests of one cell that are handled at once; more of them wait, and other cells go first."""

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
        self._wakes = Wakes(self.cells.all, process.clock.now, timer)
        self._turns: dict[HostedCell, asyncio.Semaphore] = {}
        self._stored: object = None
        self._tidied = threading.Event()
        self._tidying = threading.Thread(target=self._tidy, name="cells", daemon=True)
        self._stopping = False
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
        log.info("serving", extra={"count": len(self.cells.all())})

    def release(self) -> None:
        """Release everything after a failed start."""
        self._held.close()

    def stop(self) -> None:
        """Stop taking requests, answer those that were taken, and release everything, within five seconds."""
        self._stopping = True
        self._process.prover.stop()
        for cell in self.cells.all():
            cell.stop()
        patience = threading.Timer(PATIENCE_S, self._stop_calls)
        patience.start()
        if not self._process.loop.is_alive(HANGING_S):
            self._process.loop.give_up()
        try:
            self._held.close()
        finally:
            patience.cancel()
            patience.join()
        log.info("stopped")

    def works(self) -> bool:
        """Return whether it takes requests, and does what is due. Takes up to ``LOOP_ANSWER_S`` seconds."""
        return self._hears() and self._timer.is_alive()

    def readiness(self) -> str:
        """Say how many workspaces and organizations are served."""
        cells = self.cells.all()
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
            async with self._turns.setdefault(cell, asyncio.Semaphore(AT_ONCE)):
                return await self._dispatch_in(cell, source, request)

    async def _dispatch_in(
        self, cell: HostedCell, source: Source, request: AsyncBoltRequest
    ) -> BoltResponse | None:
        try:
            if not cell.try_acquire():
                await asyncio.to_thread(cell.acquire)
        except BotError:  # logged by the cell
            return refused(request, self._process.languages)
        try:
            served = await cell.context_of(source)
            if served is None:
                return refused(request, self._process.languages)
            workspace, context = served
            request.context[IDENTITY], request.context[CONTEXT] = workspace.identity, context
            return await self.app.async_dispatch(request)
        finally:
            cell.release()

    async def install(self, installation: BotInstallation) -> None:
        """Take up a stored installation. Raises ``BotError`` where its directory cannot be made."""
        await asyncio.to_thread(self._install, installation)

    def _install(self, installation: BotInstallation) -> None:
        note_installation(self._process.config, installation, self._process.clock.now().date())
        self.reload_installations()
        self._timer.ring_now()

    def reload_installations(self) -> None:
        """Serve the installations that are stored. Raises ``StoreError``."""
        self._stored = self.installations.version()
        self.cells.replace(self.installations.list_now())

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
        if self._process.clock.state().trust is not Trust.RIGHT:
            request_server_time(self._client)
        if self.installations.version() != self._stored:
            self.reload_installations()  # a command has moved or deleted a workspace
        self.cells.delete_removed(self._process.clock.now().date())

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

    def wake(self, cell: HostedCell) -> None:
        """Look as soon as possible what is due in a cell; return at once."""
        cell.next_at = self._process.clock.now()
        self._timer.ring_now()

    def doubt(self, cell: HostedCell) -> None:
        """Find out soon whether the bot was uninstalled, as an event says; return at once."""
        cell.doubt = Doubt.TOLD
        self.wake(cell)

    def rearm(self, cell: HostedCell) -> None:
        """Note that the next time of a cell is earlier than it was."""
        self._wakes.sooner(cell)

    def before_look(self, cell: HostedCell) -> None:
        """End what belongs to workspaces that have uninstalled the bot."""
        if cell.doubt is not Doubt.NONE and (gone := find_gone(cell)):
            end_gone(cell, gone, self._process.clock.now().date(), self._delete)

    def note_workspace(self, cell: HostedCell, team: str) -> None:
        """Store that this workspace of an organization is served."""
        today = self._process.clock.now().date()
        self._process.loop.call_soon(
            lambda: asyncio.get_running_loop().run_in_executor(
                None, partial(note_workspace, cell.folder, cell.key, team, today)
            )
        )

    def _delete(self, installation: BotInstallation) -> None:
        self.installations.delete_now(installation.enterprise_id, installation.team_id)

    def _hears(self) -> bool:
        return self._process.loop.is_alive(LOOP_ANSWER_S) and self.line.is_well()

    def _end_unheard(self) -> None:
        """Ask the program to end because it hears nothing from Slack any more. A new start repairs that."""
        if not (self._stopping or self.failure):
            log.error("the bot hears nothing from Slack any more and ends: start it again")
            self.failure = BotError("The bot heard nothing from Slack any more.", remedy="Start it again.")
            self.on_end()

    def _stop_calls(self) -> None:
        self._client.stop_calls()
        for cell in self.cells.all():
            cell.stop_calls()

    def _tidy(self) -> None:
        while not self._tidied.wait(TIDY_S):
            self.cells.close_idle()

    def _stop_tidying(self) -> None:
        self._tidied.set()
        self._tidying.join()

    def _close_cells(self) -> None:
        for cell in self.cells.all():
            cell.close()
