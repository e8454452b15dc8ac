"""Apply the release rule: it decides what may be shown of a round.

The result depends only on the replies and the frozen policy of the round. docs/threat-model.md explains the
rule and its reasons. In short: a statement is shown as one number, or as one number for each tenure group,
never both. Under the threshold no number is shown. If nearly all or nearly none agree, the number never tells
whether the last two or three people agreed (``core.counts``).
"""

import hashlib
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType

from bot.core.choosing import SEES_HARM, WOULD_TRY, Tally, choice_of
from bot.core.counts import Count, count_of, merged_end, pooled
from bot.core.model import (
    GONE,
    Outcome,
    ReleasePolicy,
    Round,
    RoundId,
    RoundKind,
    RoundPrompt,
    Statement,
    StatementId,
    Tag,
    TagId,
)
from bot.core.redaction import redactor
from bot.core.replies import AGREE_FROM, ANSWERS, MAX_TAGS, Reply, Tenure

WARN_UNDER = 8
"""The admin is warned about a smaller audience: if one or two people stay silent, the round is withheld."""

LEAST_PROPOSALS = 3
"""Fewer proposals are never published: it would be too easy to guess who wrote each of them."""

VOTES: Mapping[Outcome, int] = MappingProxyType({Outcome.KEEP: 5, Outcome.CHANGE: 3, Outcome.LET_GO: 1})
"""The answer that stores each choice in a reply, when the channel looks at a norm again."""

