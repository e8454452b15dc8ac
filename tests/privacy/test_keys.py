"""Attacks on the keys: what is left of them, who can read them, and what they do without their secret."""

import hashlib
import hmac
from itertools import combinations
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.model import MemberId, ReplyId, WorkspaceId
from bot.errors import ConfigError, KeyLostError, StoreError
from bot.keys import KeyFiles, seal_hpke
from bot.ports import SealedReply
from tests.privacy.ballot import ROUND, WORKSPACE, everything_in

MAYA = MemberId("U0MAYA")
REPLY = ReplyId(bytes(16))
KINDS = ("token", "close")


def key_path(directory: Path, kind: str) -> Path:
    return directory / f"{ROUND}.{kind}"


def test_the_files_have_the_promised_size_and_are_private(tmp_path: Path) -> None:
    KeyFiles(tmp_path / "keys", WORKSPACE).create(ROUND)

    sizes = {path.name: path.stat().st_size for path in (tmp_path / "keys").iterdir()}

    assert sizes == {f"{ROUND}.token": 32 + 16, f"{ROUND}.close": 64 + 32}
    assert (tmp_path / "keys").stat().st_mode & 0o777 == 0o700
    assert {path.stat().st_mode & 0o777 for path in (tmp_path / "keys").iterdir()} == {0o600}


def test_a_reply_sealed_by_one_program_is_opened_by_the_next(tmp_path: Path) -> None:
    first = KeyFiles(tmp_path, WORKSPACE)
    sealed = first.seal(first.create(ROUND), ROUND, REPLY, b"words")

    assert KeyFiles(tmp_path, WORKSPACE).unseal(ROUND, (sealed,)) == (b"words",)


def test_the_sealed_length_tells_the_padded_length_only(tmp_path: Path) -> None:
    vault = KeyFiles(tmp_path, WORKSPACE)
    public = vault.create(ROUND)

    lengths = {
        size: len(vault.seal(public, ROUND, REPLY, bytes(size)).sealed) - size for size in (256, 16384)
    }

    assert lengths == {256: 1136, 16384: 1136}


@pytest.mark.attack
def test_with_the_token_key_and_the_public_key_no_reply_can_be_read(tmp_path: Path) -> None:
    vault = KeyFiles(tmp_path, WORKSPACE)
    sealed = vault.seal(vault.create(ROUND), ROUND, REPLY, b"words")
    key_path(tmp_path, "close").unlink()

    with pytest.raises(KeyLostError):
        vault.unseal(ROUND, (sealed,))


@pytest.mark.attack
@given(where=st.integers(0, 1391), bit=st.integers(0, 7))
def test_a_sealed_reply_with_any_bit_changed_is_left_out(
    tmp_path_factory: pytest.TempPathFactory, where: int, bit: int
) -> None:
    vault = KeyFiles(tmp_path_factory.mktemp("keys"), WORKSPACE)
    sealed = bytearray(vault.seal(vault.create(ROUND), ROUND, REPLY, bytes(256)).sealed)
    sealed[where] ^= 1 << bit

    assert vault.unseal(ROUND, (SealedReply(id=REPLY, sealed=bytes(sealed)),)) == ()


@pytest.mark.attack
def test_destroyed_keys_are_gone_also_through_another_name_of_the_file(tmp_path: Path) -> None:
    vault = KeyFiles(tmp_path / "keys", WORKSPACE)
    vault.create(ROUND)
    contents = [key_path(tmp_path / "keys", kind).read_bytes() for kind in KINDS]
    for kind in KINDS:
        (tmp_path / f"second-name-of-{kind}").hardlink_to(key_path(tmp_path / "keys", kind))

    vault.destroy(ROUND)

    assert not any(content in left for content in contents for left in everything_in(tmp_path).values())
    assert list((tmp_path / "keys").iterdir()) == []


@pytest.mark.attack
def test_the_mutant_that_only_unlinks_leaves_the_keys_to_be_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    vault = KeyFiles(tmp_path / "keys", WORKSPACE)
    vault.create(ROUND)
    contents = [key_path(tmp_path / "keys", kind).read_bytes() for kind in KINDS]
    for kind in KINDS:
        (tmp_path / f"second-name-of-{kind}").hardlink_to(key_path(tmp_path / "keys", kind))
    monkeypatch.setattr("bot.keys.files.overwrite_and_remove", lambda path: path.unlink(missing_ok=True))

    vault.destroy(ROUND)

    assert set(contents) <= set(everything_in(tmp_path).values())


