"""``belonging proof`` looks for people: every form of an id is found wherever it stands, and nothing else."""

import base64
import hashlib
import hmac
import random
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.core.audiences import askables_of
from bot.core.audit import Asked, Evidence
from bot.core.model import ChannelId, MemberId
from bot.proof import Verdict, prove
from bot.proof.people import CHUNK
from tests.privacy.installation import WORKSPACE, an_installation, evidence, judged

pytestmark = pytest.mark.attack

MEMBER = MemberId("U07QUOKKA42")
SHA256 = hashlib.sha256(MEMBER.encode()).digest()


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Evidence]:
    """What is found in the middle of a round, in a workspace of one member."""
    with an_installation(tmp_path_factory.mktemp("people")) as world:
        people = Asked(workspace=WORKSPACE, audiences={ChannelId("C0"): frozenset({MEMBER})})
        yield replace(evidence(world), people=people)


def verdict(found: Evidence, content: bytes, name: str = "data/x") -> Verdict:
    disk = replace(found.disk, contents=lambda: [(name, content)])
    return judged(replace(found, disk=disk), "people in files").verdict


FORMS = {
    "plain": MEMBER.encode(),
    "in small letters": MEMBER.lower().encode(),
    "within a word": b"ABCU" + MEMBER.encode() + b"XYZ",
    "hashed": SHA256,
    "hashed, cut": SHA256[:8],
    "in hex": SHA256.hex().encode(),
    "in hex, cut": SHA256.hex()[:16].encode(),
    "in capital hex": SHA256.hex().upper().encode(),
    "in base64": base64.b64encode(SHA256),
    "in base64 for addresses": base64.urlsafe_b64encode(SHA256),
    "md5": hashlib.md5(MEMBER.encode(), usedforsecurity=False).digest(),
    "blake2b of small letters": hashlib.blake2b(MEMBER.lower().encode()).digest(),
    "with the workspace after it": hashlib.sha256(f"{MEMBER}-{WORKSPACE}".encode()).digest(),
    "with the workspace as key": hmac.digest(WORKSPACE.encode(), MEMBER.encode(), "sha256"),
}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("at", [0, 1, 7, 1000, CHUNK - 9, CHUNK - 1, CHUNK, CHUNK + 3])
def test_each_form_is_found_wherever_it_stands(found: Evidence, form: str, at: int) -> None:
    content = bytes(at) + FORMS[form]

    assert Verdict.FAIL is verdict(found, content)
    assert Verdict.FAIL is verdict(found, content + bytes(5))


@pytest.mark.parametrize(
    "mark",
    [
        lambda statement: hashlib.sha256(f"{statement}\0{WORKSPACE}\0{MEMBER}".encode()).digest()[:16],
        lambda statement: hashlib.sha256(f"{statement}\0{MEMBER}".encode()).digest()[:16],
        lambda statement: hmac.digest(b"", f"{statement}\0{WORKSPACE}\0{MEMBER}".encode(), "sha256")[:16],
        lambda statement: hmac.digest(
            WORKSPACE.encode(), f"{statement}\0{WORKSPACE}\0{MEMBER}".encode(), "sha256"
        )[:16],
        lambda statement: hmac.digest(statement.encode(), f"{statement}{MEMBER}".encode(), "sha256")[:16],
    ],
)
def test_the_mutant_that_marks_people_without_a_secret_key_is_found(
    found: Evidence, mark: Callable[[str], bytes]
) -> None:
    """Everybody who was asked is marked; without the key nobody may be able to make the marks anew."""
    (round_,) = found.disk.rounds
    people = Asked(workspace=WORKSPACE, audiences={round_.channel: frozenset({MEMBER})})
    statements = [key for one in askables_of(round_.prompt, round_.id) for key in one.keys]
    for statement in (*statements, f"round:{round_.id}"):
        assert Verdict.FAIL is verdict(replace(found, people=people), bytes(3) + mark(statement))
    assert Verdict.PASS is verdict(replace(found, people=people), bytes(3) + mark("item:another"))


def test_an_id_in_a_name_is_found(found: Evidence) -> None:
    assert Verdict.FAIL is verdict(found, b"", name=f"data/{MEMBER}.txt")


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.integers(), st.integers(0, 5000))
def test_chance_finds_nobody(found: Evidence, seed: int, size: int) -> None:
    assert Verdict.PASS is verdict(found, random.Random(seed).randbytes(size))


@pytest.mark.parametrize(
    "content",
    [b"", b"U07QUOKKA4", SHA256[:7], SHA256.hex()[:15].encode(), b"0" + SHA256.hex()[1:17].encode()],
)
def test_half_an_id_is_nobody(found: Evidence, content: bytes) -> None:
    assert Verdict.PASS is verdict(found, content)


def test_an_admin_whose_acts_are_kept_on_purpose_is_left_out(found: Evidence) -> None:
    kept = replace(found, disk=replace(found.disk, recorded=frozenset({MEMBER})))

    assert Verdict.PASS is verdict(kept, MEMBER.encode())


def test_where_a_round_cannot_be_read_nobody_knows_whom_to_look_for(found: Evidence) -> None:
    """Its channel is not asked who is there: what was looked through says nothing of its people."""
    unread = replace(found, disk=replace(found.disk, rounds=(), unread_rounds=1))
    nobody = Asked(workspace=WORKSPACE, audiences={})

    assert Verdict.WARNING is verdict(replace(unread, people=nobody), b"")
    assert Verdict.WARNING is verdict(unread, b"")
    assert "1 round cannot be read" in judged(unread, "people in files").found
    assert Verdict.FAIL is verdict(unread, MEMBER.encode())


def test_where_slack_names_nobody_in_any_channel_nobody_was_looked_for(found: Evidence) -> None:
    (round_,) = found.disk.rounds
    nobody = Asked(workspace=WORKSPACE, audiences={round_.channel: frozenset()})
    unasked = replace(found.disk, rounds=(), channels=frozenset())
    fresh = replace(found, disk=unasked, people=Asked(workspace=WORKSPACE, audiences={}))

    assert Verdict.WARNING is verdict(replace(found, people=nobody), b"")
    assert Verdict.PASS is verdict(fresh, b"")  # nobody was asked yet


def test_a_zone_that_is_none_is_found_by_the_proof(tmp_path: Path) -> None:
    with an_installation(tmp_path) as world:
        with closing(sqlite3.connect(world.data_dir / "belonging.db")) as connection:
            connection.execute("UPDATE round SET zone = 'Nowhere'")
            connection.commit()
        found = {one.attack: one for one in prove(evidence(world))}

    assert Verdict.WARNING is found["people in files"].verdict
    assert Verdict.FAIL is found["published numbers"].verdict
    assert "cannot be read" in found["published numbers"].found
