"""One round of the report: who replied, what is strong, what is open, what people wrote about."""

from collections.abc import Iterator, Sequence

from bot.core.findings import finding_in_words, movement_in_words
from bot.core.model import RoundKind, Side
from bot.core.norms import Norm
from bot.core.release import GroupCount, Published
from bot.core.results import Result
from bot.core.summary import GROUP_NAMES, Statement, Summary, count_in_words, summarise
from bot.report.markup import Html, every, joined, people_text, tag
from bot.report.norm_words import nothing_shown_text
from bot.report.norms import norm_body
from bot.report.pictures import count_picture
from bot.report.words import (
    SIDES,
    agree,
    day,
    groups_mean,
    removals_in_words,
)


def round_article(result: Result, earlier: Sequence[Result], ledger: Sequence[Norm] = ()) -> Html:
    """The result of a round as its channel saw it. ``earlier``: the results before it, newest first.

    ``ledger``: the norms of the channel; a round by which it changed how it works names them.
    """
    found = summarise(*result, earlier)
    round_, release = result
    if not isinstance(release, Published):
        body = [tag("p", nothing_shown_text(round_), class_="nothing-shown")]
    elif round_.prompt.kind is RoundKind.REFLECT:
        body = _body(found)
    else:
        body = [norm_body(round_, release, ledger), *_quotes(found)]
    return tag(
        "article",
        _heading(found),
        *body,
        class_="round withheld" if found.withheld else "round",
        id=f"round-{found.round.number}",
    )


def side_chip(side: Side | None) -> Html | None:
    """The side of a topic as a small label."""
    return tag("span", SIDES[side], class_=f"chip {side.value}") if side else None


def _heading(found: Summary) -> Html:
    round_ = found.round
    reflects = round_.prompt.kind is RoundKind.REFLECT
    return tag(
        "header",
        tag(
            "h4",
            tag("span", f"Round {round_.number}", class_="number"),
            people_text(round_.prompt.label, "span"),
            side_chip(round_.prompt.side if reflects else None),
        ),
        tag(
            "p",
            "closed ",
            tag("time", day(round_.closes_at, round_.zone), datetime=round_.closes_at.isoformat()),
            _replied(found),
            class_="meta",
        ),
        people_text(round_.prompt.question, "p", class_="question"),
    )


def _replied(found: Summary) -> str:
    """How many replied; of a round that collected proposals, how many were made is all that is known."""
    if found.withheld:
        return ""
    if found.round.prompt.kind is RoundKind.COLLECT:
        return f"  ·  {found.replies} proposals"
    return f"  ·  {found.replies} of {found.audience} replied"


def _body(found: Summary) -> list[Html]:
    """The numbers, and beside them what people wrote, where there is any of either."""
    columns = [every(_numbers(found)), every(_written(found))]
    said = (
        [finding_in_words(found), *movement_in_words(found.moved)[1:]]
        if found.moved.claims
        else [finding_in_words(found)]
    )
    return [
        every(people_text(sentence, "p", class_="finding") for sentence in said),
        tag("div", every(tag("div", column) for column in columns if column), class_="columns"),
    ]


def _numbers(found: Summary) -> Iterator[Html]:
    yield from _statements("Strong", [found.strong])
    yield from _statements("Still open", [found.still_open])
    yield from _statements("Also asked" if found.strong or found.still_open else "", found.others)
    if found.round.prompt.asks_tenure:
        yield tag("p", groups_mean(found), class_="note")


def _written(found: Summary) -> Iterator[Html]:
    if found.tags:
        yield _tags(found)
    yield from _quotes(found)


def _statements(heading: str, statements: Sequence[Statement | None]) -> Iterator[Html]:
    there = [one for one in statements if one]
    if not there:
        return
    yield tag(
        "div",
        tag("h5", heading) if heading else None,
        every(_statement(one) for one in there),
        class_="statements",
    )


def _statement(one: Statement) -> Html:
    against = " (agreeing speaks against the topic)" if one.item.reversed else ""
    said = joined(people_text(one.item.text, "q"), tag("span", against, class_="note") if against else None)
    if one.count is None:
        return tag("p", said, tag("span", " Too few people answered this one to show it.", class_="note"))
    if one.groups:
        return tag("div", tag("p", said), every(map(_group, one.groups)))
    return tag("div", tag("p", tag("b", f"{agree(one.count)}: "), said), count_picture(one.count))


def _group(one: GroupCount) -> Html:
    """The number of one tenure group, in a line of its own."""
    name = f"{GROUP_NAMES[one.group].capitalize()}: "
    return tag("div", tag("p", name, tag("b", agree(one.count)), class_="group"), count_picture(one.count))


def _tags(found: Summary) -> Html:
    tags = (
        tag("li", people_text(one.text), tag("span", f" {count_in_words(one.count)}", class_="count"))
        for one in found.tags
    )
    return tag(
        "div",
        tag("h5", "What people wrote about"),
        tag("ul", every(tags), class_="tags"),
        class_="written",
    )


def _quotes(found: Summary) -> Iterator[Html]:
    if not found.quotes and not found.removed:
        return
    yield tag(
        "div",
        tag("h5", "In their own words") if found.quotes else None,
        every(people_text(quote, "blockquote") for quote in found.quotes),
        every(tag("p", sentence, class_="note removed") for sentence in removals_in_words(found.removed)),
        class_="quotes",
    )
