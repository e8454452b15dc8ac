"""The HTTP session for calls to Slack that members wait for."""

import json
from dataclasses import dataclass
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
from bot.slack.transport.resolver import Resolver
from bot.slack.transport.workers import Wait, Workers

CONNECTIONS = 100
"""Calls under way at once: 500 people who press *Reply* together all get their form in time."""

KEPT_S = 15.0
"""How long an unused connection is kept."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """Two clients over one session: ``client`` makes each call once; ``patient`` repeats as Slack asks."""

    client: StoppableAsyncClient
    patient: StoppableAsyncClient
    workers: Workers
    http: aiohttp.ClientSession

    @classmethod
    async def open(
        cls, token: str, route: Route, cache: DirectoryCache, time_call: TimeCall, wait: Wait
    ) -> Self:
        """Open a session in the running loop; ``wait`` waits for a number of seconds."""
        connector = aiohttp.TCPConnector(limit=CONNECTIONS, keepalive_timeout=KEPT_S, resolver=Resolver())
        http = aiohttp.ClientSession(
            connector=connector,
            timeout=aiohttp.ClientTimeout(total=TIMEOUT_S),
            json_serialize_bytes=_as_json,
            response_class=_Response,
        )
        client = StoppableAsyncClient(token, route, http, timeout_s=TIMEOUT_S, retry_handlers=[])
        handlers = [
            AsyncConnectionErrorRetryHandler(),
            AsyncRateLimitErrorRetryHandler(max_retry_count=RETRIES),
        ]
        patient = StoppableAsyncClient(token, route, http, timeout_s=TIMEOUT_S, retry_handlers=handlers)
        client.time_call = patient.time_call = time_call
        return cls(client=client, patient=patient, workers=Workers(cache, client, patient, wait), http=http)

    def stop_calls(self) -> None:
        """Give up every call under way, and let none begin. Call it in the loop."""
        self.client.stop_calls()
        self.patient.stop_calls()

    async def close(self) -> None:
        """Wait until everything has ended, and close the session."""
        self.patient.stop_calls()
        await self.workers.close()
        await self.http.close()


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
