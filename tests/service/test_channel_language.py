"""The language of a channel: as an admin or config.yaml says, else that of most people, once and for good."""

from dataclasses import replace
from typing import Any

import pytest

from bot.core.changes import ChangeKind, ScheduleChange
from bot.core.language import ENGLISH, Language, Languages
from bot.core.model import MemberId, ScheduleId
from bot.core.schedule import Schedule, Source, Weekly
from bot.ports import Services
from bot.service.channel_language import channel_language, language_of_reader, settle_language
from bot.service.channels import refresh_channel
from bot.service.open_rounds import ask_now
from bot.service.recovery import apply_declared
from bot.service.run_due import run_due
from bot.service.schedules import pause_schedules, resume_schedules, save_schedule
from bot.service.upcoming import PlannedSchedule
from tests.fakes.directory import people
from tests.service.services import MONDAY, OTHER, TEAM, TUESDAY, Fakes, weekly
from tests.service.test_schedules import draft

ADMIN = MemberId("U01")
S1 = ScheduleId("s1")
SPOKEN = Languages([Language("de"), Language("fr")])
DECLARED = weekly(source=Source.CONFIG, language="")
GERMAN, FRENCH = "de-DE", "fr-FR"


@pytest.fixture
def fakes() -> Fakes:
    """A channel of eight, six of whom have set Slack to German and two to French."""
    fakes = Fakes()
    fakes.directory.admins = {ADMIN}
    fakes.directory.speaks = speaking(GERMAN, 6) | speaking(FRENCH, 2, start=7)
    return fakes


def speaking(locale: str, count: int, start: int = 1) -> dict[MemberId, str]:
    return dict.fromkeys(people(count, start=start), locale)


def spoken(fakes: Fakes) -> Services:
    return replace(fakes.services, languages=SPOKEN)


def declare(fakes: Fakes, *schedules: Schedule) -> None:
    """Start with these schedules in config.yaml, and look at the channel as ``run_due`` does once a day."""
    apply_declared(spoken(fakes), schedules, fakes.now)
    refresh_channel(spoken(fakes), TEAM)


def stored(fakes: Fakes) -> Schedule:
    with fakes.store.transaction("test") as tx:
        (schedule,) = tx.list_channel_schedules(TEAM)
    return schedule


def changes(fakes: Fakes) -> list[ScheduleChange]:
    with fakes.store.transaction("test") as tx:
        return list(tx.list_changes(TEAM, 20))


def untold(fakes: Fakes) -> list[ChangeKind]:
    with fakes.store.transaction("test") as tx:
        return [change.kind for _, change in tx.list_untold_changes()]


def save(fakes: Fakes, schedule_id: ScheduleId | None = None, **fields: Any) -> Schedule:
    made = save_schedule(spoken(fakes), draft(**fields), ADMIN, schedule_id)
    assert isinstance(made, PlannedSchedule), made
    return made.schedule


def test_a_schedule_of_config_yaml_gets_the_language_of_most_people_and_nobody_is_told(fakes: Fakes) -> None:
    declare(fakes, DECLARED)

    assert stored(fakes).language == "de"
    assert untold(fakes) == []


def test_a_restart_with_other_people_does_not_change_it(fakes: Fakes) -> None:
    declare(fakes, DECLARED)
    fakes.directory.speaks = speaking(FRENCH, 8)

    declare(fakes, DECLARED)

    assert stored(fakes).language == "de"
    assert untold(fakes) == []


def test_a_new_time_in_config_yaml_keeps_the_language_of_the_channel(fakes: Fakes) -> None:
    """It is a new schedule for the bot, and the same one for its channel."""
    declare(fakes, DECLARED)
    fakes.directory.speaks = speaking(FRENCH, 8)

    declare(fakes, replace(DECLARED, id=ScheduleId("s2"), recurrence=Weekly(every=1, weekdays=(3,))))

    assert stored(fakes).language == "de"


def test_what_config_yaml_says_counts_and_a_change_is_told(fakes: Fakes) -> None:
    declare(fakes, DECLARED)

    declare(fakes, replace(DECLARED, language="fr"))

    assert stored(fakes).language == "fr"
    assert untold(fakes) == [ChangeKind.LANGUAGE]
    declare(fakes, DECLARED)
    assert stored(fakes).language == "fr", "what is said no more stays"
    assert untold(fakes) == [ChangeKind.LANGUAGE]


