"""A channel of people who use Slack in German: how its language is found, chosen, shown and kept."""

import json
from collections.abc import Iterator
from gettext import NullTranslations
from pathlib import Path

import pytest

from bot.core.language import Language, Languages
from bot.demo.workspace import BOT_USER_ID, View, demo_workspace
from tests.journeys.test_an_admin_sets_a_schedule import (
    ADMIN,
    BARE,
    EMPTY,
    change,
    edit_form,
    new_form,
    said,
    stored,
    told,
)
from tests.journeys.test_an_admin_sets_a_schedule import save as press_save
from tests.slack.forms_filled import block_of
from tests.world import CHANNEL, World, a_world

MEMBER = "U02TOMA"
BY_CONFIG = BARE + "schedules:\n  - {{channel: C02PRODUCT, every: week, on: [tue], at: '10:00'}}\n"


class Marked(NullTranslations):
    """Has a translation of every message: the message with the language before it."""

    def __init__(self, mark: str) -> None:
        super().__init__()
        self.mark = mark

    def gettext(self, message: str) -> str:
        return f"{self.mark}: {message}"

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        return f"{self.mark}: {msgid1 if n == 1 else msgid2}"

    def pgettext(self, context: str, message: str) -> str:
        return message if context.startswith("date pattern") else f"{self.mark}: {message}"


SPOKEN = Languages([Language("de", lambda: Marked("de")), Language("fr", lambda: Marked("fr"))])


@pytest.fixture(autouse=True)
def spoken(monkeypatch: pytest.MonkeyPatch) -> None:
    """The bot speaks English, German and French."""
    for module in ("bot.app.bot", "bot.config.load"):
        monkeypatch.setattr(f"{module}.shipped_languages", lambda: SPOKEN)


def german_world(folder: Path, config: str) -> Iterator[World]:
    """Everybody but one has set Slack to German."""
    workspace = demo_workspace()
    for member in workspace.members.values():
        member.locale = "en-GB" if member.id == MEMBER else "de-DE"
    with a_world(folder, workspace, config=config) as world:
        yield world


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """Without a schedule."""
    yield from german_world(tmp_path, BARE)


@pytest.fixture
def declared(tmp_path: Path) -> Iterator[World]:
    """With a schedule of config.yaml that says no language."""
    yield from german_world(tmp_path, BY_CONFIG)


def language_of(view: View) -> tuple[str, str]:
    """The language that a form shows as chosen, and the hint below it."""
    block = next(one for one in view.body["blocks"] if one.get("block_id") == block_of(view.body, "language"))
    return block["element"]["initial_option"]["text"]["text"], block["hint"]["text"]


def choose_language(world: World, view: View, code: str) -> None:
    """Choose a language in the form."""
    block = next(one for one in view.body["blocks"] if one.get("block_id") == block_of(view.body, "language"))
    option = next(one for one in block["element"]["options"] if one["value"] == code)
    before = view.hash
    answer = world.server.act(
        ADMIN,
        type="block_action",
        container={"type": "view", "view_id": view.id},
        block_id=block["block_id"],
        action_id="schedule.preview",
        value={"type": "static_select", "selected_option": option},
    )
    assert answer["ok"], answer
    world.wait(lambda: view.hash != before)


def test_a_new_schedule_starts_in_german_and_the_form_is_in_the_admins_language(world: World) -> None:
    form = new_form(world)

    chosen, hint = language_of(form)
    assert chosen == "Deutsch"
    assert hint.startswith("de: Most people in this channel use Slack in Deutsch.")
    assert form.body["title"]["text"] == "de: New schedule"
    assert "de: *The next questions come* (Europe/Berlin)\n•  de: Dienstag 24. November 2026, 10:00" in said(
        form
    )
    assert press_save(world, form)["ok"]
    (schedule,) = stored(world)
    assert schedule.language == "de"
    shown = world.workspace.stack(ADMIN)[-1]
    assert "de: *Saved.*" in said(shown)
    assert "de: every 2 weeks on Dienstag at 10:00 (Europe/Berlin)" in said(shown)


def test_each_reads_the_list_in_their_own_language_and_it_shows_the_channels(world: World) -> None:
    press_save(world, new_form(world))
    world.close_modals(ADMIN)

    german = said(world.command_for_modal(ADMIN, "/belonging schedule"))
    english = said(world.command_for_modal(MEMBER, "/belonging schedule"))

    assert "de: Language: Deutsch" in german
    assert "Language: Deutsch" in english
    assert "de: " not in english


