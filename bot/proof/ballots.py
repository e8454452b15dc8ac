"""Attack the ballot files and the keys of the rounds."""

from bot.core.audit import Evidence, LiveFact
from bot.core.model import RoundId, RoundState
from bot.proof.attack_results import AttackDescription, AttackResult, count

LIVE = frozenset({RoundState.GATHERING, RoundState.OPEN, RoundState.CLOSING})
KEY_KINDS = frozenset({"token", "close"})

BOX_TABLES = {
    "participation": "CREATE TABLE participation (token BLOB PRIMARY KEY NOT NULL) WITHOUT ROWID, STRICT",
    "reply": "CREATE TABLE reply (id BLOB PRIMARY KEY NOT NULL, sealed BLOB NOT NULL) WITHOUT ROWID, STRICT",
}
"""The exact schema of a ballot file: no row number, no time, nothing that links the two tables."""

_ORDER = AttackDescription(
    attack="order of replies",
    tried="Compare every ballot file, byte by byte, with the one form that its content has.",
    remedy="Restart the bot: it rewrites every ballot file before it serves anything.",
)
_TIME = AttackDescription(
    attack="time of the last reply",
    tried="Read the modification times of the ballot files and of their directory.",
    remedy="Restart the bot: it sets the times back. Leave no program that writes in that directory.",
)
_SCHEMA = AttackDescription(
    attack="ballot schema",
    tried="Look for row numbers, times, counters and further tables in the ballot files.",
    remedy="Another program has written to the ballots, or the disk fails. Leave the file there, and find "
    "out which. A round whose ballots cannot be read takes no replies, and ends as key lost when it closes.",
)
_ENDED = AttackDescription(
    attack="ended rounds",
    tried="Look for a key or a reply of a round that is over, and for open rounds that are not whole.",
    remedy="Restart the bot: it destroys what belongs to no open round, and ends a round that lost its key.",
)


def check_order(evidence: Evidence) -> AttackResult:
    """Look for the order of the replies in the page bytes of the ballot files."""
    boxes = evidence.disk.boxes
    return _ORDER.result(
        (f"ballots/{box.round_id}.db is not in its one form" for box in boxes if not box.canonical),
        clean=f"{count(len(boxes), 'ballot file')}, each in its one form: no order, no free space",
    )


def check_times(evidence: Evidence) -> AttackResult:
    """Look for the time of the last reply in the file system."""
    found = [
        f"ballots/{box.round_id}.db does not show the opening time"
        for box in evidence.disk.boxes
        if not box.timeless
    ]
    if not evidence.disk.timeless:
        found.append("the directory ballots does not show the time of an opening")
    return _TIME.result(found, clean="they show when rounds opened, which everybody knows")


def check_ballot_schema(evidence: Evidence) -> AttackResult:
    """Look for a column or row number that links people, replies or times."""
    found = [
        f"ballots/{box.round_id}.db "
        + ("holds other tables than it should" if box.schema is not None else "is damaged: it cannot be read")
        for box in evidence.disk.boxes
        if box.schema != BOX_TABLES
    ]
    return _SCHEMA.result(
        found, clean="two tables, ordered by random keys; no time, no counter, no row number"
    )


def check_ended_rounds(evidence: Evidence) -> AttackResult:
    """Look for keys or ballots of ended rounds, and for open rounds with missing keys or ballots.

    Rounds may open and end meanwhile: only what every look shows is a result.
    """
    found, live = list[str](), 0
    for number, look in enumerate(evidence.disk.looks()):
        odd = _odd(look)
        found = [one for one in found if one in odd] if number else odd
        live = len(_live(look))
        if not found:
            break
    return _ENDED.result(found, clean=f"{count(live, 'open round')}; of the ended ones neither key nor reply")


def _live(look: LiveFact) -> frozenset[RoundId]:
    return frozenset(one for one, state in look.states.items() if state in LIVE)


def _odd(look: LiveFact) -> list[str]:
    live = _live(look)
    return [
        *(f"ballots of {one}, which is no open round" for one in sorted(look.ballots - live)),
        *(f"keys of {one}, which is no open round" for one in sorted(look.keys.keys() - live)),
        *(
            f"the open round {one} has not both of its keys"
            for one in sorted(live)
            if look.keys.get(one, frozenset()) != KEY_KINDS
        ),
        *(f"the open round {one} has no ballots" for one in sorted(live - look.ballots)),
    ]
