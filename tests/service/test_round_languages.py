"""A round is asked in the language of its channel, where its whole form is there in it."""

from dataclasses import replace

import pytest

from bot.core.language import ENGLISH_ONLY
from bot.core.model import MemberId, PackId, PromptPack, Round, RoundKind
from bot.core.schedule import Schedule
from bot.errors import SlackError
from bot.ports import AdminNote
from bot.service.channels import refresh_channel
from bot.service.open_rounds import ask_now
from bot.service.preview import preview_round
from bot.service.run_due import run_due
from tests.fakes.directory import FakeDirectory
from tests.service.norm_services import DAY, EIGHT, PACK, box, close, fire, until, week
from tests.service.services import MONDAY, TEAM, Fakes, weekly
from tests.translated_packs import SPOKEN, translated, without_text

ADMIN = MemberId("U0ADMIN")


GERMAN = translated(PACK, "de", "fr")


def in_german(fakes: Fakes, pack: PromptPack = GERMAN, **schedule: str) -> Fakes:
    """Fakes whose channel reads German, with this pack."""
    fakes.languages = SPOKEN
    fakes.with_settings(packs={PackId("belonging"): pack}, admins=frozenset({ADMIN}))
    fakes.put(weekly(**({"language": "de"} | schedule)))
    refresh_channel(fakes.services, TEAM)
    return fakes


def lacking(*places: str) -> PromptPack:
    """The pack without these texts in German."""
    return without_text(GERMAN, "de", *places)


def told(fakes: Fakes) -> list[AdminNote]:
    return [note for _, note, _, _ in fakes.messenger.admins_told]


def labels() -> list[str]:
    """The ids of all labels: without them no form about a topic is whole."""
    return [f"{topic.key}.label" for topic in PACK.dimensions]


def test_a_round_is_in_the_language_of_its_channel_and_holds_every_whole_translation(fakes: Fakes) -> None:
    round_ = fire(in_german(fakes), 0)

    assert "de" == round_.language
    assert ("en", ["de", "fr"]) == (round_.prompt.language, list(round_.prompt.translations))
    assert [] == told(fakes)


def test_a_language_that_is_not_whole_falls_back_and_an_admin_is_told_once(fakes: Fakes) -> None:
    team = in_german(fakes, lacking(*labels()))
    for number in range(3):
        week(team, number)
    rounds = team.rounds()

    assert [1, 2, 3] == [one.number for one in rounds if one.number]
    assert {("en", ("fr",))} == {
        (one.language, tuple(one.prompt.translations)) for one in rounds if one.number
    }

    assert [AdminNote.NOT_TRANSLATED] == told(team)


def test_only_what_the_form_shows_has_to_be_there(fakes: Fakes) -> None:
    assert "de" == fire(in_german(fakes, lacking("title", "welcome.asks", "door.label")), 0).language


def test_an_admin_is_told_again_after_the_schedule_was_changed(fakes: Fakes) -> None:
    team = in_german(fakes, lacking(*labels()))
    fire(team, 0)
    close(team)
    team.put(weekly(language="de", created_at=team.now))
    fire(team, 1)
    run_due(team.services)

    assert [AdminNote.NOT_TRANSLATED] * 2 == told(team)


@pytest.mark.parametrize(
    ("locale", "notes"),
    [("fr-CA", [AdminNote.NOT_TRANSLATED]), ("de-AT", []), ("ja-JP", []), ("nl-NL", [])],
)
def test_an_admin_is_told_once_where_a_form_falls_back_for_some_people_of_a_channel(
    fakes: Fakes, locale: str, notes: list[AdminNote]
) -> None:
    """Japanese is spoken and this pack is not translated into it; Dutch is not spoken."""
    team = in_german(fakes, without_text(GERMAN, "fr", *labels()))
    team.directory.speaks = {EIGHT[0]: "de-DE", EIGHT[1]: locale}
    for number in range(2):
        week(team, number)

    assert {("de", ("de",))} == {
        (one.language, tuple(one.prompt.translations)) for one in team.rounds() if one.number
    }
    assert notes == told(team)


def test_an_admin_is_told_once_of_several_languages(fakes: Fakes) -> None:
    team = in_german(fakes, lacking(*labels()))
    fire(team, 0)
    close(team)
    team.with_settings(packs={PackId("belonging"): without_text(GERMAN, "fr", *labels())})
    team.directory.speaks = {EIGHT[1]: "fr-FR"}
    fire(team, 1)
    run_due(team.services)

    assert [AdminNote.NOT_TRANSLATED] == told(team)


