"""The report in another language: every word of ours is translated, and no translation becomes markup."""

import csv
import io
import json
import re
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date
from gettext import NullTranslations
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markupsafe import escape

import bot.report
from bot.core.counts import Count
from bot.core.cycle_summary import trend_of
from bot.core.language import ENGLISH, Language, Languages
from bot.core.model import GONE, Outcome, RoundKind
from bot.core.norms import Norm, NormState
from bot.core.release import Published, Result, Withheld
from bot.core.taken_down import without_words
from bot.report import as_csv, as_json
from bot.report.charts import LABEL_GAP, LETTER, trend_chart
from bot.report.page import templates, words_of
from bot.report.sample import sample_results
from tests.languages import BEGIN, END, PSEUDO
from tests.report.conftest import MADE_AT, PACK, Page, page_of
from tests.report.test_norms import TRIED, a_norm, asking, counted, published
from tests.report.test_page import ATTACKS, result
from tests.slack.samples import PROMPT, a_round, by_group

TEMPLATES = Path(bot.report.__file__).parent / "templates"


class Same(NullTranslations):
    """Says the same for every message."""

    def __init__(self, words: str) -> None:
        super().__init__()
        self.words = words

    def gettext(self, message: str) -> str:
        return self.words

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        return self.words

    def pgettext(self, context: str, message: str) -> str:
        return message if context.startswith("date pattern") else self.words


def saying(words: str, code: str = "de") -> Language:
    """A language in which every message is translated as these words."""
    translations = Same(words.replace("{", "{{").replace("}", "}}"))
    return Language(code, lambda: translations)


def of_every_kind() -> list[tuple[tuple[Result, ...], tuple[Norm, ...]]]:
    """Results and norms that bring every sentence of the report to a page."""
    found: list[tuple[tuple[Result, ...], tuple[Norm, ...]]] = []
    for kind in RoundKind:
        round_ = asking(kind)
        shown = () if kind is RoundKind.COLLECT else counted(Count(of=14, low=11, high=14))
        found += [
            (((round_, published(round_, statements=shown, tied=tied)),), (TRIED,)) for tied in (True, False)
        ]
        found.append((((round_, Withheld(round_id=round_.id)),), ()))
        found.append((((round_, published(round_)),), ()))
        found += [(((round_, published(round_, outcome=one, tied=True)),), ()) for one in Outcome]
    for state in (NormState.KEPT, NormState.CHANGED, NormState.LET_GO):
        found.append(((result(),), (a_norm(NormState.CANDIDATE, NormState.TRYING, state),)))
    for states in (
        (NormState.TIED,),
        (NormState.CANDIDATE,),
        (NormState.SET_ASIDE,),
        (NormState.TAKEN_DOWN,),
    ):
        round_ = replace(asking(RoundKind.CONSENT), number=4)
        found.append((((round_, published(round_)),), (a_norm(*states),)))
    asks = a_round(prompt=replace(PROMPT, asks_tenure=True))
    found += [(((asks, by_group(asks, *sizes)),), ()) for sizes in ((9, 15), (4, 20), (9, 15, 6))]
    round_, shown_once = result()
    assert isinstance(shown_once, Published)
    days = (date(2026, 12, 1), date(2026, 12, 1), date(2026, 12, 4))
    found.append((((round_, replace(shown_once, removed=days)),), ()))
    return found


def test_no_word_stands_in_a_template_outside_a_message() -> None:
    for path in TEMPLATES.glob("*.html"):
        code = r"\{#.*?#\}|\{%.*?%\}|\{\{.*?\}\}|<[^<>]*>"
        left = re.sub(code, " ", path.read_text("utf-8"), flags=re.DOTALL)

        assert [] == [word for word in left.split() if re.search("[A-Za-z]", word) and '="' not in word]


def unsaid(page: Page) -> list[str]:
    """The words of a page that stand in no message, and what its attributes say."""
    attributes = [
        str(value)
        for _, found in page.elements
        for key, value in found.items()
        if key in {"aria-label", "title"}
    ]
    rest = []
    for text in [*page.words, *attributes]:
        depth, left = 0, ""
        for part in re.split(f"({re.escape(BEGIN)}|{re.escape(END)})", text):
            depth += {BEGIN: 1, END: -1}.get(part, 0)
            left += part if not depth and part != END else ""
        rest += [left.strip()] if re.search("[A-Za-z]", left) else []
    return rest


