"""Attack audiences.db, which stores for some weeks who was asked which statement."""

from datetime import timedelta

from bot.core.audit import Evidence
from bot.proof.attack_results import AttackDescription, AttackResult, Verdict, count

GRACE = timedelta(days=1)
"""Expired marks are removed once a day while the bot runs."""

AUDIENCE_TABLES = {
    "asked": "CREATE TABLE asked (statement TEXT NOT NULL, mark BLOB NOT NULL, round TEXT NOT NULL, "
    "PRIMARY KEY (statement, mark, round)) WITHOUT ROWID, STRICT",
    "audience": "CREATE TABLE audience (round TEXT PRIMARY KEY NOT NULL, period TEXT NOT NULL, "
    "people INTEGER NOT NULL, marks INTEGER NOT NULL, until TEXT NOT NULL) WITHOUT ROWID, STRICT",
}
"""The exact schema of audiences.db: no row number, no time of a mark, nothing about a reply."""

_ATTACK = AttackDescription(
    attack="who was asked",
    tried="Look in audiences.db for row numbers, times, further tables, and marks that are kept too long.",
    remedy="Restart the bot: it removes marks whose time is over. If there are other tables, another program "
    "has written to the file: keep it, and find out which one.",
)


def check_audiences(evidence: Evidence) -> AttackResult:
    """Look for data that could show who replied, and for expired marks."""
    audiences = evidence.disk.audiences
    if audiences is None:
        what = "audiences.db is not there or cannot be read"
        return _ATTACK.result([what], clean="", verdict=Verdict.WARNING)
    found = [] if audiences.tables == AUDIENCE_TABLES else ["audiences.db is laid out in another way"]
    found += [
        f"the marks of round {one} should have been removed by {fact.until:%Y-%m-%d}"
        for one, fact in sorted(audiences.frozen.items())
        if fact.until + GRACE < evidence.at
    ]
    people = count(len(audiences.frozen), "audience")
    return _ATTACK.result(found, clean=f"{people}, marked when the round opened, and nothing of who replied")
