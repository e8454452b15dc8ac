"""Two workspaces with the same ids of everything, served by one process: nothing of one reaches the other."""

import io
import json
import re
from typing import Any

import httpx
import pytest

from bot.cli.report import stored_ledger, stored_results
from bot.config import cell_config
from bot.core.cells import CellKey
from bot.core.model import MemberId, RoundId
from bot.core.release import Published
from bot.demo import payloads
from bot.demo.request_url import RequestUrl
from bot.demo.workspace import Json, View
from bot.proof_process import Request
from tests import workspace_changes
from tests.hosted_world import NORTH, SOUTH, HostedWorld
from tests.hosting.reading import built, column, contents, rows
from tests.privacy.conftest import log  # noqa: F401 - a fixture
from tests.world import CHANNEL, Members, filled_in, text_of

pytestmark = pytest.mark.attack

TEAMS = (NORTH, SOUTH)
WORDS = {NORTH: "Quokkas carried the lanterns home", SOUTH: "Wombats repaired the orchard gate"}
ANSWERS = {NORTH: ["5", "4", "5"], SOUTH: ["1", "2", "1"]}
COUNT = {NORTH: 10, SOUTH: 12}

HOW = (
    *("at dusk", "in a hurry", "with songs", "one by one", "after rain", "by bike"),
    *("twice", "slowly", "in May", "unasked", "for us all", "kindly"),
)

USER = "U02TOMA"


def reply_in(world: HostedWorld, team: str) -> None:
    """Let the first people of a workspace reply in the words of it."""
    members = world.members[team]
    for user, how in zip(members.everyone()[: COUNT[team]], HOW, strict=False):
        members.reply(user, answers=ANSWERS[team], text=f"{WORDS[team]} {how}", quotable=True)
        members.close_modals(user)


@pytest.fixture
def replied(asked: HostedWorld) -> HostedWorld:
    """In both, people with the same ids have replied."""
    for team in TEAMS:
        reply_in(asked, team)
    return asked


@pytest.fixture
def closed(replied: HostedWorld) -> HostedWorld:
    """In both, the round has closed and its quotes are shown."""
    replied.move(days=3)
    return replied


def round_of(world: HostedWorld, team: str) -> RoundId:
    (round_id,) = column(world.cell(team), "belonging.db", "id", "round")
    return RoundId(str(round_id))


def stored_ids(world: HostedWorld, team: str) -> frozenset[object]:
    return column(world.cell(team), "ballots/*.db", "id", "reply")


def sealed(world: HostedWorld, team: str) -> frozenset[object]:
    return column(world.cell(team), "ballots/*.db", "sealed", "reply")


# Files


def test_the_same_round_is_open_in_both_under_one_id(asked: HostedWorld) -> None:
    assert round_of(asked, NORTH) == round_of(asked, SOUTH)
    north, south = (asked.members[team].announcement() for team in TEAMS)
    assert (north.channel, north.ts) == (south.channel, south.ts)


def test_no_key_token_mark_or_reply_is_the_same(replied: HostedWorld) -> None:
    cells = [replied.cell(team) for team in TEAMS]
    for file, name, table in (
        ("ballots/*.db", "token", "participation"),
        ("ballots/*.db", "id", "reply"),
        ("ballots/*.db", "sealed", "reply"),
        ("audiences.db", "mark", "asked"),
    ):
        here, there = (column(cell, file, name, table) for cell in cells)
        assert here
        assert there
        assert frozenset() == here & there, table
    keys = [contents(cell / "keys") for cell in cells]
    assert keys[0].keys() == keys[1].keys()
    assert not set(keys[0].values()) & set(keys[1].values())
    assert [COUNT[team] for team in TEAMS] == [len(stored_ids(replied, team)) for team in TEAMS]


@pytest.mark.parametrize(("team", "other"), [(NORTH, SOUTH), (SOUTH, NORTH)])
def test_no_file_of_one_holds_a_word_id_or_name_of_the_other(
    closed: HostedWorld, team: str, other: str
) -> None:
    closed.stop()
    found = contents(closed.cell(team))
    strange = (WORDS[other], other, f"Workspace {other}", closed.server.sites[other].url + "/xoxb")

    assert any(WORDS[team].encode() in content for content in found.values()), "quotes are published"
    assert [] == [
        (name, word) for name, content in found.items() for word in strange if word.encode() in content
    ]