@pytest.mark.attack
def test_a_link_in_place_of_a_key_never_leads_to_overwriting_another_file(tmp_path: Path) -> None:
    vault = KeyFiles(tmp_path / "keys", WORKSPACE)
    vault.create(ROUND)
    (tmp_path / "other").write_bytes(b"not ours")
    key_path(tmp_path / "keys", "token").unlink()
    key_path(tmp_path / "keys", "token").symlink_to(tmp_path / "other")

    with pytest.raises(StoreError):
        vault.destroy(ROUND)

    assert (tmp_path / "other").read_bytes() == b"not ours"


@pytest.mark.attack
@pytest.mark.parametrize("kind", KINDS)
def test_a_damaged_key_is_a_lost_key_and_is_never_replaced(tmp_path: Path, kind: str) -> None:
    vault = KeyFiles(tmp_path, WORKSPACE)
    vault.create(ROUND)
    key_path(tmp_path, kind).write_bytes(b"short")

    assert not vault.is_whole(ROUND)
    with pytest.raises(KeyLostError):
        vault.token(ROUND, MAYA) if kind == "token" else vault.unseal(ROUND, ())
    with pytest.raises(KeyLostError):
        vault.create(ROUND)
    assert key_path(tmp_path, kind).read_bytes() == b"short"


@pytest.mark.attack
def test_another_environment_secret_is_told_and_makes_no_token(tmp_path: Path) -> None:
    KeyFiles(tmp_path, WORKSPACE, b"the right one").create(ROUND)

    for wrong in (b"another one", b"", None):
        with pytest.raises(ConfigError, match=f"not the one with which round {ROUND} opened"):
            KeyFiles(tmp_path, WORKSPACE, wrong).token(ROUND, MAYA)

    token = KeyFiles(tmp_path, WORKSPACE, b"the right one").token(ROUND, MAYA)
    assert len(token) == 32


