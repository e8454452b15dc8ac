"""Answer requests whose cells another worker serves, by asking that worker."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Protocol

from slack_bolt import BoltResponse
from slack_bolt.async_app import AsyncBoltRequest

from bot.app.host import Host
from bot.app.refusals import refused
from bot.cluster.forward import DEADLINE_S, Answer, Forwarded, NotForwardedError
from bot.cluster.shards import WorkerId
from bot.cluster.view import Route
from bot.core.cells import shard_of
from bot.core.language import Languages
from bot.slack.install.routing import Source

FORWARDED = "belonging_forwarded"
"""Set in the context of a request that another worker has passed on: it is passed on once only."""

MOVED = 421
"""The status for a request that was passed on to a worker without that shard (Misdirected Request).

Source: RFC 9110, section 15.5.20.
"""

PAUSE_S = 0.05
"""Between two tries to reach the owner of a shard that is being handed over."""


class Forwarder(Protocol):
    """Passes requests on."""

    async def forward(
        self, owner: WorkerId, address: str, request: Forwarded, within_s: float = ...
    ) -> Answer:
        """Return the owner's answer. Raises ``NotForwardedError``."""


class Elsewhere:
    """The requests for cells that are not served here. Use it in the loop of the process.

    No request makes it ask PostgreSQL, whose log would show when people reply. It waits for what the worker
    sees by itself, at times that depend on no request.
    """

    def __init__(
        self,
        host: Host,
        me: WorkerId,
        forwarder: Forwarder,
        languages: Languages,
        routes: Callable[[], Mapping[int, Route]],
        reread: Callable[[float], Awaitable[None]],
    ) -> None:
        """Pass requests on from this worker.

        ``routes``: who owns each shard, as was seen last. ``reread`` waits until new installations are known
        here, for so many seconds at most.
        """
        self._host = host
        self._me = me
        self._forwarder = forwarder
        self._languages = languages
        self._routes = routes
        self._reread = reread

    async def answer(self, source: Source, request: AsyncBoltRequest) -> BoltResponse | None:
        """Return what the owner of the cell answers; None where the workspace does not have the bot.

        A request that no owner answers within Slack's three seconds is refused in words: its text stays in
        the form.
        """
        loop = asyncio.get_running_loop()
        until = loop.time() + DEADLINE_S
        key = self._host.cells.key_of(source)
        if key is None:
            await self._reread(DEADLINE_S)
            key = self._host.cells.key_of(source)
        if key is None:
            return None
        sent = False
        while (left_s := until - loop.time()) > 0:
            if self._host.cells.find(source):
                return await self._host.requests.dispatch(request)
            if FORWARDED in request.context:
                return BoltResponse(status=MOVED, body="")
            try:
                if answer := await self._ask(shard_of(key), request, left_s):
                    return answer
            except NotForwardedError as error:
                sent = sent or error.sent
            await asyncio.sleep(PAUSE_S)
        return refused(request, self._languages, uncertain=sent)

    async def _ask(self, shard: int, request: AsyncBoltRequest, within_s: float) -> BoltResponse | None:
        """Return the answer of the shard's owner; None where there is none, or it owns the shard no more.

        Raises ``NotForwardedError`` where it gives none.
        """
        route = self._routes().get(shard)
        if route is None or route.worker == self._me:
            return None
        headers = {name: values[0] for name, values in request.headers.items()}
        asked = Forwarded(shard, headers, request.raw_body.encode())
        status, answered, body = await self._forwarder.forward(
            route.worker, route.address, asked, within_s=within_s
        )
        if status == MOVED:
            return None
        return BoltResponse(status=status, body=body.decode(), headers=dict(answered))
