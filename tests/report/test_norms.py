"""The norm ledger in report and export, and the rounds in which a channel makes its own rules."""

import csv
import io
import json
import re
from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.counts import Count
from bot.core.model import ChannelId, NormId, Outcome, Round, RoundKind, RoundPrompt, Statement, StatementId
from bot.core.norms import Norm, NormState, NormStep
from bot.core.release import GroupCount, Published, Release, Result, StatementRelease, Withheld
from bot.core.replies import Tenure
from bot.core.summary import count_in_words
from bot.report import as_csv, as_json
from tests.report.conftest import Page, page_of
from tests.report.test_page import AVOIDED, HOSTILE, result
from tests.slack.samples import PROMPT, a_round

TEXT = "When we decide, we wait a day"
DAY = date(2026, 11, 27)
LATER = date(2026, 12, 25)
HARM_WORDS = "see no harm in it"


def a_norm(*states: NormState, text: str = TEXT, again: date | None = None) -> Norm:
    steps = (
        NormStep(state=state, on=DAY, round=None if state is NormState.TAKEN_DOWN else 3 + place)
        for place, state in enumerate((NormState.PROPOSED, *states))
    )
    return Norm(
        id=NormId("norm1"),
        channel=ChannelId("C1"),
        handle="B",
        text=text,
        steps=tuple(steps),
        look_again_on=again,
    )


TRIED = a_norm(NormState.CANDIDATE, NormState.TRYING, again=LATER)


def asking(kind: RoundKind, statement: str = "norm1") -> Round:
    prompt: RoundPrompt = replace(
        PROMPT,
        kind=kind,
        statements=() if kind is RoundKind.COLLECT else (Statement(id=StatementId(statement), text=TEXT),),
        tags=(),
        norm=NormId("norm1") if kind in {RoundKind.CONSENT, RoundKind.LOOK_AGAIN} else None,
    )
    return a_round(prompt=prompt)


def published(round_: Round, **what: object) -> Published:
    found = Published(round_id=round_.id, replies=14, audience=18, statements=())
    return replace(found, **what)  # type: ignore[arg-type]  # fields of Published


def shown(round_: Round, found: Release, *ledger: Norm) -> str:
    """The article of this round, as text."""
    html = page_of(((round_, found),), ledger=ledger)
    return Page(html[html.index("<article") : html.index("</article>")]).text


def counted(count: Count) -> tuple[StatementRelease, ...]:
    return (StatementRelease(statement=StatementId("norm1"), count=count),)


def rows(*ledger: Norm) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(as_csv((), ledger), newline="")))


def test_a_channel_that_agreed_nothing_yet_has_the_page_that_it_had() -> None:
    page = page_of((result(),))

    assert "What this channel has agreed" not in page
    assert 'href="#agreed"' not in page


def test_what_is_tried_stands_with_its_day_and_its_history() -> None:
    page = Page(page_of((result(),), ledger=(TRIED,)))

    assert "Tried now" in page.text
    assert TEXT in page.text
    assert (
        "Since 27 November 2026. From 25 December 2026 on the channel is asked whether to keep it."
        in page.text
    )
    assert "27 November 2026: proposed, with question 3" in page.text
    assert "27 November 2026: tried from here on, with question 5" in page.text
    assert "#agreed" in [found.get("href") for _, found in page.elements]


@pytest.mark.parametrize(
    ("state", "part"),
    [(NormState.KEPT, "Kept"), (NormState.CHANGED, "Changed"), (NormState.LET_GO, "Let go")],
)
def test_what_became_of_it_is_the_heading_it_stands_under(state: NormState, part: str) -> None:
    html = page_of((result(),), ledger=(a_norm(NormState.CANDIDATE, NormState.TRYING, state),))

    assert f"<h3>{part}</h3>" in html
    assert html.count("<h3>Tried now</h3>") == 0