@pytest.mark.attack
def test_the_mutant_without_a_check_would_let_everybody_reply_twice(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.keys.rounds.compare_digest", lambda _one, _other: True)
    KeyFiles(tmp_path, WORKSPACE, b"the right one").create(ROUND)

    tokens = {
        KeyFiles(tmp_path, WORKSPACE, secret).token(ROUND, MAYA) for secret in (b"the right one", b"other")
    }

    assert len(tokens) == 2


@pytest.mark.attack
def test_the_key_files_alone_make_no_token_where_there_is_an_environment_secret(tmp_path: Path) -> None:
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.kdf.hkdf import HKDF

    vault = KeyFiles(tmp_path, WORKSPACE, b"secret of the environment")
    vault.create(ROUND)
    stolen = key_path(tmp_path, "token").read_bytes()[:32]
    key = HKDF(algorithm=hashes.SHA256(), length=32, salt=None, info=ROUND.encode()).derive(stolen)

    workspace = WORKSPACE.encode()
    guess = hmac.digest(key, len(workspace).to_bytes(4, "big") + workspace + MAYA.encode(), "sha256")
    assert guess != vault.token(ROUND, MAYA)


@given(
    names=st.lists(st.tuples(st.text(max_size=4), st.text(max_size=4)), unique=True, min_size=2, max_size=6)
)
def test_no_two_pairs_of_workspace_and_member_have_one_token(
    tmp_path_factory: pytest.TempPathFactory, names: list[tuple[str, str]]
) -> None:
    directory = tmp_path_factory.mktemp("keys")
    KeyFiles(directory, WORKSPACE).create(ROUND)

    tokens = [
        KeyFiles(directory, WorkspaceId(workspace)).token(ROUND, MemberId(member))
        for workspace, member in names
    ]

    assert all(one != other for one, other in combinations(tokens, 2))


def test_a_public_key_of_the_wrong_length_is_refused() -> None:
    for length in (0, 1215, 1217):
        with pytest.raises(ValueError, match="1216"):
            seal_hpke(bytes(length), b"", b"")


def test_keys_that_cannot_be_written_leave_nothing_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    vault = KeyFiles(tmp_path, WORKSPACE)
    real, renames = Path.rename, iter([False, True])

    def rename(self: Path, target: Path) -> Path:
        if next(renames, False):
            raise OSError(28, "No space left on device")
        return real(self, target)

    monkeypatch.setattr(Path, "rename", rename)

    with pytest.raises(StoreError, match="No space left"):
        vault.create(ROUND)

    assert list(tmp_path.iterdir()) == []
    assert vault.create(ROUND)


def test_keys_that_cannot_be_read_now_are_not_lost(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    vault = KeyFiles(tmp_path, WORKSPACE)
    vault.create(ROUND)

    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    with monkeypatch.context() as patch:
        patch.setattr(Path, "read_bytes", refuse)
        with pytest.raises(StoreError, match="Permission denied"):
            vault.token(ROUND, MAYA)
    with monkeypatch.context() as patch:
        patch.setattr(Path, "stat", refuse)
        with pytest.raises(StoreError, match="Permission denied"):
            vault.is_whole(ROUND)
    assert vault.is_whole(ROUND)


def test_a_vault_without_its_directory_says_so(tmp_path: Path) -> None:
    vault = KeyFiles(tmp_path / "keys", WORKSPACE)
    (tmp_path / "keys").rmdir()

    for use in (vault.list_rounds, lambda: vault.create(ROUND)):
        with pytest.raises(StoreError, match="keys"):
            use()
    (tmp_path / "keys").write_bytes(b"")
    with pytest.raises(StoreError, match="keys"):
        KeyFiles(tmp_path / "keys", WORKSPACE)


def test_other_files_in_the_directory_are_no_keys(tmp_path: Path) -> None:
    vault = KeyFiles(tmp_path, WORKSPACE)
    for name in ("README", "00000000000a.txt", "short.token", f"{ROUND}.token.bak"):
        (tmp_path / name).write_bytes(b"")

    assert vault.list_rounds() == frozenset()


@pytest.mark.attack
def test_nothing_that_is_printed_of_a_vault_holds_a_secret(tmp_path: Path) -> None:
    vault = KeyFiles(tmp_path, WORKSPACE, b"secret-of-the-environment")
    vault.create(ROUND)

    assert "secret-of" not in repr(vault)


def hkdf(secret: bytes, salt: bytes, info: bytes) -> bytes:
    """HKDF-SHA256 for 32 bytes, written out (RFC 5869): independent of the library that the bot uses."""
    extracted = hmac.new(salt or bytes(32), secret, hashlib.sha256).digest()
    return hmac.new(extracted, info + b"\x01", hashlib.sha256).digest()


@pytest.mark.parametrize("secret", [None, b"from the environment"])
def test_tokens_are_derived_as_the_threat_model_says_so_that_an_upgrade_keeps_open_rounds(
    tmp_path: Path, secret: bytes | None
) -> None:
    vault = KeyFiles(tmp_path, WorkspaceId("T0VECTOR"), secret)
    vault.create(ROUND)
    stored = (tmp_path / f"{ROUND}.token").read_bytes()
    key = hkdf(stored[:32], secret or b"", ROUND.encode())
    message = (8).to_bytes(4, "big") + b"T0VECTOR" + b"U0SOMEONE"

    assert hmac.new(key, message, hashlib.sha256).digest() == vault.token(ROUND, MemberId("U0SOMEONE"))
    assert hmac.new(key, b"check", hashlib.sha256).digest()[:16] == stored[32:]


def test_a_reply_is_bound_to_its_round_and_id_by_these_very_bytes(tmp_path: Path) -> None:
    bound: list[bytes] = []

    def note(_key: bytes, info: bytes, plaintext: bytes) -> bytes:
        bound.append(info)
        return plaintext

    vault = KeyFiles(tmp_path, WORKSPACE, sealer=note)
    vault.seal(b"", ROUND, ReplyId(b"0123456789abcdef"), b"")

    assert [b"reply:" + ROUND.encode() + b"0123456789abcdef"] == bound
