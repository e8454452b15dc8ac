"""Read the file that says what was agreed, such as with a works council."""

from datetime import date
from pathlib import Path
from typing import Annotated

from pydantic import SkipValidation

from bot.config import values
from bot.config.problems import Section, WrongValueError, parse
from bot.config.schema import Quotes, RetentionSection, Text
from bot.config.yaml_documents import read_document
from bot.core.agreement import Agreement, Terms
from bot.errors import ConfigError


def _name(text: str) -> str:
    if not text.strip():
        raise WrongValueError("is empty", "Write who runs the bot, as in config.yaml.")
    return text.strip()


class AgreedRetention(RetentionSection):
    """How long results and norms are kept. The agreement has to say it."""

    summaries_months: Annotated[int | None, values.scalar(values.whole_or_none(1, 120))]


class AgreementFile(Section):
    """All of the file. Nothing has a default, but that no prompt is off."""

    date: Annotated[date, SkipValidation, values.scalar(values.parse_date)]
    operator: Annotated[str, values.scalar(_name)]
    threshold: Annotated[int, values.scalar(values.whole(5, 20))]
    quotes: Quotes
    packs: tuple[Text, ...]
    prompts_off: tuple[Text, ...] = ()
    retention: AgreedRetention


def load_agreement(path: Path) -> Agreement:
    """Load what was agreed. Raises ``ConfigError``, which lists every problem of the file."""
    document = read_document(path, path.name, ConfigError)
    if document.data is None:
        raise ConfigError(
            f"{path.name}: the file is empty.", remedy="docs/configuration.md has an example to start from."
        )
    file = parse(document, AgreementFile, ConfigError)
    quotes = file.quotes
    return Agreement(
        signed_on=file.date,
        terms=Terms(
            threshold=file.threshold,
            quotes=(quotes.replies, quotes.allowed) if quotes else None,
            packs=frozenset(file.packs),
            prompts_off=frozenset(file.prompts_off),
            months=file.retention.summaries_months,
            operator=file.operator,
        ),
    )
