"""A request for a workspace that is not known here waits for a look that comes without it."""

from types import SimpleNamespace
from typing import Any

import pytest

pytest.importorskip("aiohttp")

from slack_bolt import BoltResponse
from slack_bolt.async_app import AsyncBoltRequest

from bot.app.cluster.elsewhere import Elsewhere
from bot.core.cells import CellKey
from bot.slack.install.routing import Source
from tests.fakes.loops import run_alone

SOURCE = Source(workspace="T0NEW")
ANSWER = BoltResponse(status=200, body="answered in the cell")


class Cells:
    """Cells of which one becomes known with the next look."""

    def __init__(self, *, comes: bool) -> None:
        self.looks = 0
        self._comes = comes

    def key_of(self, source: Source) -> CellKey | None:
        return CellKey(source.workspace) if self._comes and self.looks else None

    def find(self, source: Source) -> CellKey | None:
        return self.key_of(source)

    async def reread(self, within_s: float) -> None:
        assert within_s < 3, "Slack waits no longer"
        self.looks += 1


@pytest.mark.attack
@pytest.mark.parametrize(("comes", "expected"), [(True, ANSWER), (False, None)])
def test_it_is_answered_once_the_workspace_is_known_and_asks_for_nothing(
    *, comes: bool, expected: BoltResponse | None
) -> None:
    cells = Cells(comes=comes)

    async def dispatch(_: AsyncBoltRequest) -> Any:
        return ANSWER

    host: Any = SimpleNamespace(cells=cells, requests=SimpleNamespace(dispatch=dispatch))
    nobody: Any = None
    elsewhere = Elsewhere(host, "w1", nobody, nobody, dict, cells.reread)

    assert expected == run_alone(elsewhere.answer(SOURCE, AsyncBoltRequest(body="")))
    assert cells.looks == 1
