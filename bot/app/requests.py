"""Find the cell of each request, and answer it there."""

import asyncio
import logging
from collections import Counter
from collections.abc import Awaitable, Callable
from time import monotonic
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from slack_bolt import BoltResponse
from slack_bolt.async_app import AsyncApp, AsyncBoltRequest

from bot.app.arrivals import note_workspace, rest_after_arrival
from bot.app.hosted_cell import HostedCell
from bot.app.process import Process
from bot.app.refusals import refused
from bot.errors import BotError
from bot.logs import in_cell
from bot.slack.dispatch import CONTEXT
from bot.slack.install.installation import BotInstallation
from bot.slack.install.routing import Source, source_of
from bot.slack.transport.setup import IDENTITY

if TYPE_CHECKING:
    from bot.app.host import Host

log = logging.getLogger(__name__)

AT_ONCE = 8
"""Requests of one cell that are handled at once; more of them wait, and other cells go first."""

CALM_S = 5.0
"""It is calm where no request came for so long: the next one may take as long to come."""

REMOVALS = frozenset({"app_uninstalled", "tokens_revoked"})

NO_WORKSPACE = frozenset({"url_verification"})
"""Types of requests that are for the app itself."""

Elsewhere = Callable[[Source, AsyncBoltRequest], Awaitable[BoltResponse | None]]
"""Answers a request whose cell is not served here; None where its workspace does not have the bot."""


class Requests:
    """The requests of many workspaces. Use it in the loop of the process.

    ``app`` handles them once their cell is open. ``elsewhere`` answers those of cells that are not served
    here.
    """

    def __init__(self, process: Process, host: "Host") -> None:
        """Find the cells of this host."""
        self._process = process
        self._host = host
        self._turns: WeakKeyDictionary[HostedCell, asyncio.Semaphore] = WeakKeyDictionary()
        self._opening: dict[HostedCell, asyncio.Future[None]] = {}
        self._under_way = Counter[HostedCell]()
        self._answering, self._answered_s = 0, monotonic()
        self.app: AsyncApp
        self.elsewhere: Elsewhere = _nowhere

    async def dispatch(self, request: AsyncBoltRequest) -> BoltResponse | None:
        """Handle a request in the cell of its workspace; None where that does not have the bot."""
        self._answering += 1
        try:
            return await self._dispatch(request)
        finally:
            self._answering -= 1
            self._answered_s = monotonic()

    async def _dispatch(self, request: AsyncBoltRequest) -> BoltResponse | None:
        if request.body.get("type") in NO_WORKSPACE or "ssl_check" in request.body:
            return await self.app.async_dispatch(request)
        source = source_of(request.body)
        cell = self._host.cells.find(source)
        if cell is None:
            return await self.elsewhere(source, request)
        self._under_way[cell] += 1
        try:
            with in_cell(cell.key):
                async with self._turns_of(cell):
                    return await self._dispatch_in(cell, source, request)
        finally:
            self._under_way[cell] -= 1
            if not self._under_way[cell]:
                del self._under_way[cell]

    def is_calm(self) -> bool:
        """Return whether no request is being answered, nor was in the last seconds. Any thread may ask."""
        return not self._answering and monotonic() - self._answered_s >= CALM_S

    def are_under_way(self, cell: HostedCell) -> bool:
        """Return whether requests of this cell are being answered now."""
        return cell in self._under_way

    async def _dispatch_in(
        self, cell: HostedCell, source: Source, request: AsyncBoltRequest
    ) -> BoltResponse | None:
        try:
            while not cell.try_acquire():
                await self._open(cell)
        except BotError:  # logged by the cell
            if self._host.cells.serves(cell.key):
                return refused(request, self._process.languages)
            return await self.elsewhere(source, request)
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
        if not cell.coverage.has(team, cell.built.client_of(wide), monotonic()):
            return False
        process = self._process
        note_workspace(process.config, cell.key, team, process.clock.now().date(), process.arrives)
        rest_after_arrival(cell.built.files.store, cell.folder)
        self._host.installations.take_now(team, cell.key)
        self._host.reread()
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
                self._host.wake(cell)  # which may find that it is over

    def _unserved(self, cell: HostedCell, request: AsyncBoltRequest) -> BoltResponse:
        """Answer a request from a workspace whose token cannot be used, or that names none.

        An organisation that uninstalls the bot names no workspace.
        """
        event = request.body.get("event")
        if isinstance(event, dict) and event.get("type") in REMOVALS:
            self._host.doubt(cell)
            return BoltResponse(status=200, body="")
        return refused(request, self._process.languages)


async def _nowhere(source: Source, request: AsyncBoltRequest) -> None:
    """Serve nobody else: there is no other worker."""
    del source, request
