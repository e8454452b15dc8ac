"""Hold the credentials of the app, as Slack shows them to whoever develops it."""

import secrets
from dataclasses import dataclass, field

SIGNING_SECRET = "5eafb0a7" * 4
CLIENT_ID = "100000000001.200000000002"
CLIENT_SECRET = "0c11e27a" * 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Credentials:
    """The client id, the client secret and the signing secret of an app; all are valid here only."""

    client_id: str = CLIENT_ID
    client_secret: str = field(default=CLIENT_SECRET, repr=False)
    signing_secret: str = field(default=SIGNING_SECRET, repr=False)


def new_credentials() -> Credentials:
    """Return credentials that nobody knows."""
    return Credentials(
        client_id=f"{_number()}.{_number()}",
        client_secret=secrets.token_hex(16),
        signing_secret=secrets.token_hex(16),
    )


def _number() -> int:
    return 10**11 + secrets.randbelow(9 * 10**11)