def test_rows_that_hold_what_people_said_are_in_their_own_cell_only(closed: HostedWorld) -> None:
    north, south = (rows(closed.cell(team)) for team in TEAMS)

    assert north["belonging.db/release"]
    assert not north["belonging.db/release"] & south["belonging.db/release"]
    for found, strange in ((north, WORDS[SOUTH]), (south, WORDS[NORTH])):
        assert not [table for table, several in found.items() if strange in str(several)]


def test_outside_the_cells_there_is_nothing_that_anybody_said_and_no_token(closed: HostedWorld) -> None:
    closed.stop()
    outside = {
        name: content
        for name, content in contents(closed.folder).items()
        if not name.startswith("data/cells/")
    }
    assert {"config.yaml", "data/.lock", "data/installations.db"} == outside.keys()
    for secret in (*WORDS.values(), USER):
        assert [] == [name for name, content in outside.items() if secret.encode() in content]
    for team in TEAMS:
        installation = closed.server.installations.at(team)
        assert installation
        found = contents(closed.folder).items()
        assert [] == [name for name, content in found if installation.token.encode() in content]


# Receipts and forms


def receipt_form(members: Members, user: str) -> View:
    """Reply, and return the thank-you step, whose metadata holds the receipt."""
    return members.reply(user, answers=["3", "3", "3"])


def last_words(members: Members, user: str) -> str:
    return text_of(members.workspace.stack(user)[-1].body["blocks"])


@pytest.mark.parametrize("action", ["reply.withdraw", "reply.change"])
def test_a_receipt_of_one_changes_and_withdraws_nothing_in_the_other(asked: HostedWorld, action: str) -> None:
    north, south = (asked.members[team] for team in TEAMS)
    theirs = receipt_form(north, USER).body["private_metadata"]
    thanks = receipt_form(south, USER)
    before = sealed(asked, SOUTH)
    thanks.body["private_metadata"] = theirs

    form = south.press_for_modal(USER, action, thanks)
    if action == "reply.change":
        south.act(USER, type="view_submit", view_id=form.id, state=filled_in(form, answers=["1"]))

    assert before == sealed(asked, SOUTH)
    assert 1 == len(sealed(asked, NORTH))


def test_the_home_tab_of_one_gives_nobody_a_receipt_in_the_other(asked: HostedWorld) -> None:
    north, south = (asked.members[team] for team in TEAMS)
    for members in (north, south):
        receipt_form(members, USER)
        members.close_modals(USER)
    theirs = north.open_home(USER).body["private_metadata"]
    ours = south.open_home(USER).body["private_metadata"]
    assert json.loads(theirs).keys() == json.loads(ours).keys()
    before = sealed(asked, SOUTH)
    home = south.workspace.homes[USER]
    home.body["private_metadata"] = theirs

    south.press_for_modal(USER, "reply.withdraw", home)

    assert before == sealed(asked, SOUTH)
    assert 1 == len(sealed(asked, NORTH))


def test_receipts_that_wait_for_a_home_tab_wait_in_their_own_cell(asked: HostedWorld) -> None:
    receipt_form(asked.members[NORTH], USER)

    assert built(asked, NORTH).cell.receipts.merged(MemberId(USER), {})
    assert {} == built(asked, SOUTH).cell.receipts.merged(MemberId(USER), {})
    assert frozenset() == built(asked, SOUTH).cell.newest.rounds()
    home = asked.members[SOUTH].open_home(USER)
    assert "{}" == home.body["private_metadata"]


def test_a_withdrawn_reply_leaves_that_of_the_same_person_elsewhere(asked: HostedWorld) -> None:
    north, south = (asked.members[team] for team in TEAMS)
    receipt_form(north, USER)
    thanks = receipt_form(south, USER)

    south.press_for_modal(USER, "reply.withdraw", thanks)

    assert (1, 0) == (len(sealed(asked, NORTH)), len(sealed(asked, SOUTH)))


# What is cached of people and requests


def test_what_slack_says_of_a_person_in_one_is_not_believed_in_the_other(asked: HostedWorld) -> None:
    server, south = asked.server, asked.members[SOUTH]
    told = south.answer(USER, "/belonging help").text
    workspace_changes.change_member(server, USER, locale="de-DE", is_restricted=True, name="Quokka Keeper")
    workspace_changes.leave(server, CHANNEL, "U03INGR")

    assert told == south.answer(USER, "/belonging help").text
    receipt_form(south, "U03INGR")
    assert 1 == len(stored_ids(asked, SOUTH))
    assert told != asked.members[NORTH].answer(USER, "/belonging help").text


