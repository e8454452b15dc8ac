"""A disk that fails under a member: a clear sentence, the text still there, nothing lost or counted twice."""

import errno
import os
import sqlite3

import pytest

from bot.store import box as box_module
from bot.store.box import Box
from tests.world import World, text_of

WORDS = "The stand-up felt warm on Monday"


def replies(world: World) -> int:
    assert world.bot
    boxes = world.bot.desk.boxes
    return sum(len(boxes.list_replies(box)) for box in boxes.list_boxes())


def no_vacuum(_: sqlite3.Connection) -> None:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


@pytest.mark.parametrize("reason", [errno.ENOSPC, errno.EROFS, errno.EACCES, errno.EIO])
def test_what_cannot_be_written_is_said_and_can_be_sent_again_later(
    asked: World, monkeypatch: pytest.MonkeyPatch, reason: int
) -> None:
    def refuse(_: Box) -> None:
        raise OSError(reason, os.strerror(reason))

    form = asked.open_form("U02TOMA")
    with monkeypatch.context() as broken:
        broken.setattr(Box, "_check_room", refuse)
        answer = asked.submit("U02TOMA", form, text=WORDS)

    assert "your reply was not saved" in answer["errors"]["reply.text"]
    assert asked.workspace.stack("U02TOMA")[-1].state["reply.text"]["text"]["value"] == WORDS
    assert replies(asked) == 0
    assert asked.submit("U02TOMA", form, text=WORDS)["ok"]
    assert replies(asked) == 1


def test_a_reply_that_is_stored_but_not_yet_in_order_is_sent_again_and_counts_once(
    asked: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    form = asked.open_form("U02TOMA")
    with monkeypatch.context() as broken:
        broken.setattr(box_module, "vacuum", no_vacuum)
        answer = asked.submit("U02TOMA", form, text=WORDS)

    said = answer["errors"]["reply.text"]
    assert "probably saved" in said
    assert "press the same button again" in said
    assert asked.submit("U02TOMA", form, text=WORDS)["ok"]
    assert "Thank you" in asked.workspace.stack("U02TOMA")[-1].body["title"]["text"]
    assert replies(asked) == 1


def test_whoever_does_not_send_it_again_still_has_the_receipt(
    asked: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    form = asked.open_form("U02TOMA")
    with monkeypatch.context() as broken:
        broken.setattr(box_module, "vacuum", no_vacuum)
        asked.submit("U02TOMA", form, text=WORDS)
    asked.close_modals("U02TOMA")

    home = asked.open_home("U02TOMA")
    assert "You have replied" in text_of(home.body["blocks"])
    asked.press_for_modal("U02TOMA", "reply.withdraw", home)

    assert replies(asked) == 0


def test_a_withdrawal_that_is_done_but_not_in_order_says_so(
    asked: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    thanks = asked.reply("U02TOMA", text=WORDS)

    with monkeypatch.context() as broken:
        broken.setattr(box_module, "vacuum", no_vacuum)
        notice = asked.press_for_modal("U02TOMA", "reply.withdraw", thanks)

    assert "probably saved" in text_of(notice.body["blocks"])
    assert replies(asked) == 0
