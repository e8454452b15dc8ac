"""Send the messages of a move to another worker, over HTTP."""

from collections.abc import Sequence

import aiohttp

from bot.cluster.addresses import Addresses
from bot.cluster.envelope import NotSealedError
from bot.cluster.forward import LONGEST_ANSWER, read_sealed
from bot.cluster.shards import WorkerId
from bot.cluster.transfer import PATH, NotMovedError, Send

ANSWER_S = 60.0
"""How long the other worker may take for one message: it writes to its disk before it answers."""

CONNECT_S = 5.0
OK = 200


def sender(http: aiohttp.ClientSession, secrets: Sequence[bytes], worker: WorkerId, address: str) -> Send:
    """Return what sends to a worker, whose address is as in PostgreSQL. A message is never sent twice.

    Raises ``ForeignAddressError`` where no worker has stored this address.
    """
    place = Addresses(secrets).checked(worker, address)

    async def send(message: bytes) -> bytes:
        try:
            async with http.post(
                f"{place}{PATH}",
                data=message,
                timeout=aiohttp.ClientTimeout(total=ANSWER_S, sock_connect=CONNECT_S),
                allow_redirects=False,
            ) as response:
                if response.status == OK:
                    return await read_sealed(response, LONGEST_ANSWER)
        except (aiohttp.ClientError, TimeoutError, NotSealedError):
            pass
        error = NotMovedError("The other worker does not answer.")
        error.code = "not_answered"
        raise error

    return send
