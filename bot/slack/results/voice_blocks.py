"""Write results in Slack's markup or in plain text, and the lines that all results about norms share."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from bot.core.model import NormId, Round, RoundKind
from bot.core.norms import Norm, NormState, NormStep
from bot.core.release import Published, StatementRelease
from bot.core.summary import GROUP_NAMES, count_in_words, summarise
from bot.slack.kit.builders import count_dots, date_in_words, escape
from bot.slack.results.blocks import tag_in_words


@dataclass(frozen=True, slots=True, kw_only=True)
class Voice:
    """A way to format text: in Slack's markup, or as plain text."""

    bold: str
    escape: Callable[[str], str]

    def strong(self, text: str) -> str:
        """Return the text in bold, if this voice has bold."""
        return f"{self.bold}{text}{self.bold}"

    def words(self, text: str) -> str:
        """Return words that somebody wrote, escaped and in one line."""
        return self.escape(" ".join(text.split()))


MARKUP = Voice(bold="*", escape=escape)
PLAIN = Voice(bold="", escape=str)


def taken_down(norm: Norm | None, voice: Voice) -> str:
    """Return the text that replaces the words of a proposal that was taken down."""
    if norm is None or norm.state is not NormState.TAKEN_DOWN:
        return "Taken down by an admin."
    return f"Taken down by an admin on {date_in_words(norm.last.on)}: {voice.words(norm.last.reason)}"


def support(found: StatementRelease, what: str, voice: Voice) -> str:
    """Return a sentence on how many people say ``what`` of a statement, or how many in each tenure group.

    In markup the number has a row of dots, except by group.
    """
    if found.groups:
        counts = "; ".join(
            f"{GROUP_NAMES[one.group]}: {voice.strong(count_in_words(one.count))}"
            f"{'' if place else f' {what}'}"
            for place, one in enumerate(found.groups)
        )
        return f"{counts[:1].upper()}{counts[1:]}."
    if found.count is None:
        return "Too few people answered this one to show it."
    dots = f"`{count_dots(found.count)}` " if voice is MARKUP else ""
    return f"{dots}{voice.strong(count_in_words(found.count))} {what}."


def about(round_: Round, ledger: Sequence[Norm]) -> Norm | None:
    """Return the norm that a round is about."""
    return next((norm for norm in ledger if norm.id == round_.prompt.norm), None)


def step_of(norm: Norm | None, number: int) -> NormStep | None:
    """Return the step that the round of this number added to a norm."""
    return next((step for step in norm.steps if step.round == number), None) if norm else None


def asked_about(round_: Round, norm: Norm | None, voice: Voice) -> str:
    """Return the words that a round asked about, with a short heading."""
    if norm and norm.state is NormState.TAKEN_DOWN:
        return taken_down(norm, voice)
    texts = {NormId(statement.id): statement.text for statement in round_.prompt.statements}
    what = "What we agreed:" if round_.prompt.kind is RoundKind.LOOK_AGAIN else "The proposal:"
    return f"{voice.strong(what)} {voice.words(next(iter(texts.values()), ''))}"


def tags(round_: Round, release: Published, heading: str, voice: Voice) -> list[str]:
    """Return the reasons that several people chose, under a heading; empty if none may be shown."""
    found = summarise(round_, release).tags
    if not found:
        return []
    lines = "\n".join(f"•  {voice.escape(tag_in_words(tag))}" for tag in found)
    return [f"{voice.strong(heading)} (chosen by several)\n{lines}"]
