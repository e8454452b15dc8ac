"""One form sent twice with two texts: the one that Slack has sent later counts, however they come in."""

import json
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event
from typing import Any
from urllib.parse import parse_qsl, urlencode

import pytest

from bot.demo.request_url import RequestUrl
from bot.slack.reply import error_blocks as wrong
from bot.slack.reply import listeners
from tests.faults.slack import parsed
from tests.transport.fronted import PATIENCE_S, FrontedWorld, a_fronted_world
from tests.transport.test_replays import Recorder
from tests.transport.test_too_late import is_ballot_file

MEMBER = "U02TOMA"
OLDER, NEWER = "what I wrote first", "what I wrote then"


@pytest.fixture
def over_http(tmp_path: Path) -> Iterator[FrontedWorld]:
    with a_fronted_world(tmp_path, http=True) as world:
        world.move(minutes=1)
        yield world


def stored(world: FrontedWorld) -> bytes:
    """The bytes of the box."""
    (ballots,) = (path for path in world.data_dir.rglob("*") if is_ballot_file(path))
    return ballots.read_bytes()


def with_text(payload: dict[str, Any], text: str, trigger: str) -> str:
    """The same form with another text, sent by another click."""
    return json.dumps({**payload, "trigger_id": trigger}).replace(NEWER, text).replace(OLDER, text)


@pytest.fixture
def bodies(monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    """What Slack has sent over HTTP."""
    seen: list[bytes] = []
    send = RequestUrl._send

    def noted(self: RequestUrl, body: bytes, headers: dict[str, str]) -> Any:
        seen.append(body)
        return send(self, body, headers)

    monkeypatch.setattr(RequestUrl, "_send", noted)
    return seen


def sent_again(world: FrontedWorld, body: bytes, text: str, *, seconds_ago: int) -> dict[str, Any]:
    """What the bot answers to the same form with this text, as it was signed some seconds ago."""
    payload = json.loads(dict(parse_qsl(body.decode()))["payload"])
    again = urlencode({"payload": with_text(payload, text, f"{text} {seconds_ago}")}).encode()
    world.server.site.signs_late_s = -seconds_ago
    to = RequestUrl(world.server.site)
    headers = {"Content-Type": "application/x-www-form-urlencoded", **to.signature(again)}
    return to._send(again, headers) or {}


def frame_with(frame: str, text: str) -> str:
    """The same form with another text, in an envelope of its own."""
    envelope = parsed(frame)
    payload = json.loads(with_text(envelope["payload"], text, text))
    return json.dumps({**envelope, "envelope_id": text, "payload": payload})


def test_the_text_that_arrives_first_may_be_stored_last_and_does_not_count(
    world: FrontedWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    recorder, held, go_on = Recorder(world.slack), Event(), Event()
    accept = listeners.accept_reply

    def accept_slowly(*arguments: Any, **named: Any) -> Any:
        if not held.is_set():
            held.set()
            assert go_on.wait(PATIENCE_S)
        return accept(*arguments, **named)

    monkeypatch.setattr(listeners, "accept_reply", accept_slowly)
    form = world.open_form(MEMBER)
    with ThreadPoolExecutor() as pool:
        older = pool.submit(world.submit, MEMBER, form, text=OLDER)
        assert held.wait(PATIENCE_S)
        recorder.repeat([frame_with(recorder.frames[-1], NEWER)])
        before = stored(world)
        go_on.set()
        answer = older.result(PATIENCE_S)

    assert wrong.OLDER in str(answer.get("errors"))
    assert before == stored(world)


def test_over_a_socket_nothing_tells_that_a_text_was_sent_before_one_that_came_earlier(
    world: FrontedWorld,
) -> None:
    """What is left: an envelope that Slack has kept back, and of which the bot has heard nothing before."""
    recorder = Recorder(world.slack)
    world.reply(MEMBER, text=NEWER)
    before = stored(world)

    recorder.repeat([frame_with(recorder.frames[-1], OLDER)])

    assert before != stored(world)


def test_the_text_that_was_signed_first_and_comes_last_does_not_count(
    over_http: FrontedWorld, bodies: list[bytes]
) -> None:
    over_http.reply(MEMBER, text=NEWER)
    before = stored(over_http)

    late = sent_again(over_http, bodies[-1], OLDER, seconds_ago=2)

    assert wrong.OLDER in late["errors"].values()
    assert before == stored(over_http)


def test_of_two_texts_that_were_signed_in_one_second_the_one_that_comes_last_counts(
    over_http: FrontedWorld, bodies: list[bytes]
) -> None:
    over_http.reply(MEMBER, text=OLDER)
    before = stored(over_http)

    newer = sent_again(over_http, bodies[-1], NEWER, seconds_ago=0)

    assert "update" == newer["response_action"]
    assert before != stored(over_http)


def test_a_form_that_waits_for_the_same_commit_as_the_withdrawal_does_not_bring_the_reply_back(
    world: FrontedWorld,
) -> None:
    recorder, held, go_on = Recorder(world.slack), Event(), Event()
    thanks = world.reply(MEMBER, text=OLDER)
    again = frame_with(recorder.frames[-1], NEWER)
    assert world.bot
    (round_id,) = world.bot.services.boxes.list_boxes()
    box = world.bot.services.boxes._box(round_id)  # type: ignore[attr-defined]

    def wait(_: object) -> None:
        held.set()
        assert go_on.wait(PATIENCE_S)

    box.submit(wait, when_shut=None)
    assert held.wait(PATIENCE_S)
    with ThreadPoolExecutor() as pool:
        withdrawn = pool.submit(world.press_for_modal, MEMBER, "reply.withdraw", thanks)
        wait_until(lambda: len(box._queue) == 1)
        repeated = pool.submit(recorder.repeat, [again])
        wait_until(lambda: len(box._queue) == 2)
        go_on.set()
        withdrawn.result(PATIENCE_S)
        repeated.result(PATIENCE_S)

    assert () == world.bot.services.boxes.list_replies(round_id)


def wait_until(seen: Callable[[], bool]) -> None:
    """Return when this is so."""
    tries, pause = int(100 * PATIENCE_S), Event()
    while not seen() and tries:
        pause.wait(0.01)
        tries -= 1
    assert tries
