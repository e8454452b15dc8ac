"""Languages that nobody speaks: one says every message longer and in brackets, others say whose it is."""

from dataclasses import replace
from gettext import NullTranslations
from string import Formatter

from bot.core.language import Language
from bot.core.model import RoundPrompt
from bot.core.pack_texts import tag_text
from bot.core.translation import LABEL, QUESTION

BEGIN, END = "[!!!", "!!!]"
LONGER = 0.4


def stretched(message: str) -> str:
    """The message in brackets and longer, with its placeholders."""
    letters = sum(len(text) for text, *_ in Formatter().parse(message))
    return f"{BEGIN} {message}{'~' * round(letters * LONGER)} {END}"


class Pseudo(NullTranslations):
    """Has a translation for every message."""

    def gettext(self, message: str) -> str:
        return stretched(message)

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        return stretched(msgid1 if n == 1 else msgid2)

    def pgettext(self, context: str, message: str) -> str:
        return message if context.startswith("date pattern") else stretched(message)


PSEUDO = Language("en-XA", Pseudo)


class Marked(NullTranslations):
    """Says everything in English, with the code of a language before it."""

    def __init__(self, code: str) -> None:
        super().__init__()
        self.code = code

    def gettext(self, message: str) -> str:
        return f"{self.code}: {message}"

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        return f"{self.code}: {msgid1 if n == 1 else msgid2}"

    def pgettext(self, context: str, message: str) -> str:
        return message if context.startswith("date pattern") else f"{self.code}: {message}"


def marked(code: str) -> Language:
    """A language whose messages can be told from those of another one."""
    return Language(code, lambda: Marked(code))


GERMAN, JAPANESE = marked("de"), marked("ja")


def translated(prompt: RoundPrompt, *codes: str) -> RoundPrompt:
    """The prompt with every text of its form in these languages, marked in the same way."""
    texts = {
        LABEL: prompt.label,
        QUESTION: prompt.question,
        **{one.id: one.text for one in prompt.statements},
        **{tag_text(one.id): one.text for one in prompt.tags},
    }
    return replace(
        prompt, translations={code: {key: f"{code}: {text}" for key, text in texts.items()} for code in codes}
    )
