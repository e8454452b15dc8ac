"""Attacks on a live installation, reading only: what was tried, what was found, what to do.

Every attack is a pure function of the evidence. It prints no byte of a reply, no key and no member id.
"""

import base64
import hashlib
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from itertools import combinations

from bot.core.evidence import Evidence, FileFact, Place
from bot.core.model import Round, RoundState
from bot.core.release import Count, Published, count_of, merged_end

LIVE = frozenset({RoundState.OPEN, RoundState.CLOSING})
WINDOW = timedelta(days=28)

BOX_TABLES = {
    "participation": "CREATE TABLE participation (token BLOB PRIMARY KEY NOT NULL) WITHOUT ROWID, STRICT",
    "reply": "CREATE TABLE reply (id BLOB PRIMARY KEY NOT NULL, sealed BLOB NOT NULL) WITHOUT ROWID, STRICT",
}
"""What a ballot file may hold, word for word: no row number, no time, nothing that ties the two together."""

APP_TABLES = frozenset(
    {
        "_sqlite_migrations",
        "schedule",
        "firing",
        "round",
        "release",
        "quote_request",
        "quote_removal",
        "outdated_summary",
        "proof",
    }
)
"""The tables of belonging.db. One more could hold what must not be held."""

SUSPECT_COLUMNS = re.compile(r"\b(member|user|person|reply|answer|receipt|token|sealed|text|ip)(_\w+)?\b")
KEY_NAMES = frozenset({"token", "close"})
SYNCED = ("dropbox", "onedrive", "google drive", "icloud", "mobile documents", "nextcloud", ".snapshot")
EXPECTED = {
    Place.DATA: re.compile(r"belonging\.db(-wal|-shm)?|\.lock"),
    Place.BALLOTS: re.compile(r"[0-9a-v]{12}\.db"),
    Place.KEYS: re.compile(r"[0-9a-v]{12}\.(token|close)"),
}


