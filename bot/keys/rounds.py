"""Store the keys of the open rounds as files outside every database, and make random ids.

Each open round has two files: ``<round>.token`` makes participation tokens, ``<round>.close`` opens replies.
"""

import hmac
import re
import secrets
from collections.abc import Callable, Sequence
from hmac import compare_digest
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PrivateKey, MLKEM768PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.hpke import (
    AEAD,
    KDF,
    KEM,
    MLKEM768X25519PrivateKey,
    MLKEM768X25519PublicKey,
    Suite,
)

from bot.core.model import MemberId, ParticipationToken, Receipt, ReplyId, RoundId, WorkspaceId
from bot.core.replies import RECEIPT_BYTES
from bot.errors import ConfigError, KeyLostError
from bot.keys.files import KeyDirectory, key_file_error, write_new
from bot.ports import SealedReply

_ROUND_ID = re.compile(r"[0-9a-v]{12}")
_KEY_NAME = re.compile(rf"({_ROUND_ID.pattern})\.(token|close)(\.part)?")
_ALPHABET = "0123456789abcdefghijklmnopqrstuv"
_ID_LENGTH = 12

_TOKEN_KEY_BYTES = 32
_CHECK_BYTES = 16
_MLKEM_SEED_BYTES = 64
_MLKEM_PUBLIC_BYTES = 1184
_X25519_BYTES = 32
_SIZES = {"token": _TOKEN_KEY_BYTES + _CHECK_BYTES, "close": _MLKEM_SEED_BYTES + _X25519_BYTES}

_SUITE = Suite(KEM.MLKEM768_X25519, KDF.HKDF_SHA256, AEAD.AES_256_GCM)

Sealer = Callable[[bytes, bytes, bytes], bytes]
"""Encrypts to a public closing key: (public key, info, plaintext) -> sealed bytes."""


def seal_hpke(closing_key: bytes, info: bytes, plaintext: bytes) -> bytes:
    """Return the plaintext, encrypted so that only the private closing key opens it; 1,136 bytes longer.

    Source: RFC 9180 (HPKE, base mode) with the hybrid KEM ML-KEM-768 + X25519 of draft-ietf-hpke-pq,
    HKDF-SHA256 and AES-256-GCM, as in ``cryptography``. Raises ``ValueError`` for bytes that are no public
    key.
    """
    if len(closing_key) != _MLKEM_PUBLIC_BYTES + _X25519_BYTES:
        raise ValueError("a public closing key has 1216 bytes")
    public = MLKEM768X25519PublicKey(
        MLKEM768PublicKey.from_public_bytes(closing_key[:_MLKEM_PUBLIC_BYTES]),
        X25519PublicKey.from_public_bytes(closing_key[_MLKEM_PUBLIC_BYTES:]),
    )
    return _SUITE.encrypt(plaintext, public, info=info)


