"""What stands between the bot and Socket Mode: it hands frames on, or does to them what a script says."""

import socket
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from threading import Lock, Thread
from typing import Self
from urllib.parse import urlsplit

from websockets.exceptions import ConnectionClosed, WebSocketException
from websockets.sync.client import ClientConnection, connect
from websockets.sync.server import Server, ServerConnection, serve

CLOSE_S = 1


class To(StrEnum):
    """Where a frame goes."""

    BOT = "bot"
    SLACK = "slack"


Pass = Callable[[To, str], Iterable[str]]
"""Which frames go on in place of this one: itself, none, several, or others."""

Passed = Callable[[int, To, str], None]
"""Told of each frame that has gone on, and to or from which life of the bot."""


@dataclass(slots=True, eq=False)
class Pair:
    """One connection of a life of the bot, and the one behind it to the local Slack."""

    life: int
    bot: ServerConnection
    slack: ClientConnection

    def cut(self) -> None:
        """End the connection to the bot, without a goodbye."""
        with suppress(OSError):
            self.bot.socket.shutdown(socket.SHUT_RDWR)


class SocketFront:
    """The front. ``decide`` says what goes on of each frame; ``passed`` hears of what has."""

    def __init__(self, upstream: str, decide: Pass, passed: Passed) -> None:
        self._upstream = f"ws://{urlsplit(upstream).netloc}"
        self._decide, self._passed = decide, passed
        self._lock = Lock()
        self._pairs: list[Pair] = []
        self._expected: dict[str, int] = {}
        self._server: Server = serve(
            self._serve,
            "127.0.0.1",
            0,
            compression=None,
            max_size=None,
            ping_interval=None,
            close_timeout=CLOSE_S,
        )
        self._thread = Thread(target=self._server.serve_forever, name="socket-front", daemon=True)
        self.address = f"ws://127.0.0.1:{self._server.socket.getsockname()[1]}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        for pair in self.pairs():
            pair.cut()
        self._server.shutdown()
        self._thread.join()

    def instead_of(self, url: str, life: int) -> str:
        """The address at which this life of the bot reaches what Slack has at that one."""
        to = urlsplit(url)
        path = f"{to.path}?{to.query}"
        with self._lock:
            self._expected[path] = life
        return self.address + path

    def pairs(self) -> list[Pair]:
        """The connections of this moment, the oldest first."""
        with self._lock:
            return list(self._pairs)

    def say(self, frame: str) -> None:
        """Send this to the bot over its newest connection, as if it came from Slack."""
        self.pairs()[-1].bot.send(frame)

    def cut(self) -> int:
        """How many connections were ended, without a goodbye."""
        pairs = self.pairs()
        for pair in pairs:
            pair.cut()
        return len(pairs)

    def _serve(self, bot: ServerConnection) -> None:
        path = bot.request.path if bot.request else ""
        with self._lock:
            life = self._expected.pop(path, None)
        if life is None:
            bot.close(4403)
            return
        with suppress(OSError, WebSocketException):
            behind = connect(
                self._upstream + path,
                compression=None,
                max_size=None,
                ping_interval=None,
                close_timeout=CLOSE_S,
            )
            with behind as slack:
                self._carry(Pair(life, bot, slack))

    def _carry(self, pair: Pair) -> None:
        with self._lock:
            self._pairs.append(pair)
        down = Thread(target=self._pump, args=(pair, To.BOT), name="to-bot", daemon=True)
        down.start()
        try:
            self._pump(pair, To.SLACK)
        finally:
            with self._lock:
                self._pairs.remove(pair)
            pair.slack.close()
            down.join()

    def _pump(self, pair: Pair, to: To) -> None:
        """Carry frames one way, until either side has gone; then the other is told to go, too."""
        one, other = (pair.slack, pair.bot) if to is To.BOT else (pair.bot, pair.slack)
        with suppress(ConnectionClosed, OSError):
            for frame in one:
                text = frame if isinstance(frame, str) else frame.decode()
                for sent in self._decide(to, text):
                    other.send(sent)
                    self._passed(pair.life, to, sent)
        with suppress(ConnectionClosed, OSError):
            other.close()
