"""Store installations in a store of the SDK: tokens sealed, one row each, only what the bot needs."""

import asyncio
import logging
import warnings
from collections.abc import Callable, Iterable
from concurrent.futures import Executor
from dataclasses import astuple, replace
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from slack_sdk.oauth.installation_store import Bot, Installation, InstallationStore
from slack_sdk.oauth.installation_store.async_installation_store import AsyncInstallationStore
from slack_sdk.oauth.installation_store.sqlite3 import SQLite3InstallationStore
from slack_sdk.oauth.state_store.sqlite3 import SQLite3OAuthStateStore

from bot.core.cells import CellKey, cell_key
from bot.core.shown_names import clean_name
from bot.errors import BotError
from bot.ports.installations import (
    InstallationRow,
    InstallationsConnection,
    InstallationsFile,
    LeftWorkspace,
    TokenSealer,
)
from bot.slack.client.stoppable import LOGGER
from bot.slack.install.installation import BotInstallation, as_the_sdk_has_it, cell_of, installation_of

T = TypeVar("T")

_LOG = logging.getLogger(LOGGER)


def lay_out(path: Path) -> None:
    """Make the tables of the SDK's stores in an empty file."""
    stores: tuple[Any, ...] = (
        SQLite3InstallationStore(database=str(path), client_id="", logger=_LOG),
        SQLite3OAuthStateStore(database=str(path), expiration_seconds=0, logger=_LOG),
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)  # they leave it to Python to close the connection
        for store in stores:
            store.create_tables()


class SharedStore(SQLite3InstallationStore):
    """The SDK's store within a transaction of ours. It keeps each token once."""

    def __init__(self, connection: InstallationsConnection, client_id: str) -> None:
        """Use this connection for all statements."""
        super().__init__(database="", client_id=client_id, logger=_LOG)
        self._shared = connection

    def connect(self) -> Any:
        """Return the shared connection, which stands in for one of sqlite3."""
        return self._shared.handle

    def save_bot(self, bot: Bot) -> None:
        """Do nothing: this would be a second copy of the token."""


SdkStore = Callable[[InstallationsConnection, str], InstallationStore]
"""Makes a store of the SDK within a transaction, for the app with this client id."""


