"""Serve Socket Mode: tickets, hello, envelopes, acks, deadlines, disconnects and redelivery.

All of it runs on the server's event loop.
"""

import asyncio
import contextlib
import json
from dataclasses import dataclass, field
from typing import Any

from starlette.websockets import WebSocket, WebSocketDisconnect

from bot.demo import payloads
from bot.demo.request_url import NotAckedError, RequestUrl
from bot.demo.site import Site
from bot.demo.workspace import Json

MAX_CONNECTIONS = 10


@dataclass(slots=True, kw_only=True, eq=False)
class Envelope:
    """A message to the app that it must acknowledge; ``acked`` gets the payload of the ack."""

    body: Json
    acked: asyncio.Future[Json | None]
    sent: int = 0

    @property
    def id(self) -> str:
        """The id of the envelope, the same in every delivery."""
        return str(self.body["envelope_id"])


@dataclass(slots=True)
class Hub:
    """The Socket Mode connections of the app. Each envelope goes to one of them."""

    site: Site
    _tickets: set[str] = field(default_factory=set)
    _connections: list[WebSocket] = field(default_factory=list)
    _open: dict[str, Envelope] = field(default_factory=dict)
    _seen: set[str] = field(default_factory=set)
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)
    _send_twice: bool = False
    _http: RequestUrl = field(init=False)

    def __post_init__(self) -> None:
        self._http = RequestUrl(self.site)

    def share_threads(self, other: "Hub") -> None:
        """Wait for answers in the threads of another hub."""
        self._http.close()
        self._http = RequestUrl(self.site, other._http.pool)  # noqa: SLF001 - the same class

    def open_ticket(self) -> str:
        """Return a WebSocket URL that can be used once."""
        ticket = self.site.workspace.new_id("")
        self._tickets.add(ticket)
        host = self.site.url.removeprefix("http://")
        return f"ws://{host}/socket?ticket={ticket}&app_id={self.site.app.id}"

    async def endpoint(self, socket: WebSocket) -> None:
        """Serve one connection of the app until it ends."""
        ticket = socket.query_params.get("ticket", "")
        if ticket not in self._tickets:
            await socket.close(code=4403)
            return
        self._tickets.discard(ticket)
        await socket.accept()
        if len(self._connections) >= MAX_CONNECTIONS:
            await self._disconnect(socket, "too_many_websockets")
            return
        try:
            await self._serve(socket)
        finally:
            self._forget(socket)

    async def _serve(self, socket: WebSocket) -> None:
        self._connections.append(socket)
        await socket.send_text(json.dumps(self._hello()))
        self._count()
        for envelope in list(self._open.values()):
            await self._deliver(envelope)
        with contextlib.suppress(WebSocketDisconnect):
            while True:
                self._acknowledge(await socket.receive_text())

    def _hello(self) -> Json:
        return {
            "type": "hello",
            "num_connections": len(self._connections),
            "connection_info": {"app_id": self.site.app.id},
            "debug_info": {"host": "local", "build_number": 1, "approximate_connection_time": 18_060},
        }

    def _forget(self, socket: WebSocket) -> None:
        if socket in self._connections:
            self._connections.remove(socket)
        self._count()

    def _count(self) -> None:
        self.site.connections = len(self._connections)
        self.site.workspace.changed()

    def _acknowledge(self, text: str) -> None:
        try:
            ack = json.loads(text)
            envelope = self._open.get(ack["envelope_id"])
        except (ValueError, TypeError, KeyError):
            self.site.problem(f"The app sent something over Socket Mode that is no ack: {text[:80]!r}")
            return
        if envelope is None:
            if ack["envelope_id"] not in self._seen:
                self.site.problem("The app acknowledged an envelope that it was never sent.")
            return
        if ack.get("payload") and not envelope.body["accepts_response_payload"]:
            self.site.problem(
                f"The app put a payload into the ack of {envelope.body['type']}, which takes none."
            )
        del self._open[envelope.id]
        if not envelope.acked.done():
            envelope.acked.set_result(ack.get("payload"))

    async def _deliver(self, envelope: Envelope) -> None:
        """Send it over one connection, the next in turn; with none it waits for the next hello."""
        if not self._connections:
            return
        socket = self._connections.pop(0)
        self._connections.append(socket)
        attempt = {"retry_attempt": envelope.sent, "retry_reason": "timeout" if envelope.sent else ""}
        envelope.sent += 1
        extra = attempt if envelope.body["type"] == "events_api" else {}
        with contextlib.suppress(RuntimeError, WebSocketDisconnect):
            await socket.send_text(json.dumps(envelope.body | extra))

    async def request(self, kind: str, payload: Json, *, accepts_payload: bool) -> Json | None:
        """Send a payload, and return the payload of the app's ack.

        Raises ``NotAckedError`` if no ack came within ``deadlines.ack_s``.
        """
        if self.site.request_url:
            return await self._post(kind, payload)
        envelope = self._new(kind, payload, accepts_payload=accepts_payload)
        twice, self._send_twice = self._send_twice, False
        await self._deliver(envelope)
        try:
            async with asyncio.timeout(self.site.deadlines.ack_s):
                answer = await envelope.acked
            if twice:
                await self._deliver(envelope)
        except TimeoutError:
            raise NotAckedError(kind) from None
        finally:
            self._open.pop(envelope.id, None)
        return answer

    async def _post(self, kind: str, payload: Json) -> Json | None:
        """Send a payload over HTTP, and return the answer; send it twice after ``redeliver_next``."""
        twice, self._send_twice = self._send_twice, False
        answer = await self._http.post(kind, payload)
        if twice:
            await self._http.post(kind, payload, retry=1)
        return answer

    async def _post_event(self, event: Json, payload: Json) -> None:
        """Send an event over HTTP, and once more if it is not answered."""
        try:
            await self._post("events_api", payload)
        except NotAckedError:
            try:
                await self._http.post("events_api", payload, retry=1)
            except NotAckedError:
                self.site.problem(f"The app did not acknowledge the event {event['type']}.")

    def _new(self, kind: str, payload: Json, *, accepts_payload: bool) -> Envelope:
        body = {
            "envelope_id": f"e-{self.site.workspace.new_id('').lower()}",
            "type": kind,
            "payload": payload,
            "accepts_response_payload": accepts_payload,
        }
        envelope = Envelope(body=body, acked=asyncio.get_running_loop().create_future())
        self._open[envelope.id] = envelope
        self._seen.add(envelope.id)
        return envelope

    def emit(self, event: Json) -> None:
        """Send an event if the app subscribes to it; return at once.

        It is sent again if it is not acknowledged. Without a connection, it waits for the next one.
        """
        if event["type"] not in self.site.app.events or not self.site.installed:
            return
        task = asyncio.get_running_loop().create_task(self.send(event))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def send(self, event: Json, payload: Json | None = None) -> None:
        """Send an event, and once more if it is not acknowledged; return after that.

        ``payload``: the event in another envelope than the usual one.
        """
        payload = payload or payloads.event_callback(self.site, event)
        if self.site.request_url:
            await self._post_event(event, payload)
            return
        envelope = self._new("events_api", payload, accepts_payload=False)
        twice, self._send_twice = self._send_twice, False
        await self._deliver(envelope)
        if not await self._acked(envelope) and envelope.sent:
            await self._deliver(envelope)
            if not await self._acked(envelope):
                self._open.pop(envelope.id, None)
                self.site.problem(f"The app did not acknowledge the event {event['type']}.")
                return
        if twice:
            await self._deliver(envelope)

    async def _acked(self, envelope: Envelope) -> bool:
        await asyncio.wait({envelope.acked}, timeout=self.site.deadlines.ack_s)
        return envelope.acked.done()

    def redeliver_next(self) -> None:
        """Deliver the next envelope once more after it was acknowledged, as Slack sometimes does."""
        self._send_twice = True

    async def drop_connections(self, reason: str | None) -> int:
        """Close all connections, and return their number; without a reason, without notice."""
        dropped, self._connections = self._connections, []
        self._count()
        for socket in dropped:
            await self._disconnect(socket, reason)
        return len(dropped)

    async def _disconnect(self, socket: WebSocket, reason: str | None) -> None:
        with contextlib.suppress(RuntimeError, WebSocketDisconnect):
            if reason is not None:
                notice: dict[str, Any] = {
                    "type": "disconnect",
                    "reason": reason,
                    "debug_info": {"host": "local"},
                }
                await socket.send_text(json.dumps(notice))
            await socket.close(code=1000 if reason else 1011)

    async def stop(self) -> None:
        """Cancel everything that waits for an ack."""
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._http.close()