def test_what_stands_in_no_message_was_written_by_the_pack_or_by_people(
    sample: tuple[Result, ...], ledger: tuple[Norm, ...]
) -> None:
    written = {"#team", *(norm.text for norm in ledger), *(norm.last.reason for norm in ledger)}
    for round_, found in sample:
        prompt = round_.prompt
        written |= {prompt.label, prompt.question, *(tag.text for tag in prompt.tags)}
        written |= {statement.text for statement in prompt.statements}
        if isinstance(found, Published):
            written |= {*found.quotes, *found.proposals}
    page = Page(page_of(sample, sample=True, ledger=ledger, language=PSEUDO))

    assert [] == [
        words for words in unsaid(page) if words not in written and not re.fullmatch("[A-H]", words)
    ]
    assert len(unsaid(page)) > 100


def test_every_sentence_about_every_kind_of_question_is_a_message() -> None:
    for results, ledger in of_every_kind():
        page = Page(page_of(results, ledger=ledger, language=PSEUDO))
        written = {"#team", "x", TRIED.text, PROMPT.label, PROMPT.question}
        written |= {one.text for one in PROMPT.statements} | {one.text for one in PROMPT.tags}

        assert [] == [words for words in unsaid(page) if words not in written and words != TRIED.handle]


@pytest.mark.parametrize("attack", ATTACKS)
def test_a_translation_is_text_and_never_markup(
    sample: tuple[Result, ...], ledger: tuple[Norm, ...], attack: str
) -> None:
    def page(language: Language) -> Page:
        return Page(page_of(sample, sample=True, ledger=ledger, language=language))

    assert page(saying("harmless")).tags == page(saying(attack)).tags


def test_a_translation_and_its_values_are_escaped_once(
    sample: tuple[Result, ...], ledger: tuple[Norm, ...]
) -> None:
    for results, norms in [(sample, ledger), *of_every_kind()]:
        html = page_of(results, "R&D <b>", sample=True, ledger=norms, language=saying('that\'s <b> & "so"'))

        assert "that&#39;s &lt;b&gt; &amp; &#34;so&#34;" in html
        assert "R&amp;D &lt;b&gt;" in html
        assert not re.search("&amp;(amp|lt|gt|#)", html)


@given(st.lists(st.sampled_from([ENGLISH, PSEUDO]), min_size=2, max_size=6))
def test_pages_in_two_languages_at_once_do_not_mix(languages: list[Language]) -> None:
    with ThreadPoolExecutor(len(languages)) as threads:
        pages = list(threads.map(lambda one: page_of((result(),), language=one), languages))

    assert [page_of((result(),), language=one) for one in languages] == pages
    assert [one is PSEUDO for one in languages] == [BEGIN in page for page in pages]


def test_the_templates_speak_no_language_of_their_own() -> None:
    assert not {"gettext", "ngettext", "pgettext", "language"} & templates().globals.keys()


@pytest.mark.parametrize(
    ("code", "element"),
    [
        ("en", '<html lang="en">'),
        ("ja", '<html lang="ja">'),
        ("pt-BR", '<html lang="pt-BR">'),
        ("ar", '<html lang="ar" dir="rtl">'),
    ],
)
def test_the_page_says_its_language_and_its_direction(code: str, element: str) -> None:
    assert f"\n{element}\n" in page_of((result(),), language=Language(code))


def test_days_are_written_as_the_language_writes_them() -> None:
    page = Page(page_of((result(),), language=Language("ja")))

    assert "closed 2026年11月27日" in page.text
    assert f"Made on {Language('ja').day(MADE_AT.date())}" in page.text
    assert "November" not in page.text


@given(st.text(st.characters(categories=["Lu", "Ll", "Lo"], max_codepoint=0x3100), min_size=1, max_size=60))
def test_the_labels_of_an_axis_fit_beside_it_whatever_the_language(label: str) -> None:
    chart = trend_chart(["1–14", "15–28"], [Count(of=14, low=5, high=5), None], saying(label))

    assert chart.squeezed_to or chart.left >= LABEL_GAP + LETTER * len(label)
    assert chart.left - LABEL_GAP == (chart.squeezed_to or chart.left - LABEL_GAP)
    assert chart.left < chart.marks[0].x < chart.marks[1].x < chart.right
    assert chart.right - chart.left > 170


def test_a_label_that_is_too_long_is_squeezed() -> None:
    longest = saying("long" * 9)
    macros = templates().get_template("charts.html").make_module(words_of(longest))
    drawn = str(macros.trend_picture("x", [], trend_chart([], [], longest)))  # type: ignore[attr-defined]

    assert drawn.count('textLength="142" lengthAdjust="spacingAndGlyphs"') == 3
    assert "textLength" not in page_of((result(),))


