"""A late copy of a request alters nothing: Slack delivers again what it believes lost."""

import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from random import Random
from threading import Condition

import httpx
import pytest

from bot.demo.request_url import RequestUrl
from tests.faults import bad_days
from tests.faults.installation import Installation
from tests.faults.lap import Lap
from tests.faults.slack import ScriptedSlack, parsed
from tests.faults.socket_front import To
from tests.faults.zygote import Zygote
from tests.patience import PATIENCE_S
from tests.transport.fronted import FrontedWorld, a_fronted_world
from tests.world import World

SEED = 7
MADE_BY_MEMBERS = {"block_actions", "view_submission", "slash_commands"}


@pytest.fixture
def world(tmp_path: Path) -> Iterator[FrontedWorld]:
    """The demo team; the first question stands in the channel. Pauses pass at once."""
    with a_fronted_world(tmp_path) as world:
        world.move(minutes=1)
        yield world


class Recorder:
    """Keeps what members do, as Slack tells the bot, and can tell all of it once more."""

    def __init__(self, slack: ScriptedSlack) -> None:
        self._slack = slack
        self._acks = Condition()
        self._waits_for: set[str] = set()
        self.frames: list[str] = []
        slack.play_frames(self._record)

    def repeat(self, frames: Iterable[str]) -> None:
        """Say these once more; returns when the bot has acknowledged each."""
        for frame in frames:
            name = parsed(frame)["envelope_id"]
            with self._acks:
                self._waits_for.add(name)
                self._slack.sockets.say(frame)
                assert self._acks.wait_for(lambda name=name: name not in self._waits_for, PATIENCE_S)  # type: ignore[misc]

    def _record(self, to: To, frame: str) -> Iterable[str] | None:
        if to is To.BOT and bad_days.kind_of(frame) in MADE_BY_MEMBERS:
            self.frames.append(frame)
        name = parsed(frame).get("envelope_id") if to is To.SLACK else None
        if name not in self._waits_for:
            return None
        with self._acks:
            self._waits_for.discard(str(name))
            self._acks.notify_all()
        return []  # Slack has had its acknowledgement


def renamed(frame: str, number: int) -> str:
    """The same in another envelope."""
    return json.dumps(parsed(frame) | {"envelope_id": f"again-{number}"})


@contextmanager
def changed_minds(zygote: Zygote, *, http: bool = False) -> Iterator[tuple[Installation, Lap, Recorder]]:
    """All have replied, two have changed their replies and one has withdrawn; what they sent is recorded.

    In the end the published numbers are theirs, and nothing is wrong with the installation.
    """
    with Installation(zygote, http=http) as installed:
        lap = Lap(installed, Random(SEED))
        recorder = Recorder(installed.slack)
        lap.ask()
        lap.writers.everybody_replies()
        lap.writers.some_change_their_minds()
        yield installed, lap, recorder
        lap.remind()
        lap.close()
        lap.stop()
        assert [] == lap.all_faults()


@pytest.mark.parametrize("envelope", ["the same envelope", "another envelope"])
def test_a_late_copy_of_anything_alters_nothing(zygote: Zygote, envelope: str) -> None:
    with changed_minds(zygote) as (_installed, _lap, recorder):
        frames = list(recorder.frames)
        if envelope == "another envelope":
            frames = [renamed(frame, number) for number, frame in enumerate(frames)]
        Random(SEED).shuffle(frames)
        recorder.repeat(frames)


def test_a_late_copy_of_any_signed_request_alters_nothing(zygote: Zygote) -> None:
    with changed_minds(zygote, http=True) as (installed, _lap, _recorder):
        requests = list(installed.slack.requests)
        Random(SEED).shuffle(requests)
        assert requests
        for request in requests:
            request.apply()


def test_a_request_that_was_signed_before_the_bot_started_is_refused(zygote: Zygote) -> None:
    """What was handled is remembered in memory only."""
    with changed_minds(zygote, http=True) as (installed, _lap, _recorder):
        requests = list(installed.slack.requests)
        installed.pass_time(minutes=1)
        installed.keeper.kill()
        installed.keeper.wait_until_well()

        assert {401} == {request.apply().status for request in requests}


def test_a_request_that_slack_signs_now_is_taken_by_a_bot_whose_clock_is_ahead(tmp_path: Path) -> None:
    """It seems to be older than the bot itself."""
    world = FrontedWorld(tmp_path)
    world.off = timedelta(minutes=2)
    with world.over_http(), world.slack:
        try:
            world.start_bot()

            assert world.is_heard("U01MAYA", tries=1)
        finally:
            world.stop_bot()


def test_a_late_copy_of_a_command_does_not_do_again_what_was_undone(world: FrontedWorld) -> None:
    recorder = Recorder(world.slack)
    world.answer("U01MAYA", "/belonging pause")
    world.answer("U01MAYA", "/belonging resume")

    recorder.repeat(recorder.frames[:1])

    world.move(days=7)
    assert 1 == open_questions(world)


def open_questions(world: World) -> int:
    """How many questions in the channel can be replied to."""
    return sum("reply.open" in json.dumps(message.blocks) for message in world.messages())


def test_a_request_is_as_old_as_its_signature_says_whatever_other_time_stands_beside_it(
    tmp_path: Path,
) -> None:
    with a_fronted_world(tmp_path, http=True) as world:
        world.server.site.signs_late_s = -60
        body = b"command=%2Fbelonging&text=help&user_id=U01MAYA"
        signed = RequestUrl(world.server.site).signature(body)
        now = str(int(world.clock.now().timestamp()))
        beside = [("X-Slack-Request-Timestamp", now), *signed.items()]
        kind = ("Content-Type", "application/x-www-form-urlencoded")
        statuses = [
            httpx.post(world.server.request_url, content=body, headers=[kind, *headers]).status_code
            for headers in (list(signed.items()), beside)
        ]

    assert [401, 401] == statuses