class Verdict(StrEnum):
    """How an attack ended; ``pass`` means that it found nothing."""

    PASS = "pass"  # noqa: S105 - a verdict, no password
    FAIL = "fail"
    NOT_TRIED = "not tried"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One attack: what was tried, how it ended, what it found, and what to do if it found something."""

    attack: str
    tried: str
    verdict: Verdict
    found: str
    remedy: str = ""


Attack = Callable[[Evidence], Finding]


def prove(evidence: Evidence) -> tuple[Finding, ...]:
    """The findings of all attacks, in the order of ``ATTACKS``."""
    return tuple(attack(evidence) for attack in ATTACKS)


def has_failed(findings: Iterable[Finding]) -> bool:
    """Whether any attack succeeded."""
    return any(finding.verdict is Verdict.FAIL for finding in findings)


def find_people(evidence: Evidence) -> Finding:
    """Member ids, plain or hashed in the ways that come to mind, in the raw bytes of every file."""
    tried = (
        "Search the raw bytes of every file for the ids of all members, plain and in eighteen hashed forms."
    )
    if evidence.members is None:
        return Finding(
            attack="people in files",
            tried=tried,
            verdict=Verdict.NOT_TRIED,
            found="Slack was not asked who is in the channels; the running bot tries this once a day.",
        )
    sought = evidence.members - evidence.recorded
    hits = {
        name
        for member in sought
        for form in _forms(member, evidence.workspace)
        for name in evidence.search(form)
    }
    return _judged(
        "people in files",
        tried,
        [f"the id of a member, or a hash of it, stands in {name}" for name in sorted(hits)],
        clean=f"none of {len(sought)} members is in any file",
        remedy="Something writes who people are. Stop the bot, keep the file, and report it as a fault.",
    )


def read_order(evidence: Evidence) -> Finding:
    """The order of the replies, from the page bytes of the ballot files."""
    untidy = [
        f"ballots/{box.round_id}.db can be told apart from a tidy one"
        for box in evidence.boxes
        if not box.canonical
    ]
    return _judged(
        "order of replies",
        "Compare every ballot file, byte by byte, with the one form that its content has.",
        untidy,
        clean=f"{_count(len(evidence.boxes), 'ballot file')}, each in its one form",
        remedy="Restart the bot: it rewrites every ballot file before it serves anything.",
    )


def use_ballot_schema(evidence: Evidence) -> Finding:
    """A column or row number in the ballot files that ties people, replies or times together."""
    odd = [
        f"ballots/{box.round_id}.db holds other tables than it should"
        for box in evidence.boxes
        if box.schema != BOX_TABLES
    ]
    return _judged(
        "ballot schema",
        "Look for row numbers, times and further tables in the ballot files.",
        odd,
        clean="two tables, ordered by random keys, with no time and no row number",
        remedy="Another program has written to the ballots. End the round with a cancel, and find out which.",
    )


def use_app_schema(evidence: Evidence) -> Finding:
    """A table or column of the application database that could hold a reply or who replied."""
    more = [
        f"belonging.db has a table {name}"
        for name, sql in evidence.tables.items()
        if _is_table(sql) and name not in APP_TABLES
    ]
    columns = [
        f"belonging.db: {name} has a column {column[0]}"
        for name, sql in evidence.tables.items()
        if _is_table(sql) and name in APP_TABLES
        for column in SUSPECT_COLUMNS.findall(_columns(sql))
    ]
    return _judged(
        "application schema",
        "Look in belonging.db for any place where a reply, or who replied, could be kept.",
        more + columns,
        clean="schedules, rounds and published results, and nothing else",
        remedy="Find out which program added it; take it out, or restore belonging.db from a backup.",
    )


def walk_in(evidence: Evidence) -> Finding:
    """Permission bits that let other users of the machine in."""
    open_ = [
        f"{_shown(fact)} can be reached by others (mode {fact.mode:04o})"
        for fact in evidence.files
        if fact.place is not Place.BESIDE and fact.mode & 0o077
    ]
    foreign = [
        f"{_shown(fact)} belongs to another user"
        for fact in evidence.files
        if fact.place is not Place.BESIDE and not fact.ours
    ]
    return _judged(
        "file modes",
        "Open every file and directory as another user of this machine would.",
        open_ + foreign,
        clean="all of it is for the bot's user alone",
        remedy="chmod 700 the directories, chmod 600 the files, and chown them to the bot's user.",
    )


def find_dead_rounds(evidence: Evidence) -> Finding:
    """Keys or ballots of rounds that have ended, and live rounds whose secrets are not whole."""
    live = {round_.id for round_ in evidence.rounds if round_.state in LIVE}
    boxes = {box.round_id for box in evidence.boxes}
    found = [f"ballots of the ended round {one} are still there" for one in sorted(boxes - live)]
    found += [f"keys of the ended round {one} are still there" for one in sorted(set(evidence.keys) - live)]
    found += [
        f"the open round {one} has not both of its keys and its ballots"
        for one in sorted(live)
        if evidence.keys.get(one, frozenset()) != KEY_NAMES or one not in boxes
    ]
    return _judged(
        "ended rounds",
        "Look for a key or a reply of a round that is over.",
        found,
        clean=f"{_count(len(live), 'open round')}; of the ended ones neither key nor reply",
        remedy="Restart the bot: it destroys what belongs to no open round.",
    )


def find_copies(evidence: Evidence) -> Finding:
    """Copies, backups and leftovers in and beside the data directory."""
    found = [f"{_shown(fact)} should not be there" for fact in evidence.files if _is_odd(fact)]
    found += [
        f"{_shown(fact)} has {fact.links} names, so a copy survives its destruction"
        for fact in evidence.files
        if fact.links > 1 and not fact.directory and fact.place in {Place.BALLOTS, Place.KEYS}
    ]
    found += [
        f"{place.value} lies in a folder that is copied elsewhere"
        for place, folder in evidence.folders.items()
        if any(word in folder.lower() for word in SYNCED)
    ]
    return _judged(
        "copies and leftovers",
        "Look for copies, journals, backups and synchronised folders in and beside the data directory.",
        found,
        clean="nothing but what the bot needs",
        remedy="Remove the copies, and leave ballots/ and keys/ out of every backup and snapshot.",
    )


def read_the_log(evidence: Evidence) -> Finding:
    """A log that lets a reply, a name or a foreign message through."""
    loud = [
        f"the logger {name} may speak (level {level}, wanted {wanted})"
        for name, (level, wanted) in evidence.loggers.items()
        if level < wanted
    ]
    leaks = ["a log line carries what it must not"] if evidence.canary in evidence.canary_line else []
    dumps = [] if evidence.core_bytes == 0 else ["a crash may write the memory of the bot to disk"]
    return _judged(
        "logs and crashes",
        "Send a marked text through the log in every field, and look at the loggers of the libraries.",
        loud + leaks + dumps,
        clean="the mark does not come out, the libraries are silent, no core dumps",
        remedy="Start the bot with 'belonging run' and set no logging of your own; set LimitCORE=0.",
    )


def recompute_results(evidence: Evidence) -> Finding:
    """Published numbers that the release rule would not have shown."""
    found = [
        f"round {round_.number} in {round_.channel}: {what}"
        for round_, result in evidence.releases
        if isinstance(result, Published)
        for what in _breaches(round_, result)
    ]
    return _judged(
        "published numbers",
        "Hold every published number against the rule that its round was opened with.",
        found,
        clean=f"{_count(len(evidence.releases), 'result')}, each as its own rule demands",
        remedy="belonging.db was changed by hand, or the bot has a fault: restore a backup, and report it.",
    )


def subtract_results(evidence: Evidence) -> Finding:
    """Counts of the same statement, close in time, from channels with nearly the same people."""
    pairs = list(_comparable(evidence))
    if pairs and evidence.alike is None:
        return Finding(
            attack="subtraction",
            tried="Subtract the counts of one channel from those of another that has nearly the same people.",
            verdict=Verdict.NOT_TRIED,
            found=f"{_count(len(pairs), 'pair')} to try; the running bot tries them.",
        )
    alike = evidence.alike
    found = [
        f"{one.channel} and {other.channel} were asked the same within 28 days, of nearly the same people"
        for one, other in pairs
        if alike and alike(one.channel, other.channel)
    ]
    return _judged(
        "subtraction",
        "Subtract the counts of one channel from those of another that has nearly the same people.",
        found,
        clean=f"{_count(len(pairs), 'pair')} of results to compare, of channels with other people",
        remedy="Give one of the two channels another pack, or ask them more than 28 days apart.",
    )


ATTACKS: tuple[Attack, ...] = (
    find_people,
    read_order,
    use_ballot_schema,
    use_app_schema,
    walk_in,
    find_dead_rounds,
    find_copies,
    read_the_log,
    recompute_results,
    subtract_results,
)
"""All attacks, in the order in which they are reported."""


def _judged(attack: str, tried: str, found: list[str], *, clean: str, remedy: str) -> Finding:
    if found:
        return Finding(
            attack=attack, tried=tried, verdict=Verdict.FAIL, found="; ".join(found), remedy=remedy
        )
    return Finding(attack=attack, tried=tried, verdict=Verdict.PASS, found=clean)


def _forms(member: str, workspace: str) -> Iterator[bytes]:
    """A member id as it could stand in a file: plain, and hashed in the ways that come to mind."""
    plain = member.encode()
    yield plain
    for text in (plain, (workspace + member).encode()):
        for name in ("md5", "sha1", "sha256"):
            digest = hashlib.new(name, text, usedforsecurity=False).digest()
            yield digest
            yield digest.hex().encode()
            yield base64.b64encode(digest).rstrip(b"=")


def _breaches(round_: Round, result: Published) -> Iterator[str]:
    policy = round_.policy
    if result.replies < policy.threshold:
        yield f"{result.replies} replies, under the threshold of {policy.threshold}"
    if len({item.item for item in result.items}) != len(result.items):
        yield "a statement has more than one number"
    if not all(_may_be_shown(item.count, policy.threshold) for item in result.items if item.count):
        yield "a number that the rule does not show"
    if any(tag.count.low <= merged_end(result.replies) for tag in result.tags):
        yield "a tag of too few writers"
    if result.quotes and result.replies < policy.quote_replies:
        yield "quotes from too few replies"


def _may_be_shown(count: Count, threshold: int) -> bool:
    return count.of >= threshold and count in {count_of(agreed, count.of) for agreed in range(count.of + 1)}


def _comparable(evidence: Evidence) -> Iterator[tuple[Round, Round]]:
    published = [round_ for round_, result in evidence.releases if isinstance(result, Published)]
    for one, other in combinations(published, 2):
        asked_alike = {item.text for item in one.prompt.items} & {item.text for item in other.prompt.items}
        if one.channel != other.channel and asked_alike and abs(one.opened_at - other.opened_at) <= WINDOW:
            yield one, other


def _is_odd(fact: FileFact) -> bool:
    if fact.directory:
        return False
    expected = EXPECTED.get(fact.place)
    return fact.database if expected is None else not expected.fullmatch(fact.name)


def _is_table(sql: str) -> bool:
    return sql.lstrip().upper().startswith("CREATE TABLE")


def _columns(sql: str) -> str:
    """The column part of a table's SQL, without its checks and references."""
    inner = sql[sql.index("(") + 1 : sql.rindex(")")]
    return re.sub(r"REFERENCES \w+ \(\w+\)|CHECK \([^)]*\)+|\bTEXT\b", "", inner).lower() if inner else ""


def _shown(fact: FileFact) -> str:
    return f"{fact.place.value}/{fact.name}" if fact.name else f"the directory {fact.place.value}"


def _count(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"
