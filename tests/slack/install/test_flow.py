"""An installation from the page to the stored token, and everything that must stop it."""

import asyncio
import io
import logging
import re
import sqlite3
from collections.abc import Callable, Coroutine, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from slack_bolt.response import BoltResponse

import bot.slack.install.exchange as module
from bot.core.shown_names import clean_name
from bot.errors import BotError, DataDirectoryError, SlackError, StoreError
from bot.logs import set_up_logs
from bot.slack.install.flow import AT_ONCE, INSTALL_PATH, REDIRECT_PATH
from bot.slack.install.installation import BotInstallation
from bot.slack.install.scopes import bot_scopes
from tests.fakes.loops import run_alone
from tests.patience import PATIENCE_S
from tests.slack.install.fake_slack import (
    GRANTED,
    HOOK,
    OF_ORGANISATION,
    SCOPES,
    TOKEN,
    USER_TOKEN,
    WHO,
    FakeSlack,
)
from tests.slack.install.place import CLIENT_ID, CLIENT_SECRET, PUBLIC_URL, Place, place_for, state_in

CODE = "aCodeOfSlack"
SCRIPT = "<script>alert(1)</script>"

Act = Callable[[Place], Coroutine[Any, Any, Any]]


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    """What the program logs, at its most talkative."""
    root = logging.getLogger()
    before, level = root.handlers[:], root.level
    stream = io.StringIO()
    set_up_logs("debug", stream=stream)
    yield stream
    root.handlers[:], root.level = before, level


def run(folder: Path, act: Act, **how: Any) -> Any:
    """Run ``act`` in a place of its own."""

    async def in_a_place() -> Any:
        async with place_for(folder, **how) as place:
            return await act(place)

    return run_alone(in_a_place())


def installing(folder: Path, **how: Any) -> tuple[BoltResponse, Place]:
    """Install once; return the last answer."""

    async def act(place: Place) -> tuple[BoltResponse, Place]:
        return await place.browser().install(CODE), place

    answer, place = run(folder, act, **how)
    return answer, place


def stored(place: Place) -> list[str]:
    return [one.bot_token for one in place.installations.list_now()]


def test_an_installation_is_stored_and_told(tmp_path: Path) -> None:
    answer, place = installing(tmp_path)

    assert 200 == answer.status
    assert "North" in answer.body
    assert "/invite @belonging" in answer.body
    (installation,) = place.told
    assert ("T0001", TOKEN, "B0001") == (installation.cell, installation.bot_token, installation.bot_id)
    assert (installation,) == place.installations.list_now()


