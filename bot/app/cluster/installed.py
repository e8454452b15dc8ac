"""Let the worker that serves a cell take up an installation that another worker has stored.

Whoever installs the bot reads at once whether that went well, as on one machine.
"""

import asyncio
from collections.abc import Callable, Mapping

import orjson

from bot.app.cluster.elsewhere import MOVED, PAUSE_S
from bot.app.host import Host
from bot.cluster.forward import Answer, Forwarded, Forwarder, Kind, NotForwardedError
from bot.cluster.shards import WorkerId
from bot.cluster.view import Route
from bot.core.cells import CellKey, shard_of
from bot.errors import BotError, DataDirectoryError, StoreError
from bot.slack.install.installation import BotInstallation

WITHIN_S = 5.0
"""How long whoever installs the bot waits for that worker. Then it looks by itself what is stored."""

OK, REFUSED, NO_STORAGE = 200, 409, 507
"""Statuses: Conflict, and Insufficient Storage. Source: RFC 9110, section 15.5.10; RFC 4918, section 11.5."""


class NotTakenUpError(BotError):
    """The worker that has this workspace cannot take it up."""

    remedy = "Look into the log of that worker."


class Installed:
    """Takes up installations here, or where their cells are served. Use it in the loop of the process."""

    def __init__(
        self, host: Host, me: WorkerId, forwarder: Forwarder, routes: Callable[[], Mapping[int, Route]]
    ) -> None:
        """Be this worker. ``routes``: who owns each shard, as was seen last."""
        self._host = host
        self._me = me
        self._forwarder = forwarder
        self._routes = routes

    async def take_up(self, installation: BotInstallation) -> None:
        """Take up a stored installation where its cell is served.

        Where nobody answers, whoever comes to serve the cell finds it stored. Raises ``BotError`` where its
        directory cannot be made.
        """
        loop = asyncio.get_running_loop()
        until = loop.time() + WITHIN_S
        while (left_s := until - loop.time()) > 0:
            if self._host.cells.serves(installation.cell):
                return await self._host.install(installation)
            if await self._ask(installation, left_s):
                break
            await asyncio.sleep(PAUSE_S)
        return await asyncio.to_thread(self._host.reread)

    async def _ask(self, installation: BotInstallation, within_s: float) -> bool:
        """Return whether another worker has taken it up. Raises ``BotError`` where it cannot."""
        shard = shard_of(installation.cell)
        route = self._routes().get(shard)
        if route is None or route.worker == self._me:
            return False
        about = orjson.dumps([installation.cell, installation.holder])
        asked = Forwarded(shard, {}, about, Kind.INSTALLED)
        try:
            answer = await self._forwarder.forward(route.worker, route.address, asked, within_s=within_s)
        except NotForwardedError:
            return False
        if answer.status in {REFUSED, NO_STORAGE}:
            raise _error_in(answer)
        return answer.status == OK

    async def answer(self, asked: Forwarded) -> Answer:
        """Take up what another worker has stored, if the cell is served here."""
        key, holder = orjson.loads(asked.body)
        if not self._host.cells.serves(CellKey(key)):
            return Answer(MOVED, [], b"")
        try:
            stored = await asyncio.to_thread(self._host.installations.list_now, CellKey(key))
            for one in stored:
                if one.holder == holder:
                    await self._host.install(one)
        except BotError as error:
            on_disk = isinstance(error, StoreError | DataDirectoryError)
            return Answer(NO_STORAGE if on_disk else REFUSED, [], error.code.encode())
        return Answer(OK, [], b"")


def _error_in(answer: Answer) -> BotError:
    """Return the error of the other worker, with its code. Its words may name paths of that machine."""
    error = NotTakenUpError()
    code = answer.body.decode()
    if answer.status == NO_STORAGE:
        return StoreError(error.message, remedy=error.remedy, code=code)
    error.code = code
    return error