def test_what_was_taken_down_leaves_the_reason_and_no_word() -> None:
    norm = a_norm(NormState.TAKEN_DOWN, text="")
    norm = replace(norm, steps=(*norm.steps[:-1], replace(norm.last, reason="It names a colleague.")))
    round_ = asking(RoundKind.COLLECT)

    said = shown(round_, published(round_, proposals=("",)), norm)
    assert "Taken down by an admin on 27 November 2026: It names a colleague." in said
    assert "It names a colleague." in Page(page_of((result(),), ledger=(norm,))).text


def test_a_collecting_round_shows_its_proposals_and_not_how_many_replied() -> None:
    round_ = asking(RoundKind.COLLECT)
    said = shown(round_, published(round_, replies=3, proposals=("Do this", "Do that", "Do more")))

    assert "3 proposals" in said
    assert "replied" not in said
    assert said.index("A Do this") < said.index("B Do that") < said.index("C Do more")


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        (RoundKind.CHOOSE, "would try it"),
        (RoundKind.DECIDE, "can live with it"),
        (RoundKind.CONSENT, HARM_WORDS),
    ],
)
def test_support_and_consent_are_said_in_their_own_words_and_drawn(kind: RoundKind, words: str) -> None:
    count = Count(of=14, low=11, high=14)
    round_ = asking(kind)
    html = page_of(((round_, published(round_, statements=counted(count))),))

    article = html[html.index("<article") : html.index("</article>")]
    assert f"{count_in_words(count)} {words}" in Page(article).text
    assert f"<title>{count_in_words(count)} {words}</title>" in article
    assert "agree" not in Page(article).text


def test_of_a_decision_the_number_of_what_is_tried_is_shown_and_no_reason_where_none_was() -> None:
    round_ = asking(RoundKind.CHOOSE)
    tried = published(round_, statements=counted(Count(of=14, low=11, high=14)), tied=True)

    assert "the earlier letter was tried" in shown(round_, tried)
    assert "So few saw harm in it that it cannot be shown." in shown(round_, tried)
    none = shown(round_, published(round_))
    assert "None was chosen." in none
    assert "harm" not in none


def test_consent_by_tenure_is_a_number_for_each_group_and_no_total() -> None:
    round_ = asking(RoundKind.CONSENT, "consent")
    groups = (
        GroupCount(group=Tenure.NEWER, count=Count(of=9, low=6, high=6)),
        GroupCount(group=Tenure.LONGER, count=Count(of=15, low=12, high=15)),
    )
    statements = (StatementRelease(statement=StatementId("consent"), count=None, groups=groups),)

    said = shown(round_, published(round_, replies=24, audience=24, statements=statements), TRIED)
    assert f"Newer here: 6 of 9 {HARM_WORDS}" in said
    assert f"Longer here: 12 or more of 15 {HARM_WORDS}" in said
    assert f"of 24 {HARM_WORDS}" not in said


@pytest.mark.parametrize("outcome", Outcome)
def test_of_looking_again_the_winner_is_shown_and_no_count(outcome: Outcome) -> None:
    round_ = asking(RoundKind.LOOK_AGAIN, "look_again")
    said = shown(round_, published(round_, outcome=outcome), TRIED)

    words = {Outcome.KEEP: "keeps it", Outcome.CHANGE: "changes it", Outcome.LET_GO: "lets it go"}
    assert f"The channel {words[outcome]}." in said
    assert 1 == len(re.findall(r"\d of \d", said))  # how many replied


