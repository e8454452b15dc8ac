"""An installation of the bot, in one workspace or in a whole organisation."""

from dataclasses import dataclass, field

from slack_sdk.oauth.installation_store import Installation

from bot.core.cells import CellKey, cell_key
from bot.core.shown_names import clean_name
from bot.errors import BotError


@dataclass(frozen=True, slots=True, kw_only=True)
class BotInstallation:
    """What the bot knows of an installation. An id that does not apply is empty.

    ``name``: of the workspace, or of the organisation if the whole of it has the bot. ``trouble``: why the
    token cannot be used; it is empty then.
    """

    cell: CellKey
    enterprise_id: str
    team_id: str
    name: str
    is_enterprise_install: bool
    bot_token: str = field(repr=False)
    app_id: str
    bot_id: str
    bot_user_id: str
    scopes: frozenset[str]
    trouble: BotError | None = None

    @property
    def holder(self) -> str:
        """The id of the workspace, or of the organisation, that has installed the bot."""
        return self.team_id or self.enterprise_id


def cell_of(installation: Installation) -> CellKey:
    """Return the key of the cell of an installation. Raises ``ValueError`` without an id of Slack's."""
    return cell_key(installation.team_id or "", installation.enterprise_id or "")


def installation_of(installation: Installation, trouble: BotError | None = None) -> BotInstallation:
    """Return an installation of the SDK as one of ours. Raises ``ValueError`` without an id of Slack's."""
    whole = bool(installation.is_enterprise_install)
    return BotInstallation(
        cell=cell_of(installation),
        enterprise_id=installation.enterprise_id or "",
        team_id="" if whole else installation.team_id or "",
        name=clean_name((installation.enterprise_name if whole else installation.team_name) or ""),
        is_enterprise_install=whole,
        bot_token="" if trouble else installation.bot_token or "",
        app_id=installation.app_id or "",
        bot_id=installation.bot_id or "",
        bot_user_id=installation.bot_user_id or "",
        scopes=frozenset(installation.bot_scopes or ()),
        trouble=trouble,
    )


def as_the_sdk_has_it(found: BotInstallation) -> Installation:
    """Return an installation of ours as one of the SDK."""
    return Installation(
        app_id=found.app_id,
        enterprise_id=found.enterprise_id or None,
        team_id=found.team_id or None,
        enterprise_name=found.name if found.is_enterprise_install else None,
        team_name=None if found.is_enterprise_install else found.name,
        bot_token=found.bot_token,
        bot_id=found.bot_id,
        bot_user_id=found.bot_user_id,
        bot_scopes=sorted(found.scopes),
        user_id="",
        is_enterprise_install=found.is_enterprise_install,
    )
