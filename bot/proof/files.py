"""Attack the application database, the permissions of the files, and their location."""

import re
from collections.abc import Iterator
from pathlib import PurePath

from bot.core.audit import Around, Evidence, FileFact, Holds, Place
from bot.core.cells import CELLS_DIR, SHARDS_DIR, WORKERS_DIR
from bot.proof.attack_results import AttackDescription, AttackResult, Verdict, count, safe

APP_TABLES = frozenset(
    {
        "_sqlite_migrations",
        "schedule",
        "schedule_change",
        "channel",
        "norm",
        "firing",
        "round",
        "release",
        "quote_request",
        "quote_removal",
        "outdated_summary",
        "asked",
        "unscrubbed",
        "post",
        "proof",
        "nothing_left",
        "everything_rests",
    }
)
"""The tables of belonging.db. Another table could hold forbidden data."""

SUSPECT_COLUMNS = re.compile(r"\b(member|user|person|reply|answer|receipt|token|sealed|text|ip)(_\w+)?\b")
SYNCED = (
    "dropbox",
    "onedrive",
    "google drive",
    "googledrive",
    "icloud",
    "mobile documents",
    "nextcloud",
    "syncthing",
)
NETWORK = frozenset(
    {
        "nfs",
        "nfs4",
        "sshfs",
        "rclone",
        "s3fs",
        "gcsfuse",
        "cifs",
        "smb3",
        "smbfs",
        "afs",
        "ceph",
        "glusterfs",
        "lustre",
        "9p",
        "davfs",
    }
)
EXPECTED = {
    Place.DATA: re.compile(
        r"belonging\.db(-wal|-shm)?|audiences\.db|before-upgrade\.db|heartbeat|\.lock|\.hold"
    ),
    Place.BALLOTS: re.compile(r"[0-9a-v]{12}\.db"),
    Place.KEYS: re.compile(r"[0-9a-v]{12}\.(token|close)|audience\.[0-9]{8}[a-z]?"),
    Place.HOST: re.compile(r"installations\.db(-wal|-shm)?|heartbeat|\.lock|storage-id|cells|shards|workers"),
}
HOST_FOLDERS = frozenset({CELLS_DIR, SHARDS_DIR, WORKERS_DIR})
CELL_SETTINGS = "config.yaml"
EXPECTED_IN_CELL = re.compile(rf"workspace\.yaml|{re.escape(CELL_SETTINGS)}")
"""What else lies in the data directory of one workspace of many."""

READABLE = 0o044
PRIVATE = (Place.BALLOTS, Place.KEYS)

_SCHEMA = AttackDescription(
    attack="application schema",
    tried="Look in belonging.db for any place where a reply, or who replied, could be kept.",
    remedy="Find out which program added it; take it out, or restore belonging.db from a backup.",
)
_MODES = AttackDescription(
    attack="file modes",
    tried="Look at every file and directory as another user of this machine would.",
    remedy="chmod 700 the directories, chmod 600 the files, and chown them to the bot's user; "
    "run 'belonging proof' as that user.",
)
_COPIES = AttackDescription(
    attack="copies and leftovers",
    tried="Look for copies, journals, backups, second names, snapshots and git repositories, in and around "
    "the data directory.",
    remedy="Remove the copies, and leave ballots/ and keys/ out of every backup, snapshot and repository.",
)
_WHERE = AttackDescription(
    attack="where the files lie",
    tried="Look whether the files lie in a synchronised folder or on another machine's disk.",
    remedy="Put ballots_dir and keys_dir on a disk of this machine that nothing copies.",
)


def check_app_schema(evidence: Evidence) -> AttackResult:
    """Look for a table or column that could hold a reply or who replied."""
    tables, layout = evidence.disk.tables, evidence.disk.layout
    found = [
        f"belonging.db has a {_kind(sql)} {safe(name)}" for name, sql in tables.items() if name not in layout
    ]
    found += [f"belonging.db lacks {name}" for name in layout if name not in tables]
    found += [
        f"{name} in belonging.db is laid out in another way"
        for name, sql in layout.items()
        if name in tables and name in APP_TABLES and tables[name] != sql
    ]
    found += [
        f"the table {safe(name)} in belonging.db has a column {column[0]}"
        for name, sql in tables.items()
        if _kind(sql) == "table"
        for column in SUSPECT_COLUMNS.findall(_columns(sql))
    ]
    unknown = {name for name, sql in layout.items() if _kind(sql) == "table"} - APP_TABLES
    found += [f"belonging.db has a table {name}" for name in sorted(unknown)]
    return _SCHEMA.result(found, clean="schedules, rounds and published results, and nothing else")


