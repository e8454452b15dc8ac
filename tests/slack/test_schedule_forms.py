"""The schedule form taken apart: what it shows comes back, and nothing that is typed breaks it."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from itertools import islice
from pathlib import Path
from typing import Any

import holidays
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.config import load_pack
from bot.config.calendars import holiday_calendar
from bot.core.changes import ScheduleDraft
from bot.core.channel_language import UsualLanguage
from bot.core.language import ENGLISH, Language, Languages
from bot.core.model import ChannelId, PackId, ReleasePolicy, ScheduleId
from bot.core.schedule import MonthlyDay, MonthlyWeekday, QuietDays, Weekly, fire_times
from bot.core.settings import ScheduleDefaults, Settings
from bot.demo.block_kit import check_view
from bot.slack.kit.limits import fit_view
from bot.slack.schedule.field_blocks import Entries
from bot.slack.schedule.fields import parse_quiet, parse_zone, quiet_lines, zones
from bot.slack.schedule.form_blocks import next_questions, schedule_form
from bot.slack.schedule.forms import (
    FormContext,
    FormState,
    entries_of,
    form_state_metadata,
    new_entries,
    parse_form_state,
    parse_schedule,
    read_entries,
)
from tests.languages import PSEUDO
from tests.slack.forms_filled import sent

PACK = load_pack(Path(__file__).resolve().parents[2] / "prompts" / "belonging")
SETTINGS = Settings(
    support=None,
    policy=ReleasePolicy(),
    packs={PACK.id: PACK, PackId("other"): replace(PACK, id=PackId("other"), title="Other questions")},
    defaults=ScheduleDefaults(zone="Europe/Berlin", quiet=QuietDays(holidays="DE-BE")),
)
NOW = datetime(2026, 11, 24, 8, 59, tzinfo=UTC)
"""A Tuesday, 9:59 in Berlin."""

REGIONS = [
    "-".join([country, *rest])
    for country, subdivisions in holidays.list_supported_countries(include_aliases=False).items()
    for rest in ([], *([one] for one in subdivisions))
]

SPOKEN = Languages([Language("de"), Language("fr")])
FRAME = FormContext(settings=SETTINGS, holidays=holiday_calendar, now=NOW, languages=SPOKEN)
NEW = new_entries(SETTINGS, ChannelId("C02PRODUCT"), "Europe/Berlin")
DRAFT = ScheduleDraft(
    channel=ChannelId("C02PRODUCT"),
    recurrence=Weekly(every=2, weekdays=(1,), since=date(2026, 11, 23)),
    at=time(10),
    zone="Europe/Berlin",
    pack=PACK.id,
    open_for=timedelta(days=3),
    threshold=5,
    quiet=QuietDays(holidays="DE-BE"),
)

days = st.integers(0, 6)
weeklies = st.builds(
    Weekly,
    every=st.integers(1, 4),
    weekdays=st.sets(days, min_size=1).map(lambda found: tuple(sorted(found))),
    since=st.dates(date(2024, 1, 1), date(2026, 11, 23)),
)
recurrences = st.one_of(
    weeklies,
    st.builds(MonthlyDay, day=st.integers(1, 31)),
    st.builds(MonthlyWeekday, which=st.sampled_from([1, -1]), weekday=days),
)
ranges = st.tuples(st.dates(), st.dates()).map(lambda pair: (min(pair), max(pair)))
drafts = st.builds(
    ScheduleDraft,
    channel=st.from_regex(r"C[A-Z0-9]{5,10}", fullmatch=True).map(ChannelId),
    recurrence=recurrences,
    at=st.builds(time, st.integers(0, 23), st.integers(0, 59)),
    zone=st.sampled_from(sorted(zones())),
    pack=st.sampled_from(sorted(SETTINGS.packs)),
    open_for=st.integers(24 * 60, 40 * 24 * 60).map(lambda minutes: timedelta(minutes=minutes)),
    threshold=st.integers(5, 20),
    reminder=st.booleans(),
    quiet=st.builds(
        QuietDays,
        holidays=st.sampled_from([None, "DE", "DE-BE", "US-CA", "BE", "TV"]),
        ranges=st.lists(ranges, max_size=5).map(tuple),
    ),
    tenure=st.booleans(),
    language=st.sampled_from(["", *(one.code for one in SPOKEN)]),
)
typed = st.one_of(
    st.text(max_size=30),
    st.from_regex(r"[0-9]{1,4}-[0-9]{1,2}-[0-9]{1,2}(\.\.[0-9]{4}-[0-9]{2}-[0-9]{2})?", fullmatch=True),
    st.from_regex(r"[0-9]{1,2}:[0-9]{1,2}", fullmatch=True),
    st.from_regex(r"[A-Z]{2}(-[A-Z]{1,3})?", fullmatch=True),
    st.sampled_from(["25:00", "²", "٣", "utils", "../etc/passwd", "posix/UTC", "Etc", "\0", "-1", "1e9"]),
)


def form_of(entries: Entries, *, more: bool = True, **shown: Any) -> dict[str, Any]:
    return schedule_form(
        entries,
        [],
        form_state_metadata(FormState()),
        settings=SETTINGS,
        more=more,
        new=True,
        **{"languages": SPOKEN, **shown},
    )


def errors_of(**changes: Any) -> dict[str, str]:
    entries = read_entries(sent(form_of(NEW), **changes), NEW)
    found = parse_schedule(entries, FRAME)
    assert isinstance(found, dict), found
    return found


def draft_of(**changes: Any) -> ScheduleDraft:
    entries = read_entries(sent(form_of(NEW), **changes), NEW)
    found = parse_schedule(entries, FRAME)
    assert isinstance(found, ScheduleDraft), found
    return found


def schedule_before(draft: ScheduleDraft) -> Any:
    return draft.schedule(ScheduleId("s00000000001"), SETTINGS.policy, NOW)


@given(drafts)
def test_a_schedule_that_is_opened_and_saved_untouched_stays_the_same(draft: ScheduleDraft) -> None:
    entries = entries_of(draft)
    frame = replace(FRAME, before=schedule_before(draft))

    assert draft == parse_schedule(read_entries(sent(form_of(entries)), NEW), frame)


@given(drafts)
def test_it_stays_the_same_in_a_form_in_another_language(draft: ScheduleDraft) -> None:
    entries = entries_of(draft, PSEUDO)
    frame = replace(FRAME, before=schedule_before(draft))
    form = form_of(entries, language=PSEUDO)

    assert draft == parse_schedule(read_entries(sent(form), NEW), frame, PSEUDO)


@given(drafts)
def test_what_is_not_shown_stays_as_it_was(draft: ScheduleDraft) -> None:
    entries = entries_of(draft)
    frame = replace(FRAME, before=schedule_before(draft))

    assert draft == parse_schedule(read_entries(sent(form_of(entries, more=False)), entries), frame)


@given(st.data())
def test_any_text_gives_a_draft_or_a_sentence_at_a_field(data: st.DataObject) -> None:
    names = [name.name for name in Entries.__dataclass_fields__.values()]
    changed = data.draw(st.lists(st.sampled_from(names), unique=True, min_size=1))
    values = {name: data.draw(st.lists(typed) if name == "weekdays" else typed) for name in changed}
    view = sent(form_of(NEW), **values)

    found = parse_schedule(read_entries(view, NEW), FRAME)

    if isinstance(found, dict):
        assert found
        assert set(found) <= {f"schedule.{name}" for name in names}
        assert all(sentence.endswith((".", "?")) for sentence in found.values())
    else:
        next(fire_times(schedule_before(found), NOW, holiday_calendar), None)


@given(
    st.dictionaries(
        st.sampled_from([f"schedule.{name}" for name in Entries.__dataclass_fields__]),
        st.recursive(
            st.none() | st.booleans() | st.integers() | typed,
            lambda inner: (
                st.lists(inner, max_size=3)
                | st.dictionaries(
                    st.sampled_from(
                        [
                            "schedule.preview",
                            "value",
                            "selected_option",
                            "selected_options",
                            "selected_time",
                            "selected_conversation",
                        ]
                    ),
                    inner,
                    max_size=3,
                )
            ),
            max_leaves=8,
        ),
    )
)
def test_nothing_that_comes_back_breaks_the_form_or_its_preview(values: dict[str, Any]) -> None:
    entries = read_entries({"state": {"values": values}}, NEW)

    found = parse_schedule(entries, FRAME)
    form_of(entries, more=False)
    form_of(entries)

    assert isinstance(found, (dict, ScheduleDraft))


@given(st.text(max_size=60) | st.none() | st.integers())
def test_metadata_that_is_not_ours_is_an_empty_state(metadata: Any) -> None:
    assert parse_form_state(metadata) == FormState()


@pytest.mark.parametrize("metadata", ["{", "[]", "3", '{"id": 3, "more": "yes", "mine": "Nowhere"}'])
def test_forged_metadata_is_an_empty_state(metadata: str) -> None:
    assert parse_form_state(metadata) == FormState()


@given(
    st.sampled_from(sorted(zones())),
    st.booleans(),
    st.none() | st.text(min_size=1, max_size=12),
    st.sampled_from(["en", "de", "pt-BR"]),
)
def test_a_state_comes_back_as_it_went(
    mine: str,
    more: bool,  # noqa: FBT001
    schedule_id: str | None,
    code: str,
) -> None:
    state = FormState(
        schedule_id=ScheduleId(schedule_id) if schedule_id else None,
        more=more,
        admin_zone=mine,
        language=code,
    )

    assert parse_form_state(form_state_metadata(state)) == state


@given(st.sampled_from(sorted(zones())))
def test_every_zone_is_found_by_its_name_in_any_letters(zone: str) -> None:
    assert parse_zone(zone) == zone
    assert parse_zone(f"  {zone.lower().replace('_', ' ')} ").lower() == zone.lower()


@pytest.mark.parametrize(
    ("typed_zone", "zone"),
    [
        ("berlin", "Europe/Berlin"),
        ("New York", "America/New_York"),
        ("new york ", "America/New_York"),
        ("SÃO PAULO", None),
        ("sao paulo", "America/Sao_Paulo"),
        ("utc", "UTC"),
        ("Kathmandu", "Asia/Kathmandu"),
        ("Louisville", "America/Louisville"),
    ],
)
def test_a_city_is_enough_for_a_time_zone(typed_zone: str, zone: str | None) -> None:
    if zone is None:
        assert "is no time zone that I know" in errors_of(zone=typed_zone)["schedule.zone"]
    else:
        assert draft_of(zone=typed_zone).zone == zone


def test_no_zone_is_meant_by_an_offset_whose_sign_would_be_turned_round() -> None:
    assert "schedule.zone" in errors_of(zone="GMT+2")


GERMAN = Language("de")


def shown_language(form: dict[str, Any]) -> tuple[str, str]:
    """The language that a form shows as chosen, and the hint below it; empty where it does not ask."""
    found = [block for block in form["blocks"] if block.get("block_id", "").startswith("schedule.language:")]
    if not found:
        return "", ""
    return found[0]["element"]["initial_option"]["text"]["text"], found[0]["hint"]["text"]


def test_a_new_schedule_starts_at_the_language_of_most_people_and_says_so() -> None:
    form = form_of(NEW, usual=UsualLanguage(GERMAN, of_most=True, known=True))

    chosen, hint = shown_language(form)

    assert chosen == "Deutsch"
    assert hint.startswith("Most people in this channel use Slack in Deutsch. What everybody here reads")
    found = parse_schedule(read_entries(sent(form), NEW), FRAME)
    assert isinstance(found, ScheduleDraft)
    assert found.language == "de"


def test_it_does_not_say_most_where_it_is_not_most_of_them() -> None:
    form = form_of(NEW, usual=UsualLanguage(GERMAN, of_most=False, known=True))

    chosen, hint = shown_language(form)

    assert chosen == "Deutsch"
    assert "Most people" not in hint


def test_all_languages_can_be_chosen_by_their_own_names() -> None:
    form = form_of(replace(NEW, language="fr"))
    (block,) = (
        block for block in form["blocks"] if block.get("block_id", "").startswith("schedule.language:")
    )

    names = [option["text"]["text"] for option in block["element"]["options"]]

    assert [one.name for one in SPOKEN] == names
    assert names[:3] == ["English", "Deutsch", "Français"]
    entries = read_entries(sent(form, language="de"), NEW)
    assert entries.language == "de"


def test_a_form_does_not_ask_before_the_language_of_most_is_known_or_where_there_is_one_only() -> None:
    assert shown_language(form_of(NEW)) == ("", "")
    only = form_of(replace(NEW, language="en"), languages=Languages())
    assert shown_language(only) == ("", "")


def test_another_channel_is_asked_for_anew_and_a_changed_schedule_keeps_its_language() -> None:
    """What the form shows for one channel says nothing of another one."""
    new = form_of(NEW, usual=UsualLanguage(GERMAN, of_most=True, known=True))
    set_before = entries_of(replace(DRAFT, language="fr"))

    assert read_entries(sent(new, channel="C0OTHER"), NEW).language == ""
    assert read_entries(sent(form_of(set_before), channel="C0OTHER"), set_before).language == "fr"


def test_a_language_that_the_bot_does_not_speak_is_refused_unless_it_was_there_before() -> None:
    entries = replace(NEW, language="xx")
    assert parse_schedule(entries, FRAME) == {"schedule.language": "Please choose a language."}

    before = schedule_before(replace(DRAFT, language="xx"))
    kept = parse_schedule(entries, replace(FRAME, before=before))
    assert isinstance(kept, ScheduleDraft)
    assert kept.language == "xx"


@given(st.lists(ranges, max_size=5))
def test_quiet_days_are_read_as_they_are_shown_in_any_language(quiet: list[tuple[date, date]]) -> None:
    for language in (ENGLISH, GERMAN):
        assert parse_quiet(quiet_lines(tuple(quiet), language)) == tuple(quiet)


def test_errors_and_fields_come_in_the_language_of_the_form() -> None:
    wrong = replace(NEW, at="25:00", zone="Atlantis", quiet="Christmas")

    found = parse_schedule(wrong, FRAME, PSEUDO)
    labels = [block["label"]["text"] for block in form_of(NEW, language=PSEUDO)["blocks"] if "label" in block]

    assert isinstance(found, dict)
    assert len(found) == 3
    assert all(text.startswith("[!!!") for text in (*found.values(), *labels))


WRONG = {
    "an hour that no clock shows": ({"at": "25:00"}, "at", "no time of day"),
    "no time": ({"at": None}, "at", "Please choose a time"),
    "a day that is in no calendar": ({"quiet": "2026-02-31"}, "quiet", "not in the calendar"),
    "a quiet range that ends before it begins": ({"quiet": "2027-01-03..2026-12-24"}, "quiet", "ends before"),
    "words in place of a date": ({"quiet": "2026-12-24\nChristmas"}, "quiet", "“Christmas” is no date"),
    "an unknown zone": ({"zone": "Atlantis"}, "zone", "is no time zone"),
    "a zone with a slip": ({"zone": "Europe/Berln"}, "zone", "Did you mean Europe/Berlin?"),
    "no zone": ({"zone": ""}, "zone", "write a city"),
    "an interval of no weeks": ({"rhythm": "0"}, "rhythm", "how often"),
    "no interval": ({"rhythm": None}, "rhythm", "how often"),
    "no weekday": ({"weekdays": []}, "weekdays", "at least one weekday"),
    "a weekday that is none": ({"weekdays": ["7"]}, "weekdays", "at least one weekday"),
    "a 32nd": ({"rhythm": "day", "day": "32"}, "day", "from 1 to 31"),
    "an unknown country": ({"holidays": "Narnia"}, "holidays", "no public holidays of “Narnia”"),
    "an unknown region": ({"holidays": "DE-XX"}, "holidays", "no public holidays of “DE-XX”"),
    "a part of the calendar's own program": ({"holidays": "utils"}, "holidays", "no public holidays"),
    "no channel": ({"channel": None}, "channel", "choose a channel"),
    "a pack that is not there": ({"pack": "gone"}, "pack", "where the questions come from"),
    "a round of an hour": ({"open_for": "60"}, "open_for", "at least 1 day"),
    "a threshold below the promise": ({"threshold": "4"}, "threshold", "one of the numbers"),
    "a threshold above it": ({"threshold": "21"}, "threshold", "one of the numbers"),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_is_wrong_is_said_at_its_field(name: str) -> None:
    changes, field, words = WRONG[name]

    errors = errors_of(**changes)

    assert [f"schedule.{field}"] == list(errors)
    assert words in errors[f"schedule.{field}"]


def test_several_wrong_fields_are_all_told() -> None:
    assert {"schedule.at", "schedule.zone"} == set(errors_of(at="25:00", zone="Atlantis"))


@pytest.mark.parametrize(
    "line",
    ["2026-12-24..2027-01-03", "2026-12-24 to 2027-01-03", " 2026-12-24 – 2027-01-03 "],
)
def test_a_quiet_range_may_be_written_in_several_ways(line: str) -> None:
    assert draft_of(quiet=line).quiet.ranges == ((date(2026, 12, 24), date(2027, 1, 3)),)


def test_the_31st_is_a_day_of_every_month() -> None:
    draft = draft_of(rhythm="day", day="31")

    assert draft.recurrence == MonthlyDay(day=31)


@pytest.mark.parametrize(
    ("typed_region", "region"), [("de-be", "DE-BE"), (" DE ", "DE"), ("none", None), ("", None)]
)
def test_a_region_may_be_written_in_small_letters(typed_region: str, region: str | None) -> None:
    assert draft_of(holidays=typed_region).quiet.holidays == region


@given(st.sampled_from(REGIONS))
def test_every_region_that_config_yaml_may_name_may_be_named_here(region: str) -> None:
    assert draft_of(holidays=region).quiet.holidays == region


@pytest.mark.parametrize(
    ("rhythm", "first"),
    [("1", "2026-11-24 09:00"), ("2", "2026-11-24 09:00"), ("4", "2026-11-24 09:00")],
)
def test_a_new_schedule_begins_this_week_where_its_time_is_still_to_come(rhythm: str, first: str) -> None:
    schedule = schedule_before(draft_of(rhythm=rhythm))

    assert f"{next(fire_times(schedule, NOW, holiday_calendar)):%Y-%m-%d %H:%M}" == first


@pytest.mark.parametrize("rhythm", ["1", "2", "3", "4"])
def test_a_new_schedule_begins_next_week_where_this_weeks_time_has_gone(rhythm: str) -> None:
    schedule = schedule_before(draft_of(rhythm=rhythm, at="09:30"))

    assert f"{next(fire_times(schedule, NOW, holiday_calendar)):%Y-%m-%d}" == "2026-12-01"


def test_a_changed_schedule_goes_on_counting_its_weeks() -> None:
    before = schedule_before(
        replace(DRAFT, recurrence=Weekly(every=2, weekdays=(1,), since=date(2026, 11, 16)))
    )
    frame = replace(FRAME, before=before)
    entries = read_entries(sent(form_of(NEW), weekdays=["3"]), NEW)

    draft = parse_schedule(entries, frame)

    assert isinstance(draft, ScheduleDraft)
    assert draft.recurrence == Weekly(every=2, weekdays=(3,), since=date(2026, 11, 16))


def test_a_new_form_asks_every_two_weeks_by_the_defaults_of_the_configuration() -> None:
    assert parse_schedule(NEW, FRAME) == DRAFT


def test_a_zone_that_nobody_knows_gives_way_to_the_configured_one() -> None:
    assert new_entries(SETTINGS, ChannelId("C1"), "Mars/Olympus").zone == "Europe/Berlin"


def test_the_only_pack_needs_no_choice() -> None:
    frame = replace(FRAME, settings=replace(SETTINGS, packs={PACK.id: PACK}))

    draft = parse_schedule(replace(NEW, pack="gone"), frame)

    assert isinstance(draft, ScheduleDraft)
    assert draft.pack == PACK.id


def test_another_rhythm_takes_the_weekday_along() -> None:
    entries = read_entries(sent(form_of(NEW), rhythm="first", weekdays=["3"]), NEW)

    (weekday,) = [
        block for block in form_of(entries)["blocks"] if block.get("block_id") == "schedule.weekday"
    ]

    assert weekday["element"]["initial_option"]["value"] == "3"


@given(drafts, st.sampled_from(sorted(zones())))
def test_the_preview_never_fails(draft: ScheduleDraft, mine: str) -> None:
    schedule = schedule_before(draft)
    first = next(fire_times(schedule, NOW, holiday_calendar), None)

    said = next_questions(schedule, [first] if first else [], mine)

    assert draft.zone in said[0]["text"]["text"]


@given(drafts, st.booleans(), st.sampled_from(["UTC", "Asia/Kathmandu"]))
def test_slack_takes_the_form_of_every_schedule(draft: ScheduleDraft, more: bool, mine: str) -> None:  # noqa: FBT001
    schedule = schedule_before(draft)
    times = list(islice(fire_times(schedule, NOW, holiday_calendar), 3))
    preview = next_questions(schedule, times, mine, "x" * 200)
    metadata = form_state_metadata(FormState(schedule_id=ScheduleId("s" * 12), more=more, admin_zone=mine))

    view = schedule_form(entries_of(draft), preview, metadata, settings=SETTINGS, more=more, new=False)

    assert [] == check_view(fit_view(view), "modal")


def test_quiet_days_that_no_field_can_hold_begin_with_the_last_of_them() -> None:
    many = tuple((date(2026, 1, 1) + timedelta(days=day),) * 2 for day in range(400))

    kept = parse_quiet(quiet_lines(many))

    assert kept == many[-len(kept) :]
    assert len(kept) > 200
