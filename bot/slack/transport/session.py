"""The HTTP session for calls to Slack that members wait for."""

import asyncio
import json
from dataclasses import dataclass, replace
from typing import Any, Self

import aiohttp
import orjson
from slack_sdk.http_retry.builtin_async_handlers import (
    AsyncConnectionErrorRetryHandler,
    AsyncRateLimitErrorRetryHandler,
)

from bot.slack.client.calls import TIMEOUT_S
from bot.slack.client.proxies import Route
from bot.slack.client.rate_limits import RETRIES
from bot.slack.client.server_time import TimeCall
from bot.slack.client.stoppable import StoppableAsyncClient
from bot.slack.directory.cache import DirectoryCache
from bot.slack.transport.pools import Pools, Threads
from bot.slack.transport.resolver import Resolver
from bot.slack.transport.workers import Wait, Workers

CONNECTIONS = 100
"""Calls under way at once: 500 people who press *Reply* together all get their form in time."""

KEPT_S = 15.0
"""How long an unused connection is kept."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Connections:
    """What every session of this process shares: the way to Slack, its connections, and the threads."""

    route: Route
    loop: asyncio.AbstractEventLoop
    http: aiohttp.ClientSession
    threads: Threads
    time_call: TimeCall
    wait: Wait
    shared: bool = False

    @classmethod
    async def open(
        cls, route: Route, threads: Threads, time_call: TimeCall, wait: Wait, *, shared_by_many: int = 1
    ) -> Self:
        """Open the HTTP session in the running loop; ``wait`` waits for a number of seconds.

        ``shared_by_many``: how many workspaces may have as many calls under way as a single one.
        """
        limit = CONNECTIONS * shared_by_many
        connector = aiohttp.TCPConnector(limit=limit, keepalive_timeout=KEPT_S, resolver=Resolver())
        http = aiohttp.ClientSession(
            connector=connector,
            cookie_jar=aiohttp.DummyCookieJar(),  # what Slack sets for one workspace is not sent for another
            timeout=aiohttp.ClientTimeout(total=TIMEOUT_S),
            json_serialize_bytes=_as_json,
            response_class=_Response,
        )
        return cls(
            route=route,
            loop=asyncio.get_running_loop(),
            http=http,
            threads=threads,
            time_call=time_call,
            wait=wait,
            shared=shared_by_many > 1,
        )

    async def close(self) -> None:
        """Wait for the threads, and close the HTTP session. Close every session first."""
        await asyncio.to_thread(self.threads.close)
        await self.http.close()


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """Two clients of one workspace: ``client`` makes each call once; ``patient`` repeats as Slack asks.

    ``owned``: connections that nobody else uses, to be closed with the session.
    """

    client: StoppableAsyncClient
    patient: StoppableAsyncClient
    workers: Workers
    owned: Connections | None = None

    @classmethod
    async def open(
        cls, token: str, route: Route, cache: DirectoryCache, time_call: TimeCall, wait: Wait
    ) -> Self:
        """Open a session with connections and threads of its own, in the running loop.

        ``wait`` waits for a number of seconds.
        """
        pools = Pools.of_one_workspace()
        connections = await Connections.open(route, pools, time_call, wait)
        return replace(cls.of(token, connections, cache, pools), owned=connections)

    @classmethod
    def of(cls, token: str, connections: Connections, cache: DirectoryCache, pools: Pools) -> Self:
        """Return the session of the workspace of this token, over shared connections.

        ``pools``: the threads for its use cases.
        """
        route, http = connections.route, connections.http
        client = StoppableAsyncClient(token, route, http, timeout_s=TIMEOUT_S, retry_handlers=[])
        handlers = [
            AsyncConnectionErrorRetryHandler(),
            AsyncRateLimitErrorRetryHandler(max_retry_count=RETRIES),
        ]
        patient = StoppableAsyncClient(token, route, http, timeout_s=TIMEOUT_S, retry_handlers=handlers)
        client.time_call = patient.time_call = connections.time_call
        calls = asyncio.Semaphore(CONNECTIONS) if connections.shared else None
        workers = Workers(cache, client, patient, connections.wait, pools, calls=calls, loop=connections.loop)
        return cls(client=client, patient=patient, workers=workers)

    def stop_calls(self) -> None:
        """Give up every call under way, and let none begin. Call it in the loop."""
        self.client.stop_calls()
        self.patient.stop_calls()

    async def close(self) -> None:
        """Wait until everything of this workspace has ended."""
        self.patient.stop_calls()
        await self.workers.close()
        if self.owned:
            await self.owned.close()


class _Response(aiohttp.ClientResponse):
    """An answer of Slack, read by orjson, which takes half the time."""

    async def json(self, **how: Any) -> Any:
        """Return the answer, as aiohttp does."""
        return await super().json(**{"loads": _from_json, **how})


def _from_json(text: str) -> Any:
    """Return the value of an answer; orjson refuses lone surrogates, which somebody may have typed."""
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        return json.loads(text)


def _as_json(value: Any) -> bytes:
    """Return a call to Slack as JSON; orjson refuses lone surrogates, which somebody may have typed."""
    try:
        return orjson.dumps(value)
    except TypeError:
        return json.dumps(value).encode()