def test_an_admin_of_one_is_none_in_the_other(asked: HostedWorld) -> None:
    south = asked.members[SOUTH]
    before = text_of(south.open_home(USER).body["blocks"])
    workspace_changes.change_member(asked.server, USER, is_admin=True)
    asked.move(minutes=11)

    assert "Schedules" in text_of(asked.members[NORTH].open_home(USER).body["blocks"])
    assert before == text_of(south.open_home(USER).body["blocks"])


def post(world: HostedWorld, team: str, body: Json, *, as_form: bool = False) -> httpx.Response:
    """Post a request as Slack signs it, whatever it says."""
    content = (
        httpx.QueryParams(body).__str__().encode()
        if as_form
        else httpx.QueryParams({"payload": json.dumps(body)}).__str__().encode()
    )
    signature = RequestUrl(world.server.sites[team]).signature(content)
    headers = {"Content-Type": "application/x-www-form-urlencoded", **signature}
    return httpx.post(world.server.request_url, content=content, headers=headers)


def command(world: HostedWorld, team: str, **fields: Any) -> Json:
    site = world.server.sites[team]
    member, channel = site.workspace.members[USER], site.workspace.channels[CHANNEL]
    return payloads.command(site, member, channel, "/belonging", "help") | fields


def test_two_requests_with_one_trigger_id_are_both_handled(asked: HostedWorld) -> None:
    workspace_changes.change_member(asked.server, USER, locale="de-DE")
    answers = [post(asked, team, command(asked, team, trigger_id="1.2.3"), as_form=True) for team in TEAMS]
    again = [post(asked, team, command(asked, team, trigger_id="1.2.3"), as_form=True) for team in TEAMS]

    assert [200, 200] == [answer.status_code for answer in answers]
    assert answers[0].text != answers[1].text, "one is in German"
    assert [answer.text for answer in answers] == [answer.text for answer in again]


def test_two_events_with_one_id_are_both_handled(asked: HostedWorld) -> None:
    for team in TEAMS:
        site = asked.server.sites[team]
        body = payloads.event_callback(site, payloads.home_opened(site, site.workspace.members[USER]))
        content = json.dumps(body | {"event_id": "Ev0SAME"}).encode()
        headers = {"Content-Type": "application/json", **RequestUrl(site).signature(content)}
        assert 200 == httpx.post(asked.server.request_url, content=content, headers=headers).status_code

    for team in TEAMS:
        members = asked.members[team]
        members.wait(lambda members=members: USER in members.workspace.homes)  # type: ignore[misc]


def test_a_result_that_was_shared_in_one_can_be_shared_in_the_other(closed: HostedWorld) -> None:
    contexts = [next(iter(built(closed, team).contexts.values())) for team in TEAMS]

    for name in ("shares", "previews", "handled", "forms", "circle_cache", "one_event", "newest", "receipts"):
        assert getattr(contexts[0], name) is not getattr(contexts[1], name), name


# Rate limits


def test_a_429_of_one_delays_nothing_in_the_other(world: HostedWorld) -> None:
    for team in TEAMS:
        world.schedule(team)
    world.start()
    for team in TEAMS:
        world.install(team)
        world.join(team)
    world.move(seconds=1)
    world.server.fail_next("chat.postMessage", retry_after=600, team_id=NORTH)

    world.move(minutes=1)

    assert ([], 1) == (world.members[NORTH].messages(), len(world.members[SOUTH].messages()))
    assert built(world, NORTH).limiter.soonest_s()
    assert built(world, SOUTH).limiter.soonest_s() is None


# What comes out


def test_each_result_and_export_is_of_its_own_workspace(closed: HostedWorld) -> None:
    counts = {}
    for team in TEAMS:
        config = cell_config(closed.config(), CellKey(team))
        ((_, result),) = stored_results(config, CHANNEL)
        assert isinstance(result, Published)
        counts[team] = result.replies
        assert not stored_ledger(config, CHANNEL)
        assert all(WORDS[team] in quote for quote in result.quotes)
        assert result.quotes

    assert counts == COUNT


def test_what_members_read_is_of_their_own_workspace(closed: HostedWorld) -> None:
    for team, other in ((NORTH, SOUTH), (SOUTH, NORTH)):
        members = closed.members[team]
        read = [
            *(text_of(message.blocks) for message in members.messages()),
            text_of(members.open_home(USER).body["blocks"]),
            text_of(members.answer(USER, "/belonging summary").blocks),
        ]
        assert f"{COUNT[team]} of" in read[-1] or f"{COUNT[team]} of" in str(read)
        assert not any(WORDS[other] in text or f"{COUNT[other]} of" in text for text in read)