def test_slack_is_asked_as_its_documentation_says(tmp_path: Path) -> None:
    async def act(place: Place) -> tuple[str, Place]:
        browser = place.browser()
        url = await browser.begin()
        await browser.come_back(code=CODE, state=state_in(url))
        return url, place

    url, place = run(tmp_path, act)
    query = {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
    returns_to = f"{PUBLIC_URL}{REDIRECT_PATH}"

    assert url.startswith(f"{place.slack.url}oauth/v2/authorize?")
    assert {"client_id": CLIENT_ID, "scope": ",".join(bot_scopes()), "redirect_uri": returns_to} == {
        name: value for name, value in query.items() if name != "state"
    }
    assert [
        (
            "oauth.v2.access",
            {"code": CODE, "redirect_uri": returns_to},
            f"{CLIENT_ID}:{CLIENT_SECRET}",
        ),
        ("auth.test", {}, TOKEN),
    ] == place.slack.asked


def test_the_page_before_writes_nothing_and_leads_to_slack(tmp_path: Path) -> None:
    async def act(place: Place) -> BoltResponse:
        return await place.flow.handle_installation(place.browser()._request({}))

    answer = run(tmp_path, act)

    assert 200 == answer.status
    assert "set-cookie" not in answer.headers
    assert f'href="{PUBLIC_URL}{INSTALL_PATH}?start=1"' in answer.body
    with closing(sqlite3.connect(tmp_path / "installations.db")) as connection:
        assert [] == connection.execute("SELECT * FROM oauth_states").fetchall()


@pytest.mark.parametrize(
    ("team", "asked"), [("T0001", "T0001"), ("x\r\nSet-Cookie: a=b", None), ("T1&scope=admin", None)]
)
def test_only_an_id_of_slack_is_handed_on(tmp_path: Path, team: str, asked: str | None) -> None:
    url = run(tmp_path, lambda place: place.browser().begin(team=team))

    assert asked == parse_qs(urlsplit(url).query).get("team", [None])[0]


def test_a_reinstall_leaves_one_installation_with_the_newer_token(tmp_path: Path) -> None:
    async def act(place: Place) -> Place:
        await place.browser().install("first")
        place.slack.granted["access_token"] = "xoxb-newer"
        await place.browser().install("second")
        return place

    place = run(tmp_path, act)

    assert ["xoxb-newer"] == stored(place)
    assert 2 == len(place.told)


def test_a_whole_organisation_can_install(tmp_path: Path) -> None:
    answer, place = installing(tmp_path, slack=FakeSlack(granted=dict(OF_ORGANISATION)))

    assert 200 == answer.status
    assert "Everybody" in answer.body
    (installation,) = place.told
    assert ("E0001", "", True) == (
        installation.cell,
        installation.team_id,
        installation.is_enterprise_install,
    )


def test_a_workspace_of_an_organisation_goes_into_its_cell(tmp_path: Path) -> None:
    granted = GRANTED | {"enterprise": {"id": "E0001", "name": "Everybody"}}
    _, place = installing(tmp_path, slack=FakeSlack(granted=granted))

    assert [("E0001", "T0001")] == [(one.cell, one.team_id) for one in place.told]


def test_a_state_is_used_once(tmp_path: Path) -> None:
    async def act(place: Place) -> tuple[BoltResponse, Place]:
        browser = place.browser()
        state = state_in(await browser.begin())
        cookies = dict(browser.cookies)
        await browser.come_back(code="first", state=state)
        browser.cookies = cookies
        return await browser.come_back(code="second", state=state), place

    answer, place = run(tmp_path, act)

    assert 400 == answer.status
    assert "has been used" in answer.body
    assert 1 == len(place.told)


def test_two_at_the_same_moment_install_once(tmp_path: Path) -> None:
    async def act(place: Place) -> tuple[list[int], Place]:
        browser = place.browser()
        state = state_in(await browser.begin())
        both = await asyncio.gather(*(browser.come_back(code=code, state=state) for code in "ab"))
        return sorted(one.status for one in both), place

    statuses, place = run(tmp_path, act)

    assert [200, 400] == statuses
    assert 1 == len(place.told)


def test_after_ten_minutes_one_begins_anew(tmp_path: Path) -> None:
    async def act(place: Place) -> tuple[BoltResponse, BoltResponse]:
        browser = place.browser()
        state = state_in(await browser.begin())
        place.clock.move(minutes=10)
        late = await browser.come_back(code=CODE, state=state)
        return late, await browser.install()

    late, again = run(tmp_path, act)

    assert (400, 200) == (late.status, again.status)
    assert "too old" in late.body


def test_another_browser_cannot_finish_it(tmp_path: Path) -> None:
    async def act(place: Place) -> tuple[BoltResponse, BoltResponse, Place]:
        victim, attacker = place.browser(), place.browser()
        state = state_in(await attacker.begin())
        own = state_in(await victim.begin())
        refused = await victim.come_back(code=CODE, state=state)
        return refused, await victim.come_back(code="own", state=own), place

    refused, own, place = run(tmp_path, act)

    assert 400 == refused.status
    assert "Another browser" in refused.body
    assert 200 == own.status, "what is under way in this browser goes on"
    assert 1 == len(place.told)


def test_a_flood_of_invented_codes_does_not_fill_the_log(tmp_path: Path, log: io.StringIO) -> None:
    async def act(place: Place) -> None:
        place.slack.granted = {"ok": False, "error": "invalid_code"}
        for minutes in (0, 0, 0, 2, 0):
            place.clock.move(minutes=minutes)
            await place.browser().install("invented")

    run(tmp_path, act)

    lines = re.findall(r"installation failed (.*)", log.getvalue())
    assert ["code=code", "code=code count=3"] == lines


@pytest.mark.parametrize("query", [{}, {"code": CODE}, {"state": "a"}, {"code": CODE, "state": "a"}])
def test_an_address_that_somebody_made_up_installs_nothing(tmp_path: Path, query: dict[str, str]) -> None:
    answer, place = run(tmp_path, lambda place: _come_back(place, query))

    assert 400 == answer.status
    assert [] == place.slack.asked


async def _come_back(place: Place, query: dict[str, str]) -> tuple[BoltResponse, Place]:
    return await place.browser().come_back(**query), place


def test_who_cancels_reads_so_and_the_state_is_used_up(tmp_path: Path) -> None:
    async def act(place: Place) -> tuple[BoltResponse, BoltResponse, Place]:
        browser = place.browser()
        state = state_in(await browser.begin())
        cookies = dict(browser.cookies)
        cancelled = await browser.come_back(error="access_denied", state=state)
        browser.cookies = cookies
        return cancelled, await browser.come_back(code=CODE, state=state), place

    cancelled, later, place = run(tmp_path, act)

    assert (200, 400) == (cancelled.status, later.status)
    assert "You cancelled" in cancelled.body
    assert [] == stored(place)


@pytest.mark.parametrize("missing", bot_scopes())
def test_fewer_scopes_are_refused_in_words_and_an_older_installation_stays(
    tmp_path: Path, missing: str
) -> None:
    async def act(place: Place) -> tuple[BoltResponse, Place]:
        await place.browser().install("first")
        place.slack.granted["scope"] = ",".join(set(SCOPES.split(",")) - {missing})
        place.slack.granted["access_token"] = "xoxb-less"
        return await place.browser().install("second"), place

    answer, place = run(tmp_path, act)

    assert 403 == answer.status
    assert f"<code>{missing}</code>" in answer.body
    assert [TOKEN] == stored(place)
    assert 1 == len(place.told)


def test_more_scopes_than_needed_do_no_harm(tmp_path: Path) -> None:
    answer, _ = installing(tmp_path, slack=FakeSlack(granted=GRANTED | {"scope": f"{SCOPES}, team:read"}))

    assert 200 == answer.status


@pytest.mark.parametrize("more", [{"refresh_token": "xoxe-1-aRefreshToken"}, {"expires_in": 43200}])
def test_a_token_that_expires_is_refused_in_words(tmp_path: Path, more: dict[str, Any]) -> None:
    answer, place = installing(tmp_path, slack=FakeSlack(granted=GRANTED | more))

    assert 403 == answer.status
    assert "token rotation" in answer.body
    assert [] == stored(place)


@pytest.mark.parametrize(
    ("granted", "status"),
    [
        ({"ok": False, "error": "internal_error"}, 200),
        ({"ok": False, "error": "ratelimited"}, 429),
        ({"ok": False}, 200),
        ("<html>we are away</html>", 503),
        ("<html>not Slack at all</html>", 200),
        ("[]", 200),
        (GRANTED | {"access_token": None}, 200),
        (GRANTED | {"access_token": ["x"]}, 200),
        (GRANTED | {"team": {"id": "../../etc", "name": "x"}}, 200),
        (GRANTED | {"team": {"id": "../../etc"}, "enterprise": {"id": "E0001"}}, 200),
        (GRANTED | {"team": {"id": "T0002", "name": "not the token's"}}, 200),
        (GRANTED | {"team": "T0001"}, 200),
        (OF_ORGANISATION | {"enterprise": None}, 200),
    ],
)
def test_a_slack_that_is_away_or_makes_no_sense_is_told_in_words(
    tmp_path: Path, granted: Any, status: int
) -> None:
    answer, place = installing(tmp_path, slack=FakeSlack(granted=granted, status=status))

    assert 503 == answer.status
    assert "Slack does not answer" in answer.body
    assert ([], []) == (stored(place), place.told)


def test_a_workspace_with_an_impossible_id_is_refused_also_within_an_organisation(tmp_path: Path) -> None:
    granted = GRANTED | {"team": {"id": "../../etc"}, "enterprise": {"id": "E0001"}}
    answer, place = installing(tmp_path, slack=FakeSlack(granted=granted, who=WHO | {"team_id": "../../etc"}))

    assert 503 == answer.status
    assert [] == stored(place)


def test_a_flood_of_callbacks_waits_for_slack_eight_at_a_time_and_the_rest_are_told(tmp_path: Path) -> None:
    async def act(place: Place) -> tuple[list[BoltResponse], BoltResponse, int, BoltResponse]:
        place.slack.held = asyncio.Event()
        browsers = [place.browser() for _ in range(AT_ONCE + 1)]
        states = [state_in(await browser.begin()) for browser in browsers]
        pairs = list(zip(browsers, states, strict=True))
        several = [asyncio.ensure_future(one.come_back(code=state, state=state)) for one, state in pairs[:-1]]
        while len(place.slack.asked) < AT_ONCE:
            await asyncio.wait_for(place.slack.heard.wait(), PATIENCE_S)
            place.slack.heard.clear()
        late, state = pairs[-1]
        refused = await late.come_back(code=CODE, state=state)
        asked = len(place.slack.asked)
        place.slack.held.set()
        answers = await asyncio.gather(*several)
        return answers, refused, asked, await late.come_back(code=CODE, state=state)

    answers, refused, asked, later = run(tmp_path, act)

    assert {200} == {one.status for one in answers}
    assert (503, AT_ONCE) == (refused.status, asked)
    assert "Many installations are under way" in refused.body
    assert "set-cookie" not in refused.headers
    assert 200 == later.status, "the page can be loaded again: state and code were not used"


@pytest.mark.parametrize(
    "name", ["a\x1b]0;pwn\x07\x1b[2J", "\u202eevil", "x" * 100_000, "\ud800", "a\nb", " "]
)
def test_a_name_of_a_workspace_is_stored_short_and_in_one_line(tmp_path: Path, name: str) -> None:
    answer, place = installing(
        tmp_path, slack=FakeSlack(granted=GRANTED | {"team": {"id": "T0001", "name": name}})
    )

    assert 200 == answer.status
    (installation,) = place.told
    assert clean_name(name) == installation.name
    assert (installation,) == place.installations.list_now()
    with closing(sqlite3.connect(tmp_path / "installations.db")) as connection:
        assert [(installation.name,)] == connection.execute(
            "SELECT team_name FROM slack_installations"
        ).fetchall()


def test_a_slack_that_takes_too_long_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "DEADLINE_S", 0.0)
    answer, place = installing(tmp_path)

    assert 503 == answer.status
    assert [] == stored(place)


