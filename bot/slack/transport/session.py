"""What the bot calls Slack with for its members: one session, which its connections share."""

import json
from dataclasses import dataclass
from typing import Any, Self

import aiohttp
import orjson
from slack_sdk.http_retry.builtin_async_handlers import (
    AsyncConnectionErrorRetryHandler,
    AsyncRateLimitErrorRetryHandler,
)

from bot.slack.client.calls import RETRIES, TIMEOUT_S
from bot.slack.client.proxies import Route
from bot.slack.client.server_time import Listen
from bot.slack.client.stoppable import StoppableAsyncClient
from bot.slack.directory.facts import Facts
from bot.slack.transport.resolver import Resolver
from bot.slack.transport.workers import Pause, Work

CONNECTIONS = 100
"""So many calls are under way at once: 500 people who press *Reply* together all get their form in time."""

KEPT_S = 15.0
"""How long an unused connection is kept."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """Two clients over one session: ``client`` makes each call once; ``patient`` waits out pauses."""

    client: StoppableAsyncClient
    patient: StoppableAsyncClient
    work: Work
    http: aiohttp.ClientSession

    @classmethod
    async def open(cls, token: str, route: Route, facts: Facts, listen: Listen, pause: Pause) -> Self:
        """Open one in the loop that runs; ``listen`` hears what time Slack tells, and ``pause`` waits."""
        connector = aiohttp.TCPConnector(limit=CONNECTIONS, keepalive_timeout=KEPT_S, resolver=Resolver())
        http = aiohttp.ClientSession(
            connector=connector,
            timeout=aiohttp.ClientTimeout(total=TIMEOUT_S),
            json_serialize_bytes=_as_json,
        )
        client = StoppableAsyncClient(token, route, http, timeout_s=TIMEOUT_S, retry_handlers=[])
        handlers = [
            AsyncConnectionErrorRetryHandler(),
            AsyncRateLimitErrorRetryHandler(max_retry_count=RETRIES),
        ]
        patient = StoppableAsyncClient(token, route, http, timeout_s=TIMEOUT_S, retry_handlers=handlers)
        client.listen = patient.listen = listen
        return cls(client=client, patient=patient, work=Work(facts, client, patient, pause), http=http)

    def hang_up(self) -> None:
        """Give up every call under way, and let none begin. In the loop."""
        self.client.hang_up()
        self.patient.hang_up()

    async def close(self) -> None:
        """Return when all that was begun has ended."""
        self.patient.hang_up()
        await self.work.close()
        await self.http.close()


def _as_json(value: Any) -> bytes:
    """A call to Slack as JSON. orjson takes no half of a letter, which somebody may have typed."""
    try:
        return orjson.dumps(value)
    except TypeError:
        return json.dumps(value).encode()