class SealedInstallations(AsyncInstallationStore):
    """The installations of one Slack app. Its coroutines work in a thread.

    All raise ``StoreError`` where the file cannot be read or written.
    """

    def __init__(
        self,
        file: InstallationsFile,
        sealer: TokenSealer,
        client_id: str,
        executor: Executor | None = None,
        *,
        sdk_store: SdkStore = SharedStore,
    ) -> None:
        """Use this file, once it is prepared. ``executor``: else the threads of the loop.

        ``sdk_store``: the SDK's store for this kind of file.
        """
        self._sdk_store = sdk_store
        self.file = self._file = file
        self._sealer = sealer
        self._client_id = client_id
        self._executor = executor

    async def save(self, installation: Installation) -> BotInstallation:
        """Store an installation in place of an older one of the same workspace or organisation.

        A workspace has one row: where it was in another cell before, ``list_left`` names that from now on.
        Drops user tokens, incoming webhooks, and who installed it. Raises ``ValueError`` without an id of
        Slack's or without a token, and for a token that expires: nothing here would renew it.
        """
        return await self._in_thread(partial(self.save_now, installation))

    async def find(
        self, enterprise_id: str | None, team_id: str | None, *, is_enterprise_install: bool = False
    ) -> BotInstallation | None:
        """Return the installation for a request: the workspace's own, else the one of its organisation.

        Raises ``TokenKeyError`` and ``DamagedError`` where its token cannot be opened.
        """
        del is_enterprise_install  # Slack says so of the app; the workspace's own installation goes first
        found = await self._in_thread(partial(self._find, enterprise_id or "", team_id or ""))
        if found and found.trouble:
            raise found.trouble
        return found

    async def find_own(self, installation: BotInstallation) -> BotInstallation | None:
        """Return what ``save`` would replace: of the same workspace or organisation, also with a ``trouble``.

        A workspace may have been in another organisation, or in none.
        """
        return await self._in_thread(partial(self._find_own, installation))

    async def put_back(self, stored: BotInstallation, older: BotInstallation | None) -> None:
        """Undo ``save``: keep the older installation, or none. It is as if the workspace had never left."""
        await self._in_thread(partial(self._put_back, stored, older))

    async def list_all(self) -> tuple[BotInstallation, ...]:
        """Return all installations; one whose token cannot be opened has a ``trouble``."""
        return await self._in_thread(self.list_now)

    async def delete(self, enterprise_id: str | None, team_id: str | None) -> None:
        """Delete the installation of a workspace; without ``team_id``, the organisation-wide one."""
        await self._in_thread(partial(self.delete_now, enterprise_id or "", team_id or ""))

    async def reseal_all(self) -> int:
        """Seal with the first key what another key has sealed; return how many tokens were.

        A token that cannot be opened stays as it is.
        """
        return await self._in_thread(self.reseal_now)

    def save_now(self, installation: Installation, *, undone: CellKey | None = None) -> BotInstallation:
        """Do the same as ``save``, without a loop. ``undone``: a cell that never had the workspace."""
        if not installation.bot_token or installation.bot_refresh_token:
            raise ValueError("one bot token that does not expire")
        cell = cell_of(installation)
        kept = Installation(
            app_id=installation.app_id or "",
            enterprise_id=installation.enterprise_id,
            enterprise_name=_cleaned(installation.enterprise_name),
            team_id=None if installation.is_enterprise_install else installation.team_id,
            team_name=None if installation.is_enterprise_install else _cleaned(installation.team_name),
            bot_token=self._sealer.seal(installation.bot_token, cell, installation_of(installation).holder),
            bot_id=installation.bot_id,
            bot_user_id=installation.bot_user_id,
            bot_scopes=installation.bot_scopes or (),
            user_id="",
            is_enterprise_install=installation.is_enterprise_install,
            token_type=installation.token_type,
        )
        with self._file.transaction() as connection:
            store = self._sdk_store(connection, self._client_id)
            self._take(connection, kept.team_id or "", cell)
            store.delete_installation(enterprise_id=kept.enterprise_id, team_id=kept.team_id or "")
            store.save(kept)
            if undone:
                connection.delete_left(LeftWorkspace(undone, kept.team_id or ""))
        self._file.compact()
        return self._opened(kept)

    def take_now(self, team_id: str, cell: CellKey) -> None:
        """Let a workspace belong to a cell by the installation of its whole organisation.

        Its installation in another cell is deleted, and ``list_left`` names that.
        """
        with self._file.transaction() as connection:
            taken = self._take(connection, team_id, cell)
        if taken:
            self._file.compact()

    def _take(self, connection: InstallationsConnection, team_id: str, cell: CellKey) -> bool:
        """Delete the rows of a workspace in other cells; return whether there were any."""
        if team_id:
            connection.put_cell_of(team_id, cell)
        store = self._sdk_store(connection, self._client_id)
        rows = connection.list_installations(self._client_id)
        elsewhere = [row for row in rows if team_id and row.team_id == team_id and _cell_of(row) != cell]
        for row in elsewhere:
            store.delete_installation(enterprise_id=row.enterprise_id, team_id=team_id)
            connection.put_left(LeftWorkspace(CellKey(_cell_of(row)), team_id))
        connection.delete_left(LeftWorkspace(cell, team_id))
        return bool(elsewhere)

    def list_left(self) -> tuple[LeftWorkspace, ...]:
        """Return the workspaces that have left a cell in which their rounds have not ended yet."""
        with self._file.reading() as connection:
            return connection.list_left()

    def forget_left(self, left: Iterable[LeftWorkspace]) -> None:
        """Note that the rounds of workspaces that have left have ended."""
        with self._file.transaction() as connection:
            for one in left:
                connection.delete_left(one)

    def list_now(self, cell: CellKey | None = None) -> tuple[BotInstallation, ...]:
        """Do the same as ``list_all``, without a loop; or return those of one cell.

        Without a file there are none.
        """
        if not self._file.exists():
            return ()
        with self._file.reading() as connection:
            rows = connection.list_installations(self._client_id)
            found = [
                self._load(connection, row.enterprise_id, row.team_id)
                for row in rows
                if cell in {None, _cell_of(row)}
            ]
        return tuple(one for one in found if one)

    def version(self) -> tuple[int, int]:
        """Return something that differs once the file was written. Raises ``StoreError``."""
        return self._file.version()

    def delete_now(self, enterprise_id: str, team_id: str) -> None:
        """Do the same as ``delete``, without a loop."""
        with self._file.transaction() as connection:
            store = self._sdk_store(connection, self._client_id)
            store.delete_installation(enterprise_id=enterprise_id, team_id=team_id)
        self._file.compact()

    def delete_if_same(self, installation: BotInstallation) -> bool:
        """Delete an installation unless another one was stored meanwhile; return whether it was deleted."""
        enterprise_id, team_id = installation.enterprise_id, installation.team_id
        with self._file.transaction() as connection:
            found = self._load(connection, enterprise_id, team_id)
            same = found is not None and _content(found) == _content(installation)
            if same:
                store = self._sdk_store(connection, self._client_id)
                store.delete_installation(enterprise_id=enterprise_id, team_id=team_id)
        if same:
            self._file.compact()
        return same

    def reseal_now(self) -> int:
        """Do the same as ``reseal_all``, without a loop."""
        with self._file.transaction() as connection:
            rows = connection.list_installations(self._client_id)
            count = sum(self._reseal(connection, row) for row in rows)
        self._file.compact()
        return count

    async def async_save(self, installation: Installation) -> None:
        """Do the same as ``save``, as Bolt calls it."""
        await self.save(installation)

    async def async_find_installation(
        self,
        *,
        enterprise_id: str | None,
        team_id: str | None,
        user_id: str | None = None,
        is_enterprise_install: bool | None = False,
    ) -> Installation | None:
        """Return what ``find`` does, as Bolt takes it."""
        del user_id  # the bot has no user tokens
        found = await self.find(enterprise_id, team_id, is_enterprise_install=bool(is_enterprise_install))
        return as_the_sdk_has_it(found) if found else None

    async def async_find_bot(
        self,
        *,
        enterprise_id: str | None,
        team_id: str | None,
        is_enterprise_install: bool | None = False,
    ) -> Bot | None:
        """Return what ``find`` does, as Bolt takes it."""
        found = await self.async_find_installation(
            enterprise_id=enterprise_id, team_id=team_id, is_enterprise_install=is_enterprise_install
        )
        return found.to_bot() if found else None

    async def async_delete_installation(
        self, *, enterprise_id: str | None, team_id: str | None, user_id: str | None = None
    ) -> None:
        """Do the same as ``delete``, as Bolt calls it."""
        del user_id
        await self.delete(enterprise_id, team_id)

    async def async_delete_bot(self, *, enterprise_id: str | None, team_id: str | None) -> None:
        """Do the same as ``delete``, as Bolt calls it."""
        await self.delete(enterprise_id, team_id)

    async def _in_thread(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._executor, work)

    def _find_own(self, installation: BotInstallation) -> BotInstallation | None:
        enterprise_id, team_id = installation.enterprise_id, installation.team_id
        with self._file.reading() as connection:
            if found := self._load(connection, enterprise_id, team_id):
                return found
            rows = connection.list_installations(self._client_id)
            owners = (row.enterprise_id for row in rows if team_id and row.team_id == team_id)
            return next(filter(None, (self._load(connection, owner, team_id) for owner in owners)), None)

    def _put_back(self, stored: BotInstallation, older: BotInstallation | None) -> None:
        if older:
            self.save_now(as_the_sdk_has_it(older), undone=stored.cell)
        else:
            self.delete_now(stored.enterprise_id, stored.team_id)

    def _find(self, enterprise_id: str, team_id: str) -> BotInstallation | None:
        with self._file.reading() as connection:
            own = self._load(connection, enterprise_id, team_id) if team_id else None
            return own or (self._load(connection, enterprise_id, "") if enterprise_id else None)

    def _load(
        self, connection: InstallationsConnection, enterprise_id: str, team_id: str
    ) -> BotInstallation | None:
        store = self._sdk_store(connection, self._client_id)
        found = store.find_installation(enterprise_id=enterprise_id, team_id=team_id)
        try:
            return self._opened(found) if found else None
        except ValueError:  # a row with such an id is not the bot's
            return None

    def _opened(self, stored: Installation) -> BotInstallation:
        """Return a stored installation with its token, or with the reason why there is none."""
        try:
            holder = installation_of(stored).holder
            stored.bot_token = self._sealer.open(stored.bot_token or "", cell_of(stored), holder)
        except BotError as error:
            return installation_of(stored, error)
        return installation_of(stored)

    def _reseal(self, connection: InstallationsConnection, row: InstallationRow) -> bool:
        try:
            if not self._sealer.needs_reseal(row.sealed_token):
                return False
            cell = cell_key(row.team_id, row.enterprise_id)
            holder = row.enterprise_id if row.is_enterprise_install else row.team_id
            token = self._sealer.open(row.sealed_token, cell, holder)
        except (BotError, ValueError):
            return False
        connection.put_token(row.id, self._sealer.seal(token, cell, holder))
        return True


def _cleaned(name: str | None) -> str | None:
    return None if name is None else clean_name(name)


def _cell_of(row: InstallationRow) -> str:
    return row.enterprise_id or row.team_id


def _content(one: BotInstallation) -> tuple[object, ...]:
    """Return what tells two installations apart; an error never equals another one."""
    return (*astuple(replace(one, trouble=None)), one.trouble and one.trouble.code)
