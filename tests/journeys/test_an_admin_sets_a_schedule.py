"""An admin sets a schedule in Slack: the form, its preview, saving, trying it out, and what may be wrong."""

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.core.model import ChannelId
from bot.core.schedule import MonthlyWeekday, Schedule, Weekly
from bot.demo.workspace import View
from tests.slack.forms_filled import state_of
from tests.world import CHANNEL, CONFIG, World, a_world, text_of

ADMIN, MEMBER = "U01MAYA", "U02TOMA"
EMPTY = "C03RANDOM"
"""A channel that the bot is not in."""

BARE = CONFIG.partition("schedules:")[0]


@pytest.fixture
def quiet(tmp_path: Path) -> Iterator[World]:
    """A world without a schedule: Tuesday, 9:59 in Berlin."""
    with a_world(tmp_path, config=BARE) as world:
        yield world


def stored(world: World, channel: str = CHANNEL) -> tuple[Schedule, ...]:
    """The schedules of a channel, as they are stored."""
    assert world.bot
    with world.bot.services.store.transaction("test") as tx:
        return tx.list_channel_schedules(ChannelId(channel))


def new_form(world: World, user: str = ADMIN) -> View:
    """The form for a new schedule, on top of the list."""
    listed = world.command_for_modal(user, "/belonging schedule")
    return world.press_for_modal(user, "schedule.new", listed)


def edit_form(world: World) -> View:
    """The form for the only schedule, on top of the list."""
    listed = world.command_for_modal(ADMIN, "/belonging schedule")
    return world.press_for_modal(ADMIN, "schedule.edit", listed)


def options_of(view: View, name: str) -> dict[str, Any]:
    """The options of a menu by value."""
    block = next(block for block in view.body["blocks"] if block["block_id"] == f"schedule.{name}")
    return {option["value"]: option for option in block["element"].get("options", [])}


def full_state(view: View, name: str, value: Any) -> dict[str, Any]:
    """The state of a field, with whole options, as Slack's clients send them."""
    state = state_of(name, value)
    offered = options_of(view, name)
    if "selected_option" in state:
        state["selected_option"] = offered[value]
    if "selected_options" in state:
        state["selected_options"] = [offered[one["value"]] for one in state["selected_options"]]
    return state


def change(world: World, view: View, name: str, value: Any) -> str:
    """Fill in a field as the admin, and return the preview that is shown then."""
    before = view.hash
    answer = world.server.act(
        ADMIN,
        type="block_action",
        container={"type": "view", "view_id": view.id},
        block_id=f"schedule.{name}",
        action_id="schedule.preview",
        value=full_state(view, name, value),
    )
    assert answer["ok"], answer
    world.wait(lambda: view.hash != before)
    return preview(view)


def preview(view: View) -> str:
    """What the form says of the next questions."""
    block = next(block for block in view.body["blocks"] if block["block_id"] == "schedule.preview")
    return str(block["text"]["text"])


def days(text: str) -> list[str]:
    """The days and times in a preview."""
    return re.findall(r"•  (\w+ \d+ \w+ \d{4}, \d\d:\d\d)", text)


def more(world: World, view: View) -> View:
    """The form with all its fields."""
    return world.press_for_modal(ADMIN, "schedule.more", view)


def save(world: World, view: View, **changes: Any) -> dict[str, Any]:
    """Press *Save* with these last changes."""
    state = {
        f"schedule.{name}": {"schedule.preview": full_state(view, name, value)}
        for name, value in changes.items()
    }
    return world.server.act(ADMIN, type="view_submit", view_id=view.id, state=state)


def said(view: View) -> str:
    return text_of(view.body["blocks"])


def told(world: World, part: str) -> None:
    """Wait until the channel has been told this."""
    world.wait(lambda: any(part in message.text for message in world.messages()))


