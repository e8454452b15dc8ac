"""Send the messages of a move to another worker, over HTTP."""

import aiohttp

from bot.cluster.transfer import PATH, NotMovedError, Send

ANSWER_S = 60.0
"""How long the other worker may take for one message: it writes to its disk before it answers."""

CONNECT_S = 5.0
OK = 200


def sender(http: aiohttp.ClientSession, address: str) -> Send:
    """Return what sends to the worker at this address. A message is never sent twice."""

    async def send(message: bytes) -> bytes:
        try:
            async with http.post(
                f"{address}{PATH}",
                data=message,
                timeout=aiohttp.ClientTimeout(total=ANSWER_S, sock_connect=CONNECT_S),
                allow_redirects=False,
            ) as response:
                if response.status == OK:
                    return await response.read()
        except (aiohttp.ClientError, TimeoutError):
            pass
        error = NotMovedError("The other worker does not answer.")
        error.code = "not_answered"
        raise error

    return send
