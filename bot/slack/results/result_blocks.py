"""The result of a round of any kind: posted, asked for, shared, or in a modal."""

from collections.abc import Sequence
from dataclasses import replace

from bot.core.language import ENGLISH, N_, Language
from bot.core.model import Round, RoundKind
from bot.core.norms import Norm, NormState, latest_change
from bot.core.release import Published, Release, Result
from bot.slack.kit.builders import (
    Block,
    View,
    actions,
    context,
    escape,
    mention,
    modal,
    section,
    suggest_button,
)
from bot.slack.kit.result_lines import waiting_for
from bot.slack.results import blocks as summary
from bot.slack.results.cycle_blocks import NONE_YET
from bot.slack.results.line_blocks import share_button
from bot.slack.results.norm_blocks import norm_summary, norm_text

BECAME = {
    # Translators: Of what the channel had tried.
    NormState.KEPT: N_("You kept: “{words}”."),
    # Translators: Of what the channel had tried.
    NormState.CHANGED: N_("You changed: “{words}”."),
    # Translators: Of what the channel had tried.
    NormState.LET_GO: N_("You let go of: “{words}”."),
}
"""What a channel decided on a norm."""


def result_text(
    round_: Round,
    release: Release,
    earlier: Sequence[Result] = (),
    ledger: Sequence[Norm] = (),
    language: Language = ENGLISH,
) -> str:
    """Return the whole result in plain text."""
    if round_.prompt.kind is RoundKind.REFLECT:
        return summary.summary_text(round_, release, earlier, language)
    return norm_text(round_, release, ledger, language)


def result_notification(
    round_: Round,
    release: Release,
    earlier: Sequence[Result] = (),
    ledger: Sequence[Norm] = (),
    language: Language = ENGLISH,
) -> str:
    """Return the whole result in one line of mrkdwn, for notifications and screen readers."""
    return escape(result_text(round_, release, earlier, ledger, language))


def result_message(
    round_: Round,
    release: Release,
    earlier: Sequence[Result] = (),
    ledger: Sequence[Norm] = (),
    language: Language = ENGLISH,
) -> list[Block]:
    """Return the message of a result, with the button for proposals."""
    suggest = suggest_button(round_.channel, language)
    return _result(round_, release, earlier, ledger, suggest, language=language)


def result_modal(
    round_: Round,
    release: Release,
    earlier: Sequence[Result] = (),
    ledger: Sequence[Norm] = (),
    language: Language = ENGLISH,
) -> View:
    """Return the result as a modal, which has more room and no buttons."""
    if round_.prompt.kind is RoundKind.REFLECT:
        change = change_in_words(ledger, language)
        return summary.summary_modal(round_, release, earlier, change, language)
    blocks = norm_summary(round_, release, ledger, in_modal=True, language=language)
    # Translators: A title of at most 24 letters. Belonging is the name of the bot.
    title, close = language.gettext("Belonging summary"), language.pgettext("button", "Close")
    return modal(title, blocks, close=close, callback_id="summary.read")


def asked_result(
    latest: Result | None,
    open_round: Round | None,
    earlier: Sequence[Result] = (),
    ledger: Sequence[Norm] = (),
    language: Language = ENGLISH,
) -> tuple[str, list[Block]]:
    """Return the answer to ``/belonging summary``: the latest result and the next date."""
    waiting = waiting_for(open_round, language)
    if latest is None:
        text = waiting or language.gettext(NONE_YET)
        return text, [section(text)]
    round_, release = latest
    buttons = [suggest_button(round_.channel, language)]
    if round_.prompt.kind is RoundKind.REFLECT:
        buttons.insert(0, share_button("summary.share", round_.id, language))
    blocks = _result(round_, release, earlier, ledger, *buttons, language=language)
    if waiting:
        blocks.append(context(waiting))
    return result_notification(round_, release, earlier, ledger, language), blocks


def shared_result(
    round_: Round,
    release: Release,
    member: str,
    earlier: Sequence[Result] = (),
    ledger: Sequence[Norm] = (),
    language: Language = ENGLISH,
) -> list[Block]:
    """Return a result that a member shares in the channel, without quotes.

    A quote is in one message only, so that taking it down there takes it down everywhere. For the same reason
    results with proposals are not shared; ``/belonging norms`` shows them.
    """
    notes = [language.gettext("{member} shared this summary again.", member=mention(member))]
    if isinstance(release, Published) and release.quotes:
        notes.append(language.gettext("The quotes stand in the first message, and in `/belonging summary`."))
        release = replace(release, quotes=())
    return [*_result(round_, release, earlier, ledger, language=language), context(*notes)]


def change_in_words(ledger: Sequence[Norm], language: Language = ENGLISH) -> str:
    """Return the latest decision on a norm in plain text; empty where there is none."""
    norm = latest_change(ledger)
    if norm is None:
        return ""
    return language.gettext(BECAME[norm.state], words=" ".join(norm.quoted.split()))


def _result(
    round_: Round,
    release: Release,
    earlier: Sequence[Result],
    ledger: Sequence[Norm],
    *buttons: Block,
    language: Language,
) -> list[Block]:
    if round_.prompt.kind is RoundKind.REFLECT:
        change = change_in_words(ledger, language)
        return summary.summary(round_, release, earlier, change, *buttons, language=language)
    blocks = norm_summary(round_, release, ledger, language=language)
    return [*blocks, actions("summary.actions", *buttons)] if buttons else blocks
