"""Start the bot in a thread, and retry while Slack is unreachable or another program uses the data.

Meanwhile keys and replies of rounds that are over are destroyed. They must not be kept longer because Slack
is unreachable.
"""

import logging
import time
from collections.abc import Callable
from contextlib import ExitStack
from threading import Thread
from typing import Protocol, cast

from bot.app import Bot, build, system_clock
from bot.app.cell import Owner, Surroundings, open_files, services_of
from bot.app.unreachable import UnreachableSlack
from bot.clock import CheckedClock, uptime_s
from bot.config import Config, PackRegistry, check_tokens, shipped_languages
from bot.core.check_rules import Level, judge_scopes
from bot.core.model import WorkspaceId
from bot.errors import SlackError, StoppingError, StoreError
from bot.ports import Clock, Directory, Messenger, Services, Timer
from bot.service.without_slack import scrub_due
from bot.slack.client.calls import web_client
from bot.slack.client.errors import is_unreachable, waits_s
from bot.slack.client.rate_limits import RateLimiter
from bot.slack.startup import Startup, check_bot_token
from bot.store.heartbeat import Heartbeat
from bot.store.lock import InstanceLock, prepare

log = logging.getLogger(__name__)

ONE_TRY_S = 5
"""Seconds that one attempt may wait for an answer from Slack."""

PATIENCE_S = 1.5
"""Seconds that ``stop`` waits for a start that is in progress, before it stops what has been started."""


IN_USE = "in_use"
"""The error code of a file that another program uses. That program may release the file later."""


class Build(Protocol):
    """The signature of ``bot.app.build``."""

    def __call__(
        self, config: Config, clock: Clock, limiter: RateLimiter, *, elapsed: Callable[[], float]
    ) -> Bot:
        """Return a bot; raises ``BotError``."""


