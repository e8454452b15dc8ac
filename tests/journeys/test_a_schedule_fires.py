"""Flow (a): a schedule fires, once, and a round opens."""

import json
from datetime import timedelta
from pathlib import Path

from bot.app import system_clock
from bot.core.model import RoundState
from bot.demo.workspace import make_workspace
from tests.world import CHANNEL, CONFIG, World, a_world, channel_of, team_of, text_of


def rounds(world: World) -> list[RoundState]:
    assert world.bot
    with world.bot.services.store.transaction("test") as tx:
        return [round_.state for round_ in tx.list_channel_rounds(CHANNEL)]


def test_nothing_is_said_before_the_time(world: World) -> None:
    assert world.messages() == []


def test_at_the_time_the_prompt_is_in_the_channel_with_both_buttons(world: World) -> None:
    world.move(minutes=1)

    (announcement,) = world.messages()

    said = text_of(announcement.blocks)
    assert "Reply without your name" in said
    assert "How this stays confidential" in said
    assert rounds(world) == [RoundState.OPEN]


def test_a_fire_time_fires_once_however_often_the_bot_looks(asked: World) -> None:
    assert asked.bot

    asked.bot.run_due()
    asked.move(minutes=5)

    assert len(asked.messages()) == 1


def test_a_restart_does_not_ask_again(asked: World) -> None:
    asked.stop_bot()

    asked.start_bot().run_due()

    assert len(asked.messages()) == 1


def test_a_crash_before_the_announcement_is_mended_at_the_next_wake_up(world: World) -> None:
    world.server.fail_next("chat.postMessage", error="internal_error")
    world.move(minutes=1)
    assert world.messages() == []
    assert rounds(world) == [RoundState.OPEN]

    world.move(minutes=1)

    assert len(world.messages()) == 1
    assert rounds(world) == [RoundState.OPEN]


def test_a_prompt_missed_by_a_few_hours_still_comes_and_an_older_one_does_not(world: World) -> None:
    world.stop_bot()
    world.move(days=14, hours=3)

    world.start_bot().run_due()

    assert len(world.messages()) == 1
    assert rounds(world) == [RoundState.OPEN]


def test_a_prompt_missed_by_more_than_the_grace_is_skipped(world: World) -> None:
    world.stop_bot()
    world.move(hours=20)

    world.start_bot().run_due()

    assert world.messages() == []


def test_a_channel_smaller_than_the_threshold_is_not_asked(tmp_path: Path) -> None:
    team = team_of(4)
    with a_world(tmp_path, make_workspace(team, [channel_of(team)])) as world:
        world.move(minutes=1)

        assert world.messages() == []
        assert rounds(world) == []


def test_guests_bots_and_people_who_left_do_not_count(tmp_path: Path) -> None:
    team = team_of(7)
    team[4].is_restricted = True
    team[5].is_bot = True
    team[6].deleted = True
    with a_world(tmp_path, make_workspace(team, [channel_of(team)])) as world:
        world.move(minutes=1)

        assert rounds(world) == []


def test_without_a_support_contact_nothing_is_asked(tmp_path: Path) -> None:
    config = CONFIG.replace(
        'support: {{contact: "People team, people@example.org", crisis: "112", checked: 2026-11-01}}', ""
    )
    with a_world(tmp_path, config=config) as world:
        world.move(minutes=1)

        assert world.messages() == []


def test_the_alarm_itself_opens_the_round(world: World) -> None:
    """APScheduler rings by its own clock: the armed alarm is the next fire time, shifted to real time."""
    assert world.bot
    world.bot.run_due()
    alarms = [job for job in world.bot._timer._scheduler.get_jobs() if job.id.startswith("alarm:")]

    assert "2026-11-24T09:00:00+00:00" in {job.id.removeprefix("alarm:") for job in alarms}


def test_when_the_alarm_rings_the_round_opens(world: World) -> None:
    assert world.bot
    world.bot.run_due()
    world.clock.advance(timedelta(minutes=1))
    alarm = next(job for job in world.bot._timer._scheduler.get_jobs() if job.id.startswith("alarm:"))

    alarm.modify(next_run_time=system_clock())

    world.wait(lambda: len(world.messages()) == 1)


def test_every_message_names_the_same_round(asked: World) -> None:
    (announcement,) = asked.messages()

    values = [
        element["value"]
        for block in announcement.blocks
        for element in block.get("elements", [])
        if "value" in element
    ]

    assert len(set(values)) == 1
    assert json.dumps(announcement.blocks).count("reply.open") == 1


def test_an_admin_is_warned_that_a_small_channel_will_often_see_nothing(tmp_path: Path) -> None:
    team = team_of(7)
    team[0].is_admin = True
    with a_world(tmp_path, make_workspace(team, [channel_of(team)])) as world:
        world.move(minutes=1)

        admin, member = world.open_home(team[0].id), world.open_home(team[1].id)

        assert "7 people can reply" in text_of(admin.body["blocks"])
        assert "Small channels" not in text_of(member.body["blocks"])
