"""A cell that came from another process, with what that one remembered or without it."""

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pytest

from bot.app import hosting
from bot.app.asking import CHANNELS_EVERY
from bot.app.built_cell import Built
from bot.app.hosted_cell import HostedCell
from bot.app.remembered import ShardMemory
from bot.core.cells import CellKey
from bot.demo import payloads
from bot.demo.request_url import RequestUrl
from bot.demo.workspace import Json, View
from bot.errors import StoppingError
from bot.slack.kit import storing
from bot.slack.transport.http_server import HttpServer
from bot.slack.transport.remembered import UnreadableMemoryError
from bot.store.database import Database
from tests import workspace_changes
from tests.hosted_world import NORTH, SOUTH, HostedWorld, hosted_world, twin, wait_until
from tests.hosting.reading import built, rows
from tests.world import CHANNEL, START, filled_in, text_of

USER, ADMIN, GERMAN = "U02TOMA", "U01MAYA", "U03INGR"
TEXT = "Quokkas carried the lanterns home"
ANSWERS = ["3", "3", "3"]
UNCERTAIN = "I cannot tell whether"


@pytest.fixture
def asked(tmp_path: Path) -> Iterator[HostedWorld]:
    """A question stands in the channel; the cell was opened just now, and nothing before is known of it."""
    with hosted_world(tmp_path, twin(NORTH)) as world:
        ask(world)
        yield world


def ask(world: HostedWorld) -> None:
    """Install the bot, and let it ask its question."""
    world.schedule(NORTH)
    world.start()
    assert world.install(NORTH).status == 200
    world.join(NORTH)
    world.move(seconds=1)
    world.move(minutes=1)


@pytest.fixture
def taken(asked: HostedWorld) -> Iterator[HostedWorld]:
    """The same; what Slack signed until now may have been handled by another process."""
    asked.hosted(NORTH).remembered.since = asked.clock.now()
    yield asked
    asked.hosted(NORTH).remembered.since = None
    for user in (USER, ADMIN, GERMAN):
        asked.members[NORTH].close_modals(user)


@contextmanager
def known(world: HostedWorld) -> Iterator[None]:
    """Inside, everything that was sent before is known."""
    remembered = world.hosted(NORTH).remembered
    since, remembered.since = remembered.since, None
    try:
        yield
    finally:
        remembered.since = since


def post(world: HostedWorld, body: Json) -> httpx.Response:
    """Post a request as Slack signs it now."""
    fields = body if "command" in body else {"payload": json.dumps(body)}
    content = str(httpx.QueryParams(fields)).encode()
    signature = RequestUrl(world.server.sites[NORTH]).signature(content)
    headers = {"Content-Type": "application/x-www-form-urlencoded", **signature}
    return httpx.post(world.server.request_url, content=content, headers=headers)


def form_of(world: HostedWorld, user: str = USER) -> View:
    members = world.members[NORTH]
    with known(world):
        members.open_form(user)
        members.wait(
            lambda: "submit" in members.workspace.stack(user)[-1].body
        )  # first there may be a notice
        return members.workspace.stack(user)[-1]


def stored(world: HostedWorld) -> object:
    return rows(world.cell(NORTH)), [message.text for message in world.members[NORTH].messages()]


def test_a_reply_that_may_have_been_stored_is_an_error_in_the_form_with_the_text_still_there(
    taken: HostedWorld,
) -> None:
    members, view, before = taken.members[NORTH], form_of(taken), stored(taken)
    with known(taken):
        view = members.say_more(USER, view, "unquoted")

    answer = members.submit(USER, view, text=TEXT, answers=ANSWERS)

    assert not answer["ok"]
    assert [UNCERTAIN in text for text in answer["errors"].values()] == [True]
    assert TEXT in json.dumps(members.workspace.stack(USER)[-1].state)
    assert before == stored(taken)


def test_sent_again_a_second_later_it_is_stored(taken: HostedWorld) -> None:
    members, view, before = taken.members[NORTH], form_of(taken), stored(taken)
    assert not members.submit(USER, view, answers=ANSWERS)["ok"]

    taken.move(seconds=1)

    assert members.submit(USER, view, answers=ANSWERS)["ok"]
    assert before != stored(taken)


def test_it_is_said_in_the_language_of_the_member(taken: HostedWorld) -> None:
    workspace_changes.change_member(taken.server, GERMAN, locale="de-DE")
    view = form_of(taken, GERMAN)

    answer = taken.members[NORTH].submit(GERMAN, view, answers=ANSWERS)

    assert "noch da" in str(answer)


