"""Let the workers that run try one that joins: whether they reach it, and whether it has their secrets.

Else it would take its share of the workspaces, and nobody could use them. Secrets are compared by keyed
digests, in sealed messages.

Source: HMAC, RFC 2104.
"""

import hmac
import logging
from collections.abc import Callable, Mapping, Sequence
from enum import StrEnum
from typing import NamedTuple, Protocol

import orjson

from bot.cluster.addresses import Addresses, ForeignAddressError, address_in
from bot.cluster.forward import Answer, Forwarded, Kind, NotForwardedError
from bot.cluster.shards import WorkerId
from bot.cluster.view import View
from bot.errors import ClusterError

log = logging.getLogger(__name__)

WITHIN_S = 4.0
"""How long one worker may take to try another, and to answer."""

CALL_S = 2.0
"""How long a worker that is called back may take."""

POLICY = "policy"
"""The name of what may differ for a while, as where it is changed on one worker after another."""

KEYS_REMEDY = "Give all workers the same. For a new key, set OLD,NEW on all first; then NEW,OLD; then NEW."

_PURPOSE = b"belonging-bot equal secrets of workers v1 "
_OK = 200


class Problem(StrEnum):
    """What a worker has found about one that joins."""

    NONE = ""
    KEYS = "keys"
    SECRET = "secret"  # noqa: S105 - the name of a problem
    TAKEN = "taken"
    UNREACHABLE = "unreachable"


class Found(NamedTuple):
    """A problem, and what it is about: the name of a secret, or of the worker that has the address.

    ``differs``: whether the policy of new rounds is another one.
    """

    problem: Problem
    about: str = ""
    differs: bool = False


class Forwarder(Protocol):
    """Passes messages on to another worker."""

    async def forward(
        self, owner: WorkerId, address: str, request: Forwarded, within_s: float = ...
    ) -> Answer:
        """Return its answer. Raises ``NotForwardedError``."""


def digests_of(secrets: Mapping[str, str]) -> Mapping[str, str]:
    """Return for each of these secrets a digest that only whoever has the same one can make."""
    return {
        name: hmac.digest(secret.encode(), _PURPOSE + name.encode(), "sha256").hex()
        for name, secret in secrets.items()
    }


class Introduction:
    """Asks the other workers about this one, and answers about others. Use it in one loop."""

    def __init__(
        self,
        me: WorkerId,
        address: str,
        addresses: Addresses,
        forwarder: Forwarder,
        digests: Mapping[str, str],
        view: Callable[[], View | None] = lambda: None,
    ) -> None:
        """Be this worker, at this address with its tag; with an empty one only secrets are compared.

        ``view``: what is known of the cluster.
        """
        self._me, self._address = me, address
        self._addresses, self._forwarder, self._digests = addresses, forwarder, digests
        self._view = view

    async def ask(self, view: View) -> Sequence[WorkerId]:
        """Ask every living worker about this one; return those that do not answer and are to stay.

        Raises ``ClusterError`` where one has found a problem.
        """
        silent = []
        for name in sorted(view.alive - {self._me}):
            found = await self.asked(name, view)
            if found is None:
                if not view.workers[name].draining:
                    silent.append(name)
            elif found.problem:
                raise self._error(name, found)
            elif found.differs:
                log.warning("settings differ", extra={"worker": name, "code": POLICY})
        return silent

    async def asked(self, other: WorkerId, view: View) -> Found | None:
        """Return what another worker has found about this one; None where it does not answer."""
        body = orjson.dumps([self._me, self._address, self._digests])
        try:
            answer = await self._forwarder.forward(
                other, view.workers[other].address, Forwarded(0, {}, body, Kind.JOINING), within_s=WITHIN_S
            )
        except NotForwardedError as error:
            return Found(Problem.KEYS) if error.foreign else None
        problem, about, differs = orjson.loads(answer.body)
        return Found(Problem(problem), about, differs)

    async def answer(self, body: bytes) -> Answer:
        """Try a worker that joins, and return what was found."""
        name, address, digests = orjson.loads(body)
        found = self._compared(digests)
        if address and not found.problem:
            found = await self._tried(name, address)
        differs = digests.get(POLICY) != self._digests.get(POLICY)
        return Answer(_OK, [], orjson.dumps([found.problem, found.about, differs]))

    def _compared(self, digests: Mapping[str, str]) -> Found:
        for name, digest in self._digests.items():
            if name != POLICY and not hmac.compare_digest(digest, str(digests.get(name, ""))):
                return Found(Problem.SECRET, name)
        return Found(Problem.NONE)

    async def _tried(self, name: WorkerId, address: str) -> Found:
        """Return what comes of calling a worker back."""
        try:
            place = self._addresses.checked(name, address)
        except ForeignAddressError:
            return Found(Problem.KEYS)
        view = self._view()
        known = view.workers if view else {}
        for other, seen in known.items():
            if other != name and seen.is_alive and address_in(seen.address) == place:
                return Found(Problem.TAKEN, other)
        try:
            await self._forwarder.forward(name, address, Forwarded(0, {}, b"", Kind.CALL), within_s=CALL_S)
        except NotForwardedError:
            return Found(Problem.UNREACHABLE)
        return Found(Problem.NONE)

    def _error(self, other: WorkerId, found: Found) -> ClusterError:
        place = address_in(self._address)
        match found.problem:
            case Problem.KEYS:
                what = f"Worker {other} does not have the first of the BELONGING_CLUSTER_KEYS here."
                return ClusterError(what, remedy=KEYS_REMEDY)
            case Problem.SECRET:
                what = f"The {found.about} here is not that of worker {other}."
                return ClusterError(what, remedy="Give all workers the same. To change it, stop all of them.")
            case Problem.TAKEN:
                what = f"The address {place} is that of worker {found.about}."
                return ClusterError(what, remedy="Give each worker its own: cluster.address.")
            case _:
                return ClusterError(
                    f"Worker {other} does not reach this one at {place}.",
                    remedy="Let it listen there (slack.http.host: 0.0.0.0), or correct cluster.address.",
                )


def silent_error(other: WorkerId, view: View) -> ClusterError:
    """Return the error for a worker that does not answer this one."""
    return ClusterError(
        f"Worker {other} does not answer at {address_in(view.workers[other].address)}.",
        remedy="Let this machine reach it, or stop it.",
    )
