"""Write results in Slack's markup or in plain text, and the lines that all results about norms share."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from bot.core.counts import Count
from bot.core.language import ENGLISH, Language
from bot.core.model import Round, RoundKind
from bot.core.norms import Norm, NormState, NormStep
from bot.core.release import Published
from bot.core.summary import count_in_words, summarise
from bot.core.taken_down import readable
from bot.slack.kit.builders import count_dots, escape
from bot.slack.results.line_blocks import tag_in_words


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


def taken_down(norm: Norm | None, voice: Voice, language: Language) -> str:
    """Return the text that replaces the words of a proposal that was taken down."""
    if norm is None or norm.state is not NormState.TAKEN_DOWN:
        # Translators: Stands in place of a proposal.
        return language.gettext("Taken down by an admin.")
    # Translators: Stands in place of a proposal. {reason} is what the admin wrote.
    return language.gettext(
        "Taken down by an admin on {day}: {reason}",
        day=language.day(norm.last.on),
        reason=voice.words(norm.last.reason),
    )


def words_of(text: str, norm: Norm | None, voice: Voice, language: Language = ENGLISH) -> str:
    """Return the words of a proposal, or the reason why they were taken down. ``text``: as it was asked."""
    if norm and norm.state is NormState.TAKEN_DOWN:
        return taken_down(norm, voice, language)
    return voice.words(readable(text, language))


def support(count: Count | None, sentence: str, voice: Voice, language: Language) -> str:
    """Return how many people say something of a proposal, in markup after a row of dots.

    ``sentence``: a message with a place for ``count``.
    """
    if count is None:
        return language.gettext("Too few people answered this one to show it.")
    dots = f"`{count_dots(count)}` " if voice is MARKUP else ""
    said = language.gettext(sentence, count=voice.strong(count_in_words(count, language)))
    return f"{dots}{said}"


def about(round_: Round, ledger: Sequence[Norm]) -> Norm | None:
    """Return the norm that a round is about."""
    return next((norm for norm in ledger if norm.id == round_.prompt.norm), None)


def step_of(norm: Norm | None, number: int) -> NormStep | None:
    """Return the step that the round of this number added to a norm."""
    return next((step for step in norm.steps if step.round == number), None) if norm else None


def asked_about(round_: Round, norm: Norm | None, voice: Voice, language: Language = ENGLISH) -> str:
    """Return the words that a round asked about, with a short heading."""
    if norm and norm.state is NormState.TAKEN_DOWN:
        return taken_down(norm, voice, language)
    agreed = round_.prompt.kind is RoundKind.LOOK_AGAIN
    # Translators: Stands before the words of what is being tried.
    heading = language.gettext("What we agreed:")
    if not agreed:
        # Translators: Stands before the words of a proposal.
        heading = language.gettext("The proposal:")
    text = next((one.text for one in round_.prompt.statements), "")
    return f"{voice.strong(heading)} {words_of(text, norm, voice, language)}"


def tags(round_: Round, release: Published, heading: str, voice: Voice, language: Language) -> list[str]:
    """Return the reasons that several people chose, under a heading; empty if none may be shown."""
    found = summarise(round_, release).tags
    if not found:
        return []
    # Translators: {heading} is what these reasons are about; below it stand reasons that several people chose.
    above = language.gettext("{heading} (chosen by several)", heading=voice.strong(heading))
    return ["\n".join([above, *(f"•  {voice.escape(tag_in_words(tag, language))}" for tag in found)])]
