"""The stored installations of many workspaces, as commands need them."""

import json
from collections.abc import Iterable
from dataclasses import asdict
from importlib.util import find_spec
from pathlib import Path

from bot.config import Config, cell_dir, read_workspace_file, token_problems
from bot.core.cells import CellKey, parse_cell_key, shard_of
from bot.errors import ConfigError
from bot.keys.tokens import TokenSealer
from bot.slack.install.installation import BotInstallation, as_the_sdk_has_it
from bot.slack.install.store import SealedInstallations, lay_out
from bot.store.installations import NAME, InstallationsFile
from bot.store.storage import read_storage_id

__all__ = ["BotInstallation", "bot_token_of", "installations_of", "open_store", "stored_cells"]


def open_store(config: Config, data_dir: Path | None = None) -> SealedInstallations:
    """Return the store of installations in ``data_dir``, by default the one of this configuration.

    That of a cluster is in PostgreSQL.

    Raises ``ConfigError`` where the keys of the tokens, or the id of the Slack app, are missing or wrong.
    """
    problems = token_problems(config)
    for name in ("BELONGING_TOKEN_KEYS", "SLACK_CLIENT_ID"):
        if problem := problems[name]:
            raise problem
    sealer, client_id = TokenSealer(config.secrets.token_keys), config.secrets.client_id
    if config.cluster and data_dir is None:
        return _in_postgresql(config, sealer)
    return SealedInstallations(_file(data_dir or config.data_dir), sealer, client_id)


def _in_postgresql(config: Config, sealer: TokenSealer) -> SealedInstallations:
    require_packages()
    from bot.cluster.database import engine_of
    from bot.cluster.installations import InstallationsDatabase
    from bot.slack.install.sqlalchemy_store import SharedSQLAlchemyStore

    if problem := token_problems(config)["BELONGING_DATABASE_URL"]:
        raise problem
    database = InstallationsDatabase(engine_of(config.secrets.database_url, pooled=False))
    return SealedInstallations(database, sealer, config.secrets.client_id, sdk_store=SharedSQLAlchemyStore)


def cells_elsewhere(config: Config, keys: Iterable[CellKey]) -> frozenset[CellKey]:
    """Return those of these cells of a cluster that lie on the storage of other workers, as PostgreSQL knows.

    Raises ``BotError``.
    """
    if config.cluster is None:
        return frozenset()
    from bot.cluster.database import engine_of
    from bot.cluster.looks import storages_of_shards

    here = read_storage_id(config.data_dir)
    storages = storages_of_shards(engine_of(config.secrets.database_url, pooled=False))
    return frozenset(key for key in keys if storages.get(shard_of(key), here) != here)


def require_packages() -> None:
    """Raise ``ConfigError`` without the packages that a cluster needs."""
    if any(find_spec(name) is None for name in ("sqlalchemy", "psycopg", "alembic")):
        raise ConfigError(
            "The packages for a cluster are not installed.",
            remedy="Run: pip install 'belonging-bot[cluster]'",
        )


def _file(data_dir: Path) -> InstallationsFile:
    return InstallationsFile(data_dir / NAME, lay_out)


def installations_of(config: Config, key: CellKey | None = None) -> tuple[BotInstallation, ...]:
    """Return all installations, or those of a cell. Raises ``ConfigError`` and ``StoreError``."""
    if config.cluster is None and not (config.data_dir / NAME).exists():
        return ()
    return open_store(config).list_now(key)


def stored_cells(config: Config) -> frozenset[CellKey]:
    """Return the keys of the cells that have an installation. Raises ``ConfigError`` and ``StoreError``."""
    return frozenset(one.cell for one in installations_of(config))


def bot_token_of(config: Config, key: CellKey) -> str:
    """Return the bot token of a cell, or of one workspace of an organisation.

    Empty if there is none. Raises ``ConfigError`` and ``StoreError``.
    """
    return next((one.bot_token for one in installations_of(config, key) if one.bot_token), "")


def pack_installations(config: Config, key: CellKey) -> str:
    """Return the installations of a cell as JSON with sealed tokens, to take them to another bot.

    Raises ``BotError`` for a token that cannot be opened here: nobody could use it there.
    """
    found = installations_of(config, key)
    for one in found:
        if one.trouble:
            raise one.trouble
    sealer = TokenSealer(config.secrets.token_keys)
    rows = [
        {
            **asdict(one),
            "bot_token": sealer.seal(one.bot_token, key, one.holder),
            "scopes": sorted(one.scopes),
        }
        for one in found
    ]
    for row in rows:
        del row["trouble"]
    return json.dumps(rows)


def unpack_installations(config: Config, text: str) -> tuple[BotInstallation, ...]:
    """Return what ``pack_installations`` has packed. Raises ``BotError`` if a token cannot be opened."""
    sealer = TokenSealer(config.secrets.token_keys)
    found = []
    for row in json.loads(text):
        key = parse_cell_key(row["cell"])
        opened = {
            "cell": key,
            "scopes": frozenset(row["scopes"]),
            "bot_token": sealer.open(row["bot_token"], key, row["team_id"] or row["enterprise_id"]),
        }
        found.append(BotInstallation(**(row | opened)))
    return tuple(found)


def put_installations(config: Config, data_dir: Path, installations: Iterable[BotInstallation]) -> None:
    """Store installations in the data of another bot, except those that it has. Raises ``StoreError``."""
    store = open_store(config, data_dir)
    _file(data_dir).prepare()
    there = {(one.enterprise_id, one.team_id) for one in store.list_now()}
    for one in installations:
        if (one.enterprise_id, one.team_id) not in there:
            store.save_now(as_the_sdk_has_it(one))


def delete_installations(config: Config, key: CellKey) -> int:
    """Delete the installations of a cell, also those that cannot be opened; return how many there were."""
    found = installations_of(config, key)
    for one in found:
        open_store(config).delete_now(one.enterprise_id, one.team_id)
    return len(found)


def tokens_by_team(config: Config, key: CellKey) -> dict[str, BotInstallation]:
    """Return the usable installation for each workspace of a cell, by its id: its own, else that of all.

    A workspace of an organisation that has installed the bot as a whole is known from its first request on.
    Raises ``ConfigError`` and ``StoreError``.
    """
    usable = [one for one in installations_of(config, key) if not one.trouble]
    wide = next((one for one in usable if one.is_enterprise_install), None)
    facts = read_workspace_file(cell_dir(config, key)) if wide else None
    known = {one.id: wide for one in facts.workspaces} if facts and wide else {}
    own = {one.team_id: one for one in usable if not one.is_enterprise_install}
    return dict(sorted((known | own).items()))
