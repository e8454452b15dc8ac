"""A token of a whole Enterprise organisation: list calls name the workspace, and a role is one in it."""

import json
from typing import Any

import pytest

from bot.core.model import ChannelId, MemberId
from bot.errors import SlackUnavailableError
from bot.slack.client.calls import web_client
from bot.slack.directory import questions
from bot.slack.directory.cache import DirectoryCache, FactKey, FactKind
from bot.slack.directory.person import Organisation, person_of
from bot.slack.directory.questions import Question, run_question
from bot.slack.startup import check_bot_token
from tests.slack.conftest import Misbehaving
from tests.slack.samples import OPENED

ONE = Organisation(team="T1", enterprise="E1")
WIDE = Organisation(team="T1", enterprise="E1", wide=True)
ADA, TEAM = MemberId("U0ADA"), ChannelId("C0TEAM")

ANSWERS: dict[str, dict[str, Any]] = {
    "users.info": {"user": {"id": ADA, "team_id": "T1"}},
    "conversations.info": {"channel": {"id": TEAM}},
}


def asked(question: Question[Any]) -> list[tuple[str, str | None]]:
    """Return the methods that a question calls, and the workspace that it names in each."""
    calls = list[tuple[str, str | None]]()

    def answer(method: str, arguments: dict[str, Any]) -> dict[str, Any]:
        calls.append((method, arguments.get("team_id")))
        more = "next" if not arguments.get("cursor") and method not in ANSWERS else ""
        return ANSWERS.get(method, {}) | {"response_metadata": {"next_cursor": more}}

    run_question(question, answer)
    return calls


@pytest.mark.parametrize(
    ("kind", "of", "method"),
    [(FactKind.PEOPLE, "", "users.list"), (FactKind.PLACES, ADA, "users.conversations")],
)
def test_each_page_of_a_list_names_the_workspace(kind: FactKind, of: str, method: str) -> None:
    """Source: https://docs.slack.dev/reference/methods/users.list and users.conversations."""
    key = FactKey(kind, of)

    assert 2 * [(method, "T1")] == asked(DirectoryCache(lambda: OPENED, WIDE).request(key))
    assert 2 * [(method, None)] == asked(DirectoryCache(lambda: OPENED, ONE).request(key))


def test_a_question_about_one_channel_or_one_person_names_no_workspace() -> None:
    of_one = (questions.members_of(TEAM), questions.channel_info(TEAM), questions.person(ADA, WIDE))
    calls = [call for question in of_one for call in asked(question)]

    assert {None} == {team for _, team in calls}
    assert {"conversations.members", "conversations.info", "users.info"} == {method for method, _ in calls}


@pytest.mark.parametrize(
    ("app", "team", "teams", "admin"),
    [
        (Organisation(team="T1"), "T1", None, True),
        (ONE, "T1", ["T1"], True),
        (ONE, "T2", ["T2", "T1"], True),
        (ONE, "T1", [], True),
        (ONE, "T2", ["T2"], False),
        (WIDE, "T1", ["T1", "T2"], True),
        (WIDE, "T1", [], True),
        (WIDE, "T2", ["T2", "T1"], False),
        (WIDE, "T2", [], False),
    ],
)
@pytest.mark.parametrize("role", ["is_admin", "is_owner"])
def test_an_admin_of_another_workspace_of_the_organisation_is_none_here(
    app: Organisation, team: str, teams: list[str] | None, role: str, *, admin: bool
) -> None:
    """With a token of one workspace Slack says the role there, whatever workspace lists the person."""
    user: dict[str, Any] = {"id": ADA, "team_id": team, role: True}
    if teams is not None:
        user["enterprise_user"] = {"enterprise_id": "E1", "teams": teams}

    found = person_of(user, app)

    assert found.counts
    assert admin is found.admin


AUTH_TEST: dict[str, Any] = {
    "ok": True,
    "user_id": "U0BOT",
    "enterprise_id": "E1",
    "is_enterprise_install": True,
}


@pytest.mark.parametrize("named", [{}, {"team_id": None}, {"team_id": "E1"}])
def test_auth_test_names_no_workspace_so_the_caller_does(
    misbehaving: Misbehaving, named: dict[str, Any]
) -> None:
    misbehaving.answers = [(200, json.dumps(AUTH_TEST | named).encode())]

    found = check_bot_token(web_client("xoxb-1", misbehaving.url), "T1")

    assert WIDE == found.organisation
    assert "T1" == found.auth_test["team_id"]


def test_the_token_of_one_workspace_says_which_one_it_is(misbehaving: Misbehaving) -> None:
    own = AUTH_TEST | {"team_id": "T2", "is_enterprise_install": False}
    misbehaving.answers = [(200, json.dumps(own).encode())]

    assert (
        Organisation(team="T2", enterprise="E1")
        == check_bot_token(web_client("xoxb-1", misbehaving.url), "T1").organisation
    )


def test_a_token_without_a_workspace_serves_none(misbehaving: Misbehaving) -> None:
    misbehaving.answers = [(200, json.dumps(AUTH_TEST).encode())]

    with pytest.raises(SlackUnavailableError):
        check_bot_token(web_client("xoxb-1", misbehaving.url))
