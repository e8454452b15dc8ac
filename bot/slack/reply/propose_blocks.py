"""Why no proposal can be made in a channel yet."""

from datetime import datetime

from bot.core.language import N_, Language
from bot.core.model import Round
from bot.slack.kit.builders import View, moment, notice

NO_COLLECTING = N_("The questions of this channel have none that asks for proposals.")
"""Said where the prompts of a channel have no such question."""

NOT_YET = N_("No proposals are taken in this channel yet.")


def no_box_text(open_round: Round | None, next_at: datetime | None, zone: str, language: Language) -> str:
    """Why no proposal can be made in a channel yet, and when it can."""
    return f"{language.gettext(NOT_YET)} {_when(open_round, next_at, zone, language)}"


def _when(open_round: Round | None, next_at: datetime | None, zone: str, language: Language) -> str:
    if open_round:
        return language.gettext(
            "They are taken as soon as the question that is open now has closed, {closes}.",
            closes=moment(open_round.closes_at, open_round.zone, language),
        )
    if next_at:
        return language.gettext(
            "They are taken once the first question has closed here; the next one comes {opens}.",
            opens=moment(next_at, zone, language),
        )
    return language.gettext(
        "They are taken once the first question has closed here, and none is planned for now."
    )


def no_box_notice(text: str, language: Language) -> View:
    """Return the same as a modal."""
    # Translators: the title of a notice, at most 24 characters: proposals are not taken yet.
    return notice(language.gettext("Not yet"), text, language)
