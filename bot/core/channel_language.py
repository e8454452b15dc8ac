"""Choose the language of a channel: the one to which most of its people have set Slack."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from bot.core.language import ENGLISH, Language, Languages

FEWEST = 5
"""In a channel of fewer people nobody's language counts: it would tell whoever is there with one other what
that person has set Slack to. No question opens there either."""


@dataclass(frozen=True, slots=True)
class UsualLanguage:
    """The language for a channel.

    ``of_most``: more than half of its people have set Slack to it. ``known``: enough people's languages are.
    """

    language: Language
    of_most: bool
    known: bool


def usual_language(languages: Languages, locales: Sequence[str], present: str = "") -> UsualLanguage:
    """Return the language that most people of a channel read; ``locales``: one for each person.

    Somebody whose language the bot does not speak counts for English. Of several languages with as many
    people, it is the ``present`` one of the channel, then English, then the first by its code. Of fewer than
    ``FEWEST`` people it is the present one, or English.

    >>> usual_language(Languages([Language("de")]), ["de-DE", "de-AT", "de-CH", "en-GB", ""]).language.code
    'de'
    >>> usual_language(Languages([Language("de")]), ["de-DE", "de-DE", "de-AT", "de-CH"]).language.code
    'en'
    """
    if len(locales) < FEWEST:
        return UsualLanguage(languages.named(present), of_most=False, known=False)
    set_to = Counter(found.code for locale in locales if (found := languages.find(locale)))
    read = Counter(set_to)
    read[ENGLISH.code] += len(locales) - set_to.total()
    best = min(read, key=lambda code: (-read[code], code != present, code != ENGLISH.code, code))
    return UsualLanguage(languages.named(best), of_most=2 * set_to[best] > len(locales), known=True)
