"""Seal the bot tokens of installations, so that whoever gets the database alone cannot use them."""

import hmac
import re
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence
from typing import NamedTuple

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from bot.core.cells import CellKey
from bot.errors import DamagedError, TokenKeyError

KEY_BYTES = 32
_NONCE_BYTES = 12
_KEY_ID_BYTES = 4
_SEALED = re.compile(r"v1\.([0-9a-f]{8})\.([A-Za-z0-9_-]+={0,2})")
"""A version, the name of the key, then nonce and ciphertext."""

_PURPOSE = b"belonging-bot slack-bot-token v1 "
"""What is authenticated with each token, followed by the key of its cell and the id of who installed."""


class _Key(NamedTuple):
    name: str
    cipher: AESGCM


class TokenSealer:
    """The token sealer (``bot.ports.installations``): the first key seals, and all open.

    To change the key, put the new one in front; ``needs_reseal`` then tells which tokens are left.

    Source: AES-256-GCM, NIST SP 800-38D, with a random 96-bit nonce (section 8.2.2); one key may seal up to
    2**32 tokens (section 8.3).
    """

    def __init__(self, keys: Sequence[bytes]) -> None:
        """Take one or more keys of 32 bytes. Raises ``ValueError`` for others."""
        if not keys or any(len(key) != KEY_BYTES for key in keys):
            raise ValueError("one or more keys of 32 bytes")
        self._keys = tuple(_Key(_name_of(key), AESGCM(key)) for key in keys)

    def seal(self, token: str, cell: CellKey, holder: str) -> str:
        name, cipher = self._keys[0]
        nonce = secrets.token_bytes(_NONCE_BYTES)
        sealed = nonce + cipher.encrypt(nonce, token.encode(), _bound_to(cell, holder))
        return f"v1.{name}.{urlsafe_b64encode(sealed).decode()}"

    def open(self, sealed: str, cell: CellKey, holder: str) -> str:
        name, content = _parts(sealed)
        ciphers = [key.cipher for key in self._keys if key.name == name]
        if not ciphers:
            raise TokenKeyError
        bound = _bound_to(cell, holder)
        for cipher in ciphers:  # two keys may have the same name, though hardly ever do
            try:
                return cipher.decrypt(content[:_NONCE_BYTES], content[_NONCE_BYTES:], bound).decode()
            except InvalidTag:
                continue
        raise _damaged()

    def needs_reseal(self, sealed: str) -> bool:
        name, _ = _parts(sealed)
        return name != self._keys[0].name


def _parts(sealed: str) -> tuple[str, bytes]:
    """Return the name of the key, and nonce and ciphertext. Raises ``DamagedError``."""
    match = _SEALED.fullmatch(sealed)
    if match is None:
        raise _damaged()
    try:
        content = urlsafe_b64decode(match[2])
    except ValueError:
        raise _damaged() from None
    if len(content) <= _NONCE_BYTES:
        raise _damaged()
    return match[1], content


def _damaged() -> DamagedError:
    return DamagedError(
        "A stored token is damaged, or it belongs to another workspace.",
        remedy="Install the bot again in that workspace.",
    )


def _name_of(key: bytes) -> str:
    """Return a short name that tells keys apart and says nothing about them."""
    return hmac.digest(key, b"belonging-bot name of a token key", "sha256")[:_KEY_ID_BYTES].hex()


def _bound_to(cell: CellKey, holder: str) -> bytes:
    return _PURPOSE + f"{cell} {holder}".encode()