@pytest.mark.parametrize(
    ("reason", "words"),
    [
        ("invalid_code", "its own code"),
        ("bad_client_secret", "bad_client_secret"),
        ("invalid_auth", "invalid_auth"),
    ],
)
def test_what_slack_refuses_is_told_in_words(tmp_path: Path, reason: str, words: str) -> None:
    answer, _ = installing(tmp_path, slack=FakeSlack(granted={"ok": False, "error": reason}))

    assert 400 == answer.status
    assert words in answer.body


def test_a_token_that_slack_refuses_at_once_is_not_stored(tmp_path: Path) -> None:
    slack = FakeSlack(who={"ok": False, "error": "account_inactive"})
    answer, place = installing(tmp_path, slack=slack)

    assert 400 == answer.status
    assert [] == stored(place)


class Refusal:
    """A Host that refuses the second installation, or every one."""

    def __init__(self, error: BaseException, *, first: bool = True) -> None:
        self.error, self.first = error, first

    async def __call__(self, installation: BotInstallation) -> None:
        if self.first:
            raise self.error
        self.first = True


@pytest.mark.parametrize(
    ("error", "status", "words", "unsaid"),
    [
        (
            BotError("The cell is being moved.", remedy="Wait a minute."),
            503,
            "being moved. Wait a minute.",
            "#",
        ),
        (StoreError("/srv/secret/cells is full."), 503, "could not be stored", "/srv/secret"),
        (DataDirectoryError("/srv/secret/cells is full."), 503, "could not be stored", "/srv/secret"),
        (SlackError("no_connection", "Slack is away."), 503, "Slack does not answer", "no_connection"),
        (KeyError("xoxb-in-an-exception"), 500, "Something went wrong", "xoxb-in"),
    ],
)
def test_what_the_host_refuses_is_not_kept(
    tmp_path: Path, error: BaseException, status: int, words: str, unsaid: str
) -> None:
    answer, place = installing(tmp_path, on_installed=Refusal(error))

    assert status == answer.status
    assert words in answer.body.partition("<main>")[2] or words in answer.body.partition("<h1>")[2]
    assert unsaid not in answer.body.partition("</style>")[2]
    assert [] == stored(place)


