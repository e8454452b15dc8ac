"""Ask Slack whether it accepts everything the bot says: ``make validate-blocks``.

Slack's ``blocks.validate`` needs no token and no workspace, but the internet. It is asked about every message
and view of tests/slack/said.py, which are the ones with a snapshot. Exit codes: 0 all accepted, 1 some
refused, 2 Slack could not be asked.
"""

import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from http.client import HTTPException

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.http_retry.builtin_handlers import RateLimitErrorRetryHandler

from bot.demo.workspace import Json
from tests.slack.said import EVERYTHING, Said

REFUSALS = frozenset({"invalid_message", "invalid_view"})
"""Its answers that are about the payload. All others say that the question was not answered."""

PATIENCE_S = 20
TRIES_WHEN_LIMITED = 10


class NotAskedError(Exception):
    """Slack could not be asked. The message says why, in one sentence."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Payload:
    """One argument of ``blocks.validate``. ``kind``: ``message`` or ``view``."""

    name: str
    kind: str
    body: Json

    def as_text(self) -> str:
        """Return the payload as Slack takes it: 100,000 characters at most."""
        return json.dumps(self.body, ensure_ascii=False)


def main(arguments: Sequence[str] = ()) -> int:
    """Print what is refused and why. The only argument, if any, is another address of the Web API."""
    client = client_of(*arguments)
    payloads = payloads_of(EVERYTHING)
    try:
        found = {payload.name: list(refusals(client, payload)) for payload in payloads}
    except NotAskedError as error:
        print(f"Nothing was decided: {error}")
        return 2
    refused = {name: reasons for name, reasons in found.items() if reasons}
    for name, reasons in refused.items():
        print("\n".join(f"{name}: {reason}" for reason in reasons))
    print(f"{len(payloads)} messages and views asked about, {len(refused) or 'none'} refused.")
    return 1 if refused else 0


def client_of(api_url: str = WebClient.BASE_URL) -> WebClient:
    """Return a client without a token that waits where Slack limits its rate."""
    return WebClient(
        base_url=api_url,
        timeout=PATIENCE_S,
        retry_handlers=[RateLimitErrorRetryHandler(max_retry_count=TRIES_WHEN_LIMITED)],
    )


def payloads_of(said: Mapping[str, Said]) -> list[Payload]:
    """Return what can be asked about: views, and messages with blocks."""
    return [payload_of(name, one) for name, one in said.items() if one.view or one.blocks]


def payload_of(name: str, one: Said) -> Payload:
    """Return a view as it is opened, or a message as it is posted."""
    if one.view:
        return Payload(name=name, kind="view", body=one.view)
    body: Json = {"blocks": one.blocks} | ({"text": one.text} if one.text else {})
    return Payload(name=name, kind="message", body=body)


def refusals(client: WebClient, payload: Payload) -> Iterator[str]:
    """Yield each reason why Slack refuses a payload. Raises ``NotAskedError``."""
    try:
        client.blocks_validate(**{payload.kind: payload.as_text()})
    except SlackApiError as error:
        yield from reasons_of(error)
    except (OSError, HTTPException, SlackClientError) as error:
        why = f"Slack cannot be reached at {client.base_url} ({type(error).__name__})"
        raise NotAskedError(f"{why}, and this check needs the internet.") from error


def reasons_of(error: SlackApiError) -> Iterator[str]:
    """Yield what Slack lists as wrong. Raises ``NotAskedError`` where its answer is about something else."""
    answer = error.response.data if hasattr(error.response, "data") else error.response
    code = answer.get("error") if isinstance(answer, dict) else None
    if code not in REFUSALS:
        raise NotAskedError(f"Slack's answer to blocks.validate was {code or 'not one of Slack'}.") from error
    for issue in answer.get("errors") or [{}]:
        pointer, message = issue.get("pointer", ""), issue.get("message", code)
        yield f"{pointer or '/'}: {message}"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