def test_a_tie_says_that_the_channel_looks_again() -> None:
    round_ = asking(RoundKind.LOOK_AGAIN, "look_again")

    assert "It was a tie" in shown(round_, published(round_, outcome=Outcome.KEEP, tied=True))


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        (RoundKind.COLLECT, "Fewer than 3 proposals were made"),
        (RoundKind.CHOOSE, "The proposals stay."),
        (RoundKind.DECIDE, "The proposals stay."),
        (RoundKind.CONSENT, "it was not tried"),
        (RoundKind.LOOK_AGAIN, "It stays as it is"),
    ],
)
def test_where_nothing_could_be_shown_the_round_says_what_that_means(kind: RoundKind, words: str) -> None:
    round_ = asking(kind)
    said = shown(round_, Withheld(round_id=round_.id))

    assert words in said
    assert "svg" not in said
    assert " replied" not in said.replace("people replied", "")


@given(HOSTILE)
def test_a_proposal_is_text_and_never_markup(words: str) -> None:
    def page(text: str) -> Page:
        round_ = asking(RoundKind.COLLECT)
        found = published(round_, proposals=(text, text, text))
        return Page(page_of(((round_, found),), ledger=(replace(TRIED, text=text),)))

    assert page("harmless").tags == page(words).tags


@pytest.mark.parametrize("words", ["<script>alert(1)</script>", "{{7*7}}", "{% raw %}"])
def test_proposals_and_reasons_are_shown_letter_for_letter(words: str) -> None:
    taken_down = a_norm(NormState.TAKEN_DOWN, text="")
    taken_down = replace(taken_down, steps=(*taken_down.steps[:-1], replace(taken_down.last, reason=words)))
    text = Page(page_of((result(),), ledger=(replace(TRIED, text=words), taken_down))).text

    assert f"Tried now {words}" in text
    assert f"taken down by an admin: {words}" in text


def test_no_word_to_avoid_is_among_ours(sample: tuple[Result, ...], ledger: tuple[Norm, ...]) -> None:
    html = page_of(sample, ledger=ledger)
    agreed = html[html.index('id="agreed"') : html.index('id="rounds"')]

    assert [] == re.findall(AVOIDED, Page(f"<p {agreed}").text, re.IGNORECASE)


def test_every_step_of_a_norm_is_a_row_and_the_day_to_look_again_stands_in_the_newest() -> None:
    assert [
        ("norm", "B, round 3", "3", "proposed", "2026-11-27", ""),
        ("norm", "B, round 3", "4", "candidate", "2026-11-27", ""),
        ("norm", "B, round 3", "5", "trying", "2026-11-27", "2026-12-25"),
    ] == [
        tuple(row[key] for key in ("kind", "norm", "round", "state", "on", "look_again_on"))
        for row in rows(TRIED)
    ]
    assert {TEXT} == {row["text"] for row in rows(TRIED)}


@given(st.text(max_size=20))
def test_no_proposal_becomes_a_formula_in_a_spreadsheet(words: str) -> None:
    round_ = asking(RoundKind.COLLECT)
    text = as_csv([(round_, published(round_, proposals=(words,)))], [replace(TRIED, text=words)])
    read = csv.DictReader(io.StringIO(text, newline=""))

    assert not {row["text"].strip()[:1] for row in read} & set("=+-@")


def test_json_holds_the_norms_after_the_rounds(sample: tuple[Result, ...], ledger: tuple[Norm, ...]) -> None:
    data = json.loads(as_json(sample, ledger))

    assert ["round"] * len(sample) + ["norm"] * len(ledger) == [entry["entry"] for entry in data]
    kept = next(entry for entry in data if entry.get("state") == "kept")
    assert ["proposed", "trying", "kept"] == [step["state"] for step in kept["steps"]]
    assert {"keep", "change"} == {entry["outcome"] for entry in data if entry.get("outcome")}


def test_proposals_and_what_won_are_rows(sample: tuple[Result, ...]) -> None:
    read = list(csv.DictReader(io.StringIO(as_csv(sample), newline="")))

    assert 8 == sum(row["kind"] == "proposal" for row in read)
    assert ["change", "keep"] == [row["text"] for row in read if row["kind"] == "outcome"]
    assert {"reflect", "collect", "choose", "look_again"} == {row["purpose"] for row in read}
