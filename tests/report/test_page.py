"""The page of a channel: what was shown, in order, and nothing that could be fetched, run or injected."""

import re
import subprocess
import sys
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jinja2 import UndefinedError
from markupsafe import escape

import bot.report
from bot.core.counts import Count
from bot.core.cycle_summary import trend_of
from bot.core.model import RoundKind, Side, Statement, StatementId, Tag, TagId
from bot.core.release import Published, Result, StatementRelease, TagRelease, Withheld
from bot.core.summary import count_in_words
from bot.report.page import templates
from bot.slack.results.cycle_blocks import shared_trend
from tests.report.conftest import Page, page_of
from tests.slack.samples import PROMPT, a_round, by_group, with_old_words

ATTACKS = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "'onmouseover='alert(1)",
    "</style><style>*{display:none}</style>",
    "<!-- ", "]]>", "&lt;b&gt;", "</svg></title><a href='javascript:alert(1)'>x</a>",
    "\u202egnirts\u2066", "\x00\x1b[31m", "\ud800",
    "{{7*7}}", "{% for one in page %}", "{# gone #}", "{{ page.__class__ }}",
)  # fmt: skip
HOSTILE = st.one_of(st.sampled_from(ATTACKS), st.text(min_size=1, max_size=40)).map(lambda text: f"x{text}x")


TEMPLATES = Path(bot.report.__file__).parent / "templates"


def result(
    words: str = "x", *, low: int = 5, high: int = 5, of: int = 14, side: Side = Side.INCLUSION
) -> Result:
    """A result in which every text that a pack or a person can write is this one."""
    prompt = replace(
        PROMPT,
        label=words,
        question=words,
        side=side,
        statements=(Statement(id=StatementId("welcome-anchor"), text=words),),
        tags=(Tag(id=TagId("welcome-tag-a"), text=words),),
    )
    count = Count(of=of, low=low, high=high)
    found = Published(
        round_id=a_round().id,
        replies=of,
        audience=18,
        statements=(StatementRelease(statement=StatementId("welcome-anchor"), count=count),),
        tags=(TagRelease(tag=TagId("welcome-tag-a"), count=count),),
        quotes=(words,),
    )
    return a_round(prompt=prompt), found


@given(HOSTILE, HOSTILE)
def test_whatever_a_pack_or_a_person_wrote_is_text_and_never_markup(words: str, name: str) -> None:
    hostile, harmless = Page(page_of((result(words),), name)), Page(page_of((result(),)))

    assert harmless.tags == hostile.tags
    assert [sorted(found) for _, found in harmless.elements] == [
        sorted(found) for _, found in hostile.elements
    ]


@given(st.text(st.characters(exclude_categories=["C", "Z"]), min_size=1))
def test_every_letter_of_a_text_is_there_to_read(words: str) -> None:
    assert words in Page(page_of((result(words),))).text


@pytest.mark.parametrize("attack", ["<script>alert(1)</script>", "{{7*7}}", "{% raw %}", "{# gone #}"])
def test_quotes_prompts_and_channel_names_are_shown_letter_for_letter(attack: str) -> None:
    html = page_of((result(attack),), attack)
    page = Page(html)

    assert "<script" not in html
    assert "49" not in page.text
    assert f"Belonging report, {attack}" in page.text  # the title
    for element in ("h1", "p", "q", "bdi", "blockquote"):
        assert f">{escape(attack)}</{element}>" in html


def test_no_template_turns_escaping_off() -> None:
    assert templates().autoescape is True
    names = [name for name in templates().list_templates() if name.endswith(".html")]
    assert {"charts.html", "norms.html", "page.html", "round.html", "words.html"} == set(names)
    for name in names:
        source = (TEMPLATES / name).read_text(encoding="utf-8")
        assert re.findall(r"\|\s*safe|autoescape|Markup", source) == []


def test_a_name_that_a_template_does_not_know_is_an_error_and_no_gap() -> None:
    with pytest.raises(UndefinedError):
        templates().from_string("{{ nobody }}").render()


def test_templates_are_loaded_for_a_page_alone() -> None:
    seen = "import bot.cli.main, bot.cli.report, bot.start, sys; print('jinja2' in sys.modules)"
    found = subprocess.run([sys.executable, "-c", seen], capture_output=True, text=True, check=True)

    assert found.stdout == "False\n"


def test_a_page_can_be_written_whatever_was_quoted() -> None:
    for attack in ATTACKS:
        page_of((result(attack),), attack).encode("utf-8")


def test_nothing_is_fetched_and_nothing_runs(page: Page) -> None:
    fetched = {"src", "srcset", "data", "action", "background", "poster", "style"}

    assert not {"script", "link", "img", "iframe", "object", "embed", "base", "form", "image", "use"} & set(
        page.tags
    )
    assert not [found for _, found in page.elements if fetched & found.keys()]
    assert not [key for _, found in page.elements for key in found if key.startswith("on")]
    assert {"#"} == {str(found["href"])[0] for _, found in page.elements if "href" in found}
    assert "default-src 'none'" in str([found for name, found in page.elements if name == "meta"])


def test_the_style_fetches_nothing_either(sample: tuple[Result, ...]) -> None:
    style = page_of(sample).split("<style>")[1].split("</style>")[0]

    assert "@import" not in style
    assert "url(" not in style
    assert "<" not in style


def test_every_picture_has_a_title_and_the_large_ones_a_description(page: Page) -> None:
    pictures = [index for index, (name, _) in enumerate(page.elements) if name == "svg"]

    assert len(pictures) > 50
    for index in pictures:
        _, found = page.elements[index]
        assert found["role"] == "img"
        assert page.tags[index + 1] == "title"
        if str(found["class"]) in {"circle", "trend"}:
            assert page.tags[index + 2] == "desc"


