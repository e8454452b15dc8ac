"""Questions and results in another language: the same numbers, the same comparisons, other words."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bot.config import load_pack
from bot.core.cycle_summary import summarise_cycle, trend_of
from bot.core.findings import RETRANSLATED, movement_in_words
from bot.core.language import Language, Languages
from bot.core.model import Round, RoundPrompt, Statement, StatementId, Tag, TagId
from bot.core.movements import between_cycles, window_of, within_cycle
from bot.core.release import Published, Result, TagRelease
from bot.core.summary import highlight_of, summarise
from bot.core.translation import (
    cycle_in,
    has_language,
    prompt_in,
    round_in,
    shown_in,
    summary_in,
    texts_in,
    trend_in,
    with_texts,
)
from bot.report.sample import sample_results
from tests.core.test_summary import MARK, SHAPED, WANTED, cocreation, of_14, result

PACK = load_pack(Path(__file__).parents[2] / "prompts" / "belonging")
SPOKEN = Languages(Language(code) for code in PACK.translations)


def german(prompt: RoundPrompt, mark: str = "DE", **others: str) -> RoundPrompt:
    """The prompt with every text in German; ``others``: single texts that are different."""
    texts = {
        "label": prompt.label,
        "question": prompt.question,
        **{one.id: one.text for one in prompt.statements},
        **{f"tag:{tag.id}": tag.text for tag in prompt.tags},
    }
    words = {place: f"{mark} {text}" for place, text in texts.items()}
    return replace(prompt, translations={"de": {**words, **others}})


def in_german(round_: Round, mark: str = "DE") -> Round:
    return replace(round_, prompt=german(round_.prompt, mark))


ROUND = in_german(cocreation(MARK, SHAPED, WANTED))
SHOWN = result(ROUND, of_14(7), of_14(5), of_14(12))


@pytest.fixture(scope="module")
def lived() -> Sequence[Result]:
    """Two cycles of the invented team, asked in every language, newest first."""
    return sample_results(PACK, languages=SPOKEN)


def test_a_prompt_is_shown_in_its_translation_with_all_its_texts() -> None:
    shown = prompt_in(ROUND.prompt, "de")

    assert "de" == shown.language
    assert f"DE {ROUND.prompt.question}" == shown.question
    assert f"DE {ROUND.prompt.label}" == shown.label
    assert [f"DE {one.text}" for one in ROUND.prompt.statements] == [one.text for one in shown.statements]
    assert [f"DE {tag.text}" for tag in ROUND.prompt.tags] == [tag.text for tag in shown.tags]
    assert ROUND.prompt.tags
    assert replace(ROUND, prompt=shown) == round_in(ROUND, "de")


def test_a_prompt_without_a_translation_stays_as_it_is() -> None:
    assert ROUND.prompt is prompt_in(ROUND.prompt, "fr")
    assert ROUND is round_in(ROUND, "en")
    assert (True, True, False) == tuple(has_language(ROUND.prompt, code) for code in ("en", "de", "fr"))
    assert ("en", "de", "en") == tuple(shown_in(ROUND.prompt, code) for code in ("en", "de", "fr"))


def test_a_summary_has_its_numbers_from_the_words_of_the_round_and_its_words_from_the_language() -> None:
    tag = ROUND.prompt.tags[0]
    shown = replace(SHOWN, tags=(TagRelease(tag=tag.id, count=of_14(6)),), quotes=("As it was written.",))

    own, said = summarise(ROUND, shown), summary_in(ROUND, shown, (), "de")

    assert own.strong
    assert said.strong
    assert f"DE {own.strong.statement.text}" == said.strong.statement.text
    assert own.strong.count == said.strong.count
    assert [f"DE {one.statement.text}" for one in own.statements] == [
        one.statement.text for one in said.statements
    ]
    assert [f"DE {own.tags[0].text}"] == [one.text for one in said.tags]
    assert f"DE {ROUND.prompt.question}" == said.round.prompt.question
    assert (own.quotes, own.pair, own.idea) == (said.quotes, said.pair, said.idea)
    assert len(own.others) == len(said.others) == 1


def test_a_summary_of_a_round_that_was_not_in_a_language_stays_whole_in_its_own() -> None:
    bare = replace(ROUND, prompt=replace(ROUND.prompt, translations={}))

    assert summarise(bare, SHOWN, [(ROUND, SHOWN)]) == summary_in(bare, SHOWN, [(ROUND, SHOWN)], "de")


def test_a_round_is_summarised_in_the_translation_in_which_it_was_asked() -> None:
    newer = in_german(cocreation(MARK, SHAPED, WANTED), "newer")

    assert "DE" == summary_in(ROUND, SHOWN, [(newer, SHOWN)], "de").statements[0].statement.text[:2]


def test_what_is_about_several_rounds_has_the_newest_words() -> None:
    newer = in_german(ROUND, "newer")
    words = texts_in([newer, ROUND], "de")

    assert f"newer {SHAPED.text}" == with_texts(SHAPED, words).text
    assert (f"newer {SHAPED.text}",) * 2 == tuple(one.text for one in with_texts((SHAPED, SHAPED), words))


def test_words_that_were_never_asked_in_a_language_stay_as_they_are() -> None:
    other = replace(SHAPED, text="In other words.")
    elsewhere = Statement(id=StatementId("other"), text=SHAPED.text)
    words = texts_in([ROUND], "de")

    assert [other, elsewhere] == [with_texts(one, words) for one in (other, elsewhere)]


def said_in(value: Any, code: str, found: set[str]) -> set[str]:
    """Every statement in a value, to the last part of it."""
    if isinstance(value, Statement):
        found.add(value.text)
    elif isinstance(value, tuple):
        for one in value:
            said_in(one, code, found)
    elif hasattr(value, "__dataclass_fields__") and not isinstance(value, Round):
        for name in value.__dataclass_fields__:
            said_in(getattr(value, name), code, found)
    return found


@pytest.mark.parametrize("code", list(PACK.translations))
def test_a_trend_and_a_cycle_say_every_statement_and_topic_in_the_language(
    lived: Sequence[Result], code: str
) -> None:
    texts = set(PACK.translations[code].values())
    trend, cycle = trend_in(lived, code), cycle_in(lived, code)

    assert cycle
    assert said_in(trend, code, set())
    assert said_in(trend, code, set()) | said_in(cycle, code, set()) <= texts
    assert {one.label for one in (*trend.anchors, *cycle.topics)} <= texts
    assert {code} == {round_.prompt.language for span in trend.spans for round_ in span}
    assert code == cycle.first.prompt.language


@pytest.mark.parametrize("code", ["en", *PACK.translations])
def test_what_is_compared_does_not_depend_on_the_reader(lived: Sequence[Result], code: str) -> None:
    """Every number, side and movement is that of the words in which the rounds were asked."""
    trend, own = trend_in(lived, code), trend_of(lived)
    cycle, own_cycle = cycle_in(lived, code), summarise_cycle(lived)
    assert cycle
    assert own_cycle

    assert [one.counts for one in own.anchors] == [one.counts for one in trend.anchors]
    assert (own.circles, own.reworded) == (trend.circles, trend.reworded)
    assert [one.movement for one in own.moved.claims] == [one.movement for one in trend.moved.claims]
    assert own.moved.claims
    assert [one.support for one in own_cycle.topics] == [one.support for one in cycle.topics]
    for place, (round_, release) in enumerate(lived, start=1):
        plain, said = (
            summarise(round_, release, lived[place:]),
            summary_in(round_, release, lived[place:], code),
        )
        assert [one.count for one in plain.statements] == [one.count for one in said.statements]
        assert plain.moved.more_rounds == said.moved.more_rounds
        assert bool(plain.strong) is bool(said.strong)


def test_a_named_statement_is_kept_in_the_languages_of_its_round() -> None:
    found = highlight_of([(ROUND, SHOWN)])

    assert found
    assert {"en": SHAPED.text, "de": f"DE {SHAPED.text}"} == found.named.texts
    assert found.strength
    assert {"en": WANTED.text, "de": f"DE {WANTED.text}"} == found.strength.texts


def other_words(results: Sequence[Result], code: str) -> list[Result]:
    """The results with every translation into a language changed."""
    return [(_changed(round_, code), release) for round_, release in results]


def _changed(round_: Round, code: str) -> Round:
    texts = {place: f"{text}!" for place, text in round_.prompt.translations.get(code, {}).items()}
    words = {**round_.prompt.translations, code: texts}
    return replace(round_, prompt=replace(round_.prompt, translations=words))


def without_language(results: Sequence[Result], code: str) -> list[Result]:
    return [
        (
            replace(
                round_,
                prompt=replace(
                    round_.prompt,
                    translations={
                        one: texts for one, texts in round_.prompt.translations.items() if one != code
                    },
                ),
            ),
            release,
        )
        for round_, release in results
    ]


def halves(results: Sequence[Result]) -> tuple[Sequence[Result], Sequence[Result]]:
    """The older and the newer half, each oldest first."""
    oldest_first = list(reversed(results))
    middle = len(oldest_first) // 2
    return oldest_first[:middle], oldest_first[middle:]


def test_a_comparison_across_a_changed_translation_is_marked(lived: Sequence[Result]) -> None:
    before, now = halves(lived)
    as_it_was = between_cycles(window_of(before), window_of(now))
    changed = between_cycles(window_of(before), window_of(other_words(now, "fr")))

    assert not as_it_was.retranslated
    assert changed.retranslated
    assert replace(changed, retranslated=False) == as_it_was
    assert as_it_was.claims
    assert [RETRANSLATED] == movement_in_words(changed)[len(movement_in_words(as_it_was)) :]


def test_a_new_language_is_no_change(lived: Sequence[Result]) -> None:
    before, now = halves(lived)

    assert not between_cycles(window_of(without_language(before, "ja")), window_of(now)).retranslated
    assert not between_cycles(window_of(before), window_of(without_language(now, "ja"))).retranslated


def test_a_change_within_a_cycle_is_marked_too(lived: Sequence[Result]) -> None:
    before, now = halves([one for one in lived if isinstance(one[1], Published) and one[0].prompt.reflects])
    whole = [*before, *now][: (len(before) + len(now)) // 3 * 3]
    changed = [*whole[:-3], *other_words(whole[-3:], "de")]

    assert within_cycle(whole).comparable
    assert not within_cycle(whole).retranslated
    assert within_cycle(changed).retranslated


def test_a_change_is_marked_where_nothing_can_be_told_yet(lived: Sequence[Result]) -> None:
    before, now = halves(lived)
    found = replace(
        between_cycles(window_of(before), window_of(other_words(now, "fr"))), claims=(), more_rounds=None
    )

    assert ["We cannot tell yet whether anything has moved.", RETRANSLATED] == movement_in_words(found)


def test_a_tag_is_told_in_the_language() -> None:
    tags = (Tag(id=TagId("a"), text="meetings"),)
    round_ = in_german(replace(ROUND, prompt=replace(ROUND.prompt, tags=tags)))
    shown = replace(SHOWN, tags=(TagRelease(tag=TagId("a"), count=of_14(6)),))

    assert ["DE meetings"] == [one.text for one in summary_in(round_, shown, (), "de").tags]
