"""Post signed requests to the app's request URL in HTTP mode, and wait for the answers."""

import asyncio
import hashlib
import hmac
import json
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from urllib.parse import urlencode

from bot.demo.site import Site
from bot.demo.workspace import Json

JSON_TYPE, FORM_TYPE = "application/json", "application/x-www-form-urlencoded"


class NotAckedError(Exception):
    """The app did not acknowledge an envelope or a request in time, or answered it not with 200."""


@dataclass(slots=True)
class RequestUrl:
    """A client that posts to the URL where the app listens, and reads its answers."""

    site: Site
    pool: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(64, "request-url"))
    """The threads that wait for answers; all workspaces share them."""

    async def post(self, kind: str, payload: Json, *, retry: int = 0) -> Json | None:
        """Post a payload and return the app's answer, or None if it is empty. Raises ``NotAckedError``.

        ``kind``: as in a Socket Mode envelope: interactive, slash_commands or events_api.
        """
        again = {"X-Slack-Retry-Num": str(retry), "X-Slack-Retry-Reason": "http_timeout"} if retry else {}
        body, content_type = _encoded(kind, payload)
        headers = {"Content-Type": content_type, **self.signature(body), **again}
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(self.site.deadlines.ack_s):
                return await loop.run_in_executor(self.pool, self._send, body, headers)
        except TimeoutError:
            raise NotAckedError(kind) from None

    def signature(self, body: bytes) -> dict[str, str]:
        """Return the headers that sign this body at the present time of the workspace."""
        stamp = str(int(self.site.clock.now().timestamp()) + self.site.signs_late_s)
        secret = self.site.app.credentials.signing_secret.encode()
        signed = hmac.new(secret, b":".join((b"v0", stamp.encode(), body)), hashlib.sha256)
        return {"X-Slack-Request-Timestamp": stamp, "X-Slack-Signature": f"v0={signed.hexdigest()}"}

    def close(self) -> None:
        """Accept no more requests."""
        self.pool.shutdown(wait=False)

    def _send(self, body: bytes, headers: dict[str, str]) -> Json | None:
        request = urllib.request.Request(self.site.request_url, body, headers)  # noqa: S310 - loopback
        try:
            with urllib.request.urlopen(request, timeout=self.site.deadlines.ack_s) as answer:  # noqa: S310
                text = answer.read().decode()
                kind = answer.headers.get_content_type()
        except (urllib.error.URLError, OSError) as error:
            raise NotAckedError(str(error)) from None
        if not text:
            return None
        found: Json = json.loads(text) if kind == JSON_TYPE else {"text": text}
        return found


def _encoded(kind: str, payload: Json) -> tuple[bytes, str]:
    """Return the body and its type: events as JSON, interactions as one form field, commands as a form."""
    if kind == "events_api":
        return json.dumps(payload).encode(), JSON_TYPE
    if kind == "slash_commands":
        return urlencode(payload).encode(), FORM_TYPE
    return urlencode({"payload": json.dumps(payload)}).encode(), FORM_TYPE