def test_the_daily_proof_of_each_looks_at_its_own_directories(closed: HostedWorld) -> None:
    closed.move(hours=25)
    looked = {request.data_dir.name: request for request in closed.prover.requests}

    assert set(TEAMS) == looked.keys()
    for team, request in looked.items():
        assert isinstance(request, Request)
        assert {closed.cell(team)} == {request.data_dir, request.ballots_dir.parent, request.keys_dir.parent}
        assert closed.folder / "data" == request.host_dir
        assert request.people
        assert team == request.people.workspace


def test_each_line_of_the_log_names_the_cell_that_it_is_of(
    log: io.StringIO,  # noqa: F811 - the fixture
    asked: HostedWorld,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for team in TEAMS:
        reply_in(asked, team)

    def fail(*_: object) -> None:
        raise RuntimeError(WORDS[SOUTH])

    form = asked.members[SOUTH].open_form(asked.members[SOUTH].everyone()[-1])
    monkeypatch.setattr(built(asked, SOUTH).files.boxes, "submit", fail)
    asked.members[SOUTH].submit(asked.members[SOUTH].everyone()[-1], form, text=WORDS[SOUTH])
    asked.move(days=3)
    asked.stop()
    lines = log.getvalue().splitlines()

    assert ["cell=T0SOUTH"] == [re.search(r"cell=\w+", one)[0] for one in lines if "listener failed" in one]  # type: ignore[index]
    for event in ("round opened", "round closed"):
        named = sorted(match[0] for one in lines if event in one if (match := re.search(r"cell=\w+", one)))
        assert ["cell=T0NORTH", "cell=T0SOUTH"] == named, event
    assert [] == [one for one in lines if ("round_id=" in one or "channel_id=" in one) and "cell=" not in one]
    assert [] == [one for one in lines if any(word in one for word in (*WORDS.values(), "Workspace", USER))]


# Requests that name the other workspace somewhere


FORGED: list[tuple[str, Json]] = [
    ("user.team_id", {"user": {"id": USER, "team_id": SOUTH}}),
    ("message.team", {"message": {"team": SOUTH}}),
    ("context", {"context_team_id": SOUTH, "context_enterprise_id": "E0SOUTH"}),
    ("top level", {"team_id": SOUTH}),
    ("actor", {"is_ext_shared_channel": True, "user_team": SOUTH, "source_team": SOUTH}),
]


@pytest.mark.parametrize("fields", [one for _, one in FORGED], ids=[name for name, _ in FORGED])
def test_a_click_that_names_the_other_workspace_somewhere_reaches_it_not(
    asked: HostedWorld, fields: Json
) -> None:
    site = asked.server.sites[NORTH]
    north = asked.members[NORTH]
    member, message = site.workspace.members[USER], north.announcement()
    block = next(one for one in message.blocks if "reply.open" in json.dumps(one))
    element = next(one for one in block["elements"] if one["action_id"] == "reply.open")
    action = payloads.action_json(site, block, element, None)
    body = payloads.message_action(site, member, site.workspace.channels[CHANNEL], message, action, {})

    assert 200 == post(asked, NORTH, body | fields).status_code

    north.wait(lambda: bool(north.workspace.stack(USER)))
    assert [] == asked.members[SOUTH].workspace.stack(USER)


def test_a_form_of_one_that_is_sent_from_the_other_is_handled_where_the_app_is_installed(
    asked: HostedWorld,
) -> None:
    site, north = asked.server.sites[NORTH], asked.members[NORTH]
    form = north.open_form(USER)
    body = payloads.submission(site, site.workspace.members[USER], form)
    body["team"] = {"id": SOUTH, "domain": "south"}
    body["user"] = body["user"] | {"team_id": SOUTH}
    body["view"] |= {
        "team_id": SOUTH,
        "app_installed_team_id": NORTH,
        "state": {"values": filled_in(form, answers=["4"])},
    }

    assert 200 == post(asked, NORTH, body).status_code

    assert (1, 0) == (len(stored_ids(asked, NORTH)), len(stored_ids(asked, SOUTH)))


def test_what_names_no_workspace_that_has_the_bot_is_not_found_and_not_logged(
    log: io.StringIO,  # noqa: F811 - the fixture
    asked: HostedWorld,
) -> None:
    def said() -> list[str]:
        return [line for line in log.getvalue().splitlines() if "message from http" not in line]

    before = said()
    body = command(asked, NORTH, team_id="T0NOBODY", user_id=USER)

    assert 404 == post(asked, NORTH, body, as_form=True).status_code
    assert before == said()
    assert {NORTH, SOUTH} == {path.name for path in (asked.folder / "data" / "cells").iterdir()}
