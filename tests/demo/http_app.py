"""An app in HTTP mode: Bolt's own OAuth flow with the SDK's stock stores, and a note of every request."""

import json
import logging
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Self
from urllib.parse import parse_qs, urlsplit

from slack_bolt import BoltRequest
from slack_bolt.oauth import OAuthFlow
from slack_bolt.oauth.oauth_settings import OAuthSettings
from slack_bolt.response import BoltResponse
from slack_sdk import WebClient
from slack_sdk.oauth.installation_store import FileInstallationStore, Installation
from slack_sdk.oauth.state_store import FileOAuthStateStore
from slack_sdk.signature import Clock, SignatureVerifier

from bot.demo.server import DemoServer
from tests.demo.conftest import MANIFEST

SCOPES: list[str] = MANIFEST["oauth_config"]["scopes"]["bot"]
LIFETIME_S = 600


class HttpApp:
    """The app: ``heard`` has the payloads of signed requests, in order."""

    def __init__(self, server: DemoServer, folder: Path) -> None:
        self.server = server
        self.heard: list[dict[str, Any]] = []
        self.page = ""
        """The page before the one of Slack; empty if the app leads to Slack at once."""
        self._http = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.url = f"http://127.0.0.1:{self._http.server_address[1]}"
        self.store = FileInstallationStore(base_dir=str(folder / "installations"), client_id=server.client_id)
        quiet = logging.getLogger("quiet")
        quiet.disabled = True
        self.flow = OAuthFlow(
            client=WebClient(base_url=server.api_url),
            logger=quiet,
            settings=OAuthSettings(
                client_id=server.client_id,
                client_secret=server.client_secret,
                scopes=SCOPES,
                redirect_uri=f"{self.url}/slack/oauth_redirect",
                authorization_url=f"{server.url}/oauth/v2/authorize",
                installation_store=self.store,
                state_store=FileOAuthStateStore(
                    expiration_seconds=LIFETIME_S, base_dir=str(folder / "states")
                ),
            ),
        )
        server.redirect_urls.append(f"{self.url}/slack")
        server.request_url = f"{self.url}/slack/events"

    def __enter__(self) -> Self:
        self._thread = threading.Thread(target=self._http.serve_forever, args=(0.01,))
        self._thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._http.shutdown()
        self._thread.join()
        self._http.server_close()

    def installation(self, team: str | None, enterprise: str | None = None) -> Installation | None:
        """What the SDK's store has of this workspace or organization."""
        return self.store.find_installation(
            enterprise_id=enterprise, team_id=team, is_enterprise_install=team is None
        )

    def hear(self, headers: dict[str, str], body: str) -> None:
        """Keep a request that is signed."""
        clock = Clock()
        clock.now = self.server.site.clock.now().timestamp  # type: ignore[method-assign]
        verifier = SignatureVerifier(self.server.signing_secret, clock=clock)
        assert verifier.is_valid_request(body, headers)
        self.heard.append(_payload(headers["Content-Type"], body))

    def show(self, path: str, headers: dict[str, str]) -> BoltResponse:
        """Answer a GET, as Bolt's own adapters do."""
        parts = urlsplit(path)
        request = BoltRequest(body="", query=parts.query, headers=headers)
        if parts.path == "/slack/oauth_redirect":
            return self.flow.handle_callback(request)
        if parts.path != "/slack/install":
            return BoltResponse(status=404, body="")
        if self.page and not parts.query:
            return BoltResponse(status=200, body=self.page)
        return self.flow.handle_installation(request)

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        app = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self._answer(app.show(self.path, dict(self.headers)))

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"])).decode()
                app.hear(dict(self.headers), body)
                self._answer(BoltResponse(status=200, body=""))

            def _answer(self, answer: BoltResponse) -> None:
                self.send_response(answer.status)
                for name, values in answer.headers.items():
                    for value in values:
                        self.send_header(name, value)
                body = answer.body.encode()
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_args: object) -> None:
                pass

        return Handler


def _payload(kind: str, body: str) -> dict[str, Any]:
    if kind == "application/json":
        found: dict[str, Any] = json.loads(body)
        return found
    form = {name: values[0] for name, values in parse_qs(body, keep_blank_values=True).items()}
    if "payload" not in form:
        return form
    payload: dict[str, Any] = json.loads(form["payload"])
    return payload
