"""Whatever comes over the connection, or in its place, the bot hears what comes next.

A bot that has ended is started again, as an init system would; one that is alive and deaf is not.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import pytest
from websockets.exceptions import ConnectionClosed

from tests.faults import bad_days
from tests.faults.installation import Installation
from tests.faults.web_front import Answer
from tests.faults.zygote import Zygote
from tests.transport.fronted import is_heard

DEPTH = 100_000
DEEP_LIST = "[" * DEPTH + "]" * DEPTH
DEEP_OBJECT = '{"a":' * DEPTH + "1" + "}" * DEPTH
HELP = {"command": "/belonging", "text": "help", "user_id": "U0MEMBER00", "channel_id": "C02PRODUCT"}


def envelope(**changed: object) -> str:
    """An envelope with a command, and with something wrong with it."""
    return json.dumps({"type": "slash_commands", "envelope_id": "odd", "payload": HELP, **changed})


DEEP: dict[str, str | bytes] = {
    "a list in a list, 100,000 deep": DEEP_LIST,
    "an object in an object, 100,000 deep": DEEP_OBJECT,
    "a payload 100,000 deep": f'{{"type": "interactive", "envelope_id": "odd", "payload": {DEEP_OBJECT}}}',
}

ODD: dict[str, str | bytes] = {
    "bytes that are no text": b"\xff\xfe\x00",
    "five megabytes": json.dumps({"type": "later", "padding": "x" * 5_000_000}),
    "a number of 10,000 digits": '{"type": "slash_commands", "envelope_id": ' + "1" * 10_000 + "}",
    "no JSON": "hello",
    "nothing": "",
    "half a letter in its name": envelope(envelope_id="\ud800"),
    "a name that is a list": envelope(envelope_id=["odd"]),
    "no payload": envelope(payload=None),
    "a payload that is a number": envelope(payload=5),
    "a hello that is all wrong": json.dumps({"type": "hello", "num_connections": "many"}),
    "a disconnect for no reason": json.dumps({"type": "disconnect", "reason": ["odd"]}),
}


@contextmanager
def a_bot(zygote: Zygote) -> Iterator[Installation]:
    """A bot in a process of its own, connected."""
    with Installation(zygote) as installed:
        installed.keeper.start()
        installed.keeper.wait_until_well()
        yield installed


def say(installed: Installation, frame: str | bytes) -> None:
    """Send this to the bot as Slack."""
    with suppress(ConnectionClosed):  # the bot may hang up in the middle of it
        installed.slack.sockets.pairs()[-1].bot.send(frame)


def hears(installed: Installation) -> bool:
    """Whether the bot does what a member asks, if need be after it was started again."""
    return is_heard(installed.slack.server, installed.people[0])


@pytest.mark.parametrize("what", ODD)
def test_an_odd_frame_deafens_nobody(zygote: Zygote, what: str) -> None:
    with a_bot(zygote) as installed:
        say(installed, ODD[what])

        assert hears(installed)


@pytest.mark.parametrize("what", DEEP)
def test_a_frame_that_is_nested_very_deeply_deafens_nobody(zygote: Zygote, what: str) -> None:
    with a_bot(zygote) as installed:
        say(installed, DEEP[what])

        assert hears(installed)


def test_an_answer_without_an_address_to_connect_to_deafens_nobody(zygote: Zygote) -> None:
    with a_bot(zygote) as installed:
        answer_with(installed, {"ok": True})
        installed.slack.sockets.cut()

        assert hears(installed)


@pytest.mark.parametrize("body", [{"ok": True, "url": 5}, [{"ok": True, "url": "ws://127.0.0.1:1/"}]])
def test_an_answer_with_an_odd_address_to_connect_to_deafens_nobody(zygote: Zygote, body: object) -> None:
    with a_bot(zygote) as installed:
        answer_with(installed, body)
        installed.slack.sockets.cut()

        assert hears(installed)


def answer_with(installed: Installation, body: object) -> None:
    """The next time that the bot asks for a connection, it gets this."""
    answer = Answer(200, bad_days.JSON, json.dumps(body).encode())
    installed.slack.play("apps.connections.open", lambda _: answer)
