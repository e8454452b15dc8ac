"""The connection that the bot opens to Slack, and through which everything comes in."""

import contextlib
import logging
import socket

from slack_bolt import App
from slack_bolt.adapter.socket_mode import SocketModeHandler
from slack_sdk.socket_mode.builtin import SocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest

from bot.errors import SlackError
from bot.slack.calls import Outbox, in_our_words, web_client

WORKERS = 48
"""Envelopes handled at once: submissions that wait together share one commit and one VACUUM."""


class _Handler(SocketModeHandler):
    """Acknowledges first; what a listener had to tell Slack goes out right after."""

    outbox: Outbox

    def handle(self, client: SocketModeClient, req: SocketModeRequest) -> None:  # type: ignore[override]
        with self.outbox.after_ack():
            super().handle(client, req)


class SocketMode:
    """A Socket Mode connection that reconnects by itself. ``connect`` and ``close`` are called once each."""

    def __init__(self, bolt: App, outbox: Outbox, app_token: str, api_url: str) -> None:
        """Hand what comes in to ``bolt``, and let the ``outbox`` speak after each acknowledgement."""
        handler = _Handler(
            bolt,
            app_token=app_token,
            web_client=web_client("", api_url),
            logger=logging.getLogger("bot.slack.sdk"),
            concurrency=WORKERS,
        )
        handler.outbox = outbox
        self._client = handler.client

    def connect(self) -> None:
        """Open the connection. Raises ``SlackError`` when Slack refuses the app token."""
        try:
            with in_our_words():
                self._client.connect()
        except SlackError as error:
            raise SlackError(
                error.reason,
                f"Slack refused the app token: {error.reason}.",
                remedy="SLACK_APP_TOKEN must be an app-level token with the scope connections:write.",
            ) from None

    def close(self) -> None:
        """Close the connection, after what is being handled.

        The SDK would wait up to three seconds for one more frame and another for one more message; so its
        socket is woken, and its queue.
        """
        self._client.closed = True
        self._client.auto_reconnect_enabled = False
        session = self._client.current_session
        if session is not None and session.sock is not None:
            with contextlib.suppress(OSError):
                session.sock.shutdown(socket.SHUT_RDWR)
        self._client.message_queue.put(None)
        self._client.close()
