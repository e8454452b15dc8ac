"""With ``retention`` set, old results leave the disk, and the channel goes on as before."""

from pathlib import Path

from bot.core.model import ChannelId
from tests.world import CHANNEL, CONFIG, World, a_world, summaries, text_of

WITHOUT_PROPOSALS = "prompts_off: [co-01, co-02, co-03, co-07]\n"
"""So that each week asks the same kind of question."""

MONTH = f"{WITHOUT_PROPOSALS}retention: {{{{summaries_months: 1}}}}\n{CONFIG}"


def live_a_week(world: World, week: int) -> None:
    """One round: twelve replies with a text of this week, closed; then the clock stands before the next."""
    world.move(minutes=1)
    for person, user in enumerate(world.everyone()[:12]):
        world.reply(user, text=f"canary week {week} from {person}", answers=["4", "4"], quotable=True)
        world.close_modals(user)
    world.move(days=3)
    world.move(days=3, hours=23, minutes=59)


def raw(world: World) -> bytes:
    return b"".join(path.read_bytes() for path in world.data_dir.rglob("*") if path.is_file())


def numbers(world: World) -> list[int]:
    assert world.bot
    with world.bot.services.store.transaction("test") as tx:
        return [round_.number for round_ in tx.list_channel_rounds(ChannelId(CHANNEL))]


def test_old_results_leave_the_disk_and_numbers_and_questions_go_on(tmp_path: Path) -> None:
    with a_world(tmp_path, config=MONTH) as world:
        for week in range(1, 8):
            live_a_week(world, week)

        assert numbers(world)[-1] == 7
        assert numbers(world)[0] == 4
        kept, bytes_ = numbers(world), raw(world)
        assert [week for week in range(1, 8) if f"canary week {week} ".encode() in bytes_] == kept
        questions = [m.blocks for m in world.messages() if m.text.startswith("Belonging prompt")]
        assert len({text_of(blocks) for blocks in questions}) == len(questions)

        world.stop_bot()
        world.start_bot()

        newest = summaries(world)[-1]
        assert world.answer("U02TOMA", "/belonging summary").text == newest.text
        assert text_of(world.answer("U02TOMA", "/belonging trend").blocks)
        assert "canary week 1" in text_of(summaries(world)[0].blocks)


def test_a_channel_whose_results_are_all_gone_says_that_there_is_none_yet(tmp_path: Path) -> None:
    with a_world(tmp_path, config=MONTH) as world:
        live_a_week(world, 1)
        shown = world.answer("U02TOMA", "/belonging summary")
        assert world.bot
        with world.bot.services.store.transaction("pause") as tx:
            (schedule,) = tx.list_schedules()
            tx.delete_schedule(schedule.id)
        world.move(days=60)

        assert numbers(world) == []
        assert b"canary week 1" not in raw(world)
        assert "Round 1" not in text_of(world.answer("U02TOMA", "/belonging summary").blocks)
        before = len(world.messages())
        world.press("U02TOMA", "summary.share", shown)
        assert world.open_home("U02TOMA")
        assert len(world.messages()) == before
