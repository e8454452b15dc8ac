"""People with different locales in one channel: Lena reads German, Yuki Japanese, Maya English."""

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from bot.core.language import Languages
from bot.demo.workspace import BOT_USER_ID, Channel, demo_workspace
from tests import workspace_changes
from tests.languages import marked
from tests.world import CHANNEL, World, a_world, text_of

MAYA, LENA, YUKI, DIEGO, KWAME = "U01MAYA", "U08LENA", "U05YUKI", "U07DIEG", "U04KWAM"
CODES = ("de", "ja", "es", "fr", "pt-BR")


def said_in(shown: object) -> set[str]:
    """The codes of the languages in which something is said."""
    text = json.dumps(shown, ensure_ascii=False).replace(r"\n", " ")
    return set(re.findall(rf"(?<![\w-])({'|'.join(CODES)}): ", text))


WHO = pytest.mark.parametrize(
    ("user", "codes"), [(MAYA, set()), (LENA, {"de"}), (YUKI, {"ja"}), (DIEGO, {"pt-BR"})]
)


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    """The demo team with its locales, and a bot that puts the code of a language before each message."""
    monkeypatch.setattr("bot.app.bot.shipped_languages", lambda: Languages(map(marked, CODES)))
    with a_world(tmp_path, demo_workspace()) as world:
        yield world


def test_a_channel_reads_the_language_of_most_of_its_people(world: World) -> None:
    world.move(minutes=1)

    announcement = world.announcement()

    assert set() == said_in([announcement.text, announcement.blocks])


@WHO
def test_a_command_is_answered_in_ones_own_language(world: World, user: str, codes: set[str]) -> None:
    for asked in ("help", "hlep", "privacy", "summary", "summary cycle", "norms", "cancel", "pause"):
        answer = world.answer(user, f"/belonging {asked}")
        assert codes == said_in([answer.text, answer.blocks]), asked


@WHO
def test_a_command_in_a_direct_message_is_answered_in_ones_own_language(
    world: World, user: str, codes: set[str]
) -> None:
    answer = world.answer(user, "/belonging summary", world.workspace.direct_message(user).id)

    assert codes == said_in([answer.text, answer.blocks])


@WHO
def test_the_home_tab_is_in_its_owners_language(world: World, user: str, codes: set[str]) -> None:
    world.move(minutes=1)

    assert codes == said_in(world.open_home(user).body["blocks"])


def test_the_home_tab_of_somebody_who_has_replied_is_in_their_language(world: World) -> None:
    world.move(minutes=1)
    world.reply(LENA, answers=["5", "4", "2"])
    world.close_modals(LENA)

    home = world.open_home(LENA)

    assert {"de"} == said_in(home.body["blocks"])
    assert "You have replied" in text_of(home.body["blocks"])


def test_whoever_changes_their_language_is_answered_in_the_new_one_at_once(world: World) -> None:
    assert {"de"} == said_in(world.answer(LENA, "/belonging help").blocks)

    workspace_changes.change_member(world.server, LENA, locale="ja-JP")

    said = (said_in(world.answer(LENA, "/belonging help").blocks) for _ in range(100))
    assert {"ja"} in said, "the event says so, and the bot reads it in a moment"


def test_whoever_speaks_another_language_is_answered_in_that_of_the_channel(world: World) -> None:
    assert world.bot
    workspace_changes.change_member(world.server, LENA, locale="nl-NL")
    with world.bot.services.store.transaction("test") as tx:
        (schedule,) = tx.list_schedules()
        tx.put_schedule(replace(schedule, language="ja"))

    said = (said_in(world.answer(LENA, "/belonging help").blocks) for _ in range(100))
    assert {"ja"} in said


def test_the_bot_introduces_itself_in_the_language_of_most_people_of_a_channel(world: World) -> None:
    people = [LENA, YUKI, MAYA, DIEGO, KWAME]
    for user in (MAYA, KWAME):
        workspace_changes.change_member(world.server, user, locale="de-AT")
    world.workspace.add_channel(Channel(id="C0NEW", name="new", members=people))

    workspace_changes.join(world.server, "C0NEW", BOT_USER_ID, inviter=YUKI)

    world.wait(lambda: bool(world.messages("C0NEW")) and bool(world.told(YUKI, "C0NEW")))
    introduction, offer = world.messages("C0NEW")[0], world.told(YUKI, "C0NEW")[0]
    assert {"de"} == said_in([introduction.text, introduction.blocks])
    assert {"ja"} == said_in([offer.text, offer.blocks])


def test_an_admin_is_told_in_their_own_language(world: World) -> None:
    workspace_changes.change_member(world.server, MAYA, locale="de-DE")
    world.answer(MAYA, "/belonging pause")

    workspace_changes.archive(world.server, CHANNEL, MAYA)

    direct = world.workspace.direct_message(MAYA).id
    world.wait(lambda: bool(world.messages(direct)))
    assert {"de"} == said_in(world.messages(direct)[0].blocks)