TENURE_FROM = 20
"""The smallest audience that a round may ask how long people have been in the team."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupCount:
    """The one number shown of a statement in one tenure group."""

    group: Tenure
    count: Count


@dataclass(frozen=True, slots=True, kw_only=True)
class StatementRelease:
    """What is shown of a statement: one number, or one number for each tenure group instead. Never both.

    ``count`` is None if too few people answered, or if ``groups`` are shown instead: newer, longer, and those
    who did not say, if there are any. The groups are disjoint. Raises ``ValueError`` if both are given.
    """

    statement: StatementId
    count: Count | None
    groups: tuple[GroupCount, ...] = ()

    def __post_init__(self) -> None:
        """Refuse a total together with its groups: both together could reveal what one person answered."""
        if self.count is not None and self.groups:
            raise ValueError("a statement is shown in total or by group, never both")

    @property
    def total(self) -> Count | None:
        """The number of the whole statement: as shown, or the sum of the bounds of its groups.

        It is None if nothing is shown. The sum says nothing that the groups do not say. The exact total is
        not kept anywhere.
        """
        if not self.groups:
            return self.count
        return pooled(self.counts)

    @property
    def counts(self) -> tuple[Count, ...]:
        """The numbers as shown: none, one, or one for each tenure group."""
        return tuple(one.count for one in self.groups) or ((self.count,) if self.count else ())


@dataclass(frozen=True, slots=True, kw_only=True)
class TagRelease:
    """How many writers chose a tag; only tags that may be shown are released."""

    tag: TagId
    count: Count


@dataclass(frozen=True, slots=True, kw_only=True)
class Withheld:
    """The result of a round with fewer replies than its threshold: no number is shown or kept."""

    round_id: RoundId


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    """The frozen result of a round. It is the same for everybody and never changes, with one exception.

    The exception: a quote may be taken down (``core.quotes``). ``removed`` holds the days on which this
    happened, in the round's zone, oldest first. The numbers never change.

    ``proposals``: what a collecting round publishes, in the order of their handles; ``replies`` is then their
    number. A round that decides has at most one statement: the proposal that is tried. ``outcome``: what won
    when a channel looked at a norm again; the votes are not shown. ``tied``: another proposal or outcome had
    as many votes as the winner.
    """

    round_id: RoundId
    replies: int
    audience: int
    statements: tuple[StatementRelease, ...]
    tags: tuple[TagRelease, ...] = ()
    quotes: tuple[str, ...] = ()
    removed: tuple[date, ...] = ()
    proposals: tuple[str, ...] = ()
    outcome: Outcome | None = None
    tied: bool = False


Release = Withheld | Published

Result = tuple[Round, Release]
"""A round that has ended, with what may be shown of it."""


def release(round_: Round, replies: Sequence[Reply], *, seed: int, names: AbstractSet[str]) -> Release:
    """Return the result of a round: ``Withheld`` under the threshold, else everything that may be shown.

    The order of ``replies`` changes nothing: numbers are counts, and quotes are sorted before ``seed``
    shuffles them. A statement, a tag or an answer that is not in the round's prompt is not counted.

    Quotes are redacted here, so that no caller can forget it. ``names`` are all names and handles of the
    audience. In rounds from before audiences were frozen, somebody could join the channel later. If more
    people replied than the audience had at opening, the audience is the number of replies.
    """
    if round_.prompt.kind is RoundKind.COLLECT:
        return _release_proposals(round_, replies, seed, names)
    policy = round_.policy
    if len(replies) < policy.threshold:
        return Withheld(round_id=round_.id)
    if round_.prompt.kind is RoundKind.LOOK_AGAIN:
        return _release_outcome(round_, replies)
    if round_.prompt.kind is RoundKind.CHOOSE:
        return _release_choice(round_, replies)
    return Published(
        round_id=round_.id,
        replies=len(replies),
        audience=max(round_.audience_size, len(replies)),
        statements=tuple(
            _release_statement(statement, replies, policy.threshold, by_tenure=round_.prompt.asks_tenure)
            for statement in round_.prompt.statements
        ),
        tags=_release_tags(round_.prompt.tags, replies),
        quotes=_release_quotes(replies, policy, seed, names),
    )


def is_too_small(audience_size: int, threshold: int) -> bool:
    """Return whether an audience is too small for a round to open."""
    return audience_size < threshold


def warns_admin(audience_size: int) -> bool:
    """Return whether to warn the admin that an audience of this size will often get no results."""
    return audience_size < WARN_UNDER


def can_ask_tenure(prompt: RoundPrompt, audience_size: int) -> bool:
    """Return whether a round could show groups: it counts answers to statements, from 20 people or more."""
    shows_what_won = prompt.kind in {RoundKind.CHOOSE, RoundKind.LOOK_AGAIN}
    return bool(prompt.statements) and not shows_what_won and audience_size >= TENURE_FROM


def may_be_split(sizes: Mapping[Tenure, int], threshold: int) -> bool:
    """Return whether a statement may be shown by group, given how many people of each group answered it.

    Both groups need at least ``threshold`` people. Those who did not say must be none, or at least
    ``threshold`` too. Otherwise anyone who knows the total could subtract the groups from it and learn what
    these few people answered.

    >>> may_be_split({Tenure.NEWER: 5, Tenure.LONGER: 9, Tenure.UNSAID: 0}, 5)
    True
    >>> may_be_split({Tenure.NEWER: 5, Tenure.LONGER: 9, Tenure.UNSAID: 4}, 5)
    False
    """
    both = min(sizes[Tenure.NEWER], sizes[Tenure.LONGER]) >= threshold
    return both and (sizes[Tenure.UNSAID] == 0 or sizes[Tenure.UNSAID] >= threshold)


def outcome_of(keep: int, change: int, let_go: int) -> tuple[Outcome, bool]:
    """Return the outcome with the most votes, and whether there was a tie. After a tie the norm is kept."""
    votes = {Outcome.KEEP: keep, Outcome.CHANGE: change, Outcome.LET_GO: let_go}
    best = max(votes.values())
    winners = [outcome for outcome, number in votes.items() if number == best]
    return (winners[0], False) if len(winners) == 1 else (Outcome.KEEP, True)


def _release_proposals(
    round_: Round, replies: Sequence[Reply], seed: int, names: AbstractSet[str]
) -> Withheld | Published:
    """Return the proposals of a collecting round, redacted and shuffled. Equal words are one proposal.

    Only proposals whose writers made them public are used, as with quotes. If there are fewer than three,
    nothing is published, and nobody is told how many there were.
    """
    redact = redactor(names)
    texts = (redact(reply.text) for reply in replies if reply.quotable)
    by_words = {" ".join(text.casefold().split()): text for text in sorted(filter(None, texts))}
    if len(by_words) < LEAST_PROPOSALS:
        return Withheld(round_id=round_.id)
    return Published(
        round_id=round_.id,
        replies=len(by_words),
        audience=max(round_.audience_size, len(by_words)),
        statements=(),
        proposals=_shuffled(sorted(by_words.values()), seed),
    )


def _release_outcome(round_: Round, replies: Sequence[Reply]) -> Withheld | Published:
    """Return what won when the channel looked at a norm again, without the votes.

    The result is withheld if too few people chose. The votes are not shown because two counts of three
    options would let an outsider rule out an option for everybody.
    """
    (statement,) = round_.prompt.statements
    votes = [
        reply.answers[statement.id] for reply in replies if reply.answers.get(statement.id) in VOTES.values()
    ]
    if len(votes) < round_.policy.threshold:
        return Withheld(round_id=round_.id)
    outcome, tied = outcome_of(*(votes.count(VOTES[way]) for way in Outcome))
    return Published(
        round_id=round_.id,
        replies=len(replies),
        audience=max(round_.audience_size, len(replies)),
        statements=(),
        tags=_release_tags(round_.prompt.tags, replies),
        outcome=outcome,
        tied=tied,
    )


def _release_choice(round_: Round, replies: Sequence[Reply]) -> Published:
    """Return the one proposal that is tried, with the number of people who would try it.

    The result has no statement if no proposal is tried. It shows no number for the other proposals and none
    for harm: a second number could rule out an answer for everybody. The number is out of all who replied; a
    reply counts even if it says nothing about a proposal.
    """
    people = len(replies)

    def many(statement: Statement, answer: int) -> int:
        return sum(reply.answers.get(statement.id) == answer for reply in replies)

    tallies = [
        Tally(
            statement=statement.id, would_try=many(statement, WOULD_TRY), see_harm=many(statement, SEES_HARM)
        )
        for statement in round_.prompt.statements
        if statement.text != GONE
    ]
    chosen = choice_of(tallies, merged_end(people))
    shown = (
        [StatementRelease(statement=chosen.statement, count=count_of(chosen.would_try, people))]
        if chosen
        else []
    )
    return Published(
        round_id=round_.id,
        replies=people,
        audience=max(round_.audience_size, people),
        statements=tuple(shown),
        tied=chosen is not None and chosen.tied,
    )


def _release_statement(
    statement: Statement, replies: Sequence[Reply], threshold: int, *, by_tenure: bool
) -> StatementRelease:
    """Return the one number of a statement, or one number for each group instead."""
    answers: dict[Tenure, list[int]] = {group: [] for group in Tenure}
    for reply in replies:
        if reply.answers.get(statement.id) in ANSWERS:
            answers[reply.tenure].append(reply.answers[statement.id])
    if by_tenure and may_be_split({group: len(given) for group, given in answers.items()}, threshold):
        groups = (GroupCount(group=group, count=_counted(given)) for group, given in answers.items() if given)
        return StatementRelease(statement=statement.id, count=None, groups=tuple(groups))
    everybody = [answer for given in answers.values() for answer in given]
    return StatementRelease(
        statement=statement.id, count=_counted(everybody) if len(everybody) >= threshold else None
    )


def _counted(answers: Sequence[int]) -> Count:
    return count_of(sum(answer >= AGREE_FROM for answer in answers), len(answers))


def _release_tags(tags: Sequence[Tag], replies: Sequence[Reply]) -> tuple[TagRelease, ...]:
    """Return the tags that more people chose than an end merges, in the order of the prompt.

    Everybody has two choices. If the shown tags together used up all choices, everybody would know that
    nobody chose any other tag. Therefore tags are added, the most chosen first, only while they use no more
    choices than all but ``merged_end`` people have. People may compare their own choices, and still every
    other person may have chosen any tag.
    """
    people = len(replies)
    end = merged_end(people)
    chosen = ((tag.id, sum(tag.id in reply.tags for reply in replies)) for tag in tags)
    counts = {tag: count_of(number, people) for tag, number in chosen if number > end}
    shown: set[TagId] = set()
    choices_left = MAX_TAGS * (people - end)
    # Sort by the shown bound, not by the exact number: the selection must not reveal more than the bounds do.
    for tag in sorted(counts, key=lambda tag: -counts[tag].low):
        if counts[tag].low <= choices_left:
            choices_left -= counts[tag].low
            shown.add(tag)
    return tuple(TagRelease(tag=tag, count=count) for tag, count in counts.items() if tag in shown)


def _release_quotes(
    replies: Sequence[Reply], policy: ReleasePolicy, seed: int, names: AbstractSet[str]
) -> tuple[str, ...]:
    """Return the redacted texts that may be shown, shuffled by the seed.

    There are none if the round quotes nobody, or if too few writers agreed.
    """
    if not policy.quotes or len(replies) < policy.quote_replies:
        return ()
    redact = redactor(names)
    redacted = (redact(reply.text) for reply in replies if reply.quotable)
    quotes = sorted(quote for quote in redacted if quote is not None)
    return _shuffled(quotes, seed) if len(quotes) >= policy.quotes_allowed else ()


def _shuffled(quotes: Sequence[str], seed: int) -> tuple[str, ...]:
    """Return the quotes in an order that only the seed decides: by SHA-256 (FIPS 180-4) of seed and index."""

    def rank(place: int) -> bytes:
        return hashlib.sha256(f"quotes:{seed}:{place}".encode()).digest()

    return tuple(quotes[place] for place in sorted(range(len(quotes)), key=rank))
