"""A form is laid out once, and never shown for a round that has changed since."""

from dataclasses import replace

from bot.core.model import RoundId, RoundKind, Statement, StatementId
from bot.core.norms import NormState
from bot.slack.kit import form_cache
from bot.slack.kit.form_cache import ANY_METADATA, FormCache
from bot.slack.kit.limits import fit, fit_view
from bot.slack.reply.norm_blocks import form_of
from tests.languages import GERMAN, translated
from tests.slack.said_norms import asking, proposal
from tests.slack.samples import PROMPT, SUPPORT, a_round


def test_a_form_is_what_it_would_be_without_the_cache() -> None:
    for change in (False, True):
        fresh = fit_view(form_of(a_round(), SUPPORT, ANY_METADATA, change=change))
        forms = FormCache(form_of)

        for _ in range(2):
            assert fresh == forms.of(a_round(), SUPPORT, change=change)


def test_a_form_is_laid_out_once_and_not_made_to_fit_again() -> None:
    forms = FormCache(form_of)
    first = forms.of(a_round(), SUPPORT)

    assert first is forms.of(a_round(), SUPPORT)
    assert first is fit({"view": first})["view"]


def test_a_round_or_a_card_that_has_changed_gets_a_new_form() -> None:
    forms = FormCache(form_of)
    first = forms.of(a_round(), SUPPORT)

    assert first is not forms.of(replace(a_round(), audience_size=77), SUPPORT)
    assert first is not forms.of(a_round(), replace(SUPPORT, contact="Somebody else"))


def test_each_language_has_its_own_form_whoever_asked_first() -> None:
    asked = replace(a_round(), prompt=translated(PROMPT, "de"))
    forms = FormCache(form_of)

    english, german = forms.of(asked, SUPPORT), forms.of(asked, SUPPORT, language=GERMAN)

    assert english is forms.of(asked, SUPPORT)
    assert german is forms.of(asked, SUPPORT, language=GERMAN)
    assert f"de: {PROMPT.statements[0].text}" in str(german)
    assert "de: " not in str(english)


def test_forms_that_were_not_used_for_long_go() -> None:
    forms = FormCache(form_of)
    for number in range(form_cache.KEPT + 5):
        forms.of(replace(a_round(), id=RoundId(f"{number:012}")), SUPPORT)

    assert form_cache.KEPT == forms._fitted.cache_info().currsize


def test_a_form_keeps_of_the_ledger_only_what_it_asks_about() -> None:
    """The ledger grows with every round in which proposals are collected, and each form kept all of it."""
    ledger = [proposal(place) for place in range(200)]
    statements = tuple(Statement(id=StatementId(norm.id), text=norm.text) for norm in ledger[:3])
    round_ = asking(RoundKind.DECIDE, 8, statements=statements)
    forms = FormCache(form_of)

    form = forms.of(round_, SUPPORT, ledger)

    assert fit_view(form_of(round_, SUPPORT, ANY_METADATA, ledger)) == form
    assert form is forms.of(round_, SUPPORT, ledger[:3])


def test_a_form_is_laid_out_anew_where_something_that_it_asks_about_was_taken_down() -> None:
    statements = tuple(
        Statement(id=StatementId(proposal(place).id), text=proposal(place).text) for place in range(3)
    )
    round_ = asking(RoundKind.DECIDE, 8, statements=statements)
    gone = proposal(0, (NormState.TAKEN_DOWN, None), reason="It names somebody.")
    forms = FormCache(form_of)
    first = forms.of(round_, SUPPORT, [proposal(0), proposal(1), proposal(2)])

    later = forms.of(round_, SUPPORT, [gone, proposal(1), proposal(2)])

    assert first != later
    assert proposal(0).text in str(first)
    assert proposal(0).text not in str(later)
