"""The key vault with toy cryptography and no randomness; it passes the contract suite of the files."""

import hashlib
import re
from collections.abc import Sequence

from bot.core.model import MemberId, ParticipationToken, Receipt, ReplyId, RoundId
from bot.errors import KeyLostError
from bot.ports import SealedReply

_DIGITS = "0123456789abcdefghijklmnopqrstuv"


class FakeVault:
    """Keys in memory, made from a counter: the same run makes the same ids, receipts and seeds."""

    def __init__(self) -> None:
        self._drawn = 0
        self.keys: dict[RoundId, dict[str, bytes]] = {}

    def create(self, round_id: RoundId) -> bytes:
        _check_id(round_id)
        if round_id not in self.keys:
            self.keys[round_id] = {"token": self._draw(32), "close": self._draw(32)}
        if len(self.keys[round_id]) < 2:
            raise KeyLostError
        return _public(self._key(round_id, "close"))

    def token(self, round_id: RoundId, member: MemberId) -> ParticipationToken:
        return ParticipationToken(_digest(self._key(round_id, "token"), member.encode()))

    def seal(self, closing_key: bytes, round_id: RoundId, reply_id: ReplyId, plaintext: bytes) -> SealedReply:
        _check_id(round_id)
        if len(closing_key) != 32:
            raise KeyLostError("The public closing key of this round is damaged.")
        nonce = self._draw(16)
        info = round_id.encode() + reply_id
        body = _xor(plaintext, _digest(closing_key, info + nonce))
        tag = _digest(closing_key, info + nonce + plaintext)
        return SealedReply(id=reply_id, sealed=nonce + tag + body)

    def unseal(self, round_id: RoundId, replies: Sequence[SealedReply]) -> tuple[bytes, ...]:
        closing_key = _public(self._key(round_id, "close"))
        opened = [_unseal(closing_key, round_id.encode() + reply.id, reply.sealed) for reply in replies]
        return tuple(plaintext for plaintext in opened if plaintext is not None)

    def is_whole(self, round_id: RoundId) -> bool:
        _check_id(round_id)
        return len(self.keys.get(round_id, {})) == 2

    def list_rounds(self) -> frozenset[RoundId]:
        return frozenset(self.keys)

    def destroy(self, round_id: RoundId) -> None:
        _check_id(round_id)
        self.keys.pop(round_id, None)

    def new_receipt(self) -> Receipt:
        return Receipt(self._draw(16))

    def new_id(self) -> str:
        return "".join(_DIGITS[byte % 32] for byte in self._draw(12))

    def new_seed(self) -> int:
        return int.from_bytes(self._draw(8), "big")

    def lose(self, round_id: RoundId, kind: str) -> None:
        """Lose a key (``token`` or ``close``), as when its file is deleted."""
        self.keys[round_id].pop(kind, None)

    def _draw(self, size: int) -> bytes:
        self._drawn += 1
        return hashlib.sha256(f"chance {self._drawn}".encode()).digest()[:size]

    def _key(self, round_id: RoundId, kind: str) -> bytes:
        _check_id(round_id)
        try:
            return self.keys[round_id][kind]
        except KeyError:
            raise KeyLostError from None


def _check_id(round_id: RoundId) -> None:
    if not re.fullmatch(r"[0-9a-v]{12}", round_id):
        raise ValueError("a round id has 12 characters, 0-9 and a-v")


def _public(key: bytes) -> bytes:
    return _digest(b"public", key)


def _digest(key: bytes, message: bytes) -> bytes:
    return hashlib.sha256(len(key).to_bytes(4, "big") + key + message).digest()


def _xor(text: bytes, key: bytes) -> bytes:
    return bytes(byte ^ key[index % len(key)] for index, byte in enumerate(text))


def _unseal(closing_key: bytes, info: bytes, sealed: bytes) -> bytes | None:
    nonce, tag, body = sealed[:16], sealed[16:48], sealed[48:]
    plaintext = _xor(body, _digest(closing_key, info + nonce))
    return plaintext if tag == _digest(closing_key, info + nonce + plaintext) else None