def test_nobody_is_told_of_a_channel_that_was_given_no_language(fakes: Fakes) -> None:
    team = in_german(fakes, replace(PACK, language="fr", translations={}), language="")
    team.languages = ENGLISH_ONLY
    round_ = fire(team, 0)
    run_due(team.services)

    assert "fr" == round_.language
    assert [] == told(team)


def test_a_pack_in_another_language_is_the_fallback(fakes: Fakes) -> None:
    own = replace(translated(PACK, "en"), language="fr")

    assert "fr" == fire(in_german(fakes, own), 0).language


@pytest.mark.parametrize(
    "locales", [[], ["de-DE"], ["de-DE", "de-AT"], ["en-GB", "en-US"], ["pt-BR", "pt_PT"]]
)
def test_regions_are_no_languages(fakes: Fakes, locales: list[str]) -> None:
    team = in_german(fakes)
    team.directory.speaks = dict(zip(EIGHT, locales, strict=False))

    assert not fire(team, 0).several_languages


@pytest.mark.parametrize("locales", [["de-DE", "en-US"], ["pt-BR", "ja-JP", "ja-JP"], ["nl-NL", "ja-JP"]])
def test_a_round_knows_that_its_people_use_several_languages(fakes: Fakes, locales: list[str]) -> None:
    team = in_german(fakes)
    team.directory.speaks = dict(zip(EIGHT, locales, strict=False))

    assert fire(team, 0).several_languages


def _unknown(_: FakeDirectory, __: str) -> tuple[str, ...]:
    raise SlackError("users_unknown")


def test_where_slack_does_not_say_it_the_round_opens_as_in_one_language(
    fakes: Fakes, monkeypatch: pytest.MonkeyPatch
) -> None:
    team = in_german(fakes)
    monkeypatch.setattr(FakeDirectory, "locales", _unknown)

    assert not fire(team, 0).several_languages


def test_a_suggestion_box_is_in_the_language_too(fakes: Fakes) -> None:
    team = in_german(fakes)
    fire(team, 0)
    team.directory.speaks = {EIGHT[0]: "de-DE", EIGHT[1]: "fr-FR"}
    close(team)

    opened = box(team)
    assert ("de", True, None) == (opened.language, opened.several_languages, opened.reminder)
    assert "[de] What could we try for 4 weeks?" == opened.prompt.translations["de"]["question"]


def test_a_suggestion_box_falls_back_as_a_round_does(fakes: Fakes) -> None:
    team = in_german(fakes, lacking("free.name"))
    fire(team, 0)
    close(team)

    assert "en" == box(team).language


def test_the_round_that_takes_a_box_over_is_in_the_language(fakes: Fakes) -> None:
    team = in_german(fakes)
    _, round_ = until(team, RoundKind.COLLECT, 0)

    assert ("de", RoundKind.COLLECT, 4) == (round_.language, round_.prompt.kind, round_.number)


def test_a_preview_is_in_the_language_of_the_schedule(fakes: Fakes) -> None:
    team = in_german(fakes)
    schedule: Schedule = weekly(language="fr")

    seen = preview_round(team.services, schedule, insider=True)
    assert seen
    assert ("fr", ["de", "fr"]) == (seen.language, list(seen.prompt.translations))
    bare = preview_round(team.services, replace(schedule, language="ja"), insider=False)
    assert bare
    assert "en" == bare.language


def test_a_preview_warns_as_the_question_would_and_tells_nobody_outside_of_peoples_languages(
    fakes: Fakes,
) -> None:
    team = in_german(fakes)
    team.directory.speaks = dict(zip(EIGHT, ["de-DE", "en-US"], strict=False))

    inside, outside = (preview_round(team.services, weekly(), insider=insider) for insider in (True, False))

    assert inside
    assert inside.several_languages
    assert outside
    assert not outside.several_languages


def test_who_asks_now_asks_in_the_language_of_the_channel(fakes: Fakes) -> None:
    team = in_german(fakes)
    team.now = MONDAY + DAY / 2
    team.directory.admins = {ADMIN}

    asked = ask_now(team.services, TEAM, ADMIN)

    assert isinstance(asked, Round)
    assert "de" == asked.language


def test_a_later_change_of_a_translation_changes_nothing_that_was_asked(fakes: Fakes) -> None:
    team = in_german(fakes)
    before = fire(team, 0)
    team.with_settings(packs={PackId("belonging"): PACK})

    assert before.prompt.translations == team.round(before.id).prompt.translations
    assert before.prompt.translations["de"]["question"].startswith("[de] ")
