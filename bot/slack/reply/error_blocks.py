"""Sentences at a field of the reply form that cannot be taken as it is."""

from bot.core.model import TEXT_LIMIT
from bot.core.replies import MAX_TAGS

NO_SUCH_ANSWER = "Please choose one of the answers shown."
EMPTY = "Choose an answer, or write a line; an empty reply says nothing."
NOTHING_ANSWERED = "Please choose an answer; an empty reply says nothing."
TOO_MANY_TAGS = f"Please choose at most {MAX_TAGS}."
NO_WORDS = "There is nothing to quote yet. Write a line, or choose another answer above."
NOTHING_TO_QUOTE = "There is no text to quote. Write a line above, or take the tick away."

NO_PROPOSAL = "Please write what we could try; a sentence is enough."
NOTHING_LEFT = (
    "Too little of this is left once names and links are taken out. Please say it in three words or more."
)
NOTHING_CHOSEN = "Please choose one of these, or write a line below; an empty reply says nothing."
OLDER = (
    "You have changed or withdrawn this reply since this form was opened, so nothing was changed now. To write another "
    "one, please open the form anew."
)


def too_long(length: int, most: int = TEXT_LIMIT) -> str:
    """Return what is said at a text of so many characters."""
    return f"Please shorten this to {most:,} characters; it has {length:,}."
