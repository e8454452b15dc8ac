"""The files of the benchmark of a cluster: its workspaces with their rounds, and what is stored in the end."""

import json
import os
import shutil
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from slack_sdk.oauth.installation_store import Installation

from benchmarks.cells import fill
from benchmarks.cluster_driver import PERSON, RECEIPT, ROUND, ROUNDS, TEAM, TRIGGER
from bot.app.arrivals import note_installation
from bot.cluster.database import engine_of, upgrade
from bot.cluster.installations import InstallationsDatabase
from bot.config import Config, cell_dir, cells_dir, load_config
from bot.core.cells import CellKey, shard_of
from bot.core.model import Receipt, Round, RoundId
from bot.core.replies import reply_id
from bot.keys import TokenSealer
from bot.slack.install.installation import installation_of
from bot.slack.install.scopes import bot_scopes
from bot.slack.install.sqlalchemy_store import SharedSQLAlchemyStore
from bot.slack.install.store import SealedInstallations
from bot.slack.reply.blocks import reply_form
from bot.slack.reply.field_blocks import STATEMENT_PREFIX
from bot.store.ballots import BallotFiles
from bot.store.database import Database
from bot.store.storage import storage_id

ROOT = Path(__file__).resolve().parents[1]
CELLS = int(os.environ.get("CELLS", "1000"))  # fewer for a first look
TEAMS = tuple(f"T{number:06}" for number in range(CELLS))
SECRET = "0123456789abcdef" * 2

CONFIG = """
slack: {{mode: http, http: {{host: 127.0.0.1, port: {port}}}}}
workspaces: {{public_url: "http://127.0.0.1:{port}"}}
cluster: {{address: "http://127.0.0.1:{{port}}"}}
data_dir: {data_dir}
prompts: [{prompts}]
support: {{contact: "People team", crisis: "112"}}
"""


def environment(database_url: str, api_url: str) -> dict[str, str]:
    """Return the variables of every worker."""
    return {
        "SLACK_API_URL": api_url,
        "SLACK_SIGNING_SECRET": SECRET,
        "SLACK_CLIENT_ID": "1.2",
        "SLACK_CLIENT_SECRET": "fedcba9876543210" * 2,
        "BELONGING_TOKEN_KEYS": "0123456789abcdef" * 4,
        "BELONGING_CLUSTER_KEYS": "fedcba9876543210" * 4,
        "BELONGING_DATABASE_URL": database_url,
    }


def config_of(folder: Path, port: int, environ: Mapping[str, str]) -> Config:
    """Write the configuration of a worker, whose data directory all share, and return it."""
    folder.mkdir()
    path = folder / "config.yaml"
    text = CONFIG.format(port=port, data_dir=folder.parent / "data", prompts=ROOT / "prompts")
    path.write_text(text, encoding="utf-8")
    return load_config(path, dict(environ))


def lay_out(config: Config) -> str:
    """Make the tables, the installations and the directories of all workspaces; return the storage's id."""
    now = datetime.now(UTC)
    for made in (config.data_dir, cells_dir(config)):
        made.mkdir(mode=0o700)
    template = config.data_dir / "template"
    cell = replace(config, data_dir=template, ballots_dir=template / "ballots", keys_dir=template / "keys")
    fill(cell, now, rounds=[RoundId(one) for one in ROUNDS])
    engine = engine_of(config.secrets.database_url)
    upgrade(engine)
    installations = SealedInstallations(
        InstallationsDatabase(engine),
        TokenSealer(config.secrets.token_keys),
        config.secrets.client_id,
        sdk_store=SharedSQLAlchemyStore,
    )
    for team in TEAMS:
        installation = Installation(
            user_id="", team_id=team, team_name=f"Team {team}", bot_token=f"xoxb-{team}", bot_id="B0BOT",
            bot_user_id="U0BOT", bot_scopes=bot_scopes(),
        )  # fmt: skip
        place = cell_dir(config, CellKey(team))
        place.parent.mkdir(mode=0o700, exist_ok=True)
        shutil.copytree(template, place)
        note_installation(config, installation_of(installation), now.date())
        installations.save_now(installation)
    engine.dispose()
    return storage_id(config.data_dir)


def form(config: Config) -> str:
    """Return the payload of a form that is filled in, with the template's marks for what differs."""
    database = Database(config.data_dir / "template" / "belonging.db")
    with database.read("bench") as tx:
        round_ = tx.fetch_round(RoundId(ROUND))
    database.close()
    assert round_
    assert config.settings.support
    view = reply_form(round_, config.settings.support, f"{ROUND}.{RECEIPT}")
    return json.dumps(
        {
            "type": "view_submission",
            "team": {"id": TEAM},
            "user": {"id": PERSON, "team_id": TEAM},
            "api_app_id": "A0BENCH",
            "trigger_id": TRIGGER,
            "response_urls": [],
            "view": view
            | {"id": "V0BENCH", "app_installed_team_id": TEAM, "state": {"values": _filled_in(round_)}},
        }
    )


def _filled_in(round_: Round) -> dict[str, object]:
    answers = {
        f"{STATEMENT_PREFIX}{statement.id}": {"answer": {"selected_option": {"value": "1"}}}
        for statement in round_.prompt.statements
    }
    return {**answers, "reply.more": {"reply.more": {"selected_option": {"value": "no"}}}}


def stored(config: Config) -> dict[str, set[bytes]]:
    """Return the ids of the replies that are in the files of each workspace. No worker runs now."""
    found = {}
    for team in TEAMS:
        boxes = BallotFiles(cell_dir(config, CellKey(team)) / "ballots")
        found[team] = {bytes(reply.id) for one in ROUNDS for reply in boxes.list_replies(RoundId(one))}
        boxes.close()
    return found


def id_of(receipt: str) -> bytes:
    """Return the id of the reply of a receipt."""
    return bytes(reply_id(Receipt(bytes.fromhex(receipt))))


def shard(team: str) -> int:
    """Return the shard of a workspace."""
    return shard_of(CellKey(team))
