"""What every key vault does, in memory or in files."""

from collections.abc import Callable
from pathlib import Path

import pytest

from bot.core.model import MemberId, ReplyId, RoundId, WorkspaceId
from bot.errors import KeyLostError
from bot.keys import KeyFiles
from bot.ports import KeyVault, SealedReply
from tests.fakes.vault import FakeVault

ROUND = RoundId("00000000000a")
OTHER = RoundId("00000000000b")
MAYA, JONAS = MemberId("U1"), MemberId("U2")
FIRST, SECOND = ReplyId(b"1" * 16), ReplyId(b"2" * 16)

Lose = Callable[[RoundId, str], None]


@pytest.fixture(params=["memory", "files"])
def vault_and_lose(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[KeyVault, Lose]:
    if request.param == "memory":
        fake = FakeVault()
        return fake, fake.lose
    return KeyFiles(tmp_path, WorkspaceId("T1")), lambda round_id, kind: (
        tmp_path / f"{round_id}.{kind}"
    ).unlink()


@pytest.fixture
def vault(vault_and_lose: tuple[KeyVault, Lose]) -> KeyVault:
    return vault_and_lose[0]


@pytest.fixture
def lose(vault_and_lose: tuple[KeyVault, Lose]) -> Lose:
    return vault_and_lose[1]


def test_what_is_sealed_comes_out_again_in_the_given_order(vault: KeyVault) -> None:
    public = vault.create(ROUND)
    first = vault.seal(public, ROUND, FIRST, b"first")
    second = vault.seal(public, ROUND, SECOND, b"second")

    assert first.id == FIRST
    assert vault.unseal(ROUND, (second, first)) == (b"second", b"first")


def test_a_sealed_reply_does_not_hold_its_text_and_differs_each_time(vault: KeyVault) -> None:
    public = vault.create(ROUND)

    once, again = (vault.seal(public, ROUND, FIRST, b"the same words") for _ in range(2))

    assert b"the same words" not in once.sealed
    assert once.sealed != again.sealed


def test_damaged_or_moved_replies_are_left_out_and_the_others_are_not(vault: KeyVault) -> None:
    public = vault.create(ROUND)
    good = vault.seal(public, ROUND, FIRST, b"good")
    elsewhere = vault.seal(vault.create(OTHER), OTHER, SECOND, b"of another round")
    bad = (
        SealedReply(id=SECOND, sealed=good.sealed),
        SealedReply(id=FIRST, sealed=good.sealed[:-1] + bytes([good.sealed[-1] ^ 1])),
        SealedReply(id=FIRST, sealed=b""),
        elsewhere,
    )

    assert vault.unseal(ROUND, (*bad, good)) == (b"good",)


def test_a_token_is_the_same_for_one_member_of_one_round_and_no_other(vault: KeyVault) -> None:
    vault.create(ROUND)
    vault.create(OTHER)

    assert vault.token(ROUND, MAYA) == vault.token(ROUND, MAYA)
    assert (
        len({vault.token(round_id, member) for round_id in (ROUND, OTHER) for member in (MAYA, JONAS)}) == 4
    )


def test_creating_keys_again_returns_the_same_public_key_and_replaces_nothing(vault: KeyVault) -> None:
    public = vault.create(ROUND)
    token = vault.token(ROUND, MAYA)

    assert vault.create(ROUND) == public
    assert vault.token(ROUND, MAYA) == token


def test_destroyed_keys_are_gone_and_destroying_them_again_is_no_error(vault: KeyVault) -> None:
    sealed = vault.seal(vault.create(ROUND), ROUND, FIRST, b"words")

    vault.destroy(ROUND)
    vault.destroy(ROUND)

    assert not vault.is_whole(ROUND)
    assert vault.list_rounds() == frozenset()
    with pytest.raises(KeyLostError):
        vault.token(ROUND, MAYA)
    with pytest.raises(KeyLostError):
        vault.unseal(ROUND, (sealed,))


def test_sealing_needs_the_public_key_only(vault: KeyVault) -> None:
    public = vault.create(ROUND)
    vault.destroy(ROUND)

    assert vault.seal(public, ROUND, FIRST, b"words").id == FIRST


def test_a_damaged_public_key_is_a_lost_key(vault: KeyVault) -> None:
    with pytest.raises(KeyLostError):
        vault.seal(b"short", ROUND, FIRST, b"words")


@pytest.mark.parametrize("kind", ["token", "close"])
def test_half_a_set_of_keys_is_lost_and_never_filled_up(vault: KeyVault, lose: Lose, kind: str) -> None:
    vault.create(ROUND)
    assert vault.is_whole(ROUND)

    lose(ROUND, kind)

    assert not vault.is_whole(ROUND)
    assert vault.list_rounds() == {ROUND}
    with pytest.raises(KeyLostError):
        vault.create(ROUND)
    with pytest.raises(KeyLostError):
        vault.token(ROUND, MAYA) if kind == "token" else vault.unseal(ROUND, ())


def test_the_token_key_is_enough_while_a_round_is_open(vault: KeyVault, lose: Lose) -> None:
    vault.create(ROUND)
    token = vault.token(ROUND, MAYA)

    lose(ROUND, "close")

    assert vault.token(ROUND, MAYA) == token


def test_rounds_with_keys_are_listed(vault: KeyVault) -> None:
    vault.create(ROUND)
    vault.create(OTHER)

    assert vault.list_rounds() == {ROUND, OTHER}


def test_chance_has_the_promised_form_and_does_not_repeat(vault: KeyVault) -> None:
    receipts = {vault.new_receipt() for _ in range(100)}
    ids = {vault.new_id() for _ in range(100)}
    seeds = {vault.new_seed() for _ in range(100)}

    assert {100} == {len(receipts), len(ids), len(seeds)}
    assert {16} == {len(receipt) for receipt in receipts}
    assert all(len(id_) == 12 and set(id_) <= set("0123456789abcdefghijklmnopqrstuv") for id_ in ids)
    assert all(0 <= seed < 2**64 for seed in seeds)


@pytest.mark.parametrize("bad", ["", "../../../etc", "00000000000A", "00000000000a/", "00000000000a\n"])
def test_what_is_no_round_id_is_refused(vault: KeyVault, bad: str) -> None:
    for use in (vault.create, vault.destroy, vault.is_whole, lambda id_: vault.token(id_, MAYA)):
        with pytest.raises(ValueError, match="12 characters"):
            use(RoundId(bad))
