"""OAuth states: used once, for ten minutes, in the browser that began.

A state ties the answer of Slack to the person who began the installation; without it, somebody could have
another person's browser finish an installation of theirs (RFC 6749, section 10.12).
"""

import asyncio
import hmac
import secrets
from collections.abc import Callable
from concurrent.futures import Executor
from datetime import datetime
from functools import partial
from urllib.parse import urlsplit

from slack_sdk.oauth import OAuthStateUtils
from slack_sdk.oauth.state_store.async_state_store import AsyncOAuthStateStore

from bot.ports.installations import InstallationsFile

LIFETIME_S = 600
"""How long a state can be used."""

NONCE_BYTES = 16
COOKIE = "belonging-install"


class OneTimeStates(AsyncOAuthStateStore):
    """Signed states: nothing is stored when one is issued, since anybody can ask for as many as they like.

    Those that were used are in the SDK's table until they expire. The key is derived from the client secret,
    so that a state is good, and a used one is not, also after a restart. A state is ``nonce.expiry.mac``;
    the expiry is in milliseconds since 1970. ``clock`` returns the current time (UTC). Its coroutines work in
    a thread, and raise ``StoreError``.
    """

    def __init__(
        self,
        file: InstallationsFile,
        clock: Callable[[], datetime],
        client_secret: str,
        executor: Executor | None = None,
    ) -> None:
        """Use this file, once it is prepared. ``executor``: else the threads of the loop."""
        self._file = file
        self.now = clock
        self._key = hmac.digest(client_secret.encode(), b"belonging-bot OAuth state", "sha256")
        self._executor = executor

    async def async_issue(self, *args: object, **kwargs: object) -> str:
        """Return a new state."""
        del args, kwargs  # the SDK hands nothing that is needed
        return self.issue_now()

    async def async_consume(self, state: str) -> bool:
        """Return whether this state may be used, which it can be only now."""
        if not self._is_ours(state):
            return False
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._executor, partial(self.consume_now, state))

    def issue_now(self) -> str:
        """Do the same as ``async_issue``, without a loop."""
        body = f"{secrets.token_urlsafe(NONCE_BYTES)}.{self._now_ms() + LIFETIME_S * 1000}"
        return f"{body}.{self._mac(body)}"

    def consume_now(self, state: str) -> bool:
        """Do the same as ``async_consume``, without a loop."""
        if not self._is_ours(state):
            return False
        now_ms, expires_ms = self._now_ms(), int(state.split(".")[1])
        if not now_ms < expires_ms <= now_ms + LIFETIME_S * 1000:
            return False  # one that lasts longer than a new one comes from a clock that was ahead
        with self._file.transaction() as connection:
            connection.delete_expired_states(now_ms / 1000)
            return connection.use_state(state, expires_ms / 1000)

    def _is_ours(self, state: str) -> bool:
        """Return whether the state was issued with this key. The whole text counts: it has no variants."""
        body, _, mac = state.rpartition(".")
        return state.isascii() and hmac.compare_digest(self._mac(body), mac)

    def _mac(self, body: str) -> str:
        return hmac.new(self._key, body.encode(errors="replace"), "sha256").hexdigest()

    def _now_ms(self) -> int:
        return int(self.now().timestamp() * 1000)


class StateCookie(OAuthStateUtils):
    """The cookie that holds the state in the browser, for the callback.

    The prefix ``__Host-`` lets no other host of the domain set it. Browsers take it over https only, and for
    the whole host: without https, as in the demo, the cookie goes to the callback alone.

    Source: https://datatracker.ietf.org/doc/html/draft-ietf-httpbis-rfc6265bis, section 4.1.3.2.
    """

    def __init__(self, callback_url: str) -> None:
        """``callback_url``: such as ``https://example.org/slack/oauth_redirect``."""
        parts = urlsplit(callback_url)
        secure = parts.scheme == "https"
        name = f"__Host-{COOKIE}" if secure else COOKIE
        super().__init__(cookie_name=name, expiration_seconds=LIFETIME_S)
        self._path = "/" if secure else parts.path

    def build_set_cookie_for_new_state(self, state: str) -> str:
        """Return the header that sets the cookie. ``Lax``: Slack sends people back by a link."""
        return f"{self.cookie_name}={state}; Max-Age={LIFETIME_S}; {self._attributes()}"

    def build_set_cookie_for_deletion(self) -> str:
        """Return the header that removes the cookie."""
        return f"{self.cookie_name}=deleted; Max-Age=0; {self._attributes()}"

    def _attributes(self) -> str:
        return f"Path={self._path}; Secure; HttpOnly; SameSite=Lax"
