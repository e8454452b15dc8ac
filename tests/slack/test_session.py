"""What the session reads and writes as JSON: the same as the standard library, in less time."""

import json

import pytest

from bot.slack.transport.session import _as_json, _from_json

HALF = '{"name": "Toma \\ud83c"}'
"""Half an emoji: somebody may have typed it, and orjson refuses it."""


@pytest.mark.parametrize("text", ['{"ok": true, "user": {"name": "Toma 🌱"}}', HALF, "[" * 900 + "]" * 900])
def test_an_answer_is_read_as_the_standard_library_reads_it(text: str) -> None:
    assert json.loads(text) == _from_json(text)


def test_an_answer_that_is_no_json_is_told_as_the_sdk_expects() -> None:
    with pytest.raises(json.JSONDecodeError):
        _from_json("<html>")


def test_half_an_emoji_is_sent() -> None:
    assert json.loads(HALF) == json.loads(_as_json(json.loads(HALF)))