def test_every_number_that_was_shown_is_said_in_words(page: Page, sample: tuple[Result, ...]) -> None:
    for round_, found in sample:
        if isinstance(found, Published) and round_.prompt.kind is RoundKind.REFLECT:
            assert f"{found.replies} of {found.audience} replied" in page.text
            for one in found.statements:
                statement = next(asked for asked in round_.prompt.statements if asked.id == one.statement)
                assert one.count
                assert f"{count_in_words(one.count)} agree: {statement.text}" in page.text


def test_a_statement_shown_by_group_has_a_line_and_a_picture_for_each() -> None:
    round_ = a_round(prompt=replace(PROMPT, asks_tenure=True))
    page = Page(page_of(((round_, by_group(round_, 9, 15)),)))

    assert "Newer here: 7 or more of 9 agree" in page.text
    assert "Longer here: 12 or more of 15 agree" in page.text
    assert "Newer here: joined within the last year." in page.text
    assert "of 24 agree" not in page.text
    drawn = [found for name, found in page.elements if name == "svg" and found["class"] == "dots"]
    assert len(drawn) == 6


def test_where_a_group_was_too_few_the_page_says_why_all_are_together() -> None:
    round_ = a_round(prompt=replace(PROMPT, asks_tenure=True))
    page = Page(page_of(((round_, by_group(round_, 4, 20)),)))

    assert "21 or more of 24 agree" in page.text
    assert "One of these had fewer than 5 people: newer, longer, not said." in page.text


def test_trends_say_the_same_numbers_as_picture_description_and_table(
    page: Page, sample: tuple[Result, ...]
) -> None:
    trend = trend_of(sample)
    for one in trend.anchors:
        for (first, last), count in zip(trend.spans, one.counts, strict=True):
            assert count
            numbers, span = count_in_words(count), f"{first.number}\u2013{last.number}"
            assert f"{span}: {numbers} answers agree" in page.text
            assert f"{span}{numbers}" in page.text


def test_after_a_change_of_words_page_and_trend_compare_nothing_across_it_and_say_so_once(
    sample: tuple[Result, ...],
) -> None:
    changed = with_old_words(sample)
    page, html = Page(page_of(changed)), page_of(changed)
    trend, blocks = shared_trend(changed, "U1")

    assert 1 == page.text.count("Some statements have new words")
    assert 1 == str(blocks).count("Some statements have new words")
    assert "than before" not in trend
    assert "than before" not in html[html.index('id="moved"') : html.index('id="rounds"')]
    assert "Before that" in page_of(sample)
    assert "Before that" not in html
    assert "the edge one cycle before" not in html


def test_where_the_words_stayed_nothing_is_said_of_them(page: Page, sample: tuple[Result, ...]) -> None:
    assert "new words" not in page.text
    text, blocks = shared_trend(sample, "U1")
    assert "new words" not in str(blocks)
    assert "than before" in text
    assert text in page.text


def test_no_sentence_ends_twice(page: Page) -> None:
    assert ".." not in page.text.replace("…", "")


def test_rounds_come_newest_first(page: Page, sample: tuple[Result, ...]) -> None:
    ids = [str(found["id"]) for name, found in page.elements if name == "article"]

    assert [f"round-{round_.number}" for round_, _ in sample] == ids


def test_a_withheld_round_shows_that_and_no_number(sample: tuple[Result, ...]) -> None:
    withheld = next(one for one in sample if isinstance(one[1], Withheld))
    html = page_of((withheld,))
    article = html[html.index("<article") : html.index("</article>")]

    assert "Fewer than 5 people replied, so nothing is shown" in Page(article).text
    assert "svg" not in article
    assert "replied" not in Page(article).text.replace("people replied", "")
    assert "0 shown, 1 withheld" in html


def test_a_quote_that_was_taken_down_leaves_a_sentence() -> None:
    round_, found = result("somebody said this")
    assert isinstance(found, Published)
    taken = replace(found, quotes=(), removed=(date(2026, 12, 1), date(2026, 12, 1), date(2026, 12, 4)))
    text = Page(page_of(((round_, taken),))).text

    assert (
        "2 quotes were removed on 1 December 2026. A quote was removed on 4 December 2026."
        in text.replace(".A", ". A")
    )
    assert "In their own words" not in text


def test_a_single_round_of_a_small_team_is_a_page_too() -> None:
    text = Page(page_of((result(low=0, high=2, of=5),))).text

    assert "Question 3" in text
    assert "2 or fewer of 5 agree" in text
    assert "Nothing to draw yet" in text
    assert "There is nothing to compare yet" in text


def test_without_results_there_is_nothing_to_report() -> None:
    with pytest.raises(ValueError, match="at least one result"):
        page_of(())


def test_sample_data_is_labelled_in_title_header_and_footer(sample: tuple[Result, ...], page: Page) -> None:
    assert page.text.count("Sample data, all invented.") == 2
    assert "Sample data: Belonging report" in page.text
    assert "Sample data" not in page_of(sample)


def test_the_page_reads_the_same_every_time(sample: tuple[Result, ...]) -> None:
    assert page_of(sample) == page_of(sample)


AVOIDED = r"\b(score|engagement|driver|benchmark|underperform\w*|because|proves|only)\b"


def test_no_word_to_avoid_is_among_ours() -> None:
    assert re.findall(AVOIDED, Page(page_of((result(),), sample=True)).text, re.IGNORECASE) == []