def test_an_older_installation_stays_where_the_host_refuses_a_newer_one(tmp_path: Path) -> None:
    async def act(place: Place) -> tuple[BoltResponse, Place]:
        await place.browser().install("first")
        place.slack.granted["access_token"] = "xoxb-newer"
        return await place.browser().install("second"), place

    answer, place = run(tmp_path, act, on_installed=Refusal(BotError("Not now."), first=False))

    assert 503 == answer.status
    assert [TOKEN] == stored(place)
    assert {"T0001": "North"} == {one.cell: one.name for one in place.installations.list_now()}


def test_a_file_that_cannot_be_written_is_told_in_words(tmp_path: Path) -> None:
    async def act(place: Place) -> BoltResponse:
        browser = place.browser()
        state = state_in(await browser.begin())
        (tmp_path / "installations.db").write_bytes(b"no database" * 100)
        return await browser.come_back(code=CODE, state=state)

    answer = run(tmp_path, act)

    assert 503 == answer.status
    assert str(tmp_path) not in answer.body


@pytest.mark.parametrize("name", ["error", "state", "code"])
def test_nothing_that_a_link_brings_is_shown_unescaped(tmp_path: Path, name: str) -> None:
    for value in (SCRIPT, f'"{SCRIPT}', "é" * 2000, "\x00", "a\r\nb: c"):
        answer, _ = run(tmp_path, lambda place, value=value: _come_back(place, {name: value}))
        shown = "".join((answer.body, *(text for values in answer.headers.values() for text in values)))

        assert SCRIPT not in shown
        assert value not in shown.partition("</style>")[2]


