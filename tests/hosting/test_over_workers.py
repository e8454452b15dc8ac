"""Two workers serve the workspaces, and each request comes first to the one that must pass it on."""

import json
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path
from threading import Thread

import pytest

from bot.app.arrivals import change_facts
from bot.app.cluster.installed import Installed
from bot.app.time import system_clock
from bot.cli import workspace_delete
from bot.core.cells import CellKey, shard_of
from bot.demo.install_flow import Browser
from bot.errors import ClusterError
from bot.slack.install.routing import Source
from bot.store.lock import is_held
from tests.cluster.laid import ask
from tests.clustered_world import ONE, TWO, ClusteredWorld, NoWatchdog, clustered_world
from tests.hosted_world import NORTH, OTHER_KEY, SOUTH, NewWorld, wait_until
from tests.hosting.test_shared_state import can_change, reachable
from tests.world import filled_in

USER = "U02TOMA"
A_MOMENT_S = 0.2
"""What must wait is seen to wait for so long."""

FORM = "application/x-www-form-urlencoded"
COMMAND = f"command=%2Fbelonging&text=help&team_id={NORTH}&user_id={USER}&channel_id=C02PRODUCT".encode()


@pytest.fixture
def new_world(tmp_path: Path, database_url: str, monkeypatch: pytest.MonkeyPatch) -> NewWorld:
    """Makes a world of two workers, with these workspaces."""
    monkeypatch.setattr("bot.app.cluster.building.Watchdog", NoWatchdog)
    return partial(clustered_world, tmp_path, database_url)


@pytest.fixture
def world(new_world: Callable[..., AbstractContextManager[ClusteredWorld]]) -> Iterator[ClusteredWorld]:
    """Twins, in which nobody has installed the bot; no worker is started yet."""
    with new_world() as world:
        yield world


def storage_of(world: ClusteredWorld, key: str) -> str | None:
    """Return on which storage the cells of the shard of this cell lie, as PostgreSQL says."""
    sql = "SELECT storage FROM shards WHERE shard = %s"
    ((storage,),) = ask(world.database_url, sql, shard_of(CellKey(key)))
    assert storage is None or isinstance(storage, str)
    return storage


# Requests


def test_every_request_is_passed_on_and_answered(asked: ClusteredWorld) -> None:
    begun = len(asked.front.passed)
    for team in (NORTH, SOUTH):
        asked.members[team].reply(USER, answers=["5", "5", "5"])
        asked.members[team].open_home(USER)

    passed = asked.front.passed[begun:]
    assert [] == asked.front.failures()
    assert {ONE, TWO} >= {one.worker for one in passed}
    assert not [one for one in passed if one.worker == asked.owner_of(one.team)]


def close_here(world: ClusteredWorld, key: str) -> None:
    """Let nobody serve a shard: its owner has closed it, and nobody else can take it."""
    worker = world.worker_of(key)
    worker._process.loop.run(worker.close_shard(shard_of(CellKey(key))))


def test_a_request_that_nobody_can_answer_is_refused_in_words_and_the_text_stays(
    asked: ClusteredWorld,
) -> None:
    members = asked.members[NORTH]
    form = members.open_form(USER)
    close_here(asked, NORTH)

    state = filled_in(form, answers=["5", "5", "5"])
    answer = members.act(USER, type="view_submit", view_id=form.id, state=state)
    told = asked.send(COMMAND, FORM)

    assert not answer["ok"]
    assert "errors" in answer
    assert form in members.workspace.stack(USER)
    assert 200 == told


# Installations


@pytest.mark.parametrize("first", [0, 1])
def test_what_begins_at_one_worker_ends_at_the_other_whoever_owns_the_cell(
    world: ClusteredWorld, first: int
) -> None:
    world.start()
    world.front._turn = first
    for team in (NORTH, SOUTH):
        page = world.install(team)
        assert page.status == 200
        assert world.facts(team).workspaces[0].id == team, "it is taken up before the page is shown"
        again = Browser(base=world.url).ask(page.path)
        assert again.status >= 400, "a state is used once, whichever worker is asked"
    assert {NORTH, SOUTH} == set(world.tokens())


