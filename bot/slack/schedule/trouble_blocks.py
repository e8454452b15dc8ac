"""Notes to one admin about messages that Slack refused, or of which nobody knows whether they arrived."""

from collections.abc import Mapping
from typing import NamedTuple

from bot.core.language import N_, Language
from bot.core.model import ChannelId
from bot.core.posts import PostKind, PostOutcome, Trouble
from bot.slack.kit.builders import channel_link


class _Sentences(NamedTuple):
    """What happened to a message of one kind."""

    unknown: str
    refused: str
    late: str


_QUESTION = _Sentences(
    # Translators: {reason_in_parentheses} is empty, or a space and a code: “ (`channel_not_found`)”.
    N_(
        "I sent the question to {channel_link}, and Slack did not say whether it arrived{reason_in_parentheses}."
    ),
    # Translators: {reason_in_parentheses} is empty, or a space and a code: “ (`channel_not_found`)”.
    N_("I could not post the question in {channel_link}: Slack refuses it{reason_in_parentheses}."),
    N_("I could not post the question in {channel_link} in time."),
)

_OTHER = _Sentences(
    # Translators: {reason_in_parentheses} is empty, or a space and a code: “ (`channel_not_found`)”.
    N_(
        "I sent a message to {channel_link}, and Slack did not say whether it arrived{reason_in_parentheses}."
    ),
    # Translators: {reason_in_parentheses} is empty, or a space and a code: “ (`channel_not_found`)”.
    N_("I could not post a message in {channel_link}: Slack refuses it{reason_in_parentheses}."),
    N_("I could not post a message in {channel_link} in time."),
)

_BY_KIND: Mapping[PostKind, _Sentences] = {
    PostKind.ASKING: _QUESTION,
    PostKind.QUESTION: _QUESTION,
    PostKind.REMINDER: _Sentences(
        # Translators: {reason_in_parentheses} is empty, or a space and a code: “ (`channel_not_found`)”.
        N_(
            "I sent the reminder to {channel_link}, and Slack did not say whether it arrived{reason_in_parentheses}."
        ),
        # Translators: {reason_in_parentheses} is empty, or a space and a code: “ (`channel_not_found`)”.
        N_("I could not post the reminder in {channel_link}: Slack refuses it{reason_in_parentheses}."),
        N_("I could not post the reminder in {channel_link} in time."),
    ),
    PostKind.SUMMARY: _Sentences(
        # Translators: {reason_in_parentheses} is empty, or a space and a code: “ (`channel_not_found`)”.
        N_(
            "I sent the summary to {channel_link}, and Slack did not say whether it arrived{reason_in_parentheses}."
        ),
        # Translators: {reason_in_parentheses} is empty, or a space and a code: “ (`channel_not_found`)”.
        N_("I could not post the summary in {channel_link}: Slack refuses it{reason_in_parentheses}."),
        N_("I could not post the summary in {channel_link} in time."),
    ),
    PostKind.CYCLE: _Sentences(
        # Translators: {reason_in_parentheses} is empty, or a space and a code: “ (`channel_not_found`)”.
        N_(
            "I sent the look back at all topics to {channel_link}, and Slack did not say whether it arrived{reason_in_parentheses}."
        ),
        # Translators: {reason_in_parentheses} is empty, or a space and a code: “ (`channel_not_found`)”.
        N_(
            "I could not post the look back at all topics in {channel_link}: Slack refuses it{reason_in_parentheses}."
        ),
        N_("I could not post the look back at all topics in {channel_link} in time."),
    ),
    PostKind.GO_ON: _Sentences(
        # Translators: {reason_in_parentheses} is empty, or a space and a code: “ (`channel_not_found`)”.
        N_(
            "I sent the question whether to go on to {channel_link}, and Slack did not say whether it arrived{reason_in_parentheses}."
        ),
        # Translators: {reason_in_parentheses} is empty, or a space and a code: “ (`channel_not_found`)”.
        N_(
            "I could not post the question whether to go on in {channel_link}: Slack refuses it{reason_in_parentheses}."
        ),
        N_("I could not post the question whether to go on in {channel_link} in time."),
    ),
    PostKind.CANCELLED: _Sentences(
        # Translators: {reason_in_parentheses} is empty, or a space and a code: “ (`channel_not_found`)”.
        N_(
            "I sent the note that a question was cancelled to {channel_link}, and Slack did not say whether it arrived{reason_in_parentheses}."
        ),
        # Translators: {reason_in_parentheses} is empty, or a space and a code: “ (`channel_not_found`)”.
        N_(
            "I could not post the note that a question was cancelled in {channel_link}: Slack refuses it{reason_in_parentheses}."
        ),
        N_("I could not post the note that a question was cancelled in {channel_link} in time."),
    ),
    PostKind.KEY_LOST: _Sentences(
        # Translators: {reason_in_parentheses} is empty, or a space and a code: “ (`channel_not_found`)”.
        N_(
            "I sent the note that a question ended without a result to {channel_link}, and Slack did not say whether it arrived{reason_in_parentheses}."
        ),
        # Translators: {reason_in_parentheses} is empty, or a space and a code: “ (`channel_not_found`)”.
        N_(
            "I could not post the note that a question ended without a result in {channel_link}: Slack refuses it{reason_in_parentheses}."
        ),
        N_("I could not post the note that a question ended without a result in {channel_link} in time."),
    ),
    PostKind.INTRODUCTION: _Sentences(
        # Translators: {reason_in_parentheses} is empty, or a space and a code: “ (`channel_not_found`)”.
        N_(
            "I sent my introduction to {channel_link}, and Slack did not say whether it arrived{reason_in_parentheses}."
        ),
        # Translators: {reason_in_parentheses} is empty, or a space and a code: “ (`channel_not_found`)”.
        N_("I could not post my introduction in {channel_link}: Slack refuses it{reason_in_parentheses}."),
        N_("I could not post my introduction in {channel_link} in time."),
    ),
    PostKind.CHANGE: _Sentences(
        # Translators: {reason_in_parentheses} is empty, or a space and a code: “ (`channel_not_found`)”.
        N_(
            "I sent the note about a changed schedule to {channel_link}, and Slack did not say whether it arrived{reason_in_parentheses}."
        ),
        # Translators: {reason_in_parentheses} is empty, or a space and a code: “ (`channel_not_found`)”.
        N_(
            "I could not post the note about a changed schedule in {channel_link}: Slack refuses it{reason_in_parentheses}."
        ),
        N_("I could not post the note about a changed schedule in {channel_link} in time."),
    ),
    PostKind.CORRECTION: _Sentences(
        # Translators: {reason_in_parentheses} is empty, or a space and a code: “ (`channel_not_found`)”.
        N_(
            "I sent the summary without what was taken down to {channel_link}, and Slack did not say whether it arrived{reason_in_parentheses}."
        ),
        # Translators: {reason_in_parentheses} is empty, or a space and a code: “ (`channel_not_found`)”.
        N_(
            "I could not post the summary without what was taken down in {channel_link}: Slack refuses it{reason_in_parentheses}."
        ),
        N_("I could not post the summary without what was taken down in {channel_link} in time."),
    ),
}
_QUESTIONS = frozenset({PostKind.ASKING, PostKind.QUESTION})


