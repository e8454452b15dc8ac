"""The OAuth flow of an installation, on Bolt's: its pages, its checks, and no log of codes and tokens."""

import asyncio
import logging
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode, urljoin
from weakref import WeakValueDictionary

from slack_bolt.oauth.async_callback_options import AsyncCallbackOptions, AsyncFailureArgs, AsyncSuccessArgs
from slack_bolt.oauth.async_oauth_flow import AsyncOAuthFlow
from slack_bolt.oauth.async_oauth_settings import AsyncOAuthSettings
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_bolt.response import BoltResponse
from slack_sdk.oauth.installation_store import Installation
from slack_sdk.web.async_client import AsyncWebClient

from bot.core.cells import CellKey, parse_cell_key
from bot.errors import BotError, DataDirectoryError, SlackError, StoreError
from bot.slack.client.rare_log import RareLog
from bot.slack.client.stoppable import LOGGER
from bot.slack.install.exchange import InstallationFailedError, exchange
from bot.slack.install.installation import BotInstallation, installation_of
from bot.slack.install.pages import STATUSES, Failure, failed_page, install_page, installed_page, page_headers
from bot.slack.install.states import LIFETIME_S, OneTimeStates, StateCookie
from bot.slack.install.store import SealedInstallations

log = logging.getLogger(__name__)

INSTALL_PATH = "/slack/install"
REDIRECT_PATH = "/slack/oauth_redirect"

START = "start"
"""The query of the install page that begins: a state is issued, and Slack asked. Others write nothing."""

AT_ONCE = 8
"""Callbacks handled at once. Anybody can send some with invented codes, each of which asks Slack over the
connections that members' requests need, too."""

OnInstalled = Callable[[BotInstallation], Awaitable[None]]
"""Takes up a stored installation; a ``BotError`` refuses it, and then it is not kept."""

_REASONS = {
    "access_denied": Failure.CANCELLED,
    "invalid_browser": Failure.OTHER_BROWSER,
    "invalid_state": Failure.USED,
    "missing_code": Failure.CODE,
}
"""The failures that Bolt finds, and Slack's word for *Cancel*."""

_SLACK_REASON = re.compile(r"[a-z_]{1,60}")
_APP_ID = re.compile(r"A[A-Z0-9]{2,30}")


@dataclass(frozen=True, slots=True, kw_only=True)
class SlackApp:
    """The app at Slack, and where it is installed. ``scopes``: those of the manifest."""

    client_id: str
    client_secret: str = field(repr=False)
    scopes: tuple[str, ...]
    public_url: str

    def address(self, path: str) -> str:
        """Return the public address of a path."""
        return f"{self.public_url.rstrip('/')}{path}"


