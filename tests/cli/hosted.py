"""Workspaces of a bot that serves many, with invented data, for tests of the command line."""

from contextlib import closing
from datetime import date
from pathlib import Path

from slack_sdk.oauth.installation_store import Installation

from bot.cli.installations import open_store, put_installations
from bot.config import (
    Config,
    InstalledWorkspace,
    WorkspaceFile,
    cell_dir,
    load_config,
    read_workspace_file,
    write_workspace_file,
)
from bot.core.cells import CellKey, cell_key
from bot.core.check_rules import SCOPES
from bot.core.model import WorkspaceId
from bot.keys import KeyFiles
from bot.slack.install.installation import installation_of
from bot.store.backup import contents
from bot.store.ballots import BallotFiles
from bot.store.database import Database
from tests.cli.program import CONFIG
from tests.config.hosting import CLUSTER_VARIABLES, HOSTING, VARIABLES
from tests.contracts.versions import MONDAY, OPEN, fill

ACME, BETA, GAMMA = CellKey("T0ACME"), CellKey("T0BETA"), CellKey("E0GAMMA")
HOSTED = CONFIG.replace("schedules: []", HOSTING)
ROUNDS = 4
"""The number of rounds of the sample."""

SINCE = date(2026, 11, 2)


def hosted(folder: Path) -> Config:
    """Write a configuration of many workspaces into this folder, and load it."""
    (folder / "config.yaml").write_text(HOSTED, encoding="utf-8")
    (folder / "data").mkdir(mode=0o700, exist_ok=True)
    return load_config(folder / "config.yaml", VARIABLES)


def clustered(folder: Path, database_url: str) -> Config:
    """Write a configuration of a cluster into this folder, and load it."""
    (folder / "config.yaml").write_text(f"{HOSTED}cluster: {{}}\n", encoding="utf-8")
    (folder / "data").mkdir(mode=0o700, exist_ok=True)
    return load_config(folder / "config.yaml", CLUSTER_VARIABLES | {"BELONGING_DATABASE_URL": database_url})


def to_install(
    team: str,
    name: str = "",
    *,
    enterprise: str = "",
    token: str = "",
    scopes: tuple[str, ...] = tuple(SCOPES),
) -> Installation:
    """An installation, as OAuth gives it."""
    return Installation(
        app_id="A0BOT",
        enterprise_id=enterprise or None,
        team_id=team,
        team_name=name,
        bot_token=token or f"xoxb-{team}",
        bot_scopes=list(scopes),
        user_id="",
    )


def install(
    config: Config,
    team: str,
    name: str = "",
    *,
    enterprise: str = "",
    token: str = "",
    scopes: tuple[str, ...] = tuple(SCOPES),
) -> CellKey:
    """Store an installation, as OAuth does."""
    found = installation_of(to_install(team, name, enterprise=enterprise, token=token, scopes=scopes))
    put_installations(config, config.data_dir, [found])
    return cell_key(team, enterprise)


def lay_cell(config: Config, key: CellKey, name: str = "") -> Path:
    """Lay out the directory of a cell: four rounds in one channel, one of them open, with keys and box."""
    place = cell_dir(config, key)
    place.mkdir(mode=0o700, parents=True)
    with closing(Database(place / "belonging.db")) as database:
        fill(database)
    BallotFiles(place / "ballots").create(OPEN, MONDAY)
    KeyFiles(place / "keys", WorkspaceId(key)).create(OPEN)
    facts = WorkspaceFile(key=key, workspaces=(InstalledWorkspace(id=key, name=name, since=SINCE),))
    write_workspace_file(place, facts)
    return place


def two_cells(folder: Path) -> Config:
    """Two workspaces that have the bot."""
    config = hosted(folder)
    for key, name in ((ACME, "Acme"), (BETA, "Beta")):
        install(config, key, name)
        lay_cell(config, key, name)
    return config


def installed(config: Config, data_dir: Path | None = None) -> set[str]:
    """The keys of the cells that have an installation."""
    return {one.cell for one in open_store(config, data_dir).list_now()}


def is_whole(place: Path) -> bool:
    """Whether a cell has its data, its open box with keys, and its facts."""
    vault, boxes = KeyFiles(place / "keys", WorkspaceId("")), BallotFiles(place / "ballots")
    return (
        contents(place / "belonging.db").rounds == ROUNDS
        and vault.is_whole(OPEN)
        and OPEN in boxes.list_boxes()
        and read_workspace_file(place) is not None
    )
