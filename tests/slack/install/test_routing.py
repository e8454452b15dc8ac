"""For which installation a request is: the documented payloads of Slack, also in channels of two companies.

Shapes: https://docs.slack.dev/reference/interaction-payloads, https://docs.slack.dev/apis/events-api,
https://docs.slack.dev/interactivity/implementing-slash-commands, https://docs.slack.dev/enterprise, and
slackapi/bolt-js#687, #935, #1614, slackapi/java-slack-sdk#1041 for channels that companies share.
"""

from typing import Any

import pytest

from bot.slack.install.routing import Source, source_of

HERE, OTHER, THIRD = "T0NORTH", "T0SOUTH", "T0THIRD"
ORG, OTHER_ORG = "E0NORTH", "E0SOUTH"

Json = dict[str, Any]


def team(workspace: str, organisation: str = "") -> Json:
    grid = {"enterprise_id": organisation, "enterprise_name": "x"} if organisation else {}
    return {"id": workspace, "domain": "x", **grid}


def org(organisation: str) -> Json:
    return {"id": organisation, "name": "x"}


def click(**fields: Any) -> Json:
    return {
        "type": "block_actions",
        "is_enterprise_install": False,
        "enterprise": None,
        "actions": [{}],
    } | fields


def form(kind: str = "view_submission", **fields: Any) -> Json:
    return {"type": kind, "is_enterprise_install": False, "enterprise": None} | fields


def event(organisation: str | None, workspace: str | None, **fields: Any) -> Json:
    one = {"enterprise_id": organisation, "team_id": workspace, "user_id": "U0BOT", "is_bot": True}
    return {"type": "event_callback", "event": {"type": "x"}, "authorizations": [one]} | fields


def user(workspace: str) -> Json:
    return {"id": "U02TOMA", "team_id": workspace}


WIDE = {"is_enterprise_install": True, "team": None, "enterprise": org(ORG)}

SHAPES: list[tuple[str, Json, tuple[str, str]]] = [
    ("a command", {"command": "/belonging", "team_id": HERE, "is_enterprise_install": "false"}, ("", HERE)),
    (
        "a command in an organization",
        {"command": "/belonging", "team_id": HERE, "enterprise_id": ORG, "is_enterprise_install": "true"},
        (ORG, HERE),
    ),
    ("a click", click(team=team(HERE), user=user(HERE)), ("", HERE)),
    ("a click by somebody of another company", click(team=team(HERE), user=user(OTHER)), ("", HERE)),
    (
        "a click by somebody of an organization, whose id stands for the workspace",
        click(team=team(HERE, ORG), user=user(ORG), enterprise=org(ORG)),
        (ORG, HERE),
    ),
    (
        "a click in a form of another company's",
        click(team=team(OTHER), user=user(OTHER), view={"team_id": OTHER, "app_installed_team_id": HERE}),
        ("", HERE),
    ),
    ("a form", form(team=team(HERE), user=user(HERE), view={"team_id": HERE}), ("", HERE)),
    (
        "a form sent from another company's workspace",
        form(team=team(OTHER), user=user(OTHER), view={"team_id": OTHER, "app_installed_team_id": HERE}),
        ("", HERE),
    ),
    (
        "a form sent from a workspace of another organization",
        form(
            team=team(OTHER, OTHER_ORG),
            user=user(OTHER_ORG),
            enterprise=org(OTHER_ORG),
            view={"team_id": OTHER, "app_installed_team_id": HERE},
        ),
        ("", HERE),
    ),
    (
        "a form that was closed in another company's workspace",
        form("view_closed", team=team(OTHER), view={"team_id": OTHER, "app_installed_team_id": HERE}),
        ("", HERE),
    ),
    (
        "a form of an organization, opened from its other workspace",
        form(
            team=team(THIRD, ORG), enterprise=org(ORG), view={"team_id": THIRD, "app_installed_team_id": HERE}
        ),
        ("", HERE),
    ),
    (
        "a list that is looked up",
        {"type": "block_suggestion", "team": team(HERE), "user": user(OTHER)},
        ("", HERE),
    ),
    ("an event", event(None, HERE, team_id=HERE), ("", HERE)),
    ("an event in another company's channel", event(None, HERE, team_id=OTHER), ("", HERE)),
    (
        "an event in a channel of another organization",
        event(None, HERE, team_id=OTHER, enterprise_id=OTHER_ORG, context_team_id=OTHER),
        ("", HERE),
    ),
    ("an event in an organization", event(ORG, HERE, team_id=HERE, enterprise_id=ORG), (ORG, HERE)),
    (
        "an event for a whole organization",
        event(ORG, None, team_id=HERE, enterprise_id=ORG),
        (ORG, HERE),
    ),
    (
        "an event for a whole organization in another company's channel",
        event(ORG, None, team_id=OTHER, context_team_id=HERE, context_enterprise_id=ORG),
        (ORG, HERE),
    ),
    (
        "an event for a whole organization in another one's channel",
        event(ORG, None, team_id=OTHER, enterprise_id=OTHER_ORG),
        (ORG, ""),
    ),
    ("an event about the app itself", {"type": "event_callback", "event": {}, "team_id": HERE}, ("", HERE)),
    (
        "an event about the app of an organization",
        {"type": "event_callback", "event": {}, "enterprise_id": ORG},
        (ORG, ""),
    ),
    ("a click, whole organization", click(**WIDE, user=user(HERE)), (ORG, "")),
    ("a click of another company, whole organization", click(**WIDE, user=user(OTHER)), (ORG, "")),
    (
        "a form, whole organization",
        form(**WIDE, user=user(ORG), view={"team_id": HERE, "app_installed_team_id": HERE}),
        (ORG, HERE),
    ),
    (
        "a form of which the installation is a whole organization",
        form(team=team(OTHER), user=user(OTHER), view={"team_id": OTHER, "app_installed_team_id": ORG}),
        (ORG, ""),
    ),
    (
        "a click that names a workspace beside another organization",
        click(team=team(OTHER), user=user(OTHER), enterprise=org(ORG)),
        ("", OTHER),
    ),
    ("only a person", click(user=user(OTHER), message={"team": OTHER}, view={"team_id": OTHER}), ("", "")),
    (
        "nonsense",
        {"team": 7, "team_id": [], "authorizations": {}, "view": "x", "enterprise": "E0NORTH"},
        ("", ""),
    ),
    ("authorizations that are none", {"authorizations": [None], "team_id": HERE}, ("", HERE)),
]


@pytest.mark.parametrize(
    ("body", "expected"), [shape[1:] for shape in SHAPES], ids=[one[0] for one in SHAPES]
)
def test_the_installation_that_slack_means_is_found(body: Json, expected: tuple[str, str]) -> None:
    found = source_of(body)

    assert expected == (found.organisation, found.workspace)


@pytest.mark.parametrize("wrong", ["T", "T0", "../x", "T/../x", "T0north", "T0NORTH\n", "E0NORTH ", "T" * 40])
def test_what_is_no_id_of_slacks_names_nothing(wrong: str) -> None:
    for body in (
        event(wrong, wrong, team_id=wrong, enterprise_id=wrong),
        {"command": "/belonging", "team_id": wrong, "enterprise_id": wrong},
        click(team=team(wrong, wrong), user=user(wrong), enterprise=org(wrong)),
    ):
        assert Source() == source_of(body)


def test_where_somebody_belongs_is_a_hint_only() -> None:
    body = click(**WIDE, user=user(OTHER), view={"team_id": HERE}, message={"team": THIRD})

    assert Source(organisation=ORG, perhaps=(OTHER, HERE, THIRD)) == source_of(body)