def test_what_slack_and_the_host_say_is_escaped(tmp_path: Path) -> None:
    slack = FakeSlack(granted=GRANTED | {"team": {"id": "T0001", "name": SCRIPT}})
    installed, _ = installing(tmp_path, slack=slack)
    refused, _ = installing(tmp_path, on_installed=Refusal(BotError(SCRIPT)))

    assert "&lt;script&gt;" in installed.body
    assert "&lt;script&gt;" in refused.body
    assert [] == [one for one in (installed, refused) if SCRIPT in one.body]


def test_no_page_may_run_fetch_keep_or_frame_anything(tmp_path: Path) -> None:
    async def act(place: Place) -> list[BoltResponse]:
        browser = place.browser()
        shown = await place.flow.handle_installation(browser._request({}))
        begun = await place.flow.handle_installation(browser._request({"start": "1"}))
        return [shown, begun, await browser.install(), await browser.come_back(error="access_denied")]

    answers = run(tmp_path, act)

    for answer in answers:
        headers = answer.first_headers()
        policy = headers["content-security-policy"]
        assert policy.startswith("default-src 'none'; style-src 'sha256-")
        assert "frame-ancestors 'none'" in policy
        assert "unsafe" not in policy
        assert ("no-store", "no-referrer") == (headers["cache-control"], headers["referrer-policy"])
    assert "<script" not in "".join(answer.body for answer in answers)


def test_the_logs_hold_no_code_no_state_and_no_token(tmp_path: Path, log: io.StringIO) -> None:
    states = list[str]()

    async def act(place: Place) -> None:
        for granted in (
            dict(GRANTED),
            GRANTED | {"scope": "commands"},
            {"ok": False, "error": "invalid_code"},
            "<html>",
        ):
            place.slack.granted, place.slack.used = granted, set()
            browser = place.browser()
            states.append(state_in(await browser.begin()))
            await browser.come_back(code=CODE, state=states[-1])
            await browser.come_back(code=CODE, state=states[-1])
        await place.browser().come_back(error=SCRIPT)
        place.slack.granted, place.slack.used = dict(GRANTED), set()
        await place.browser().install(CODE)

    run(tmp_path, act, on_installed=Refusal(KeyError(TOKEN), first=False))
    lines = log.getvalue()

    assert " installed" in lines
    codes = ["scopes", "code", "malformed_response", "KeyError"]
    assert codes == re.findall(r"installation failed code=(\w+)", lines)
    secrets = (CODE, *states, TOKEN, USER_TOKEN, HOOK, CLIENT_SECRET, SCRIPT, "North", WHO["bot_id"])
    assert [] == [one for one in secrets if one in lines]


def test_the_app_shows_no_secret(tmp_path: Path) -> None:
    _, place = installing(tmp_path)

    assert CLIENT_SECRET not in repr(place.flow._app)
    assert TOKEN not in repr(place.told)
