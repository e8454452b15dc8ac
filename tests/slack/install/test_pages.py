"""The pages around an installation: true, complete, and of one look with the report."""

import json
import re
from base64 import b64encode
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import pytest

from bot.core.cells import CellKey
from bot.errors import BotError
from bot.slack.install.installation import BotInstallation
from bot.slack.install.pages import STATUSES, Failure, failed_page, install_page, installed_page, page_headers
from bot.slack.install.scopes import bot_scopes

ROOT = Path(__file__).resolve().parents[3]
START = "https://belonging.example.org/slack/install?start=1"
INSTALLATION = BotInstallation(
    cell=CellKey("T0001"),
    enterprise_id="",
    team_id="T0001",
    name="North",
    is_enterprise_install=False,
    bot_token="xoxb-1",
    app_id="A0001",
    bot_id="B0001",
    bot_user_id="U0BOT",
    scopes=frozenset(bot_scopes()),
)


def pages() -> dict[str, str]:
    """Every page there is."""
    error = BotError("The cell is moved.", remedy="Wait a minute.")
    failed = {
        failure.value: failed_page(failure, START, code="no_permission", missing=["commands"], error=error)
        for failure in Failure
    }
    return {
        "install": install_page(START, bot_scopes()),
        "installed": installed_page(INSTALLATION, "https://slack.com/app_redirect?team=T0001"),
        **failed,
    }


def test_every_scope_of_the_manifest_has_its_reason() -> None:
    manifest = json.loads((ROOT / "manifest.json").read_text(encoding="utf-8"))
    scopes = manifest["oauth_config"]["scopes"]["bot"]
    shown = re.findall(r"<dt><code>([^<]+)</code></dt>\s*<dd>([^<]+)", pages()["install"])

    assert scopes == list(bot_scopes()) == [scope for scope, _ in shown]
    assert [] == [scope for scope, why in shown if len(why.split()) < 4]


def test_the_bot_asks_for_nothing_with_which_it_could_read_messages() -> None:
    """The page before an installation says so."""
    assert "cannot read messages" in pages()["install"]
    assert [] == [scope for scope in bot_scopes() if "history" in scope or scope.startswith(("im:", "mpim:"))]


def test_every_failure_has_words_and_a_status() -> None:
    assert set(Failure) == set(STATUSES)
    titles = {re.findall("<h1>(.+?)</h1>", page)[0] for page in pages().values()}
    assert len(pages()) == len(titles)


@pytest.mark.parametrize("name", list(pages()))
def test_a_page_stands_alone(name: str) -> None:
    page = pages()[name]
    fetched = re.findall(r"(?:src|href)=\"([^\"]+)\"|url\(", page)

    assert "<script" not in page
    assert " style=" not in page
    assert [] == [one for one in fetched if not one.startswith(("data:image/svg+xml,", "https://"))]
    assert '<html lang="en">' in page
    assert "xoxb-" not in page


@pytest.mark.parametrize("name", list(pages()))
def test_the_browser_is_allowed_the_style_of_the_page_and_no_other(name: str) -> None:
    (style,) = re.findall("<style>(.*?)</style>", pages()[name], re.DOTALL)
    digest = b64encode(sha256(style.encode()).digest()).decode()

    assert f"style-src 'sha256-{digest}';" in page_headers()["Content-Security-Policy"]


def test_the_colours_are_those_of_the_report() -> None:
    def colours(path: str) -> dict[str, str]:
        return dict(
            re.findall(r"(--\w[\w-]*): (light-dark\([^)]+\))", (ROOT / path).read_text(encoding="utf-8"))
        )

    ours = colours("bot/slack/install/templates/page.css")

    assert len(ours) > 8
    assert ours.items() <= colours("bot/report/templates/report.css").items()


def test_a_workspace_without_a_name_and_a_whole_organisation_have_their_page() -> None:
    nameless = installed_page(replace(INSTALLATION, name=""), START)
    whole = installed_page(replace(INSTALLATION, is_enterprise_install=True), START)

    assert "Belonging Bot is installed</h1>" in nameless
    assert "The whole organisation" in whole