class InstallFlow(AsyncOAuthFlow):
    """Answers ``GET /slack/install`` and ``GET /slack/oauth_redirect``."""

    def __init__(
        self,
        app: SlackApp,
        client: AsyncWebClient,
        installations: SealedInstallations,
        states: OneTimeStates,
        on_installed: OnInstalled,
    ) -> None:
        """Install ``app``. ``client``: without a token; its address is also that of Slack's own pages."""
        self._app = app
        self._installations = installations
        self._on_installed = on_installed
        self._states = states
        self._rare = RareLog(log)
        self._turns = asyncio.Semaphore(AT_ONCE)
        self._locks = WeakValueDictionary[CellKey, asyncio.Lock]()
        settings = AsyncOAuthSettings(
            client_id=app.client_id,
            client_secret=app.client_secret,
            scopes=app.scopes,
            user_scopes=[],
            redirect_uri=app.address(REDIRECT_PATH),
            install_path=INSTALL_PATH,
            install_page_rendering_enabled=False,
            redirect_uri_path=REDIRECT_PATH,
            callback_options=AsyncCallbackOptions(success=self._succeeded, failure=self._found_wrong),
            authorization_url=urljoin(client.base_url, "../oauth/v2/authorize"),
            installation_store=installations,
            state_store=states,
            state_expiration_seconds=LIFETIME_S,
            logger=logging.getLogger(LOGGER),
        )
        settings.state_utils = StateCookie(app.address(REDIRECT_PATH))
        super().__init__(client=client, logger=logging.getLogger(LOGGER), settings=settings)

    async def handle_installation(self, request: AsyncBoltRequest) -> BoltResponse:
        """Show what the bot asks for; with ``?start``, lead to Slack's question."""
        if START not in request.query:
            return _page(200, install_page(self._start_url, self._app.scopes))
        return await super().handle_installation(request)

    async def handle_callback(self, request: AsyncBoltRequest) -> BoltResponse:
        """Finish an installation: check the state, ask Slack for the token, store it, and tell the Host."""
        if self._turns.locked():  # before the state is used, so that the page can be loaded again
            return self._show(InstallationFailedError(Failure.BUSY))
        async with self._turns:
            return await self._finish(request)

    async def _finish(self, request: AsyncBoltRequest) -> BoltResponse:
        try:
            if "error" in request.query:
                await self._use_up_state(request)
            return await super().handle_callback(request)
        except InstallationFailedError as failed:
            return self._failed(failed)
        except StoreError as error:
            return self._failed(InstallationFailedError(Failure.STORAGE, error=error))
        except Exception as error:  # noqa: BLE001 - a text of a foreign exception may hold the code or the token
            return self._failed(InstallationFailedError(Failure.BROKEN, code=type(error).__name__))

    async def build_authorize_url(self, state: str, request: AsyncBoltRequest) -> str:
        """Return the address of Slack's question, with every value quoted, which the SDK leaves out."""
        query = {
            "client_id": self._app.client_id,
            "scope": ",".join(self._app.scopes),
            "redirect_uri": self._app.address(REDIRECT_PATH),
            "state": state,
        }
        if team := _team_of(request):
            query["team"] = team
        return f"{self.settings.authorization_url}?{urlencode(query)}"

    async def append_set_cookie_headers(
        self, headers: dict[str, Any], set_cookie_value: str | None
    ) -> dict[str, Any]:
        """Add the headers of all pages, and the cookie."""
        cookie = {"Set-Cookie": [set_cookie_value]} if set_cookie_value else {}
        return {**page_headers(), **headers, **cookie}

    async def run_installation(self, code: str) -> Installation:
        """Exchange the code for the installation. Raises ``InstallationFailedError``."""
        return await exchange(
            self.client,
            code,
            client_id=self._app.client_id,
            client_secret=self._app.client_secret,
            redirect_uri=self._app.address(REDIRECT_PATH),
            scopes=frozenset(self._app.scopes),
        )

    async def store_installation(self, request: AsyncBoltRequest, installation: Installation) -> None:
        """Store an installation and tell the Host; undo it where the Host refuses.

        The row comes first: after a crash it is there at the next start, and the Host makes what is missing.
        """
        del request
        new = installation_of(installation)
        async with self._locks.setdefault(new.cell, asyncio.Lock()):
            older = await self._installations.find_own(new)
            stored = await self._installations.save(installation)
            try:
                await self._on_installed(stored)
            except BaseException as error:
                await self._undo(stored, older)
                if isinstance(error, BotError):
                    raise _refused_by_host(error) from None
                raise
        log.info("installed", extra={"cell": new.cell})

    @property
    def _start_url(self) -> str:
        return f"{self._app.address(INSTALL_PATH)}?{START}=1"

    async def _undo(self, stored: BotInstallation, older: BotInstallation | None) -> None:
        """Put the older installation back; without one that can be used, keep nothing."""
        await self._installations.put_back(stored, None if older and older.trouble else older)

    async def _use_up_state(self, request: AsyncBoltRequest) -> None:
        """Take the state of an installation that was cancelled, if it began in this browser."""
        state = (request.query.get("state") or [""])[0]
        if self.settings.state_utils.is_valid_browser(state, request.headers):
            await self.settings.state_store.async_consume(state)

    async def _succeeded(self, args: AsyncSuccessArgs) -> BoltResponse:
        installation = installation_of(args.installation)
        query = {"team": installation.team_id} if installation.team_id else {}
        if _APP_ID.fullmatch(installation.app_id):
            query["app"] = installation.app_id
        slack_url = f"{urljoin(self.client.base_url, '../app_redirect')}?{urlencode(query)}"
        return _page(200, installed_page(installation, slack_url), cookie=self._no_cookie())

    async def _found_wrong(self, args: AsyncFailureArgs) -> BoltResponse:
        """Show what Bolt found wrong. It is not logged: anybody can ask for such an address."""
        failure = _REASONS.get(args.reason, Failure.SLACK)
        code = args.reason if failure is Failure.SLACK and _SLACK_REASON.fullmatch(args.reason) else ""
        return self._show(InstallationFailedError(failure, code=code))

    def _failed(self, failed: InstallationFailedError) -> BoltResponse:
        level = logging.ERROR if failed.failure is Failure.BROKEN else logging.INFO
        code = failed.error.code if failed.error else failed.code or failed.failure
        self._rare.log(level, "installation failed", self._states.now(), code)
        return self._show(failed)

    def _show(self, failed: InstallationFailedError) -> BoltResponse:
        failure = failed.failure
        html = failed_page(
            failure, self._start_url, code=failed.code, missing=failed.missing, error=failed.error
        )
        # The cookie of another browser's installation may be that of one under way in this one.
        cookie = None if failure in {Failure.OTHER_BROWSER, Failure.BUSY} else self._no_cookie()
        return _page(STATUSES[failure], html, cookie=cookie)

    def _no_cookie(self) -> str:
        return self.settings.state_utils.build_set_cookie_for_deletion()


def _page(status: int, html: str, *, cookie: str | None = None) -> BoltResponse:
    headers: dict[str, Any] = {**page_headers(), **({"Set-Cookie": [cookie]} if cookie else {})}
    return BoltResponse(status=status, body=html, headers=headers)


def _refused_by_host(error: BotError) -> InstallationFailedError:
    """Return the failure to show. What the disk says names paths of the server, and is not for installers."""
    if isinstance(error, StoreError | DataDirectoryError):
        return InstallationFailedError(Failure.STORAGE, error=error)
    if isinstance(error, SlackError):
        return InstallationFailedError(Failure.UNAVAILABLE, error=error)
    return InstallationFailedError(Failure.REFUSED, error=error)


def _team_of(request: AsyncBoltRequest) -> str:
    """Return the workspace that the link proposes to Slack, if it can be one."""
    try:
        return parse_cell_key((request.query.get("team") or [""])[0])
    except ValueError:
        return ""
