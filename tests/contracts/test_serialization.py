"""Stored values come back as they were, and in the form that older rows have."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given

from bot.core.counts import count_of
from bot.core.model import ReleasePolicy, Round, RoundPrompt, StatementId
from bot.core.norms import Norm
from bot.core.release import GroupCount, Release, StatementRelease, Withheld
from bot.core.replies import Tenure
from bot.core.schedule import QuietDays, Recurrence, Schedule, Weekly
from bot.store.mapping import round_of, round_row, schedule_of, schedule_row
from bot.store.serialization import dumps, loads, time_text
from tests.contracts.values import (
    a_norm,
    a_result,
    a_round,
    moments,
    quiet_days,
    recurrences,
    releases,
    rounds,
    schedules,
)


@given(schedules)
def test_a_schedule_survives_its_row(schedule: Schedule) -> None:
    assert schedule == schedule_of(schedule_row(schedule))


@given(rounds)
def test_a_round_survives_its_row(round_: Round) -> None:
    assert round_ == round_of(round_row(round_))


@given(rounds)
def test_the_translations_of_a_round_survive_its_row(round_: Round) -> None:
    assert round_.prompt.translations == round_of(round_row(round_)).prompt.translations


def test_a_round_from_before_translations_is_english_alone() -> None:
    asked = dumps(a_round().prompt)
    older = asked.replace(',"language":"en","translations":{}', "")

    assert older != asked
    found = loads(RoundPrompt, older)
    assert (a_round().prompt, "en", {}) == (found, found.language, found.translations)


@pytest.mark.parametrize("wrong", ["[]", '{"de":[]}', '{"de":{"label":1}}', '{"de":{"label":null}}', "null"])
def test_translations_of_another_form_are_refused(wrong: str) -> None:
    text = dumps(a_round().prompt).replace('"translations":{}', f'"translations":{wrong}')

    with pytest.raises(ValueError, match="RoundPrompt"):
        loads(RoundPrompt, text)


@given(releases)
def test_a_result_survives_its_json(release: Release) -> None:
    assert release == loads(Release, dumps(release))


@given(recurrences, quiet_days)
def test_recurrences_and_quiet_days_survive_their_json(recurrence: Recurrence, quiet: QuietDays) -> None:
    assert recurrence == loads(Recurrence, dumps(recurrence))
    assert quiet == loads(QuietDays, dumps(quiet))


@given(moments, moments)
def test_stored_moments_sort_as_text_as_they_do_in_time(one: datetime, other: datetime) -> None:
    assert (one < other) == (time_text(one) < time_text(other))


def test_a_withheld_result_is_stored_without_any_number() -> None:
    assert dumps(Withheld(round_id="00000000000a")) == '{"kind":"Withheld","round_id":"00000000000a"}'


def test_the_stored_form_of_a_result_does_not_change() -> None:
    assert dumps(a_result()) == (
        '{"kind":"Published","round_id":"00000000000a","replies":12,"audience":14,'
        '"items":[{"kind":"ItemRelease","item":"voice","count":{"kind":"Count","of":12,"low":9,"high":12},'
        '"groups":[]},{"kind":"ItemRelease","item":"q","count":null,"groups":[]}],'
        '"tags":[{"kind":"TagRelease","tag":"t1","count":{"kind":"Count","of":12,"low":5,"high":5}}],'
        '"quotes":["We could say so sooner. 🌱"],"removed":[],"proposals":[],"outcome":null,"tied":false}'
    )


def test_a_result_from_before_quotes_could_be_taken_down_is_read() -> None:
    older = dumps(a_result()).replace(',"removed":[]', "")

    assert loads(Release, older) == a_result()


def test_a_result_from_before_proposals_is_read() -> None:
    older = dumps(a_result()).replace(',"proposals":[],"outcome":null,"tied":false', "")

    assert older != dumps(a_result())
    assert loads(Release, older) == a_result()


def test_a_round_from_before_co_creation_reflects_and_took_its_turn() -> None:
    asked = dumps(a_round().prompt)
    older = asked.replace(',"kind_":"reflect","norm":null,"in_turn":true', "")

    assert older != asked
    assert older.startswith('{"kind":"RoundPrompt",')
    assert loads(RoundPrompt, older) == a_round().prompt


def test_the_stored_form_of_a_norm_does_not_change() -> None:
    assert dumps(a_norm()) == (
        '{"kind":"Norm","id":"n1","channel":"C1","handle":"B","text":"When …, we …","steps":['
        '{"kind":"NormStep","state":"proposed","on":"2026-11-02","round":4,"reason":""},'
        '{"kind":"NormStep","state":"candidate","on":"2026-11-30","round":8,"reason":""},'
        '{"kind":"NormStep","state":"trying","on":"2026-12-07","round":9,"reason":""}],'
        '"look_again_on":"2027-01-04"}'
    )
    assert loads(Norm, dumps(a_norm())) == a_norm()


def test_a_stored_norm_with_a_history_that_no_ledger_can_have_is_refused() -> None:
    text = dumps(a_norm()).replace('"state":"candidate"', '"state":"kept"')

    with pytest.raises(ValueError, match="cannot become kept"):
        loads(Norm, text)


def test_a_result_from_before_the_tenure_groups_is_read() -> None:
    older = dumps(a_result()).replace(',"groups":[]', "")

    assert older != dumps(a_result())
    assert loads(Release, older) == a_result()


def test_the_stored_form_of_tenure_groups_does_not_change() -> None:
    parts = zip(Tenure, (count_of(7, 9), count_of(15, 15)), strict=False)
    groups = tuple(GroupCount(group=group, count=count) for group, count in parts)
    split = StatementRelease(statement=StatementId("voice"), count=None, groups=groups)

    assert dumps(split) == (
        '{"kind":"ItemRelease","item":"voice","count":null,"groups":['
        '{"kind":"GroupCount","group":"newer","count":{"kind":"Count","of":9,"low":7,"high":9}},'
        '{"kind":"GroupCount","group":"longer","count":{"kind":"Count","of":15,"low":12,"high":15}}]}'
    )
    assert loads(StatementRelease, dumps(split)) == split


def test_a_stored_total_beside_its_groups_is_refused() -> None:
    text = dumps(StatementRelease(statement=StatementId("voice"), count=count_of(7, 9)))
    part = dumps(GroupCount(group=Tenure.NEWER, count=count_of(7, 9)))

    with pytest.raises(ValueError, match="never both"):
        loads(StatementRelease, text.replace('"groups":[]', f'"groups":[{part}]'))


def test_a_round_from_before_the_tenure_question_does_not_ask_it() -> None:
    asked = dumps(replace(a_round().prompt, asks_tenure=True))
    older = asked.replace(',"asks_tenure":true', "")

    assert loads(RoundPrompt, asked).asks_tenure
    assert older != asked
    assert loads(RoundPrompt, older) == a_round().prompt


def test_a_field_that_an_older_row_lacks_has_its_default() -> None:
    assert loads(ReleasePolicy, '{"threshold":7}') == ReleasePolicy(threshold=7)
    assert loads(Recurrence, '{"kind":"Weekly","every":2,"weekdays":[1]}') == Weekly(every=2, weekdays=(1,))


@pytest.mark.parametrize(
    "text", ["", "null", "[]", "{}", '{"kind":"Daily"}', '{"kind":"Weekly","every":"2","weekdays":[1]}']
)
def test_what_is_no_stored_value_is_refused(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - orjson's own and ours
        loads(Recurrence, text)


@pytest.mark.parametrize("wrong", ["null", '"8"', "8.5", "[]", "1" + "0" * 30])
def test_a_number_that_is_stored_as_something_else_is_refused_and_never_converted(wrong: str) -> None:
    with pytest.raises(ValueError, match="not a stored ReleasePolicy"):
        loads(ReleasePolicy, f'{{"threshold":{wrong}}}')


@pytest.mark.parametrize("wrong", ["null", "8", "true", "[]"])
def test_a_text_that_is_stored_as_something_else_is_refused_and_never_converted(wrong: str) -> None:
    with pytest.raises(ValueError, match="not a stored Withheld"):
        loads(Withheld, f'{{"round_id":{wrong}}}')


def test_a_duration_that_no_clock_can_hold_is_refused() -> None:
    with pytest.raises(ValueError, match="not a stored ReleasePolicy"):
        loads(ReleasePolicy, '{"min_open":1000000000000000000}')


def test_what_has_no_stored_form_is_refused() -> None:
    with pytest.raises(TypeError, match="not JSON serializable: object"):
        dumps(object())
    with pytest.raises(ValueError, match="whole seconds"):
        dumps(timedelta(milliseconds=1))
    with pytest.raises(ValueError, match="zone"):
        dumps(datetime(2026, 1, 1, tzinfo=UTC).replace(tzinfo=None))