class Start:
    """Starts a bot, and retries while Slack is unreachable or another program uses the data.

    Call ``begin`` and ``stop`` once each.

    ``bot`` is the bot that was started. ``failure`` is the error because of which no bot could be started, or
    because of which the bot ended by itself.
    """

    def __init__(  # noqa: PLR0913 - what build takes, by name
        self,
        config: Config,
        on_end: Callable[[], None],
        *,
        on_start: Callable[[], None] = lambda: None,
        limiter: RateLimiter | None = None,
        clock: Clock = system_clock,
        elapsed: Callable[[], float] = uptime_s,
        build: Build = build,
    ) -> None:
        """Call ``on_start`` when the bot runs, and ``on_end`` when it has ended by itself or cannot start.

        The other arguments are for ``build``.
        """
        self.bot: Bot | None = None
        self.failure: BaseException | None = None
        self._config = config
        self._on_start, self._on_end = on_start, on_end
        self._limiter = limiter or RateLimiter(time.monotonic)
        self._wall, self._elapsed = clock, elapsed
        self._build = build
        self._clock = CheckedClock(clock, elapsed)
        self._logged: set[str] = set()
        self._client = web_client(
            config.secrets.bot_token, config.slack.api_url, timeout_s=ONE_TRY_S, time_call=self._clock.listen
        )
        self._thread = Thread(target=self._work, name="start", daemon=True)
        self._heartbeat = Heartbeat(config.data_dir, self.works, elapsed)

    def begin(self) -> None:
        """Begin to start the bot. ``on_end`` is called if this does not lead to a running bot."""
        self._thread.start()

    def works(self) -> bool:
        """Return whether the bot works, or the start waits for Slack or for another program."""
        bot = self.bot
        return self._thread.is_alive() or (bot is not None and bot.works())

    def stop(self) -> None:
        """Stop what was started or is being started, within five seconds."""
        self._heartbeat.stop()
        self._limiter.stop()
        self._client.stop_calls()
        if self._thread.is_alive():
            self._thread.join(PATIENCE_S)
        if self.bot:
            self.bot.stop()
            self.failure = self.failure or self.bot.failure
        elif not self.failure:
            log.info("stopped")

    def reload_prompts(self, read: Callable[[], Config]) -> None:
        """Make a running bot read its packs again. A bot that is being started reads them anyway."""
        if self.bot:
            self.bot.reload_prompts(read)

    def _work(self) -> None:
        try:
            self._start()
        except StoppingError:
            return
        except BaseException as error:  # noqa: BLE001 - the caller that waits for the end raises it
            self.failure = error
            self._on_end()

    def _start(self) -> None:
        config = self._config
        check_tokens(config)
        prepare(config.data_dir, config.ballots_dir, config.keys_dir)
        with InstanceLock(config.data_dir):
            self._heartbeat.start()  # from here on no other bot has this directory
            self._wait_for_slack()
        for wait_s in waits_s():
            try:
                self._run()
            except (SlackError, StoreError) as error:
                if not _may_pass(error):
                    raise
                self._log_waiting(error)
            else:
                return
            self._limiter.wait(wait_s)
            with InstanceLock(config.data_dir):
                self._wait_for_slack()

    def _run(self) -> None:
        """Build a bot and start it.

        Raises ``BotError``. If another try may succeed, nothing is left open.
        """
        bot = self._build(self._config, self._wall, self._limiter, elapsed=self._elapsed)
        bot.on_end = self._on_end
        self.bot = bot
        try:
            bot.start()
        except (SlackError, StoreError) as error:
            if _may_pass(error):
                self.bot = None
                bot.release()
            raise
        self._on_start()

    def _wait_for_slack(self) -> None:
        """Wait until Slack accepts the bot token. Meanwhile destroy keys and replies of rounds that are over.

        Raises ``SlackError`` if Slack refuses the token, and ``StoppingError`` after ``stop``.
        """
        with ExitStack() as opened:
            services: Services | None = None
            for wait_s in waits_s():
                try:
                    self._log_missing(check_bot_token(self._client))
                except StoppingError:
                    raise
                except SlackError as error:
                    services = services or self._services_without_slack(opened)
                    if services:
                        scrub_due(services)
                    if not is_unreachable(error):
                        raise
                    self._log_waiting(error)
                else:
                    return
                self._limiter.wait(wait_s)

    def _log_missing(self, startup: Startup) -> None:
        """Log the scopes that the bot token lacks, once."""
        for finding in judge_scopes(startup.scopes):
            if finding.level is Level.ERROR and finding.what not in self._logged:
                self._logged.add(finding.what)
                log.warning(f"{finding.where}: {finding.what} {finding.remedy}")  # noqa: G004 - the bot's own words

    def _log_waiting(self, error: SlackError | StoreError) -> None:
        """Log what the start waits for, once for each reason."""
        # The logged texts are the bot's own words, with an address or a path from config.yaml.
        if isinstance(error, SlackError):
            what, code, told = f"Slack is away, and asked again: {error}", error.reason, error.reason
        else:
            what, code, told = f"waits: {error.message}", error.code, error.message
        if told not in self._logged:
            self._logged.add(told)
            log.warning(what, extra={"code": code})

    def _services_without_slack(self, opened: ExitStack) -> Services | None:
        """Return services without Slack, or None if the store cannot be opened now.

        The start reports the reason later.
        """
        config = self._config
        with ExitStack() as files:
            try:
                found = open_files(config, self._clock, files)
                found.boxes.canonicalise()
            except StoreError as error:
                log.error("not scrubbed", extra={"code": error.code})  # noqa: TRY400 - the code says enough
                return None
            opened.push(files.pop_all())
        nobody = Owner(workspace=WorkspaceId(""), organisation="")  # needed only to reply, ask or be asked
        around = Surroundings(
            messenger=cast(Messenger, UnreachableSlack()),
            directory=cast(Directory, UnreachableSlack()),
            timer=cast(Timer, UnreachableSlack()),
            clock=self._clock,
            languages=shipped_languages(),
            packs=PackRegistry(config.settings.packs),
        )
        return services_of(config, found, nobody, around)


def _may_pass(error: SlackError | StoreError) -> bool:
    """Return whether to retry the start: Slack is unreachable, or another program uses the data."""
    return is_unreachable(error) if isinstance(error, SlackError) else error.code == IN_USE