def test_a_schedule_is_set_and_asks_at_its_time(quiet: World) -> None:
    form = new_form(quiet)
    assert days(preview(form))[0] == "Tuesday 24 November 2026, 10:00"

    assert days(change(quiet, form, "weekdays", ["3"]))[0] == "Thursday 26 November 2026, 10:00"
    assert days(change(quiet, form, "at", "14:30")) == [
        "Thursday 26 November 2026, 14:30",
        "Thursday 10 December 2026, 14:30",
        "Thursday 24 December 2026, 14:30",
    ]
    answer = save(quiet, form)

    assert answer["ok"], answer
    shown = quiet.workspace.stack(ADMIN)[-1]
    assert "*Saved.* Questions come to <#C02PRODUCT> every 2 weeks on Thursday at 14:30" in said(shown)
    assert days(said(shown))[0] == "Thursday 26 November 2026, 14:30"
    told(quiet, "<@U01MAYA> set a schedule for questions here: every 2 weeks on Thursday at 14:30")

    asked = lambda: "reply.open" in json.dumps([m.blocks for m in quiet.messages()])  # noqa: E731 - one line
    quiet.move(days=2, hours=4, minutes=30)
    assert not asked(), "it is 14:29"
    quiet.move(minutes=1)
    assert asked()


def test_closing_what_was_saved_closes_the_list_under_it_too(quiet: World) -> None:
    save(quiet, new_form(quiet))

    quiet.server.act(ADMIN, type="view_close", view_id=quiet.workspace.stack(ADMIN)[-1].id)

    assert quiet.workspace.stack(ADMIN) == []


def test_the_fields_follow_how_often_and_a_weekday_is_taken_along(quiet: World) -> None:
    form = new_form(quiet)
    change(quiet, form, "weekdays", ["4"])

    said_then = change(quiet, form, "rhythm", "last")

    assert days(said_then)[0] == "Friday 27 November 2026, 10:00"
    assert "schedule.weekdays" not in json.dumps(form.body["blocks"])
    assert "A shorter month" not in said(form)
    assert days(change(quiet, form, "rhythm", "day"))[0] == "Tuesday 1 December 2026, 10:00"
    assert save(quiet, form, day="31")["ok"]
    assert "on the 31st (or its last day, if that comes first)" in said(quiet.workspace.stack(ADMIN)[-1])


def test_a_city_is_enough_and_the_times_are_told_in_both_zones(quiet: World) -> None:
    form = new_form(quiet)

    assert "10:00 (16:00 for you)" in change(quiet, form, "zone", "new york")
    assert "Did you mean America/New_York?" in change(quiet, form, "zone", "new yrok")
    assert "for you" not in change(quiet, form, "zone", "Paris"), "the clocks show the same"
    assert save(quiet, form, zone="new york")["ok"]
    assert stored(quiet)[0].zone == "America/New_York"


def test_the_preview_says_what_is_wrong_and_what_was_typed_stays(quiet: World) -> None:
    form = more(quiet, new_form(quiet))

    assert "Not quite yet" in change(quiet, form, "quiet", "2026-12-24\nChristmas")

    typed = form.state["schedule.quiet"]["schedule.preview"]["value"]
    assert typed == "2026-12-24\nChristmas"
    assert "is no date" in preview(form)
    assert "8 December" in change(quiet, form, "quiet", "2026-11-24 to 2026-11-30")
    assert days(preview(form))[0] == "Tuesday 8 December 2026, 10:00"


def test_the_preview_warns_of_a_channel_that_does_not_fit(quiet: World) -> None:
    form = more(quiet, new_form(quiet))

    assert "I cannot speak in this channel" in change(quiet, form, "channel", EMPTY)
    change(quiet, form, "channel", CHANNEL)
    assert "Fewer than 20 people can reply" in change(quiet, form, "threshold", "20")
    change(quiet, form, "threshold", "5")
    assert "channels of 20 people and more" in change(quiet, form, "tenure", value=True)


def test_a_channel_that_does_not_fit_is_told_as_soon_as_the_form_is_open(quiet: World) -> None:
    quiet.workspace.channels[EMPTY].members.append(ADMIN)
    listed = quiet.command_for_modal(ADMIN, "/belonging schedule", EMPTY)

    form = quiet.press_for_modal(ADMIN, "schedule.new", listed)

    quiet.wait(lambda: "I cannot speak in this channel" in preview(form))


