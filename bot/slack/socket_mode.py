"""The connection that the bot opens to Slack, and through which everything comes in.

Over ``websockets``, not over the client in Slack's SDK: that one reads with a recursion for every frame that
has come, and beyond some hundreds of them it fails and forgets them all. Of 500 people who press *Reply*
together, up to 306 were not heard.
"""

import json
import logging
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress
from threading import Condition, Event, Thread
from typing import Any

from slack_bolt import App
from slack_bolt.adapter.socket_mode.internals import run_bolt_app, send_response
from slack_sdk.socket_mode.client import BaseSocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest
from websockets.exceptions import ConnectionClosed, ConnectionClosedError, WebSocketException
from websockets.sync.client import ClientConnection, connect

from bot.errors import SlackError, SlackUnavailableError
from bot.slack.calls import Outbox, web_client
from bot.slack.introduction import ask_for_socket
from bot.slack.pace import Pace
from bot.slack.wire import LastingClient

log = logging.getLogger(__name__)

WORKERS = 48
"""Envelopes handled at once: submissions that wait together share one commit and one VACUUM."""

WAITS_S = (0, 1, 2, 5, 10, 30)
"""How long to wait before each attempt to connect again; the last one counts from then on."""

ACK_LIMIT_S = 3.0
"""Slack takes no acknowledgement that comes later."""

CLOSE_S = 1.0
"""How long to wait for Slack's goodbye."""

SILENCE_S = 20.0
"""How long after the last ping the next one goes out, and how long its answer may take.

A connection over which nothing comes back is given up after 41 seconds at most, and dialled anew.
"""


class SocketMode(BaseSocketModeClient):
    """A Socket Mode connection that reconnects by itself. ``connect`` and ``close`` are called once each."""

    def __init__(
        self, bolt: App, outbox: Outbox, app_token: str, api_url: str, *, silence_s: float = SILENCE_S
    ) -> None:
        """Hand what comes in to ``bolt``, and let the ``outbox`` speak after each acknowledgement.

        ``silence_s``: as ``SILENCE_S``.
        """
        self.logger = logging.getLogger("bot.slack.sdk")
        self._ended = Event()
        self.web_client: LastingClient = web_client("", api_url, pace=Pace(time.monotonic, self._ended))
        self.app_token = app_token
        self._silence_s = silence_s
        self._told: set[str] = set()
        self._bolt = bolt
        self._outbox = outbox
        self._workers = ThreadPoolExecutor(max_workers=WORKERS, thread_name_prefix="envelope")
        self._turn = Condition()
        self._connection: ClientConnection | None = None
        self._held = ExitStack()
        self._attempt = 0
        self._reader = Thread(target=self._read, name="socket-mode", daemon=True)

    def connect(self) -> None:
        """Open the connection.

        Raises ``SlackError`` when Slack refuses the app token, ``SlackUnavailableError`` when it is away.
        """
        self._dial()
        self._reader.start()

    def close(self) -> None:
        """Close the connection, after what is being handled; what comes in meanwhile Slack sends again.

        A connection that is only being opened is not waited for longer than ``CLOSE_S``.
        """
        self._ended.set()
        self.web_client.hang_up()
        with self._turn:
            self._turn.notify_all()
        self._workers.shutdown()
        if self._connection is not None:
            self._connection.close()
            self._reader.join(CLOSE_S)

    def send_message(self, message: str) -> None:
        """Send a text; if the connection ended meanwhile, over the one that takes its place."""
        connection = self._connection
        try:
            self._send(connection, message)
        except ConnectionClosed:
            with self._turn:
                self._turn.wait_for(
                    lambda: self._connection is not connection or self._ended.is_set(), ACK_LIMIT_S
                )
            self._send(self._connection, message)

    @staticmethod
    def _send(connection: ClientConnection | None, message: str) -> None:
        if connection is not None:
            connection.send(message)

    def _dial(self) -> None:
        """Open a connection in place of the one before, which is closed when the new one is there."""
        url = ask_for_socket(self.web_client, self.app_token)
        held = ExitStack()
        try:
            opening = connect(
                url,
                compression=None,
                max_size=None,
                ping_interval=self._silence_s,
                ping_timeout=self._silence_s,
                close_timeout=CLOSE_S,
                logger=self.logger,
            )
            connection = held.enter_context(opening)
        except (WebSocketException, OSError):
            raise SlackUnavailableError("no_connection", "Slack could not be reached.") from None
        with self._turn:
            before, self._held, self._connection = self._held, held, connection
            self._turn.notify_all()
        before.close()

    def _read(self) -> None:
        while not self._ended.is_set():
            self._listen()
            self._dial_again()
        self._held.close()

    def _dial_again(self) -> None:
        while not self._ended.wait(WAITS_S[min(self._attempt, len(WAITS_S) - 1)]):
            self._attempt += 1
            try:
                self._dial()
            except SlackError as error:
                self._tell("not connected", error.reason)
            else:
                return

    def _listen(self) -> None:
        """Hand on what comes in, until the connection ends or Slack asks for another one."""
        ending = "closed"
        try:
            for text in self._connection or ():
                message = _parsed(text)
                if message.get("type") == "hello":
                    self._welcomed()
                if message.get("type") == "disconnect":
                    return
                with suppress(RuntimeError):  # the workers have gone home
                    self._workers.submit(self._handle, message)
        except ConnectionClosedError as error:
            ending = "cut" if error.rcvd or not error.sent else "silent"
        self._tell("connection lost", ending)

    def _welcomed(self) -> None:
        self._attempt = 0
        if self._told:
            self._told.clear()
            log.warning("connected again")

    def _tell(self, trouble: str, code: str) -> None:
        """Tell the log what keeps Slack away: each thing once until it is over, however long it lasts."""
        if code in self._told or self._ended.is_set():
            return
        self._told.add(code)
        log.warning(trouble, extra={"code": code})

    def _handle(self, message: dict[str, Any]) -> None:
        """Acknowledge first; what a listener had to tell Slack goes out right after."""
        request = SocketModeRequest.from_dict(message)
        if request is None:
            return
        try:
            with self._outbox.after_ack():
                send_response(self, request, run_bolt_app(self._bolt, request), start_time=0.0)
        except Exception as error:  # noqa: BLE001 - a text of a foreign exception may hold a reply
            log.error("envelope failed", extra={"code": type(error).__name__})  # noqa: TRY400


def _parsed(text: str | bytes) -> dict[str, Any]:
    try:
        message = json.loads(text)
    except ValueError:
        message = None
    if isinstance(message, dict):
        return message
    log.warning("message without sense")
    return {}
