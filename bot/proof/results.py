"""Check each published result alone against the rule of its round."""

from collections import Counter
from collections.abc import Iterator

from bot.core.audit import Evidence, StoredResult
from bot.core.counts import Count, count_of, merged_end
from bot.core.model import Round, RoundKind, RoundState
from bot.core.release import LEAST_PROPOSALS, TENURE_FROM, Published
from bot.core.replies import MAX_TAGS, Tenure
from bot.proof.attack_results import AttackDescription, AttackResult, called, count

_BOTH = (Tenure.NEWER, Tenure.LONGER)
HAS_RESULT = frozenset({RoundState.RELEASED, RoundState.CLOSED})

_NUMBERS = AttackDescription(
    attack="published numbers",
    tried="Hold every published number against the rule that its round was opened with.",
    remedy="belonging.db was changed by hand, or the bot has a fault: restore a backup, and report it.",
)


def recompute_results(evidence: Evidence) -> AttackResult:
    """Look for published numbers that the release rule would not have shown."""
    results = evidence.disk.results
    below = "is below a minimum of the privacy rules, or cannot be read"
    found = [f"{one} {below}" for one in evidence.disk.damaged]
    several = Counter(one.round.id for one in results)
    found += [f"round {one} has {many} results" for one, many in several.items() if many > 1]
    found += [f"{called(one.round)}: {what}" for one in results for what in _breaches(one)]
    return _NUMBERS.result(found, clean=f"{count(len(results), 'result')}, each as its own rule demands")


def _breaches(one: StoredResult) -> Iterator[str]:
    if one.round.state not in HAS_RESULT:
        yield "a result although the round has not closed"
    if one.released_at < one.round.closes_at:
        yield "a result from before its closing time"
    if one.round.closes_at - one.round.opened_at < one.round.policy.min_open:
        yield "open for a shorter time than its rule says"
    if one.surplus or one.release.round_id != one.round.id:
        yield "its result holds something that does not belong there"
    if isinstance(one.release, Published):
        yield from _broken_step(one.round, one.release)
    if isinstance(one.release, Published) and one.round.prompt.kind is not RoundKind.COLLECT:
        yield from _broken_numbers(one.round, one.release)
        yield from _broken_tags(one.round, one.release)
        yield from _broken_quotes(one.round, one.release)


def _broken_step(round_: Round, result: Published) -> Iterator[str]:
    """Yield faults in rounds in which a channel makes its own rules.

    Proposals may be shown only together with others. An outcome may be shown only without votes.
    """
    kind, proposals = round_.prompt.kind, result.proposals
    words = [text for text in proposals if text]  # a proposal that was taken down has an empty text
    if kind is not RoundKind.COLLECT and proposals:
        yield "proposals of a round that did not collect any"
    if kind is RoundKind.COLLECT and (
        len(proposals) < LEAST_PROPOSALS or len(set(words)) != len(words) or result.replies != len(proposals)
    ):
        yield "fewer proposals than may be shown together"
    if kind is RoundKind.COLLECT and (result.statements or result.tags or result.quotes):
        yield "something beside the proposals"
    if (kind is RoundKind.LOOK_AGAIN) is not (result.outcome is not None):
        yield "an outcome that nobody was asked for, or none where one was"
    if kind is RoundKind.LOOK_AGAIN and (result.statements or result.quotes):
        yield "votes, beside what won"
    if kind is RoundKind.CHOOSE:
        yield from _broken_choice(result)


def _broken_choice(result: Published) -> Iterator[str]:
    """Yield faults of a round that decides. It may show only one number: for the proposal that is tried."""
    counts = [one.count for one in result.statements]
    if len(counts) > 1 or result.tags or result.quotes or (result.tied and not counts):
        yield "something beside what is tried"
    if not all(one and one.of == result.replies and one.low > merged_end(one.of) for one in counts):
        yield "a choice of what too few would try, or counted of too few"


def _broken_numbers(round_: Round, result: Published) -> Iterator[str]:
    threshold = round_.policy.threshold
    if result.replies < threshold:
        yield f"{result.replies} replies, under the threshold of {threshold}"
    if result.audience < result.replies:
        yield "more replies than people"
    shown = [one.statement for one in result.statements]
    if len(set(shown)) != len(shown) or not set(shown) <= {one.id for one in round_.prompt.statements}:
        yield "a statement with more than one number, or of another round"
    counts = [count for one in result.statements for count in one.counts]
    if not all(threshold <= one.of <= result.replies and _may_be_shown(one) for one in counts):
        yield "a number that the rule does not show"
    yield from _broken_groups(round_, result)


def _broken_groups(round_: Round, result: Published) -> Iterator[str]:
    """Yield faults of numbers by group. A total together with its groups cannot be stored at all."""
    split = [one for one in result.statements if one.groups]
    asked = round_.prompt.asks_tenure
    if asked and round_.audience_size < TENURE_FROM:
        yield "how long people have been there was asked of too few"
    if split and not asked:
        yield "numbers by group although the round did not ask for groups"
    named = ([group.group for group in one.groups] for one in split)
    if any(groups not in ([*_BOTH], [*_BOTH, Tenure.UNSAID]) for groups in named):
        yield "a statement that is not shown for both groups"
    if any(sum(group.count.of for group in one.groups) > result.replies for one in split):
        yield "groups of more people than replied"


def _broken_tags(round_: Round, result: Published) -> Iterator[str]:
    end = merged_end(result.replies)
    counts = [tag.count for tag in result.tags]
    shown = [tag.tag for tag in result.tags]
    if len(set(shown)) != len(shown) or not set(shown) <= {tag.id for tag in round_.prompt.tags}:
        yield "a tag with more than one number, or of another round"
    if not all(one.low > end and one.of == result.replies and _may_be_shown(one) for one in counts):
        yield "a tag of too few writers"
    if sum(one.low for one in counts) > MAX_TAGS * (result.replies - end):
        yield "tags that together leave nothing open"


def _broken_quotes(round_: Round, result: Published) -> Iterator[str]:
    policy = round_.policy
    if result.quotes and not policy.quotes:
        yield "quotes in a round that quotes nobody"
    if result.quotes and result.replies < policy.quote_replies:
        yield "quotes from too few replies"
    # The number of quotes taken down is unknown: two quotes with the same words are taken down together.
    if 0 < len(result.quotes) < policy.quotes_allowed and not result.removed:
        yield "fewer quotes than may be shown together"


def _may_be_shown(one: Count) -> bool:
    try:
        return one in {count_of(agreed, one.of) for agreed in range(one.of + 1)}
    except ValueError:
        return False