def test_all_fields_come_back_as_they_were_saved(quiet: World) -> None:
    form = more(quiet, new_form(quiet))
    change(quiet, form, "rhythm", "first")
    assert save(
        quiet,
        form,
        weekday="2",
        at="08:05",
        zone="Asia/Tokyo",
        open_for=str(7 * 24 * 60),
        reminder=False,
        holidays="de-be",
        quiet="2026-12-24 to 2027-01-03",
        threshold="8",
    )["ok"]
    quiet.close_modals(ADMIN)
    (before,) = stored(quiet)
    assert before.recurrence == MonthlyWeekday(which=1, weekday=2)
    assert (before.open_for, before.policy.threshold) == (timedelta(days=7), 8)
    assert (before.quiet.holidays, before.reminder) == ("DE-BE", False)

    assert save(quiet, more(quiet, edit_form(quiet)))["ok"]

    (after,) = stored(quiet)
    assert before == replace(after, created_at=before.created_at)


def test_a_change_keeps_what_is_not_shown_and_the_channel_hears_of_it(quiet: World) -> None:
    save(quiet, more(quiet, new_form(quiet)), threshold="9", quiet="2026-12-24")
    quiet.close_modals(ADMIN)

    form = edit_form(quiet)
    assert "1 day or range of your own" in said(form)
    change(quiet, form, "rhythm", "1")
    assert save(quiet, form, weekdays=["0", "4"])["ok"]

    (schedule,) = stored(quiet)
    assert isinstance(schedule.recurrence, Weekly)
    assert (schedule.recurrence.every, schedule.recurrence.weekdays) == (1, (0, 4))
    assert schedule.policy.threshold == 9
    assert len(schedule.quiet.ranges) == 1
    told(quiet, "<@U01MAYA> changed when questions come here: every week on Monday and Friday at 10:00")


def test_a_paused_schedule_can_be_changed_and_stays_paused(quiet: World) -> None:
    save(quiet, new_form(quiet))
    quiet.close_modals(ADMIN)
    listed = quiet.command_for_modal(ADMIN, "/belonging schedule")
    quiet.press_for_modal(ADMIN, "schedule.pause", listed)
    quiet.close_modals(ADMIN)

    form = edit_form(quiet)

    assert "*It is paused.*" in preview(form)
    assert save(quiet, form, at="11:00")["ok"]
    assert "still paused" in said(quiet.workspace.stack(ADMIN)[-1])
    assert stored(quiet)[0].paused


