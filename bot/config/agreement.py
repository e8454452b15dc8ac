"""Read the file that says what was agreed, such as with a works council."""

import re
from datetime import date, timedelta
from pathlib import Path
from typing import Annotated

from pydantic import SkipValidation

from bot.config import values
from bot.config.problems import Problem, Section, WrongValueError, error_of, parse
from bot.config.schema import (
    LONGEST_ROUND,
    MINUTE,
    ChannelText,
    Flag,
    MemberText,
    Quotes,
    RetentionSection,
    Text,
)
from bot.config.yaml_documents import Document, read_document
from bot.core.agreement import Agreement, Terms
from bot.errors import ConfigError


def _name(text: str) -> str:
    if not text.strip():
        raise WrongValueError("is empty", "Write who runs the bot, as in config.yaml.")
    return text.strip()


def _fingerprint(text: str) -> str:
    if not re.fullmatch(r"[0-9a-f]{64}", text.strip()):
        raise WrongValueError("is no fingerprint", "Copy what 'belonging prompts fingerprint' prints.")
    return text.strip()


class AgreedRetention(RetentionSection):
    """How long results and norms are kept. The agreement has to say it."""

    summaries_months: Annotated[int | None, values.scalar(values.whole_or_none(1, 120))]


class AgreementFile(Section):
    """All of the file. What is None was not agreed; of the rest, only ``prompts_off`` has a default."""

    date: Annotated[date, SkipValidation, values.scalar(values.parse_date)]
    operator: Annotated[str, values.scalar(_name)]
    threshold: Annotated[int, values.scalar(values.whole(5, 20))]
    quotes: Quotes
    packs: tuple[Text, ...]
    prompts_off: tuple[Text, ...] = ()
    retention: AgreedRetention
    fingerprints: dict[str, Annotated[str, values.scalar(_fingerprint)]] | None = None
    channels: tuple[ChannelText, ...] | None = None
    admins: tuple[MemberText, ...] | None = None
    channel_creators: Flag | None = None
    tenure: Flag | None = None
    min_open: Annotated[timedelta | None, values.scalar(values.duration(MINUTE, LONGEST_ROUND))] = None


def load_agreement(path: Path) -> Agreement:
    """Load what was agreed. Raises ``ConfigError``, which lists every problem of the file."""
    document = read_document(path, path.name, ConfigError)
    if document.data is None:
        raise ConfigError(
            f"{path.name}: the file is empty.", remedy="docs/configuration.md has an example to start from."
        )
    _refuse_empty_keys(document)
    file = parse(document, AgreementFile, ConfigError)
    _refuse_other_packs(document, file)
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
            fingerprints=file.fingerprints,
            channels=None if file.channels is None else frozenset(file.channels),
            admins=None if file.admins is None else frozenset(file.admins),
            creators=file.channel_creators,
            tenure=file.tenure,
            min_open=file.min_open,
        ),
    )


def _refuse_empty_keys(document: Document) -> None:
    """Raise ``ConfigError`` for keys without a value: whoever signed may have meant "none" by them."""
    problems = [
        Problem(path=(key,), what="is empty", remedy="Write a value, [] for none, or take the line out.")
        for key, value in (document.data.items() if isinstance(document.data, dict) else ())
        if value is None
    ]
    if problems:
        raise error_of(document, problems, ConfigError)


def _refuse_other_packs(document: Document, file: AgreementFile) -> None:
    """Raise ``ConfigError`` unless all packs have a fingerprint, or none: one without would pass unseen."""
    if file.fingerprints is None or file.fingerprints.keys() == set(file.packs):
        return
    problem = Problem(
        path=("fingerprints",),
        what="it is not for the packs that stand under packs",
        remedy="Write one line for each of them, or take the key out.",
    )
    raise error_of(document, [problem], ConfigError)
