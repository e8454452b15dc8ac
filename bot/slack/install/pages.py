"""The pages around an installation, as HTML without scripts, in the colours of the report.

Operators and installers read them, so they are in English only.
"""

from base64 import b64encode
from collections.abc import Mapping, Sequence
from enum import StrEnum
from functools import cache
from hashlib import sha256
from importlib.resources import files
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from bot.errors import BotError
from bot.slack.install.installation import BotInstallation


class Failure(StrEnum):
    """Why an installation did not come about. Each has its words in ``failed.html``."""

    CANCELLED = "cancelled"
    OTHER_BROWSER = "other_browser"
    USED = "used"
    CODE = "code"
    SLACK = "slack"
    SCOPES = "scopes"
    ROTATION = "rotation"
    UNAVAILABLE = "unavailable"
    BUSY = "busy"
    STORAGE = "storage"
    REFUSED = "refused"
    BROKEN = "broken"


STATUSES: Mapping[Failure, int] = {
    Failure.CANCELLED: 200,
    Failure.OTHER_BROWSER: 400,
    Failure.USED: 400,
    Failure.CODE: 400,
    Failure.SLACK: 400,
    Failure.SCOPES: 403,
    Failure.ROTATION: 403,
    Failure.UNAVAILABLE: 503,
    Failure.BUSY: 503,
    Failure.STORAGE: 503,
    Failure.REFUSED: 503,
    Failure.BROKEN: 500,
}


def page_headers() -> dict[str, str]:
    """Return the headers of every page: nothing is fetched, run, kept, framed or told to other sites."""
    policy = {
        "default-src": "'none'",
        "style-src": f"'sha256-{_style_digest()}'",
        "img-src": "data:",
        "base-uri": "'none'",
        "form-action": "'none'",
        "frame-ancestors": "'none'",
    }
    return {
        "Content-Type": "text/html; charset=utf-8",
        "Content-Security-Policy": "; ".join(f"{what} {where}" for what, where in policy.items()),
        "Cache-Control": "no-store",
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "DENY",
    }


def install_page(start_url: str, scopes: Sequence[str]) -> str:
    """Return the page before an installation; ``start_url`` leads to Slack's question."""
    return _render("install.html", start_url=start_url, scopes=scopes)


def installed_page(installation: BotInstallation, slack_url: str) -> str:
    """Return the page after an installation; ``slack_url`` opens Slack."""
    return _render("installed.html", installation=installation, slack_url=slack_url)


def failed_page(
    failure: Failure,
    start_url: str,
    *,
    code: str = "",
    missing: Sequence[str] = (),
    error: BotError | None = None,
) -> str:
    """Return the page of an installation that failed.

    ``code``: Slack's reason, for ``SLACK``; ``missing``: scopes, for ``SCOPES``; ``error``: for ``REFUSED``.
    """
    return _render(
        "failed.html", failure=failure.value, start_url=start_url, code=code, missing=missing, error=error
    )


@cache
def page_style() -> str:
    """Return the style sheet of the pages. A digest allows it, so it is the same for all."""
    return files("bot.slack.install").joinpath("templates/page.css").read_text(encoding="utf-8")


@cache
def _style_digest() -> str:
    return b64encode(sha256(page_style().encode()).digest()).decode()


def _render(name: str, **values: Any) -> str:
    return _templates().get_template(name).render(style=page_style(), **values)


@cache
def _templates() -> Environment:
    """Load the templates: every text is escaped, and a name that does not exist is an error."""
    return Environment(
        loader=PackageLoader("bot.slack.install"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