def check_permissions(evidence: Evidence) -> AttackResult:
    """Look for permission bits that give other users of the machine access."""
    facts = evidence.disk.files
    found = [
        f"{_shown(fact)} can be reached by others (mode {fact.mode:04o})"
        for fact in facts
        if fact.mode & 0o077 & ~(READABLE if _is_settings(evidence, fact) else 0)
    ]
    found += [f"{_shown(fact)} belongs to another user" for fact in facts if not fact.ours]
    return _MODES.result(found, clean=f"all {len(facts)} are for the bot's user alone")


def find_copies(evidence: Evidence) -> AttackResult:
    """Look for copies, backups and leftovers in and around the three directories."""
    around = evidence.disk.around
    found = [*_leftovers(evidence)]
    found += [f"{_shown(fact)} holds {fact.holds.value}" for fact in around.copies]
    found += [
        f"{place.value} lies in a git repository that does not ignore it" for place in around.repositories
    ]
    return _COPIES.result(found, clean=f"nothing but what the bot needs; {_reach(around)}")


def check_location(evidence: Evidence) -> AttackResult:
    """Look for folders that a program copies elsewhere, and for disks of other machines."""
    folders, kinds = evidence.disk.folders, evidence.disk.around.filesystems
    found = [
        f"{place.value} lies in a folder whose name says that it is copied elsewhere"
        for place in PRIVATE
        if is_copied(folders[place])
    ]
    found += [
        f"{place.value} lies on a network file system ({kind})"
        for place, kind in kinds.items()
        if is_network(kind)
    ]
    unknown = not all(kinds.get(place) for place in folders)
    clean = "no sign of it" + ("; this system does not say on what disks they lie" if unknown else "")
    return _WHERE.result(found, clean=clean, verdict=Verdict.WARNING)


def is_copied(path: str) -> bool:
    """Return whether a path contains a folder named like one that a program copies elsewhere."""
    return any(word in part for part in PurePath(path.lower()).parts for word in SYNCED)


def is_network(filesystem: str) -> bool:
    """Return whether this kind of file system is on another machine."""
    return filesystem.removeprefix("fuse.") in NETWORK


def _leftovers(evidence: Evidence) -> Iterator[str]:
    for fact in evidence.disk.files:
        if not fact.name:
            continue
        top = PurePath(fact.name).parts[0]
        if fact.holds is not Holds.NOTHING and not _is_expected(evidence, fact):
            yield f"{_shown(fact)} holds {fact.holds.value}"
        elif _is_stray_folder(fact) or top != fact.name or not _is_expected(evidence, fact):
            yield f"{fact.place.value}/{safe(top)} should not be there"
        if fact.links > 1 and not fact.directory and fact.place in PRIVATE:
            yield f"{_shown(fact)} has {fact.links} names, so that a copy survives its destruction"


def _is_expected(evidence: Evidence, fact: FileFact) -> bool:
    in_cell = evidence.disk.neighbours is not None and fact.place is Place.DATA
    return bool(
        EXPECTED[fact.place].fullmatch(fact.name) or (in_cell and EXPECTED_IN_CELL.fullmatch(fact.name))
    )


def _is_stray_folder(fact: FileFact) -> bool:
    return fact.directory and not (fact.place is Place.HOST and fact.name in HOST_FOLDERS)


def _is_settings(evidence: Evidence, fact: FileFact) -> bool:
    """Return whether this is the file in which an operator sets up one workspace of many."""
    return evidence.disk.neighbours is not None and (fact.place, fact.name) == (Place.DATA, CELL_SETTINGS)


def _reach(around: Around) -> str:
    looked = f"{count(around.looked_at, 'file')} looked into beside it"
    return looked if around.all_looked_at else f"{looked}, no more"


def _kind(sql: str) -> str:
    """Return what this SQL creates: a table, an index, a trigger, a view."""
    match = re.match(r"\s*CREATE\s+(?:UNIQUE\s+|VIRTUAL\s+|TEMP\s+)*(\w+)", sql, re.IGNORECASE)
    return match[1].lower() if match else "thing"


def _columns(sql: str) -> str:
    """Return the column part of a table's SQL, without its types, checks and references."""
    inner = sql.partition("(")[2].rpartition(")")[0]
    return re.sub(r"REFERENCES \w+ \(\w+\)|CHECK \([^)]*\)+|\bTEXT\b", "", inner).lower()


def _shown(fact: FileFact) -> str:
    if not fact.name:
        return f"the directory {fact.place.value}"
    return safe(fact.name) if fact.place is Place.BESIDE else f"{fact.place.value}/{safe(fact.name)}"
