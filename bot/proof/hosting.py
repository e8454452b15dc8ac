"""Look for tokens of Slack in clear, and for what has crossed from one workspace to another."""

import re
from collections.abc import Iterator

from bot.core.audit import Evidence, Place
from bot.proof.attack_results import AttackDescription, AttackResult, Verdict, count, safe

_TOKEN = re.compile(rb"xox[a-z](\.xox[a-z])?-[0-9A-Za-z-]{8}|xapp-[0-9A-Za-z-]{8}")
_ID = re.compile(rb"[ET](?=[A-Z0-9]{2})")
"""Where the id of a workspace or an organisation may begin; SQLite writes texts without a space between."""

_TOKENS = AttackDescription(
    attack="tokens in files",
    tried="Search every file of the installation, free pages and journals included, and the logs beside it, "
    "for a token of Slack in clear.",
    remedy="Find out which program wrote it and take it out; in Slack, revoke the token and install again.",
)
_NEIGHBOURS = AttackDescription(
    attack="other workspaces",
    tried="Search the files of this workspace for the id of another one, and the other directories for a "
    "workspace of this one.",
    remedy="Stop the bot, keep both directories, and report it as a fault. Results of two that hold the same "
    "workspace could be subtracted.",
)


def find_tokens(evidence: Evidence) -> AttackResult:
    """Look for a token that is not sealed."""
    inside, beside, looked = list[str](), list[str](), 0
    for name, content in evidence.disk.contents():
        looked += 1
        if _TOKEN.search(content):
            inside.append(f"{safe(name)} holds a token of Slack")
    for place, name, content in evidence.disk.around_contents():
        looked += 1
        if _TOKEN.search(content):
            found = inside if place is Place.HOST else beside
            found.append(f"{safe(name)} holds a token of Slack")
    verdict = Verdict.FAIL if inside else Verdict.WARNING  # a log beside may be of another program
    clean = f"none in {count(looked, 'file')}"
    return _TOKENS.result([*inside, *beside], clean=clean, verdict=verdict)


def find_neighbours(evidence: Evidence) -> AttackResult:
    """Look for another workspace in the files of this one, and for this one in the directory of another."""
    neighbours = evidence.disk.neighbours
    if neighbours is None:
        return _NEIGHBOURS.result((), clean="this installation serves one workspace only")
    found = [f"{name} holds a workspace of this one, too" for name in neighbours.shared]
    found += _strange(evidence, neighbours.ids)
    others = count(len(neighbours.ids), "other")
    where = " in the same shard" if neighbours.in_shard else ""
    return _NEIGHBOURS.result(found, clean=f"nothing of {others}{where}")


def _strange(evidence: Evidence, ids: frozenset[str]) -> Iterator[str]:
    known = {one.encode() for one in ids}
    lengths = {len(one) for one in known}
    for name, content in evidence.disk.contents():
        written = name.encode() + b"\0" + content
        starts = (match.start() for match in _ID.finditer(written))
        if any(written[at : at + length] in known for at in starts for length in lengths):
            yield f"{safe(name)} holds the id of another workspace"
