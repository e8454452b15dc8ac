"""A whole organization has the bot, and another company shares a channel with it."""

import json
from collections.abc import Iterator

import httpx
import pytest

from bot.app.coverage import Coverage
from bot.demo import payloads
from bot.demo.request_url import RequestUrl
from bot.demo.workspace import Json
from tests.hosted_world import NORTH, SOUTH, HostedWorld, NewWorld, twin
from tests.hosting.reading import built
from tests.world import CHANNEL

pytestmark = pytest.mark.attack

ORG = "E0NORTH"
USER = "U02TOMA"


@pytest.fixture
def world(new_world: NewWorld) -> Iterator[HostedWorld]:
    """An organization as a whole, and another company, have the bot; the organization was asked."""
    with new_world(twin(NORTH, ORG), twin(SOUTH)) as world:
        world.schedule(ORG)
        world.start()
        assert world.install(NORTH, organization=True).status == 200
        assert world.install(SOUTH).status == 200
        world.join(NORTH)
        world.move(seconds=1)
        world.members[NORTH].open_home(USER)
        world.move(seconds=1)
        world.move(minutes=1)
        yield world


def click(world: HostedWorld, team: str | None) -> Json:
    """Press *Reply*, as somebody whose own workspace is ``team``; return the payload that Slack sends."""
    site, members = world.server.sites[NORTH], world.members[NORTH]
    message = members.announcement()
    block = next(one for one in message.blocks if "reply.open" in json.dumps(one))
    element = next(one for one in block["elements"] if one["action_id"] == "reply.open")
    action = payloads.action_json(site, block, element, None)
    member = site.workspace.members[USER]
    body = payloads.message_action(site, member, site.workspace.channels[CHANNEL], message, action, {})
    return body | {"user": body["user"] | {"team_id": team}}


def post(world: HostedWorld, body: Json) -> int:
    content = str(httpx.QueryParams({"payload": json.dumps(body)})).encode()
    signature = RequestUrl(world.server.sites[NORTH]).signature(content)
    headers = {"Content-Type": "application/x-www-form-urlencoded", **signature}
    return httpx.post(world.server.request_url, content=content, headers=headers).status_code


@pytest.mark.parametrize("team", [SOUTH, "T0THIRD", ORG, None])
def test_a_click_is_handled_for_the_organization_wherever_the_person_belongs(
    world: HostedWorld, team: str | None
) -> None:
    body = click(world, team)
    assert (None, True) == (body["team"], body["is_enterprise_install"])

    assert 200 == post(world, body)

    north = world.members[NORTH]
    north.wait(lambda: bool(north.workspace.stack(USER)))
    assert [] == world.members[SOUTH].workspace.stack(USER)


def test_another_company_is_not_taken_for_a_workspace_of_the_organization(world: HostedWorld) -> None:
    """Its people would count as members then, and its admins as admins."""
    for team in (SOUTH, "T0THIRD"):
        assert 200 == post(world, click(world, team))
    world.stop()
    world.start()

    facts = (world.cell(ORG) / "workspace.yaml").read_text(encoding="utf-8")
    assert f"id: {NORTH}" in facts
    assert "T0THIRD" not in facts
    assert SOUTH not in facts


FOREIGN = ["T0THIRD", SOUTH, "T/../../../evil", "T0north"]


@pytest.mark.parametrize("team", FOREIGN)
def test_only_a_workspace_that_slack_confirms_is_served_and_stored(world: HostedWorld, team: str) -> None:
    before = (world.cell(ORG) / "workspace.yaml").read_bytes()

    for place in ({"id": team, "domain": "x"}, {"id": team, "domain": "x", "enterprise_id": ORG}):
        post(world, click(world, team) | {"team": place})
    world.send(event_of(team))

    assert (world.cell(ORG) / "workspace.yaml").read_bytes() == before
    assert [NORTH] == list(built(world, ORG).workspaces)
    assert [] == world.members[SOUTH].workspace.stack(USER)
    assert {ORG, SOUTH} == set(world.tokens())


def test_slack_is_not_asked_about_each_request(world: HostedWorld) -> None:
    for number in range(30):
        world.send(event_of(f"T0X{number}"))

    asked = [one for one in world.members[NORTH].workspace.calls if one.method == "auth.teams.list"]
    assert len(asked) <= 2


def test_while_slack_cannot_say_nobody_is_stored(world: HostedWorld) -> None:
    built(world, ORG)
    world.hosted(ORG).coverage = Coverage()
    world.server.fail_next("auth.teams.list", status=503, team_id=NORTH)
    before = (world.cell(ORG) / "workspace.yaml").read_bytes()

    world.send(event_of("T0THIRD"))

    assert (world.cell(ORG) / "workspace.yaml").read_bytes() == before
    assert [NORTH] == list(built(world, ORG).workspaces)


def event_of(team: str) -> bytes:
    body = {
        "type": "event_callback",
        "team_id": team,
        "event_id": "Ev1",
        "event": {"type": "app_home_opened", "user": USER, "tab": "home"},
        "authorizations": [{"team_id": team, "enterprise_id": ORG, "is_enterprise_install": True}],
    }
    return json.dumps(body).encode()
