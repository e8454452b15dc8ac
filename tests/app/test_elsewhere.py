"""A request for a workspace that is not known here waits for a look that comes without it."""

import json
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlencode

import pytest

pytest.importorskip("aiohttp")

from slack_bolt import BoltResponse
from slack_bolt.async_app import AsyncBoltRequest

import bot.app.cluster.elsewhere as elsewhere_module
from bot.app.cluster.elsewhere import Elsewhere
from bot.cluster.forward import Answer, NotForwardedError
from bot.cluster.view import Route
from bot.config import shipped_languages
from bot.core.cells import SHARDS, CellKey
from bot.core.language import ENGLISH, Language
from bot.slack.install.routing import Source
from bot.slack.kit import failures
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


class Silent:
    """An owner that gives no answer: it cannot be reached, or has got the request."""

    def __init__(self, *, sent: bool) -> None:
        self._sent = sent

    async def forward(self, *_: object, **__: object) -> Answer:
        raise NotForwardedError(sent=self._sent)


def form(callback: str) -> AsyncBoltRequest:
    view = {
        "callback_id": callback,
        "blocks": [{"type": "input", "block_id": "text"}],
        "state": {"values": {}},
    }
    payload = json.dumps({"type": "view_submission", "view": view})
    headers: Any = {"content-type": ["application/x-www-form-urlencoded"]}
    return AsyncBoltRequest(body=urlencode({"payload": payload}), headers=headers)


@pytest.mark.parametrize(
    ("sent", "callback", "text"),
    [
        (False, "reply.submit", failures.busy),
        (True, "reply.submit", failures.uncertain_reply),
        (False, "schedule.save", failures.away),
        (True, "schedule.save", failures.uncertain),
    ],
)
def test_nobody_reads_that_nothing_was_saved_where_the_owner_may_have_saved_it(
    monkeypatch: pytest.MonkeyPatch, *, sent: bool, callback: str, text: Callable[[Language], str]
) -> None:
    monkeypatch.setattr(elsewhere_module, "DEADLINE_S", 0.2)
    cells = SimpleNamespace(key_of=lambda _: CellKey("T0001"), find=lambda _: None)
    host: Any = SimpleNamespace(cells=cells)
    routes = dict.fromkeys(range(SHARDS), Route("w2", "http://w2:3000", 1))
    elsewhere = Elsewhere(
        host, "w1", Silent(sent=sent), shipped_languages(), lambda: routes, Cells(comes=True).reread
    )

    answer = run_alone(elsewhere.answer(SOURCE, form(callback)))

    assert answer
    assert {"text": text(ENGLISH)} == json.loads(answer.body)["errors"]