def test_while_slack_cannot_be_asked_it_is_left_open_and_found_out_later(fakes: Fakes) -> None:
    apply_declared(spoken(fakes), [DECLARED], fakes.now)
    fakes.directory.down = True
    assert settle_language(spoken(fakes), stored(fakes)).language == ""
    assert channel_language(spoken(fakes), TEAM).code == "en"

    fakes.directory.down = False
    refresh_channel(spoken(fakes), TEAM)

    assert stored(fakes).language == "de"


def test_nothing_is_taken_for_good_while_nobodys_language_is_known(fakes: Fakes) -> None:
    fakes.directory.speaks = {}
    declare(fakes, DECLARED)

    assert stored(fakes).language == ""
    assert channel_language(spoken(fakes), TEAM) == ENGLISH


def test_it_is_found_out_before_the_first_question_at_the_latest(fakes: Fakes) -> None:
    apply_declared(spoken(fakes), [DECLARED], MONDAY)
    fakes.now = TUESDAY

    run_due(spoken(fakes))

    assert stored(fakes).language == "de"
    assert len(fakes.rounds()) == 1


def test_a_question_asked_without_a_schedule_stores_none(fakes: Fakes) -> None:
    ask_now(spoken(fakes), TEAM, ADMIN)

    with fakes.store.transaction("test") as tx:
        assert tx.list_channel_schedules(TEAM) == ()


def test_somebody_who_sets_it_meanwhile_wins(fakes: Fakes) -> None:
    fakes.put(weekly(language="fr"))

    assert settle_language(spoken(fakes), weekly(language="")).language == "fr"
    assert stored(fakes).language == "fr"


def test_a_schedule_saved_without_a_language_gets_that_of_most_people(fakes: Fakes) -> None:
    assert save(fakes).language == "de"
    assert [change.schedule.language for change in changes(fakes)] == ["de"]


def test_the_present_language_of_the_channel_decides_between_as_many_people(fakes: Fakes) -> None:
    fakes.directory.speaks = speaking(GERMAN, 4) | speaking(FRENCH, 4, start=5)
    save(fakes, language="fr")

    assert save(fakes, recurrence=Weekly(every=1, weekdays=(4,))).language == "fr"


def test_a_language_survives_editing_pausing_and_resuming(fakes: Fakes) -> None:
    made = save(fakes, language="fr")

    pause_schedules(spoken(fakes), [made], ADMIN)
    assert stored(fakes).language == "fr"
    resume_schedules(spoken(fakes), [stored(fakes)], ADMIN)
    assert stored(fakes).language == "fr"
    fakes.directory.members[OTHER] = people(8)
    moved = save(fakes, made.id, language="fr", channel=OTHER)

    assert (moved.channel, moved.language) == (OTHER, "fr")
    assert {change.schedule.language for change in changes(fakes)} == {"fr"}


def test_another_language_is_told_by_itself_and_another_time_beside_it(fakes: Fakes) -> None:
    made = save(fakes, language="de")
    run_due(spoken(fakes))

    save(fakes, made.id, language="fr")
    assert untold(fakes) == [ChangeKind.LANGUAGE]
    run_due(spoken(fakes))
    assert fakes.messenger.channels_told[-1] == ("language", TEAM, None)

    save(fakes, made.id, language="de", threshold=6)
    assert untold(fakes) == [ChangeKind.CHANGED, ChangeKind.LANGUAGE]
    run_due(spoken(fakes))
    save(fakes, made.id, language="de", threshold=6)
    assert untold(fakes) == [ChangeKind.CHANGED], "saved as it was, it is told as before"


def test_a_channel_without_a_schedule_reads_the_language_of_most_people(fakes: Fakes) -> None:
    assert channel_language(spoken(fakes), TEAM).code == "de"
    fakes.put(weekly(language="fr"))
    assert channel_language(spoken(fakes), TEAM).code == "fr"


def test_the_language_of_a_private_channel_is_told_to_nobody_outside(fakes: Fakes) -> None:
    """Else the answer “Not here” tells that the bot asks there, and in which language."""
    fakes.languages = SPOKEN
    fakes.put(weekly(language="de"))
    inside, outside = min(fakes.directory.audience(TEAM)), MemberId("U0OUTSIDE")
    fakes.directory.workspace.add(outside)
    fakes.directory.speaks = {inside: "it-IT", outside: "it-IT"}

    assert "de" == language_of_reader(fakes.services, outside, TEAM).code
    fakes.directory.private.add(TEAM)
    assert ("de", "en") == tuple(
        language_of_reader(fakes.services, who, TEAM).code for who in (inside, outside)
    )
