"""What a channel has agreed: the norm ledger of the report, and the rounds that led to it."""

from collections.abc import Iterator, Sequence

from bot.core.model import NormId, Round, RoundKind
from bot.core.norms import Norm, NormState, handle_of
from bot.core.release import Count, ItemRelease, Published
from bot.core.summary import GROUP_NAMES, count_in_words, summarise
from bot.report.markup import Html, every, people_text, tag
from bot.report.norm_words import (
    LEDGER_MEANS,
    decided_text,
    stands_in_words,
    step_in_words,
    support,
    taken_down_text,
)
from bot.report.pictures import count_picture
from bot.report.words import day_of

PARTS = (
    ("Tried now", {NormState.TRYING}),
    ("Kept", {NormState.KEPT}),
    ("Changed", {NormState.CHANGED}),
    ("Let go", {NormState.LET_GO}),
    ("Proposed", {NormState.PROPOSED, NormState.TIED, NormState.CANDIDATE}),
    ("Put to rest", {NormState.SET_ASIDE}),
    ("Taken down", {NormState.TAKEN_DOWN}),
)
"""The parts of the ledger, in the order shown."""

LETTERED = frozenset({RoundKind.CHOOSE, RoundKind.DECIDE})
TAGS = {RoundKind.CONSENT: "What speaks against it", RoundKind.LOOK_AGAIN: "When it worked less well"}


def ledger_section(ledger: Sequence[Norm]) -> Html | None:
    """The ledger, with the whole history of each norm; nothing where nothing was ever proposed."""
    if not ledger:
        return None
    parts = ((name, [one for one in ledger if one.state in states]) for name, states in PARTS)
    return tag(
        "section",
        tag("h2", "What this channel has agreed"),
        tag("p", LEDGER_MEANS),
        every(_part(name, norms) for name, norms in parts if norms),
        id="agreed",
    )


def _part(name: str, norms: Sequence[Norm]) -> Html:
    """One part of the ledger; what rests is folded away, as most proposals of a long-lived channel do."""
    cards = tag("div", every(map(_norm, norms)), class_="cards")
    if norms[0].state is NormState.SET_ASIDE:
        cards = tag("details", tag("summary", f"Show all ({len(norms)})"), cards)
    return tag("div", tag("h3", name), cards)


def norm_body(round_: Round, result: Published, ledger: Sequence[Norm]) -> Html:
    """What was proposed, how many support it or see no harm in it, and what won."""
    said = decided_text(round_, result, ledger)
    return tag(
        "div",
        every(_proposals(round_, result, ledger)),
        every(_item(round_, one, ledger) for one in result.items),
        _about(round_, ledger) if round_.prompt.kind is RoundKind.LOOK_AGAIN else None,
        tag("p", said, class_="pair decided") if said else None,
        every(_tags(round_, result)),
        class_="statements",
    )


def _norm(norm: Norm) -> Html:
    stands = stands_in_words(norm)
    steps = (
        tag(
            "li",
            tag("time", day_of(step.on), datetime=step.on.isoformat()),
            ": ",
            people_text(step_in_words(step)),
        )
        for step in norm.steps
    )
    return tag(
        "div",
        people_text(norm.text, "q") if norm.text else tag("p", "Its words are gone.", class_="note"),
        tag("p", stands) if stands else None,
        tag("ol", every(steps), class_="steps"),
        tag("p", f"{norm.handle} of round {norm.steps[0].round}", class_="note"),
        class_=f"card norm {norm.state.value}",
    )


def _proposals(round_: Round, result: Published, ledger: Sequence[Norm]) -> Iterator[Html]:
    made = [norm for norm in ledger if norm.steps[0].round == round_.number]
    for place, text in enumerate(result.proposals):
        norm = made[place] if place < len(made) else None
        handle = norm.handle if norm else handle_of(place)
        yield _named(handle, text, norm)


def _item(round_: Round, one: ItemRelease, ledger: Sequence[Norm]) -> Html:
    """A proposal with its support, in total or for each tenure group."""
    kind, places = round_.prompt.kind, {item.id: place for place, item in enumerate(round_.prompt.items)}
    norm = next((norm for norm in ledger if norm.id in {NormId(one.item), round_.prompt.norm}), None)
    text = round_.prompt.items[places[one.item]].text
    handle = norm.handle if norm else handle_of(places[one.item]) if kind in LETTERED else ""
    if one.groups:
        names = ((f"{GROUP_NAMES[part.group].capitalize()}: ", part.count) for part in one.groups)
        shown = every(line for name, count in names for line in _number(name, count, kind))
    elif one.count:
        shown = every(_number("", one.count, kind))
    else:
        shown = tag("p", "Too few people answered this one to show it.", class_="note")
    return tag("div", _named(handle, text, norm), shown)


def _number(name: str, count: Count, kind: RoundKind) -> tuple[Html, Html]:
    said = support(count, kind)
    return tag("p", name, tag("b", said), class_="group"), count_picture(count, said)


def _about(round_: Round, ledger: Sequence[Norm]) -> Html:
    norm = next((norm for norm in ledger if norm.id == round_.prompt.norm), None)
    return _named("", round_.prompt.items[0].text, norm)


def _named(handle: str, text: str, norm: Norm | None) -> Html:
    """A proposal by its handle; where it was taken down, the day and the reason in place of its words."""
    letter = tag("b", f"{handle}  ") if handle else None
    if not text or (norm and norm.state is NormState.TAKEN_DOWN):
        return tag("p", letter, people_text(taken_down_text(norm), "span", class_="note"))
    return tag("p", letter, people_text(text, "q"))


def _tags(round_: Round, result: Published) -> Iterator[Html]:
    tags = summarise(round_, result).tags
    if tags and round_.prompt.kind in TAGS:
        yield tag("h5", TAGS[round_.prompt.kind])
        yield tag(
            "ul",
            every(
                tag("li", people_text(one.text), tag("span", f" {count_in_words(one.count)}", class_="count"))
                for one in tags
            ),
            class_="tags",
        )
