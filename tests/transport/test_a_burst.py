"""Everybody presses *Reply* when the question comes. The benchmarks measure how long it takes."""

from pathlib import Path

from tests.patience import PATIENCE_S
from tests.transport.fronted import a_fronted_world, a_team

BURST = 500
SLOW_SLACK_S = 0.15


def test_500_forms_opened_at_once_at_a_slow_slack_are_all_there(tmp_path: Path) -> None:
    workspace, people = a_team(BURST)
    with a_fronted_world(tmp_path, workspace) as world:
        world.move(minutes=1)
        for _ in people:
            world.server.fail_next("views.open", delay_s=SLOW_SLACK_S)

        acknowledged = world.press_all(people, world.announcement())

        assert world.have_forms(people, PATIENCE_S)
        assert BURST == sum(acknowledged)
        assert world.workspace.wait_for(lambda _: world.calls("views.open") >= BURST, PATIENCE_S)
        assert BURST == world.calls("views.open")