def click(world: HostedWorld, action_id: str, view: View) -> Json:
    site = world.server.sites[NORTH]
    action = {"type": "button", "action_id": action_id, "block_id": "b", "value": "x", "action_ts": "1.0"}
    return payloads.view_action(site, site.workspace.members[USER], view, action)


@pytest.mark.parametrize("action_id", sorted(storing.CHANGING_ACTIONS))
def test_a_button_that_changes_something_is_answered_with_a_notice(
    taken: HostedWorld, action_id: str
) -> None:
    members, view, before = taken.members[NORTH], form_of(taken), stored(taken)

    assert post(taken, click(taken, action_id, view)).status_code == 200

    members.wait(lambda: UNCERTAIN in text_of(members.workspace.stack(USER)[-1].body["blocks"]))
    assert before == stored(taken)


@pytest.mark.parametrize("callback_id", sorted(storing.CHANGING_FORMS))
def test_each_form_that_stores_something_stays_open_with_an_error(
    taken: HostedWorld, callback_id: str
) -> None:
    view, site, before = form_of(taken), taken.server.sites[NORTH], stored(taken)
    body = payloads.submission(site, site.workspace.members[USER], view)
    body["view"] |= {"callback_id": callback_id}

    answer = post(taken, body).json()

    assert answer["response_action"] == "errors"
    assert [UNCERTAIN in text for text in answer["errors"].values()] == [True]
    assert before == stored(taken)


@pytest.mark.parametrize("words", ["pause", "pause until 5 January", "resume"])
def test_a_command_that_changes_something_is_answered_in_words(taken: HostedWorld, words: str) -> None:
    before = stored(taken)

    said = taken.members[NORTH].answer(ADMIN, f"/belonging {words}").text

    assert UNCERTAIN in said
    assert before == stored(taken)


def test_a_copy_of_what_was_refused_gets_the_same_answer(taken: HostedWorld) -> None:
    """Also once nothing is unknown any more: whoever sent it was told to send it again."""
    view, site, before = form_of(taken), taken.server.sites[NORTH], stored(taken)
    body = payloads.submission(site, site.workspace.members[USER], view)

    first = post(taken, body)
    taken.move(seconds=2)
    again = post(taken, body)

    assert first.json() == again.json()
    assert before == stored(taken)


