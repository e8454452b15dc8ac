"""The SDK's SQLAlchemy store within a transaction of ours. Import it only where there is a cluster."""

import logging

from slack_sdk.oauth.installation_store import Bot, Installation
from slack_sdk.oauth.installation_store.sqlalchemy import SQLAlchemyInstallationStore

from bot.ports.installations import InstallationsConnection
from bot.slack.client.stoppable import LOGGER

_LOG = logging.getLogger(LOGGER)


class SharedSQLAlchemyStore(SQLAlchemyInstallationStore):
    """Keeps each token once. An id that is missing is empty for the bot, and NULL in the SDK's table."""

    def __init__(self, connection: InstallationsConnection, client_id: str) -> None:
        """Use this connection for all statements."""
        super().__init__(client_id, connection.handle, logger=_LOG)

    def save_bot(self, bot: Bot) -> None:
        """Do nothing: this would be a second copy of the token."""

    def find_installation(
        self,
        *,
        enterprise_id: str | None,
        team_id: str | None,
        user_id: str | None = None,
        is_enterprise_install: bool | None = False,
    ) -> Installation | None:
        """Return the installation with exactly these ids."""
        return super().find_installation(
            enterprise_id=enterprise_id or None,
            team_id=team_id or None,
            user_id=user_id,
            is_enterprise_install=is_enterprise_install,
        )

    def delete_installation(
        self, *, enterprise_id: str | None, team_id: str | None, user_id: str | None = None
    ) -> None:
        """Delete the installation with exactly these ids."""
        super().delete_installation(
            enterprise_id=enterprise_id or None, team_id=team_id or None, user_id=user_id
        )

    def find_bot(
        self, *, enterprise_id: str | None, team_id: str | None, is_enterprise_install: bool | None = False
    ) -> Bot | None:
        """Return None: no token is kept apart from its installation."""
        del enterprise_id, team_id, is_enterprise_install
        return None
