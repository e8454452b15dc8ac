"""Ask Slack which workspaces the token of a whole organisation may act in."""

from threading import Lock

from slack_sdk import WebClient

from bot.errors import SlackUnavailableError
from bot.slack.client.calls import call

ASK_AGAIN_S = 60.0
"""How soon Slack is asked again about a workspace that it did not list: it allows 20 calls a minute."""

PAGE = 1000
MOST_PAGES = 20


class Coverage:
    """The workspaces that Slack has confirmed for one organisation. Safe for threads; for those that wait.

    A request says by itself from which workspace it comes, and in a channel that companies share that may be
    another company's.
    """

    def __init__(self) -> None:
        """Know of none yet."""
        self._lock = Lock()
        self._known = frozenset[str]()
        self._asked_s: float | None = None

    def has(self, team: str, client: WebClient, now_s: float) -> bool:
        """Return whether the organisation's token may act in a workspace. ``now_s``: monotonic seconds.

        Raises ``SlackError``; then it is asked again after ``ASK_AGAIN_S``, too.
        """
        with self._lock:
            if team not in self._known and (self._asked_s is None or now_s - self._asked_s >= ASK_AGAIN_S):
                self._asked_s = now_s
                self._known = list_covered(client)
            return team in self._known


def list_covered(client: WebClient) -> frozenset[str]:
    """Return the ids of the workspaces in which a token may act. Raises ``SlackError``.

    Source: https://docs.slack.dev/reference/methods/auth.teams.list.
    """
    found, cursor = set[str](), ""
    for _ in range(MOST_PAGES):
        page = {"limit": PAGE} | ({"cursor": cursor} if cursor else {})
        answer = call(client.auth_teams_list, **page)
        teams, more = answer.get("teams"), answer.get("response_metadata")
        if not isinstance(teams, list):
            raise SlackUnavailableError("malformed_response")
        found |= {str(one.get("id")) for one in teams if isinstance(one, dict)}
        cursor = str(more.get("next_cursor") or "") if isinstance(more, dict) else ""
        if not cursor:
            break
    return frozenset(found)
