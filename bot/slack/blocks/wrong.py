"""What stands at a field of the reply form that cannot be taken as it is."""

from bot.core.model import TEXT_LIMIT
from bot.core.replies import MAX_TAGS

NO_SUCH_ANSWER = "Please choose one of the answers shown."
EMPTY = "Write a line, or choose an answer below; an empty reply says nothing."
TOO_MANY_TAGS = f"Please choose at most {MAX_TAGS}."
NOTHING_TO_QUOTE = "There is no text to quote. Write a line above, or take the tick away."


def too_long(length: int) -> str:
    """Said at a text of so many characters."""
    return f"Please shorten this to {TEXT_LIMIT:,} characters; it has {length:,}."
