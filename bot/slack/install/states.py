"""OAuth states: used once, for ten minutes, in the browser that began.

A state ties the answer of Slack to the person who began the installation; without it, somebody could have
another person's browser finish an installation of theirs (RFC 6749, section 10.12).
"""

import asyncio
import secrets
from collections.abc import Callable
from concurrent.futures import Executor
from datetime import datetime
from functools import partial

from slack_sdk.oauth import OAuthStateUtils
from slack_sdk.oauth.state_store.async_state_store import AsyncOAuthStateStore

from bot.errors import StoreError
from bot.ports.installations import InstallationsFile

LIFETIME_S = 600
"""How long a state can be used."""

MOST_STATES = 10_000
"""How many states there may be at once: more come from a program, and would fill the disk."""

STATE_BYTES = 32
COOKIE = "belonging-install"


class OneTimeStates(AsyncOAuthStateStore):
    """The states in the SDK's table. A state is taken in one statement, so that only one request gets it.

    ``clock`` returns the current time (UTC). Its coroutines work in a thread, and raise ``StoreError``.
    """

    def __init__(
        self, file: InstallationsFile, clock: Callable[[], datetime], executor: Executor | None = None
    ) -> None:
        """Use this file, once it is prepared. ``executor``: else the threads of the loop."""
        self._file = file
        self._clock = clock
        self._executor = executor

    async def async_issue(self, *args: object, **kwargs: object) -> str:
        """Return a new state, and delete those that have expired."""
        del args, kwargs  # the SDK hands nothing that is needed
        return await asyncio.get_running_loop().run_in_executor(self._executor, self.issue_now)

    async def async_consume(self, state: str) -> bool:
        """Return whether this state may be used, which it can be only now."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._executor, partial(self.consume_now, state))

    def issue_now(self) -> str:
        """Do the same as ``async_issue``, without a loop."""
        state = secrets.token_urlsafe(STATE_BYTES)
        now_s = self._now_s()
        with self._file.transaction() as connection:
            connection.delete_expired_states(now_s, LIFETIME_S)
            if connection.count_states() >= MOST_STATES:
                raise StoreError("Too many installations have begun and not ended.", code="too_many_states")
            connection.insert_state(state, now_s + LIFETIME_S)
        return state

    def consume_now(self, state: str) -> bool:
        """Do the same as ``async_consume``, without a loop."""
        now_s = self._now_s()
        with self._file.transaction() as connection:
            taken = connection.take_state(state, now_s, LIFETIME_S)
            connection.delete_expired_states(now_s, LIFETIME_S)
        return taken

    def _now_s(self) -> float:
        return self._clock().timestamp()


class StateCookie(OAuthStateUtils):
    """The cookie that holds the state in the browser: sent to the callback only, and to nothing else."""

    def __init__(self, path: str) -> None:
        """``path``: of the callback, such as ``/slack/oauth_redirect``."""
        super().__init__(cookie_name=COOKIE, expiration_seconds=LIFETIME_S)
        self._path = path

    def build_set_cookie_for_new_state(self, state: str) -> str:
        """Return the header that sets the cookie. ``Lax``: Slack sends people back by a link."""
        return f"{COOKIE}={state}; Max-Age={LIFETIME_S}; {self._attributes()}"

    def build_set_cookie_for_deletion(self) -> str:
        """Return the header that removes the cookie."""
        return f"{COOKIE}=deleted; Max-Age=0; {self._attributes()}"

    def _attributes(self) -> str:
        return f"Path={self._path}; Secure; HttpOnly; SameSite=Lax"
