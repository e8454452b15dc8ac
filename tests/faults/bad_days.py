"""What can happen to a call of the bot, and to a frame: the words in which scripts are written."""

import json
from collections.abc import Iterable
from threading import Event

from tests.faults.slack import Frames, Play, parsed
from tests.faults.socket_front import To
from tests.faults.web_front import Answer, Call, CutError

HELD_S = 30.0
"""How long a call is held at most, should a test forget to let it go."""

JSON = {"Content-Type": "application/json; charset=utf-8"}


def late(until: Event, *, applied: bool = True) -> Play:
    """Slack does it at once (or only then), and answers when ``until`` is set."""

    def play(call: Call) -> Answer:
        answer = call.apply() if applied else None
        until.wait(HELD_S)
        return answer or call.apply()

    return play


def cut(*, applied: bool) -> Play:
    """The connection ends without an answer; Slack has done what it was asked, or has not."""

    def play(call: Call) -> Answer:
        if applied:
            call.apply()
        raise CutError

    return play


def torn(call: Call) -> Answer:
    """Slack does it, and the connection ends in the middle of the answer."""
    answer = call.apply()
    begun = f"HTTP/1.1 {answer.status} OK\r\nContent-Length: {len(answer.body)}\r\n\r\n".encode()
    raise CutError(begun + answer.body[: len(answer.body) // 2])


def refused(error: str) -> Play:
    """Slack does nothing and answers with this error."""
    return lambda _: Answer(200, JSON, json.dumps({"ok": False, "error": error}).encode())


def too_many(retry_after_s: int) -> Play:
    """Slack does nothing and asks for a pause."""
    body = json.dumps({"ok": False, "error": "ratelimited"}).encode()
    return lambda _: Answer(429, {**JSON, "Retry-After": str(retry_after_s)}, body)


def broken(status: int, *, applied: bool) -> Play:
    """A page of HTML with this status, from something in between; Slack has done it, or has not."""

    def play(call: Call) -> Answer:
        if applied:
            call.apply()
        return Answer(status, {"Content-Type": "text/html"}, b"<html>Bad gateway</html>")

    return play


def repeated(kind: str, times: int = 2) -> Frames:
    """Each envelope of this type, such as ``view_submission``, is delivered so many times."""
    return lambda to, frame: [frame] * times if to is To.BOT and kind_of(frame) == kind else None


def lost(kind: str) -> Frames:
    """No envelope of this type gets to the bot."""
    return lambda to, frame: [] if to is To.BOT and kind_of(frame) == kind else None


def unheard_acks(to: To, frame: str) -> Iterable[str] | None:
    """No acknowledgement gets to Slack."""
    return [] if to is To.SLACK and "envelope_id" in parsed(frame) else None


def silence(_to: To, _frame: str) -> Iterable[str]:
    """Nothing goes either way, though the connection stands."""
    return []


def kind_of(frame: str) -> str:
    """What happened, by an envelope: ``block_actions``, ``view_submission``, ``slash_commands`` ..."""
    envelope = parsed(frame)
    payload = envelope.get("payload")
    inner = payload.get("type") if isinstance(payload, dict) else None
    return str(inner or envelope.get("type", ""))
