"""A file of the bot is damaged: it starts, serves what it can, and says what it cannot."""

import logging
import os
from pathlib import Path

import pytest

from bot.core.audit import Evidence
from bot.core.model import ChannelId, Round, RoundState
from bot.core.release import Published
from bot.core.rounds import TRIES
from bot.proof.ballots import check_ballot_schema
from bot.proof_process import logging_now
from bot.store.audit.installation import list_damaged, read_installation
from tests.world import CHANNEL, World, text_of

SIX = 6


def rounds(world: World) -> list[Round]:
    assert world.bot
    with world.bot.services.store.read("test") as tx:
        return list(tx.list_channel_rounds(ChannelId(CHANNEL)))


def six_replies(world: World) -> None:
    for person in world.everyone()[:SIX]:
        world.reply(person, answers=["5", "4", "2"])
        world.close_modals(person)


def proven(world: World) -> str:
    """What the attack on the ballots finds."""
    disk = read_installation(world.data_dir, world.data_dir / "ballots", world.data_dir / "keys")
    evidence = Evidence(at=world.clock.now(), disk=disk, logging=logging_now())
    return check_ballot_schema(evidence).found


def damage(path: Path) -> None:
    with path.open("r+b") as file:
        file.seek(4096)
        file.write(os.urandom(path.stat().st_size - 4096))


def ballots_of(world: World) -> Path:
    return next(path for path in (world.data_dir / "ballots").glob("*.db"))


def test_the_bot_starts_beside_damaged_ballots_and_their_round_ends_alone(
    asked: World, caplog: pytest.LogCaptureFixture
) -> None:
    six_replies(asked)
    form = asked.open_form(asked.everyone()[SIX])
    path = ballots_of(asked)
    asked.stop_bot()
    damage(path)
    asked.start_bot()

    assert [path] == list(list_damaged(asked.data_dir, path.parent))
    assert f"{path.stem}.db is damaged" in proven(asked)
    told = [vars(one)["round_id"] for one in caplog.records if one.msg == "ballots damaged"]
    assert [path.stem] == told
    sent = asked.submit(asked.everyone()[SIX], form, answers=["5", "4", "2"])
    assert "your reply was not saved" in str(sent["errors"])
    assert form.id == asked.workspace.stack(asked.everyone()[SIX])[-1].id

    asked.move(days=3)
    for _ in range(TRIES):
        asked.move(minutes=1)
    said = asked.messages()[-1].text
    assert "the key or the replies of this question were lost or damaged" in said
    assert "key of this round is gone" not in said  # it was there: the replies were damaged
    assert RoundState.KEY_LOST is rounds(asked)[0].state
    assert path.stem not in {one.name.partition(".")[0] for one in asked.data_dir.rglob("*")}

    asked.move(days=4)
    assert [RoundState.KEY_LOST, RoundState.OPEN] == [one.state for one in rounds(asked)]


def test_the_bot_starts_beside_damaged_audiences_and_the_round_publishes_what_it_has(
    asked: World, caplog: pytest.LogCaptureFixture
) -> None:
    six_replies(asked)
    asked.stop_bot()
    path = asked.data_dir / "audiences.db"
    damage(path)
    assert [path] == list(list_damaged(asked.data_dir, asked.data_dir / "ballots"))
    asked.start_bot()

    lines = {one.msg for one in caplog.records if one.levelno == logging.ERROR}
    assert {"audiences damaged", "audience lost"} <= lines
    assert () == list_damaged(asked.data_dir, asked.data_dir / "ballots")
    late = asked.everyone()[SIX]
    notice = asked.press_for_modal(late, "reply.open", asked.announcement())
    assert "Something went wrong" in text_of(notice.body["blocks"])

    asked.move(days=3)
    assert asked.bot
    (first,) = rounds(asked)
    with asked.bot.services.store.read("test") as tx:
        result = tx.fetch_release(first.id)
    assert isinstance(result, Published)
    assert SIX == result.replies

    asked.move(days=4)
    second = rounds(asked)[-1]
    assert not {one.id for one in first.prompt.statements} & {one.id for one in second.prompt.statements}