class KeyFiles(KeyDirectory):
    """The key vault (``bot.ports.KeyVault``), as files.

    ``sealer`` is for tests that compare files byte by byte, since HPKE draws new randomness for each reply.
    """

    def __init__(
        self,
        directory: Path,
        workspace: WorkspaceId,
        environment_secret: bytes | None = None,
        *,
        sealer: Sealer = seal_hpke,
    ) -> None:
        super().__init__(directory, environment_secret)
        self._workspace = workspace
        self._sealer = sealer

    def create(self, round_id: RoundId) -> bytes:
        """Make the keys of a round and return its public closing key.

        Existing keys are never replaced: then the public half of the existing closing key is returned, or
        ``KeyLostError`` is raised if only one key is there. Raises ``StoreError`` if the keys cannot be
        written; no key is left then.
        """
        if self.is_whole(round_id):
            return _public_bytes(*self._closing_halves(round_id))
        if any(self._size(round_id, kind) is not None for kind in _SIZES):
            raise KeyLostError
        token_key = secrets.token_bytes(_TOKEN_KEY_BYTES)
        halves = MLKEM768PrivateKey.generate(), X25519PrivateKey.generate()
        contents = {
            "close": b"".join(half.private_bytes_raw() for half in halves),
            "token": token_key + _check(self._derive(token_key, round_id.encode())),
        }
        try:
            for kind, content in contents.items():
                write_new(self._path(round_id, kind), content)
        except OSError as error:
            self.destroy(round_id)  # they were never used
            raise key_file_error(self._directory, error) from error
        return _public_bytes(*halves)

    def token(self, round_id: RoundId, member: MemberId) -> ParticipationToken:
        """Return the keyed fingerprint of this member in this round, 32 bytes.

        The length of the workspace id comes first, so that two pairs of ids never give the same bytes. Raises
        ``KeyLostError`` without a whole key file, and ``ConfigError`` if the environment secret is not the
        one with which the round opened (tokens would differ, and people could reply twice).

        Source: HMAC-SHA256 (RFC 2104) under a key from HKDF-SHA256 (RFC 5869).
        """
        content = self._read(round_id, "token")
        key = self._derive(content[:_TOKEN_KEY_BYTES], round_id.encode())
        if not compare_digest(_check(key), content[_TOKEN_KEY_BYTES:]):
            raise ConfigError(
                f"The environment secret is not the one with which round {round_id} opened.",
                remedy="Set it back until the round has closed.",
            )
        workspace = self._workspace.encode()
        message = len(workspace).to_bytes(4, "big") + workspace + member.encode()
        return ParticipationToken(hmac.digest(key, message, "sha256"))

    def seal(self, closing_key: bytes, round_id: RoundId, reply_id: ReplyId, plaintext: bytes) -> SealedReply:
        try:
            sealed = self._sealer(closing_key, _info(round_id, reply_id), plaintext)
        except ValueError:
            raise KeyLostError("The public closing key of this round is damaged.") from None
        return SealedReply(id=reply_id, sealed=sealed)

    def unseal(self, round_id: RoundId, replies: Sequence[SealedReply]) -> tuple[bytes, ...]:
        key = MLKEM768X25519PrivateKey(*self._closing_halves(round_id))
        plaintexts = []
        for reply in replies:
            try:
                plaintexts.append(_SUITE.decrypt(reply.sealed, key, info=_info(round_id, reply.id)))
            except InvalidTag:
                continue
        return tuple(plaintexts)

    def is_whole(self, round_id: RoundId) -> bool:
        return all(self._size(round_id, kind) == size for kind, size in _SIZES.items())

    def list_rounds(self) -> frozenset[RoundId]:
        return frozenset(map(RoundId, self._list(_KEY_NAME)))

    def destroy(self, round_id: RoundId) -> None:
        paths = [self._path(round_id, kind) for kind in ("close", "token")]
        self._destroy(paths, remedy="The keys are still there; try again.")

    def new_receipt(self) -> Receipt:
        return Receipt(secrets.token_bytes(RECEIPT_BYTES))

    def new_id(self) -> str:
        return "".join(secrets.choice(_ALPHABET) for _ in range(_ID_LENGTH))

    def new_seed(self) -> int:
        return secrets.randbits(64)

    def _path(self, round_id: RoundId, kind: str) -> Path:
        """Return the file of a key. An invalid id, such as ``../x``, never becomes a path."""
        if not _ROUND_ID.fullmatch(round_id):
            raise ValueError("a round id has 12 characters, 0-9 and a-v")
        return self._directory / f"{round_id}.{kind}"

    def _size(self, round_id: RoundId, kind: str) -> int | None:
        path = self._path(round_id, kind)
        try:
            return path.stat().st_size
        except FileNotFoundError:
            return None
        except OSError as error:
            raise key_file_error(path, error) from error

    def _read(self, round_id: RoundId, kind: str) -> bytes:
        content = self._read_file(self._path(round_id, kind), _SIZES[kind])
        if content is None:  # only a missing key ends its round; one that cannot be read now raises
            raise KeyLostError
        return content

    def _closing_halves(self, round_id: RoundId) -> tuple[MLKEM768PrivateKey, X25519PrivateKey]:
        content = self._read(round_id, "close")
        return (
            MLKEM768PrivateKey.from_seed_bytes(content[:_MLKEM_SEED_BYTES]),
            X25519PrivateKey.from_private_bytes(content[_MLKEM_SEED_BYTES:]),
        )


def _info(round_id: RoundId, reply_id: ReplyId) -> bytes:
    """Return the bytes that bind a reply to its round and id.

    Both have a fixed length, so the bytes are unambiguous.
    """
    return b"reply:" + round_id.encode() + reply_id


def _check(key: bytes) -> bytes:
    """Return a check value for the environment secret. It says nothing about the key or a member."""
    return hmac.digest(key, b"check", "sha256")[:_CHECK_BYTES]


def _public_bytes(mlkem: MLKEM768PrivateKey, x25519: X25519PrivateKey) -> bytes:
    return mlkem.public_key().public_bytes_raw() + x25519.public_key().public_bytes_raw()
