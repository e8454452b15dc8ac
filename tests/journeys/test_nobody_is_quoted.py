"""With ``policy.quotes: off`` a channel answers and reads its summary, and no text is anywhere."""

from pathlib import Path

from tests.world import CONFIG, a_world, has_block, summaries, text_of

OFF = CONFIG.replace("min_open: 24h", "min_open: 24h, quotes: off")


def test_a_question_without_quotes_asks_for_no_text_and_shows_none(tmp_path: Path) -> None:
    with a_world(tmp_path, config=OFF) as world:
        world.move(minutes=1)
        form = world.open_form("U02TOMA")
        assert has_block(form, "reply.tags")
        assert not any(has_block(form, block) for block in ("reply.more", "reply.text", "reply.preview"))
        world.close_modals("U02TOMA")
        for user in world.everyone()[:12]:
            world.reply(user, answers=["4", "4"])
            world.close_modals(user)
        assert "nobody is quoted" in text_of(world.answer("U02TOMA", "/belonging privacy").blocks)

        world.move(days=3)

        said = text_of(summaries(world)[-1].blocks)
        assert "12 of 14 replied" in said
        assert ">" not in said