def trouble_note(trouble: Trouble, channel: ChannelId, language: Language) -> str:
    """Return what happened to a message to a channel, and what an admin can do about it."""
    sentences = _BY_KIND.get(trouble.kind, _OTHER)
    why, link = f" (`{trouble.reason}`)" if trouble.reason else "", channel_link(channel)
    if trouble.fate is PostOutcome.UNKNOWN:
        what, then = sentences.unknown, _UNKNOWN
    else:
        what = sentences.refused if trouble.reason else sentences.late
        then = _GIVEN_UP if trouble.fate is PostOutcome.GIVEN_UP else _WAITS
    said = [
        language.gettext(what, channel_link=link, reason_in_parentheses=why),
        language.gettext(then),
        *(language.gettext(remedy) for remedy in _remedies(trouble)),
    ]
    return " ".join(said)


_UNKNOWN = N_("It may be there once, twice or not at all. I do not send it again.")
_GIVEN_UP = N_("I do not try again.")
_WAITS = N_("I go on trying.")


def _remedies(trouble: Trouble) -> list[str]:
    """Return what an admin can do, as a list of none or one."""
    if trouble.fate is PostOutcome.UNKNOWN:
        if trouble.kind is PostKind.QUESTION:
            return [_ASK_AGAIN]
        return [_ASK_FOR_SUMMARY] if trouble.kind is PostKind.SUMMARY else []
    if trouble.kind is PostKind.CORRECTION:
        return [_DELETE_SUMMARY]
    return [_ASK_AT_ONCE] if trouble.fate is PostOutcome.GIVEN_UP and trouble.kind in _QUESTIONS else []


_ASK_AGAIN = N_("If it is not there, type `/belonging cancel` in that channel, and then `/belonging ask`.")
_ASK_FOR_SUMMARY = N_("`/belonging summary` shows it to whoever asks in that channel.")
# Translators: a summary could not be replaced.
_DELETE_SUMMARY = N_(
    "Until then the old one stands there; an admin of the workspace can delete that message."
)
_ASK_AT_ONCE = N_("The next one comes as scheduled; `/belonging ask` in that channel asks at once.")
