"""The language of a channel: the one to which most of its people have set Slack."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.channel_language import FEWEST, usual_language
from bot.core.language import Language, Languages

SPOKEN = Languages([Language("de"), Language("fr"), Language("pt-BR")])

locales = st.lists(st.sampled_from(["de-DE", "de-AT", "fr-FR", "pt-PT", "en-US", "en-GB", "nl-NL", "??", ""]))


@pytest.mark.parametrize(
    ("of_people", "present", "chosen"),
    [
        (["de-DE", "de-AT", "en-GB"], "", "de"),
        (["pt-PT", "pt-BR", "en-US"], "", "pt-BR"),
        (["nl-NL", "pl-PL", "de-DE"], "", "en"),
        (["nl-NL", "de-DE"], "", "en"),
        (["nl-NL", "de-DE", "de-DE"], "", "de"),
        (["de-DE", "fr-FR"], "fr", "fr"),
        (["de-DE", "fr-FR"], "", "de"),
        (["fr-FR", "de-DE", "en-US"], "", "en"),
        (["fr-FR", "de-DE", "en-US"], "fr", "fr"),
        (["de-DE", "de-DE", "fr-FR"], "fr", "de"),
        (["", "not a locale"], "de", "en"),
    ],
)
def test_most_people_decide_then_the_present_language_then_english_then_the_code(
    of_people: list[str], present: str, chosen: str
) -> None:
    assert chosen == usual_language(SPOKEN, of_people * FEWEST, present).language.code


@pytest.mark.parametrize("present", ["", "fr"])
@given(of_people=st.lists(st.sampled_from(["de-DE", "fr-FR", "en-US", "nl-NL"]), max_size=FEWEST - 1))
def test_of_few_people_nobodys_language_counts(of_people: list[str], present: str) -> None:
    """Else whoever is there with one other sees in the form, or in the introduction, what that one uses."""
    assert usual_language(SPOKEN, [], present) == usual_language(SPOKEN, of_people, present)


@given(locales, st.randoms(), st.sampled_from(["", "de", "fr", "xx"]))
def test_the_order_of_the_people_does_not_matter(of_people: list[str], chance: object, present: str) -> None:
    mixed = sorted(of_people, key=lambda _: chance.random())  # type: ignore[attr-defined]

    assert usual_language(SPOKEN, of_people, present) == usual_language(SPOKEN, mixed, present)


@given(locales.filter(lambda some: len(some) >= FEWEST))
def test_more_than_half_is_said_only_of_people_who_have_set_slack_to_it(of_people: list[str]) -> None:
    """Somebody who reads English because the bot does not speak Dutch does not use Slack in English."""
    usual = usual_language(SPOKEN, of_people)

    using = [one for one in of_people if SPOKEN.find(one) == usual.language]
    assert usual.of_most == (2 * len(using) > len(of_people))
    assert usual.known
