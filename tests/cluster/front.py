"""The load balancer between Slack and the workers: passes each request to the next worker that is ready.

Where a worker refuses the connection, nothing was sent, and the next one is asked. Any other failure is one,
as Slack would see it: an answer that did not come in three seconds is none.
"""

import asyncio
import json
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from threading import Event, Thread
from time import monotonic
from typing import Any, Self
from urllib.parse import parse_qs

import aiohttp
from aiohttp import web
from multidict import CIMultiDict

from tests.held_port import held_port

SLACK_WAITS_S = 3.0
MOST_BYTES = 4_000_000
LOOK_S = 0.1
"""Between two looks whether the workers are ready."""

DROPPED = frozenset({"host", "content-length", "connection", "transfer-encoding", "accept-encoding"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Passed:
    """A request of Slack, and what became of it. ``worker``: who answered; empty where nobody did.

    ``kind``: such as ``block_actions`` or ``command``. ``status``: 502 for an answer that broke off, 503
    where nobody could be asked, 504 for one that did not come in time. ``refused``: the worker answered
    that it could not do it now.
    """

    worker: str
    kind: str
    team: str
    status: int
    refused: bool
    took_s: float
    began_s: float

    @property
    def failed(self) -> bool:
        """Whether Slack, or the member, heard of a failure."""
        return self.status != 200 or self.refused


class Front:
    """The front. ``url`` is for the request URL of the app. ``with Front() as front:`` starts and ends it.

    ``passed``: every request so far. ``only``: pass requests to these workers, whether they are ready or not;
    None for all that are. ``order``: in which order to try them for a request of this workspace; without it,
    each in turn.
    """

    def __init__(self, waits_s: float = SLACK_WAITS_S, *, looks: bool = True) -> None:
        """``looks``: False where ``only`` is always set: then nobody looks who is ready."""
        self.passed: list[Passed] = []
        self.only: Sequence[str] | None = None
        self.order: Callable[[str, Sequence[str]], Sequence[str]] = lambda _, names: names
        self._is_looking = looks
        self.ready: frozenset[str] = frozenset()
        self._waits_s = waits_s
        self._workers: dict[str, str] = {}
        self._turn = 0
        self._held = held_port()
        self._loop = asyncio.new_event_loop()
        self._thread = Thread(target=self._loop.run_forever, name="front", daemon=True)
        self._looks: asyncio.Future[None]
        self._http: aiohttp.ClientSession
        self._looked = Event()

    def __enter__(self) -> Self:
        self.url = f"http://127.0.0.1:{self._held.__enter__()}"
        self._thread.start()
        self._run(self._start())
        return self

    def __exit__(self, *_error: object) -> None:
        self._run(self._stop())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()
        self._held.__exit__(None, None, None)

    def add(self, name: str, url: str) -> None:
        """Pass requests to this worker, too, once it is ready."""
        self._workers = {**self._workers, name: url}

    def look(self) -> frozenset[str]:
        """The workers that are ready, by a look that began after this call."""
        for _ in range(2):
            self._looked.clear()
            self._looked.wait()
        return self.ready

    def failures(self, since: int = 0) -> list[Passed]:
        """What failed after so many requests."""
        return [one for one in self.passed[since:] if one.failed]

    def _run(self, doing: Any) -> Any:
        return asyncio.run_coroutine_threadsafe(doing, self._loop).result()

    async def _start(self) -> None:
        self._http = aiohttp.ClientSession(connector=aiohttp.TCPConnector(force_close=True, limit=0))
        app = web.Application(client_max_size=MOST_BYTES)
        app.router.add_route("*", "/{path:.*}", self._pass_on)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", int(self.url.rpartition(":")[2]), backlog=512).start()
        self._looks = asyncio.ensure_future(self._keep_looking())

    async def _stop(self) -> None:
        self._looks.cancel()
        with suppress(asyncio.CancelledError):
            await self._looks
        await self._runner.cleanup()
        await self._http.close()
        self._looked.set()

    async def _keep_looking(self) -> None:
        while self._is_looking:
            found = await asyncio.gather(*(self._is_ready(url) for url in self._workers.values()))
            self.ready = frozenset(
                name for name, is_ready in zip(self._workers, found, strict=False) if is_ready
            )
            self._looked.set()
            await asyncio.sleep(LOOK_S)

    async def _is_ready(self, url: str) -> bool:
        try:
            async with self._http.get(f"{url}/readyz", timeout=aiohttp.ClientTimeout(total=1)) as answer:
                return answer.status == 200
        except (aiohttp.ClientError, TimeoutError):
            return False

    async def _pass_on(self, request: web.Request) -> web.Response:
        body, began_s = await request.read(), monotonic()
        about = told_in(body, request.content_type)
        headers = {name: one for name, one in request.headers.items() if name.lower() not in DROPPED}
        worker, answer = "", web.Response(status=503)
        try:
            async with asyncio.timeout(self._waits_s):
                for worker in self.order(about["team"], self._in_turn()):
                    with suppress(aiohttp.ClientConnectorError):
                        answer = await self._asked(self._workers[worker], request, body, headers)
                        break
                else:
                    worker = ""
        except TimeoutError:
            answer = web.Response(status=504)
        except aiohttp.ClientError:
            answer = web.Response(status=502)
        refused = answer.status == 200 and b'"errors"' in bytes(answer.body or b"")  # type: ignore[arg-type]
        if request.method == "POST":
            self.passed.append(
                Passed(
                    worker=worker,
                    kind=about["kind"],
                    team=about["team"],
                    status=answer.status,
                    refused=refused,
                    took_s=monotonic() - began_s,
                    began_s=began_s,
                )
            )
        return answer

    def _in_turn(self) -> Sequence[str]:
        """The workers to try, one after the other; the next request begins with the next one."""
        names = [name for name in self._workers if name in (self.ready if self.only is None else self.only)]
        if not names:
            return names
        self._turn += 1
        first = self._turn % len(names)
        return (*names[first:], *names[:first])

    async def _asked(
        self, url: str, request: web.Request, body: bytes, headers: Mapping[str, str]
    ) -> web.Response:
        async with self._http.request(
            request.method, f"{url}{request.path_qs}", data=body, headers=headers, allow_redirects=False
        ) as answer:
            kept = [(name, one) for name, one in answer.headers.items() if name.lower() not in DROPPED]
            return web.Response(status=answer.status, body=await answer.read(), headers=CIMultiDict(kept))


def told_in(body: bytes, content_type: str) -> dict[str, str]:
    """What a request of Slack is about: its kind, and the workspace that it comes from, if it says so."""
    with suppress(Exception):  # a test may send what Slack never sends
        return _told_in(body, content_type)
    return {"kind": "", "team": ""}


def _told_in(body: bytes, content_type: str) -> dict[str, str]:
    if content_type == "application/json":
        told = json.loads(body or b"{}")
        return {"kind": str(told.get("type", "")), "team": str(told.get("team_id", ""))}
    form = {name: values[0] for name, values in parse_qs(body.decode()).items()}
    if "payload" in form:
        told = json.loads(form["payload"])
        return {"kind": str(told.get("type", "")), "team": str((told.get("team") or {}).get("id", ""))}
    return {"kind": "command" if "command" in form else "", "team": form.get("team_id", "")}
