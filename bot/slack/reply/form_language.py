"""In which language a form is shown: one for all of its texts."""

from dataclasses import replace

from bot.core.language import ENGLISH, Language, Languages
from bot.core.model import Round, RoundKind
from bot.core.translation import has_language, round_in
from bot.slack.context import Body, ListenerContext
from bot.slack.kit.builders import View
from bot.slack.reply.blocks import Frame, frame


def language_of_notice(context: ListenerContext, body: Body, round_: Round | None) -> Language:
    """Return the language in which this person reads what holds no text of a prompt."""
    return context.language(body, *([round_.language] if round_ else []))


def language_of_form(context: ListenerContext, body: Body, round_: Round) -> Language:
    """Return the language in which a form opens for this person."""
    return language_in(round_, context.services.languages, language_of_notice(context, body, round_))


def language_in(round_: Round, languages: Languages, *wanted: Language) -> Language:
    """Return the first language in which all texts of a round's prompt are.

    First those that are wanted, then the channel's, then English, then the one in which it is written.
    """
    found = (*wanted, languages.named(round_.language), ENGLISH, languages.named(round_.prompt.language))
    return next((one for one in found if has_language(round_.prompt, one.code)), ENGLISH)


def in_one_language(round_: Round, languages: Languages, *wanted: Language) -> tuple[Round, Language]:
    """Return a round with its prompt in that language, and the language."""
    language = language_in(round_, languages, *wanted)
    return round_in(round_, language.code), language


def warned(context: ListenerContext, body: Body, round_: Round) -> Round:
    """Return a round for proposals as one in several languages, to whoever reads another than its channel.

    People join while a suggestion box is open. What was stored when it opened does not know of them, and
    theirs may be the only proposal in their language.
    """
    if round_.prompt.kind is not RoundKind.COLLECT or round_.several_languages:
        return round_
    others = language_of_notice(context, body, round_).code != round_.language
    return replace(round_, several_languages=others)


def language_shown(context: ListenerContext, body: Body, round_: Round, *, change: bool = False) -> Language:
    """Return the language of an open form: as it opened, whatever this person has set in Slack since.

    It is read from the words around the form, so that nothing about it is kept anywhere.
    """
    now = language_of_form(context, body, round_)
    shown = _frame_of(body["view"])
    others = (one for one in context.services.languages if has_language(round_.prompt, one.code))
    found = (one for one in (now, *others) if shown == frame(round_, change=change, language=one))
    return next(found, now)


def _frame_of(view: View) -> Frame:
    words = {key: str((view.get(key) or {}).get("text") or "") for key in ("title", "submit", "close")}
    return Frame(**words)
