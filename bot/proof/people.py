"""Look for people in the files."""

import base64
import hashlib
import hmac
import re
import sys
from collections.abc import Iterable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import replace
from itertools import chain, islice

from bot.core.audiences import every_key
from bot.core.audit import Asked, Evidence
from bot.core.model import MemberId
from bot.proof.attack_results import AttackDescription, AttackResult, Verdict, count, safe

HASHES = ("md5", "sha1", "sha256", "sha512", "blake2b")
BETWEEN = ("", ":", "-", "\0")
WINDOW = 8
"""How many first bytes of each form are compared first."""

CHUNK = 1 << 18
"""Bytes that are searched at once; a multiple of ``WINDOW``."""

TOGETHER = 1000
"""Members whose hashes are in memory at once."""

BATCH = 60_000
"""Number of digests that are held in memory at once: with their forms about 60 MB."""

ROUNDS_MARKED = 50
"""How many of the latest rounds are searched for marks that were made without a secret key."""

_ID = re.compile(rb"[UW][A-Z0-9]{5,}", re.IGNORECASE)
_ATTACK = AttackDescription(
    attack="people in files",
    tried="Search names and raw bytes of every file, keys left out, for the ids of all members, plain and "
    "hashed in the ways that come to mind.",
    remedy="Something writes who people are. Stop the bot, keep the file, and report it as a fault.",
)
_NOBODY_KNOWN = replace(
    _ATTACK,
    remedy="If a row is damaged, restore a backup. If the bot was taken out of its channels, invite it.",
)


def find_people(evidence: Evidence) -> AttackResult:
    """Look for member ids, plain or hashed in common ways, in names and bytes of every file."""
    people = evidence.people
    if people is None:
        return _ATTACK.not_tried(evidence.unasked or "Slack was not asked who is in the channels")
    sought = sorted(frozenset().union(*people.audiences.values()) - evidence.disk.recorded)
    salts = (people.workspace, *(box.round_id for box in evidence.disk.boxes))
    files = [(name, name.encode() + b"\0" + content) for name, content in evidence.disk.contents()]
    plain = {member.encode() for member in sought}
    found = {name for name, content in files if _names_one(content, plain)}
    for digests in chain(_all_hashed(sought, salts), _in_batches(_as_marks(evidence, people))):
        forms = frozenset(_forms(digests))
        found |= {name for name, content in files if _holds_one(content, forms)}
    if not found and (unknown := _whom_nobody_knows(evidence, people)):
        return _NOBODY_KNOWN.result([unknown], clean="", verdict=Verdict.WARNING)
    return _ATTACK.result(
        (f"the id of a member, or a hash of it, stands in {safe(name)}" for name in sorted(found)),
        clean=f"none of {count(len(sought), 'member')} is in any of {count(len(files), 'file')}",
    )


def _whom_nobody_knows(evidence: Evidence, people: Asked) -> str:
    """Return why somebody who was asked may not have been looked for; empty if all were."""
    if unread := evidence.disk.unread_rounds:
        return f"{count(unread, 'round')} cannot be read, so nobody knows what its people were asked"
    if evidence.disk.channels and not any(people.audiences.values()):
        return "Slack names nobody in any channel that was asked, so nobody was looked for"
    return ""


def _names_one(content: bytes, plain: AbstractSet[bytes]) -> bool:
    """Return whether one of these ids is in the bytes, in capitals or not, also within a longer word."""
    lengths = {len(one) for one in plain}
    words = (match[0].upper() for match in _ID.finditer(content))
    return any(
        word[start : start + length] in plain
        for word in words
        for length in lengths
        for start in range(len(word) - length + 1)
    )


def _holds_one(content: bytes, forms: AbstractSet[bytes]) -> bool:
    """Return whether any of these forms is anywhere in the bytes.

    First the beginnings are compared as 64-bit numbers, eight bytes at a time from each of eight offsets,
    which is fast for any number of forms. Whole forms are compared only after a match.
    """
    begins = frozenset(int.from_bytes(form[:WINDOW], sys.byteorder) for form in forms)
    whole = memoryview(content)
    for start in range(0, len(content), CHUNK):
        for offset in range(WINDOW):
            piece = whole[start + offset : start + offset + CHUNK]
            numbers = piece[: len(piece) // WINDOW * WINDOW].cast("Q")
            if not begins.isdisjoint(numbers) and any(form in content for form in forms):
                return True
    return False


def _forms(digests: Iterable[bytes]) -> Iterator[bytes]:
    """Yield the beginnings of these hashes, as bytes and as text, so that cut hashes are found, too.

    Each has 64 bits, so it occurs nowhere by chance.
    """
    for digest in digests:
        text = digest.hex()[:16].encode()
        base = base64.b64encode(digest)[:12]
        yield from (digest[:8], text, text.upper(), base, _for_urls(base))


def _for_urls(base: bytes) -> bytes:
    return base.translate(bytes.maketrans(b"+/", b"-_"))


def _all_hashed(members: Sequence[MemberId], salts: Sequence[str]) -> Iterator[Iterator[bytes]]:
    """Yield the hashes of these members, for a limited number of members at once."""
    for start in range(0, len(members), TOGETHER):
        together = members[start : start + TOGETHER]
        yield (digest for member in together for digest in _digests(member, salts))


def _in_batches(digests: Iterator[bytes]) -> Iterator[list[bytes]]:
    """Yield these digests, of which there may be a million, in lists that fit into little memory."""
    while batch := list(islice(digests, BATCH)):
        yield batch


def _as_marks(evidence: Evidence, people: Asked) -> Iterator[bytes]:
    """Yield the marks that the people of the latest rounds would have without a secret key.

    Such a mark is made of a statement, a workspace and a member, which everybody can guess.
    """
    rounds = [one for one in evidence.disk.rounds if one.channel in people.audiences]
    for round_ in rounds[-ROUNDS_MARKED:]:
        for statement in (f"round:{round_.id}", *every_key(round_.prompt, round_.id)):
            for member in people.audiences[round_.channel]:
                yield from _marks(statement, people.workspace, member, round_.id)


def _marks(statement: str, workspace: str, member: MemberId, round_id: str) -> Iterator[bytes]:
    for text in (f"{statement}\0{workspace}\0{member}", f"{statement}\0{member}", f"{statement}{member}"):
        for name in HASHES[:3]:
            yield _hash(name, text)
        for key in ("", statement, workspace, round_id):
            yield hmac.digest(key.encode(), text.encode(), "sha256")


def _digests(member: MemberId, salts: Sequence[str]) -> Iterator[bytes]:
    """Yield hashes of the id, alone and with public values as salt before or after it, or as key."""
    for text in (member, member.lower()):
        for name in HASHES:
            yield _hash(name, text)
    for salt in filter(None, salts):
        for between in BETWEEN:
            for name in HASHES[:3]:
                yield _hash(name, f"{salt}{between}{member}")
                yield _hash(name, f"{member}{between}{salt}")
        yield hmac.digest(salt.encode(), member.encode(), "sha256")


def _hash(name: str, text: str) -> bytes:
    return hashlib.new(name, text.encode(), usedforsecurity=False).digest()