WRONG = {
    "a day that is in no calendar": ({"quiet": "2026-02-31"}, "quiet", "not in the calendar"),
    "an end before its start": ({"quiet": "2027-01-03..2026-12-24"}, "quiet", "ends before it begins"),
    "an unknown zone": ({"zone": "Atlantis"}, "zone", "no time zone that I know"),
    "an unknown country": ({"holidays": "Narnia"}, "holidays", "no public holidays"),
    "a channel without the bot": ({"channel": EMPTY}, "channel", "I cannot speak in this channel"),
    "too few people": ({"threshold": "20"}, "channel", "Fewer than 20 people can reply"),
    "too few to ask who is new": ({"tenure": True}, "tenure", "20 people and more"),
    "every date is quiet": ({"quiet": "2026-01-01 to 2035-12-31"}, "quiet", "No question would ever come"),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_is_wrong_is_said_at_its_field_and_nothing_is_saved(quiet: World, name: str) -> None:
    changes, field, words = WRONG[name]
    form = more(quiet, new_form(quiet))

    answer = save(quiet, form, **changes)

    assert [f"schedule.{field}"] == list(answer["errors"])
    assert words in answer["errors"][f"schedule.{field}"]
    assert stored(quiet) == stored(quiet, EMPTY) == ()
    assert quiet.messages() == []
    assert save(quiet, form, **{"quiet": "", "zone": "Berlin", "holidays": "", "threshold": "5"} | MENDED)[
        "ok"
    ]


MENDED: dict[str, Any] = {"channel": CHANNEL, "tenure": False}


def test_what_is_wrong_in_a_field_that_is_not_shown_is_said_at_the_channel(quiet: World) -> None:
    save(quiet, more(quiet, new_form(quiet)), quiet="2026-12-01 to 2035-12-31")
    quiet.close_modals(ADMIN)
    quiet.move(hours=1)

    answer = save(quiet, edit_form(quiet))

    assert "No question would ever come" in answer["errors"]["schedule.channel"]


def test_a_schedule_that_somebody_deleted_meanwhile_is_gone(quiet: World) -> None:
    save(quiet, new_form(quiet))
    quiet.close_modals(ADMIN)
    form = edit_form(quiet)
    (schedule,) = stored(quiet)
    assert quiet.bot
    with quiet.bot.services.store.transaction("test") as tx:
        tx.delete_schedule(schedule.id)

    answer = save(quiet, form)

    assert "This schedule is gone" in answer["errors"]["schedule.channel"]
    assert stored(quiet) == ()


def test_who_is_no_admin_any_more_saves_nothing(quiet: World) -> None:
    form = new_form(quiet)
    quiet.member("maya").is_admin = False
    quiet.member("maya").is_owner = False
    quiet.move(minutes=11)

    answer = save(quiet, form)

    assert "Only admins change when questions come here" in answer["errors"]["schedule.channel"]
    assert stored(quiet) == ()


def test_trying_it_shows_the_question_and_the_form_and_stores_nothing(quiet: World) -> None:
    form = new_form(quiet)
    assert quiet.bot
    before = sorted(path.name for path in quiet.data_dir.rglob("*"))

    shown = quiet.press_for_modal(ADMIN, "preview.open", form)
    assert "*Only you see this.* Nothing is stored" in said(shown)
    question = said(shown)
    quiet.press_for_modal(ADMIN, "preview.reply", shown)
    assert "How far do you agree" in said(shown)
    assert "Nobody reads what you write" in said(quiet.say_more(ADMIN, shown, "unquoted"))
    state = {
        "reply.text": {"text": {"type": "plain_text_input", "value": "Tomás waited for me, and asked twice."}}
    }
    answer = quiet.server.act(ADMIN, type="view_submit", view_id=shown.id, state=state)

    assert answer["ok"], answer
    assert "Nothing was stored" in said(quiet.workspace.stack(ADMIN)[-1])
    assert "Reply without your name" in question
    assert sorted(path.name for path in quiet.data_dir.rglob("*")) == before
    assert quiet.messages() == []
    assert stored(quiet) == ()


def test_trying_it_shows_a_quote_and_the_promise_too(quiet: World) -> None:
    shown = quiet.press_for_modal(ADMIN, "preview.open", new_form(quiet))
    quiet.press_for_modal(ADMIN, "preview.privacy", shown)
    assert "What leaves your hands" in said(shown)
    quiet.server.act(ADMIN, type="view_close", view_id=shown.id)

    form = quiet.press_for_modal(ADMIN, "preview.open", quiet.workspace.stack(ADMIN)[-1])
    quiet.press_for_modal(ADMIN, "preview.reply", form)
    quiet.say_more(ADMIN, form, "quoted")
    quiet.press_for_modal(ADMIN, "preview.quote", form)

    assert "Too short to be quoted" in said(form)


def test_what_is_not_filled_in_cannot_be_tried(quiet: World) -> None:
    form = new_form(quiet)
    change(quiet, form, "zone", "Atlantis")

    shown = quiet.press_for_modal(ADMIN, "preview.open", form)

    assert "no time zone that I know" in said(shown)


def test_a_schedule_of_the_list_can_be_tried_as_it_is(world: World) -> None:
    listed = world.command_for_modal(ADMIN, "/belonging schedule")

    shown = world.press_for_modal(ADMIN, "schedule.show", listed)

    assert "*Only you see this.*" in said(shown)
