"""A workspace joins an organization or leaves it, and installs the bot again."""

from datetime import timedelta

import pytest

from bot.app.cells import Cells
from bot.core.audiences import KEPT_FOR
from bot.core.model import RoundState
from bot.slack.install.routing import Source
from bot.store.lock import is_held
from tests.hosted_world import HostedWorld, NewWorld, twin, wait_until

pytestmark = pytest.mark.attack

ORG, EAST, WEST = "E0ORG", "T0EAST", "T0WEST"
USER = "U02TOMA"


def change_organization(world: HostedWorld, team: str, organization: str) -> None:
    """Sell a workspace, or buy it. Slack tells nobody."""
    workspace = world.members[team].workspace
    workspace.enterprise_id = organization
    workspace.enterprise_name = f"Organization {organization}" if organization else ""


def install(world: HostedWorld, *teams: str) -> None:
    for team in teams:
        page = world.install(team)
        assert page.status == 200, page.text
        world.join(team)
    world.move(seconds=1)


def rests_until_four_weeks_after(world: HostedWorld, key: str) -> bool:
    with world.services(key) as services, services.store.read("test") as tx:
        until = tx.fetch_rest_until()
    return until is not None and until - world.clock.now() > KEPT_FOR - timedelta(hours=1)


def cells(world: HostedWorld) -> list[tuple[str, str]]:
    return [(one.cell, one.team_id) for one in world.installations.list_now()]


def found(world: HostedWorld, source: Source) -> str | None:
    served = (cell for host in world.hosts if (cell := host.cells.find(source)))
    return next((cell.key for cell in served), None)


def test_one_that_joins_an_organization_ends_in_its_own_cell(new_world: NewWorld) -> None:
    with new_world(twin(EAST, ORG), twin(WEST)) as world:
        world.schedule(WEST)
        world.start()
        install(world, EAST, WEST)
        world.move(minutes=1)
        world.members[WEST].reply(USER, answers=["5", "5", "5"])
        assert world.secrets(WEST)

        change_organization(world, WEST, ORG)
        install(world, WEST)
        world.move(minutes=1)

        assert cells(world) == [(ORG, EAST), (ORG, WEST)]
        assert world.secrets(WEST) == []
        assert world.facts(WEST).removed == world.clock.now().date()
        assert found(world, Source(organisation=ORG, workspace=WEST)) == ORG
        assert rests_until_four_weeks_after(world, ORG)
        assert world.ask("/readyz").text == "ready, 1 of 1 workspaces served"
        assert [one.key for one in world.served()] == [ORG]
        assert world.installations.list_left() == ()
        wait_until(lambda: not is_held(world.cell(WEST)))
        world.move(days=31)
        assert not world.cell(WEST).exists()


def test_one_that_leaves_an_organization_ends_its_part_there(new_world: NewWorld) -> None:
    with new_world(twin(EAST, ORG), twin(WEST, ORG)) as world:
        world.schedule(ORG)
        world.start()
        install(world, EAST, WEST)
        world.move(minutes=1)

        change_organization(world, WEST, "")
        install(world, WEST)
        world.move(minutes=1)

        assert cells(world) == [(WEST, WEST), (ORG, EAST)]
        assert found(world, Source(workspace=WEST)) == WEST
        assert found(world, Source(organisation=ORG, workspace=WEST)) is None
        assert rests_until_four_weeks_after(world, WEST)
        left = {one.id: one.left for one in world.facts(ORG).workspaces}
        assert left == {EAST: None, WEST: world.clock.now().date()}
        assert world.facts(ORG).removed is None
        assert [one.state for one in world.rounds(ORG)] == [RoundState.OPEN]  # EAST sees this channel


def test_what_only_the_workspace_saw_that_left_ends(new_world: NewWorld) -> None:
    with new_world(twin(EAST, ORG), twin(WEST, ORG)) as world:
        world.schedule(ORG)
        world.start()
        install(world, WEST)
        world.move(minutes=1)
        for channel in list(world.members[EAST].workspace.channels):
            del world.members[EAST].workspace.channels[channel]
        assert world.install(EAST).status == 200
        world.move(minutes=1)
        assert world.secrets(ORG)

        change_organization(world, WEST, "")
        install(world, WEST)
        world.move(minutes=1)

        assert [one.state for one in world.rounds(ORG)] == [RoundState.CANCELLED]
        assert world.secrets(ORG) == []


def test_one_that_comes_back_makes_its_organization_rest(new_world: NewWorld) -> None:
    with new_world(twin(EAST, ORG), twin(WEST, ORG)) as world:
        world.start()
        install(world, EAST, WEST)
        for organization in ("", ORG):
            change_organization(world, WEST, organization)
            install(world, WEST)
            world.move(minutes=1)

        assert cells(world) == [(ORG, EAST), (ORG, WEST)]
        assert rests_until_four_weeks_after(world, ORG)
        assert [one.left for one in world.facts(ORG).workspaces] == [None, None]
        assert world.facts(WEST).removed


def test_one_that_uninstalls_in_between_makes_its_new_cell_rest(new_world: NewWorld) -> None:
    with new_world(twin(EAST, ORG), twin(WEST, ORG)) as world:
        world.start()
        install(world, EAST, WEST)
        world.server.uninstall(WEST, events=("app_uninstalled",))
        wait_until(lambda: WEST not in world.tokens())

        change_organization(world, WEST, "")
        install(world, WEST)

        assert rests_until_four_weeks_after(world, WEST)


def test_installed_again_in_the_same_cell_nothing_rests(new_world: NewWorld) -> None:
    with new_world(twin(EAST, ORG), twin(WEST, ORG)) as world:
        world.start()
        install(world, EAST, WEST, EAST)

        with world.services(ORG) as services, services.store.read("test") as tx:
            assert tx.fetch_rest_until() is None


def test_after_a_crash_the_next_start_ends_what_has_left(
    new_world: NewWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    with new_world(twin(EAST, ORG), twin(WEST)) as world:
        world.schedule(WEST)
        world.start()
        install(world, EAST, WEST)
        world.move(minutes=1)
        change_organization(world, WEST, ORG)
        with monkeypatch.context() as crash:
            crash.setattr(Cells, "replace", lambda *_: None)  # nothing follows the row and the facts
            assert world.install(WEST).status == 200
            world.stop()
        assert world.secrets(WEST)

        world.start()
        world.move(minutes=1)

        assert world.secrets(WEST) == []
        assert world.facts(WEST).removed
        assert rests_until_four_weeks_after(world, ORG)


@pytest.mark.parametrize("own", ["", ORG])
def test_a_request_that_names_another_organization_is_for_nobody(new_world: NewWorld, own: str) -> None:
    with new_world(twin(WEST, own)) as world:
        world.start()
        install(world, WEST)
        key = own or WEST

        assert found(world, Source(workspace=WEST)) == key
        assert found(world, Source(workspace=WEST, organisation=own)) == key
        assert found(world, Source(workspace=WEST, organisation="E0OTHER")) is None


def test_until_it_installs_again_the_operator_is_told(
    new_world: NewWorld, caplog: pytest.LogCaptureFixture
) -> None:
    with new_world(twin(EAST, ORG), twin(WEST)) as world:
        world.start()
        install(world, WEST)
        change_organization(world, WEST, ORG)
        world.move(hours=7)

        assert world.ask("/readyz").text == "ready, 0 of 1 workspaces served"
        told = [one.__dict__["code"] for one in caplog.records if one.msg == "workspace not served"]
        assert told == ["organisation_changed"]
