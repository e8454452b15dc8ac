"""Results and agreements in the language of whoever sees them: Ana reads German, Ben does not."""

import asyncio
import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any, cast

import pytest

from bot.core.language import Languages
from bot.core.model import MemberId, Round
from bot.core.norms import Norm, NormState, NormStep
from bot.core.quotes import quote_id
from bot.service.close_rounds import close_round
from bot.service.run_due import run_due
from bot.slack.context import Ack, BackgroundTask, ListenerContext
from bot.slack.norms import listeners as norms
from bot.slack.results import cycle_blocks, listeners
from tests.fakes.directory import people
from tests.languages import marked, translated
from tests.service.services import TEAM, TUESDAY, Fakes, weekly

ANA, BEN, OUTSIDER = MemberId("U01"), MemberId("U02"), MemberId("U99")
SAID = ("We wait for each other here.", "Some things are better said sooner.", "I like how Mondays begin.")
OWN, CHANNEL = "de", "ja"
"""Ana's language; the channel's, which also serves Ben, whose language the bot does not speak."""


def said_in(shown: object) -> set[str]:
    """The codes of the languages in which something is said; ``en`` where a text of the pack was left."""
    text = json.dumps(shown, ensure_ascii=False).replace(r"\n", " ")
    left = re.search(rf"(?<!{OWN}: )(?<!{CHANNEL}: )(Question \d of|Statement \d of|Anchor of)", text)
    return ({"en"} if left else set()) | set(re.findall(rf"\b({OWN}|{CHANNEL}): ", text))


class Posts:
    """Takes what is posted."""

    def __init__(self) -> None:
        self.posted: list[dict[str, Any]] = []

    async def call(self, _method: str, **arguments: Any) -> None:
        self.posted.append(arguments)


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard(ListenerContext):
    """A context that keeps what would be opened and posted."""

    opened: list[Any] = field(default_factory=list)
    posts: Posts = field(default_factory=Posts)

    def open_view(self, body: dict[str, Any], view: dict[str, Any], *, push: bool = False) -> None:
        self.opened.append(view)

    def add_task(self, task: BackgroundTask) -> None:
        asyncio.run(cast(Any, task()))


@pytest.fixture
def fakes() -> Fakes:
    """A channel of twelve whose schedule speaks Japanese; Ana has set Slack to German, Ben to Dutch."""
    fakes = Fakes()
    fakes.put(weekly(language=CHANNEL))
    fakes.directory.members[TEAM] = people(12)
    fakes.directory.speaks = {ANA: "de-DE", BEN: "nl-NL", OUTSIDER: "de-DE"}
    fakes.directory.admins = {ANA}
    return fakes


@pytest.fixture
def closed(fakes: Fakes) -> Round:
    """A closed round with three quotes."""
    fakes.now = TUESDAY
    run_due(fakes.services)
    (opened,) = fakes.rounds()
    opened = replace(opened, language=CHANNEL, prompt=translated(opened.prompt, OWN, CHANNEL))
    with fakes.store.transaction("test") as tx:
        tx.update_round(opened)
    for number, member in enumerate(sorted(people(12))):
        text = SAID[number] if number < len(SAID) else ""
        fakes.reply(opened, [member], text=text, quotable=bool(text))
    fakes.now = opened.closes_at
    return close_round(fakes.services, opened)


@pytest.fixture
def norm(fakes: Fakes) -> Norm:
    """What the channel tries."""
    steps = tuple(
        NormStep(state=state, on=TUESDAY.date(), round=1) for state in (NormState.PROPOSED, NormState.TRYING)
    )
    found = Norm(id=cast(Any, "n1"), channel=TEAM, handle="A", text="We begin with news.", steps=steps)
    with fakes.store.transaction("test") as tx:
        tx.put_norm(found)
    return found


def context_of(fakes: Fakes) -> Heard:
    services = replace(fakes.services, languages=Languages([marked(OWN), marked(CHANNEL)]))
    posts, nothing = Posts(), cast(Any, lambda *_: None)
    return Heard(
        services=services,
        waiting_services=services,
        workers=cast(Any, posts),
        posts=posts,
        bot_user="U0BOT",
        receipts=nothing,
        run_due=nothing,
        forms=nothing,
        render_home=nothing,
        render_preview=nothing,
        handled=nothing,
    )


def click(member: MemberId, value: str, **view: Any) -> dict[str, Any]:
    """A press of a button with this value."""
    return {
        "user": {"id": member},
        "channel": {"id": TEAM},
        "actions": [{"value": value}],
        "view": view,
        "trigger_id": "1",
    }


def chosen(member: MemberId, metadata: str, block: str, action: str, value: str) -> dict[str, Any]:
    """A form in which this option is chosen, or none."""
    state = {block: {action: {"selected_option": {"value": value} if value else None}}}
    return click(member, "", private_metadata=metadata, state={"values": state})


WHO = pytest.mark.parametrize(("member", "code"), [(ANA, OWN), (BEN, CHANNEL)])


@WHO
@pytest.mark.parametrize("asked", ["summary", "summary cycle", "trend"])
def test_a_command_is_answered_in_the_language_of_whoever_asks(
    fakes: Fakes, closed: Round, asked: str, member: MemberId, code: str
) -> None:
    assert {code} == said_in(listeners.answer_results(context_of(fakes), TEAM, member, asked))


