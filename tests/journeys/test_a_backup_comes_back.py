"""A backup, made while a round is open, comes back: nothing is published twice, and no key is made anew."""

import shutil
from pathlib import Path

import pytest

from bot.cli.backup import make_backup, restore_backup
from bot.core.model import ChannelId, Round, RoundState
from tests.cli.program import finish, start
from tests.journeys.test_the_app_is_uninstalled import secrets
from tests.world import CHANNEL, World, summaries, text_of

WORDS = "It was warm on Monday"


def rounds(world: World) -> tuple[Round, ...]:
    assert world.bot
    with world.bot.services.store.transaction("test") as tx:
        return tx.list_channel_rounds(ChannelId(CHANNEL))


def back_up(world: World) -> Path:
    path = world.folder / "copy.db"
    make_backup(world.config(), path, force=True)
    return path


def restore(world: World, backup: Path) -> None:
    """Stop the bot, put the backup back, start it again."""
    world.stop_bot()
    restore_backup(world.config(), backup, force=True, clock=world.clock.now)
    world.start_bot()


def six_replies(world: World) -> None:
    for user in world.everyone()[:6]:
        world.reply(user, text=WORDS, answers=["4", "4", "4"])
        world.close_modals(user)


def test_a_round_whose_keys_are_still_there_goes_on_with_every_reply(asked: World) -> None:
    six_replies(asked)
    backup = back_up(asked)
    (late, *_) = asked.everyone()[6:]
    asked.reply(late, text=WORDS, answers=["4", "4", "4"])
    asked.close_modals(late)

    restore(asked, backup)
    asked.move(days=3)

    assert [round_.state for round_ in rounds(asked)] == [RoundState.CLOSED]
    assert len(summaries(asked)) == 1
    assert "7" in text_of(asked.messages()[-1].blocks)
    (ended,) = rounds(asked)
    assert not [path for path in secrets(asked) if ended.id in path.name]  # the box for proposals is there


def test_suggestions_that_wait_are_not_said_to_be_destroyed_and_go_on(
    asked: World, capsys: pytest.CaptureFixture[str]
) -> None:
    six_replies(asked)
    asked.move(days=3)
    first, second = asked.everyone()[:2]
    form = asked.command_for_modal(first, "/belonging propose")
    assert asked.submit(first, form, text="When we meet, the newest of us speaks first")["ok"]
    kept = secrets(asked)

    restore(asked, back_up(asked))

    printed = " ".join(capsys.readouterr().out.split())
    assert f"The box for suggestions in {CHANNEL} was open: its keys and replies are here" in printed
    assert "destroyed" not in printed
    assert secrets(asked) == kept
    form = asked.command_for_modal(second, "/belonging propose")
    assert asked.submit(second, form, text="When we decide, somebody writes it down")["ok"]


@pytest.mark.parametrize("machine", ["another", "the same"])
def test_a_round_that_has_closed_since_ends_as_key_lost_and_is_not_published_again(
    asked: World, machine: str
) -> None:
    six_replies(asked)
    backup = back_up(asked)
    asked.move(days=3)
    assert len(summaries(asked)) == 1
    before = len(asked.messages())
    if machine == "another":
        asked.stop_bot()
        shutil.rmtree(asked.data_dir)

    restore(asked, backup)

    assert [round_.state for round_ in rounds(asked)] == [RoundState.KEY_LOST]
    assert len(summaries(asked)) == 1
    assert len(asked.messages()) == before + 1
    assert "key" in asked.messages()[-1].text
    assert secrets(asked) == []
    asked.move(days=4)
    assert [round_.state for round_ in rounds(asked)] == [RoundState.KEY_LOST, RoundState.OPEN]


def test_a_result_that_the_backup_does_not_know_to_be_posted_is_not_posted_again(asked: World) -> None:
    six_replies(asked)
    asked.server.fail_next("chat.postMessage", error="internal_error")
    asked.move(days=3)
    assert len(summaries(asked)) == 0
    backup = back_up(asked)
    asked.move(minutes=1)
    assert len(summaries(asked)) == 1

    restore(asked, backup)
    asked.move(minutes=10)

    assert len(summaries(asked)) == 1
    assert [round_.state for round_ in rounds(asked)] == [RoundState.CLOSED]
    assert asked.answer("U02TOMA", "/belonging summary").text == summaries(asked)[0].text


def test_what_was_asked_since_is_not_asked_again_and_its_secrets_are_destroyed(world: World) -> None:
    backup = back_up(world)
    world.move(minutes=1)
    before = len(world.messages())
    assert len(secrets(world)) == 3

    restore(world, backup)
    world.move(minutes=10)

    assert rounds(world) == ()
    assert len(world.messages()) == before
    assert secrets(world) == []
    world.move(days=7)
    assert [round_.number for round_ in rounds(world)] == [1]


def test_a_reminder_that_was_due_by_now_is_not_sent_again(asked: World) -> None:
    backup = back_up(asked)
    asked.move(days=2)
    said = len(asked.messages())

    restore(asked, backup)
    asked.move(minutes=10)

    assert len(asked.messages()) == said
    assert [round_.state for round_ in rounds(asked)] == [RoundState.OPEN]


def test_a_quote_taken_down_in_a_restored_result_leaves_its_lost_message_alone(asked: World) -> None:
    for user in asked.everyone()[:12]:
        asked.reply(user, text=f"It was warm, says number {user[-4:]}", answers=["4"], quotable=True)
        asked.close_modals(user)
    asked.server.fail_next("chat.postMessage", error="internal_error")
    asked.move(days=3)
    backup = back_up(asked)
    restore(asked, backup)
    assert asked.bot
    services = asked.bot.services
    (round_,) = rounds(asked)
    with services.store.transaction("rewrite") as tx:
        release = tx.fetch_release(round_.id)
        assert release
        tx.rewrite_release(release)  # type: ignore[arg-type]  # it is published

    asked.move(minutes=1)

    with services.store.transaction("settled") as tx:
        assert tx.list_outdated_summaries() == ()


def test_beside_a_running_bot_a_backup_is_made_and_what_would_harm_it_is_refused(asked: World) -> None:
    six_replies(asked)

    code, out, err = finish(start(asked.folder, "backup", "--out", "copy.db"))
    assert (code, err) == (0, "")
    assert "1 schedule, 1 round (1 open), 0 results, checked, written to copy.db" in " ".join(out.split())
    assert finish(start(asked.folder, "migrate", "--dry-run"))[0] == 0
    for refused in (
        ("restore", "--from", "copy.db", "--force"),
        ("migrate",),
        ("purge", "--all", "--yes"),
        ("purge", "--channel", CHANNEL, "--yes"),
    ):
        code, _, err = finish(start(asked.folder, *refused))
        assert code == 1
        assert "Stop it first, then try again." in " ".join(err.split())

    asked.move(days=3)
    assert len(summaries(asked)) == 1
    assert "6" in text_of(asked.messages()[-1].blocks)