@pytest.fixture
def writes(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of what is written to the application database."""
    names: list[str] = []
    transaction = Database.transaction

    def noted(self: Database, name: str, *more: Any, **how: Any) -> Any:
        names.append(name)
        return transaction(self, name, *more, **how)

    monkeypatch.setattr(Database, "transaction", noted)
    return names


READS = [
    "help",
    "privacy",
    "summary",
    "summary cycle",
    "trend",
    "norms",
    "ask",
    "cancel",
]


@pytest.mark.parametrize("words", READS)
def test_a_command_that_only_reads_is_answered_as_usual_and_writes_nothing(
    taken: HostedWorld, writes: list[str], words: str
) -> None:
    said = taken.members[NORTH].answer(ADMIN, f"/belonging {words}")

    assert said.text
    assert UNCERTAIN not in said.text
    assert {"channel"} >= set(writes), "what Slack says of the channel is the same twice"


def of_announcement(world: HostedWorld, action_id: str) -> View:
    members = world.members[NORTH]
    return members.press_for_modal(USER, action_id, members.announcement())


def schedules(world: HostedWorld, _: str) -> View:
    return world.members[NORTH].command_for_modal(ADMIN, "/belonging schedule")


def schedule_form(world: HostedWorld, action_id: str) -> View:
    return world.members[NORTH].press_for_modal(ADMIN, action_id, schedules(world, ""))


@pytest.mark.parametrize(
    ("opened", "action_id"),
    [
        (of_announcement, "reply.open"),
        (of_announcement, "privacy.open"),
        (schedules, "/belonging schedule"),
        (schedule_form, "schedule.new"),
        (schedule_form, "schedule.show"),
    ],
)
def test_a_view_that_only_shows_something_opens_as_usual_and_nothing_is_written(
    taken: HostedWorld, writes: list[str], opened: Callable[[HostedWorld, str], View], action_id: str
) -> None:
    view = opened(taken, action_id)

    assert UNCERTAIN not in text_of(view.body["blocks"])
    assert [] == writes


def test_a_form_is_drawn_anew_as_usual(taken: HostedWorld, writes: list[str]) -> None:
    view = form_of(taken)

    again = taken.members[NORTH].say_more(USER, view, "quoted", filled_in(view, answers=ANSWERS))

    assert "reply.text" in json.dumps(again.body)
    assert [] == writes


def test_the_home_tab_opens_as_usual(taken: HostedWorld, writes: list[str]) -> None:
    assert taken.members[NORTH].open_home(USER).body["blocks"]
    assert [] == writes


# From one process to the next


@pytest.fixture
def worker(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[HostedWorld]:
    """A process in which each cell judges by itself what was sent before it came."""
    made: Any = HttpServer

    def server(*parts: Any, **how: Any) -> HttpServer:
        return made(*parts, **(how | {"started": None}))  # type: ignore[no-any-return]

    monkeypatch.setattr(hosting, "HttpServer", server)
    with hosted_world(tmp_path, twin(NORTH)) as world:
        ask(world)
        yield world


def give(world: HostedWorld, shard: ShardMemory) -> bytes:
    """Return what the process gives as it stops."""
    given = built(world, NORTH).process.loop.run(_called(partial(shard.give, [world.hosted(NORTH)])))
    world.stop()
    return given


async def _called(function: Callable[[], bytes]) -> bytes:
    return function()


def begin(world: HostedWorld, given: bytes | None) -> ShardMemory:
    """Start the next process a moment later, and let it take the shard."""
    world.clock.advance(timedelta(seconds=1))
    shard = ShardMemory(world.clock.now())
    if given is not None:
        shard.take_up(given)
    world.start()
    shard.begin(world.hosted(NORTH))
    return shard


def replied_and_changed(world: HostedWorld) -> list[bytes]:
    """Reply, change the reply, and return the requests with their signatures, as a proxy keeps them."""
    members, kept = world.members[NORTH], list[bytes]()
    site = world.server.sites[NORTH]
    view = members.open_form(USER)
    view.state = filled_in(view, answers=["1", "1", "1"])
    kept.append(_signed(world, payloads.submission(site, site.workspace.members[USER], view)))
    assert members.submit(USER, view, answers=["1", "1", "1"])["ok"]
    world.clock.advance(timedelta(seconds=1))
    changing = members.press_for_modal(USER, "reply.change", members.workspace.stack(USER)[-1])
    assert members.submit(USER, changing, answers=["5", "5", "5"])["ok"]
    return kept


def _signed(world: HostedWorld, body: Json) -> bytes:
    content = str(httpx.QueryParams({"payload": json.dumps(body)})).encode()
    headers = RequestUrl(world.server.sites[NORTH]).signature(content)
    return json.dumps([headers, content.decode()]).encode()


def sent_again(world: HostedWorld, kept: bytes) -> httpx.Response:
    headers, content = json.loads(kept)
    headers["Content-Type"] = "application/x-www-form-urlencoded"
    return httpx.post(world.server.request_url, content=content, headers=headers)


def sealed(world: HostedWorld) -> object:
    return {name: found for name, found in rows(world.cell(NORTH)).items() if name.startswith("ballots/")}


def test_after_a_handover_an_older_form_changes_nothing_and_a_new_one_is_taken(worker: HostedWorld) -> None:
    shard = ShardMemory(START)
    (older,) = replied_and_changed(worker)
    before = sealed(worker)

    begin(worker, give(worker, shard))
    answer = sent_again(worker, older).json()

    assert answer["response_action"] == "errors", "a newer one was sent"
    assert UNCERTAIN not in str(answer)
    assert before == sealed(worker)
    other = worker.members[NORTH].reply("U03INGR", answers=ANSWERS)
    assert "reply.change" in json.dumps(other.body)


def test_after_a_handover_a_copy_of_a_command_does_nothing_again(worker: HostedWorld) -> None:
    site = worker.server.sites[NORTH]
    member, channel = site.workspace.members[ADMIN], site.workspace.channels[CHANNEL]
    pause = payloads.command(site, member, channel, "/belonging", "pause")
    shard = ShardMemory(START)
    assert post(worker, pause).status_code == 200
    worker.members[NORTH].wait(lambda: bool(worker.members[NORTH].told(ADMIN)))
    worker.members[NORTH].answer(ADMIN, "/belonging resume")

    begin(worker, give(worker, shard))
    again = post(worker, pause)

    assert (200, "") == (again.status_code, again.text)
    wait_until(lambda: not built(worker, NORTH).is_busy)
    with worker.services(NORTH) as services, services.store.read("test") as tx:
        assert [False] == [one.paused for one in tx.list_schedules()]


def test_after_a_takeover_the_older_form_is_refused_with_the_text_still_there(worker: HostedWorld) -> None:
    (older,) = replied_and_changed(worker)
    before = sealed(worker)
    worker.stop()

    begin(worker, None)

    assert UNCERTAIN in str(sent_again(worker, older).json()["errors"])
    assert before == sealed(worker)


def test_what_was_unknown_before_a_handover_is_unknown_after_it(worker: HostedWorld) -> None:
    """The owner that died first is the only one who knew."""
    (older,) = replied_and_changed(worker)
    before = sealed(worker)
    worker.stop()
    shard = begin(worker, None)

    after = begin(worker, give(worker, shard))

    assert shard.since == after.since == worker.hosted(NORTH).remembered.since
    assert UNCERTAIN in str(sent_again(worker, older).json()["errors"])
    assert before == sealed(worker)


def test_what_cannot_be_read_is_as_if_nothing_had_been_given(worker: HostedWorld) -> None:
    shard = ShardMemory(START)
    with pytest.raises(UnreadableMemoryError):
        shard.take_up(b"{}")
    assert shard.since == START
    later = ShardMemory(worker.clock.now())
    later.take_up(json.dumps({"since": START.isoformat(), "cells": {NORTH: "{}"}}).encode())
    cell = worker.hosted(NORTH)

    later.begin(cell)

    assert cell.remembered.since == worker.clock.now()


def test_a_cell_that_was_not_served_here_passes_on_as_it_came(worker: HostedWorld) -> None:
    """Its installation may come later than the shard."""
    shard = ShardMemory(START)
    (older,) = replied_and_changed(worker)
    given = give(worker, shard)
    between = ShardMemory(worker.clock.now())
    between.take_up(given)

    begin(worker, between.give([]))

    answer = sent_again(worker, older).json()
    assert answer["response_action"] == "errors", "a newer one was sent"
    assert UNCERTAIN not in str(answer)
    assert CellKey(SOUTH) not in json.loads(given)["cells"]


def handed_over(world: HostedWorld, at: datetime) -> HostedCell:
    """Return the cell as the next owner has it, who takes it up at that time."""
    cell, shard = world.hosted(NORTH), ShardMemory(START)
    given = built(world, NORTH).process.loop.run(_called(partial(shard.give, [cell])))
    after = ShardMemory(at)
    after.take_up(given)
    taken = HostedCell(CellKey(NORTH), cell._process, cell._hooks)
    after.begin(taken)
    return taken


def test_after_a_handover_it_is_looked_at_when_something_is_due_and_slack_is_not_asked_again(
    asked: HostedWorld,
) -> None:
    cell, now = asked.hosted(NORTH), asked.clock.now()

    taken = handed_over(asked, now)

    assert not taken.asking.needs_tokens(now)
    assert taken.asking.channels == cell.asking.channels
    assert now < taken.next_at <= min(cell.next_at, now + CHANNELS_EVERY)


@pytest.mark.parametrize("is_told", [False, True])
def test_a_look_that_was_cut_short_is_due_at_once_for_the_next_owner(
    asked: HostedWorld, monkeypatch: pytest.MonkeyPatch, *, is_told: bool
) -> None:
    """Else a question that is due at a handover came a minute late."""
    cell = asked.hosted(NORTH)

    def stopped(_: Built) -> None:
        cell.stop()
        if is_told:
            raise StoppingError

    monkeypatch.setattr(cell, "_look", stopped)
    with suppress(StoppingError):
        cell.look()

    assert handed_over(asked, asked.clock.now()).next_at <= asked.clock.now()


def test_a_cell_that_was_not_opened_passes_on_what_it_took_up(asked: HostedWorld) -> None:
    now = asked.clock.now()
    first, shard = handed_over(asked, now), ShardMemory(now)
    shard.take_up(ShardMemory(START).give([first]))
    second = HostedCell(CellKey(NORTH), first._process, first._hooks)

    shard.begin(second)

    assert not second.asking.needs_tokens(now)
    assert first.next_at == second.next_at


def test_after_a_handover_a_cell_in_trouble_is_looked_at_at_once(asked: HostedWorld) -> None:
    asked.hosted(NORTH).troubles.note_refusal("token_refused")

    taken = handed_over(asked, asked.clock.now())

    assert taken.asking.needs_tokens(asked.clock.now())
    assert taken.next_at == asked.clock.now()


@pytest.mark.parametrize(
    "times",
    [{"next": "soon"}, {}, {"next": 10**20, "tokens": None, "channels": {}}, {"next": 1, "tokens": 1}],
)
def test_times_that_cannot_be_read_are_as_if_none_had_been_given(
    asked: HostedWorld, times: Mapping[str, object]
) -> None:
    shard, cell = ShardMemory(START), asked.hosted(NORTH)
    given = {"since": None, "cells": {NORTH: cell.remembered.give().decode()}, "times": {NORTH: times}}
    shard.take_up(json.dumps(given).encode())
    taken = HostedCell(CellKey(NORTH), cell._process, cell._hooks)

    shard.begin(taken)

    assert taken.asking.needs_tokens(asked.clock.now())
    assert taken.next_at == asked.clock.now()
