"""A form is laid out once, and never shown for a round that has changed since."""

from dataclasses import replace

from bot.core.model import RoundId
from bot.slack.kit import form_cache
from bot.slack.kit.form_cache import ANY_METADATA, FormCache
from bot.slack.kit.limits import fit, fit_view
from bot.slack.reply.norm_blocks import form_of
from tests.slack.samples import SUPPORT, a_round


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


def test_forms_that_were_not_used_for_long_go() -> None:
    forms = FormCache(form_of)
    for number in range(form_cache.KEPT + 5):
        forms.of(replace(a_round(), id=RoundId(f"{number:012}")), SUPPORT)

    assert form_cache.KEPT == len(forms._forms)
