"""Sees what the world can see of an installation, and says what is wrong with it.

It looks at the channel, at the files and at the log, and nowhere inside the bot.
"""

import json
import re
import shutil
import sqlite3
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from itertools import product
from pathlib import Path
from typing import Any

from tests.faults.keeper import Death
from tests.faults.slack import Post

LEAST_BYTES = 16
"""Shorter values in a database could stand anywhere by chance."""

NEEDLE_BYTES = 48
"""So much of a secret is looked for."""

Outcome = tuple[int, ...] | None
"""What one member may have in the box: for each statement 1 (agrees) or 0; None: no reply."""


def rounds_announced(posts: Iterable[Post]) -> list[str]:
    """The rounds that were announced, by the value of their button; one entry for each announcement."""
    blocks = [block for post in posts for block in json.loads(post.blocks or "[]")]
    return [
        str(one["value"])
        for block in blocks
        if block.get("block_id") == "announcement"
        for one in block["elements"]
        if one["action_id"] == "reply.open"
    ]


def said_too_often(
    posts: Sequence[Post], deaths: Sequence[Death], lost_answers: Sequence[Post] = ()
) -> list[str]:
    """Messages said more often than they may be: once.

    Once more for each death while the post was under way; and where Slack's answer to it was lost, once more
    in all.
    """
    repeats = Counter(death.under_way.content for death in deaths if death.under_way)
    repeats |= Counter({post.content for post in lost_answers})
    said = Counter(post.content for post in posts)
    return [
        f"said {count} times, where {1 + repeats[content]} are allowed: {content[1][:60]!r}"
        for content, count in said.items()
        if count > 1 + repeats[content]
    ]


def secrets_of(data: Path, round_id: str) -> set[bytes]:
    """What must be nowhere after the close: the bytes of the round's keys, and every value in its ballots."""
    found: set[bytes] = set()
    for path in files_in(data):
        if round_id not in path.name:
            continue
        content = path.read_bytes()
        values = _values_of(path) if content.startswith(b"SQLite format 3") else [content]
        found |= {value[:NEEDLE_BYTES] for value in values if len(value) >= LEAST_BYTES}
    return found


def left_after_close(data: Path, round_id: str, secrets: Iterable[bytes]) -> list[str]:
    """The files under the data directory that belong to a closed round, or hold anything secret of it."""
    left = []
    wanted = list(secrets)
    for path in files_in(data):
        if round_id in path.name:
            left.append(f"left after the close: {path.parent.name}/{path.suffix}")
            continue
        content = path.read_bytes()
        if any(secret in content for secret in wanted):
            left.append(f"a secret of the closed round stands in {path.name}")
    return left


def files_in(folder: Path) -> Iterator[Path]:
    """Every file there, and in the folders there."""
    return (path for path in sorted(folder.rglob("*")) if path.is_file())


def last_words(log: str) -> str:
    """Why a bot has ended by itself, by what it has printed: its own reason, a crash, or its last error.

    Nothing else of a log is told, since a reply could stand in it.
    """
    for kind in (r"(?:ended|Fatal Python error): (.+)", r"\S+ +(?:ERROR|CRITICAL) +(.+)"):
        if said := re.findall(rf"^{kind}$", log, re.MULTILINE):
            return str(said[-1])
    return "its log does not say why"


def words_found(words: Iterable[str], text: str) -> list[str]:
    """Which of these words stand in the text."""
    return [word for word in words if word in text]


def uncounted(entry: Mapping[str, Any], order: Sequence[str], may: Mapping[str, set[Outcome]]) -> list[str]:
    """What is wrong with a published result, given what each member may have in the box.

    ``order``: the ids of the statements, in the order in which they were answered. Nothing is wrong where
    some choice of one outcome for each member gives exactly the published numbers.
    """
    if entry["withheld"]:
        return ["withheld, though enough replies were acknowledged"]
    shown = {item["id"]: item["agree"] for item in entry["items"]}
    choices = [sorted(outcomes, key=str) for outcomes in may.values()]
    if any(
        _fits(entry["replies"], [shown.get(one) for one in order], chosen) for chosen in product(*choices)
    ):
        return []
    acknowledged = sum(outcomes != {None} and None not in outcomes for outcomes in may.values())
    doubtful = sum(len(outcomes) > 1 for outcomes in may.values())
    published = f"{entry['replies']} replies published as {json.dumps(list(shown.values()))}"
    return [f"wrong count: {published}, {acknowledged} acknowledged, {doubtful} in doubt"]


def _fits(replies: int, shown: Sequence[Mapping[str, int] | None], chosen: Sequence[Outcome]) -> bool:
    there = [answers for answers in chosen if answers is not None]
    if len(there) != replies:
        return False
    for place, count in enumerate(shown):
        agree = sum(answers[place] for answers in there)
        if count and not (count["of"] == len(there) and count["at_least"] <= agree <= count["at_most"]):
            return False
    return True


def _values_of(path: Path) -> list[bytes]:
    """Every blob in a database, read from a copy: to open the file itself could mend what is broken."""
    with tempfile.TemporaryDirectory() as folder:
        copy = shutil.copy(path, folder)
        with closing(sqlite3.connect(copy)) as connection:
            tables = [
                name for (name,) in connection.execute("SELECT name FROM sqlite_schema WHERE sql <> ''")
            ]
            rows = [row for table in tables for row in connection.execute(f'SELECT * FROM "{table}"')]  # noqa: S608 - names from the file itself
    return [value for row in rows for value in row if isinstance(value, bytes)]
