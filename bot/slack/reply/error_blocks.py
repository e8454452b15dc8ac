"""Sentences at a field of the reply form that cannot be taken as it is."""

from bot.core.language import ENGLISH, N_, Language
from bot.core.model import TEXT_LIMIT
from bot.core.replies import MAX_TAGS

NO_SUCH_ANSWER = N_("Please choose one of the answers shown.")
EMPTY = N_("Choose an answer, or write a line; an empty reply says nothing.")
NOTHING_ANSWERED = N_("Please choose an answer; an empty reply says nothing.")
NO_WORDS = N_("There is nothing to quote yet. Write a line, or choose another answer above.")
NOTHING_TO_QUOTE = N_("There is no text to quote. Write a line above, or take the tick away.")

NO_PROPOSAL = N_("Please write what we could try; a sentence is enough.")
NOTHING_LEFT = N_(
    "Too little of this is left once names and links are taken out. Please say it in three words or more."
)
NOTHING_CHOSEN = N_("Please choose one of these, or write a line below; an empty reply says nothing.")
OLDER = N_(
    "You have changed or withdrawn this reply since this form was opened, so nothing was changed now. To write another "
    "one, please open the form anew."
)


def too_many_tags(language: Language) -> str:
    """Return what is said where more tags are chosen than may be."""
    return language.ngettext("Please choose at most {number}.", "Please choose at most {number}.", MAX_TAGS)


def too_long(length: int, most: int = TEXT_LIMIT, language: Language = ENGLISH) -> str:
    """Return what is said at a text of so many characters."""
    # Translators: {number} is how many characters there may be, {length} how many there are.
    return language.ngettext(
        "Please shorten this to {number} character; it has {length}.",
        "Please shorten this to {number} characters; it has {length}.",
        most,
        length=language.number(length),
    )
