"""Start a host of many workspaces, or a worker, in a thread, so that signals are handled meanwhile."""

import logging
from collections.abc import Callable
from pathlib import Path
from threading import Event, Thread
from typing import Protocol

from bot.clock import uptime_s
from bot.config import Config
from bot.errors import BotError, SlackError
from bot.slack.client.errors import is_unreachable, waits_s
from bot.store.heartbeat import Heartbeat

log = logging.getLogger(__name__)

PATIENCE_S = 1.5
"""Seconds that ``stop`` waits for a start that is in progress."""


class Hosting(Protocol):
    """A host of many workspaces, or a worker."""

    on_end: Callable[[], None]

    @property
    def uninstalled(self) -> bool:
        """Return whether it ended because nobody has the bot any more."""

    @property
    def failure(self) -> BotError | None:
        """Return why it ended by itself."""

    def start(self) -> None:
        """Serve. Raises ``BotError``; call ``release`` then."""

    def release(self) -> None:
        """Release everything after a failed start."""

    def stop(self) -> None:
        """Stop, and release everything."""

    def works(self) -> bool:
        """Return whether it serves."""

    def reload_prompts(self, read: Callable[[], Config]) -> None:
        """Read the packs again."""


class HostStart:
    """Starts a host of many workspaces, or a worker, in a thread, as ``bot.start.Start`` does a bot.

    It waits for PostgreSQL, and for Slack where the data of a single workspace become the first cell. Call
    ``begin`` and ``stop`` once each. ``failure``: why it could not start, or ended by itself.
    """

    def __init__(
        self,
        build: Callable[[], Hosting],
        folder: Path,
        on_end: Callable[[], None],
        *,
        on_start: Callable[[], None] = lambda: None,
    ) -> None:
        """Start what ``build`` makes, and write its heartbeat into ``folder``.

        ``on_start`` is called when it serves, and ``on_end`` when it has ended by itself or cannot start.
        """
        self.bot: Hosting | None = None
        self.failure: BaseException | None = None
        self._new = build
        self._stopping = Event()
        self._waited = False
        self._on_start, self._on_end = on_start, on_end
        self._thread = Thread(target=self._work, name="start", daemon=True)
        self._heartbeat = Heartbeat(folder, self.works, uptime_s)

    def begin(self) -> None:
        """Begin to start. ``on_end`` is called if that fails."""
        self._thread.start()

    def works(self) -> bool:
        """Return whether it serves, or is being started."""
        return self._thread.is_alive() or (self.bot is not None and self.bot.works())

    def stop(self) -> None:
        """Stop what was started or is being started."""
        self._stopping.set()
        self._heartbeat.stop()
        self._thread.join(PATIENCE_S)
        if self.bot:
            self.bot.stop()
            self.failure = self.failure or self.bot.failure

    def reload_prompts(self, read: Callable[[], Config]) -> None:
        """Make a running host read its packs again."""
        if self.bot:
            self.bot.reload_prompts(read)

    def _work(self) -> None:
        try:
            host = self._build()
            if host is None:
                return
            host.on_end = self._on_end
            try:
                host.start()
            except BaseException:
                host.release()
                raise
            self.bot = host
            if not self._waited:
                self._heartbeat.start()
            self._on_start()
        except BaseException as error:  # noqa: BLE001 - the caller that waits for the end raises it
            self.failure = error
            self._on_end()

    def _build(self) -> Hosting | None:
        """Return what was built, once it can reach what it must; None where it is stopped before."""
        for wait_s in waits_s():
            try:
                return self._new()
            except BotError as error:
                if not _is_away(error):
                    raise
                self._wait_for(error)
            if self._stopping.wait(wait_s):
                break
        return None

    def _wait_for(self, error: BotError) -> None:
        if not self._waited:
            self._waited = True
            self._heartbeat.start()  # it works, and no other process has this directory
            who = "Slack" if isinstance(error, SlackError) else "PostgreSQL"
            reason = error.reason if isinstance(error, SlackError) else error.code
            log.warning(f"{who} is away, and asked again: {error}", extra={"code": reason})  # noqa: G004 - the bot's own words


def _is_away(error: BotError) -> bool:
    """Return whether this passes by itself."""
    return is_unreachable(error) if isinstance(error, SlackError) else error.code == "database_away"
