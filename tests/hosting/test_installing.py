"""The bot is installed, installed again, and uninstalled, while the process serves others."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from threading import Event

import httpx
import pytest

from bot.core.check_rules import SCOPES
from bot.core.model import RoundState
from bot.slack.install.store import SealedInstallations
from bot.store.lock import is_held
from tests.hosted_world import NORTH, SOUTH, HostedWorld, NewWorld, twin, wait_until
from tests.patience import PATIENCE_S
from tests.world import START

ORG, EAST, WEST = "E0ORG", "T0EAST", "T0WEST"
USER = "U02TOMA"
TODAY = START.date()


def uninstall(
    world: HostedWorld, team: str, events: tuple[str, ...] = ("tokens_revoked", "app_uninstalled")
) -> None:
    """Uninstall the bot, and wait until it has ended what belongs to it."""
    before = set(world.tokens())
    world.server.uninstall(team, events=events)
    wait_until(lambda: set(world.tokens()) < before)
    world.move(seconds=1)


def install(world: HostedWorld, *teams: str, **how: object) -> None:
    for team in teams:
        page = world.install(team, **how)
        assert page.status == 200, page.text
        world.join(team)
    world.move(seconds=1)


def test_whoever_installs_it_reads_what_it_asks_for_and_why_and_then_what_to_do(world: HostedWorld) -> None:
    world.start()

    before, after = world.ask("/slack/install"), world.install(NORTH)

    assert (before.status, after.status) == (200, 200)
    assert "chat:write" in before.text
    assert "/invite" in after.text
    assert world.facts(NORTH).workspaces[0].name == f"Workspace {NORTH}"
    assert world.ask("/readyz").text == "ready, 1 of 1 workspaces served"


def test_who_only_looks_at_the_head_of_a_page_begins_and_ends_nothing(world: HostedWorld) -> None:
    world.start()

    begun = httpx.head(f"{world.url}/slack/install?start=1")
    ended = httpx.head(f"{world.url}/slack/oauth_redirect?error=access_denied&state=x")

    assert (200, None, None) == (
        begun.status_code,
        begun.headers.get("location"),
        begun.headers.get("set-cookie"),
    )
    assert ended.status_code == 400


def test_a_flood_of_beginnings_stops_nobody(world: HostedWorld) -> None:
    world.start()
    with httpx.Client(base_url=world.url) as flood:
        assert {flood.get("/slack/install?start=1").status_code for _ in range(50)} == {302}

    assert world.install(NORTH).status == 200
    with closing(sqlite3.connect(world.folder / "data" / "installations.db")) as connection:
        assert [(1,)] == connection.execute("SELECT count(*) FROM oauth_states").fetchall()


def test_installed_again_it_keeps_one_row_and_goes_on_with_its_data(asked: HostedWorld) -> None:
    asked.members[NORTH].reply(USER, answers=["5", "5", "5"])
    before = asked.rounds(NORTH)

    install(asked, NORTH)

    assert set(asked.tokens()) == {NORTH, SOUTH}
    assert asked.rounds(NORTH) == before
    asked.members[NORTH].open_form(USER)  # the receipt is known: it opens what was sent


@pytest.mark.parametrize(
    "events",
    [("tokens_revoked", "app_uninstalled"), ("app_uninstalled", "tokens_revoked"), ("app_uninstalled",)],
    ids=["revoked first", "uninstalled first", "one is lost"],
)
def test_uninstalled_rounds_keys_replies_and_token_end_at_once_and_nobody_else_notices(
    asked: HostedWorld, events: tuple[str, ...], caplog: pytest.LogCaptureFixture
) -> None:
    for team in (NORTH, SOUTH):
        asked.members[team].reply(USER, answers=["5", "5", "5"])
    said = len(asked.members[NORTH].messages())
    assert len(asked.secrets(NORTH)) == 3

    uninstall(asked, NORTH, events)

    assert asked.secrets(NORTH) == []
    assert set(asked.tokens()) == {SOUTH}
    assert asked.facts(NORTH).removed == asked.clock.now().date()
    assert len(asked.members[NORTH].messages()) == said
    wait_until(lambda: not is_held(asked.cell(NORTH)))
    assert len(asked.secrets(SOUTH)) == 3
    assert [one.__dict__["cell"] for one in caplog.records if one.msg == "uninstalled"] == [NORTH]
    assert asked.ask("/readyz").text == "ready, 1 of 1 workspaces served"


def test_an_old_event_after_an_installation_changes_nothing(asked: HostedWorld) -> None:
    for event in (
        {"type": "tokens_revoked", "tokens": {"oauth": [], "bot": ["U0"]}},
        {"type": "app_uninstalled"},
    ):
        asked.server.send_event(event, team_id=NORTH)
    asked.move(minutes=2)

    assert [one.state for one in asked.rounds(NORTH)] == [RoundState.OPEN]
    assert set(asked.tokens()) == {NORTH, SOUTH}


def test_while_slack_is_away_it_asks_again_each_minute_whether_it_was_uninstalled(asked: HostedWorld) -> None:
    for _ in range(2):
        asked.server.fail_next("auth.test", status=503, team_id=NORTH)
    asked.server.uninstall(NORTH, events=())
    asked.server.send_event({"type": "app_uninstalled"}, team_id=NORTH)
    wait_until(lambda: not asked.server.sites[NORTH].faults)
    assert set(asked.tokens()) == {NORTH, SOUTH}

    asked.move(minutes=1)

    assert set(asked.tokens()) == {SOUTH}
    assert asked.secrets(NORTH) == []


def test_its_directory_goes_after_thirty_days(asked: HostedWorld, caplog: pytest.LogCaptureFixture) -> None:
    uninstall(asked, NORTH)
    wait_until(lambda: not is_held(asked.cell(NORTH)))

    asked.move(days=29)
    assert asked.cell(NORTH).is_dir()
    asked.move(days=1)

    assert not asked.cell(NORTH).exists()
    assert asked.cell(SOUTH).is_dir()
    assert [one.__dict__["cell"] for one in caplog.records if one.msg == "workspace deleted"] == [NORTH]


def test_installed_again_before_that_it_has_its_results_and_schedules(asked: HostedWorld) -> None:
    north = asked.members[NORTH]
    for user in north.everyone()[:6]:
        north.reply(user, answers=["5", "5", "5"])
    asked.move(days=3)
    asked.move(minutes=1)
    uninstall(asked, NORTH)
    asked.move(days=2)

    install(asked, NORTH)
    asked.move(days=2)

    assert asked.facts(NORTH).removed is None
    states = {one.number: one.state for one in asked.rounds(NORTH)}
    assert states == {1: RoundState.CLOSED, 2: RoundState.OPEN}


def test_what_was_uninstalled_while_the_process_was_down_is_found_at_the_start(asked: HostedWorld) -> None:
    asked.members[NORTH].reply(USER, answers=["5", "5", "5"])
    asked.stop()
    asked.server.uninstall(NORTH, events=())

    asked.start()

    assert asked.secrets(NORTH) == []
    assert set(asked.tokens()) == {SOUTH}
    assert asked.facts(NORTH).removed == TODAY


def test_an_event_that_never_came_is_found_within_seven_hours(asked: HostedWorld) -> None:
    asked.server.uninstall(NORTH, events=())

    asked.move(hours=6)
    asked.move(hours=1)

    assert set(asked.tokens()) == {SOUTH}


class CrashError(Exception):
    """The process ends here."""


STEPS = ("change_facts", "end_rounds", "delete_if_same")


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("when", ["after a start", "within a minute"])
def test_an_end_that_was_interrupted_is_finished(
    asked: HostedWorld, step: str, when: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    restarts = when == "after a start"

    crashed = Event()

    def crash(*_: object) -> None:
        crashed.set()
        raise CrashError

    if step == "delete_if_same":
        monkeypatch.setattr(SealedInstallations, step, crash)
    else:
        monkeypatch.setattr(f"bot.app.departures.{step}", crash)
    asked.server.uninstall(NORTH, events=(), error="invalid_auth")
    asked.server.send_event({"type": "app_uninstalled"}, team_id=NORTH)
    assert crashed.wait(PATIENCE_S)
    asked.move(minutes=1)
    assert set(asked.tokens()) == {NORTH, SOUTH}
    if restarts:
        asked.stop()
    monkeypatch.undo()
    if restarts:
        asked.start()
    else:
        asked.move(minutes=1)

    if restarts and step == "change_facts":
        assert asked.hosted(NORTH).trouble == "token_refused"  # nothing was stored, and nobody says it again
        return
    assert asked.secrets(NORTH) == []
    assert set(asked.tokens()) == {SOUTH}
    assert asked.facts(NORTH).removed


def test_an_installation_that_was_interrupted_is_made_whole_at_the_next_start(
    world: HostedWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.start()

    def crash(*_: object) -> None:
        raise SystemExit

    monkeypatch.setattr("bot.app.host.note_installation", crash)
    monkeypatch.setattr("bot.slack.install.flow.InstallFlow._undo", lambda *_: crash())
    world.server.grant(NORTH)
    try:
        world.install(NORTH)
    finally:
        monkeypatch.undo()
    world.stop()
    world.start()

    assert world.facts(NORTH).workspaces[0].id == NORTH
    assert world.ask("/readyz").text == "ready, 1 of 1 workspaces served"


def test_one_that_cannot_be_taken_up_is_refused_in_words_and_nothing_stays(
    world: HostedWorld, caplog: pytest.LogCaptureFixture
) -> None:
    world.start()
    world.cell(NORTH).parent.mkdir(exist_ok=True)
    world.cell(NORTH).write_text("in the way")

    page = world.install(NORTH)

    assert page.status >= 500
    assert str(world.folder) not in page.text
    assert world.tokens() == {}
    assert world.install(SOUTH).status == 200


def test_fewer_scopes_are_refused_in_words_and_the_older_installation_stays(asked: HostedWorld) -> None:
    before = asked.tokens()
    asked.server.uninstall(NORTH, events=())
    page = asked.install(NORTH, scopes=["chat:write", "commands"])

    assert page.status in {400, 403}
    assert "users:read" in page.text
    assert asked.tokens() == before


def test_a_scope_that_a_newer_version_needs_is_named_once(
    asked: HostedWorld, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked.stop()
    monkeypatch.setattr("bot.app.departures.SCOPES", {**SCOPES, "pins:read": "read pins"})
    asked.start()
    asked.move(hours=2)

    told = [
        (one.__dict__["cell"], one.__dict__["code"]) for one in caplog.records if one.msg == "scopes missing"
    ]
    assert sorted(told) == [(NORTH, "pins:read"), (SOUTH, "pins:read")]
    assert asked.ask("/readyz").text == "ready, 2 of 2 workspaces served"


@pytest.fixture
def organisation(new_world: NewWorld) -> Iterator[HostedWorld]:
    with new_world(twin(EAST, ORG), twin(WEST, ORG), twin(SOUTH)) as world:
        world.start()
        yield world


def test_a_second_workspace_of_an_organisation_joins_its_cell(organisation: HostedWorld) -> None:
    install(organisation, EAST, WEST)

    assert [one.id for one in organisation.facts(ORG).workspaces] == [EAST, WEST]
    assert organisation.ask("/readyz").text == "ready, 1 of 1 workspaces served"


def test_uninstalled_from_one_of_two_the_cell_goes_on_for_the_other(organisation: HostedWorld) -> None:
    install(organisation, EAST, WEST)

    uninstall(organisation, EAST)

    assert set(organisation.tokens()) == {WEST}
    assert organisation.facts(ORG).removed is None
    assert organisation.members[WEST].command(USER, "/belonging help")["ok"]

    uninstall(organisation, WEST)

    assert organisation.tokens() == {}
    assert organisation.facts(ORG).removed


@pytest.mark.parametrize("used_in", [(WEST, EAST), ()], ids=["used", "never used"])
@pytest.mark.parametrize("events", [("tokens_revoked", "app_uninstalled"), ("app_uninstalled",)])
def test_a_whole_organisation_installs_it_and_uninstalls_it(
    organisation: HostedWorld, used_in: tuple[str, ...], events: tuple[str, ...]
) -> None:
    page = organisation.install(EAST, organization=True)
    assert page.status == 200
    assert set(organisation.tokens()) == {ORG}
    for team in used_in:
        organisation.members[team].answer(USER, "/belonging help")
    wait_until(lambda: [one.id for one in organisation.facts(ORG).workspaces] == [ORG, *used_in])

    uninstall(organisation, ORG, events)

    assert organisation.tokens() == {}
    assert organisation.facts(ORG).removed == TODAY


def test_nobody_replies_twice_after_a_start_where_a_whole_organisation_has_it(
    organisation: HostedWorld,
) -> None:
    organisation.schedule(ORG)
    organisation.install(EAST, organization=True)
    organisation.members[EAST].answer(USER, "/belonging help")
    wait_until(lambda: len(organisation.facts(ORG).workspaces) == 2)
    organisation.join(EAST)
    organisation.move(seconds=1)
    organisation.move(minutes=1)
    members = organisation.members[EAST]
    members.reply(USER, answers=["5", "5", "5"])
    members.close_modals(USER)
    organisation.stop()
    organisation.start()

    assert "submit" not in members.open_form(USER).body  # only what was said, and to take it back
