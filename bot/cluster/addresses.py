"""Addresses of workers, as they stand in PostgreSQL: with a tag that only a worker can make.

Whoever writes to PostgreSQL could otherwise let the workers send requests to a host of their own. They would
read none, but learn when each came, and how long it is.

Source: HMAC, RFC 2104.
"""

import hmac
from collections.abc import Sequence

import orjson

from bot.cluster.shards import WorkerId
from bot.errors import BotError

_PURPOSE = b"belonging-bot address of a worker v1 "
_TAG_DIGITS = 32
_MARK = "#"
"""What is behind it in an address is never sent. Source: RFC 3986, section 3.5."""


class ForeignAddressError(BotError):
    """No worker has stored this address."""

    code = "not_sealed"
    remedy = "Look who writes to PostgreSQL, and whether all workers have the same BELONGING_CLUSTER_KEYS."


class Addresses:
    """Tags addresses, and checks the tags: the first secret makes them, and all are tried."""

    def __init__(self, secrets: Sequence[bytes]) -> None:
        """Use the secrets of all workers."""
        self._secrets = tuple(secrets)

    def signed(self, worker: WorkerId, address: str) -> str:
        """Return the address of a worker with its tag."""
        return f"{address}{_MARK}{_tag(self._secrets[0], worker, address)}"

    def checked(self, worker: WorkerId, signed: str) -> str:
        """Return the address without its tag. Raises ``ForeignAddressError`` for another worker's."""
        address, _, tag = signed.rpartition(_MARK)
        for secret in self._secrets:
            if hmac.compare_digest(_tag(secret, worker, address).encode(), tag.encode()):
                return address
        raise ForeignAddressError


def address_in(signed: str) -> str:
    """Return an address without its tag, to show it; nobody has checked it."""
    return signed.partition(_MARK)[0]


def _tag(secret: bytes, worker: WorkerId, address: str) -> str:
    return hmac.digest(secret, _PURPOSE + orjson.dumps([worker, address]), "sha256").hex()[:_TAG_DIGITS]
