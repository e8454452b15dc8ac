"""Write the report as one page: it fetches nothing, runs nothing, and can be printed.

The sentences and the markup stand in ``templates/``. Every text that goes into them is escaped, and so is
every translation of theirs.
"""

import re
from functools import cache
from typing import TYPE_CHECKING, Any

from bot.core.findings import PAIRS
from bot.core.language import ENGLISH, N_, Language
from bot.core.norms import STEP_WORDS
from bot.core.release import LEAST_PROPOSALS
from bot.core.summary import count_in_words
from bot.core.taken_down import readable
from bot.report.charts import count_chart
from bot.report.views import Subject, page_view

if TYPE_CHECKING:
    from jinja2 import Environment

_UNSHOWN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\u2028\u2029\ufeff\ufffe\uffff]")
"""Controls, lone surrogates and their like: no reader sees them, and some parsers trip over them."""


def report_page(subject: Subject, language: Language = ENGLISH) -> str:
    """Write the page as HTML text. Raises ``ValueError`` without results: there is nothing to report."""
    if not subject.results:
        raise ValueError("a report needs at least one result")
    page = page_view(subject, language)
    return templates().get_template("page.html").render(page=page, **words_of(language))


def words_of(language: Language) -> dict[str, Any]:
    """Return the names with which the templates speak a language; they are passed to each rendering."""
    return {
        "language": language,
        "gettext": language.gettext,
        "ngettext": language.ngettext,
        "pgettext": language.pgettext,
    }


@cache
def templates() -> "Environment":
    """Load the templates: every text is escaped, and a name that does not exist is an error."""
    from jinja2 import Environment, PackageLoader, StrictUndefined  # noqa: PLC0415 - other commands need none

    environment = Environment(
        loader=PackageLoader("bot.report"),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_finalize,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    environment.filters |= {
        "count_chart": count_chart,
        "count_in_words": count_in_words,
        "readable": readable,
    }
    environment.globals |= {
        "LEAST_PROPOSALS": LEAST_PROPOSALS,
        "N_": N_,
        "PAIRS": PAIRS,
        "STEP_WORDS": STEP_WORDS,
    }
    return environment


def _finalize(value: object) -> object:
    """Replace the characters of a text that no reader sees; round a length to one decimal at most."""
    if isinstance(value, float):
        return f"{value:.1f}".rstrip("0").rstrip(".")
    if isinstance(value, str) and not hasattr(value, "__html__"):  # what a macro returned is finished
        return _UNSHOWN.sub("\ufffd", value)
    return value