def test_an_installation_that_nobody_could_be_told_of_is_taken_up_soon(
    world: ClusteredWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def told(*_: object) -> bool:
        return True

    world.start()
    monkeypatch.setattr(Installed, "_ask", told)
    for team in (NORTH, SOUTH):
        assert world.install(team).status == 200

    wait_until(lambda: all(world.cell(team).is_dir() for team in (NORTH, SOUTH)))
    world.move(seconds=1)

    assert [NORTH, SOUTH] == [world.facts(team).workspaces[0].id for team in (NORTH, SOUTH)]
    assert world.ask("/readyz").text == "ready, 2 of 2 workspaces served"


def test_a_removal_that_has_begun_is_not_undone_by_a_late_look(asked: ClusteredWorld) -> None:
    worker = asked.worker_of(NORTH)
    today = asked.clock.now().date()
    change_facts(asked.cell(NORTH), lambda facts: replace(facts, removed=today))
    worker._stored = frozenset()

    worker._reread()

    assert today == asked.facts(NORTH).removed


# Where cells lie


def test_a_shard_is_bound_to_its_storage_while_it_holds_a_cell(asked: ClusteredWorld) -> None:
    bound = storage_of(asked, NORTH)
    assert bound

    asked.server.uninstall(NORTH, events=("app_uninstalled",))
    wait_until(lambda: NORTH not in asked.tokens())
    asked.move(days=29)
    assert bound == storage_of(asked, NORTH)
    asked.move(days=2)
    asked.move(minutes=1)

    wait_until(lambda: storage_of(asked, NORTH) is None)
    assert bound == storage_of(asked, SOUTH)
    assert asked.install(NORTH).status == 200
    assert bound == storage_of(asked, NORTH)


def test_a_command_deletes_a_workspace_that_runs(asked: ClusteredWorld) -> None:
    workspace_delete.delete_workspace(asked.config(), NORTH, sure=True, tell=lambda _: None)
    asked.move(minutes=2)

    assert not asked.cell(NORTH).exists()
    assert {SOUTH} == set(asked.tokens())
    assert 404 == asked.send(COMMAND, FORM)
    wait_until(lambda: storage_of(asked, NORTH) is None)
    asked.members[SOUTH].reply(USER, answers=["5", "5", "5"])


def test_a_shard_in_which_a_command_has_made_a_cell_is_bound(world: ClusteredWorld) -> None:
    world.start()
    assert storage_of(world, NORTH) is None

    world.schedule(NORTH)
    world.move(minutes=2)

    wait_until(lambda: storage_of(world, NORTH) is not None)


def test_a_shard_is_not_given_while_a_cell_in_it_is_deleted(
    asked: ClusteredWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    worker, shard = asked.worker_of(NORTH), shard_of(CellKey(NORTH))
    asked.server.uninstall(NORTH, events=("app_uninstalled",))
    wait_until(lambda: NORTH not in asked.tokens())
    asked.move(minutes=1)
    wait_until(lambda: not is_held(asked.cell(NORTH)))
    closing = Thread(target=lambda: worker._process.loop.run(worker.close_shard(shard)))
    is_waiting = []

    def delete(*_: object) -> None:
        closing.start()
        closing.join(A_MOMENT_S)
        is_waiting.append(closing.is_alive())

    monkeypatch.setattr("bot.app.cells.delete_removed", delete)
    worker.host.cells.delete_removed(asked.clock.now().date())
    closing.join()

    assert [True] == is_waiting


# Workers come and go


def test_who_stays_serves_everything_and_repeats_nothing(asked: ClusteredWorld) -> None:
    asked.members[NORTH].reply(USER, answers=["5", "5", "5"])
    said = {team: len(asked.members[team].messages()) for team in (NORTH, SOUTH)}

    asked.stop_workers(ONE)
    asked.wait_shared()
    asked.move(minutes=5)

    assert said == {team: len(asked.members[team].messages()) for team in (NORTH, SOUTH)}
    assert asked.ask("/readyz").text == "ready, 2 of 2 workspaces served"
    asked.start_workers(ONE)
    asked.members[SOUTH].reply(USER, answers=["5", "5", "5"])
    assert "submit" not in asked.members[NORTH].open_form(USER).body


def test_no_worker_finds_the_cells_of_another(asked: ClusteredWorld) -> None:
    for team in (NORTH, SOUTH):
        other = asked.other_than(team)
        assert other.host.cells.find(Source(workspace=team)) is None
        assert team == other.host.cells.key_of(Source(workspace=team))
        assert team not in json.dumps([cell.key for cell in other.host.cells.all()])


# What is in memory


def test_two_workers_share_nothing_in_memory_that_can_change(asked: ClusteredWorld) -> None:
    """They run in one process here only; on two machines nothing would pass from one to the other."""
    for team in (NORTH, SOUTH):
        asked.members[team].reply(USER, answers=["3", "3", "3"])
        asked.members[team].open_home(USER)
    given = frozenset(map(id, (asked, asked.prover, asked.clock, asked.server, asked.seconds)))
    one, two = (
        {key: found for key, found in reachable([worker], given).items() if can_change(found)}
        for worker in asked.workers.values()
    )

    assert {"HostedCell", "Host", "Ownership", "Forwarder"} <= {
        type(found).__name__ for found in one.values()
    }
    common = {type(found).__name__ for key, found in one.items() if key in two}
    assert {"Languages"} == common, "catalogues of the program only"


def test_a_second_worker_of_one_name_on_one_storage_is_told_to_have_another(new_world: NewWorld) -> None:
    with new_world() as world:
        assert isinstance(world, ClusteredWorld)
        world.start_workers(ONE)
        with pytest.raises(ClusterError, match=f"called {ONE} runs on this storage") as refused:
            world._built(ONE, {})
    assert "BELONGING_WORKER" in refused.value.remedy


def test_a_worker_with_other_token_keys_is_refused_beside_others_and_starts_alone(
    asked: ClusteredWorld,
) -> None:
    """Alone it destroys in time what is due, and takes new installations, where a key is lost."""
    asked.stop_workers(TWO)
    asked.token_keys = OTHER_KEY
    with pytest.raises(ClusterError, match=f"BELONGING_TOKEN_KEYS here open no .* worker {ONE} runs"):
        asked.start_workers(TWO)
    assert [(ONE,)] == ask(asked.database_url, "SELECT id FROM workers")
    asked.stop()
    asked.start_workers(TWO)
    assert [(TWO,)] == ask(asked.database_url, "SELECT id FROM workers")


def test_a_worker_with_other_cluster_keys_is_refused_and_takes_nothing(new_world: NewWorld) -> None:
    with new_world() as world:
        assert isinstance(world, ClusteredWorld)
        world.start_workers(ONE)
        world.more["BELONGING_CLUSTER_KEYS"] = "89abcdef01234567" * 4
        with pytest.raises(ClusterError, match=f"not those of worker {ONE}"):
            world.start_workers(TWO)
        assert [(ONE,)] == ask(world.database_url, "SELECT id FROM workers")


def test_a_worker_whose_machine_has_a_wrong_clock_is_refused(
    new_world: NewWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    late = system_clock() - timedelta(seconds=60)
    monkeypatch.setattr("bot.app.cluster.building.system_clock", lambda: late)
    with new_world() as world:
        assert isinstance(world, ClusteredWorld)
        with pytest.raises(ClusterError, match=r"The clock of this machine is \d+ seconds behind"):
            world.start_workers(ONE)
        assert [] == ask(world.database_url, "SELECT id FROM workers")
