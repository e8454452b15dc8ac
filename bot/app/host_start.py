"""Start a host of many workspaces in a thread, so that signals are handled meanwhile."""

import logging
from collections.abc import Callable
from threading import Event, Thread

from bot.app.host import Host
from bot.app.hosting import build_host
from bot.clock import uptime_s
from bot.config import Config
from bot.errors import SlackError
from bot.slack.client.errors import is_unreachable, waits_s
from bot.store.heartbeat import Heartbeat

log = logging.getLogger(__name__)

PATIENCE_S = 1.5
"""Seconds that ``stop`` waits for a start that is in progress."""


class HostStart:
    """Starts a host of many workspaces in a thread, as ``bot.start.Start`` does a bot.

    It waits for Slack only where the data of a single workspace become the first cell. Call ``begin`` and
    ``stop`` once each. ``failure``: why it could not start, or ended by itself.
    """

    def __init__(
        self, config: Config, on_end: Callable[[], None], *, on_start: Callable[[], None] = lambda: None
    ) -> None:
        """Call ``on_start`` when it serves, and ``on_end`` when it has ended by itself or cannot start."""
        self.bot: Host | None = None
        self.failure: BaseException | None = None
        self._config = config
        self._stopping = Event()
        self._waited = False
        self._on_start, self._on_end = on_start, on_end
        self._thread = Thread(target=self._work, name="start", daemon=True)
        self._heartbeat = Heartbeat(config.data_dir, self.works, uptime_s)

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

    def _build(self) -> Host | None:
        """Return the host, once Slack can be reached where it must be; None where it is stopped before."""
        for wait_s in waits_s():
            try:
                return build_host(self._config)
            except SlackError as error:
                if not is_unreachable(error):
                    raise
                self._wait_for_slack(error)
            if self._stopping.wait(wait_s):
                break
        return None

    def _wait_for_slack(self, error: SlackError) -> None:
        if not self._waited:
            self._waited = True
            self._heartbeat.start()  # it works, and no other process has this directory
            log.warning(f"Slack is away, and asked again: {error}", extra={"code": error.reason})  # noqa: G004 - the bot's own words