@WHO
@pytest.mark.parametrize("asked", ["summary", "summary cycle", "trend"])
def test_so_is_that_there_is_nothing_yet(fakes: Fakes, asked: str, member: MemberId, code: str) -> None:
    assert {code} == said_in(listeners.answer_results(context_of(fakes), TEAM, member, asked))


def test_so_is_that_it_is_not_for_them(fakes: Fakes, closed: Round) -> None:
    context = context_of(fakes)

    listeners.on_summary_open(context, Ack(), click(OUTSIDER, closed.id))
    listeners.on_summary_share(context, Ack(), click(OUTSIDER, closed.id))
    listeners.on_quote_ask(context, Ack(), click(OUTSIDER, closed.id))
    norms.on_history(context, Ack(), click(OUTSIDER, TEAM))
    norms.on_take_down(context, Ack(), click(OUTSIDER, TEAM))

    assert [{OWN}] * 5 == [said_in(view) for view in context.opened]
    assert {OWN} == said_in(listeners.answer_results(context, TEAM, OUTSIDER, "summary"))
    assert {OWN} == said_in(norms.answer_norms(context, TEAM, OUTSIDER))
    assert [] == context.posts.posted


SHARES: list[Callable[[Heard, Round, MemberId], None]] = [
    lambda context, round_, member: listeners.on_summary_share(context, Ack(), click(member, round_.id)),
    lambda context, round_, member: listeners.on_series_share(
        context, Ack(), click(member, str(round_.number)), "cycle", cycle_blocks.shared_cycle
    ),
    lambda context, round_, member: listeners.on_series_share(
        context, Ack(), click(member, str(round_.number)), "trend", cycle_blocks.shared_trend
    ),
]


@pytest.mark.parametrize("share", SHARES)
def test_what_is_shared_is_in_the_channels_language_and_a_refusal_in_ones_own(
    fakes: Fakes, closed: Round, share: Callable[[Heard, Round, MemberId], None]
) -> None:
    context = context_of(fakes)

    share(context, closed, ANA)
    share(context, closed, ANA)

    assert [{CHANNEL}] == [said_in(post) for post in context.posts.posted]
    assert [{OWN}] == [said_in(view) for view in context.opened]


def test_sharing_never_says_which_language_the_sharer_reads(fakes: Fakes, closed: Round) -> None:
    by_ana, by_ben = context_of(fakes), context_of(fakes)

    SHARES[0](by_ana, closed, ANA)
    SHARES[0](by_ben, closed, BEN)

    def without_name(post: object) -> str:
        return json.dumps(post).replace(ANA, "").replace(BEN, "")

    assert without_name(by_ana.posts.posted) == without_name(by_ben.posts.posted)


@WHO
def test_a_result_opens_in_the_language_of_whoever_opens_it(
    fakes: Fakes, closed: Round, member: MemberId, code: str
) -> None:
    context = context_of(fakes)

    listeners.on_summary_open(context, Ack(), click(member, closed.id))

    assert [{code}] == [said_in(view) for view in context.opened]
    assert all(text in json.dumps(context.opened) for text in SAID)


@WHO
def test_a_quote_is_asked_about_in_ones_own_language(
    fakes: Fakes, closed: Round, member: MemberId, code: str
) -> None:
    context, acks = context_of(fakes), [Ack(), Ack()]
    quote = quote_id(closed.id, SAID[0])
    form = chosen(member, closed.id, "quote.choice", "quote", quote)

    listeners.on_quote_ask(context, Ack(), click(member, closed.id))
    listeners.on_quote_asked(context, acks[0], form)
    listeners.on_decision(context, Ack(), click(member, f"{closed.id}.{quote}"), listeners.keep_quote)
    listeners.on_quote_removed(context, acks[1], form)

    assert [{code}] * 2 == [said_in(view) for view in context.opened]
    assert [{code}] * 2 == [said_in(ack.arguments) for ack in acks]


@WHO
def test_what_a_channel_has_agreed_is_shown_in_ones_own_language(
    fakes: Fakes, norm: Norm, member: MemberId, code: str
) -> None:
    context, ack = context_of(fakes), Ack()

    norms.on_history(context, Ack(), click(member, TEAM))
    norms.on_look_again(context, Ack(), click(member, norm.id))
    norms.on_take_down(context, Ack(), click(member, TEAM))
    norms.on_taken_down(context, ack, chosen(member, TEAM, "proposal.choice", "norm", norm.id))

    assert {code} == said_in(norms.answer_norms(context, TEAM, member))
    assert [{code}] * 3 == [said_in(view) for view in context.opened]
    assert {code} == said_in(ack.arguments)


@WHO
def test_a_form_without_a_choice_is_sent_back_in_ones_own_language(
    fakes: Fakes, norm: Norm, member: MemberId, code: str
) -> None:
    ack = Ack()

    norms.on_taken_down(context_of(fakes), ack, chosen(member, TEAM, "proposal.choice", "norm", ""))

    assert "errors" == ack.arguments["response_action"]
    assert {code} == said_in(ack.arguments)
