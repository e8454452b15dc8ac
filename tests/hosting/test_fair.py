"""What happens in one workspace delays no other."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Event

import pytest

from bot.app.requests import CALM_S
from bot.core.cells import CellKey
from bot.errors import StoppingError
from bot.slack.transport.fair_pool import Share
from bot.slack.transport.pools import USE_CASES
from tests.hosted_world import NORTH, SOUTH, HostedWorld, wait_until
from tests.hosting.reading import built
from tests.patience import PATIENCE_S

USER = "U02TOMA"
CLICKS = USE_CASES + 2


def test_clicks_that_wait_for_a_disk_let_a_click_of_another_workspace_pass(asked: HostedWorld) -> None:
    assert asked.host
    north, south = asked.members[NORTH], asked.members[SOUTH]
    prompt, share = north.announcement(), asked.host._process.threads.pools_of(CellKey(NORTH)).use_cases
    assert isinstance(share, Share)
    boxes = built(asked, NORTH).files.boxes
    (round_id,) = boxes.list_boxes()
    with ThreadPoolExecutor(CLICKS) as pool, boxes._box(round_id)._turns.held():
        clicks = [pool.submit(north.press, user, "reply.open", prompt) for user in north.everyone()[:CLICKS]]
        wait_until(lambda: share.left == CLICKS)
        assert not asked.host.requests.is_calm()
        south.reply(USER, answers=["1", "1", "1"])
        assert share.left == CLICKS

    assert [one.result()["ok"] for one in clicks] == [True] * CLICKS
    assert not asked.host.requests.is_calm()  # another one may follow
    asked.host.requests._answered_s -= CALM_S
    wait_until(asked.host.requests.is_calm)


def test_a_burst_waits_for_its_own_turns(asked: HostedWorld) -> None:
    """500 requests of one workspace are under way, each of them in a use case that waits for nobody."""
    assert asked.host
    pools = asked.host._process.threads.pools_of
    begun, go_on, order = Event(), Event(), list[str]()

    def first() -> None:
        begun.set()
        go_on.wait(PATIENCE_S)

    hanging = [pools(CellKey(NORTH)).use_cases.submit(first) for _ in range(6)]
    burst = [pools(CellKey(NORTH)).use_cases.submit(order.append, NORTH) for _ in range(500)]
    assert begun.wait(PATIENCE_S)
    click = pools(CellKey(SOUTH)).use_cases.submit(order.append, SOUTH)
    click.result(PATIENCE_S)
    go_on.set()
    for one in (*hanging, *burst):
        one.result(PATIENCE_S)

    assert order.index(SOUTH) == 0  # though 500 were there before


def test_a_question_that_waits_for_slacks_limits_delays_no_other(world: HostedWorld) -> None:
    for team in (NORTH, SOUTH):
        world.schedule(team)
        world.join(team)
    host = world.start()
    for team in (NORTH, SOUTH):
        world.install(team)
    world.move(seconds=1)
    go_on, waits = Event(), Event()
    limiter = world.hosted(NORTH).built.limiter
    assert limiter is not world.hosted(SOUTH).built.limiter

    def acquire(method: str, channel: str = "") -> None:
        waits.set()
        if not go_on.wait(PATIENCE_S):
            raise StoppingError

    limiter.acquire = acquire  # type: ignore[method-assign]
    try:
        world.clock.advance(timedelta(minutes=1))
        host.ring()
        assert waits.wait(PATIENCE_S)
        world.members[SOUTH].wait(lambda: "reply.open" in str(world.members[SOUTH].messages()[-1:]))
        world.members[SOUTH].reply(USER, answers=["1", "1", "1"])
        assert world.members[NORTH].messages() == []
    finally:
        go_on.set()
    world.members[NORTH].wait(lambda: "reply.open" in str(world.members[NORTH].messages()[-1:]))


def test_what_slack_limits_in_one_workspace_is_not_limited_in_another(world: HostedWorld) -> None:
    for team in (NORTH, SOUTH):
        world.schedule(team)
        world.join(team)
    world.start()
    for team in (NORTH, SOUTH):
        world.install(team)
    world.move(seconds=1)
    world.server.fail_next("chat.postMessage", retry_after=120, team_id=NORTH)

    world.move(minutes=1)
    said = {team: len(world.members[team].messages()) for team in (NORTH, SOUTH)}
    world.move(minutes=2)
    world.move(minutes=1)

    assert (said[NORTH], said[SOUTH]) == (0, 1)
    assert len(world.members[NORTH].messages()) == 1


def test_an_event_that_waits_for_slack_stops_no_event_of_another_workspace(asked: HostedWorld) -> None:
    held = asked.hosted(NORTH).built.contexts[NORTH].one_event
    channel = (
        "C03DESIGN"
        if "C03DESIGN" in asked.members[SOUTH].workspace.channels
        else next(one for one in asked.members[SOUTH].workspace.channels if one != "C02PRODUCT")
    )
    joined = {"type": "member_joined_channel", "user": "U0BELONG", "channel": channel, "team": SOUTH}
    with held:
        for team in (NORTH, SOUTH):
            asked.join(team, channel)
            asked.server.send_event({**joined, "team": team}, team_id=team)
        asked.members[SOUTH].wait(lambda: bool(asked.members[SOUTH].messages(channel)))
        assert asked.members[NORTH].messages(channel) == []
    wait_until(lambda: bool(asked.members[NORTH].messages(channel)))


@pytest.mark.parametrize("count", [3])
def test_requests_that_open_a_cell_share_that(asked: HostedWorld, count: int) -> None:
    asked.stop()
    asked.start()
    cell = asked.hosted(NORTH)
    wait_until(lambda: cell.rest(idle_s=0))
    opened = list[object]()
    usual = cell._open

    def opens() -> None:
        opened.append(cell)
        usual()

    cell._open = opens  # type: ignore[method-assign]
    with ThreadPoolExecutor(count) as pool:
        list(pool.map(lambda _: asked.members[NORTH].command(USER, "/belonging help"), range(count)))
    assert len(opened) == 1