GERMAN = Language("de")


@pytest.fixture(scope="module")
def translated() -> tuple[Result, ...]:
    """The invented channel, with its questions in German, too."""
    return sample_results(PACK, languages=Languages([GERMAN]))


def test_questions_statements_and_tags_are_shown_in_the_language(translated: tuple[Result, ...]) -> None:
    page = Page(page_of(translated, language=GERMAN))

    for round_, found in translated:
        words = round_.prompt.translations["de"]
        assert {words["label"], words["question"]} <= {text.strip() for text in page.words}
        assert round_.prompt.question not in page.text
        if isinstance(found, Published):
            assert all(words[f"tag:{one.tag}"] in page.words for one in found.tags)
            assert all(
                words[one.statement] in page.text for one in found.statements if one.statement in words
            )
    for anchor in trend_of(translated).anchors:
        assert anchor.anchor.text not in page.text
        assert anchor.label not in page.words


def test_the_numbers_are_the_same_in_every_language(translated: tuple[Result, ...]) -> None:
    def numbers(language: Language) -> list[str]:
        words = Page(page_of(translated, language=language))
        return [str(found["d"]) for name, found in words.elements if name == "path"]

    assert numbers(ENGLISH) == numbers(GERMAN)


def test_a_question_that_is_not_there_in_the_language_says_in_which_it_is(
    sample: tuple[Result, ...], translated: tuple[Result, ...], ledger: tuple[Norm, ...]
) -> None:
    def spoken(results: tuple[Result, ...], language: Language) -> list[tuple[str, str | None]]:
        page = Page(page_of(results, ledger=ledger, language=language))
        return [(name, found["lang"]) for name, found in page.elements if "lang" in found]

    assert [("html", "en")] == spoken(sample, ENGLISH)
    assert [("html", "de")] == spoken(translated, GERMAN)
    page, *parts = spoken(sample, GERMAN)
    assert ("html", "de") == page
    assert {("p", "en"), ("q", "en"), ("span", "en"), ("bdi", "en"), ("b", "en")} == set(parts)


def test_what_people_wrote_has_a_direction_of_its_own_and_no_language(
    sample: tuple[Result, ...], ledger: tuple[Norm, ...]
) -> None:
    html = page_of(sample, ledger=ledger, language=GERMAN)
    quotes = {quote for _, found in sample if isinstance(found, Published) for quote in found.quotes}

    assert quotes
    assert all(f'<blockquote dir="auto">{quote}</blockquote>' in html for quote in quotes)
    assert all(f'<q dir="auto">{escape(norm.text)}</q>' in html for norm in ledger if norm.text)


def test_that_words_were_taken_down_is_said_in_the_language() -> None:
    round_ = without_words(asking(RoundKind.LOOK_AGAIN, "look_again"), TRIED)
    found = published(round_, outcome=Outcome.KEEP)
    page = Page(page_of(((round_, found),), language=PSEUDO))

    assert "[!!! (taken down)" in page.text
    assert GONE not in re.sub(r"\[!!! \(taken down\)", "", page.text)


def test_an_export_has_the_texts_of_the_language_and_english_names(translated: tuple[Result, ...]) -> None:
    english, german = [
        list(csv.DictReader(io.StringIO(as_csv(translated, (), one), newline="")))
        for one in (ENGLISH, GERMAN)
    ]

    def without(rows: list[dict[str, str]], *names: str) -> list[dict[str, str]]:
        return [{key: value for key, value in row.items() if key not in names} for row in rows]

    assert without(english, "text") == without(german, "text")
    pairs = zip(english, german, strict=True)
    assert {"question", "item", "tag"} == {
        one["kind"] for one, other in pairs if one["text"] != other["text"]
    }
    data = json.loads(as_json(translated, (), GERMAN))
    assert [round_.prompt.translations["de"]["label"] for round_, _ in translated] == [
        entry["label"] for entry in data
    ]
    assert [entry.keys() for entry in data] == [entry.keys() for entry in json.loads(as_json(translated))]


def test_an_export_says_in_the_language_what_was_removed_and_taken_down() -> None:
    round_, found = result()
    assert isinstance(found, Published)
    taken = (round_, replace(found, quotes=(), removed=(date(2026, 12, 1),)))
    gone = (asking(RoundKind.COLLECT), published(round_, proposals=("", "b", "c")))
    text = as_csv((taken, gone), (), PSEUDO)

    assert "[!!! a quote was removed on 2026-12-01~" in text
    assert "[!!! (taken down)~" in text
