"""Seal what two workers say to each other, with a secret that both have.

Each exchange has a key of its own, derived from the secret and a random salt: so no number of messages wears
a key out, and an answer opens with the salt of its request only.

Source: HKDF, RFC 5869; AES-256-GCM, NIST SP 800-38D.
"""

import secrets as randomness
from collections.abc import Sequence

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from bot.errors import BotError

SECRET_BYTES = 32
SALT_BYTES = 32
_NONCE_BYTES = 12
_PURPOSE = b"belonging-bot between workers v1"


class NotSealedError(BotError):
    """Nobody who has the secret has sealed this for here."""

    code = "not_sealed"


class Envelope:
    """Seals and opens messages: the first secret seals, and all open."""

    def __init__(self, secrets: Sequence[bytes]) -> None:
        """Take one or more secrets of 32 bytes. Raises ``ValueError`` for others."""
        if not secrets or any(len(secret) != SECRET_BYTES for secret in secrets):
            raise ValueError("one or more secrets of 32 bytes")
        self._secrets = tuple(secrets)

    def seal(self, content: bytes, bound_to: bytes) -> tuple[bytes, bytes]:
        """Return a new salt, and the sealed content. ``bound_to`` is checked with it, but not sent."""
        salt = randomness.token_bytes(SALT_BYTES)
        return salt, self.seal_answer(content, salt, bound_to)

    def seal_answer(self, content: bytes, salt: bytes, bound_to: bytes) -> bytes:
        """Return the sealed content, for an exchange that has this salt."""
        nonce = randomness.token_bytes(_NONCE_BYTES)
        return nonce + _cipher(self._secrets[0], salt).encrypt(nonce, content, bound_to)

    def open(self, sealed: bytes, salt: bytes, bound_to: bytes) -> bytes:
        """Return the content. Raises ``NotSealedError``."""
        if len(salt) == SALT_BYTES and len(sealed) > _NONCE_BYTES:
            for secret in self._secrets:
                try:
                    return _cipher(secret, salt).decrypt(
                        sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], bound_to
                    )
                except InvalidTag:
                    continue
        raise NotSealedError


def _cipher(secret: bytes, salt: bytes) -> AESGCM:
    return AESGCM(HKDF(SHA256(), 32, salt, _PURPOSE).derive(secret))