def test_another_language_is_chosen_and_stays_when_something_else_is_changed(world: World) -> None:
    form = new_form(world)
    choose_language(world, form, "fr")
    change(world, form, "at", "11:00")
    assert press_save(world, form)["ok"]
    world.close_modals(ADMIN)

    again = edit_form(world)
    assert language_of(again)[0] == "Français"
    assert "Most people" not in language_of(again)[1]
    assert press_save(world, again, at="12:00")["ok"]

    (schedule,) = stored(world)
    assert schedule.language == "fr"


def test_the_channel_hears_of_it_in_its_language_and_of_another_one_in_the_new(world: World) -> None:
    press_save(world, new_form(world))
    world.close_modals(ADMIN)
    told(world, "de: <@U01MAYA> set a schedule for questions here: de: every 2 weeks on Dienstag at 10:00")

    form = edit_form(world)
    choose_language(world, form, "fr")
    press_save(world, form)

    told(world, "fr: <@U01MAYA> chose Français as the language of what I write here.")
    assert "changed when questions come here" not in world.messages()[-1].text
    world.close_modals(ADMIN)
    listed = said(world.command_for_modal(ADMIN, "/belonging schedule"))
    assert "de: Language: Français" in listed
    assert "<@U01MAYA> chose the language Français" in listed


def test_the_form_asks_anew_where_another_channel_is_chosen(world: World) -> None:
    """What was chosen for one channel says nothing of another one."""
    world.workspace.channels[EMPTY].members[:] = [ADMIN, MEMBER]
    form = new_form(world)
    choose_language(world, form, "fr")

    change(world, form, "channel", EMPTY)

    chosen, hint = language_of(form)
    assert chosen == "English", "one of two people uses Slack in German, and one in English"
    assert "Most people" not in hint
    assert press_save(world, form, channel=CHANNEL)["ok"]
    (schedule,) = stored(world)
    assert schedule.language == "de"


def test_a_form_that_cannot_wait_asks_for_the_language_once_it_is_known(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.slack.schedule.form_listeners.IN_TIME_S", -1.0)

    form = new_form(world)

    world.wait(lambda: "schedule.language:" in json.dumps(form.body["blocks"]))
    assert language_of(form)[0] == "Deutsch"


def test_a_form_that_was_saved_before_it_knew_gets_the_language_of_most_people(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.slack.schedule.form_listeners.usual_language_in", lambda *_: None)
    form = new_form(world)
    assert "schedule.language:" not in json.dumps(form.body["blocks"])

    assert press_save(world, form)["ok"]

    (schedule,) = stored(world)
    assert schedule.language == "de"


def test_an_admin_learns_nothing_of_the_people_of_a_private_channel(world: World) -> None:
    world.workspace.channels[EMPTY].private = True
    world.workspace.channels[EMPTY].members[:] = [MEMBER, BOT_USER_ID]
    form = new_form(world)

    change(world, form, "channel", EMPTY)

    assert "schedule.language:" not in json.dumps(form.body["blocks"])


def test_a_language_that_is_gone_meanwhile_is_refused_at_its_field(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    form = new_form(world)
    choose_language(world, form, "fr")
    monkeypatch.delitem(SPOKEN._by_code, "fr")

    answer = press_save(world, form)

    assert answer["errors"] == {block_of(form.body, "language"): "de: Please choose a language."}


def test_answers_to_commands_come_in_the_language_of_whoever_types_them(world: World) -> None:
    press_save(world, new_form(world))
    world.close_modals(ADMIN)

    assert world.answer(ADMIN, "/belonging pause").text.startswith("de: Paused: no question comes here")
    assert world.answer(ADMIN, "/belonging resume").text.startswith("de: The questions go on.")
    assert world.answer(ADMIN, "/belonging ask").text.startswith("de: Ask the next question here now?")
    assert world.answer(MEMBER, "/belonging pause").text.startswith(
        "Only admins change when questions come here."
    )


def test_a_schedule_of_config_yaml_gets_the_language_once_and_a_restart_keeps_it(declared: World) -> None:
    (schedule,) = stored(declared)
    assert schedule.language == "de"
    for member in declared.workspace.members.values():
        member.locale = "fr-FR"

    declared.stop_bot()
    declared.start_bot()

    (after,) = stored(declared)
    assert after.language == "de"


def test_a_language_that_config_yaml_names_counts(tmp_path: Path) -> None:
    config = BY_CONFIG.replace("at: '10:00'", "at: '10:00', language: fr")
    for world in german_world(tmp_path, config):
        (schedule,) = stored(world)
        assert schedule.language == "fr"
