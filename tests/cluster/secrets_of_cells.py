"""What workers know and PostgreSQL must not: read from the files of open cells, and from what members see."""

import re
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory

from bot.slack.reply.forms import parse_form_metadata
from tests.cluster.processes import CLUSTER_KEY, Cluster
from tests.hosted_world import TOKEN_KEY

LEAST = 10
"""Characters of a text in a database that is looked for."""

NO_SECRET = re.compile(r"[0-9:TZ+. -]+|[a-z_]{1,20}")
"""Times, and words such as a state: they stand everywhere. Times of replies are looked for in another way."""


def secrets_of(cluster: Cluster) -> dict[str, bytes]:
    """Return the secrets that there are now, by a name that tells what each is."""
    return {
        "signing secret": cluster.server.signing_secret.encode(),
        "client secret": cluster.server.client_secret.encode(),
        "token key": TOKEN_KEY.encode(),
        "raw token key": bytes.fromhex(TOKEN_KEY),
        "cluster key": CLUSTER_KEY.encode(),
        "raw cluster key": bytes.fromhex(CLUSTER_KEY),
        "any bot token": b"xoxb-",
        **dict(_of_people(cluster)),
        **dict(_in_cells(cluster.folder)),
    }


def _of_people(cluster: Cluster) -> Iterator[tuple[str, bytes]]:
    for team, members in cluster.people.items():
        for channel in members.workspace.channels.values():
            yield f"channel of {team}", channel.id.encode()
            yield f"name of channel of {team}", channel.name.encode()
        for user in members.everyone():
            yield f"member {user} of {team}", user.encode()
            for number, view in enumerate(members.workspace.stack(user)):
                if metadata := parse_form_metadata(view.body.get("private_metadata", "")):
                    yield f"round of {team}", metadata.round_id.encode()
                    yield f"receipt {number} of {user} of {team}", metadata.receipt


def _in_cells(folder: Path) -> Iterator[tuple[str, bytes]]:
    for path in sorted(folder.rglob("shards/*/*/**/*")):
        if path.suffix == ".db":
            yield from _in_database(path)
        elif path.is_file() and "keys" in path.parts:
            yield f"key file {path.name}", path.read_bytes()


def _in_database(path: Path) -> Iterator[tuple[str, bytes]]:
    with TemporaryDirectory() as folder:
        copy = Path(folder) / path.name
        for one in path.parent.glob(f"{path.name}*"):
            shutil.copyfile(one, copy.with_name(one.name))
        with closing(sqlite3.connect(copy)) as database:
            tables = database.execute("SELECT name FROM sqlite_schema WHERE type = 'table'").fetchall()
            for (table,) in tables:
                for row, values in enumerate(database.execute(f"SELECT * FROM {table}").fetchall()):  # noqa: S608 - its own name
                    for column, value in enumerate(values):
                        if secret := _secret_in(value):
                            yield f"{path.name} {table} {row} {column}", secret


def _secret_in(value: object) -> bytes:
    """Return what to look for of a value in a database; nothing where it may stand anywhere by chance."""
    if isinstance(value, str):
        value = b"" if NO_SECRET.fullmatch(value) else value.encode()
    return value if isinstance(value, bytes) and len(value) >= LEAST else b""
